"""Decode AV1 files to frames: AVIF, IVF, bare OBU streams and video files.

file ──▶ OBUs of each coded image ── decode_obus ──▶ Picture ──▶ Frame
                                                                   │
               AVIF only: grid, alpha, colour, transforms, metadata ─┘
"""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from cfl.arguments import optional_whole, require, whole
from cfl.av1.decoder import Picture, Timings, decode_obus
from cfl.av1.headers.bits import Bytes
from cfl.av1.headers.obu import Obu
from cfl.container import ivf
from cfl.container.avif import AvifFile, CodedImage, GridImage, read_avif
from cfl.container.demuxing import display_transforms, is_video_file, open_video
from cfl.container.image_track import ImageTrack
from cfl.container.light_obus import StreamLight
from cfl.container.obu_file import read_obu_file
from cfl.container.properties import CleanAperture
from cfl.container.recognition import HEAD_SIZE
from cfl.errors import BitstreamError, FrameError
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, Transforms, frame_to_gray, sample_dtype
from cfl.frames._input import head_of, naming, open_binary
from cfl.sources import File, Source, as_source

_log = logging.getLogger("cfl")
_POSITIONS = {1: "left", 2: "topleft"}
"""chroma_sample_position of the sequence header: CSP_VERTICAL, CSP_COLOCATED."""


@dataclass(frozen=True, slots=True)
class _Options:
    max_pixels: int | None
    threads: int
    operating_point: int
    timings: Timings


def decode(
    source: Source,
    *,
    max_pixels: int | None = DEFAULT_MAX_PIXELS,
    threads: int = 1,
    operating_point: int = 0,
    timings: Timings | None = None,
) -> Iterator[Frame]:
    """Decode the frames that an AV1 file shows, in order, to exactly the samples that the standard defines.

    Parameters
    ----------
    source : path-like, bytes or binary file
        An AVIF, IVF, Section 5 OBU or Annex B file, its bytes, or a video file of AV1 (MP4, MOV, MKV, WebM;
        with PyAV). Which it is, the content tells.
    max_pixels : int or None, default 178,956,970
        Width times height above which a picture is refused before memory is allocated for it; None for no
        limit.
    threads : int, default 1
        Threads to decode with. The frames do not depend on it.
    operating_point : int, default 0
        Operating point of a stream to decode, 0 to 31. For AVIF the file says which.
    timings : cfl.av1.decoder.Timings, optional
        The seconds of each stage are added to it.

    Yields
    ------
    frame : Frame
        The coded picture with film grain. Of an AVIF file it is the primary image, with alpha, the colour of
        its nclx property, ICC profile, Exif, XMP, and its transforms, which are not applied
        (`cfl.frames.upright` does that). Of an image sequence, the samples of its track follow with the same
        properties, but without the first sample if that is the primary image. Frames of a video file have its
        pixel aspect and its rotation, which is not applied.

    Raises
    ------
    BitstreamError
        The file is damaged or is not AV1. Frames before the damage have been yielded by then.
    UnsupportedFeature
        The file needs large scale tiles, or an AVIF feature that is not supported; the
        message names it.
    FrameError
        The file cannot be read, or a picture is too large.

    See Also
    --------
    cfl.read : The first frame, upright, of a file of any kind.
    cfl.inspect : The decisions of the encoder.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Bitstream & Decoding Process Specification", version 1.0.0 with
           errata 1.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :24]
    >>> frame = cfl.rgb_to_frame(np.stack([8 * column, 8 * row, 128 + row], axis=-1).astype(np.uint8))
    >>> data = cfl.encode(frame, lossless=True, speed=10)
    >>> [decoded] = cfl.container.decode(data)
    >>> decoded, bool(np.array_equal(decoded.y, frame.y))
    (Frame(24x16, 4:2:0, 8 bit), True)
    """
    if timings is not None:
        require("timings", timings, Timings, "Timings")
    options = _Options(
        optional_whole("max_pixels", max_pixels, 1),
        whole("threads", threads, 1),
        whole("operating_point", operating_point, 0, 31),
        Timings() if timings is None else timings,
    )
    return _decoded(source, options)


def _decoded(source: Source, options: _Options) -> Iterator[Frame]:
    file_ = as_source(source)
    is_video = is_video_file(head_of(file_, HEAD_SIZE))
    if isinstance(source, bytes | bytearray | memoryview) and not is_video:
        yield from _frames(bytes(source), options)
        return
    if is_video:
        with naming(str(file_)):
            yield from _video_frames(file_, options)
        return
    with open_binary(file_) as file:
        data = file.read()
    _log.info("%s: decoding %d bytes", file_, len(data))
    with naming(str(file_)):
        yield from _frames(data, options)


def _frames(data: Bytes, options: _Options) -> Iterator[Frame]:
    if bytes(data[4:8]) == b"ftyp":
        yield from _avif_frames(read_avif(data), options)
    else:
        yield from _stream_frames(stream_obus(data), options)


def _stream_frames(obus: Iterable[Obu], options: _Options) -> Iterator[Frame]:
    count, light = 0, StreamLight()
    for picture in _pictures(light.watch(obus), options, options.operating_point):
        count += 1
        frame = _frame(picture, options)
        yield frame.replace(content_light=light.content, mastering_display=light.display)
    if count == 0:
        raise BitstreamError("the stream shows no picture")


def _video_frames(file: File, options: _Options) -> Iterator[Frame]:
    """The frames of a video file. Its container turns them, and has the colour where the stream has none."""
    with open_video(file) as video:
        changes: dict[str, Any] = {
            "transforms": display_transforms(file),
            "pixel_aspect": video.pixel_aspect,
        }
        for index, frame in enumerate(_stream_frames(video.obus(), options)):
            if video.shows(index):
                yield frame.replace(**changes, **video.colour_of(frame))


def stream_obus(data: Bytes) -> Iterator[Obu]:
    """Return the OBUs of an IVF, Section 5 OBU or Annex B file.

    Raises
    ------
    BitstreamError
        It is none of them; or, from the iterator, it is damaged.
    """
    if bytes(data[:4]) == ivf.MAGIC:
        return ivf.ivf_obus(data)
    try:
        return read_obu_file(data)
    except BitstreamError as error:
        raise BitstreamError("not an AV1 file: neither AVIF, IVF nor a stream of OBUs", 0) from error


def _pictures(
    obus: Iterable[Obu], options: _Options, operating_point: int, layer: int | None = None
) -> Iterator[Picture]:
    return decode_obus(
        obus,
        operating_point=operating_point,
        layer=layer,
        max_pixels=options.max_pixels,
        threads=options.threads,
        timings=options.timings,
    )


def _frame(picture: Picture, options: _Options) -> Frame:
    """The picture as a frame. Its planes are removed one by one, to save memory."""
    color = picture.sequence.color_config
    dtype = sample_dtype(color.bit_depth)
    planes: list[np.ndarray | None] = []
    with options.timings.measure("output"):
        while picture.planes:
            planes.append(np.require(picture.planes.pop(0), dtype, ["C", "W"]))  # a copy of one that is kept
    y, u, v = planes if len(planes) == 3 else (planes[0], None, None)
    assert y is not None
    position = _POSITIONS.get(color.chroma_sample_position, "unknown")
    return Frame(
        y,
        u,
        v,
        subsampling=color.subsampling,
        bit_depth=color.bit_depth,
        color_primaries=color.color_primaries,
        transfer_characteristics=color.transfer_characteristics,
        matrix_coefficients=color.matrix_coefficients,
        full_range=bool(color.color_range),
        chroma_sample_position=position if color.subsampling == "4:2:0" else "unknown",
    )


def _avif_frames(file: AvifFile, options: _Options) -> Iterator[Frame]:
    frame = _image(file.primary, options)
    alpha = None if file.alpha is None else _image(file.alpha, options)
    yield _described(frame, alpha, file)
    del frame, alpha
    if file.track is not None:
        yield from _track_frames(file, file.track, options)


def _track_frames(file: AvifFile, track: ImageTrack, options: _Options) -> Iterator[Frame]:
    """The samples of a sequence, without the first if that is the primary image."""
    alphas = None if file.alpha_track is None else _pictures(file.alpha_track.obus(), options, 0)
    is_first = file.is_first_of_track()
    for i, picture in enumerate(_pictures(track.obus(), options, 0)):
        alpha = None if alphas is None else next(alphas, None)
        if i == 0 and is_first:
            continue
        if alphas is not None and alpha is None:
            raise BitstreamError(f"the alpha track has no sample {i}", track.start)
        frame = _frame(picture, options)
        yield _described(frame, None if alpha is None else _frame(alpha, options), file)


def _described(frame: Frame, alpha: Frame | None, file: AvifFile) -> Frame:
    """The frame with the colour, metadata, transforms and alpha of the file."""
    names = ("icc", "exif", "xmp", "pixel_aspect", "content_light", "mastering_display")
    changes: dict[str, Any] = {name: getattr(file, name) for name in names}
    if file.nclx is not None:
        changes |= {
            "color_primaries": file.nclx.color_primaries,
            "transfer_characteristics": file.nclx.transfer_characteristics,
            "matrix_coefficients": file.nclx.matrix_coefficients,
            "full_range": file.nclx.full_range,
        }
    changes["transforms"] = _transforms(file, frame.width, frame.height)
    if alpha is not None:
        changes["alpha"] = _alpha(alpha, frame)
        changes["premultiplied"] = file.premultiplied
    return frame.replace(**changes)


def _image(image: CodedImage | GridImage, options: _Options) -> Frame:
    _check_size(image.width, image.height, options)
    return _grid(image, options) if isinstance(image, GridImage) else _coded(image, options)


def _check_size(width: int, height: int, options: _Options) -> None:
    if options.max_pixels is not None and width * height > options.max_pixels:
        raise FrameError(
            f"{width}x{height} is {width * height} pixels; the limit (max_pixels) is {options.max_pixels}"
        )


def _coded(image: CodedImage, options: _Options) -> Frame:
    pictures = _pictures(image.obus(), options, image.operating_point, image.layer)
    picture = next(pictures, None)
    if picture is None:
        which = "" if image.layer is None else f" of layer {image.layer}, which its lsel selects"
        raise BitstreamError(f"item {image.item_id} has no picture{which}", image.offset)
    frame = _frame(picture, options)
    if image.item_id and (frame.width, frame.height) != (image.width, image.height):
        sizes = f"{frame.width}x{frame.height}, not {image.width}x{image.height} as its ispe says"
        raise BitstreamError(f"the picture of item {image.item_id} is {sizes}", image.offset)
    return frame


def _grid(grid: GridImage, options: _Options) -> Frame:
    """Join the tiles and cut them to the picture's size."""
    tile_width, tile_height = grid.tiles[0].width, grid.tiles[0].height
    if tile_width * (grid.columns - 1) >= grid.width or tile_height * (grid.rows - 1) >= grid.height:
        raise BitstreamError("grid: some of its tiles lie outside of the picture", grid.tiles[-1].offset)
    form: dict[str, Any] = {}
    planes: list[np.ndarray] = []
    for i, (tile, frame) in enumerate(_grid_frames(grid, options)):
        if i == 0:
            form = _form(frame)
            planes = _grid_planes(grid, frame)
        elif _form(frame) != form:
            raise BitstreamError("grid: its tiles differ in bit depth, subsampling or colour", tile.offset)
        row, column = divmod(i, grid.columns)
        for target, plane, (sx, sy) in zip(planes, frame.planes, _shifts(frame), strict=True):
            part = target[row * tile_height >> sy :, column * tile_width >> sx :]
            part = part[: plane.shape[0], : plane.shape[1]]
            part[:] = plane[: part.shape[0], : part.shape[1]]
    y, u, v = planes if len(planes) == 3 else (planes[0], None, None)
    return Frame(y, u, v, **form)


def _grid_frames(grid: GridImage, options: _Options) -> Iterator[tuple[CodedImage, Frame]]:
    """Yield each tile with its picture; as many tiles are decoded at once as there are threads."""
    one_thread = replace(options, threads=1)
    for start in range(0, len(grid.tiles), options.threads):
        tiles = grid.tiles[start : start + options.threads]
        if len(tiles) == 1:
            yield tiles[0], _coded(tiles[0], options)
            continue
        with ThreadPoolExecutor(len(tiles)) as pool:
            frames = pool.map(lambda tile: _coded(tile, one_thread), tiles)
            yield from zip(tiles, frames, strict=True)


def _form(frame: Frame) -> dict[str, Any]:
    """Return what all tiles of a grid share."""
    names = (
        "subsampling", "bit_depth", "color_primaries", "transfer_characteristics", "matrix_coefficients",
        "full_range", "chroma_sample_position",
    )  # fmt: skip
    return {name: getattr(frame, name) for name in names}


def _shifts(frame: Frame) -> list[tuple[int, int]]:
    """Return how far the columns and rows of each plane are subsampled, as shifts."""
    chroma = frame.subsampling_x, frame.subsampling_y
    return [(0, 0), chroma, chroma][: len(frame.planes)]


def _grid_planes(grid: GridImage, tile: Frame) -> list[np.ndarray]:
    """Return empty planes for the whole picture, once it is sure that the tiles will cover them."""
    sx, sy = _shifts(tile)[-1]
    if (grid.columns > 1 and tile.width & sx) or (grid.rows > 1 and tile.height & sy):
        sizes = f"{tile.width}x{tile.height} in {tile.subsampling}"
        raise BitstreamError(f"grid: chroma of tiles of {sizes} does not join", grid.tiles[0].offset)
    return [
        np.empty((grid.height + sy >> sy, grid.width + sx >> sx), plane.dtype)
        for plane, (sx, sy) in zip(tile.planes, _shifts(tile), strict=True)
    ]


def _alpha(alpha: Frame, frame: Frame) -> np.ndarray:
    """Return the luma of the alpha image as a frame's alpha: in full range and at the frame's bit depth."""
    if (alpha.width, alpha.height) != (frame.width, frame.height):
        sizes = f"{alpha.width}x{alpha.height}, not {frame.width}x{frame.height}"
        raise BitstreamError(f"the alpha image is {sizes}")
    if alpha.full_range and alpha.bit_depth == frame.bit_depth:
        return alpha.y
    return frame_to_gray(alpha, frame.bit_depth)


def _transforms(file: AvifFile, width: int, height: int) -> Transforms:
    crop = None if file.clap is None else _crop(file.clap, width, height)
    return Transforms(crop, file.irot, file.imir)


def _crop(clap: CleanAperture, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the clean aperture as left, top, width, height, which are whole samples (MIAF 7.3.6.7)."""
    fractions = clap.width, clap.height, clap.horizontal_offset, clap.vertical_offset
    wide, high, right, down = (Fraction(*fraction) for fraction in fractions)
    left, top = right + (width - wide) / 2, down + (height - high) / 2
    whole = all(value.denominator == 1 for value in (left, top, wide, high))
    inside = left >= 0 and top >= 0 and left + wide <= width and top + high <= height
    if not whole or not inside or wide < 1 or high < 1:
        problem = f"clap: {wide}x{high} at ({left}, {top}) is no part, in whole samples, of {width}x{height}"
        raise BitstreamError(problem)
    return int(left), int(top), int(wide), int(high)
