"""What a least-squares fit tells beyond its coefficients: standard errors, tests, intervals, quality."""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.regression.design import Solution
from cfl.regression.exceptions import RegressionError
from cfl.regression.text_table import facts_table, text_table
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


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
    notes : tuple of str
        Why a number is NaN or infinite, and what else has to be said of the fit.

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
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain Python numbers, in nested dictionaries and tuples.

        Returns
        -------
        summary : dict
            The attributes by name but for `notes`, which are no numbers; each term is a dictionary too.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> summary = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8]).summary()
        >>> summary.to_dict()["n_samples"]
        4
        """
        state = asdict(self)
        del state["notes"]
        return state

    def to_text(self, width: int | None = None) -> str:
        """Return the summary as plain text.

        Parameters
        ----------
        width : int, optional
            Characters in a line: a row that is longer goes on in the next line. By default rows are lines.

        Returns
        -------
        text : str
            A table of the coefficients, the quality of the fit, and notes.

        See Also
        --------
        to_dict : All numbers at full precision.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> summary = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8]).summary()
        >>> print("\\n".join(summary.to_text().splitlines()[:3]))
        Least squares; from, to: 95 % interval
        term       coefficient  std. error       t       p       from        to
        intercept          0.7      0.7937  0.8819   0.471  -2.715125  4.115125
        """
        header = ("term", "coefficient", "std. error", "t", "p", "from", "to")
        rows = [
            (
                term.name,
                f"{term.coef:.10g}",
                f"{term.standard_error:.4g}",
                f"{term.t:.4g}",
                f"{term.p:.3g}",
                *(f"{end:.7g}" for end in term.confidence_interval),
            )
            for term in self.terms
        ]
        facts = [
            ("samples", f"{self.n_samples}, {self.df_residual} degrees of freedom left"),
            ("R²", f"{self.r2:.8g}, adjusted {self.r2_adjusted:.8g}"),
            ("residual standard error", f"{self.residual_standard_error:.8g}"),
            (f"F({self.df_model}, {self.df_residual})", f"{self.f:.8g}, p = {self.f_p:.4g}"),
            ("log-likelihood", f"{self.log_likelihood:.8g}"),
            ("AIC, BIC", f"{self.aic:.8g}, {self.bic:.8g}"),
            ("condition number", f"{self.condition_number:.4g}"),
        ]
        title = f"Least squares; from, to: {100 * self.confidence:g} % interval"
        parts = [title, text_table(header, rows, width=width), "", facts_table(facts)]
        return "\n".join([*parts, *(f"Note: {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        """The coefficients and the quality of the fit, for notebooks."""
        from cfl.markup import facts, table

        rows = []
        for term in self.terms:
            numbers = term.coef, term.standard_error, term.t, term.p, *term.confidence_interval
            rows.append([term.name, *(f"{number:.6g}" for number in numbers)])
        share = f"{100 * self.confidence:g} %"
        header = ["", "coefficient", "standard error", "t", "p", f"{share} from", f"{share} to"]
        quality = [
            ("R²", f"{self.r2:.6g}"), ("adjusted R²", f"{self.r2_adjusted:.6g}"),
            ("residual standard error", f"{self.residual_standard_error:.6g}"),
            ("samples", f"{self.n_samples:,}"), *(("note", note) for note in self.notes),
        ]  # fmt: skip
        return table("Least squares", header, rows) + facts("Quality", quality)

    def __str__(self) -> str:
        return self.to_text()

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.text import Text

        yield Text(self.to_text(options.max_width), no_wrap=True, overflow="ignore")


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
    f, f_p = _f_test(max(ss_total - ss_residual, 0.0), variance, solution.rank, df_residual)
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
        notes=_notes(solution, ss_residual, ss_total, fit_intercept),
    )


def mean_interval(
    solution: Solution, fit_intercept: bool, rows: Array, predicted: Array, confidence: float
) -> tuple[Array, Array]:
    """Return the confidence interval of the mean at predictions.

    Parameters
    ----------
    solution : Solution
    fit_intercept : bool
    rows : (n_samples, rank) float64 array
        Centred samples times the factor of the solution.
    predicted : (n_samples,) float64 array
    confidence : float in (0, 1)

    Raises
    ------
    RegressionError
        As `summarise`.
    """
    half = _half_width(solution, fit_intercept, rows, confidence, 0.0)
    return predicted - half, predicted + half


def prediction_interval(
    solution: Solution,
    fit_intercept: bool,
    rows: Array,
    predicted: Array,
    confidence: float,
    sample_weight: Array | None = None,
) -> tuple[Array, Array]:
    """Return the interval of one more observation at predictions, of variance ∝ 1 / `sample_weight`.

    The other parameters are those of `mean_interval`.
    """
    own = 1.0 if sample_weight is None else 1 / sample_weight
    half = _half_width(solution, fit_intercept, rows, confidence, own)
    return predicted - half, predicted + half


def _half_width(
    solution: Solution, fit_intercept: bool, rows: Array, confidence: float, own: float | Array
) -> Array:
    from scipy import special

    df = _degrees_of_freedom(solution, solution.rank + fit_intercept, confidence)
    squared = np.sum(rows**2, axis=1) + own
    if fit_intercept:
        squared += 1 / solution.sum_weights
    return np.sqrt(squared * solution.ss_residual[0] / df) * special.stdtrit(df, (1 + confidence) / 2)


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
    errors, coef = _lengths(solution.factor), solution.coef[0]
    if fit_intercept:
        row = intercept_row(solution)
        of_mean = math.hypot(1 / math.sqrt(solution.sum_weights), float(_lengths(row[None])[0]))
        names, errors, coef = ["intercept", *names], np.r_[of_mean, errors], np.r_[solution.intercept, coef]
    return terms_from_errors(names, coef, errors * math.sqrt(variance), df, confidence)


def intercept_row(solution: Solution) -> Array:
    """Return what the intercept is made of: this times the projected target, and the target's mean."""
    if solution.intercept_factor is not None:
        return solution.intercept_factor
    return np.asarray(-solution.X_mean @ solution.factor)


def terms_from_errors(
    names: list[str], coef: Array, errors: Array, df: int, confidence: float
) -> tuple[Term, ...]:
    """Return terms with t, p and intervals by Student's distribution with `df` degrees of freedom."""
    from scipy import special

    with np.errstate(divide="ignore", invalid="ignore"):
        t = coef / errors
    p = 2 * special.stdtr(df, -np.abs(t))
    half = errors * special.stdtrit(df, (1 + confidence) / 2)
    columns = (column.tolist() for column in (coef, errors, t, p, coef - half, coef + half))
    return tuple(
        Term(name, value, error, statistic, probability, (low, high))
        for name, value, error, statistic, probability, low, high in zip(names, *columns, strict=True)
    )


def _lengths(rows: Array) -> Array:
    """Return the lengths of rows, whose squares may be too small for float64."""
    largest = np.max(np.abs(rows), axis=1, initial=0.0)
    unit = np.where(largest > 0, largest, 1.0)
    return np.asarray(unit * np.linalg.norm(rows / unit[:, None], axis=1))


def _r2(ss_residual: float, ss_total: float) -> float:
    from cfl.regression.kernels import r_squared

    return float(r_squared(ss_residual, ss_total))


def _f_test(ss_explained: float, variance: float, rank: int, df_residual: int) -> tuple[float, float]:
    from scipy import special

    if rank == 0:
        return math.nan, math.nan
    if variance == 0:
        return (math.inf, 0.0) if ss_explained > 0 else (math.nan, math.nan)
    f = ss_explained / rank / variance
    return f, float(special.fdtrc(rank, df_residual, f))


def _notes(solution: Solution, ss_residual: float, ss_total: float, fit_intercept: bool) -> tuple[str, ...]:
    notes = []
    if not fit_intercept:
        notes.append("without an intercept, R² and F compare with y = 0, not with the mean of y")
    if ss_total == 0:
        what = "constant" if fit_intercept else "0"
        notes.append(f"y is {what}: F, t and p would be 0 / 0; R² is 1, for the mean is exact")
    elif ss_residual == 0:
        notes.append("the fit is perfect: there is no error to compare with, so F is infinite")
    elif solution.rank == 0:
        notes.append("no predictor varies: F, and its p, would be 0 / 0")
    if solution.rank < solution.coef.shape[1]:
        dependent = solution.coef.shape[1] - solution.rank
        notes.append(
            f"{dependent} of the terms are combinations of others: their coefficients are not unique"
        )
    return tuple(notes)


def _log_likelihood(solution: Solution, ss_residual: float) -> float:
    n = solution.n_samples
    if ss_residual == 0:
        return math.inf
    return -n / 2 * (math.log(2 * math.pi * ss_residual / n) + 1) + solution.sum_log_weights / 2


def _condition_number(solution: Solution, fit_intercept: bool) -> float:
    p, rank = solution.factor.shape
    if solution.condition_number is not None:
        return solution.condition_number
    if rank < p:
        return math.inf
    root = np.linalg.inv(solution.factor)
    if fit_intercept:
        first = math.sqrt(solution.sum_weights) * np.r_[1.0, solution.X_mean]
        root = np.vstack([first, np.column_stack([np.zeros(p), root])])
    singular = np.linalg.svd(root, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0 else math.inf
