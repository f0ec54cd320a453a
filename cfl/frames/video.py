"""Video files through PyAV (FFmpeg), an optional dependency."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from cfl.errors import FrameError
from cfl.frames._input import ReadOptions, check_pixels, open_binary
from cfl.frames.colour import rgb_to_frame
from cfl.frames.depths import WIDER, codable, widened
from cfl.frames.frame import Frame, sample_dtype
from cfl.frames.transforms import Transforms
from cfl.frames.turned import upright
from cfl.remarks import remark
from cfl.sources import Contents, File, as_source

_YUV = {"yuv420p": "4:2:0", "yuv422p": "4:2:2", "yuv444p": "4:4:4"}
_ALPHA = {f"yuva{name[3:]}": layout for name, layout in _YUV.items()}
_LAYOUTS = _YUV | _ALPHA | {"gray": "4:0:0", "gbrp": "4:4:4", "gbrap": "4:4:4"}
_GRAY_ALPHA = {"ya8": 8, "ya16le": 16}
_PLANAR = {name: (layout, 8) for name, layout in _LAYOUTS.items()} | {
    f"{name}{depth}le": (layout, depth) for name, layout in _LAYOUTS.items() for depth in (9, 10, 12, 14, 16)
}
_PLANAR |= {f"yuvj{name[3:]}": (layout, 8) for name, layout in _YUV.items()}
"""FFmpeg's planar pixel formats that a frame can hold: subsampling and bit depth."""
_RARE = {(4, 1): ("4:1:1", "4:2:2"), (4, 4): ("4:1:0", "4:2:0"), (1, 2): ("4:4:0", "4:4:4")}
"""Chroma that no frame has, and what it becomes, by the columns and rows of luma that a sample covers."""
_UNSPECIFIED, _FULL = 0, 2  # FFmpeg's AVCOL_RANGE_UNSPECIFIED and AVCOL_RANGE_JPEG


def read_video(path: File, options: ReadOptions) -> Iterator[Frame]:
    """Yield the frames of the first video stream, turned as the file says; interlaced ones as whole frames.

    Planar YUV or GBR of up to 12 bits is taken as it is, that of more becomes 12. Semi-planar YUV (NV12) is
    regrouped. Other YUV becomes the nearest of these by FFmpeg's scaler. RGB is converted as a picture is.

    Raises
    ------
    FrameError
        PyAV is missing, the file is not a video, it cannot be decoded, or it is damaged.
    """
    try:
        import av
    except ImportError as error:
        raise FrameError(
            f'{path}: not a picture, Y4M or raw file; to read video: pip install "cfl-av1[video]"'
        ) from error
    try:
        with opened(path) as container:
            yield from _frames(path, container, options)
    except av.FFmpegError as error:
        reason = getattr(error, "strerror", None) or error
        raise FrameError(f"{path}: cannot be read: {reason}") from error


def _frames(path: File, container: Any, options: ReadOptions) -> Iterator[Frame]:
    if not container.streams.video:
        raise FrameError(f"{path}: the file has no video")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise FrameError(f"{path}: cannot be read: FFmpeg has no decoder for it")
    check_pixels(path, stream.width, stream.height, options.max_pixels)
    for index, picture in enumerate(container.decode(stream)):
        check_pixels(path, picture.width, picture.height, options.max_pixels)
        if index == 0:
            _say_what_is_assumed(path, picture)
        frame = _frame(picture, options)
        yield upright(frame.replace(pixel_aspect=pixel_aspect_of(stream), transforms=transforms_of(picture)))


def _say_what_is_assumed(path: File, picture: Any) -> None:
    """Warn about interlacing, and about bits that AV1 has not."""
    if picture.interlaced_frame:
        remark(f"{path}: the video is interlaced; its fields are not separated")
    deepest = max(component.bits for component in picture.format.components)
    ratio = _chroma_ratio(picture.format)
    if ratio in _RARE and picture.format.name not in _PLANAR:
        layout, becomes = _RARE[ratio]
        remark(f"{path}: chroma of {layout} is interpolated to {becomes}")
    if deepest > 12 and not picture.format.is_rgb:
        remark(f"{path}: {deepest} bits a sample become 12")


def pixel_aspect_of(stream: Any) -> tuple[int, int] | None:
    """Width to height of a pixel, if it is not square."""
    aspect = stream.sample_aspect_ratio
    return (aspect.numerator, aspect.denominator) if aspect and aspect > 0 and aspect != 1 else None


def transforms_of(picture: Any) -> Transforms:
    """How the file's display matrix turns a picture; FFmpeg counts anti-clockwise degrees."""
    degrees = getattr(picture, "rotation", 0)
    if degrees % 90:
        remark(f"a rotation by {degrees}° is not applied")
        return Transforms()
    return Transforms(turns=round(degrees / 90) % 4)


@contextlib.contextmanager
def opened(path: File) -> Iterator[Any]:
    """Open a file with FFmpeg, which gets the path where there is one: it helps to tell what the file is.

    Titles and the like need not be UTF-8.
    """
    import av

    source = as_source(path)
    if isinstance(source, Contents):
        with open_binary(source) as file, av.open(file, metadata_errors="replace") as container:
            yield container
    else:
        with av.open(str(source), metadata_errors="replace") as container:
            yield container


def _frame(picture: Any, options: ReadOptions) -> Frame:
    as_it_is = picture.format.name in _PLANAR and options.matrix_coefficients in (None, 0)
    color_range = picture.color_range  # a conversion may set it
    if (picture.format.is_rgb or picture.format.has_palette) and not as_it_is:
        return _of_rgb(picture, options)
    if picture.format.name not in _PLANAR and picture.format.name not in _GRAY_ALPHA:
        picture = picture.reformat(format=_nearest(picture.format))
    name = picture.format.name
    identity = name.startswith("gb")
    # FFmpeg takes gray for full range where a file does not say.
    ranges = (_FULL, _UNSPECIFIED) if name.startswith(("gray", "ya")) else (_FULL,)
    full_range = identity or color_range in ranges or "yuvj" in name
    subsampling, depth, planes = _planes(picture)
    y, u, v, alpha = (
        None if plane is None else widened(plane, depth, full_range=full_range or index == 3)
        for index, plane in enumerate(planes)
    )
    assert y is not None
    frame = Frame(
        y,
        u,
        v,
        subsampling=subsampling,
        bit_depth=WIDER.get(depth, depth),
        color_primaries=int(picture.color_primaries),
        transfer_characteristics=int(picture.color_trc),
        matrix_coefficients=0 if identity else int(picture.colorspace),
        full_range=full_range,
        alpha=alpha,
    )
    return codable(frame)


def _planes(picture: Any) -> tuple[str, int, list[np.ndarray | None]]:
    """Subsampling, bits, and Y, U, V and alpha; None for those that are not there."""
    name = picture.format.name
    if name in _GRAY_ALPHA:
        depth = _GRAY_ALPHA[name]
        pairs = _plane(picture.planes[0], depth, samples=2)
        return "4:0:0", depth, [pairs[:, ::2], None, None, pairs[:, 1::2]]
    subsampling, depth = _PLANAR[name]
    y, *others = (_plane(plane, depth) for plane in picture.planes)
    chroma = [None, None] if subsampling == "4:0:0" else others[:2]
    alpha = others[2] if len(others) == 3 else None
    return subsampling, depth, [y, *chroma, alpha]


def _of_rgb(picture: Any, options: ReadOptions) -> Frame:
    """RGB as a picture's is converted."""
    deep = any(component.bits > 8 for component in picture.format.components)
    has_alpha = any(component.is_alpha for component in picture.format.components)
    name = ("rgba64le" if has_alpha else "rgb48le") if deep else "rgba" if has_alpha else "rgb24"
    rgb = picture.reformat(format=name).to_ndarray()
    options = options.of_samples(is_gray=False, is_deep=deep)
    return rgb_to_frame(
        rgb,
        bit_depth=options.bit_depth or (10 if deep else 8),
        subsampling=options.subsampling or ("4:4:4" if options.matrix_coefficients == 0 else "4:2:0"),
        matrix_coefficients=6 if options.matrix_coefficients is None else options.matrix_coefficients,
        full_range=options.full_range is not False,
    )


def _chroma_ratio(format_: Any) -> tuple[int, int] | None:
    """How many columns and rows of luma a chroma sample covers; None without chroma, and for RGB."""
    colours = [component for component in format_.components[1:] if not component.is_alpha]
    if len(colours) < 2 or format_.is_rgb or format_.has_palette:
        return None
    return 16 // format_.chroma_width(16), 16 // format_.chroma_height(16)


def _nearest(format_: Any) -> str:
    """Return the planar YUV format that keeps most of another format."""
    luma, *others = format_.components
    family = "gray"
    if (ratio := _chroma_ratio(format_)) is not None:
        layout = {(2, 2): "420p", (2, 1): "422p", (4, 1): "422p", (4, 4): "420p"}.get(ratio, "444p")
        has_alpha = any(component.is_alpha for component in others)
        family = f"yuva{layout}" if has_alpha else f"yuv{layout}"
    depth = next((depth for depth in (8, 10, 12, 16) if luma.bits <= depth), 16)
    name = family if depth == 8 else f"{family}{depth}le"
    return name if name != "yuva420p12le" else "yuva420p16le"


def _plane(plane: Any, bit_depth: int, samples: int = 1) -> np.ndarray:
    """Return a copy of a plane, of so many samples a pixel, without the padding of its lines."""
    dtype = sample_dtype(bit_depth)
    lines = np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size].reshape(
        plane.height, plane.line_size
    )
    used = plane.width * samples * np.dtype(dtype).itemsize
    return np.ascontiguousarray(lines[:, :used]).view(dtype)
