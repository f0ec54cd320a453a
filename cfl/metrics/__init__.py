"""How similar two pictures are: PSNR, SSIM, MS-SSIM, R², CIEDE2000 and SSIMULACRA 2."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
