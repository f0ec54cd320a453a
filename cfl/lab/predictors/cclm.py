"""CCLM of VVC, in integers: a line through the least and the greatest luma of four neighbours.

Equation
    Of up to four neighbours, the two of less luma are averaged, and the two of more. With the differences
    of these, ``C = Clip1(((a · L) >> k) + b)``, where a is ``ΔC / ΔL`` with four significant bits from a
    table, and b makes the line go through the point of less luma. L is luma as VVC subsamples it.
Forms
    LM takes neighbours above and left, as wide and as high as the block; L those to the left and below
    left, A those above and above right. A block takes the form with the least squared error of U and V;
    where rate is measured, the least cost D + λR with its residual coded.
Source
    H.266 (VVC), 8.4.5.2.14.
Bits
    Of cclm_mode_idx, one bit for each bin: 1 for LM, 2 for L and for A, half of it for each plane. None for
    the flag that says that the block has CCLM.
Readings
    All luma rows above are used, also those of the coding tree units above, of which VVC keeps only one. At
    the picture's edge, where a block of VVC never crosses it, neighbours beside the visible part are used,
    and if there are fewer than four the first repeats. Without neighbours: half of the range.
"""

import numpy as np

from cfl.lab.choice import best_of
from cfl.lab.job import Found, Job

BITS = 1.0, 2.0, 2.0
"""Of the forms LM, L and A."""


def predict(job: Job) -> Found:
    """Predict both planes; see `cfl.lab.shipped`."""
    from cfl.lab.predictors import cclm_kernels as kernels

    shape = len(BITS), *job.chroma[0].shape
    predicted = np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)
    bits = np.zeros((2, len(job.places)))
    for plane in range(2):
        kernels.predict_blocks(job.given(plane), job.places, predicted[plane], bits[plane])
    return best_of(job, [job.found(planes, bits) for planes in zip(*predicted, strict=True)], BITS)
