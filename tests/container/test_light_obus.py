"""Content light and mastering display in streams: libdav1d, through PyAV, reads what is written."""

import io
import struct
import warnings

import av
import numpy as np
import pytest
from av1_streams import DELIMITER

import cfl
from cfl.av1.headers.obu import OBU_METADATA, ObuHeader, encode_obu
from cfl.container import IvfHeader, decode, write_ivf
from cfl.container.light_obus import light_obus
from cfl.frames import ContentLight, MasteringDisplay

LIGHT = ContentLight(1000, 400)
DISPLAY = MasteringDisplay((35400, 14600), (8500, 39850), (6550, 2300), (15635, 16450), 10_000_000, 50)


def stream(**light):
    frame = cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8)).replace(**light)
    (encoded,) = cfl.encode_frames([frame], speed=10)
    return encoded.data


def side_data(data):
    """What libdav1d says of the first frame, as bytes by FFmpeg's names."""
    file = io.BytesIO(write_ivf(IvfHeader(16, 16), [(0, data)]))
    with av.open(file) as container:
        frame = next(container.decode(video=0))
        return {data.type.name: bytes(data) for data in frame.side_data}


def test_libdav1d_reads_them():
    """Structures of libavutil: unsigned MaxCLL, MaxFALL; AVRational of red, green, blue, white, light."""
    said = side_data(stream(content_light=LIGHT, mastering_display=DISPLAY))
    assert struct.unpack_from("2I", said["CONTENT_LIGHT_LEVEL"]) == (1000, 400)
    numbers = struct.unpack_from("20i", said["MASTERING_DISPLAY_METADATA"])
    rationals = [numerator / denominator for numerator, denominator in zip(*[iter(numbers)] * 2, strict=True)]
    expected = [value / 50_000 for point in DISPLAY[:4] for value in point]
    assert np.allclose(rationals[:8], expected, atol=1 / 65536, rtol=0)
    assert np.allclose(rationals[8:], [50 / 10_000, 1000], atol=1 / 16384, rtol=0)


@pytest.mark.parametrize("content", [None, LIGHT])
@pytest.mark.parametrize(
    "display", [None, DISPLAY, DISPLAY._replace(max_luminance=4_294_960_000, min_luminance=0)]
)
def test_they_come_back(content, display):
    (frame,) = decode(stream(content_light=content, mastering_display=display))
    assert (frame.content_light, frame.mastering_display) == (content, display)


def test_bytes_of_the_standard():
    """By hand: OBU type 5 with a size, metadata_type 1, two fields of 16 bits, trailing bits (5.8.3)."""
    assert light_obus(LIGHT, None).hex() == "2a06" + "01" + "03e8" + "0190" + "80"
    assert light_obus(None, None) == b""


def test_a_damaged_one_stops_nothing():
    data = stream()
    damaged = DELIMITER + encode_obu(ObuHeader(OBU_METADATA), b"\2\0\0\x80") + data.removeprefix(DELIMITER)
    with pytest.warns(cfl.CflWarning, match="metadata OBU is damaged"):
        (frame,) = decode(damaged)
    assert (frame.content_light, frame.mastering_display) == (None, None)


@pytest.mark.parametrize(
    ("ending", "lost"), [("y4m", "light"), ("jpg", "light"), ("yuv", "shape"), ("obu", "shape")]
)
def test_what_has_no_place_is_said(tmp_path, ending, lost):
    frame = cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8))
    told = {"light": {"content_light": LIGHT}, "shape": {"pixel_aspect": (2, 1)}}[lost]
    words = {"light": "the content light level is dropped", "shape": r"shape of pixels \(2:1\) is dropped"}[
        lost
    ]

    def write(frame):
        if ending == "obu":
            list(cfl.encode_frames([frame], speed=10))
        else:
            cfl.write(tmp_path / f"a.{ending}", frame)

    with pytest.warns(cfl.CflWarning, match=words):
        write(frame.replace(**told))
    with warnings.catch_warnings():
        warnings.simplefilter("error", cfl.CflWarning)
        write(frame)
        if ending == "y4m":
            write(frame.replace(pixel_aspect=(2, 1)))  # its A tag
