"""What `cfl` raises on bad input: every error is a `CflError`, which is a `ValueError`.

Arguments of a wrong type raise `TypeError`.
"""


class CflError(ValueError):
    """Bad input. The message is one line and says what is wrong.

    See Also
    --------
    FrameError : Pictures and planes.
    BitstreamError : Coded files that break their standard.
    UnsupportedFeature : Valid input that cfl cannot handle.
    cfl.regression.RegressionError : Data that no fit can be made from.

    Examples
    --------
    >>> import cfl
    >>> try:
    ...     cfl.metrics.bd_rate([100], [30.0], [90], [31.0])
    ... except cfl.CflError as error:
    ...     print(error)
    a rate-distortion curve needs two points, each with a rate and a quality
    """


class FrameError(CflError):
    """A picture, a video file, the planes of a frame or an option for them are not valid.

    See Also
    --------
    BitstreamError : Coded files that break their standard.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> try:
    ...     cfl.Frame(np.zeros((2, 2), np.uint16), subsampling="4:0:0", bit_depth=8)
    ... except cfl.FrameError as error:
    ...     print(error)
    plane y is uint16, not uint8 (8 bits)
    """


class BitstreamError(CflError):
    """A coded file breaks the rules of its standard.

    Parameters
    ----------
    message : str
        What is wrong, in one line.
    offset : int, optional
        Where, in bytes from the start of the input.

    Attributes
    ----------
    offset : int or None
        Where, in bytes from the start of the input, if known.

    See Also
    --------
    UnsupportedFeature : The file is valid, but cfl cannot handle it.
    cfl.container.decode : Raises both.

    Examples
    --------
    >>> import cfl
    >>> try:
    ...     list(cfl.container.decode(b"not a file of AV1"))
    ... except cfl.BitstreamError as error:
    ...     print(error, error.offset)
    not an AV1 file: neither AVIF, IVF nor a stream of OBUs (at byte 0) 0
    """

    def __init__(self, message: str, offset: int | None = None):
        self.offset = offset
        super().__init__(message if offset is None else f"{message} (at byte {offset})")


class UnsupportedFeature(CflError):  # noqa: N818 - the design's name: it names a feature, not a fault
    """The input is valid but needs something that cfl cannot do; the message names it.

    See Also
    --------
    BitstreamError : The input is not valid.

    Examples
    --------
    >>> import cfl
    >>> header = b"DKIF" + bytes([0, 0, 32, 0]) + b"VP90" + bytes(20)
    >>> try:
    ...     cfl.container.read_ivf(header)
    ... except cfl.UnsupportedFeature as error:
    ...     print(error)
    IVF file of codec 'VP90', not AV01
    """
