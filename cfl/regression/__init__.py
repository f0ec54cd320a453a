"""Linear regression: right to twelve digits, mergeable, block by block; nothing here knows of pictures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
