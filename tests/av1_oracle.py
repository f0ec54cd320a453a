"""The oracle for whole pictures: libdav1d of PyAV's wheels, and the program `dav1d` where installed."""

import shutil
import subprocess
from typing import NamedTuple

import av
import av.logging
import numpy as np
import pytest

from cfl.av1.headers.obu import OBU_TEMPORAL_DELIMITER, iter_obus


class Picture(NamedTuple):
    """A decoded picture: one plane or three of uint16, and its bit depth."""

    planes: tuple[np.ndarray, ...]
    bit_depth: int


class OracleError(Exception):
    """dav1d refuses the stream."""


def temporal_units(stream):
    """The temporal units of a low-overhead stream, as bytes."""
    obus = iter_obus(stream)
    starts = sorted({0} | {obu.offset for obu in obus if obu.header.obu_type == OBU_TEMPORAL_DELIMITER})
    return [bytes(stream[a:b]) for a, b in zip(starts, [*starts[1:], len(stream)], strict=True)]


def dav1d_pictures(units, operating_point=0):
    """Every picture that libdav1d shows of temporal units, film grain applied.

    Parameters
    ----------
    units : list of bytes

    Raises
    ------
    OracleError
    """
    codec = av.CodecContext.create("libdav1d", "r")
    codec.thread_count = 1
    codec.options = {"max_frame_delay": "1", "oppoint": str(operating_point)}
    level = av.logging.get_level()
    av.logging.set_level(None)
    try:
        frames = [frame for unit in units for frame in codec.decode(av.Packet(unit))]
        frames += codec.decode(None)
    except av.error.FFmpegError as error:
        raise OracleError(str(error)) from None
    finally:
        av.logging.set_level(level)
    return [_picture(frame) for frame in frames]


def _picture(frame):
    bit_depth = frame.format.components[0].bits
    dtype = np.uint8 if bit_depth == 8 else np.dtype("<u2")
    planes = []
    for plane in frame.planes:  # of "gbrp" too in the order of AV1: G, B, R
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size).view(dtype)
        planes.append(rows[:, : plane.width].astype(np.uint16))
    return Picture(tuple(planes), bit_depth)


def dav1d_program(tmp_path, stream, *options):
    """The raw samples of all pictures that the program `dav1d` writes; a skip where it is not installed."""
    if shutil.which("dav1d") is None:
        pytest.skip("dav1d is not installed")
    source, target = tmp_path / "stream.obu", tmp_path / "pictures.yuv"
    source.write_bytes(stream)
    command = ["dav1d", "--demuxer", "section5", "--muxer", "yuv", "-q", *options]
    subprocess.run([*command, "-i", source, "-o", target], check=True, capture_output=True, timeout=60)
    return target.read_bytes()


def raw_samples(pictures):
    """The samples of pictures as `dav1d` writes them: planes one after the other, 8 bits or little-endian."""
    return b"".join(
        plane.astype(np.uint8 if bit_depth == 8 else "<u2").tobytes()
        for planes, bit_depth in pictures
        for plane in planes
    )


def first_difference(ours, expected):
    """Where two lists of planes differ first, in words; None where they agree."""
    if [p.shape for p in ours] != [p.shape for p in expected]:
        return f"shapes {[p.shape for p in ours]}, not {[p.shape for p in expected]}"
    for plane, (a, b) in enumerate(zip(ours, expected, strict=True)):
        differs = a != b
        if differs.any():
            row, column = (int(i) for i in np.argwhere(differs)[0])
            return (
                f"plane {plane}, row {row}, column {column}: {a[row, column]}, not {b[row, column]};"
                f" {int(differs.sum())} of {differs.size} samples"
            )
    return None
