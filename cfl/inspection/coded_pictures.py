"""Find the coded frame, or the frames of a grid, of a picture in a file. Nothing is decoded here.

file ── container ──▶ OBUs ── FrameReader ──▶ what is shown ──▶ CodedPicture
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from cfl.av1.headers.coded_frame import CodedFrame, shown
from cfl.av1.headers.obu import Obu
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.tables.constants import NUM_REF_FRAMES
from cfl.container import (
    AvifFile,
    CodedImage,
    GridImage,
    Nclx,
    file_format,
    read_avif,
)
from cfl.container.decoding import stream_obus
from cfl.container.recognition import HEAD_SIZE
from cfl.errors import BitstreamError, FrameError, UnsupportedFeature
from cfl.frames._input import naming, open_binary
from cfl.sources import File


class NoSuchFrame(FrameError):  # noqa: N818 - it says what is wrong
    """The file has fewer frames."""


class Part(NamedTuple):
    """A coded frame, and where its top left sample lies in the picture."""

    coded: CodedFrame
    x: int
    y: int


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
        An AVIF, IVF, Section 5 OBU or Annex B file.
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
    with open_binary(path) as file:
        data = file.read()
    with naming(str(path)):
        kind = file_format(data[:HEAD_SIZE])
        if bytes(data[4:8]) == b"ftyp":
            picture = _of_avif(read_avif(data), kind or "AVIF", len(data), frame)
        else:
            coded = _numbered(shown_frames(stream_obus(data)), frame)
            size = coded.header.size
            picture = CodedPicture(
                kind or "OBU", len(data), [Part(coded, 0, 0)], size.upscaled_width, size.frame_height
            )
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


def shown_frames(
    obus: Iterable[Obu], operating_point: int = 0, layer: int | None = None
) -> Iterator[CodedFrame]:
    """The coded frames that a stream shows, in order."""
    return shown(obus, _Kept().show, operating_point=operating_point, layer=layer)


class _Kept:
    """The frames that may be shown later, by slot."""

    def __init__(self) -> None:
        self._slots: list[CodedFrame | None] = [None] * NUM_REF_FRAMES

    def show(self, coded: CodedFrame) -> CodedFrame | None:
        """What a frame shows, if anything: itself, or a kept one; and keep it."""
        header = coded.header
        is_shown = header.show_frame
        if header.show_existing_frame:
            existing = self._slots[header.frame_to_show_map_idx]
            if existing is None:  # the frame reader has made sure that there is one
                slot = header.frame_to_show_map_idx
                raise FrameError(f"frame_to_show_map_idx: slot {slot} holds no picture")
            coded, is_shown = existing, 1
        for i in range(NUM_REF_FRAMES):
            if header.refresh_frame_flags >> i & 1:
                self._slots[i] = coded
        return coded if is_shown else None


def _numbered(frames: Iterator[CodedFrame], number: int, first: int = 0) -> CodedFrame:
    """The frame of a number, where the first has the number `first`."""
    count = first
    try:
        for coded in frames:
            if count == number:
                return coded
            count += 1
    except UnsupportedFeature as error:
        if count == 0:
            raise
        numbers = "0" if count == 1 else f"0 to {count - 1}"
        raise UnsupportedFeature(f"{error}; --frame {numbers} can be inspected") from error
    if count == 0:
        raise BitstreamError("the stream shows no picture")
    raise NoSuchFrame(f"there is no frame {number}; the file has {count}")


def _of_avif(file: AvifFile, kind: str, file_size: int, number: int) -> CodedPicture:
    is_transformed = file.clap is not None or bool(file.irot) or file.imir is not None
    if number > 0:
        if file.track is None:
            raise NoSuchFrame(f"there is no frame {number}; the file has 1")
        coded = _numbered(shown_frames(file.track.obus()), number, first=0 if file.is_first_of_track() else 1)
        size = coded.header.size
        return CodedPicture(
            kind, file_size, [Part(coded, 0, 0)], size.upscaled_width, size.frame_height, file.nclx,
            is_transformed=is_transformed,
        )  # fmt: skip
    image = file.primary
    tiles = image.tiles if isinstance(image, GridImage) else [image]
    columns = image.columns if isinstance(image, GridImage) else 1
    parts = [
        Part(_frame_of(tile), i % columns * tiles[0].width, i // columns * tiles[0].height)
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


def _frame_of(image: CodedImage) -> CodedFrame:
    """The frame that an item shows."""
    shown = list(islice(shown_frames(image.obus(), image.operating_point, image.layer), 1))
    if not shown:
        raise BitstreamError(f"item {image.item_id} has no picture", image.offset)
    size = shown[0].header.size
    if image.item_id and (size.upscaled_width, size.frame_height) != (image.width, image.height):
        sizes = (
            f"{size.upscaled_width}x{size.frame_height}, not {image.width}x{image.height} as its ispe says"
        )
        raise BitstreamError(f"the picture of item {image.item_id} is {sizes}", image.offset)
    return shown[0]
