"""The samples of a picture for the page: AV1 where a browser decodes it exactly, else losslessly packed."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cfl.frames import Frame
from cfl.frames.matrices import is_linear, plane_scales, yuv_to_rgb_matrix
from cfl.inspection.inspection import Inspection
from cfl.viewer.streams import can_stand_alone, codec_of, stream_of, unfiltered_stream_of

Keep = Callable[[bytes], int]
"""Takes bytes for the page, and returns the number that it has there."""


def samples_of(inspection: Inspection, keep: Keep) -> dict[str, Any]:
    """Keep the samples, and say how the page finds them.

    Returns
    -------
    dict
        ``decoded`` and ``unfiltered``, and with a reference ``error`` (reference − decoded). Each has its
        width and height, and either ``streams``, AV1 for each part of the picture, or ``packed``, of which
        each row of a plane is the difference of a sample from the one at its left.
    """
    parts = [part.coded for part in inspection.picture.parts]
    if all(map(can_stand_alone, parts)):
        sets = _streams(inspection, keep)
    else:
        sets = {
            "decoded": _packed(inspection.frame.planes, keep),
            "unfiltered": _packed(inspection.reconstruction, keep),
        }
    if inspection.reference is not None:
        pairs = zip(inspection.reference.planes, inspection.frame.planes, strict=True)
        sets["error"] = _packed([a.astype(np.int32) - b for a, b in pairs], keep)
    return sets


def _streams(inspection: Inspection, keep: Keep) -> dict[str, Any]:
    sets: dict[str, Any] = {}
    for name in ("decoded", "unfiltered"):
        sets[name] = {
            "width": inspection.picture.width,
            "height": inspection.picture.height,
            "codec": codec_of(inspection.picture.parts[0].coded),
            "streams": [],
        }
    for part in inspection.picture.parts:
        whole, unfiltered = stream_of(part.coded), unfiltered_stream_of(part.coded)
        shared = _common_end(whole, unfiltered)
        end = keep(whole[len(whole) - shared :]) if shared else None
        for name, stream in (("decoded", whole), ("unfiltered", unfiltered)):
            chunks = [keep(stream[: len(stream) - shared]), *([] if end is None else [end])]
            sets[name]["streams"].append({"x": part.x, "y": part.y, "chunks": chunks})
    return sets


def _common_end(a: bytes, b: bytes) -> int:
    """How many of the last bytes are the same."""
    size = min(len(a), len(b))
    if size == 0:
        return 0
    ends = (np.frombuffer(data, np.uint8)[len(data) - size :][::-1] for data in (a, b))
    differ = np.flatnonzero(np.not_equal(*ends))
    return int(differ[0]) if len(differ) else size


def _packed(planes: Sequence[np.ndarray], keep: Keep) -> dict[str, Any]:
    """Samples or differences, as bytes or pairs of bytes: all low ones of a plane, then all high ones."""
    height, width = planes[0].shape
    steps = [np.diff(plane.astype(np.int32), axis=1, prepend=0) for plane in planes]
    is_wide = any(abs(int(step.min())) > 127 or int(step.max()) > 127 for step in steps)
    kind = "<i2" if is_wide else "<i1"
    data = [step.astype(kind)[..., None].view(np.uint8).transpose(2, 0, 1).tobytes() for step in steps]
    chunk = keep(zlib.compress(b"".join(data), 6))
    return {"width": width, "height": height, "packed": chunk, "bytes": 2 if is_wide else 1}


def colour_of(frame: Frame) -> dict[str, Any]:
    """How to make RGB of 0 to 255 from the code values: ``rgb = matrix @ yuv + offset``."""
    matrix = frame.matrix_coefficients if is_linear(frame.matrix_coefficients) else 2
    scales = plane_scales(frame.bit_depth, frame.full_range, matrix)
    rows = _matrix(frame, matrix)
    factors = [[255 * float(k / scale) for k, (scale, _) in zip(row, scales, strict=True)] for row in rows]
    offsets = [-sum(k * float(offset) for k, (_, offset) in zip(row, scales, strict=True)) for row in factors]
    return {"matrix": factors, "offset": offsets}


def _matrix(frame: Frame, matrix: int) -> Any:
    if frame.subsampling == "4:0:0":
        return [[1, 0, 0]] * 3
    return yuv_to_rgb_matrix(matrix, frame.color_primaries)
