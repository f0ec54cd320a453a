"""A line through the neighbours of least and of greatest luma."""

import numpy as np

import cfl.lab


@cfl.lab.predictor("my-cclm")
def my_cclm(block):
    luma, chroma = cfl.lab.neighbours(block, 1)
    if luma.size == 0:
        return np.full(block.luma.shape, float(block.dc)), 0
    low, high = np.argmin(luma), np.argmax(luma)
    slope = (chroma[high] - chroma[low]) / max(luma[high] - luma[low], 1)
    return chroma[low] + slope * (block.luma - luma[low]), 0
