"""What the encoder of an AV1 file decided in each block, above all about chroma from luma."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
