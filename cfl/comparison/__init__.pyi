from .files import Comparison, compare

__all__ = ["Comparison", "compare"]
