"""What `cfl.lab` raises."""

from cfl.errors import CflError


class PredictorError(CflError):
    """A predictor is unknown, cannot be loaded, raises, or returns what is no prediction.

    See Also
    --------
    predictor : Makes a function a predictor.
    evaluate : Raises it.

    Examples
    --------
    >>> import cfl.lab
    >>> try:
    ...     cfl.lab.describe("cclmm")
    ... except cfl.lab.PredictorError as error:
    ...     print(str(error)[:53])
    there is no predictor 'cclmm'; did you mean 'cclm'? I
    """
