"""Show a frame as it is meant to be seen: with its crop, rotation and mirror applied to the planes."""

import numpy as np

from cfl.frames.frame import Frame
from cfl.frames.resample import cosited, resample_chroma
from cfl.frames.transforms import AS_IT_IS, Transforms, exif_upright


def upright(frame: Frame) -> Frame:
    """Apply a frame's transforms to its planes.

    The subsampling stays if the transforms map chroma samples onto chroma samples. If they do not (an odd
    crop, a mirror along an odd side, a turned 4:2:2 frame), chroma becomes 4:4:4 first.

    Parameters
    ----------
    frame : Frame
        With any transforms.

    Returns
    -------
    frame : Frame
        Without transforms. Its Exif orientation, if it has one, is 1.

    See Also
    --------
    Transforms : Crop, rotation and mirror.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.frames import Frame, Transforms, upright
    >>> y = np.array([[1, 2], [3, 4]], np.uint8)
    >>> frame = Frame(y, subsampling="4:0:0", transforms=Transforms(turns=1))
    >>> upright(frame).y
    array([[2, 4],
           [1, 3]], dtype=uint8)
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
        pixel_aspect=_aspect(frame, transforms),
        transforms=AS_IT_IS,
    )


def _aspect(frame: Frame, transforms: Transforms) -> tuple[int, int] | None:
    """Width to height of a pixel afterwards."""
    if frame.pixel_aspect is None or transforms.turns % 2 == 0:
        return frame.pixel_aspect
    return frame.pixel_aspect[::-1]


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
    """Whether chroma, at its subsampling, lies among the luma samples afterwards as it does now."""
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
