"""Crop, rotation and mirror: of planes, and of what is shown."""

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cfl.errors import FrameError
from cfl.frames import Frame, Transforms, chroma_shape, convert_bit_depth, frame_to_rgb, upright, write_png
from cfl.frames.transforms import exif_upright


def smooth_frame(width, height, subsampling, position, alpha=False):
    """A frame in which chroma half a sample out of place shows."""

    def plane(shape, step_y, step_x, phase):
        y, x = np.mgrid[: shape[0], : shape[1]]
        return (128 + 100 * np.sin(step_y * y / 9 + step_x * x / 5 + phase)).astype(np.uint8)

    shape = height, width
    chroma = chroma_shape(shape, subsampling)
    steps = [-(-a // b) for a, b in zip(shape, chroma, strict=True)]
    u, v = (None if subsampling == "4:0:0" else plane(chroma, *steps, phase) for phase in (1, 2))
    subsampled = subsampling in ("4:2:0", "4:2:2")
    return Frame(
        plane(shape, 1, 1, 0), u, v, subsampling, matrix_coefficients=6,
        chroma_sample_position=position if subsampled else "unknown",
        alpha=plane(shape, 1, 1, 3) if alpha else None,
    )  # fmt: skip


@given(st.data())
def test_upright_shows_what_the_transforms_say(data):
    """To transform planes and to transform the shown picture is the same, but for rounding."""
    width, height = data.draw(st.integers(1, 24)), data.draw(st.integers(1, 24))
    subsampling = data.draw(st.sampled_from(["4:2:0", "4:2:2", "4:4:4", "4:0:0"]))
    position = data.draw(st.sampled_from(["unknown", "center", "left", "topleft"]))
    frame = smooth_frame(width, height, subsampling, position, alpha=True)
    transforms = Transforms(None, data.draw(st.integers(0, 3)), data.draw(st.sampled_from([None, 0, 1])))
    frame = frame.replace(transforms=transforms)
    shown = upright(frame)
    expected = transforms.apply(frame_to_rgb(frame)).astype(int)
    difference = np.abs(frame_to_rgb(shown).astype(int) - expected)
    assert difference.max() <= (0 if shown.subsampling == subsampling else 2)
    np.testing.assert_array_equal(shown.alpha, transforms.apply(frame.alpha))
    assert not shown.transforms


@given(st.data())
def test_crop(data):
    """Inside of the crop everything is as it was; at its border chroma is interpolated anew."""
    frame = smooth_frame(30, 26, data.draw(st.sampled_from(["4:2:0", "4:2:2", "4:4:4"])), "left")
    left, top = data.draw(st.integers(0, 10)), data.draw(st.integers(0, 10))
    width, height = data.draw(st.integers(6, 20)), data.draw(st.integers(6, 16))
    transforms = Transforms((left, top, width, height), data.draw(st.integers(0, 3)))
    shown = upright(frame.replace(transforms=transforms))
    expected = transforms.apply(frame_to_rgb(frame)).astype(int)
    assert (shown.height, shown.width) == expected.shape[:2]
    difference = np.abs(frame_to_rgb(shown).astype(int) - expected)[2:-2, 2:-2]
    assert difference.max() <= (0 if shown.subsampling == frame.subsampling else 2)


@pytest.mark.parametrize(
    ("subsampling", "position", "size", "transforms", "after"),
    [
        ("4:2:0", "center", (8, 6), Transforms(None, 1, 1), "4:2:0"),
        ("4:2:0", "center", (7, 6), Transforms(None, 2), "4:4:4"),
        ("4:2:0", "center", (7, 6), Transforms(None, 0, 0), "4:2:0"),
        ("4:2:0", "left", (8, 6), Transforms(None, 0, 1), "4:4:4"),
        ("4:2:0", "left", (8, 6), Transforms(None, 0, 0), "4:2:0"),
        ("4:2:0", "left", (8, 6), Transforms(None, 1), "4:4:4"),
        ("4:2:0", "center", (8, 6), Transforms((2, 2, 3, 3)), "4:2:0"),
        ("4:2:0", "center", (8, 6), Transforms((1, 2, 4, 4)), "4:4:4"),
        ("4:2:2", "unknown", (8, 6), Transforms((2, 1, 4, 4)), "4:2:2"),
        ("4:2:2", "unknown", (8, 6), Transforms(None, 3), "4:4:4"),
        ("4:2:2", "unknown", (8, 6), Transforms(None, 2), "4:2:2"),
    ],
)
def test_subsampling_stays_where_it_can(subsampling, position, size, transforms, after):
    frame = smooth_frame(*size, subsampling, position).replace(transforms=transforms)
    assert upright(frame).subsampling == after


def test_nothing_to_do():
    frame = smooth_frame(8, 6, "4:2:0", "center")
    assert upright(frame) is frame


@pytest.mark.parametrize("crop", [(0, 0, 9, 6), (-1, 0, 4, 4), (4, 4, 4, 3), (0, 0, 0, 2)])
def test_impossible_crops(crop):
    with pytest.raises(FrameError, match="is not in a picture of 8x6"):
        smooth_frame(8, 6, "4:2:0", "center").replace(transforms=Transforms(crop))


@pytest.mark.parametrize("mirror", [None, 0, 1])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize(
    ("subsampling", "crop"),
    [("4:2:0", (1, 1, 140, 148)), ("4:2:2", None), ("4:4:4", (3, 2, 90, 80)), ("4:0:0", None)],
)
def test_png_applies_them(tmp_path, subsampling, crop, turns, mirror):
    """It converts a band of rows at a time: none of their borders shows."""
    transforms = Transforms(crop, turns, mirror)
    frame = smooth_frame(150, 151, subsampling, "left", alpha=True).replace(transforms=transforms)
    write_png(tmp_path / "x.png", frame)
    samples = np.asarray(Image.open(tmp_path / "x.png").convert("RGBA"))
    np.testing.assert_array_equal(samples[..., :3], transforms.apply(frame_to_rgb(frame)))
    np.testing.assert_array_equal(samples[..., 3], transforms.apply(frame.alpha))


@pytest.mark.parametrize("bit_depth", [8, 10])
def test_png_divides_by_alpha(bit_depth, tmp_path):
    frame = smooth_frame(40, 30, "4:4:4", "unknown", alpha=True)
    frame.alpha[:3] = 0
    frame = convert_bit_depth(frame, bit_depth)
    write_png(tmp_path / "straight.png", frame)
    write_png(tmp_path / "divided.png", frame.replace(premultiplied=True))
    straight, divided = (rgba(tmp_path / name) for name in ("straight.png", "divided.png"))
    top, alpha = 255 if bit_depth == 8 else 65535, straight[..., 3:]
    wanted = np.minimum((2 * straight * top + alpha) // np.maximum(2 * alpha, 1), top)
    wanted[alpha[..., 0] == 0] = 0
    np.testing.assert_array_equal(divided[..., :3], wanted[..., :3])
    np.testing.assert_array_equal(divided[..., 3:], alpha)


def rgba(path):
    """The samples of a PNG file, of 16 bits too."""
    with av.open(str(path)) as file:
        return next(file.decode(video=0)).to_ndarray().astype(np.int64)


@pytest.mark.parametrize("order", [b"MM", b"II"])
def test_exif_orientation(order):
    exif = Image.Exif()
    exif.endian = {b"MM": ">", b"II": "<"}[order]
    exif[0x0112], exif[0x010E], exif[0x0131] = 6, "hi", "cfl"
    data = exif.tobytes().removeprefix(b"Exif\0\0")
    fixed = exif_upright(data)
    again = Image.Exif()
    again.load(fixed)
    assert dict(again) == {0x0112: 1, 0x010E: "hi", 0x0131: "cfl"}
    assert exif_upright(fixed) == fixed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II",
        b"MM\0*",
        b"xx" + bytes(30),
        b"MM\0*\xff\xff\xff\xff" + bytes(9),
        b"II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_other_exif_stays_as_it_is(data):
    assert exif_upright(data) == data
