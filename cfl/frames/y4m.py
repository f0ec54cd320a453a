"""YUV4MPEG2 (`.y4m`): a header line, then raw planar frames, each after a line of its own.

The format is MJPEG tools' (yuv4mpeg(5)), with FFmpeg's names for more than 8 bits and its colour range tag.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np

from cfl.errors import FrameError
from cfl.files import atomic_write
from cfl.frames._input import DEFAULT_MAX_PIXELS, check_pixels, naming, open_binary, read_up_to
from cfl.frames.frame import Frame
from cfl.frames.raw import geometry, planes_bytes, split_planes, write_planes

MAGIC = b"YUV4MPEG2"
_MAX_LINE = 4096
_RANGE = "COLORRANGE="

_COLOUR_8 = {
    "420jpeg": ("4:2:0", "center"),
    "420": ("4:2:0", "center"),
    "420mpeg2": ("4:2:0", "left"),
    "420paldv": ("4:2:0", "topleft"),
    "422": ("4:2:2", "unknown"),
    "444": ("4:4:4", "unknown"),
    "444alpha": ("4:4:4", "unknown"),
    "mono": ("4:0:0", "unknown"),
}
_COLOUR_DEEP = {"420p": "4:2:0", "422p": "4:2:2", "444p": "4:4:4", "mono": "4:0:0"}
_COLOURS = {name: (subsampling, 8, position) for name, (subsampling, position) in _COLOUR_8.items()} | {
    f"{name}{depth}": (subsampling, depth, "unknown")
    for name, subsampling in _COLOUR_DEEP.items()
    for depth in (10, 12)
}
"""C tag to (subsampling, bit depth, chroma sample position)."""


@dataclass(frozen=True)
class Y4MHeader:
    """The header line; what it says about frames, and what it carries along.

    Parameters
    ----------
    width, height : int
    colour : str, optional
        The C tag: 420jpeg, 420mpeg2, 420paldv, 422, 444, 444alpha, mono, or 420p10 and the like. None
        where the line has none, which means 420jpeg.
    frame_rate, aspect : str, optional
        The F tag, frames a second, and the A tag, pixel width to height: "30000:1001".
    interlacing : str, optional
        The I tag: p, t, b, m or ?.
    extensions : tuple of str
        The X tags without their X, "COLORRANGE=FULL" among them.

    Raises
    ------
    FrameError
        A tag is not one of these.
    """

    width: int
    height: int
    colour: str | None = None
    frame_rate: str | None = None
    interlacing: str | None = None
    aspect: str | None = None
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise FrameError(f"a Y4M picture of {self.width}x{self.height} does not exist")
        if self.colour is not None and self.colour not in _COLOURS:
            raise FrameError(f"Y4M colour space C{self.colour[:32]!s} is not one of {', '.join(_COLOURS)}")
        for tag, ratio in (("F", self.frame_rate), ("A", self.aspect)):
            if ratio is not None and not re.fullmatch(r"\d{1,20}:\d{1,20}", ratio, re.ASCII):
                raise FrameError(f"Y4M tag {tag}{ratio[:32]} is not a ratio such as {tag}25:1")
        if self.interlacing is not None and self.interlacing not in tuple("ptbm?"):
            raise FrameError(f"Y4M interlacing I{self.interlacing[:32]} is not one of p, t, b, m, ?")

    @classmethod
    def from_frame(cls, frame: Frame, frame_rate: str = "25:1") -> Self:
        """The header that suits a frame: progressive, square pixels, the colour range tagged."""
        return cls(
            frame.width,
            frame.height,
            _colour_of(frame),
            frame_rate,
            "p",
            "1:1",
            (_RANGE + ("FULL" if frame.full_range else "LIMITED"),),
        )

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """From the header line, without its line feed."""
        words = [word for word in line.decode("latin-1").split(" ") if word]
        if not words or words[0].encode("latin-1") != MAGIC:
            raise FrameError("not a Y4M file: it does not begin with YUV4MPEG2")
        tags: dict[str, str] = {}
        for word in words[1:]:
            if word[0] in tags:
                raise FrameError(f"the Y4M header has two {word[0]!a} tags")
            if word[0] not in "WHCFIAX":
                raise FrameError(f"the Y4M header has an unknown tag {word[:32]!a}")
            if word[0] != "X":
                tags[word[0]] = word[1:]
        for tag, name in (("W", "width"), ("H", "height")):
            if not re.fullmatch(r"[1-9]\d{0,8}", tags.get(tag, ""), re.ASCII):
                found = f"{tag}{tags[tag][:32]}"[:32] if tag in tags else "nothing"
                raise FrameError(f"the Y4M header's {name} must be {tag} and a number, not {found!a}")
        return cls(
            int(tags["W"]),
            int(tags["H"]),
            tags.get("C"),
            tags.get("F"),
            tags.get("I"),
            tags.get("A"),
            tuple(word[1:] for word in words[1:] if word[0] == "X"),
        )

    def __bytes__(self) -> bytes:
        """The header line, with its line feed."""
        tags = {
            "W": self.width,
            "H": self.height,
            "F": self.frame_rate,
            "I": self.interlacing,
            "A": self.aspect,
            "C": self.colour,
        }
        words = [f"{tag}{value}" for tag, value in tags.items() if value is not None]
        words += [f"X{extension}" for extension in self.extensions]
        return b" ".join((MAGIC, *(word.encode("latin-1") for word in words))) + b"\n"

    @property
    def subsampling(self) -> str:
        """As in `Frame`."""
        return _COLOURS[self.colour or "420jpeg"][0]

    @property
    def bit_depth(self) -> int:
        """As in `Frame`."""
        return _COLOURS[self.colour or "420jpeg"][1]

    @property
    def chroma_sample_position(self) -> str:
        """As in `Frame`; the names for more than 8 bits do not tell."""
        return _COLOURS[self.colour or "420jpeg"][2]

    @property
    def full_range(self) -> bool:
        """Whether XCOLORRANGE=FULL is there; without it, as is the custom of video, the range is limited."""
        return f"{_RANGE}FULL" in self.extensions

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame, without its FRAME line."""
        shape = self.height, self.width
        return planes_bytes(shape, self.subsampling, self.bit_depth, self.colour == "444alpha")


def _colour_of(frame: Frame) -> str:
    """The C tag for a frame."""
    if frame.bit_depth > 8:
        return {value: key for key, value in _COLOUR_DEEP.items()}[frame.subsampling] + str(frame.bit_depth)
    if frame.subsampling == "4:2:0":
        position = frame.chroma_sample_position
        return {"left": "420mpeg2", "topleft": "420paldv"}.get(position, "420jpeg")
    alpha = frame.alpha is not None and frame.subsampling == "4:4:4"
    return {"4:2:2": "422", "4:4:4": "444alpha" if alpha else "444", "4:0:0": "mono"}[frame.subsampling]


class Y4MReader:
    """The frames of a Y4M file, one in memory at a time.

    Parameters
    ----------
    file : path-like or binary file
        A file given open is left open.
    max_pixels : int
        Width times height above which a header is refused.

    Attributes
    ----------
    header : Y4MHeader
    parameters : str
        What followed FRAME on the line of the latest frame: "" or such as "Ipp".

    Raises
    ------
    FrameError
        Naming the file and the fault: in the constructor for the header, from iteration for frames.

    Examples
    --------
    >>> with Y4MReader("in.y4m") as reader, Y4MWriter("out.y4m", reader.header) as writer:  # doctest: +SKIP
    ...     for frame in reader:
    ...         writer.write(frame, reader.parameters)
    """

    def __init__(self, file: str | os.PathLike[str] | IO[bytes], max_pixels: int = DEFAULT_MAX_PIXELS):
        self._stack = contextlib.ExitStack()
        self.parameters = ""
        self._index = 0
        with contextlib.ExitStack() as stack:
            if isinstance(file, str | os.PathLike):
                self._name = str(Path(file))
                self._file = stack.enter_context(open_binary(file))
            else:
                self._name = str(getattr(file, "name", "Y4M"))
                self._file = file
            self.header = self._read_header()
            check_pixels(self._name, self.header.width, self.header.height, max_pixels)
            self._stack = stack.pop_all()

    def _read_header(self) -> Y4MHeader:
        line = self._file.readline(_MAX_LINE)
        if not line:
            raise FrameError(f"{self._name}: the file is empty")
        with naming(self._name):
            header = Y4MHeader.parse(line.removesuffix(b"\n"))
            if not line.endswith(b"\n"):
                raise FrameError(f"the Y4M header does not end within {_MAX_LINE} bytes")
            return header

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        line = self._file.readline(_MAX_LINE)
        if not line:
            return None
        with naming(f"{self._name}: frame {self._index}"):
            if not re.match(rb"FRAME[ \n]", line) or not line.endswith(b"\n"):
                raise FrameError("no FRAME line where the frame should begin")
            size = self.header.frame_bytes
            data = read_up_to(self._file, size)
            if len(data) < size:
                raise FrameError(f"the file ends after {len(data)} of the frame's {size} bytes")
            self.parameters = line[6:-1].decode("latin-1")
            self._index += 1
            return self._frame(data)

    def _frame(self, data: bytearray) -> Frame:
        header = self.header
        shape = header.height, header.width
        y, u, v, alpha = split_planes(data, shape, header.subsampling, header.bit_depth)
        return Frame(
            y,
            u,
            v,
            subsampling=header.subsampling,
            bit_depth=header.bit_depth,
            full_range=header.full_range,
            chroma_sample_position=header.chroma_sample_position,
            alpha=alpha,
        )

    def close(self) -> None:
        """Close the file, if it was given as a path."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Y4MWriter:
    """Write frames to a Y4M file, which appears under its name when the block ends well.

    Parameters
    ----------
    file : path-like or binary file
        A file given open is written as it goes, and left open.
    header : Y4MHeader, optional
        By default the one that suits the first frame. Alpha is written only under "444alpha".
    """

    def __init__(self, file: str | os.PathLike[str] | IO[bytes], header: Y4MHeader | None = None):
        self._target = file
        self.header = header
        self._written = False
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if isinstance(self._target, str | os.PathLike):
            self._file = self._stack.enter_context(atomic_write(self._target))
        else:
            self._file = self._target
        return self

    def write(self, frame: Frame, parameters: str = "") -> None:
        """Append a frame.

        Parameters
        ----------
        frame : Frame
            Of the header's geometry.
        parameters : str
            For the frame's own line; see `Y4MReader.parameters`.

        Raises
        ------
        FrameError
            The frame does not suit the header.
        """
        header = self.header = self.header or Y4MHeader.from_frame(frame)
        if geometry(frame) != (header.width, header.height, header.subsampling, header.bit_depth):
            raise FrameError(
                f"{frame} does not suit a Y4M file of {header.width}x{header.height}, {header.subsampling}, "
                f"{header.bit_depth} bit"
            )
        if "\n" in parameters:
            raise FrameError("the parameters of a Y4M frame are one line")
        if not self._written:
            self._file.write(bytes(header))
            self._written = True
        self._file.write(b"FRAME" + (f" {parameters}" if parameters else "").encode("latin-1") + b"\n")
        write_planes(self._file, frame.planes)
        if header.colour == "444alpha":
            write_planes(self._file, [np.full_like(frame.y, 255) if frame.alpha is None else frame.alpha])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and not self._written:
            error = FrameError(f"{self._target}: there is no frame to write")
            self._stack.__exit__(type(error), error, None)
            raise error
        self._stack.__exit__(kind, error, trace)
