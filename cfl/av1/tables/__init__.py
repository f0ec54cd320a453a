"""The numbers of the AV1 standard, apart from all logic.

    constants           sizes, numbers of contexts, values of enumerations
    inter_constants     those that only inter frames need
    geometry            blocks and transforms: sizes and how they relate
    default_cdfs, default_inter_cdfs, default_coefficient_cdfs  initial CDFs; `cfl.av1.entropy.cdfs` lays out
                        those that are used
    mode_contexts, palette_contexts, coefficient_contexts   contexts of symbols
    motion              projection of motion vectors, contexts of inter blocks
    intra_prediction    weights, angles and taps of intra prediction
    transform_types     transform types and their sets
    inverse_transform   sines and shapes of the inverse transforms
    scans               the order of coefficients
    quantizer           quantizers and quantizer matrices
    segmentation        segmentation features
    cdef, superres, restoration     in-loop filters: Wiener taps' ranges, filter taps, directions
    film_grain          the Gaussian sequence
    level_limits        what a decoder of each level can decode

Arrays are read-only. Kernels read them as globals, which Numba compiles in as constants.
"""
