"""Public functions take what people pass: NumPy's numbers, paths, images, bytes. Else: one clear line."""

import inspect
import io
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cfl
from cfl.frames import Frame, RawFormat

RGB = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
FRAME = cfl.rgb_to_frame(RGB)
AVIF = cfl.encode(FRAME, speed=10)


@pytest.fixture
def png(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(RGB).save(path)
    return path


def test_encode_takes_what_people_have(png):
    """As a file the picture is read by Pillow, so each way the samples are the same."""
    data = png.read_bytes()
    with png.open("rb") as file:
        pictures = [png, str(png), data, bytearray(data), memoryview(data), io.BytesIO(data), file]
        pictures += [RGB, Image.fromarray(RGB), Image.open(png), FRAME]
        assert {cfl.encode(picture, speed=10) for picture in pictures} == {AVIF}


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK", "I;16"])
def test_an_image_is_the_same_as_its_file(mode, tmp_path):
    image = Image.fromarray(RGB)
    if mode == "I;16":
        image = Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
    else:
        image = image.convert("RGBA").convert(mode) if mode in ("LA", "RGBA") else image.convert(mode)
    path = tmp_path / ("x.tif" if mode == "CMYK" else "x.png")
    image.save(path)
    ours, files = cfl.encode(image, speed=10), cfl.encode(path, speed=10)
    assert ours == files


def test_lossless_keeps_rgb(png):
    for picture in (png, RGB, Image.fromarray(RGB)):
        shown = Image.open(io.BytesIO(cfl.encode(picture, lossless=True, speed=10)))
        assert np.array_equal(np.asarray(shown), RGB)


def test_coded_files_are_read_from_bytes_and_files():
    for make in (bytes, bytearray, memoryview, io.BytesIO):
        assert np.array_equal(cfl.read(make(AVIF)).y, cfl.read(AVIF).y)
        assert np.array_equal(next(cfl.container.decode(make(AVIF))).y, cfl.read(AVIF).y)
        assert len(cfl.inspect(make(AVIF), reference=FRAME).blocks) == len(cfl.inspect(AVIF).blocks)


def test_measure_takes_files_and_arrays(png):
    expected = cfl.measure(png, AVIF).psnr
    assert cfl.measure(RGB, io.BytesIO(AVIF)).psnr == expected
    assert cfl.measure(Image.fromarray(RGB), AVIF).psnr == expected


def test_read_begins_where_a_file_is():
    file = io.BytesIO(b"before" + AVIF)
    file.seek(6)
    assert cfl.read(file).width == 32


def test_text_files_are_no_pictures(png):
    with (png.parent / "x.txt").open("w+") as file, pytest.raises(TypeError, match=r"open for text.*'rb'"):
        cfl.read(file)


def test_pipes_are_read_once(tmp_path):
    """By its bytes, whatever its name: as a shell's `<(…)` and /dev/stdin are."""
    import os

    cfl.write(tmp_path / "x.y4m", [FRAME, FRAME])
    for data, count in (((tmp_path / "x.y4m").read_bytes(), 2), (AVIF, 1)):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(data,))
        writer.start()
        assert len(list(cfl.read_frames(pipe))) == count
        writer.join()
        pipe.unlink()


NUMBERS = [np.int64(50), np.int32(50), np.uint8(50), np.float64(50), 50.0, np.array(50), Fraction(50)]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_of_other_kinds(number):
    expected = cfl.encode(FRAME, qindex=50, speed=10)
    assert cfl.encode(FRAME, qindex=number, speed=10) == expected
    assert cfl.encode(FRAME, quality=number, speed=10) == cfl.encode(FRAME, quality=50, speed=10)
    speed = type(number)(10) if not isinstance(number, np.ndarray) else np.array(10)
    assert cfl.encode(FRAME, qindex=50, speed=speed, threads=np.int64(2)) == expected
    assert cfl.ablate(FRAME, np.array([30, 50]), speed=10).with_cfl[1].quality == 50
    [unit] = cfl.encode_frames([FRAME], qindex=number, speed=speed)
    assert unit.as_dict()["qindex"] == 50


@pytest.mark.parametrize("name", ["420", "4:2:0", "yuv420p", "YUV420P", "yuvj420p"])
def test_names_of_chroma_formats(name, png):
    assert cfl.read(png, subsampling=name).subsampling == "4:2:0"


def test_a_missing_folder(tmp_path):
    with pytest.raises(
        cfl.CflError, match=r"x\.png: cannot be written: No such file or directory$"
    ) as caught:
        cfl.write(tmp_path / "missing" / "x.png", FRAME)
    assert isinstance(caught.value, OSError)
    assert caught.value.filename == str(tmp_path / "missing" / "x.png")


JUNK = [
    None, True, False, -1, 0, 3, 1.5, float("nan"), float("inf"), 10**30,
    "", "x", "4:2:0", b"", b"x", (), (1, 2),
    [], {}, object(), np.int64(-5), np.float32(2.5), np.array([1, 2]), np.zeros((2, 2, 2)), RGB, FRAME,
    Fraction(1, 3), Path("/nowhere"), io.BytesIO(b"abc"), io.StringIO("abc"), 1j, np.datetime64("now"),
    lambda *_: None, print, int,
]  # fmt: skip
"""What functions are called with: of wrong types, ranges and shapes."""

CALLS = {
    cfl.encode: {"frame": FRAME, "speed": 10},
    cfl.encode_frame: {"frame": FRAME, "speed": 10},
    cfl.encode_frames: {"frames": [FRAME], "speed": 10},
    cfl.read: {"path": AVIF},
    cfl.read_frames: {"path": AVIF},
    cfl.container.decode: {"source": AVIF},
    cfl.inspect: {"path": AVIF},
    cfl.measure: {"reference": FRAME, "test": FRAME},
    cfl.metrics.measure: {"reference": FRAME, "test": FRAME},
    cfl.predict: {"frame": FRAME},
    cfl.ablate: {"frame": FRAME, "qualities": (40, 80), "speed": 10},
    cfl.rgb_to_frame: {"rgb": RGB},
    cfl.frame_to_rgb: {"frame": FRAME},
    cfl.write: {"path": "x.png", "frames": FRAME},
    cfl.Frame: {"y": FRAME.y, "u": FRAME.u, "v": FRAME.v},
    cfl.frames.convert_bit_depth: {"frame": FRAME, "bit_depth": 10},
    cfl.frames.resample_chroma: {"frame": FRAME, "subsampling": "4:4:4"},
    cfl.frames.read: {"path": "picture.png"},
    cfl.frames.write_png: {"path": "x.png", "frame": FRAME},
    cfl.frames.write_raw: {"path": "x.yuv", "frames": FRAME},
    RawFormat: {"width": 2, "height": 2},
    RawFormat.parse: {"size": "2x2"},
    cfl.container.file_format: {"head": AVIF},
    cfl.metrics.psnr: {"reference": FRAME.y, "test": FRAME.y},
    cfl.metrics.ssim: {"reference": FRAME.y, "test": FRAME.y},
    cfl.metrics.r2: {"reference": FRAME.y, "test": FRAME.y},
    cfl.metrics.sum_of_squared_errors: {"reference": FRAME.y, "test": FRAME.y},
    cfl.metrics.frame_psnr: {"reference": FRAME, "test": FRAME},
    cfl.metrics.frame_ssim: {"reference": FRAME, "test": FRAME},
    cfl.metrics.frame_r2: {"reference": FRAME, "test": FRAME},
    cfl.metrics.ciede2000: {"reference": FRAME, "test": FRAME},
    cfl.metrics.bd_rate: {
        "reference_rate": [1, 2], "reference_quality": [1, 2], "test_rate": [1, 2], "test_quality": [1, 2],
    },
}  # fmt: skip


def parameters():
    for function in CALLS:
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                yield pytest.param(function, name, id=f"{function.__qualname__}-{name}")


@pytest.mark.parametrize("function, name", list(parameters()))
def test_any_argument(function, name, png, monkeypatch):
    """It works, or raises CflError or TypeError with one line."""
    monkeypatch.chdir(png.parent)
    given = dict(CALLS[function])
    for value in JUNK:
        try:
            result = function(**{**given, name: value})
            if hasattr(result, "__next__"):
                next(result, None)
        except (cfl.CflError, TypeError) as error:
            assert "\n" not in str(error), (value, error)
            assert str(error), value
        except Exception as error:
            raise AssertionError(f"{name}={value!r}: {type(error).__name__}: {error}") from error
    assert not isinstance(given.get("frame"), Frame) or given["frame"] is FRAME
