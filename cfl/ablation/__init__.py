"""What chroma from luma is worth: the same pictures encoded with and without it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
