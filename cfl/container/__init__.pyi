from .avif import AvifFile, CodedImage, GridImage, read_avif
from .avif_writer import write_avif
from .decoding import decode
from .ivf import IvfFrame, IvfHeader, ivf_obus, read_ivf, write_ivf
from .obu_file import is_annexb, read_obu_file
from .properties import Av1Config, CleanAperture, Nclx
from .recognition import file_format

__all__ = [
    "Av1Config",
    "AvifFile",
    "CleanAperture",
    "CodedImage",
    "GridImage",
    "IvfFrame",
    "IvfHeader",
    "Nclx",
    "decode",
    "file_format",
    "is_annexb",
    "ivf_obus",
    "read_avif",
    "read_ivf",
    "read_obu_file",
    "write_avif",
    "write_ivf",
]
