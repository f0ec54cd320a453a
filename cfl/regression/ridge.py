"""Ridge regression."""

from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.design import Design
from cfl.regression.exceptions import RegressionError
from cfl.regression.least_squares import solve


class Ridge(LinearPredictor):
    """Least squares with a penalty on large coefficients.

    Minimises Σ w·(y − X·coef − intercept)² + alpha·Σ coef².

    Solved as least squares with `n_features` more rows, √alpha on their diagonal, by the same QR
    factorisation as `LinearRegression` and as right. The intercept is not penalised.

    Parameters
    ----------
    alpha : float, default 1.0
        Penalty, >= 0. With 0 it is ordinary least squares.
    fit_intercept : bool, default True

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
    intercept_ : float or (n_targets,) float64 array
    n_features_in_ : int
    feature_names_in_ : (n_features,) object array
        Only where `X` was a table whose column names are all strings.

    References
    ----------
    Hoerl and Kennard, "Ridge regression: biased estimation for nonorthogonal problems", Technometrics 12,
    1970.

    Examples
    --------
    >>> Ridge(alpha=2.0).fit([[0], [1], [2]], [1, 3, 5]).coef_
    array([1.])
    """

    def __init__(self, alpha: float = 1.0, *, fit_intercept: bool = True):
        self.alpha = alpha
        self.fit_intercept = fit_intercept

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
        y : array-like, shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like, shape (n_samples,), optional
            Each >= 0.

        Raises
        ------
        RegressionError
            Bad input, or `alpha` is negative or not finite.
        """
        if not (np.isfinite(self.alpha) and self.alpha >= 0):
            raise RegressionError(f"alpha must be a finite number >= 0, got {self.alpha}.")
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        columns = targets.reshape(len(targets), -1)
        penalty = float(self.alpha)
        solution = solve(Design(matrix, columns, weights, fit_intercept=self.fit_intercept, penalty=penalty))
        self._set_line(solution.coef, solution.intercept, targets.ndim == 1)
        return self
