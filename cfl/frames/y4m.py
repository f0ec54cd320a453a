"""YUV4MPEG2 (`.y4m`): a header line, then raw planar frames, each with a line of its own before it.

The format is that of the MJPEG tools (yuv4mpeg(5)), with FFmpeg's names for more than 8 bits and its tag for
the colour range.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

import numpy as np

from cfl.errors import FrameError
from cfl.files import atomic_write
from cfl.frames._input import DEFAULT_MAX_PIXELS, check_pixels, naming, open_binary, read_up_to
from cfl.frames.depths import WIDER, widened
from cfl.frames.frame import Frame, chroma_shape, require_frame
from cfl.frames.metadata import say_what_is_dropped
from cfl.frames.rare_chroma import FINER, rare_chroma_shape, refined, say_it_is_refined
from cfl.frames.raw import geometry, planes_of, write_planes
from cfl.remarks import remark
from cfl.sources import Contents, as_source

MAGIC = b"YUV4MPEG2"
MAX_LINE = 4096
RANGE_TAG = b" XCOLORRANGE="
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
    "411": ("4:1:1", "unknown"),
    "440": ("4:4:0", "unknown"),
}
_COLOUR_DEEP = {"420p": "4:2:0", "422p": "4:2:2", "444p": "4:4:4", "440p": "4:4:0", "mono": "4:0:0"}
_COLOURS = {name: (subsampling, 8, position) for name, (subsampling, position) in _COLOUR_8.items()} | {
    f"{name}{depth}": (subsampling, depth, "unknown")
    for name, subsampling in _COLOUR_DEEP.items()
    for depth in (9, 10, 12, 14, 16)
}
"""C tag to (subsampling, bit depth, chroma sample position)."""


@dataclass(frozen=True)
class Y4MHeader:
    r"""The header line of a Y4M file.

    Parameters
    ----------
    width : int
        Luma columns, at least 1.
    height : int
        Luma rows, at least 1.
    colour : str, optional
        The C tag: 420jpeg, 420mpeg2, 420paldv, 422, 444, 444alpha, 411, 440, mono, or 420p10 and the like
        with 9, 10, 12, 14 or 16 bits. None if there is none, which means 420jpeg.
    frame_rate : str, optional
        The F tag, frames per second as a ratio: "30000:1001".
    interlacing : str, optional
        The I tag: p, t, b, m or ?.
    aspect : str, optional
        The A tag, width to height of a pixel as a ratio: "1:1".
    extensions : tuple of str
        The X tags without their X, such as "COLORRANGE=FULL".

    Raises
    ------
    FrameError
        A tag is not one of these.

    See Also
    --------
    Y4MReader : Has the header of a file.
    Y4MWriter : Takes a header.

    References
    ----------
    .. [1] MJPEG Tools, "yuv4mpeg(5)", manual page.

    Examples
    --------
    >>> from cfl.frames import Y4MHeader
    >>> header = Y4MHeader(352, 288, "420p10", "30000:1001")
    >>> bytes(header)
    b'YUV4MPEG2 W352 H288 F30000:1001 C420p10\n'
    >>> header.subsampling, header.bit_depth, header.full_range, header.chroma_sample_position
    ('4:2:0', 10, False, 'unknown')
    >>> header.frame_bytes
    304128
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
            raise FrameError(f"a Y4M picture cannot be {self.width}x{self.height}")
        if self.colour is not None and self.colour not in _COLOURS:
            raise FrameError(f"Y4M colour space C{self.colour[:32]!s} is not one of {', '.join(_COLOURS)}")
        for tag, ratio in (("F", self.frame_rate), ("A", self.aspect)):
            if ratio is not None and not re.fullmatch(r"\d{1,20}:\d{1,20}", ratio, re.ASCII):
                raise FrameError(f"Y4M tag {tag}{ratio[:32]} is not a ratio such as {tag}25:1")
        if self.interlacing is not None and self.interlacing not in tuple("ptbm?"):
            raise FrameError(f"Y4M interlacing I{self.interlacing[:32]} is not one of p, t, b, m, ?")

    @classmethod
    def from_frame(cls, frame: Frame, frame_rate: str = "25:1") -> Self:
        """Return the header that suits a frame: progressive, with its shape of pixels and colour range.

        Parameters
        ----------
        frame : Frame
            Of the format that the file is to have.
        frame_rate : str, default "25:1"
            Frames per second as a ratio.

        Returns
        -------
        header : Y4MHeader
            For a file of such frames.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame, Y4MHeader
        >>> Y4MHeader.from_frame(Frame(np.zeros((4, 6), np.uint8), subsampling="4:0:0")).colour
        'mono'
        """
        return cls(
            frame.width,
            frame.height,
            _colour_of(frame),
            frame_rate,
            "p",
            "1:1" if frame.pixel_aspect is None else "{}:{}".format(*frame.pixel_aspect),
            (_RANGE + ("FULL" if frame.full_range else "LIMITED"),),
        )

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Make a header from a file's first line.

        Parameters
        ----------
        line : bytes
            The line without its line feed.

        Returns
        -------
        header : Y4MHeader
            What the line says.

        Raises
        ------
        FrameError
            The line is not the header of a Y4M file, or has a tag that is unknown, repeated or malformed.

        Examples
        --------
        >>> from cfl.frames import Y4MHeader
        >>> Y4MHeader.parse(b"YUV4MPEG2 W352 H288 F25:1 C420mpeg2").chroma_sample_position
        'left'
        """
        words = [word for word in line.removesuffix(b"\r").decode("latin-1").split(" ") if word]
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
        """Return the header line with its line feed."""
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
        """Subsampling that the C tag names; see `Frame`. It may be 4:1:1 or 4:4:0 too.

        Examples
        --------
        >>> from cfl.frames import Y4MHeader
        >>> Y4MHeader(352, 288, "422p10").subsampling, Y4MHeader(352, 288).subsampling
        ('4:2:2', '4:2:0')
        """
        return _COLOURS[self.colour or "420jpeg"][0]

    @property
    def bit_depth(self) -> int:
        """Bit depth that the C tag names: 8, 9, 10, 12, 14 or 16.

        Examples
        --------
        >>> from cfl.frames import Y4MHeader
        >>> Y4MHeader(352, 288, "422p10").bit_depth, Y4MHeader(352, 288).bit_depth
        (10, 8)
        """
        return _COLOURS[self.colour or "420jpeg"][1]

    @property
    def chroma_sample_position(self) -> str:
        """Chroma sample position that the C tag names, if it does; see `Frame`.

        Examples
        --------
        >>> from cfl.frames import Y4MHeader
        >>> Y4MHeader(352, 288, "420mpeg2").chroma_sample_position
        'left'
        """
        return _COLOURS[self.colour or "420jpeg"][2]

    @property
    def full_range(self) -> bool:
        """Whether there is the tag XCOLORRANGE=FULL, in any letters; without it the range is limited.

        Examples
        --------
        >>> from cfl.frames import Y4MHeader
        >>> Y4MHeader(352, 288, extensions=("COLORRANGE=FULL",)).full_range
        True
        """
        return f"{_RANGE}FULL" in (extension.upper() for extension in self.extensions)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame, without its FRAME line.

        Examples
        --------
        >>> from cfl.frames import Y4MHeader
        >>> Y4MHeader(4, 2, "444").frame_bytes, Y4MHeader(4, 2, "444alpha").frame_bytes
        (24, 32)
        """
        return sum(rows * columns for rows, columns in self._shapes()) * (1 if self.bit_depth == 8 else 2)

    def _shapes(self) -> list[tuple[int, int]]:
        """The shape of each plane of the file: Y, U, V and alpha, as far as they are there."""
        shape = self.height, self.width
        if self.subsampling == "4:0:0":
            return [shape]
        rare = self.subsampling in FINER
        chroma = (rare_chroma_shape if rare else chroma_shape)(shape, self.subsampling)
        return [shape, chroma, chroma, *([shape] if self.colour == "444alpha" else [])]


def _colour_of(frame: Frame) -> str:
    """Return the C tag for a frame."""
    if frame.bit_depth > 8:
        return {value: key for key, value in _COLOUR_DEEP.items()}[frame.subsampling] + str(frame.bit_depth)
    if frame.subsampling == "4:2:0":
        position = frame.chroma_sample_position
        return {"left": "420mpeg2", "topleft": "420paldv"}.get(position, "420jpeg")
    alpha = frame.alpha is not None and frame.subsampling == "4:4:4"
    return {"4:2:2": "422", "4:4:4": "444alpha" if alpha else "444", "4:0:0": "mono"}[frame.subsampling]


def _pixel_aspect(aspect: str | None) -> tuple[int, int] | None:
    """Width to height of a pixel from the A tag, if it is known and not square."""
    wide, high = map(int, (aspect or "0:0").split(":"))
    return (wide, high) if wide and high and wide != high else None


class Y4MReader:
    r"""Reads the frames of a Y4M file, one in memory at a time.

    Iterate over it to get them. Frames of 9 bits get 10, those of 14 get 16; 4:1:1 becomes 4:2:2, and 4:4:0
    becomes 4:4:4, with a warning.

    Parameters
    ----------
    file : path-like or binary file
        The file. One that is given open stays open.
    max_pixels : int, default 178,956,970
        Width times height above which a file is refused.

    Attributes
    ----------
    header : Y4MHeader
        The file's header.
    parameters : str
        What followed FRAME on the line of the latest frame: "" or such as "Ipp".

    Raises
    ------
    FrameError
        The header (in the constructor) or a frame (in iteration) is damaged; the message names the file.

    See Also
    --------
    Y4MWriter : Writes such files.
    cfl.read_frames : Reads files of any kind.

    Examples
    --------
    >>> import io
    >>> from cfl.frames import Y4MReader
    >>> file = io.BytesIO(b"YUV4MPEG2 W2 H1 Cmono\nFRAME\nABFRAME\nCD")
    >>> with Y4MReader(file) as reader:
    ...     [frame.y.tolist() for frame in reader]
    [[[65, 66]], [[67, 68]]]
    """

    def __init__(
        self, file: str | os.PathLike[str] | IO[bytes] | Contents, max_pixels: int = DEFAULT_MAX_PIXELS
    ):
        self._stack = contextlib.ExitStack()
        self.parameters = ""
        self._index = 0
        with contextlib.ExitStack() as stack:
            if isinstance(file, str | os.PathLike | Contents):
                source = as_source(file)
                self._name = str(source)
                self._file = stack.enter_context(open_binary(source, once=True))
            else:
                self._name = str(getattr(file, "name", "Y4M"))
                self._file = file
            self.header = self._read_header()
            self._say_what_is_assumed()
            check_pixels(self._name, self.header.width, self.header.height, max_pixels)
            self._stack = stack.pop_all()

    def _read_header(self) -> Y4MHeader:
        line = self._file.readline(MAX_LINE)
        if not line:
            raise FrameError(f"{self._name}: the file is empty")
        with naming(self._name):
            header = Y4MHeader.parse(line.removesuffix(b"\n"))
            if not line.endswith(b"\n"):
                raise FrameError(f"the Y4M header does not end within {MAX_LINE} bytes")
            return header

    def _say_what_is_assumed(self) -> None:
        """Warn about what frames are not as it is in the file."""
        header = self.header
        if header.interlacing in ("t", "b", "m"):
            remark(f"{self._name}: the video is interlaced; its fields are not separated")
        if header.subsampling in FINER:
            say_it_is_refined(self._name, header.subsampling)

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> Frame | None:
        line = self._file.readline(MAX_LINE)
        if not line:
            return None
        with naming(f"{self._name}: frame {self._index}"):
            if not re.match(rb"FRAME[ \r\n]", line) or not line.endswith(b"\n"):
                raise FrameError("no FRAME line where the frame should begin")
            size = self.header.frame_bytes
            data = read_up_to(self._file, size)
            if len(data) < size:
                raise FrameError(f"the file ends after {len(data)} of the frame's {size} bytes")
            self.parameters = line[6:].rstrip(b"\r\n").decode("latin-1")
            self._index += 1
            return self._frame(data)

    def _frame(self, data: bytearray) -> Frame:
        header, subsampling = self.header, self.header.subsampling
        bit_depth = WIDER.get(header.bit_depth, header.bit_depth)
        planes = [
            widened(plane, header.bit_depth, full_range=header.full_range)
            for plane in planes_of(data, header._shapes(), header.bit_depth)
        ]
        if subsampling in FINER:
            shape = header.height, header.width
            planes[1:] = [refined(plane, shape, subsampling, bit_depth) for plane in planes[1:]]
        u, v, alpha = (*planes[1:], None, None, None)[:3]
        return Frame(
            planes[0],
            u,
            v,
            subsampling=FINER.get(subsampling, subsampling),
            bit_depth=bit_depth,
            full_range=header.full_range,
            chroma_sample_position=header.chroma_sample_position,
            alpha=alpha,
            pixel_aspect=_pixel_aspect(header.aspect),
        )

    def close(self) -> None:
        r"""Close the file, if it was given as a path.

        See Also
        --------
        Y4MReader : Use it in a ``with`` block, which closes the file.

        Examples
        --------
        >>> import io
        >>> from cfl.frames import Y4MReader
        >>> reader = Y4MReader(io.BytesIO(b"YUV4MPEG2 W2 H1 Cmono\nFRAME\nAB"))
        >>> frame = next(iter(reader))
        >>> reader.close()
        """
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Y4MWriter:
    r"""Writes frames to a Y4M file.

    The file appears under its name when the ``with`` block ends without an error.

    Parameters
    ----------
    file : path-like or binary file
        The file. One that is given open is written as frames come, and stays open.
    header : Y4MHeader, optional
        By default the one that suits the first frame. Alpha is written only with the C tag "444alpha". What
        has no place is dropped with a warning.

    Attributes
    ----------
    header : Y4MHeader or None
        The header; None before the first frame if none was given.

    See Also
    --------
    Y4MReader : Reads such files.
    write : Writes files of several kinds.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from cfl.frames import Frame, Y4MWriter
    >>> file = io.BytesIO()
    >>> with Y4MWriter(file) as writer:
    ...     writer.write(Frame(np.array([[65, 66]], np.uint8), subsampling="4:0:0"))
    >>> file.getvalue()
    b'YUV4MPEG2 W2 H1 F25:1 Ip A1:1 Cmono XCOLORRANGE=FULL\nFRAME\nAB'
    """

    def __init__(self, file: str | os.PathLike[str] | IO[bytes], header: Y4MHeader | None = None):
        self._target = file
        self.header = header
        self._written = self._said = False
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        if isinstance(self._target, str | os.PathLike):
            self._file = self._stack.enter_context(atomic_write(self._target))
        else:
            self._file = self._target
        return self

    def write(self, frame: Frame, parameters: str = "") -> None:
        r"""Append a frame.

        Parameters
        ----------
        frame : Frame
            Of the header's size and format.
        parameters : str, default ""
            For the frame's own line; see `Y4MReader`.

        Raises
        ------
        FrameError
            The frame does not suit the header, or `parameters` has a line feed.

        See Also
        --------
        Y4MHeader : What the header says.

        Examples
        --------
        >>> import io
        >>> import numpy as np
        >>> from cfl.frames import Frame, Y4MWriter
        >>> file = io.BytesIO()
        >>> with Y4MWriter(file) as writer:
        ...     for level in (65, 66):
        ...         writer.write(Frame(np.full((1, 2), level, np.uint8), subsampling="4:0:0"))
        >>> file.getvalue().split(b"FRAME\n")[1:]
        [b'AA', b'BB']
        """
        require_frame("frame", frame)
        header = self.header = self.header or Y4MHeader.from_frame(frame)
        if geometry(frame) != (header.width, header.height, header.subsampling, header.bit_depth):
            raise FrameError(
                f"{frame} does not fit a Y4M file of {header.width}x{header.height}, {header.subsampling}, "
                f"{header.bit_depth} bit"
            )
        if "\n" in parameters:
            raise FrameError("the parameters of a Y4M frame must be one line")
        if not self._written:
            self._file.write(bytes(header))
            self._written = True
        self._file.write(b"FRAME" + (f" {parameters}" if parameters else "").encode("latin-1") + b"\n")
        write_planes(self._file, frame.planes)
        if not self._said:
            keeps_alpha = header.colour == "444alpha"
            say_what_is_dropped(frame, f"Y4M (C{header.colour})", keeps_alpha=keeps_alpha, keeps_shape=True)
            self._said = True
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
