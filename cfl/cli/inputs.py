"""Input files as the options describe them."""

from collections.abc import Iterator
from pathlib import Path

from cfl.errors import FrameError
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, RawFormat, read_frames

RAW_ENDINGS = (".yuv", ".raw", ".i420", ".bin", "")
"""What a raw file is called; a file of another kind beside it (`--luma-from x.y4m`) is read as what it is."""


def frames_of(
    path: Path,
    subsampling: str | None = None,
    size: str | None = None,
    raw_format: str | None = None,
    max_pixels: int | None = None,
) -> Iterator[Frame]:
    """The frames of a file: a raw one, where `size` is given and it does not end like another kind."""
    if raw_format is not None and size is None:
        raise FrameError("--format describes a raw file and needs --size too")
    raw = None
    if size is not None and path.suffix.lower() in RAW_ENDINGS:
        raw = RawFormat.parse(size, raw_format or "yuv420p")
    limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
    return read_frames(path, subsampling=subsampling, max_pixels=limit, raw=raw)
