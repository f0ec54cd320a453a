"""AV1 chroma-from-luma prediction, for one block and for whole frames."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
