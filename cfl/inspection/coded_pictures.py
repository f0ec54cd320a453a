"""Find the coded frame, or the frames of a grid, of a picture in a file. Nothing is decoded here.

file ── container ──▶ OBUs ── FrameReader ──▶ what is shown ──▶ CodedPicture
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from cfl.av1.headers.coded_frame import CodedFrame, shown
from cfl.av1.headers.obu import Obu
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.tables.constants import ALL_FRAMES, KEY_FRAME, NUM_REF_FRAMES
from cfl.container import (
    AvifFile,
    CodedImage,
    GridImage,
    Nclx,
    file_format,
    read_avif,
)
from cfl.container.decoding import stream_obus
from cfl.container.demuxing import display_transforms, is_video_file, open_video
from cfl.container.recognition import HEAD_SIZE
from cfl.errors import BitstreamError, FrameError
from cfl.frames._input import head_of, naming, open_binary
from cfl.sources import File


class NoSuchFrame(FrameError):  # noqa: N818 - it says what is wrong
    """The file has fewer frames."""


class Part(NamedTuple):
    """A coded frame, and where its top left sample lies in the picture."""

    coded: CodedFrame
    x: int
    y: int
    needed: Sequence[CodedFrame] = ()
    """Frames before it that must be decoded first, in order."""


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """A picture of a file before decoding.

    Attributes
    ----------
    format : str
        Of the file: see `cfl.container.file_format`.
    file_size : int
        In bytes.
    parts : list of Part
        One, but for a grid.
    width, height : int
    nclx : Nclx, optional
        The colour as the container has it, which goes before that of the sequence header.
    is_transformed : bool
        Whether the picture is cropped, turned or mirrored to be shown.
    grid : (columns, rows), optional
    """

    format: str
    file_size: int
    parts: list[Part]
    width: int
    height: int
    nclx: Nclx | None = None
    is_transformed: bool = False
    grid: tuple[int, int] | None = None

    @property
    def sequence(self) -> SequenceHeader:
        """The first part's; the other parts' have the same format."""
        return self.parts[0].coded.sequence


def read_coded_picture(path: File, frame: int, max_pixels: int | None) -> CodedPicture:
    """Find the coded frames of a picture.

    Parameters
    ----------
    path : path-like
        An AVIF, IVF, Section 5 OBU or Annex B file, or a video file of AV1.
    frame : int
        Which of the frames that it shows, from 0 on.
    max_pixels : int, optional
        Width times height above which it is refused.

    Raises
    ------
    BitstreamError, UnsupportedFeature
        As `cfl.container.decode`.
    FrameError
        The file cannot be read, there is no such frame, or it is too large.
    """
    with naming(str(path)):
        picture = _of_video(path, frame) if is_video_file(head_of(path, HEAD_SIZE)) else _of_file(path, frame)
        _check_size(picture, max_pixels)
    return picture


def _check_size(picture: CodedPicture, max_pixels: int | None) -> None:
    """Raise `FrameError` if the picture, or an image of a grid (it may show little of it), is too large."""
    parts = [part.coded.header.size for part in picture.parts]
    sizes = [(size.upscaled_width, size.frame_height) for size in parts]
    for width, height in ((picture.width, picture.height), *sizes):
        if max_pixels is not None and width * height > max_pixels:
            raise FrameError(
                f"{width}x{height} is {width * height} pixels; the limit (max_pixels) is {max_pixels}"
            )


class ShownFrame(NamedTuple):
    """A coded frame that a stream shows, and those before it that it may be predicted from."""

    coded: CodedFrame
    line: Sequence[CodedFrame]
    """Coded frames in their order, from a key frame on that replaces everything before it."""
    place: int
    """Where in the line the frame is."""

    @property
    def sequence(self) -> SequenceHeader:
        """The sequence header of the frame."""
        return self.coded.sequence

    @property
    def spatial_id(self) -> int:
        """The spatial layer of the frame."""
        return self.coded.spatial_id

    def needed(self) -> list[CodedFrame]:
        """Those before the frame whose decoding leaves something for later frames."""
        if self.coded.header.frame_is_intra:
            return []
        return [coded for coded in self.line[: self.place] if coded.header.refresh_frame_flags]


def shown_frames(
    obus: Iterable[Obu], operating_point: int = 0, layer: int | None = None
) -> Iterator[ShownFrame]:
    """The coded frames that a stream shows, in order."""
    return shown(obus, _Kept().show, operating_point=operating_point, layer=layer)


class _Kept:
    """The frames that may be shown later, by slot; and those that others may be predicted from."""

    def __init__(self) -> None:
        self._slots: list[ShownFrame | None] = [None] * NUM_REF_FRAMES
        self._line: list[CodedFrame] = []

    def show(self, coded: CodedFrame) -> ShownFrame | None:
        """What a frame shows, if anything: itself, or a kept one; and keep it."""
        header = coded.header
        is_shown = header.show_frame
        if header.show_existing_frame:
            existing = self._slots[header.frame_to_show_map_idx]
            if existing is None:  # the frame reader has made sure that there is one
                slot = header.frame_to_show_map_idx
                raise FrameError(f"frame_to_show_map_idx: slot {slot} holds no picture")
            frame, is_shown = existing, 1
            if header.refresh_frame_flags:  # of a key frame, which now replaces everything
                self._line = [frame.coded, coded]
        else:
            if header.frame_type == KEY_FRAME and header.refresh_frame_flags == ALL_FRAMES:
                self._line = []
            frame = ShownFrame(coded, self._line, len(self._line))
            self._line.append(coded)
        for i in range(NUM_REF_FRAMES):
            if header.refresh_frame_flags >> i & 1:
                self._slots[i] = frame
        return frame if is_shown else None


def _numbered(frames: Iterator[ShownFrame], number: int, first: int = 0) -> ShownFrame:
    """The frame of a number, where the first has the number `first`."""
    count = first
    for frame in frames:
        if count == number:
            return frame
        count += 1
    if count == 0:
        raise BitstreamError("the stream shows no picture")
    raise NoSuchFrame(f"there is no frame {number}; the file has {count}")


def _of_file(path: File, frame: int) -> CodedPicture:
    with open_binary(path) as file:
        data = file.read()
    kind = file_format(data[:HEAD_SIZE])
    if bytes(data[4:8]) == b"ftyp":
        return _of_avif(read_avif(data), kind or "AVIF", len(data), frame)
    return _of_stream(kind or "OBU", len(data), shown_frames(stream_obus(data)), frame)


def _of_video(path: File, frame: int) -> CodedPicture:
    """Of a video file, whose hidden frames (an edit list) do not count."""
    with open_binary(path) as file:
        file_size = file.seek(0, os.SEEK_END)
    with open_video(path) as video:
        frames = enumerate(shown_frames(video.obus()))
        visible = (shown for number, shown in frames if video.shows(number))
        picture = _of_stream(video.format, file_size, visible, frame)
        is_turned = bool(display_transforms(path))
    return replace(picture, is_transformed=is_turned)


def _of_stream(kind: str, file_size: int, frames: Iterator[ShownFrame], number: int) -> CodedPicture:
    found = _numbered(frames, number)
    size = found.coded.header.size
    return CodedPicture(kind, file_size, [_whole(found)], size.upscaled_width, size.frame_height)


def _of_avif(file: AvifFile, kind: str, file_size: int, number: int) -> CodedPicture:
    is_transformed = file.clap is not None or bool(file.irot) or file.imir is not None
    if number > 0:
        if file.track is None:
            raise NoSuchFrame(f"there is no frame {number}; the file has 1")
        found = _numbered(shown_frames(file.track.obus()), number, first=0 if file.is_first_of_track() else 1)
        size = found.coded.header.size
        return CodedPicture(
            kind, file_size, [_whole(found)], size.upscaled_width, size.frame_height, file.nclx,
            is_transformed=is_transformed,
        )  # fmt: skip
    image = file.primary
    tiles = image.tiles if isinstance(image, GridImage) else [image]
    columns = image.columns if isinstance(image, GridImage) else 1
    parts = [
        _whole(_frame_of(tile))._replace(x=i % columns * tiles[0].width, y=i // columns * tiles[0].height)
        for i, tile in enumerate(tiles)
    ]
    width, height, grid = image.width, image.height, None
    if isinstance(image, GridImage):
        grid = image.columns, image.rows
        _check_cells(parts)
    else:
        size = parts[0].coded.header.size
        width, height = size.upscaled_width, size.frame_height
    return CodedPicture(
        kind, file_size, parts, width, height, file.nclx,
        is_transformed=is_transformed, grid=grid,
    )  # fmt: skip


def _whole(frame: ShownFrame) -> Part:
    """A part that is a whole picture."""
    return Part(frame.coded, 0, 0, frame.needed())


def _check_cells(parts: list[Part]) -> None:
    def form(part: Part) -> tuple[int, ...]:
        color, size = part.coded.sequence.color_config, part.coded.header.size
        return (
            size.upscaled_width, size.frame_height, color.bit_depth, color.num_planes, color.subsampling_x,
            color.subsampling_y,
        )  # fmt: skip

    for part in parts:
        if form(part) != form(parts[0]):
            raise BitstreamError(
                "grid: its tiles differ in size, bit depth or subsampling", part.coded.offset
            )


def _frame_of(image: CodedImage) -> ShownFrame:
    """The frame that an item shows."""
    shown = list(islice(shown_frames(image.obus(), image.operating_point, image.layer), 1))
    if not shown:
        raise BitstreamError(f"item {image.item_id} has no picture", image.offset)
    size = shown[0].coded.header.size
    if image.item_id and (size.upscaled_width, size.frame_height) != (image.width, image.height):
        sizes = (
            f"{size.upscaled_width}x{size.frame_height}, not {image.width}x{image.height} as its ispe says"
        )
        raise BitstreamError(f"the picture of item {image.item_id} is {sizes}", image.offset)
    return shown[0]
