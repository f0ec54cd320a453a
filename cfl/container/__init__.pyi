from .avif import AvifFile, CodedImage, GridImage, read_avif
from .avif_writer import write_avif
from .ivf import IvfFrame, IvfHeader, read_ivf, write_ivf
from .obu_file import is_annexb, read_obu_file
from .properties import Av1Config, CleanAperture, Nclx

__all__ = [
    "Av1Config",
    "AvifFile",
    "CleanAperture",
    "CodedImage",
    "GridImage",
    "IvfFrame",
    "IvfHeader",
    "Nclx",
    "is_annexb",
    "read_avif",
    "read_ivf",
    "read_obu_file",
    "write_avif",
    "write_ivf",
]
