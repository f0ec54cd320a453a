"""Chroma forms that no frame has, 4:1:1 and 4:4:0: brought to the next finer one that a frame has."""

import numpy as np

from cfl.frames.frame import Frame, sample_dtype
from cfl.frames.resample import resample_chroma
from cfl.remarks import remark

FINER = {"4:1:1": "4:2:2", "4:4:0": "4:4:4"}


def say_it_is_refined(name: object, subsampling: str) -> None:
    """Warn that a file's chroma gets samples that it does not have."""
    remark(f"{name}: chroma of {subsampling} is interpolated to {FINER[subsampling]}")


def rare_chroma_shape(shape: tuple[int, int], subsampling: str) -> tuple[int, int]:
    """Return the shape of a chroma plane for luma of that shape."""
    height, width = shape
    return (height, -(-width // 4)) if subsampling == "4:1:1" else (-(-height // 2), width)


def refined(plane: np.ndarray, shape: tuple[int, int], subsampling: str, bit_depth: int) -> np.ndarray:
    """Return a chroma plane with twice the columns (4:1:1) or rows (4:4:0), interpolated.

    Parameters
    ----------
    plane : array of `rare_chroma_shape`
    shape : (int, int)
        Of luma.
    subsampling : {"4:1:1", "4:4:0"}
    bit_depth : int
        That a frame can have.
    """
    sideways = plane if subsampling == "4:1:1" else np.ascontiguousarray(plane.T)
    # to a frame, this is 4:2:2 chroma of a luma plane that is as wide as the chroma wanted
    wanted = (shape[0], -(-shape[1] // 2)) if subsampling == "4:1:1" else shape[::-1]
    luma = np.zeros(wanted, sample_dtype(bit_depth))
    finer = resample_chroma(Frame(luma, sideways, sideways, "4:2:2", bit_depth), "4:4:4").u
    assert finer is not None
    return finer if subsampling == "4:1:1" else np.ascontiguousarray(finer.T)
