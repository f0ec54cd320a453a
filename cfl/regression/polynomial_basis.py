"""Polynomial least squares in polynomials that are orthogonal on the samples.

Powers of a feature are nearly collinear; polynomials made orthogonal one after the other (Arnoldi's process
on "multiply by a feature") are not, whatever their degree: Brubeck, Nakatsukasa and Trefethen, "Vandermonde
with Arnoldi", SIAM Review 63, 2021. The coefficients of the powers follow from the recurrence at the end.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cfl.regression import polynomial_decimal
from cfl.regression.caller_warnings import warn
from cfl.regression.design import Solution
from cfl.regression.exceptions import ConditioningWarning, RankDeficiencyWarning, RegressionError
from cfl.regression.polynomial_decimal import DecimalBasis
from cfl.regression.precision import DIGITS, EXTENDED
from cfl.regression.validation import Array

Chain = tuple[int, ...]
CHUNK = 4096
"""Samples that are evaluated at once."""
TOLERANCE = 2.0**-97
"""Rank tolerance a sample: the precision of double-double."""
SAFETY = 16.0
"""Error of a coefficient in units of its bound; tests show that real errors stay below."""
AGREEMENT = 1e-9
"""Greatest difference between the fit and its evaluation, relative to the spread of the target."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Polynomials orthogonal on samples, and a fit in them.

    Attributes
    ----------
    parents, factors : (n_terms + 1,) int64 arrays
        See `polynomial_kernels.orthogonalise`.
    exponents : (n_features,) int64 array
        The features are these powers of two times the scaled ones.
    centre : (n_features,) float64 array
        Of the scaled features.
    first : int
        0, or 1 without an intercept.
    recurrence : pair of (n_terms + 1, n_terms + 1) float64 arrays
        Parts taken out of each polynomial, as double-doubles.
    coef : pair of (n_targets, n_terms + 1) float64 arrays
        The fit, as double-doubles.
    """

    parents: npt.NDArray[np.int64]
    factors: npt.NDArray[np.int64]
    exponents: npt.NDArray[np.int64]
    centre: Array
    first: int
    recurrence: tuple[Array, Array]
    coef: tuple[Array, Array]

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Polynomials that the samples tell from those before, (n_terms + 1,)."""
        kept = np.diagonal(self.recurrence[0]) > 0
        kept[: self.first] = False
        return kept

    def predict(self, X: Array) -> Array:
        """Values of the fit at samples, (n_samples, n_targets)."""
        from cfl.regression.polynomial_kernels import combine

        result = np.empty((len(X), len(self.coef[0])))
        for start in range(0, len(X), CHUNK):
            rows = self._values(X[start : start + CHUNK])
            for k, (high, low) in enumerate(zip(*self.coef, strict=True)):
                result[start : start + CHUNK, k] = combine(high, low, *rows)
        return result

    def rows(self, X: Array) -> Array:
        """Values of the independent polynomials at samples, the constant left out, (n_samples, rank)."""
        kept = self.kept
        kept[0] = False
        parts = [self._values(X[start : start + CHUNK])[0][kept].T for start in range(0, len(X), CHUNK)]
        return np.concatenate(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as lists."""
        state = {name: getattr(self, name).tolist() for name in ("parents", "factors", "exponents", "centre")}
        pairs = {name: [part.tolist() for part in getattr(self, name)] for name in ("recurrence", "coef")}
        return {**state, "first": self.first, **pairs}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Basis":
        """Make a basis from `to_dict`'s result."""
        parents, factors, exponents = (
            np.array(state[name], np.int64) for name in ("parents", "factors", "exponents")
        )
        centre = np.array(state["centre"], float)
        high, low = (np.array(part, float) for part in state["recurrence"])
        coef_high, coef_low = (np.array(part, float) for part in state["coef"])
        pair = coef_high, coef_low
        return cls(parents, factors, exponents, centre, int(state["first"]), (high, low), pair)

    def _values(self, X: Array) -> tuple[Array, Array]:
        from cfl.regression.polynomial_kernels import centred, values

        samples = centred(np.ldexp(X, -self.exponents), self.centre)
        return values(*samples, self.parents, self.factors, *self.recurrence, self.first)


def fit_orthogonal(
    X: Array, y: Array, weights: Array | None, fit_intercept: bool, chains: list[Chain]
) -> tuple[Basis | DecimalBasis, Solution]:
    """Fit polynomials at any degree that the samples determine.

    Parameters
    ----------
    X, y : (n_samples, n_features), (n_samples, n_targets) float64 arrays
    weights : (n_samples,) float64 array, optional
    fit_intercept : bool
    chains : list of tuple of int
        The features that each term multiplies, of lower degree first.

    Returns
    -------
    basis : Basis or DecimalBasis
        For predictions.
    solution : Solution
        In the monomials of the features. NaN: a coefficient that float64 does not hold.

    Raises
    ------
    RegressionError
        The polynomial is beyond double-double arithmetic, and the table too large for more digits.

    Warns
    -----
    RankDeficiencyWarning, ConditioningWarning
    """
    sample_weights = np.ones(len(X)) if weights is None else weights
    used = sample_weights > 0
    X, y, sample_weights = X[used], y[used], sample_weights[used]
    y_exponents = np.frexp(np.max(np.abs(y), axis=0))[1].astype(np.int64)
    weight_exponent = 2 * int(np.frexp(sample_weights.max())[1] // 2)
    problem = Problem(
        X, np.ldexp(y, -y_exponents), np.ldexp(sample_weights, -weight_exponent), chains, 1 - fit_intercept
    )
    basis, result = _fit(problem)
    solution = _solution(problem, basis.kept, result)
    _warn(solution, basis.kept)
    return _times_power_of_two(basis, y_exponents), _unscaled(solution, y_exponents, weight_exponent)


def _fit(problem: "Problem") -> tuple[Basis | DecimalBasis, "Result"]:
    fit = _in_double_double(problem)
    if fit is not None and not np.any(np.isnan(fit[1].terms)):
        return fit
    n, p = problem.X.shape
    if polynomial_decimal.affordable(n, len(problem.chains), p):
        return _in_decimals(problem)
    if fit is None:
        raise RegressionError(
            f"{len(problem.chains)} terms on {n} samples such as these are beyond double-double arithmetic: "
            "lower the degree."
        )
    return fit


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be fitted, target and weights scaled by powers of two.

    Attributes
    ----------
    X, y, weights : (n_samples, n_features), (n_samples, n_targets), (n_samples,) float64 arrays
    chains : list of tuple of int
    first : int
        0, or 1 without an intercept.
    """

    X: Array
    y: Array
    weights: Array
    chains: list[Chain]
    first: int

    @property
    def size(self) -> Array:
        """Lengths of the weighted targets."""
        return np.asarray(np.linalg.norm(np.sqrt(self.weights)[:, None] * self.y, axis=0))

    @property
    def most(self) -> int:
        """Polynomials, the constant counted, that so many different samples can tell apart."""
        different = np.unique(self.X, axis=0)
        return len(different) - (self.first and not np.all(np.any(different, axis=1)))


@dataclass(frozen=True, eq=False)
class Result:
    """A fit in the orthogonal polynomials, and what these are in monomials.

    Attributes
    ----------
    projected : (n_targets, n_terms + 1) float64 array
        Coefficients of the orthogonal polynomials.
    residual : (n_samples, n_targets) float64 array
        Times the roots of the weights.
    terms : (n_terms + 1, n_targets) float64 array
        Coefficients of the monomials; NaN where float64 does not hold them.
    columns : (n_terms + 1, n_terms + 1) float64 array
        Of each orthogonal polynomial in monomials.
    """

    projected: Array
    residual: Array
    terms: Array
    columns: Array


def _in_double_double(problem: Problem) -> tuple[Basis, Result] | None:
    """Fit in double-double, or return None where this is not enough."""
    from cfl.regression import polynomial_kernels as kernels

    exponents, centre = _scaling(problem.X, problem.first == 0)
    scaled = np.ldexp(problem.X, -exponents)
    parents, factors = _steps(problem.chains)
    qh, ql, *recurrence = kernels.orthogonalise(
        *kernels.centred(scaled, centre),
        *kernels.roots(problem.weights),
        parents,
        factors,
        problem.first,
        max(len(problem.X), len(problem.chains)) * TOLERANCE,
        problem.most,
    )
    high, low, residual = _project(qh, ql, recurrence[0], problem)
    pair = recurrence[0], recurrence[1]
    basis = Basis(parents, factors, exponents, centre, problem.first, pair, (high, low))
    expected = min(len(parents) - problem.first, problem.most)
    if scaled.shape[1] == 1 and np.count_nonzero(basis.kept) < expected:
        return None
    if not _evaluates(basis, problem, residual):
        return None
    return basis, Result(high, residual, *_monomials(basis, problem, np.max(np.abs(scaled), axis=0)))


def _in_decimals(problem: Problem) -> tuple[DecimalBasis, Result]:
    steps = _steps(problem.chains)
    basis, residual = polynomial_decimal.fit_decimal(
        problem.X, problem.y, problem.weights, *steps, problem.first, problem.most
    )
    exact = basis.monomials(_products(problem.chains, problem.X.shape[1]))
    with np.errstate(over="ignore"):
        columns, terms = exact.astype(np.float64), basis.terms(exact)
        rounded = terms.astype(np.float64)
    held = np.isfinite(rounded) & ((rounded != 0) == (terms != 0).astype(bool))
    return basis, Result(basis.coef.astype(np.float64), residual, np.where(held, rounded, np.nan), columns)


def _scaling(X: Array, fit_intercept: bool) -> tuple[npt.NDArray[np.int64], Array]:
    """Return exponents of features, and the centre that scaled ones are to lose."""
    top, bottom = X.max(axis=0), X.min(axis=0)
    exponents = np.frexp(np.maximum(np.abs(top), np.abs(bottom)))[1].astype(np.int64)
    middle = (np.ldexp(top, -exponents) + np.ldexp(bottom, -exponents)) / 2
    if not fit_intercept:
        return exponents, np.zeros_like(middle)
    # By the half-width of the data, so that the recurrence neither grows nor fades.
    shift = np.frexp(np.ldexp(top, -exponents) - middle)[1].astype(np.int64)
    return exponents + shift, np.ldexp(middle, -shift)


def _steps(chains: list[Chain]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return parent and factor of each term, the constant first."""
    index = {chain: term for term, chain in enumerate(chains, 1)}
    parents = [0, *(index.get(chain[:-1], 0) for chain in chains)]
    factors = [0, *(chain[-1] for chain in chains)]
    return np.array(parents, np.int64), np.array(factors, np.int64)


def _project(qh: Array, ql: Array, diagonal: Array, problem: Problem) -> tuple[Array, Array, Array]:
    """Return the coefficients of each target as (hi, lo), and the residuals as `Result` has them."""
    from cfl.regression import polynomial_kernels as kernels

    n = len(problem.y)
    high, low, residual = [], [], []
    for column, size in zip(problem.y.T, problem.size, strict=True):
        rest_h, rest_l = kernels.weighted(problem.weights, np.ascontiguousarray(column))
        coef_h, coef_l = kernels.project(qh, ql, diagonal, rest_h, rest_l, problem.first)
        high.append(coef_h)
        low.append(coef_l)
        residual.append(np.zeros(n) if np.linalg.norm(rest_h) <= n * TOLERANCE * size else rest_h)
    return np.array(high), np.array(low), np.array(residual).T


def _evaluates(basis: Basis, problem: Problem, residual: Array) -> bool:
    """Tell whether the fit, evaluated by its recurrence, is the projection of the target."""
    y, weights = problem.y, problem.weights
    root = np.sqrt(weights)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        difference = np.linalg.norm(root * (y - basis.predict(problem.X)) - residual, axis=0)
    spread = np.linalg.norm(root * (y - np.average(y, axis=0, weights=weights)), axis=0)
    return bool(np.all(difference <= AGREEMENT * spread + 1e-13 * problem.size))


def _monomials(basis: Basis, problem: Problem, reach: Array) -> tuple[Array, Array]:
    """Return terms and columns of a `Result`; `reach` is the greatest magnitude of each scaled feature."""
    from cfl.regression import extended_kernels, polynomial_kernels

    chains, kept = problem.chains, basis.kept
    high, low, bound = polynomial_kernels.monomials(
        basis.parents,
        basis.factors,
        _products(chains, len(reach)),
        basis.centre,
        *basis.recurrence,
        basis.first,
    )
    coef = extended_kernels.matmul(high, low, basis.coef[0].T.copy(), basis.coef[1].T.copy())[0]
    size = problem.size
    error = len(chains) * SAFETY * EXTENDED * (bound[:, kept] @ (np.abs(basis.coef[0].T[kept]) + size))
    reaches = np.array([1.0, *(float(np.prod(reach[list(chain)])) for chain in chains)])[:, None]
    nothing = (np.abs(coef) <= error) & (error * reaches <= DIGITS * size) | ~kept[:, None]
    unit = -np.array([0, *(int(basis.exponents[list(chain)].sum()) for chain in chains)], np.int64)[:, None]
    with np.errstate(over="ignore"):
        terms, columns = np.ldexp(coef, unit), np.ldexp(high, unit)
    unknown = (error > DIGITS * np.abs(coef)) | ~np.isfinite(terms) | ((terms == 0) & (coef != 0))
    return np.where(nothing, 0.0, np.where(unknown, np.nan, terms)), columns


def _products(chains: list[Chain], n_features: int) -> npt.NDArray[np.int64]:
    """Return the index of each monomial (the constant first) times each feature; −1 beyond the degree."""
    index: dict[Chain, int] = {(): 0, **{chain: term for term, chain in enumerate(chains, 1)}}
    return np.array(
        [[index.get(tuple(sorted((*chain, j))), -1) for j in range(n_features)] for chain in index], np.int64
    )


def _solution(problem: Problem, kept: npt.NDArray[np.bool_], result: Result) -> Solution:
    inner = kept.copy()
    inner[0] = False
    rows = result.columns[:, inner]
    rows[1:][~kept[1:]] = np.nan
    ss_residual = np.sum(result.residual**2, axis=0)
    solution = Solution(
        coef=result.terms[1:].T.copy(),
        intercept=result.terms[0] if problem.first == 0 else np.zeros(problem.y.shape[1]),
        rank=int(np.count_nonzero(inner)),
        ss_residual=ss_residual,
        ss_total=np.sum(result.projected[:, 1:] ** 2, axis=1) + ss_residual,
        factored=np.ascontiguousarray(rows[1:]),
        X_mean=np.zeros(len(problem.chains)),
        extended=True,
        n_samples=len(problem.y),
        sum_weights=float(np.sum(problem.weights)),
        sum_log_weights=float(np.sum(np.log(problem.weights))),
        intercept_factor=rows[0].copy(),
    )
    return replace(solution, condition_number=_condition_number(problem, solution))


def _condition_number(problem: Problem, solution: Solution) -> float:
    """Return the condition number of the weighted powers of the features, with 1 if there is an intercept."""
    inverse = solution.factor
    if problem.first == 0 and solution.intercept_factor is not None:
        top = np.r_[1 / np.sqrt(solution.sum_weights), solution.intercept_factor]
        inverse = np.vstack([top, np.column_stack([np.zeros(len(inverse)), inverse])])
    if solution.rank < len(problem.chains) or not np.all(np.isfinite(inverse)):
        return float(np.inf)
    with np.errstate(over="ignore", under="ignore"):
        ones = [np.ones(len(problem.X))][problem.first :]
        columns = ones + [np.prod(problem.X[:, list(chain)], axis=1) for chain in problem.chains]
        table = np.sqrt(problem.weights)[:, None] * np.column_stack(columns)
        if not np.all(np.isfinite(table)):
            return float(np.inf)
        return float(_largest_singular(table) * _largest_singular(inverse))


def _largest_singular(matrix: Array) -> float:
    """Return the greatest singular value, scaled against overflow."""
    size = float(np.max(np.abs(matrix)))
    return size * float(np.linalg.norm(matrix / size, 2))


def _warn(solution: Solution, kept: npt.NDArray[np.bool_]) -> None:
    n_terms = solution.coef.shape[1]
    if solution.rank < n_terms:
        warn(
            f"The samples determine only {solution.rank} of the {n_terms} terms: those that cannot be told "
            "from terms before them, of lower degree, have the coefficient 0.",
            RankDeficiencyWarning,
        )
    lost = int(np.count_nonzero(np.isnan(solution.coef[:, kept[1:]]).any(axis=0)))
    if lost:
        warn(
            f"{lost} of the {n_terms} coefficients are NaN, for float64 does not hold them; predictions, R² "
            "and residuals do not need them and are right.",
            ConditioningWarning,
        )


def _times_power_of_two(
    basis: Basis | DecimalBasis, exponents: npt.NDArray[np.int64]
) -> Basis | DecimalBasis:
    """Return the basis with the fit of the targets times powers of two."""
    back = exponents[:, None]
    if isinstance(basis, Basis):
        return replace(basis, coef=(np.ldexp(basis.coef[0], back), np.ldexp(basis.coef[1], back)))
    return replace(basis, coef=basis.coef * polynomial_decimal.power_of_two(back))


def _unscaled(solution: Solution, y_exponents: npt.NDArray[np.int64], weight_exponent: int) -> Solution:
    """Return the solution for the targets and weights times powers of two."""
    squared = 2 * y_exponents + weight_exponent
    n = solution.n_samples
    factor_exponent = -(weight_exponent // 2)
    row = solution.intercept_factor
    with np.errstate(over="ignore"):
        return replace(
            solution,
            coef=np.ldexp(solution.coef, y_exponents[:, None]),
            intercept=np.ldexp(solution.intercept, y_exponents),
            ss_residual=np.ldexp(solution.ss_residual, squared),
            ss_total=np.ldexp(solution.ss_total, squared),
            factored=np.ldexp(solution.factor, factor_exponent),
            intercept_factor=None if row is None else np.ldexp(row, factor_exponent),
            sum_weights=float(np.ldexp(solution.sum_weights, weight_exponent)),
            sum_log_weights=solution.sum_log_weights + n * weight_exponent * float(np.log(2)),
        )
