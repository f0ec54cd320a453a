"""libdav1d, through PyAV."""

from typing import Any

import av
import numpy as np

from cfl.frames import Frame


def decode(obus: bytes, threads: int = 1) -> list[np.ndarray]:
    """The planes of a still, 8 bits a sample; views of the decoder's memory."""
    codec: Any = av.CodecContext.create("libdav1d", "r")
    codec.thread_count = threads
    codec.options = {"max_frame_delay": "1"}
    frames: list[Any] = [*codec.decode(av.Packet(obus)), *codec.decode(None)]
    return [
        np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frames[0].planes
    ]


def decode_like(source: Frame, obus: bytes) -> Frame:
    """The picture as a frame of another one's format."""
    return source.replace(**dict(zip("yuv", decode(obus), strict=False)))
