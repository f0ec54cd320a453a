"""Scores of predictions."""

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.exceptions import RegressionError


def r2_score(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Return R², the coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)².

    R² compares a prediction with the simplest one there is, the mean of `y` for every sample.

    - 1: the prediction is perfect.
    - 0: it is no better than the mean.
    - Below 0: it is worse than the mean. A least-squares line with an intercept is never worse than the mean
      on the samples it was fitted to, because slope 0 gives the mean. Other predictions can be: a line used
      on new data, a line forced through the origin, a line from a neighbouring block. There is no lower
      limit.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_targets)
        True values, at least two samples; each finite.
    y_pred : array-like of shape (n_samples,) or (n_samples, n_targets)
        Predictions of them; each finite.
    sample_weight : array-like of shape (n_samples,), optional
        Weight of each sample, at least 0.

    Returns
    -------
    score : float
        At most 1; the mean over the targets. For a constant `y_true` it is 1.0 if predicted exactly, else
        0.0.

    Raises
    ------
    RegressionError
        Shapes differ, a value is not finite, there are fewer than two samples, or weights are bad.

    See Also
    --------
    LinearRegression.score : R² of an estimator's predictions.
    cfl.metrics.r2 : R² of a plane of samples, exactly.

    Examples
    --------
    >>> from cfl.regression import r2_score
    >>> r2_score([1, 2, 3], [1, 2, 3]), r2_score([1, 2, 3], [2, 2, 2]), r2_score([1, 2, 3], [3, 2, 1])
    (1.0, 0.0, -3.0)
    """
    from cfl.regression.kernels import r_squared

    truth, prediction = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim == 0 or truth.shape[0] < 2:
        raise RegressionError("R^2 score is not well-defined with less than two samples.")
    truth = validation.as_targets(truth, truth.shape[0]).reshape(truth.shape[0], -1)
    prediction = validation.as_targets(prediction, truth.shape[0]).reshape(truth.shape[0], -1)
    if truth.shape != prediction.shape:
        raise RegressionError(
            f"y_true and y_pred have different number of output ({truth.shape[1]}!={prediction.shape[1]})."
        )
    weights = validation.as_weights(sample_weight, truth.shape[0])
    if weights is None:
        weights = np.ones(truth.shape[0])
    ss_residual = weights @ (truth - prediction) ** 2
    deviation = truth - truth[0]  # exactly zero where y is constant, whatever the rounding of its mean
    ss_total = weights @ (deviation - np.average(deviation, axis=0, weights=weights)) ** 2
    return float(np.mean([r_squared(*pair) for pair in zip(ss_residual, ss_total, strict=True)]))
