from . import errors, frames, metrics, prediction, regression
from .errors import BitstreamError, CflError, FrameError, UnsupportedFeature
from .frames import Frame, frame_to_rgb, read, read_frames, rgb_to_frame, write
from .metrics import measure
from .prediction import Prediction, predict

__version__: str

__all__ = [
    "BitstreamError",
    "CflError",
    "Frame",
    "FrameError",
    "Prediction",
    "UnsupportedFeature",
    "errors",
    "frame_to_rgb",
    "frames",
    "measure",
    "metrics",
    "predict",
    "prediction",
    "read",
    "read_frames",
    "regression",
    "rgb_to_frame",
    "write",
]
