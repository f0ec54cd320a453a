"""Chroma resampling, with filter taps that match the chroma sample position."""

import numpy as np

from cfl.arguments import one_of, subsampling_of
from cfl.errors import FrameError
from cfl.frames.frame import SUBSAMPLINGS, Frame, require_frame, sample_dtype

_BETWEEN, _COSITED, _SAME = (0, 1, 1), (1, 2, 1), (0, 1, 0)
_UP_BETWEEN, _UP_COSITED = ((1, 3, 0), (0, 3, 1)), ((0, 4, 0), (0, 2, 2))
_UP_SAME = ((0, 4, 0), (0, 4, 0))
_TO_COSITED, _TO_BETWEEN = (1, 3, 0), (0, 3, 1)


def cosited(position: str) -> tuple[bool, bool]:
    """Return whether chroma lies on a luma (row, column), not between two; "unknown" counts as "center"."""
    return position == "topleft", position in ("left", "topleft")


def down_taps(subsampling: str, position: str) -> np.ndarray:
    """Return the weights that make one chroma sample from the luma-sized samples around it.

    Returns
    -------
    taps : (2, 3) int32 array
        Vertical and horizontal, for the samples at −1, 0 and +1 from the even luma coordinate.
    """
    sx, sy = SUBSAMPLINGS[subsampling]
    directions = zip((sy, sx), cosited(position), strict=True)
    return np.array([(_COSITED if on else _BETWEEN) if sub else _SAME for sub, on in directions], np.int32)


def up_taps(subsampling: str, position: str) -> np.ndarray:
    """Return the bilinear weights (of sum 4) that make chroma at a luma coordinate from that around it.

    Returns
    -------
    taps : (2, 2, 3) int32 array
        Vertical and horizontal; at even and odd luma coordinates; for the chroma samples at −1, 0 and +1 from
        the one that covers the coordinate.
    """
    sx, sy = SUBSAMPLINGS[subsampling]
    directions = zip((sy, sx), cosited(position), strict=True)
    return np.array(
        [(_UP_COSITED if on else _UP_BETWEEN) if sub else _UP_SAME for sub, on in directions], np.int32
    )


def resample_chroma(frame: Frame, subsampling: str) -> Frame:
    """Return a frame with another chroma subsampling; luma stays as it is.

    Parameters
    ----------
    frame : Frame
        Any but one of matrix 0 (identity).
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}
        From 4:0:0, chroma becomes neutral, 2^(bit_depth − 1). To 4:0:0, chroma is dropped.

    Returns
    -------
    frame : Frame
        The frame itself if it has that subsampling already.

    Raises
    ------
    FrameError
        `subsampling` is not one of these, or the frame's matrix is 0, whose planes are no chroma.

    See Also
    --------
    convert_bit_depth : Another bit depth.
    cfl.read : Reads a file in a given subsampling.

    Notes
    -----
    Only a direction whose subsampling changes is filtered: averaged going down, bilinear going up. The filter
    taps match ``frame.chroma_sample_position``, where "unknown" counts as "center". The result is rounded
    once, to nearest, half up.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.frames import Frame, resample_chroma
    >>> u, v = np.array([[100, 200]], np.uint8), np.array([[128, 128]], np.uint8)
    >>> frame = Frame(np.zeros((2, 4), np.uint8), u, v, "4:2:0", chroma_sample_position="center")
    >>> resample_chroma(frame, "4:4:4").u
    array([[100, 125, 175, 200],
           [100, 125, 175, 200]], dtype=uint8)
    """
    require_frame("frame", frame)
    subsampling = one_of("subsampling", subsampling_of(subsampling), SUBSAMPLINGS)
    if subsampling == frame.subsampling:
        return frame
    if frame.matrix_coefficients == 0:
        raise FrameError("matrix_coefficients 0 (identity) is for 4:4:4 only: G, B and R are not chroma")
    if subsampling == "4:0:0":
        return frame.replace(subsampling=subsampling, u=None, v=None, chroma_sample_position="unknown")
    position = "center" if frame.chroma_sample_position == "unknown" else frame.chroma_sample_position
    if frame.u is None or frame.v is None:
        u, v = neutral_chroma(frame.y.shape, subsampling, frame.bit_depth)
    else:
        u = _resample(frame.u, frame.y.shape, frame.subsampling, subsampling, position)
        v = _resample(frame.v, frame.y.shape, frame.subsampling, subsampling, position)
    position = "unknown" if subsampling == "4:4:4" else position
    return frame.replace(subsampling=subsampling, u=u, v=v, chroma_sample_position=position)


def neutral_chroma(shape: tuple[int, ...], subsampling: str, bit_depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return U and V without colour, 2^(bit_depth − 1), for a luma plane of this (height, width)."""
    sx, sy = SUBSAMPLINGS[subsampling]
    size = (shape[0] + sy) >> sy, (shape[1] + sx) >> sx
    u = np.full(size, 1 << (bit_depth - 1), sample_dtype(bit_depth))
    return u, u.copy()


def resampled_sums(
    plane: np.ndarray, shape: tuple[int, ...], old: str, new: str, positions: tuple[str, str]
) -> tuple[np.ndarray, int]:
    """A chroma plane in another subsampling and at another position, not yet rounded.

    Parameters
    ----------
    plane : (height, width) array
    shape : tuple
        (height, width) of luma.
    old, new : str
        Subsamplings, neither 4:0:0.
    positions : (str, str)
        Chroma sample positions, of which the second counts in a direction that stays subsampled or becomes
        it; if a direction becomes full, the first.

    Returns
    -------
    sums : array of int32, or the plane itself
    shift : int
        The sums are the samples times 2^shift.
    """
    sums, shift = plane, 0
    lies = cosited(positions[0]), cosited(positions[1])
    for axis in (0, 1):
        was, now = SUBSAMPLINGS[old][1 - axis], SUBSAMPLINGS[new][1 - axis]
        if was and not now:
            sums, more = _up(sums.astype(np.int32), axis, up_taps(old, positions[0])[axis], shape[axis]), 2
        elif now and not was:
            taps = down_taps(new, positions[1])[axis]
            sums, more = _down(sums.astype(np.int32), axis, taps), int(taps.sum()).bit_length() - 1
        elif was and lies[0][axis] != lies[1][axis]:
            taps = np.array(_TO_COSITED if lies[1][axis] else _TO_BETWEEN)
            sums, more = _moved(sums.astype(np.int32), axis, taps), 2
        else:
            more = 0
        shift += more
    return sums, shift


def _resample(plane: np.ndarray, shape: tuple[int, ...], old: str, new: str, position: str) -> np.ndarray:
    sums, shift = resampled_sums(plane, shape, old, new, (position, position))
    return ((sums.astype(np.int32) + (1 << shift >> 1)) >> shift).astype(plane.dtype)


def _moved(samples: np.ndarray, axis: int, taps: np.ndarray) -> np.ndarray:
    """Half a luma sample further, between two chroma samples."""
    total = sum(t * side for t, side in zip(taps, _neighbours(samples, axis), strict=True))
    return np.moveaxis(np.asarray(total), 0, axis)


def _neighbours(samples: np.ndarray, axis: int) -> list[np.ndarray]:
    """Return the samples at −1, 0 and +1 along an axis, which comes first; edges are repeated."""
    along = np.moveaxis(samples, axis, 0)
    return [np.concatenate((along[:1], along[:-1])), along, np.concatenate((along[1:], along[-1:]))]


def _down(samples: np.ndarray, axis: int, taps: np.ndarray) -> np.ndarray:
    total = sum(t * side[::2] for t, side in zip(taps, _neighbours(samples, axis), strict=True))
    return np.moveaxis(np.asarray(total), 0, axis)


def _up(samples: np.ndarray, axis: int, taps: np.ndarray, size: int) -> np.ndarray:
    sides = _neighbours(samples, axis)
    out = np.empty((2 * sides[1].shape[0], *sides[1].shape[1:]), np.int32)
    for parity in (0, 1):
        out[parity::2] = sum(t * side for t, side in zip(taps[parity], sides, strict=True))
    return np.moveaxis(out[:size], 0, axis)
