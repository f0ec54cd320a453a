from . import (
    ablation,
    comparison,
    container,
    errors,
    frames,
    inspection,
    metrics,
    prediction,
    regression,
    viewer,
)
from .ablation import Ablation, ablate
from .animating import encode_animation
from .comparison import Comparison, compare
from .encoding import Encoded, encode, encode_frame, encode_frames
from .errors import BitstreamError, CflError, FrameError, UnsupportedFeature
from .frames import Frame, frame_to_rgb, rgb_to_frame, write
from .inspection import Inspection, inspect
from .measuring import measure
from .prediction import Prediction, predict
from .reading import read, read_frames
from .remarks import CflWarning
from .targets import Found, Target, encode_to_target

__version__: str

__all__ = [
    "Ablation",
    "BitstreamError",
    "CflError",
    "CflWarning",
    "Comparison",
    "Encoded",
    "Found",
    "Frame",
    "FrameError",
    "Inspection",
    "Prediction",
    "Target",
    "UnsupportedFeature",
    "ablate",
    "ablation",
    "compare",
    "comparison",
    "container",
    "encode",
    "encode_animation",
    "encode_frame",
    "encode_frames",
    "encode_to_target",
    "errors",
    "frame_to_rgb",
    "frames",
    "inspect",
    "inspection",
    "measure",
    "metrics",
    "predict",
    "prediction",
    "read",
    "read_frames",
    "regression",
    "rgb_to_frame",
    "viewer",
    "write",
]
