"""How similar two pictures are: PSNR, SSIM, R² and CIEDE2000."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
