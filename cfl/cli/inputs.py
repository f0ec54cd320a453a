"""Input files as the options describe them."""

from collections.abc import Iterator
from pathlib import Path

from cfl.errors import FrameError
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, RawFormat, read_frames

RAW_ENDINGS = (".yuv", ".raw")


def frames_of(
    path: Path,
    subsampling: str | None = None,
    size: str | None = None,
    raw_format: str | None = None,
    max_pixels: int | None = None,
) -> Iterator[Frame]:
    """The frames of a file; with `size`, of a raw one (or of another, if its ending is not a raw file's)."""
    if raw_format is not None and size is None:
        raise FrameError("--format describes a raw file and needs --size too")
    is_raw = size is not None and path.suffix.lower() not in (".y4m", ".png")
    raw = RawFormat.parse(size, raw_format or "yuv420p") if size is not None and is_raw else None
    limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
    return read_frames(path, subsampling=subsampling, max_pixels=limit, raw=raw)
