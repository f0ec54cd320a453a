"""The numbers of the AV1 standard, apart from all logic.

    constants           sizes, numbers of contexts, values of enumerations
    geometry            blocks and transforms: sizes and how they relate
    cdfs                adaptive probabilities: their layout in one array, and their defaults
    intra               contexts of intra modes
    intra_prediction    weights, angles and taps of intra prediction
    palette             contexts of color indices
    transform           transform types and their sets
    inverse_transform   sines and shapes of the inverse transforms
    coefficients        contexts of coefficients
    scans               the order of coefficients
    quantizer           quantizers and quantizer matrices
    parameters          ranges of parameters in headers and restoration units
    loop_filters        the filters behind reconstruction, and film grain

Arrays are read-only. Kernels take them as arguments.
"""
