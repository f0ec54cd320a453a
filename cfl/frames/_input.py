"""What all readers do with a file: open it, limit its size, and name it in each error."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from cfl.errors import BitstreamError, CflError, FrameError
from cfl.frames.frame import FRAME_BIT_DEPTHS, SUBSAMPLINGS

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
        if self.subsampling not in (None, *SUBSAMPLINGS):
            raise FrameError(f"subsampling is {self.subsampling!r}, not one of {', '.join(SUBSAMPLINGS)}")
        if self.bit_depth not in (None, *FRAME_BIT_DEPTHS):
            raise FrameError(f"bit depth is {self.bit_depth}, not 8, 10, 12 or 16")
        others = self.subsampling, self.bit_depth, self.matrix_coefficients, self.full_range
        if self.keep_rgb and others != (None,) * 4:
            raise FrameError("keep_rgb converts nothing: it excludes the options that do")

    def of_samples(self, *, is_gray: bool, is_deep: bool) -> "ReadOptions":
        """Those to convert gray or RGB samples with; `is_deep`: of more than 8 bits."""
        if not self.keep_rgb:
            return self
        form: dict[str, Any] = {"subsampling": "4:0:0"} if is_gray else {"matrix_coefficients": 0}
        return replace(self, keep_rgb=False, bit_depth=16 if is_deep else 8, **form)


@contextlib.contextmanager
def open_binary(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a file for reading; a failure to open is a FrameError of one line."""
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed by the block below
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise FrameError(f"{path}: cannot be read: {reason}") from error
    with file:
        yield file


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


def check_pixels(path: str | os.PathLike[str], width: int, height: int, max_pixels: int) -> None:
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
