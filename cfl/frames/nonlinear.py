"""RGB of frames whose matrix is none: ICtCp, and YCgCo-Re and -Ro (ITU-T H.273, 8.3).

ICtCp      planes ─ matrix ► L'M'S' ─ transfer ► LMS ─ matrix ► RGB ─ transfer ► R'G'B'
YCgCo-R    planes ─ two lifting steps in integers ► RGB of one or two bits less
"""

import numpy as np

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.frames.matrices import ICTCP, YCGCO_RE, YCGCO_RO, plane_scales
from cfl.frames.transfer import HLG, PQ, from_linear, to_linear

_LMS = np.array([[1688, 2146, 262], [683, 2951, 462], [99, 309, 3688]]) / 4096
_ICTCP_PQ = np.array([[2048, 2048, 0], [6610, -13613, 7003], [17933, -17390, -543]]) / 4096
_ICTCP_HLG = np.array([[2048, 2048, 0], [3625, -7465, 3840], [9500, -9212, -288]]) / 4096
_STRIP = 1 << 18


def nonlinear_to_rgb(frame: Frame, bit_depth: int) -> np.ndarray:
    """Full-range RGB of a 4:4:4 frame of matrix 14, 16 or 17; see `cfl.frames.frame_to_rgb`."""
    to_rgb = _ictcp if frame.matrix_coefficients == ICTCP else _ycgco_r
    rgb = np.empty((*frame.y.shape, 3), np.uint8 if bit_depth <= 8 else np.uint16)
    rows = max(1, _STRIP // frame.width)
    for start in range(0, frame.height, rows):
        part = slice(start, start + rows)
        signal = to_rgb(frame, np.stack([plane[part] for plane in frame.planes], axis=-1))
        rgb[part] = np.floor(np.clip(signal, 0, 1) * (2**bit_depth - 1) + 0.5)
    return rgb


def rgb_bit_depth(frame: Frame) -> int:
    """Return the bits that a sample of the frame's RGB has: fewer than its planes' with matrix 16 and 17."""
    return frame.bit_depth - {YCGCO_RE: 2, YCGCO_RO: 1}.get(frame.matrix_coefficients, 0)


def _ictcp(frame: Frame, samples: np.ndarray) -> np.ndarray:
    """R'G'B' in 0…1."""
    scales = np.array(plane_scales(frame.bit_depth, frame.full_range, ICTCP), np.float64)
    transfer = PQ if frame.transfer_characteristics == 2 else frame.transfer_characteristics
    matrix = _ICTCP_HLG if transfer == HLG else _ICTCP_PQ
    lms = ((samples - scales[:, 1]) / scales[:, 0]) @ np.linalg.inv(matrix).T
    light = to_linear(np.clip(lms, 0, 1), transfer) @ np.linalg.inv(_LMS).T
    return from_linear(light, transfer)


def _ycgco_r(frame: Frame, samples: np.ndarray) -> np.ndarray:
    """R'G'B' in 0…1, of lifting steps whose integers have one bit (Ro) or two (Re) less than the planes."""
    bit_depth = rgb_bit_depth(frame)
    if bit_depth < 8:
        raise FrameError(f"YCgCo-R of {frame.bit_depth} bits holds RGB of {bit_depth}, less than 8")
    middle = 1 << (frame.bit_depth - 1)
    y, cg, co = np.moveaxis(samples.astype(np.int32), -1, 0)
    cg, co = cg - middle, co - middle
    t = y - (cg >> 1)
    green, blue = t + cg, t - (co >> 1)
    rgb = np.stack([blue + co, green, blue], axis=-1)
    scale, offset = plane_scales(bit_depth, frame.full_range, 0)[0]
    return (rgb - float(offset)) / float(scale)
