"""`cfl encode` and `cfl decode` of animations, against Pillow."""

import json

import numpy as np
import pytest
from PIL import Image

MILLISECONDS = [100, 50, 300, 40]


def pictures(mode="RGBA"):
    for i in range(4):
        rgba = np.zeros((24, 32, 4), np.uint8)
        rgba[4 : 14 + i, 3 + 5 * i : 13 + 5 * i] = 200, 60 * i, 30, 255
        yield Image.fromarray(rgba).convert(mode)


def seen(path):
    """Milliseconds and pictures."""
    with Image.open(path) as image:
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            yield image.info["duration"], np.asarray(image.convert("RGBA"))


def save(path, mode="RGBA", **options):
    first, *others = pictures(mode)
    first.save(path, save_all=True, append_images=others, duration=MILLISECONDS, **options)


@pytest.mark.parametrize(
    ("name", "options", "loop"),
    [
        ("x.gif", {"loop": 0, "disposal": 2}, 0),
        ("x.gif", {"disposal": 2}, None),
        ("x.webp", {"lossless": True, "loop": 3}, 3),
        ("x.png", {"loop": 2}, 2),
    ],
)
def test_there_and_back(cfl, tmp_path, name, options, loop):
    """Times, transparency and repetitions go from any animation into AVIF, and on into WebP and GIF."""
    save(tmp_path / name, **options)
    cfl("encode", name, "-o", "x.avif", "--speed", "10", "--quality", "90", "--json", "x.json")
    report = json.loads((tmp_path / "x.json").read_text())
    assert (report["frames"], report["bytes"]) == (4, (tmp_path / "x.avif").stat().st_size)
    wanted = list(seen(tmp_path / name))
    for (milliseconds, rgba), (theirs, picture) in zip(wanted, seen(tmp_path / "x.avif"), strict=True):
        assert milliseconds == theirs
        assert np.array_equal(rgba[..., 3], picture[..., 3])
        assert np.abs(rgba.astype(int) - picture)[rgba[..., 3] > 0].mean() < 9
    plays = {None: 1, 0: 0}.get(loop, loop)
    for output, kind in (("y.webp", "WebP"), ("y.gif", "GIF")):
        cfl("decode", "x.avif", "-o", output)
        made = list(seen(tmp_path / output))
        assert [milliseconds for milliseconds, _ in made] == MILLISECONDS
        assert all(np.array_equal(a[..., 3], b[..., 3]) for (_, a), (_, b) in zip(wanted, made, strict=True))
        with Image.open(tmp_path / output) as image:
            expected = plays if kind == "WebP" else {0: 0, 1: None}.get(plays, plays - 1)
            assert image.info.get("loop") == expected


def test_numbered_pictures(cfl, tmp_path):
    save(tmp_path / "x.webp", lossless=True)
    cfl("encode", "x.webp", "-o", "x.avif", "--speed", "10", "--lossless")
    cfl("decode", "x.avif", "-o", "y.png")
    names = sorted(path.name for path in tmp_path.glob("y*"))
    assert names == [f"y-000{number}.png" for number in range(4)]
    for name, picture in zip(names, pictures(), strict=True):
        theirs, ours = np.asarray(picture), np.asarray(Image.open(tmp_path / name))
        assert np.array_equal(theirs[..., 3], ours[..., 3])
        assert np.array_equal(theirs[theirs[..., 3] > 0], ours[theirs[..., 3] > 0])


def test_a_clip_has_its_own_rate(cfl, images, tmp_path):
    cfl("encode", images / "coffee_pan.y4m", "-o", "x.avif", "--speed", "10")
    rate = (images / "coffee_pan.y4m").read_bytes()[:60].split(b" F")[1].split()[0]
    numerator, denominator = map(int, rate.split(b":"))
    times = [milliseconds for milliseconds, _ in seen(tmp_path / "x.avif")]
    assert times == [pytest.approx(1000 * denominator / numerator, abs=1)] * len(times)
    assert len(times) > 1


def test_one_frame_of_an_animation_and_pages_without_times(cfl, tmp_path):
    save(tmp_path / "x.gif", disposal=2)
    cfl("encode", "x.gif", "-o", "x.avif", "--speed", "10", "--frame", "2")
    assert (tmp_path / "x.avif").read_bytes()[8:12] == b"avif"
    first, *others = pictures("RGB")
    first.save(tmp_path / "x.tif", save_all=True, append_images=others)
    done = cfl("encode", "x.tif", "-o", "y.avif", status=1)
    assert "x.tif has more than one picture, and no times; choose one with --frame N" in done.stderr
    assert not (tmp_path / "y.avif").exists()
