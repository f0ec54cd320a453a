from .block_data import Block
from .comparison import compare_encoders, run, stream
from .derivation import derive
from .evaluation import evaluate, predict
from .exceptions import PredictorError
from .neighbourhood import neighbours
from .partition import Partition
from .picture_list import pictures
from .rate import reconstruct
from .registry import Predictor, describe, load_plugin, predictor, predictor_names
from .reporting import report
from .study import Progress

__all__ = [
    "Block",
    "Partition",
    "Predictor",
    "PredictorError",
    "Progress",
    "compare_encoders",
    "derive",
    "describe",
    "evaluate",
    "load_plugin",
    "neighbours",
    "pictures",
    "predict",
    "predictor",
    "predictor_names",
    "reconstruct",
    "report",
    "run",
    "stream",
]
