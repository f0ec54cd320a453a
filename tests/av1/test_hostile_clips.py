"""Clips that are broken: a clear error, after the pictures before it."""

import numpy as np
import pytest
from av1_clips import KEPT
from av1_oracle import temporal_units
from av1_streams import svt_obu

from cfl.av1.decoder import decode_obus
from cfl.av1.headers.obu import OBU_SEQUENCE_HEADER, encode_obu, iter_obus
from cfl.errors import BitstreamError

SMALLEST = min(KEPT, key=lambda path: path.stat().st_size)


def pictures(stream):
    """The pictures of a stream, and the error that it ends with."""
    shown = []
    try:
        shown.extend(
            np.concatenate([plane.ravel() for plane in picture.planes])
            for picture in decode_obus(iter_obus(stream))
        )
    except BitstreamError as error:
        return shown, error
    return shown, None


def clip(pix_fmt="yuv420p", width=64, height=64):
    return svt_obu(width, height, frames=4, pix_fmt=pix_fmt, params="keyint=9:pred-struct=1")


def start_of(stream):
    """The sequence header of a stream."""
    obus = iter_obus(stream)
    header = next(obu for obu in obus if obu.header.obu_type == OBU_SEQUENCE_HEADER)
    return encode_obu(header.header, bytes(header.payload))


def test_cut_anywhere():
    """What is left of a clip shows the same pictures, but those that it lacks."""
    stream = SMALLEST.read_bytes()
    whole, error = pictures(stream)
    assert error is None
    for end in range(2, len(stream), 23):
        shown, error = pictures(stream[:end])
        assert len(shown) < len(whole) or error is None
        for picture, expected in zip(shown, whole, strict=False):
            np.testing.assert_array_equal(picture, expected)


def test_without_the_key_frame():
    first, *others = temporal_units(clip())
    shown, error = pictures(start_of(first) + b"".join(others))
    assert shown == []
    assert "holds no frame" in str(error)


@pytest.mark.parametrize("other", [{"pix_fmt": "yuv420p10le"}, {"width": 96}])
def test_references_of_another_sequence(other):
    """Frames of a sequence cannot be predicted from those of one of another format."""
    key_frame, *_ = temporal_units(clip(**other))
    first, *others = temporal_units(clip())
    shown, error = pictures(key_frame + start_of(first) + b"".join(others))
    assert len(shown) == 1
    assert "holds no frame" in str(error)


def test_a_lost_frame():
    """The frames after it are predicted from another one: other pictures or an error, never a crash."""
    units = temporal_units(clip())
    shown, _ = pictures(b"".join([units[0], *units[2:]]))
    assert len(shown) < len(units)
