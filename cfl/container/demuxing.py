"""AV1 in MP4, MOV, Matroska and WebM, by PyAV's (FFmpeg's) demuxers, an optional dependency.

file ── PyAV ──▶ packets, one a frame that is shown ──▶ OBUs
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cfl.av1.headers.obu import OBU_SEQUENCE_HEADER, OBU_TEMPORAL_DELIMITER, Obu, ObuHeader, iter_obus
from cfl.container.brands import BRANDS, OTHER_PICTURES, brands_of
from cfl.errors import BitstreamError, UnsupportedFeature
from cfl.frames import Frame, Transforms
from cfl.frames.transforms import AS_IT_IS
from cfl.frames.video import opened, pixel_aspect_of, transforms_of
from cfl.sources import File

_MATROSKA = b"\x1a\x45\xdf\xa3"
_CONFIG_SIZE = 4
"""Bytes of av1C before its OBUs."""
_UNSPECIFIED = 2


@dataclass(slots=True)
class VideoFile:
    """The AV1 stream of an open video file.

    Attributes
    ----------
    format : {"MP4", "Matroska"}
        MOV is one with MP4, WebM one with Matroska.
    pixel_aspect : (int, int), optional
        Width to height of a pixel, if it is not square.
    color_primaries, transfer_characteristics, matrix_coefficients : int
        As the container has them; 2 where it does not say.
    """

    format: str
    pixel_aspect: tuple[int, int] | None
    color_primaries: int
    transfer_characteristics: int
    matrix_coefficients: int
    _container: Any
    _stream: Any
    _is_hidden: list[bool] = field(default_factory=list)

    def colour_of(self, frame: Frame) -> dict[str, int]:
        """What the container says of a frame's colour where the stream says nothing."""
        names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
        return {name: getattr(self, name) for name in names if getattr(frame, name) == _UNSPECIFIED}

    def shows(self, number: int) -> bool:
        """Whether a picture, by its number in the stream, is shown: an edit list may leave some out.

        Each packet has one picture.
        """
        return number >= len(self._is_hidden) or not self._is_hidden[number]

    def obus(self) -> Iterator[Obu]:
        """The OBUs of all packets, a temporal delimiter before each; those of av1C come first if need be.

        Raises
        ------
        BitstreamError
            From the iterator: the file is cut off or damaged.
        """
        import av

        try:
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield from self._obus_of(packet)
        except av.FFmpegError as error:
            raise BitstreamError(f"the {self.format} file is damaged: {_reason(error)}") from error

    def _obus_of(self, packet: Any) -> Iterator[Obu]:
        data, offset = memoryview(bytes(packet)), packet.pos or 0
        yield Obu(ObuHeader(OBU_TEMPORAL_DELIMITER), data[:0], offset, offset)
        own = list(iter_obus(data, offset, last_may_be_unsized=True))
        if not self._is_hidden and not any(obu.header.obu_type == OBU_SEQUENCE_HEADER for obu in own):
            yield from iter_obus(bytes(self._stream.codec_context.extradata or b"")[_CONFIG_SIZE:])
        self._is_hidden.append(bool(packet.is_discard))
        yield from own


def is_video_file(head: bytes) -> bool:
    """Whether a file begins like MP4, MOV, Matroska or WebM, and not like a picture in MP4's boxes."""
    brands = brands_of(head)
    is_picture = any(brand in (*BRANDS, *OTHER_PICTURES) for brand in brands)
    return head.startswith(_MATROSKA) or (bool(brands) and not is_picture)


def video_format(path: File) -> str | None:
    """The format of a video file whose first video stream is AV1; None for any other, or without PyAV."""
    try:
        with open_video(path) as video:
            return video.format
    except (BitstreamError, UnsupportedFeature):
        return None


@contextlib.contextmanager
def open_video(path: File) -> Iterator[VideoFile]:
    """Open the first video stream of a file, which must be AV1.

    Raises
    ------
    BitstreamError
        The file is damaged.
    UnsupportedFeature
        It has no video or that of another codec, or PyAV is missing.
    """
    try:
        import av
    except ImportError as error:
        raise UnsupportedFeature(
            'AV1 in MP4, MOV, MKV or WebM is read with PyAV: pip install "cfl-av1[video]"'
        ) from error
    with contextlib.ExitStack() as stack:
        try:
            container = stack.enter_context(opened(path))
        except (av.FFmpegError, OSError) as error:
            raise BitstreamError(f"cannot be opened as a video file: {_reason(error)}") from error
        yield _video(container)


def _video(container: Any) -> VideoFile:
    kind = "Matroska" if "matroska" in container.format.name else "MP4"
    streams = [stream for stream in container.streams.video if stream.codec_context is not None]
    if not streams:
        raise UnsupportedFeature(f"{kind} file without video that FFmpeg knows")
    stream = streams[0]
    codec = stream.codec_context.codec.canonical_name
    if codec != "av1":
        raise UnsupportedFeature(f"{kind} file of codec {codec!r}, not AV1")
    context = stream.codec_context
    return VideoFile(
        kind,
        pixel_aspect_of(stream),
        int(context.color_primaries or _UNSPECIFIED),
        int(context.color_trc or _UNSPECIFIED),
        int(context.colorspace or _UNSPECIFIED),
        container,
        stream,
    )


def display_transforms(path: File) -> Transforms:
    """How the pictures of a video file are turned to be shown. FFmpeg says so with a decoded picture only."""
    import av

    try:
        with opened(path) as container:
            picture = next(container.decode(video=0), None)
            return AS_IT_IS if picture is None else transforms_of(picture)
    except (av.FFmpegError, OSError):  # our own decoder says what is wrong with the stream
        return AS_IT_IS


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
