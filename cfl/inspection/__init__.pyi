from .blocks import BLOCK_FIELDS
from .figure import draw
from .inspection import Inspection, inspect

__all__ = ["BLOCK_FIELDS", "Inspection", "draw", "inspect"]
