"""What a least-squares fit tells beyond its coefficients: standard errors, tests, intervals, quality."""

import io
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.regression.design import Solution
from cfl.regression.exceptions import RegressionError
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class Term:
    """One coefficient, its standard error and test.

    Attributes
    ----------
    name : str
        "intercept", or the name of the feature.
    coef : float
        The coefficient.
    standard_error : float
        Standard deviation of the coefficient over repeated samples.
    t : float
        t statistic of the hypothesis that the coefficient is 0.
    p : float
        Two-sided probability of a t as large under that hypothesis, 0 to 1.
    confidence_interval : (float, float)
        Ends of the interval, with the probability that `Summary.confidence` says.
    """

    name: str
    coef: float
    standard_error: float
    t: float
    p: float
    confidence_interval: tuple[float, float]


@dataclass(frozen=True)
class Summary:
    """A least-squares fit with standard errors, tests, intervals and its quality.

    `LinearRegression.summary` makes it. It assumes independent normal errors of equal variance (with weights
    w, of a variance proportional to 1/w). All definitions are those of statsmodels' `OLS` and `WLS`.

    Attributes
    ----------
    terms : tuple of Term
        Each coefficient with `name`, `coef`, `standard_error`, `t`, `p` and `confidence_interval`. The
        intercept comes first, if there is one.
    n_samples : int
        Samples of weight above 0.
    df_model : int
        Linearly independent terms, without the intercept.
    df_residual : int
        Samples less all independent terms.
    r2 : float
        1 − SS_residual / SS_total. Without an intercept SS_total is Σ y², else it is about the mean.
    r2_adjusted : float
        The same with each sum divided by its degrees of freedom.
    residual_standard_error : float
        √(SS_residual / df_residual), in units of `y`.
    f : float
        F statistic of the hypothesis that all coefficients but the intercept are 0; NaN without a feature.
    f_p : float
        Probability of an F as large under that hypothesis; NaN without a feature.
    log_likelihood : float
        Of the normal model, with the variance that maximises it; infinite for a perfect fit.
    aic : float
        Akaike's information criterion; it counts the terms only.
    bic : float
        Bayesian information criterion; it counts the terms only.
    condition_number : float
        Largest over smallest singular value of the weighted features with a column of ones, unscaled.
    confidence : float
        Probability of the intervals.

    See Also
    --------
    LinearRegression.summary : Makes a summary.
    fit_table : A fit of a file's columns, with its summary.

    Examples
    --------
    >>> from cfl.regression import LinearRegression
    >>> summary = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8]).summary()
    >>> round(summary.r2, 4), round(summary.f_p, 4), summary.df_residual
    (0.9308, 0.0352, 2)

    ``print(summary)`` shows it as a table. It begins with the coefficients:

    >>> [(term.name, round(term.coef, 3), round(term.t, 3)) for term in summary.terms]
    [('intercept', 0.7, 0.882), ('x1', 2.2, 5.185)]
    """

    terms: tuple[Term, ...]
    n_samples: int
    df_model: int
    df_residual: int
    r2: float
    r2_adjusted: float
    residual_standard_error: float
    f: float
    f_p: float
    log_likelihood: float
    aic: float
    bic: float
    condition_number: float
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain Python numbers, in nested dictionaries and tuples.

        Returns
        -------
        summary : dict
            The attributes by name; each of the terms is a dictionary too.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> summary = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8]).summary()
        >>> summary.to_dict()["n_samples"]
        4
        """
        return asdict(self)

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table

        level = f"{100 * self.confidence:g} % interval"
        coefficients = Table("term", title="Least squares", title_justify="left")
        for column in ("coefficient", "standard error", "t", "p", level):
            coefficients.add_column(column, justify="right")
        for term in self.terms:
            low, high = term.confidence_interval
            coefficients.add_row(
                term.name,
                f"{term.coef:.10g}",
                f"{term.standard_error:.4g}",
                f"{term.t:.4g}",
                f"{term.p:.3g}",
                f"{low:.6g} … {high:.6g}",
            )
        quality = Table.grid(padding=(0, 2))
        for label, value in (
            ("samples", f"{self.n_samples}, {self.df_residual} degrees of freedom left"),
            ("R²", f"{self.r2:.8g}, adjusted {self.r2_adjusted:.8g}"),
            ("residual standard error", f"{self.residual_standard_error:.6g}"),
            (f"F({self.df_model}, {self.df_residual})", f"{self.f:.6g}, p = {self.f_p:.3g}"),
            ("log-likelihood", f"{self.log_likelihood:.6g}"),
            ("AIC, BIC", f"{self.aic:.6g}, {self.bic:.6g}"),
            ("condition number", f"{self.condition_number:.4g}"),
        ):
            quality.add_row(label, value)
        return Group(coefficients, quality)

    def __str__(self) -> str:
        from rich.console import Console

        text = io.StringIO()
        Console(file=text, width=110, color_system=None, markup=False).print(self)
        return text.getvalue().rstrip()


def summarise(solution: Solution, fit_intercept: bool, names: list[str], confidence: float) -> Summary:
    """Make the summary of a solution with one target.

    Parameters
    ----------
    solution : Solution
    fit_intercept : bool
    names : list of str
        Of the predictors.
    confidence : float in (0, 1)

    Raises
    ------
    RegressionError
        Several targets, a confidence out of range, or as many independent terms as samples.
    """
    n_terms = solution.rank + fit_intercept
    df_residual = _degrees_of_freedom(solution, n_terms, confidence)
    ss_residual, ss_total = float(solution.ss_residual[0]), float(solution.ss_total[0])
    variance = ss_residual / df_residual
    log_likelihood = _log_likelihood(solution, ss_residual)
    r2 = _r2(ss_residual, ss_total)
    f, f_p = _f_test(ss_total - ss_residual, variance, solution.rank, df_residual)
    return Summary(
        terms=_terms(solution, fit_intercept, names, variance, df_residual, confidence),
        n_samples=solution.n_samples,
        df_model=solution.rank,
        df_residual=df_residual,
        r2=r2,
        r2_adjusted=1 - (1 - r2) * (solution.n_samples - fit_intercept) / df_residual,
        residual_standard_error=math.sqrt(variance),
        f=f,
        f_p=f_p,
        log_likelihood=log_likelihood,
        aic=2 * n_terms - 2 * log_likelihood,
        bic=math.log(solution.n_samples) * n_terms - 2 * log_likelihood,
        condition_number=_condition_number(solution, fit_intercept),
        confidence=confidence,
    )


def mean_interval(
    solution: Solution, fit_intercept: bool, terms: Array, confidence: float
) -> tuple[Array, Array]:
    """Return the confidence interval of the mean at rows of terms, (n_samples, n_terms); see `summarise`."""
    from scipy import special

    df = _degrees_of_freedom(solution, solution.rank + fit_intercept, confidence)
    squared = np.sum(((terms - solution.X_mean) @ solution.factor) ** 2, axis=1)
    if fit_intercept:
        squared += 1 / solution.sum_weights
    half = np.sqrt(squared * solution.ss_residual[0] / df) * special.stdtrit(df, (1 + confidence) / 2)
    middle = terms @ solution.coef[0] + solution.intercept[0]
    return middle - half, middle + half


def _degrees_of_freedom(solution: Solution, n_terms: int, confidence: float) -> int:
    if solution.coef.shape[0] != 1:
        raise RegressionError("summary() is of one target: fit with a one-dimensional y.")
    if not 0 < confidence < 1:
        raise RegressionError(f"confidence must be between 0 and 1, got {confidence}.")
    if solution.n_samples <= n_terms:
        raise RegressionError(
            f"summary() needs more samples than independent terms, got n_samples={solution.n_samples} and "
            f"{n_terms} terms."
        )
    return solution.n_samples - n_terms


def _terms(
    solution: Solution, fit_intercept: bool, names: list[str], variance: float, df: int, confidence: float
) -> tuple[Term, ...]:
    from scipy import special

    factor, coef = solution.factor, solution.coef[0]
    errors = np.linalg.norm(factor, axis=1)
    if fit_intercept:
        of_mean = math.hypot(
            1 / math.sqrt(solution.sum_weights), float(np.linalg.norm(solution.X_mean @ factor))
        )
        names, errors, coef = ["intercept", *names], np.r_[of_mean, errors], np.r_[solution.intercept, coef]
    errors = errors * math.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = coef / errors
    p = 2 * special.stdtr(df, -np.abs(t))
    half = errors * special.stdtrit(df, (1 + confidence) / 2)
    columns = (column.tolist() for column in (coef, errors, t, p, coef - half, coef + half))
    return tuple(
        Term(name, value, error, statistic, probability, (low, high))
        for name, value, error, statistic, probability, low, high in zip(names, *columns, strict=True)
    )


def _r2(ss_residual: float, ss_total: float) -> float:
    from cfl.regression.kernels import r_squared

    return float(r_squared(ss_residual, ss_total))


def _f_test(ss_explained: float, variance: float, rank: int, df_residual: int) -> tuple[float, float]:
    from scipy import special

    if rank == 0:
        return math.nan, math.nan
    f = ss_explained / rank / variance if variance > 0 else math.inf
    return f, float(special.fdtrc(rank, df_residual, f))


def _log_likelihood(solution: Solution, ss_residual: float) -> float:
    n = solution.n_samples
    if ss_residual == 0:
        return math.inf
    return -n / 2 * (math.log(2 * math.pi * ss_residual / n) + 1) + solution.sum_log_weights / 2


def _condition_number(solution: Solution, fit_intercept: bool) -> float:
    p, rank = solution.factor.shape
    if rank < p:
        return math.inf
    root = np.linalg.inv(solution.factor)
    if fit_intercept:
        first = math.sqrt(solution.sum_weights) * np.r_[1.0, solution.X_mean]
        root = np.vstack([first, np.column_stack([np.zeros(p), root])])
    singular = np.linalg.svd(root, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0 else math.inf
