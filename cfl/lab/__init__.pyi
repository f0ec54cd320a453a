from .picture_list import pictures
from .study import Progress

__all__ = ["Progress", "pictures"]
