from .block_data import Block
from .derivation import derive
from .evaluation import evaluate, predict
from .exceptions import PredictorError
from .neighbourhood import neighbours
from .partition import Partition
from .rate import reconstruct
from .registry import Predictor, describe, load_plugin, predictor, predictor_names

__all__ = [
    "Block",
    "Partition",
    "Predictor",
    "PredictorError",
    "derive",
    "describe",
    "evaluate",
    "load_plugin",
    "neighbours",
    "predict",
    "predictor",
    "predictor_names",
    "reconstruct",
]
