"""Compare two pictures: frames, or files as they are read."""

from cfl import metrics
from cfl.metrics.measurement import Measurement
from cfl.picturing import Picture, as_frame


def measure(reference: Picture, test: Picture, *, as_is: bool = False) -> Measurement:
    """Return PSNR, SSIM, R², CIEDE2000, SSIMULACRA 2 and MS-SSIM of what two pictures show.

    Parameters
    ----------
    reference : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        The original. Of a file it is the first picture, and RGB stays RGB.
    test : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        Of the same size.
    as_is : bool, default False
        Compare code values, whatever they mean.

    Returns
    -------
    measurement : Measurement
        All metrics, and what was converted to have them.

    Raises
    ------
    FrameError
        A file cannot be read, or the pictures differ in size; with `as_is`, in subsampling or bit depth.
    UnsupportedFeature
        The pictures differ in matrix, primaries or transfer function, and one of these cannot be converted.

    See Also
    --------
    cfl.metrics.measure : How the two are compared.
    read : Reads a file; `keep_rgb` keeps RGB.

    Examples
    --------
    A frame and the same with each Cb sample 4 higher:

    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:8, :8]
    >>> rgb = np.stack([32 * column, 32 * row, 255 - 32 * column], axis=-1).astype(np.uint8)
    >>> frame = cfl.rgb_to_frame(rgb)
    >>> measurement = cfl.measure(frame, frame.replace(u=frame.u + np.uint8(4)))
    >>> measurement.psnr["y"], round(measurement.psnr["u"], 2), round(measurement.r2["u"], 3)
    (inf, 36.09, 0.994)

    A picture in a file against the same with 10 bits:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     cfl.write(Path(folder, "a.png"), frame)
    ...     cfl.write(Path(folder, "b.y4m"), cfl.frames.convert_bit_depth(frame, 10))
    ...     measurement = cfl.measure(Path(folder, "a.png"), Path(folder, "b.y4m"))
    >>> round(measurement.psnr["rgb"], 1)
    60.2
    """
    first, second = (as_frame(picture, keep_rgb=True) for picture in (reference, test))
    return metrics.measure(first, second, as_is=as_is)
