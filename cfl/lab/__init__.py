"""The laboratory: predictors of chroma from luma, compared on the same blocks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
