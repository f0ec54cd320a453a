"""Alpha of a frame: whether it hides anything, and the colour that it hides."""

from collections.abc import Callable

import numpy as np

from cfl.frames.frame import Frame


def without_opaque_alpha(frame: Frame) -> Frame:
    """Return a frame without its alpha where that is opaque everywhere, and says nothing."""
    if frame.alpha is None or int(frame.alpha.min()) < 2**frame.bit_depth - 1:
        return frame
    return frame.replace(alpha=None, premultiplied=False)


def without_hidden_colour(frame: Frame) -> Frame:
    """Return a frame whose colour under alpha 0 is smooth, so that it costs few bits.

    Each hidden sample gets the mean of the visible ones of the smallest block of 2, 4, 8, … samples around it
    that has any. Colour that is multiplied by alpha is black there, and stays as it is.
    """
    if frame.alpha is None or frame.premultiplied or int(frame.alpha.min()) > 0:
        return frame
    visible = frame.alpha > 0
    if not visible.any():
        visible = np.zeros_like(visible)
        visible[0, 0] = True
    seen = _seen(visible, frame)
    u, v = [_filled(plane, seen) for plane in frame.planes[1:]] or (None, None)
    return frame.replace(y=_filled(frame.y, visible), u=u, v=v)


def with_chroma_of_visible(
    frame: Frame, samples: np.ndarray, convert: Callable[[np.ndarray], Frame]
) -> Frame:
    """Return a frame whose visible subsampled chroma has nothing of the colour that alpha hides beside it.

    Parameters
    ----------
    frame : Frame
        What `convert` makes of the samples.
    samples : (height, width, 4) array
        RGB and alpha.
    convert : callable
        Makes a frame of such samples.
    """
    visible = samples[..., 3] > 0
    if frame.subsampling not in ("4:2:0", "4:2:2") or visible.all() or not visible.any():
        return frame
    colours = [_filled(samples[..., channel], visible) for channel in range(3)]
    filled = convert(np.dstack([*colours, samples[..., 3]]))
    seen = _seen(visible, frame)
    assert frame.u is not None and filled.u is not None and frame.v is not None and filled.v is not None
    return frame.replace(u=np.where(seen, filled.u, frame.u), v=np.where(seen, filled.v, frame.v))


def _seen(visible: np.ndarray, frame: Frame) -> np.ndarray:
    """Which chroma samples belong to a luma sample that is visible."""
    sx, sy = frame.subsampling_x, frame.subsampling_y
    height, width = visible.shape
    padded = np.pad(visible, ((0, height & sy), (0, width & sx)))
    rows, columns = padded.shape[0] >> sy, padded.shape[1] >> sx
    return np.asarray(padded.reshape(rows, 1 << sy, columns, 1 << sx).max(axis=(1, 3)))


def _filled(plane: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """The plane with its invisible samples filled from coarser and coarser means."""
    sums, counts = [np.where(visible, plane, 0).astype(np.int64)], [visible.astype(np.int64)]
    while sums[-1].size > 1:
        sums.append(_halved(sums[-1]))
        counts.append(_halved(counts[-1]))
    result = sums[-1] // counts[-1]
    for total, count in zip(sums[-2::-1], counts[-2::-1], strict=True):
        coarse = result.repeat(2, axis=0).repeat(2, axis=1)[: total.shape[0], : total.shape[1]]
        result = np.where(count > 0, (2 * total + count) // np.maximum(2 * count, 1), coarse)
    return np.where(visible, plane, result).astype(plane.dtype)


def _halved(plane: np.ndarray) -> np.ndarray:
    """Sums of each 2x2 samples."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, height & 1), (0, width & 1)))
    return padded[::2, ::2] + padded[1::2, ::2] + padded[::2, 1::2] + padded[1::2, 1::2]
