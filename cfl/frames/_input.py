"""What all readers do with a file: open it, limit its size, and name it in each error."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO, Any

from cfl.arguments import flag, one_of, optional_whole, subsampling_of, whole
from cfl.errors import BitstreamError, CflError, FrameError
from cfl.frames.frame import FRAME_BIT_DEPTHS, SUBSAMPLINGS
from cfl.sources import Contents, File, Source, as_source

DEFAULT_MAX_PIXELS = 178_956_970
"""Largest width times height that a reader accepts by default. Pillow has the same limit."""

CHUNK = 1 << 20


@dataclass(frozen=True)
class ReadOptions:
    """The options of `cfl.frames.read`, by the same names."""

    subsampling: str | None = None
    bit_depth: int | None = None
    matrix_coefficients: int | None = None
    full_range: bool | None = None
    max_pixels: int = DEFAULT_MAX_PIXELS
    keep_rgb: bool = False

    def __post_init__(self) -> None:
        for name in ("bit_depth", "matrix_coefficients"):
            object.__setattr__(self, name, optional_whole(name.replace("_", " "), getattr(self, name)))
        object.__setattr__(self, "max_pixels", whole("max_pixels", self.max_pixels, 1))
        object.__setattr__(self, "subsampling", subsampling_of(self.subsampling))
        if self.subsampling is not None:
            one_of("subsampling", self.subsampling, SUBSAMPLINGS)
        if self.full_range is not None:
            object.__setattr__(self, "full_range", flag("full_range", self.full_range))
        object.__setattr__(self, "keep_rgb", flag("keep_rgb", self.keep_rgb))
        if self.bit_depth not in (None, *FRAME_BIT_DEPTHS):
            raise FrameError(f"bit depth is {self.bit_depth}, not 8, 10, 12 or 16")
        others = self.subsampling, self.bit_depth, self.matrix_coefficients, self.full_range
        if self.keep_rgb and others != (None,) * 4:
            raise FrameError("keep_rgb keeps the samples as they are: leave out options that convert them")

    def of_samples(self, *, is_gray: bool, is_deep: bool) -> "ReadOptions":
        """Those to convert gray or RGB samples with; `is_deep`: of more than 8 bits."""
        if not self.keep_rgb:
            return self
        form: dict[str, Any] = {"subsampling": "4:0:0"} if is_gray else {"matrix_coefficients": 0}
        return replace(self, keep_rgb=False, bit_depth=16 if is_deep else 8, **form)


@contextlib.contextmanager
def open_binary(path: Source, *, once: bool = False) -> Iterator[IO[bytes]]:
    """Open a file for reading; a failure to open is a FrameError of one line.

    With `once` what comes through a pipe is not kept in memory, and cannot be opened again.
    """
    source = as_source(path)
    try:
        file = source.open(once=once) if isinstance(source, Contents) else source.open("rb")
    except FrameError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise FrameError(f"{source}: cannot be read: {reason}") from error
    with file:
        yield file


def head_of(path: Source, size: int) -> bytes:
    """The first bytes of a file, without using up what can be read only once."""
    source = as_source(path)
    if isinstance(source, Contents):
        return source.head(size)
    with open_binary(source) as file:
        return file.read(size)


@contextlib.contextmanager
def naming(what: str) -> Iterator[None]:
    """Put the name of the file, and the frame, before the message of a CflError that the block raises."""
    try:
        yield
    except CflError as error:
        named = type(error)(f"{what}: {error}")
        if isinstance(error, BitstreamError):
            named.offset = error.offset  # type: ignore[attr-defined]
        raise named from error


def check_pixels(path: File | str, width: int, height: int, max_pixels: int) -> None:
    """Raise `FrameError` for a picture of more pixels than allowed, before memory is allocated for it."""
    if width * height > max_pixels:
        raise FrameError(
            f"{path}: {width}x{height} is {width * height} pixels; the limit (max_pixels) is {max_pixels}"
        )


def read_up_to(file: IO[bytes], size: int) -> bytearray:
    """Return up to `size` bytes, fewer only at the end. Memory grows with what is read, not with `size`."""
    data = bytearray()
    while len(data) < size:
        chunk = file.read(min(CHUNK, size - len(data)))
        if not chunk:
            break
        data += chunk
    return data
