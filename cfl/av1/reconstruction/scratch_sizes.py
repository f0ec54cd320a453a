"""Sizes of the arrays that the kernels of reconstruction work in: plain numbers, without loading Numba."""

COEFS_SIZE = 32 * 32
"""The most coefficients of a transform block that may differ from 0."""
CFL_SAMPLES = 32 * 32
"""The most chroma samples of a block with chroma from luma."""
INTRA_SCRATCH_SIZE = 1600
"""See `cfl.av1.reconstruction.intra_edge`."""
TRANSFORM_SCRATCH_SIZE = 4736
"""See `cfl.av1.reconstruction.inverse_transform_kernels`."""
