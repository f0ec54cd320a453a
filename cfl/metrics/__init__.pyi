from .bjontegaard import bd_rate
from .color import CIEDE2000, ciede2000
from .measurement import Measurement, measure
from .multiscale import ms_ssim
from .perceptual import ssimulacra2
from .planes import frame_psnr, frame_r2, frame_ssim, psnr, r2, ssim, sum_of_squared_errors
from .report import json_ready

__all__ = [
    "CIEDE2000",
    "Measurement",
    "bd_rate",
    "ciede2000",
    "frame_psnr",
    "frame_r2",
    "frame_ssim",
    "json_ready",
    "measure",
    "ms_ssim",
    "psnr",
    "r2",
    "ssim",
    "ssimulacra2",
    "sum_of_squared_errors",
]
