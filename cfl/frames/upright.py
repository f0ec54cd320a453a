"""Show a frame as it is meant: with its crop, rotation and mirror applied to the planes."""

import numpy as np

from cfl.frames.frame import Frame
from cfl.frames.resample import cosited, resample_chroma
from cfl.frames.transforms import AS_IT_IS, Transforms, exif_upright


def upright(frame: Frame) -> Frame:
    """The frame with its transforms applied, and none left.

    The subsampling stays where the transforms map chroma samples onto chroma samples. Where they do not (an
    odd crop, a mirrored odd side, a turned 4:2:2), chroma becomes 4:4:4 first.

    Parameters
    ----------
    frame : Frame

    Returns
    -------
    frame : Frame
        Its Exif orientation, if it has Exif, is 1.
    """
    if frame.exif is not None:
        frame = frame.replace(exif=exif_upright(frame.exif))
    transforms = frame.transforms
    if not transforms:
        return frame
    if not _keeps_chroma_grid(frame, transforms):
        frame = resample_chroma(frame, "4:4:4")
    chroma = _subsampled(transforms, frame.subsampling_x, frame.subsampling_y)
    return frame.replace(
        y=_copied(frame.y, transforms),
        u=None if frame.u is None else _copied(frame.u, chroma),
        v=None if frame.v is None else _copied(frame.v, chroma),
        alpha=None if frame.alpha is None else _copied(frame.alpha, transforms),
        transforms=AS_IT_IS,
    )


def _copied(plane: np.ndarray, transforms: Transforms) -> np.ndarray:
    return np.ascontiguousarray(transforms.apply(plane))


def _subsampled(transforms: Transforms, shift_x: int, shift_y: int) -> Transforms:
    """The same transforms for a chroma plane."""
    if transforms.crop is None:
        return transforms
    left, top, width, height = transforms.crop
    crop = left >> shift_x, top >> shift_y, width + shift_x >> shift_x, height + shift_y >> shift_y
    return Transforms(crop, transforms.turns, transforms.mirror)


def _keeps_chroma_grid(frame: Frame, transforms: Transforms) -> bool:
    """Whether chroma, subsampled as it is, lies in the same way among the luma samples afterwards."""
    if frame.subsampling in ("4:4:4", "4:0:0"):
        return True
    subsampled = bool(frame.subsampling_y), bool(frame.subsampling_x)
    on_luma = cosited(frame.chroma_sample_position)
    if transforms.turns % 2 and (subsampled[0] != subsampled[1] or on_luma[0] != on_luma[1]):
        return False
    left, top, width, height = transforms.crop or (0, 0, frame.width, frame.height)
    axes = zip(subsampled, on_luma, transforms.axes_reversed(), (top, left), (height, width), strict=True)
    return not any(
        sub and (start % 2 or (reversed_ and (cosited_ or size % 2)))
        for sub, cosited_, reversed_, start, size in axes
    )
