"""Ordinary least squares, with and without a ridge penalty."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.design import Design, Solution
from cfl.regression.exceptions import not_fitted_error
from cfl.regression.least_squares import solve
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from cfl.regression.summary import Summary


class LinearRegression(LinearPredictor):
    """Ordinary least squares: the coefficients that minimise Σ w·(y − X·coef − intercept)².

    One predictor is solved in closed form, several by a QR factorisation, never by the normal equations. Each
    coefficient is right to 12 significant digits: a bound on the error of the float64 factorisation decides
    whether double-double arithmetic is needed.

    Parameters
    ----------
    fit_intercept : bool, default True
        False: the fit goes through the origin.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
    intercept_ : float or (n_targets,) float64 array
    rank_ : int
        Linearly independent columns of `X`, centred if there is an intercept.
    n_features_in_ : int
    feature_names_in_ : (n_features,) object array
        Only where `X` was a table whose column names are all strings.

    Notes
    -----
    Where columns are linearly dependent (perfect collinearity, a constant column beside an intercept, fewer
    samples than features, a single sample) the least squares have many solutions. The one of minimum norm is
    taken, `rank_` tells the rank, and a `RankDeficiencyWarning` names it. A constant predictor thus gets the
    coefficient 0. A direction counts as independent if its part of the columns, scaled to length 1, exceeds
    ``max(n_samples, n_features) * 2**-52``: below that float64 data do not distinguish it from rounding.

    Examples
    --------
    >>> line = LinearRegression().fit([[0], [1], [2]], [1, 3, 5])
    >>> line.coef_, line.intercept_
    (array([2.]), 1.0)
    """

    rank_: int

    def __init__(self, *, fit_intercept: bool = True):
        self.fit_intercept = fit_intercept

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
        y : array-like, shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like, shape (n_samples,), optional
            Each >= 0. A weight of 2 counts as the sample twice, 0 as its absence.

        Raises
        ------
        RegressionError
            `X`, `y` or `sample_weight` is not finite or of the wrong shape, or weights are negative or all 0.

        Warns
        -----
        RankDeficiencyWarning, ConditioningWarning
        """
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        self._set_solution(solve(self._design(matrix, targets, weights)), one_target=targets.ndim == 1)
        return self

    def summary(self, *, confidence: float = 0.95, feature_names: Sequence[str] | None = None) -> "Summary":
        """Standard errors, tests, intervals and the quality of the fit, as statsmodels reports them.

        Parameters
        ----------
        confidence : float in (0, 1)
            Of the confidence intervals.
        feature_names : sequence of str, optional
            By default `feature_names_in_`, or x1, x2, …

        Raises
        ------
        NotFittedError
            Before `fit`.
        RegressionError
            More than one target, or no degrees of freedom are left for the residuals.
        """
        from cfl.regression.summary import summarise

        if not self.__sklearn_is_fitted__():
            raise not_fitted_error(f"This {type(self).__name__} instance is not fitted yet.")
        seen = getattr(self, "feature_names_in_", [f"x{j + 1}" for j in range(self.n_features_in_)])
        names = list(seen if feature_names is None else feature_names)
        return summarise(self._solution, self.fit_intercept, self._term_names(names), confidence)

    @property
    def has_summary(self) -> bool:
        """Whether there is one target, and more samples than independent terms."""
        solution = self._solution
        return len(solution.coef) == 1 and solution.n_samples > solution.rank + self.fit_intercept

    def confidence_band(self, X: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[Array, Array]:
        """Confidence interval of the mean of `y` at given features.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
        confidence : float in (0, 1)

        Returns
        -------
        low, high : (n_samples,) float64 arrays

        Raises
        ------
        RegressionError
            As `summary` and `predict`.
        """
        from cfl.regression.summary import mean_interval

        terms = self._terms(self._check_features(X))
        return mean_interval(self._solution, self.fit_intercept, terms, confidence)

    def _terms(self, X: Array) -> Array:
        """Return the columns that the coefficients belong to."""
        return X

    def _design(self, X: Array, y: Array, weights: Array | None) -> Design:
        return Design(X, y.reshape(len(y), -1), weights, fit_intercept=self.fit_intercept)

    def _set_solution(self, solution: Solution, one_target: bool) -> None:
        self._solution = solution
        self.rank_ = solution.rank
        self._set_line(solution.coef, solution.intercept, one_target)

    def _term_names(self, feature_names: list[str]) -> list[str]:
        return feature_names
