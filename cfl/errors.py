"""What `cfl` raises on bad input: every error is a `CflError`, which is a `ValueError`."""


class CflError(ValueError):
    """Bad input; the message is one line and says what to change."""


class FrameError(CflError):
    """A picture, a video file or the arrays of a frame are not what they should be."""


class BitstreamError(CflError):
    """A coded stream breaks the rules of its standard.

    Parameters
    ----------
    message : str
        What is wrong, in one line.
    offset : int, optional
        Where: bytes from the start of the input.
    """

    def __init__(self, message: str, offset: int | None = None):
        self.offset = offset
        super().__init__(message if offset is None else f"{message} (at byte {offset})")


class UnsupportedFeature(CflError):  # noqa: N818 - the design's name: it names a feature, not a fault
    """The input is valid but needs something that `cfl` does not do; the message names it."""
