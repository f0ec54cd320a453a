"""Every decision of an AV1 encoder laid open, block by block; those on chroma from luma above all."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
