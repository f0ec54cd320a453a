"""Read pictures and video: AV1 files with the decoder here, everything else with `cfl.frames`."""

import logging
from collections.abc import Generator, Iterator

from cfl import frames
from cfl.arguments import require
from cfl.container.recognition import file_format_of
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, RawFormat, upright
from cfl.frames._input import ReadOptions
from cfl.frames.io import converted, declared
from cfl.sources import File, Source, as_source

_log = logging.getLogger("cfl")


def read(
    path: Source,
    *,
    subsampling: str | None = None,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    raw: RawFormat | None = None,
    keep_rgb: bool = False,
) -> Frame:
    """Read the first, or only, picture of a file.

    AV1 files are decoded by cfl, everything else is read by `cfl.frames.read`.

    Parameters
    ----------
    path : path-like, bytes or binary file
        A picture or video; see `read_frames` for the kinds.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}, optional
        Of the frame. By default a YUV file's own, and for pictures such as PNG 4:2:0; see
        `cfl.frames.read_frames`.
    bit_depth : {8, 10, 12}, optional
        Of the frame. By default a YUV file's own, and for pictures such as PNG 8; see
        `cfl.frames.read_frames`.
    matrix_coefficients : int, optional
        Code point of CICP; see `cfl.frames.read_frames`.
    full_range : bool, optional
        Whether samples use the full range; see `cfl.frames.read_frames`.
    max_pixels : int, default 178,956,970
        Width times height above which a file is refused before memory is allocated for it.
    raw : RawFormat, optional
        Read the file as raw planar YUV of this size and format.
    keep_rgb : bool, default False
        Read an RGB file as RGB; see `cfl.frames.read_frames`.

    Returns
    -------
    frame : Frame
        See `read_frames`.

    Raises
    ------
    BitstreamError
        An AV1 file is damaged.
    UnsupportedFeature
        An AV1 file needs a feature that is not supported; the message names it.
    FrameError
        The file cannot be read, is damaged, too large or empty, or an option is not one of the above.

    See Also
    --------
    read_frames : All pictures of a file.
    write : Write PNG, Y4M and raw YUV.
    encode : Make an AVIF file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.rgb_to_frame(np.full((16, 24, 3), [200, 100, 50], np.uint8))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "flat.avif")
    ...     _ = path.write_bytes(cfl.encode(frame, speed=10))
    ...     cfl.read(path)
    Frame(24x16, 4:2:0, 8 bit)
    """
    pictures = read_frames(
        path,
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=max_pixels,
        raw=raw,
        keep_rgb=keep_rgb,
    )
    frame = next(pictures)
    pictures.close()
    return frame


def read_frames(
    path: Source,
    *,
    subsampling: str | None = None,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    raw: RawFormat | None = None,
    keep_rgb: bool = False,
) -> Generator[Frame, None, None]:
    """Read all pictures of a file, one in memory at a time.

    AVIF, IVF, Section 5 and Annex B files are decoded by cfl: upright (clean aperture, rotation and mirror
    applied), with the file's colour description, alpha, ICC profile, Exif and XMP. All other files are read
    by `cfl.frames.read_frames`.

    Parameters
    ----------
    path : path-like, bytes or binary file
        A picture or video. What kind it is, its content and its ending tell.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}, optional
        Of the frames. By default a YUV file's own (AV1 is YUV); see `cfl.frames.read_frames`.
    bit_depth : {8, 10, 12}, optional
        Of the frames. By default a YUV file's own; see `cfl.frames.read_frames`.
    matrix_coefficients : int, optional
        Code point of CICP; see `cfl.frames.read_frames`.
    full_range : bool, optional
        Whether samples use the full range; see `cfl.frames.read_frames`.
    max_pixels : int, default 178,956,970
        Width times height above which a file is refused before memory is allocated for it.
    raw : RawFormat, optional
        Read the file as raw planar YUV of this size and format.
    keep_rgb : bool, default False
        Read an RGB file as RGB; see `cfl.frames.read_frames`.

    Yields
    ------
    frame : Frame
        In order.

    Raises
    ------
    BitstreamError
        An AV1 file is damaged; see `cfl.container.decode`.
    UnsupportedFeature
        An AV1 file needs a feature that is not supported; the message names it.
    FrameError
        The file cannot be read, is damaged, too large or empty, or an option is not one of the above.

    See Also
    --------
    read : The first picture only.
    cfl.container.decode : AV1 files as they are coded, not upright.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> frames = [cfl.Frame(np.full((2, 2), level, np.uint8), subsampling="4:0:0") for level in (10, 20, 30)]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gray.y4m")
    ...     cfl.write(path, frames)
    ...     [frame.y.max().item() for frame in cfl.read_frames(path)]
    [10, 20, 30]
    """
    source = as_source(path)
    if raw is not None:
        require("raw", raw, RawFormat, "a RawFormat")
    kind = None if raw is not None else file_format_of(source)
    _log.info("%s: read as %s", source, f"raw {raw}" if raw is not None else kind or "a picture or video")
    if kind is not None:
        options = ReadOptions(subsampling, bit_depth, matrix_coefficients, full_range, max_pixels, keep_rgb)
        decoded = _decoded(source, max_pixels)
        return converted(source, declared(decoded, options, says_range=True), options)
    return frames.read_frames(
        source,
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=max_pixels,
        raw=raw,
        keep_rgb=keep_rgb,
    )


def _decoded(path: File, max_pixels: int) -> Iterator[Frame]:
    from cfl.container.decoding import decode  # most files are not AV1, and do not wait for its decoder

    yield from map(upright, decode(path, max_pixels=max_pixels))
