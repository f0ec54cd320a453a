"""Read, write and decode files that hold AV1: AVIF, IVF, and OBU streams (low-overhead and Annex B)."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
