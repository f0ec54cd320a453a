from ._input import DEFAULT_MAX_PIXELS
from .colour import convert_bit_depth, frame_to_gray, frame_to_rgb, rgb_to_frame
from .frame import (
    BIT_DEPTHS,
    CHROMA_SAMPLE_POSITIONS,
    FRAME_BIT_DEPTHS,
    SUBSAMPLINGS,
    Frame,
    chroma_shape,
    sample_dtype,
)
from .io import read, read_frames, write
from .light import ContentLight, MasteringDisplay
from .png import write_png
from .raw import RawFormat, write_raw
from .resample import resample_chroma
from .transforms import Transforms
from .turned import upright
from .y4m import Y4MHeader, Y4MReader, Y4MWriter

__all__ = [
    "BIT_DEPTHS",
    "CHROMA_SAMPLE_POSITIONS",
    "DEFAULT_MAX_PIXELS",
    "FRAME_BIT_DEPTHS",
    "SUBSAMPLINGS",
    "ContentLight",
    "Frame",
    "MasteringDisplay",
    "RawFormat",
    "Transforms",
    "Y4MHeader",
    "Y4MReader",
    "Y4MWriter",
    "chroma_shape",
    "convert_bit_depth",
    "frame_to_gray",
    "frame_to_rgb",
    "read",
    "read_frames",
    "resample_chroma",
    "rgb_to_frame",
    "sample_dtype",
    "upright",
    "write",
    "write_png",
    "write_raw",
]
