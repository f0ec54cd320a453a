"""Raw YUV: the samples of Y, U and V, planar or semi-planar, and nothing else."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Self

import numpy as np

from cfl.arguments import flag, one_of, require, whole
from cfl.errors import FrameError
from cfl.files import atomic_write
from cfl.frames._input import check_pixels, naming, open_binary, read_up_to
from cfl.frames.depths import WIDER, widened
from cfl.frames.frame import SUBSAMPLINGS, Frame, chroma_shape, require_frame
from cfl.frames.metadata import say_what_is_dropped
from cfl.frames.rare_chroma import FINER, rare_chroma_shape, refined, say_it_is_refined
from cfl.frames.raw_names import EXAMPLES, LAYOUTS, parse_name
from cfl.sources import File

_BIT_DEPTHS = (8, 9, 10, 12, 14, 16)
_SIZE = re.compile(r"([1-9]\d{0,8})[x×]([1-9]\d{0,8})")


@dataclass(frozen=True)
class RawFormat:
    """The size and format of a raw file, which has no header.

    Parameters
    ----------
    width : int
        Luma columns, at least 1.
    height : int
        Luma rows, at least 1.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0", "4:1:1", "4:4:0"}
        Of the file. 4:1:1 becomes 4:2:2 in frames, and 4:4:0 becomes 4:4:4.
    bit_depth : {8, 9, 10, 12, 14, 16}
        A sample takes one byte at 8 bits, two bytes (little-endian) above.
    full_range : bool, default False
        Whether samples use the full range.
    matrix_coefficients : int, default 2
        Code point of CICP (ITU-T H.273); 2 is unknown.
    chroma_sample_position : {"unknown", "left", "center", "topleft"}
        Where subsampled chroma lies; see `Frame`.
    layout : {"planar", "vu planar", "uv", "vu", "uv high"}
        Planes Y, U, V; Y, V, U (YV12); or Y and one of pairs U, V (NV12) or V, U (NV21). "uv high" is the
        former with the bits in the higher part of 16 (P010).

    Raises
    ------
    FrameError
        The size, the subsampling, the bit depth or the layout is not one of these.

    See Also
    --------
    cfl.read : Takes it as ``raw``.
    write_raw : Writes such files.

    Examples
    --------
    >>> from cfl.frames import RawFormat
    >>> raw = RawFormat(1920, 1080, "4:2:0", 10)
    >>> raw.frame_bytes
    6220800
    >>> RawFormat.parse("1920x1080", "yuv420p10") == raw
    True
    """

    width: int
    height: int
    subsampling: str = "4:2:0"
    bit_depth: int = 8
    full_range: bool = False
    matrix_coefficients: int = 2
    chroma_sample_position: str = "unknown"
    layout: str = "planar"

    def __post_init__(self) -> None:
        for name in ("width", "height", "bit_depth", "matrix_coefficients"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        object.__setattr__(self, "full_range", flag("full_range", self.full_range))
        require("subsampling", self.subsampling, str, "text")
        one_of("layout", self.layout, LAYOUTS)
        if self.width < 1 or self.height < 1:
            raise FrameError(f"a raw frame cannot be {self.width}x{self.height}")
        if self.subsampling not in (*SUBSAMPLINGS, *FINER) or self.bit_depth not in _BIT_DEPTHS:
            raise FrameError(
                f"a raw format cannot have subsampling {self.subsampling!r} and {self.bit_depth} bits"
            )

    @classmethod
    def parse(cls, size: str, name: str = "yuv420p") -> Self:
        """Make a format of a size and FFmpeg's name of a pixel format.

        Parameters
        ----------
        size : str
            Such as "1920x1080".
        name : str, default "yuv420p"
            One of yuv420p, yuv422p, yuv444p, yuv411p, yuv440p and gray, each also with 9, 10, 12, 14 or 16 at
            its end ("yuv420p10", "yuv420p10le"); i420, yv12, i422, i444; nv12, nv21, nv16, nv24; p010, p012,
            p016, p210, p216. The names yuvj420p, yuvj422p and yuvj444p are full range, the others limited.

        Returns
        -------
        raw : RawFormat
            The format.

        Raises
        ------
        FrameError
            `size` or `name` is not of this form.

        Examples
        --------
        >>> from cfl.frames import RawFormat
        >>> print(RawFormat.parse("352x288", "yuvj444p"))
        352x288 4:4:4 8-bit
        """
        require("size", size, str, "text")
        require("name", name, str, "text")
        dimensions, format_ = _SIZE.fullmatch(size), parse_name(name)
        if not dimensions:
            raise FrameError(f"size {size!r} is not WIDTHxHEIGHT, such as 1920x1080")
        if not format_:
            raise FrameError(f"raw format {name!r} is not one of {EXAMPLES} and others like them")
        width, height = (int(number) for number in dimensions.groups())
        return cls(
            width,
            height,
            format_.subsampling,
            format_.bit_depth,
            full_range=format_.full_range,
            layout=format_.layout,
        )

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame.

        Examples
        --------
        >>> from cfl.frames import RawFormat
        >>> RawFormat(4, 2).frame_bytes, RawFormat(4, 2, bit_depth=10).frame_bytes
        (12, 24)
        """
        return sum(rows * columns for rows, columns in self._shapes()) * (1 if self.bit_depth == 8 else 2)

    def _shapes(self) -> list[tuple[int, int]]:
        """The shapes of Y, U and V; V has no rows where pairs of both are in one plane."""
        shape = self.height, self.width
        if self.subsampling == "4:0:0":
            return [shape]
        rows, columns = (rare_chroma_shape if self.subsampling in FINER else chroma_shape)(
            shape, self.subsampling
        )
        if self.layout in ("planar", "vu planar"):
            return [shape, (rows, columns), (rows, columns)]
        return [shape, (rows, 2 * columns)]

    def __str__(self) -> str:
        return f"{self.width}x{self.height} {self.subsampling} {self.bit_depth}-bit"


def planes_of(data: bytearray, shapes: list[tuple[int, int]], bit_depth: int) -> list[np.ndarray]:
    """Return the planes of these shapes as views of the bytes of one frame."""
    samples = np.frombuffer(data, np.uint8 if bit_depth == 8 else "<u2")
    if bit_depth > 8:
        samples = samples.astype(np.uint16, copy=False)
    planes = []
    for rows, columns in shapes:
        plane, samples = samples[: rows * columns], samples[rows * columns :]
        planes.append(plane.reshape(rows, columns))
    return planes


def write_planes(file: IO[bytes], planes: Iterable[np.ndarray]) -> None:
    """Write planes one after the other, samples above 8 bits as little-endian pairs of bytes."""
    for plane in planes:
        file.write(np.ascontiguousarray(plane, plane.dtype.newbyteorder("<")).data)


def read_raw(path: File, raw: RawFormat, max_pixels: int) -> Iterator[Frame]:
    """The frames of a raw planar file, one at a time.

    Raises
    ------
    FrameError
        The file cannot be read, is empty or no whole number of frames, or a sample exceeds the bit depth.
    """
    check_pixels(path, raw.width, raw.height, max_pixels)
    if raw.subsampling in FINER:
        say_it_is_refined(path, raw.subsampling)
    with open_binary(path, once=True) as file:
        if file.seekable():
            size = file.seek(0, os.SEEK_END)
            if size == 0 or size % raw.frame_bytes:
                raise _not_whole(path, size, raw)
            file.seek(0)
        index = 0
        while data := read_up_to(file, raw.frame_bytes):
            if len(data) < raw.frame_bytes:
                raise _not_whole(path, index * raw.frame_bytes + len(data), raw)
            with naming(f"{path}: frame {index}"):
                frame = _frame(data, raw)
            yield frame
            index += 1


def _frame(data: bytearray, raw: RawFormat) -> Frame:
    y, *chroma = planes_of(data, raw._shapes(), raw.bit_depth)
    if len(chroma) == 1:
        chroma = [chroma[0][:, ::2], chroma[0][:, 1::2]]
    if raw.layout.startswith("vu"):
        chroma.reverse()
    planes = [y, *chroma]
    if raw.layout == "uv high":
        planes = [plane >> np.uint16(16 - raw.bit_depth) for plane in planes]
    bit_depth = WIDER.get(raw.bit_depth, raw.bit_depth)
    planes = [widened(plane, raw.bit_depth, full_range=raw.full_range) for plane in planes]
    if raw.subsampling in FINER:
        shape = raw.height, raw.width
        planes[1:] = [refined(plane, shape, raw.subsampling, bit_depth) for plane in planes[1:]]
    u, v = planes[1:] or (None, None)
    return Frame(
        planes[0],
        u,
        v,
        subsampling=FINER.get(raw.subsampling, raw.subsampling),
        bit_depth=bit_depth,
        matrix_coefficients=raw.matrix_coefficients,
        full_range=raw.full_range,
        chroma_sample_position=raw.chroma_sample_position,
    )


def _not_whole(path: File, size: int, raw: RawFormat) -> FrameError:
    if size == 0:
        return FrameError(f"{path}: the file is empty")
    return FrameError(
        f"{path}: {size} bytes are not a whole number of frames of {raw}, {raw.frame_bytes} bytes each"
    )


def write_raw(path: str | os.PathLike[str] | IO[bytes], frames: Frame | Iterable[Frame]) -> None:
    """Write raw planar YUV: the planes of each frame one after the other.

    Alpha and all else that a frame has is dropped with a warning.

    Parameters
    ----------
    path : path-like or binary file
        The file. One that a path names appears whole, in the place of what was there, or not at all.
    frames : Frame or iterable of Frame
        One picture or many, all of one size and format.

    Raises
    ------
    FrameError
        A frame has another size or format than the first, or there is none. Nothing is written then.

    See Also
    --------
    write : By the file's ending.
    RawFormat : What a reader has to be told.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from cfl.frames import Frame, write_raw
    >>> frame = Frame(np.array([[1, 2], [3, 4]], np.uint8), subsampling="4:0:0")
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "out.yuv")
    ...     write_raw(path, [frame, frame])
    ...     list(path.read_bytes())
    [1, 2, 3, 4, 1, 2, 3, 4]
    """
    frames = [frames] if isinstance(frames, Frame) else frames
    require("frames", frames, Iterable, "a Frame or an iterable of frames")
    first, said = None, False
    with atomic_write(path) as file:
        for frame in frames:
            require_frame("frame", frame)
            first = first or geometry(frame)
            if geometry(frame) != first:
                raise FrameError(f"{path}: {frame} differs from the first frame; one file holds one geometry")
            if not said:
                say_what_is_dropped(frame, "raw YUV")
                said = True
            write_planes(file, frame.planes)
        if first is None:
            raise FrameError(f"{path}: there is no frame to write")


def geometry(frame: Frame) -> tuple[int, int, str, int]:
    """Return what all frames of a file share: width, height, subsampling and bit depth."""
    return frame.width, frame.height, frame.subsampling, frame.bit_depth
