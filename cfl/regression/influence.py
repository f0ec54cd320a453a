"""How much each sample weighs in a least-squares fit, and standard errors for unequal variances."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.exceptions import RegressionError
from cfl.regression.linear import LinearRegression
from cfl.regression.summary import Summary, intercept_row, terms_from_errors
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HC = ("HC0", "HC1", "HC2", "HC3")
POINTS = 20_000
"""Largest number of samples that are drawn."""


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """Influence of the samples on a least-squares fit; `diagnostics` makes it.

    Samples of weight 0 are part of no fit: their numbers are NaN.

    Attributes
    ----------
    model : LinearRegression
        The fit.
    fitted : (n_samples,) float64 array
        Predictions.
    residuals : (n_samples,) float64 array
        y − ŷ.
    leverage : (n_samples,) float64 array
        Diagonal of the hat matrix: how much a sample's own `y` counts in its prediction, 0 to 1. Their sum is
        the number of independent terms.
    standardized : (n_samples,) float64 array
        Residuals over their standard errors, also called internally studentized.
    studentized : (n_samples,) float64 array
        The same with the error estimated without the sample, also called externally studentized. NaN with
        one degree of freedom.
    cooks_distance : (n_samples,) float64 array
        How far all predictions move without the sample, in units of their standard errors.
    dffits : (n_samples,) float64 array
        How far the sample's own prediction moves without it, in units of its standard error.
    vif : (n_features,) float64 array
        Variance inflation factor of each feature: 1 / (1 − R²) of its fit by the others. Infinite if it is a
        combination of them.
    sample_weight : (n_samples,) float64 array
        The weights; 1 without.
    basis : (n_samples, rank) float64 array
        The samples less their mean, in terms that are orthonormal on the samples (with their weights).

    See Also
    --------
    diagnostics : Makes it.
    LinearRegression.summary : Standard errors for equal variances.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.regression import LinearRegression, diagnostics
    >>> X, y = np.array([[0.0], [1], [2], [10]]), np.array([1.0, 3, 4, 8])
    >>> found = diagnostics(LinearRegression().fit(X, y), X, y)
    >>> found.leverage.round(3)
    array([0.418, 0.331, 0.275, 0.976])
    >>> found.cooks_distance.argmax()
    np.int64(3)
    """

    model: LinearRegression
    fitted: Array
    residuals: Array
    leverage: Array
    standardized: Array
    studentized: Array
    cooks_distance: Array
    dffits: Array
    vif: Array
    sample_weight: Array
    basis: Array

    def covariance(self, kind: str = "HC3") -> Array:
        """Return a covariance of the coefficients that holds where variances differ from sample to sample.

        Parameters
        ----------
        kind : {"HC0", "HC1", "HC2", "HC3"}, default "HC3"
            HC0 is White's. HC1 is it times n / (n − p). HC2 and HC3 divide each squared residual by 1 − h and
            (1 − h)², h being the leverage; HC3 is the one for few samples.

        Returns
        -------
        covariance : (n_terms, n_terms) float64 array
            The intercept first, if there is one.

        Raises
        ------
        RegressionError
            `kind` is unknown.

        See Also
        --------
        summary : With t, p and intervals.

        References
        ----------
        MacKinnon and White, "Some heteroskedasticity-consistent covariance matrix estimators with improved
        finite sample properties", Journal of Econometrics 29, 1985.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.regression import LinearRegression, diagnostics
        >>> X, y = np.array([[0.0], [1], [2], [10]]), np.array([1.0, 3, 4, 8])
        >>> diagnostics(LinearRegression().fit(X, y), X, y).covariance("HC0").shape
        (2, 2)
        """
        if kind not in HC:
            raise RegressionError(f"kind must be one of {', '.join(HC)}, got {kind!r}.")
        solution, used = self.model._solution, self.sample_weight > 0
        n_terms = solution.rank + self.model.fit_intercept
        scale = self.sample_weight * self.residuals
        if kind == "HC1":
            scale = scale * math.sqrt(solution.n_samples / (solution.n_samples - n_terms))
        elif kind != "HC0":
            with np.errstate(divide="ignore", invalid="ignore"):
                scale = scale / (1 - self.leverage) ** (0.5 if kind == "HC2" else 1.0)
        rows, factor = self.basis, solution.factor
        if self.model.fit_intercept:
            rows = np.column_stack([np.full(len(rows), 1 / solution.sum_weights), rows])
            factor = np.column_stack([np.zeros(len(factor)), factor])
            factor = np.vstack([np.r_[1.0, intercept_row(solution)], factor])
        influence = (rows[used] * scale[used, None]) @ factor.T
        return np.asarray(influence.T @ influence)

    def summary(
        self, kind: str = "HC3", *, confidence: float = 0.95, feature_names: list[str] | None = None
    ) -> Summary:
        """Return the summary of the fit with standard errors for unequal variances.

        Parameters
        ----------
        kind : {"HC0", "HC1", "HC2", "HC3"}, default "HC3"
            See `covariance`.
        confidence : float, default 0.95
            Probability of the intervals, between 0 and 1.
        feature_names : list of str, optional
            See `LinearRegression.summary`.

        Returns
        -------
        summary : Summary
            As that of equal variances but for standard errors, t, p, intervals and F (Wald's). t and p are by
            Student's distribution.

        Raises
        ------
        RegressionError
            See `covariance` and `LinearRegression.summary`.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.regression import LinearRegression, diagnostics
        >>> X, y = np.array([[0.0], [1], [2], [3], [4]]), np.array([1.0, 3, 4, 8, 6])
        >>> found = diagnostics(LinearRegression().fit(X, y), X, y).summary("HC1")
        >>> [round(term.standard_error, 4) for term in found.terms]
        [0.4899, 0.4637]
        """
        from scipy import special

        plain = self.model.summary(confidence=confidence, feature_names=feature_names)
        covariance = self.covariance(kind)
        coef = np.array([term.coef for term in plain.terms])
        errors = np.sqrt(np.diagonal(covariance))
        names = [term.name for term in plain.terms]
        first = int(self.model.fit_intercept)
        f, f_p = math.nan, math.nan
        if plain.residual_standard_error == 0:
            f, f_p = plain.f, plain.f_p
        elif plain.df_model == len(coef) - first > 0 and np.all(np.isfinite(covariance)):
            f = _wald(coef[first:], covariance[first:, first:])
            f_p = float(special.fdtrc(plain.df_model, plain.df_residual, f))
        terms = terms_from_errors(names, coef, errors, plain.df_residual, confidence)
        return replace(
            plain, terms=terms, f=f, f_p=f_p, notes=(*plain.notes, f"standard errors, t, p and F are {kind}")
        )

    def figure(self) -> "Figure":
        """Draw four plots of the residuals.

        They show residuals against fitted values (curvature), quantiles of the standardized residuals against
        normal ones (outliers), the root of their size against fitted values (unequal variances), and
        residuals against leverage, with the lines of Cook's distance 0.5 and 1 (influence).

        Returns
        -------
        figure : matplotlib.figure.Figure
            Save it with ``figure.savefig``; no window opens.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.regression import LinearRegression, diagnostics
        >>> X, y = np.array([[0.0], [1], [2], [10]]), np.array([1.0, 3, 4, 8])
        >>> figure = diagnostics(LinearRegression().fit(X, y), X, y).figure()
        >>> [axes.get_title() for axes in figure.axes]
        ['Residuals', 'Normal quantiles', 'Scale', 'Leverage']
        """
        from matplotlib.figure import Figure
        from scipy import special

        shown = np.flatnonzero(np.isfinite(self.standardized))[:: -(-len(self.fitted) // POINTS)]
        fitted, standardized = self.fitted[shown], self.standardized[shown]
        figure = Figure(figsize=(9, 8), layout="constrained")
        residuals, quantiles, scale, leverage = figure.subplots(2, 2).ravel()
        residuals.plot(fitted, self.residuals[shown], ".", color="0.4", markersize=4)
        residuals.axhline(0, color="C0")
        residuals.set(title="Residuals", xlabel="fitted", ylabel="residual")
        order = np.sort(standardized)
        normal = special.ndtri((np.arange(len(order)) + 0.5) / max(len(order), 1))
        quantiles.plot(normal, order, ".", color="0.4", markersize=4)
        quantiles.axline((0, 0), slope=1, color="C0")
        quantiles.set(title="Normal quantiles", xlabel="normal", ylabel="standardized residual")
        scale.plot(fitted, np.sqrt(np.abs(standardized)), ".", color="0.4", markersize=4)
        scale.set(title="Scale", xlabel="fitted", ylabel="√|standardized residual|")
        leverage.plot(self.leverage[shown], standardized, ".", color="0.4", markersize=4)
        _draw_cook(leverage, self.leverage[shown], self.model)
        leverage.set(title="Leverage", xlabel="leverage", ylabel="standardized residual")
        return figure


def diagnostics(
    model: LinearRegression, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> Diagnostics:
    """Say how much each sample weighs in a least-squares fit.

    Parameters
    ----------
    model : LinearRegression
        Fitted to these samples; a `PolynomialRegression` too.
    X : array-like of shape (n_samples, n_features)
        The features that the model was fitted to.
    y : array-like of shape (n_samples,)
        The target.
    sample_weight : array-like of shape (n_samples,), optional
        The weights.

    Returns
    -------
    diagnostics : Diagnostics
        Leverage, Cook's distance and more of each sample, variance inflation factors, and standard errors for
        unequal variances.

    Raises
    ------
    RegressionError
        The model is not least squares, has several targets or no degrees of freedom, or the samples are not
        those of its fit.

    See Also
    --------
    TableFit.diagnostics : Of a fit of a file's columns.

    References
    ----------
    Belsley, Kuh and Welsch, "Regression Diagnostics", Wiley 1980; Cook, "Detection of influential
    observation in linear regression", Technometrics 19, 1977.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.regression import LinearRegression, diagnostics
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(50, 2))
    >>> y = X @ [1, 2] + rng.normal(size=50)
    >>> y[7] += 20
    >>> np.argmax(np.abs(diagnostics(LinearRegression().fit(X, y), X, y).studentized))
    np.int64(7)
    """
    if not isinstance(model, LinearRegression):
        raise RegressionError(f"diagnostics are of least squares, not of {type(model).__name__}.")
    matrix = model._check_features(X)
    target = validation.as_targets(y, len(matrix))
    weights = validation.as_weights(sample_weight, len(matrix))
    if target.ndim != 1 or not model.has_summary:
        raise RegressionError("diagnostics need one target, and more samples than independent terms.")
    w = np.ones(len(matrix)) if weights is None else weights
    solution = model._solution
    rows = model._interval_rows(matrix)
    residuals = _residuals(model, matrix, target, w, rows)
    if np.count_nonzero(w) != solution.n_samples or not math.isclose(
        float(w @ residuals**2), solution.ss_residual[0], rel_tol=1e-6, abs_tol=1e-9 * solution.ss_total[0]
    ):
        raise RegressionError(
            "diagnostics need the very samples, with their weights, that the model was fitted to."
        )
    leverage = w * (np.sum(rows**2, axis=1) + (1 / solution.sum_weights if model.fit_intercept else 0.0))
    return _diagnostics(model, matrix, target, w, rows, residuals, np.where(w > 0, leverage, np.nan))


def _residuals(model: LinearRegression, X: Array, y: Array, w: Array, rows: Array) -> Array:
    """Return y − ŷ, with digits of its own where the fit is all but perfect."""
    solution = model._solution
    if solution.ss_residual[0] == 0:
        return np.where(w > 0, 0.0, y - model.predict(X))
    if type(model) is not LinearRegression:
        return np.asarray(y - model.predict(X))
    from cfl.regression.extended_kernels import residuals

    columns, coef = np.ascontiguousarray(X.T), np.ascontiguousarray(solution.coef[0])
    left = residuals(columns, y.astype(np.float64), coef, float(solution.intercept[0]))
    # The rounding of the coefficients is still in it, as a combination of the predictors.
    left -= rows @ (rows.T @ (w * left))
    if model.fit_intercept:
        left -= (w @ left) / solution.sum_weights
    return left


def _diagnostics(
    model: LinearRegression, X: Array, y: Array, w: Array, rows: Array, residuals: Array, leverage: Array
) -> Diagnostics:
    solution = model._solution
    p = solution.rank + model.fit_intercept
    df = solution.n_samples - p
    variance = solution.ss_residual[0] / df
    with np.errstate(divide="ignore", invalid="ignore"):
        left = 1 - leverage
        standardized = np.sqrt(w) * residuals / np.sqrt(variance * left)
        others = (solution.ss_residual[0] - w * residuals**2 / left) / (df - 1) if df > 1 else math.nan
        studentized = np.sqrt(w) * residuals / np.sqrt(others * left)
        cook = standardized**2 * leverage / left / p
        dffits = studentized * np.sqrt(leverage / left)
    return Diagnostics(
        model=model,
        fitted=y - residuals,
        residuals=residuals,
        leverage=leverage,
        standardized=standardized,
        studentized=studentized,
        cooks_distance=cook,
        dffits=dffits,
        vif=_vif(model, X, w),
        sample_weight=w,
        basis=rows,
    )


def _vif(model: LinearRegression, X: Array, w: Array) -> Array:
    """Return the inflation factors: each coefficient's variance times the sum of its feature's squares."""
    if type(model) is not LinearRegression:
        return np.full(len(model._solution.factor), np.nan)
    solution = model._solution
    if solution.rank < X.shape[1]:
        return np.full(X.shape[1], np.inf)
    squares = w @ (X - solution.X_mean) ** 2
    return np.asarray(squares * np.sum(solution.factor**2, axis=1))


def _wald(coef: Array, covariance: Array) -> float:
    try:
        return float(coef @ np.linalg.solve(covariance, coef)) / len(coef)
    except np.linalg.LinAlgError:
        return math.nan


def _draw_cook(axes: "object", leverage: Array, model: LinearRegression) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    if len(leverage) == 0 or leverage.max() <= 0:
        return
    p = model._solution.rank + model.fit_intercept
    h = np.linspace(max(leverage.min() / 2, 1e-9), min(leverage.max() * 1.05, 0.999), 200)
    limits = axes.get_ylim()
    for distance, style in ((0.5, "--"), (1.0, "-")):
        line = np.sqrt(distance * p * (1 - h) / h)
        for sign in (1, -1):
            label = f"Cook's distance {distance:g}" if sign > 0 else None
            axes.plot(h, sign * line, style, color="C3", linewidth=1, label=label)
    axes.set_ylim(limits)
    axes.legend()
