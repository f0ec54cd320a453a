"""What can honestly be said of fits other than least squares, and what cannot.

- Ridge: effective degrees of freedom, and the spread of the coefficients about their (biased) mean.
- Huber: standard errors of an M-estimator, for many samples.
- Theil-Sen with one feature: Sen's interval of the slope, from Kendall's statistic.
- RANSAC, clusterwise: the fit chose its own samples, so no standard error is honest; sizes and spreads are.
"""

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.exceptions import RegressionError
from cfl.regression.huber import HuberRegressor
from cfl.regression.ransac import RANSACRegressor
from cfl.regression.ridge import Ridge
from cfl.regression.text_table import facts_table, text_table
from cfl.regression.theil_sen import TheilSenRegressor
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult


@dataclass(frozen=True)
class FitReport:
    """What is known of a fit that is not least squares.

    Attributes
    ----------
    title : str
        Name of the estimator.
    columns : tuple of str
        What the numbers of each term are.
    terms : tuple of (str, tuple of float)
        Name of each term and its numbers; the intercept first, if there is one.
    facts : tuple of (str, float or int or str)
        Label and value.
    caveats : tuple of str
        What is not known, and why.

    See Also
    --------
    Summary : That of least squares.
    TableFit : Has one of both.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table
    >>> with TemporaryDirectory() as folder:
    ...     table = Path(folder, "runs.csv")
    ...     _ = table.write_text("hours,cost\\n0,1\\n1,3\\n2,5\\n3,7\\n4,99\\n")
    ...     report = fit_table(table, y="cost", robust="theil-sen").report
    >>> report.title, report.terms[1][0], report.terms[1][1][0]
    ('Theil-Sen', 'hours', 2.0)
    """

    title: str
    columns: tuple[str, ...]
    terms: tuple[tuple[str, tuple[float, ...]], ...]
    facts: tuple[tuple[str, float | int | str], ...]
    caveats: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as plain Python numbers, in nested dictionaries.

        Returns
        -------
        report : dict
            Terms and facts by their names.

        Examples
        --------
        >>> from cfl.regression import FitReport
        >>> report = FitReport("Ridge", ("coefficient",), (("x", (2.0,)),), (("samples", 5),), ())
        >>> report.to_dict()["terms"]
        [{'name': 'x', 'coefficient': 2.0}]
        """
        state = asdict(self)
        state["terms"] = [
            {"name": name, **dict(zip(self.columns, values, strict=True))} for name, values in self.terms
        ]
        state["facts"] = dict(self.facts)
        return state

    def to_text(self, width: int | None = None) -> str:
        """Return the report as plain text.

        Parameters
        ----------
        width : int, optional
            Characters in a line: a row that is longer goes on in the next line. By default rows are lines.

        Returns
        -------
        text : str
            A table of the terms, the facts and the caveats.

        Examples
        --------
        >>> from cfl.regression import FitReport
        >>> print(FitReport("Ridge", ("coefficient",), (("x", (2.0,)),), (("samples", 5),), ()).to_text())
        Ridge
        term  coefficient
        x               2
        <BLANKLINE>
        samples  5
        """
        rows = [(name, *(f"{value:.10g}" for value in values)) for name, values in self.terms]
        facts = [
            (label, f"{value:.8g}" if isinstance(value, float) else str(value)) for label, value in self.facts
        ]
        parts = [self.title, text_table(("term", *self.columns), rows, width=width), "", facts_table(facts)]
        return "\n".join([*parts, *(f"Note: {caveat}" for caveat in self.caveats)])

    def __str__(self) -> str:
        return self.to_text()

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.text import Text

        yield Text(self.to_text(options.max_width), no_wrap=True, overflow="ignore")


def fit_report(
    model: Regressor,
    X: Array,
    y: Array,
    weights: Array | None,
    *,
    features: list[str],
    confidence: float = 0.95,
) -> FitReport:
    """Make the report of a fitted model on its own samples.

    Parameters
    ----------
    model : Regressor
        `Ridge`, `HuberRegressor`, `TheilSenRegressor`, `RANSACRegressor` or `ClusterwiseRegression`.
    X, y, weights : (n, n_features), (n,), (n,) float64 arrays
    features : list of str
    confidence : float in (0, 1)

    Raises
    ------
    RegressionError
        `confidence` is out of range.
    """
    if not 0 < confidence < 1:
        raise RegressionError(f"confidence must be between 0 and 1, got {confidence}.")
    w = np.ones(len(y)) if weights is None else weights
    if isinstance(model, Ridge):
        return _ridge(model, X, y, w, features)
    if isinstance(model, HuberRegressor):
        return _huber(model, X, y, w, features, confidence)
    if isinstance(model, TheilSenRegressor):
        return _theil_sen(model, X, y, weights, features, confidence)
    if isinstance(model, RANSACRegressor):
        return _ransac(model, X, y, w, features)
    if isinstance(model, ClusterwiseRegression):
        return _clusterwise(model, X, y, w, features)
    return FitReport(type(model).__name__, ("coefficient",), _terms(model, features), (), ())


def _ridge(model: Ridge, X: Array, y: Array, w: Array, features: list[str]) -> FitReport:
    """Effective degrees of freedom are the trace of the matrix that turns y into its prediction.

    Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", section 3.4.1.
    """
    alpha = float(np.ravel(model.alpha)[0])
    intercept = int(model.fit_intercept)
    root, centred = _weighted(X, w, intercept)
    singular, right = np.linalg.svd(root * centred, full_matrices=False)[1:]
    shrunk = np.divide(singular**2, singular**2 + alpha, where=singular > 0, out=np.zeros_like(singular))
    used = int(np.count_nonzero(w))
    df = float(shrunk.sum()) + intercept
    residual = y - model.predict(X)
    ss = float(w @ residual**2)
    # The residuals' own degrees of freedom: n − tr(2H − HHᵀ).
    df_residual = used - 2 * df + float((shrunk**2).sum()) + intercept
    variance = ss / df_residual if df_residual > 0 else math.nan
    spread = np.divide(singular, singular**2 + alpha, where=singular > 0, out=np.zeros_like(singular))
    errors = np.sqrt(variance * ((right.T * spread) ** 2).sum(axis=1))
    rows = [
        (name, (float(b), float(e)))
        for name, b, e in zip(features, np.ravel(model.coef_), errors, strict=True)
    ]
    if intercept:
        mean = w @ X / w.sum()
        own = math.sqrt(variance * (1 / w.sum() + float((((mean @ right.T) * spread) ** 2).sum())))
        rows.insert(0, ("intercept", (float(np.ravel(model.intercept_)[0]), own)))
    facts = (
        ("samples", used),
        ("R²", model.score(X, y, w)),
        ("penalty", alpha),
        ("effective degrees of freedom", df),
        ("residual standard error", math.sqrt(variance)),
    )
    caveats = (
        "the penalty pulls coefficients towards 0: the standard errors are of their spread about that biased "
        "mean, so they give no intervals, t or p of the true ones",
    )
    return FitReport("Ridge", ("coefficient", "standard error"), tuple(rows), facts, caveats)


def _huber(
    model: HuberRegressor, X: Array, y: Array, w: Array, features: list[str], confidence: float
) -> FitReport:
    """Standard errors of an M-estimator: Huber and Ronchetti, "Robust Statistics", 2009, equation 7.81."""
    from scipy import special

    intercept = int(model.fit_intercept)
    scale, epsilon = float(np.ravel(model.scale_)[0]), float(model.epsilon)
    used = w > 0
    design = np.column_stack([np.ones(len(X)), X]) if intercept else X
    z = (y - model.predict(X)) / scale if scale > 0 else np.zeros(len(y))
    n, p = int(np.count_nonzero(used)), design.shape[1]
    coef = np.r_[np.ravel(model.intercept_), np.ravel(model.coef_)] if intercept else np.ravel(model.coef_)
    errors = np.full(p, math.nan)
    inside = float(np.mean(np.abs(z[used]) <= epsilon))
    if n > p and inside > 0 and np.linalg.matrix_rank(np.sqrt(w)[:, None] * design) == p:
        # Huber's correction for few samples.
        k = 1 + p / n * (1 - inside) / inside
        psi = np.clip(z[used], -epsilon, epsilon)
        variance = k**2 * scale**2 * float(w[used] @ psi**2) / (n - p) / inside**2
        inverse = np.linalg.pinv(np.sqrt(w)[:, None] * design)
        errors = np.sqrt(variance * (inverse**2).sum(axis=1))
    half = errors * special.ndtri((1 + confidence) / 2)
    names = ["intercept", *features] if intercept else features
    rows = zip(
        names,
        zip(*(part.tolist() for part in (coef, errors, coef - half, coef + half)), strict=True),
        strict=True,
    )
    level = f"{100 * confidence:g} %"
    facts = (
        ("samples", n),
        ("R²", model.score(X, y, w)),
        ("scale σ", scale),
        (f"samples beyond {epsilon:g}·σ", int(np.count_nonzero(np.abs(z[used]) > epsilon))),
        ("iterations", int(model.n_iter_)),
    )
    caveats = (
        "standard errors and intervals hold for many samples with symmetric errors; R² counts outliers too",
    )
    columns = ("coefficient", "standard error", f"{level} from", f"{level} to")
    return FitReport("Huber", columns, tuple(rows), facts, caveats)


def _theil_sen(
    model: TheilSenRegressor,
    X: Array,
    y: Array,
    weights: Array | None,
    features: list[str],
    confidence: float,
) -> FitReport:
    used = slice(None) if weights is None else weights > 0
    facts: list[tuple[str, float | int | str]] = [
        ("samples", len(y[used])),
        ("R²", model.score(X, y, weights)),
        ("median absolute residual", float(np.median(np.abs(y - model.predict(X))[used]))),
        ("subsets", int(model.n_subpopulation_)),
    ]
    caveats = ["R² counts the outliers too; there is no formula for standard errors, only resampling"]
    plain = weights is None and model.fit_intercept
    if X.shape[1] == 1 and plain and 2 < len(y) <= 3000 and np.ptp(X) > 0:
        from scipy import stats

        low, high = stats.theilslopes(y, X[:, 0], alpha=confidence)[2:]
        level = f"{100 * confidence:g} %"
        facts.append((f"slope, {level} from", float(low)))
        facts.append((f"slope, {level} to", float(high)))
        caveats = ["R² counts the outliers too; the slope's interval is Sen's, from Kendall's statistic"]
    return FitReport("Theil-Sen", ("coefficient",), _terms(model, features), tuple(facts), tuple(caveats))


def _ransac(model: RANSACRegressor, X: Array, y: Array, w: Array, features: list[str]) -> FitReport:
    inliers = np.asarray(model.inlier_mask_) & (w > 0)
    residual = (np.sqrt(w) * (y - model.predict(X)))[inliers]
    p = X.shape[1] + int(model.fit_intercept)
    left = len(residual) - p
    facts: tuple[tuple[str, float | int | str], ...] = (
        ("samples", int(np.count_nonzero(w))),
        ("inliers", int(np.count_nonzero(inliers))),
        ("R², all samples", model.score(X, y, w)),
        (
            "residual standard error of the inliers",
            math.sqrt(float(residual @ residual) / left) if left > 0 else math.nan,
        ),
    )
    caveats = (
        "the fit chose its inliers because they agree with it: standard errors from them alone would be too "
        "small, so none are given; another seed may choose others",
    )
    return FitReport("RANSAC", ("coefficient",), _terms(model, features), facts, caveats)


def _clusterwise(
    model: ClusterwiseRegression, X: Array, y: Array, w: Array, features: list[str]
) -> FitReport:
    count = len(model.share_)
    lines = np.column_stack([np.ravel(model.intercept_), np.reshape(model.coef_, (count, -1))])
    names = ["intercept", *features]
    rows = [(name, tuple(map(float, column))) for name, column in zip(names, lines.T, strict=True)]
    if not model.fit_intercept:
        rows = rows[1:]
    labels = np.asarray(model.labels_)
    own = model.predict_lines(X)[np.arange(len(y)), labels]
    left, total = float(w @ (y - own) ** 2), float(w @ (y - np.average(y, weights=w)) ** 2)
    facts: list[tuple[str, float | int | str]] = [
        ("samples", int(np.count_nonzero(w))),
        ("R², each sample by its own line", 1 - left / total if total > 0 else 1.0),
    ]
    for k in range(count):
        spread = math.sqrt(float(np.ravel(model.variance_)[k]))
        rows_of = int(np.count_nonzero(w[labels == k]))
        facts.append((f"line {k + 1}", f"{rows_of} samples, residual spread {spread:.8g}"))
    caveats = (
        "each sample was given to the line that fits it best: R² is higher and spreads are smaller than for "
        "new samples, and standard errors would be too small, so none are given",
    )
    columns = tuple(f"line {k + 1}" for k in range(count))
    return FitReport("Clusterwise", columns, tuple(rows), tuple(facts), caveats)


def _terms(model: Any, features: list[str]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    rows = [(name, (float(b),)) for name, b in zip(features, np.ravel(model.coef_), strict=True)]
    if model.fit_intercept:
        rows.insert(0, ("intercept", (float(np.ravel(model.intercept_)[0]),)))
    return tuple(rows)


def _weighted(X: Array, w: Array, intercept: int) -> tuple[Array, Array]:
    """Return the roots of the weights, (n, 1), and the features less their means if there is an intercept."""
    return np.sqrt(w)[:, None], X - (w @ X / w.sum()) * intercept
