"""Ordinary least squares."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.design import Design, Solution
from cfl.regression.exceptions import RegressionError, not_fitted_error
from cfl.regression.least_squares import solve
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from cfl.regression.summary import Summary


class LinearRegression(LinearPredictor):
    """Ordinary least squares, right to 12 digits.

    Finds the coefficients that minimise Σ w·(y − X·coef − intercept)², the weighted sum of squared residuals.

    Parameters
    ----------
    fit_intercept : bool, default True
        Whether to fit an intercept. If False, the fit goes through the origin.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes: how much a target changes when a feature grows by 1. The second form where `y` had two
        dimensions in `fit`.
    intercept_ : float64 or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    rank_ : int
        Number of linearly independent columns of `X`, centred if there is an intercept.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    Ridge : With a penalty on large coefficients.
    PolynomialRegression : Curves instead of lines.
    HuberRegressor : Not thrown off by outliers in `y`.
    Moments : For data that does not fit into memory.
    fit_blocks : One line for each block of a picture.

    Notes
    -----
    One feature is solved in closed form. Several are solved by the normal equations of the centred data where
    a bound on their error promises 12 significant digits of each coefficient. Elsewhere a QR factorisation
    takes their place. Where its own bound [1]_ does not promise the digits either, the fit is repeated in
    double-double arithmetic. Where even that does not suffice, a `ConditioningWarning` says so.

    If columns are linearly dependent (one is a combination of others, a column is constant beside an
    intercept, or there are fewer samples than features), many solutions fit equally well. The one of minimum
    norm is taken, a `RankDeficiencyWarning` says so, and `rank_` has the rank. So a constant feature gets the
    coefficient 0. A column counts as independent if the part of it that the other columns do not explain,
    with all columns scaled to length 1, exceeds ``max(n_samples, n_features) * 2**-52``. Below that, float64
    data cannot tell it from rounding.

    References
    ----------
    .. [1] Å. Björck, "Numerical Methods for Least Squares Problems", SIAM, 1996, section 1.4.

    Examples
    --------
    >>> from cfl.regression import LinearRegression
    >>> line = LinearRegression().fit([[0], [1], [2]], [1, 3, 5])
    >>> line.coef_, float(line.intercept_)
    (array([2.]), 1.0)
    >>> line.predict([[10]])
    array([21.])
    """

    rank_: int

    def __init__(self, *, fit_intercept: bool = True):
        self.fit_intercept = fit_intercept

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers. A pandas or Polars table works too.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0. A weight of 2 counts the sample twice, 0 leaves it out.

        Returns
        -------
        self : estimator
            This estimator, fitted.

        Raises
        ------
        RegressionError
            `X`, `y` or `sample_weight` is not finite or of the wrong shape, or weights are negative or all 0.

        Warns
        -----
        RankDeficiencyWarning
            Columns are linearly dependent; the solution is the one of minimum norm.
        ConditioningWarning
            Some coefficients may have fewer than 12 right digits.

        See Also
        --------
        summary : Standard errors and tests of what was fitted.

        Examples
        --------
        The third sample is left out by its weight:

        >>> from cfl.regression import LinearRegression
        >>> line = LinearRegression().fit([[0], [1], [2]], [1, 3, 99], sample_weight=[1, 1, 0])
        >>> line.coef_, float(line.intercept_)
        (array([2.]), 1.0)
        """
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        solution = self._solve(matrix, targets.reshape(len(targets), -1), weights)
        self._set_solution(solution, one_target=targets.ndim == 1)
        return self

    def summary(self, *, confidence: float = 0.95, feature_names: Sequence[str] | None = None) -> "Summary":
        """Return standard errors, tests, confidence intervals and the quality of the fit.

        Parameters
        ----------
        confidence : float, default 0.95
            Probability of the confidence intervals, between 0 and 1.
        feature_names : sequence of str, optional
            Names of the features in the summary. By default `feature_names_in_`, or else x1, x2 and so on.

        Returns
        -------
        summary : Summary
            Prints as a table.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            There is more than one target, there are no more samples than independent terms, or `confidence`
            is out of range.

        See Also
        --------
        confidence_band : The interval of the fitted line itself.
        has_summary : Whether there can be a summary.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> line = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8])
        >>> intercept, slope = line.summary(feature_names=["hours"]).terms
        >>> slope.name, round(slope.coef, 3), round(slope.standard_error, 3), round(slope.p, 3)
        ('hours', 2.2, 0.424, 0.035)
        """
        from cfl.regression.summary import summarise

        if not self.__sklearn_is_fitted__():
            raise not_fitted_error(f"This {type(self).__name__} instance is not fitted yet.")
        seen = getattr(self, "feature_names_in_", [f"x{j + 1}" for j in range(self.n_features_in_)])
        names = list(seen if feature_names is None else feature_names)
        return summarise(self._solution, self.fit_intercept, self._term_names(names), confidence)

    @property
    def has_summary(self) -> bool:
        """Whether there is one target, and more samples than independent terms.

        See Also
        --------
        summary : Raises an error if this is False.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> LinearRegression().fit([[0], [1]], [1, 3]).has_summary
        False
        >>> LinearRegression().fit([[0], [1], [2]], [1, 3, 4]).has_summary
        True
        """
        solution = self._solution
        return len(solution.coef) == 1 and solution.n_samples > solution.rank + self.fit_intercept

    def confidence_band(self, X: npt.ArrayLike, *, confidence: float = 0.95) -> tuple[Array, Array]:
        """Return the confidence interval of the mean of `y` at given features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Where to evaluate the band; each value finite.
        confidence : float, default 0.95
            Probability that an interval contains the mean, between 0 and 1.

        Returns
        -------
        low : (n_samples,) float64 array
            Lower ends.
        high : (n_samples,) float64 array
            Upper ends.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            See `summary` and `predict`.

        See Also
        --------
        summary : The intervals of the coefficients.

        Examples
        --------
        The band is narrowest at the mean of the features:

        >>> from cfl.regression import LinearRegression
        >>> line = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8])
        >>> low, high = line.confidence_band([[0], [1.5], [3]])
        >>> (high - low).round(2)
        array([6.83, 4.08, 6.83])
        """
        from cfl.regression.summary import mean_interval

        rows = self._interval_rows(self._check_features(X))
        return mean_interval(self._solution, self.fit_intercept, rows, self.predict(X), confidence)

    def prediction_interval(
        self, X: npt.ArrayLike, *, confidence: float = 0.95, sample_weight: npt.ArrayLike | None = None
    ) -> tuple[Array, Array]:
        """Return the interval in which one more observation lies at given features.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Where to evaluate the interval; each value finite.
        confidence : float, default 0.95
            Probability that an interval contains the observation, between 0 and 1.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the observations, each above 0: their variances are the residuals' over these.

        Returns
        -------
        low : (n_samples,) float64 array
            Lower ends.
        high : (n_samples,) float64 array
            Upper ends.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            See `summary` and `predict`; or a weight is not above 0.

        See Also
        --------
        confidence_band : The interval of the mean, which is narrower.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> line = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8])
        >>> low, high = line.prediction_interval([[1.5]])
        >>> low.round(2), high.round(2)
        (array([-0.56]), array([8.56]))
        """
        from cfl.regression.summary import prediction_interval

        matrix = self._check_features(X)
        weights = validation.as_weights(sample_weight, len(matrix))
        if weights is not None and not np.all(weights > 0):
            raise RegressionError("The weights of observations must be above 0.")
        rows = self._interval_rows(matrix)
        return prediction_interval(
            self._solution, self.fit_intercept, rows, self.predict(X), confidence, weights
        )

    def _solve(self, X: Array, y: Array, weights: Array | None) -> Solution:
        return solve(Design(X, y, weights, fit_intercept=self.fit_intercept))

    def _interval_rows(self, X: Array) -> Array:
        """Return centred samples times the factor of the solution; see `mean_interval`."""
        return np.asarray((X - self._solution.X_mean) @ self._solution.factor)

    def _set_solution(self, solution: Solution, one_target: bool) -> None:
        self._solution = solution
        self.rank_ = solution.rank
        self._set_line(solution.coef, solution.intercept, one_target)

    def _term_names(self, feature_names: list[str]) -> list[str]:
        return feature_names
