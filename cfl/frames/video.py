"""Video files through PyAV (FFmpeg), an optional dependency."""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from cfl.errors import FrameError
from cfl.frames._input import ReadOptions, check_pixels, open_binary
from cfl.frames.colour import rgb_to_frame
from cfl.frames.frame import Frame, sample_dtype
from cfl.sources import Contents, File, as_source

_LAYOUTS = {"yuv420p": "4:2:0", "yuv422p": "4:2:2", "yuv444p": "4:4:4", "gray": "4:0:0", "gbrp": "4:4:4"}
_LAYOUTS |= {f"yuvj{name[3:]}": layout for name, layout in _LAYOUTS.items() if name.startswith("yuv")}
_PLANAR = {name: (layout, 8) for name, layout in _LAYOUTS.items()} | {
    f"{name}{depth}le": (layout, depth) for name, layout in _LAYOUTS.items() for depth in (10, 12)
}
"""FFmpeg's pixel formats that are a Frame as they are: subsampling and bit depth."""
_FULL = 2  # FFmpeg's AVCOL_RANGE_JPEG


def read_video(path: File, options: ReadOptions) -> Iterator[Frame]:
    """Yield the frames of the first video stream, as they are coded (no rotation, no deinterlacing).

    A planar YUV or GBR format of 8, 10 or 12 bits is taken as it is; the semi-planar ones (NV12, P010) are
    regrouped; other YUV becomes the nearest of these by FFmpeg's scaler; RGB is converted as a picture is.

    Raises
    ------
    FrameError
        PyAV is missing, the file is not a video, or it is damaged.
    """
    try:
        import av
    except ImportError as error:
        raise FrameError(
            f'{path}: not a picture, Y4M or raw file; to read video: pip install "cfl-av1[video]"'
        ) from error
    try:
        with _opened(path) as container:
            if not container.streams.video:
                raise FrameError(f"{path}: the file has no video")
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise FrameError(f"{path}: cannot be read: FFmpeg has no decoder for it")
            check_pixels(path, stream.width, stream.height, options.max_pixels)
            for picture in container.decode(stream):
                check_pixels(path, picture.width, picture.height, options.max_pixels)
                yield _frame(picture, options)
    except av.FFmpegError as error:
        reason = getattr(error, "strerror", None) or error
        raise FrameError(f"{path}: cannot be read: {reason}") from error


@contextlib.contextmanager
def _opened(path: File) -> Iterator[Any]:
    """FFmpeg gets the path where there is one: it helps to tell what the file is."""
    import av

    source = as_source(path)
    if isinstance(source, Contents):
        with open_binary(source) as file, av.open(file) as container:
            yield container
    else:
        with av.open(str(source)) as container:
            yield container


def _frame(picture: Any, options: ReadOptions) -> Frame:
    as_it_is = picture.format.name in _PLANAR and options.matrix_coefficients in (None, 0)
    if (picture.format.is_rgb or picture.format.has_palette) and not as_it_is:
        deep = any(component.bits > 8 for component in picture.format.components)
        rgb = picture.reformat(format="rgb48le" if deep else "rgb24").to_ndarray()
        options = options.of_samples(is_gray=False, is_deep=deep)
        return rgb_to_frame(
            rgb,
            bit_depth=options.bit_depth or (10 if deep else 8),
            subsampling=options.subsampling or ("4:4:4" if options.matrix_coefficients == 0 else "4:2:0"),
            matrix_coefficients=6 if options.matrix_coefficients is None else options.matrix_coefficients,
            full_range=options.full_range is not False,
        )
    if picture.format.name not in _PLANAR:
        picture = picture.reformat(format=_nearest(picture.format))
    subsampling, bit_depth = _PLANAR[picture.format.name]
    identity = picture.format.name.startswith("gbr")
    y, *chroma = (_plane(plane, bit_depth) for plane in picture.planes)
    u, v = chroma or (None, None)
    return Frame(
        y,
        u,
        v,
        subsampling=subsampling,
        bit_depth=bit_depth,
        color_primaries=int(picture.color_primaries),
        transfer_characteristics=int(picture.color_trc),
        matrix_coefficients=0 if identity else int(picture.colorspace),
        full_range=identity or picture.color_range == _FULL or "yuvj" in picture.format.name,
    )


def _nearest(format_: Any) -> str:
    """Return the planar YUV format that keeps most of another format."""
    luma, *chroma = format_.components
    ratio = (1, 1)
    if len(chroma) < 2:
        family = "gray"
    else:
        ratio = (format_.width // format_.chroma_width(), format_.height // format_.chroma_height())
        family = {(2, 2): "yuv420p", (2, 1): "yuv422p"}.get(ratio, "yuv444p")
    depth = next((depth for depth in (8, 10, 12) if luma.bits <= depth), 12)
    return family if depth == 8 else f"{family}{depth}le"


def _plane(plane: Any, bit_depth: int) -> np.ndarray:
    """Return a copy of a plane without the padding of its lines."""
    dtype = sample_dtype(bit_depth)
    lines = np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size].reshape(
        plane.height, plane.line_size
    )
    samples = np.ascontiguousarray(lines[:, : plane.width * np.dtype(dtype).itemsize])
    return samples.view(dtype)
