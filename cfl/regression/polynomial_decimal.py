"""Polynomial least squares in as many decimal digits as the samples ask for.

The same as `polynomial_basis`, for where double-double arithmetic is not enough: a degree of many dozens, or
samples with wide gaps, between which such a polynomial is enormous. The digits are doubled until the result
no longer changes.
"""

import decimal
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from cfl.regression.exceptions import RegressionError
from cfl.regression.validation import Array

Numbers = npt.NDArray[np.object_]
FIRST_DIGITS = 50
MOST_DIGITS = 1600
AGREEMENT = 1e-25
"""Greatest change of a coefficient, relative to the target, between one precision and the next."""
NOTHING = 1e-40
"""A coefficient below this, relative to the target, is rounding."""
MOST_WORK = 4e7
"""Products of samples and terms squared that are worth the time; about a minute."""


def affordable(n_samples: int, n_terms: int, n_features: int) -> bool:
    """Tell whether a fit in decimal digits takes a bearable time."""
    return n_samples * n_terms * (2 if n_features == 1 else n_terms) <= MOST_WORK


@dataclass(frozen=True, eq=False)
class DecimalBasis:
    """Polynomials orthogonal on samples, and a fit in them, as `polynomial_basis.Basis` with more digits.

    Attributes
    ----------
    digits : int
    parents, factors : (n_terms + 1,) int64 arrays
    centre : (n_features,) float64 array
    first : int
    recurrence : (n_terms + 1, n_terms + 1) object array of Decimal
    coef : (n_targets, n_terms + 1) object array of Decimal
    """

    digits: int
    parents: npt.NDArray[np.int64]
    factors: npt.NDArray[np.int64]
    centre: Array
    first: int
    recurrence: Numbers
    coef: Numbers

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Polynomials that the samples tell from those before, (n_terms + 1,)."""
        kept = np.array([value != 0 for value in np.diagonal(self.recurrence)])
        kept[: self.first] = False
        return kept

    def predict(self, X: Array) -> Array:
        """Values of the fit at samples, (n_samples, n_targets)."""
        with decimal.localcontext(_context(self.digits)):
            rows = self._values(X)
            return _floats(np.array([_sum(line, rows) for line in self.coef], object).T)

    def rows(self, X: Array) -> Array:
        """Values of the independent polynomials at samples, the constant left out, (n_samples, rank)."""
        kept = self.kept
        kept[0] = False
        with decimal.localcontext(_context(self.digits)):
            values = self._values(X)
            return _floats(np.array([row for row, wanted in zip(values, kept, strict=True) if wanted]).T)

    def monomials(self, times: npt.NDArray[np.int64]) -> Numbers:
        """Coefficients of the polynomials in monomials: column `t` is polynomial `t`; see `_products`."""
        terms = len(self.parents)
        columns = np.full((terms, terms), Decimal(0), object)
        with decimal.localcontext(_context(self.digits)):
            centre = _decimals(self.centre)
            columns[0, 0] = 1 / self.recurrence[0, 0]
            for t in np.flatnonzero(self.kept | (np.arange(terms) == 0))[1:]:
                parent, factor = columns[:, self.parents[t]], self.factors[t]
                column = -centre[factor] * parent
                present = np.flatnonzero(parent)
                column[times[present, factor]] += parent[present]
                for s in np.flatnonzero(self.recurrence[t, :t]):
                    column = column - self.recurrence[t, s] * columns[:, s]
                columns[:, t] = column / self.recurrence[t, t]
        return columns

    def terms(self, columns: Numbers) -> Numbers:
        """Coefficients of the fit in monomials, (n_terms + 1, n_targets), from those of the polynomials."""
        with decimal.localcontext(_context(self.digits)):
            return np.array(columns @ self.coef.T)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as lists and text."""
        return {
            "digits": self.digits,
            "parents": self.parents.tolist(),
            "factors": self.factors.tolist(),
            "centre": self.centre.tolist(),
            "first": self.first,
            "recurrence": [[str(value) for value in row] for row in self.recurrence],
            "coef": [[str(value) for value in row] for row in self.coef],
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "DecimalBasis":
        """Make a basis from `to_dict`'s result."""
        parents, factors = (np.array(state[name], np.int64) for name in ("parents", "factors"))
        recurrence, coef = (
            np.array([[Decimal(value) for value in row] for row in state[name]], object)
            for name in ("recurrence", "coef")
        )
        centre = np.array(state["centre"], float)
        return cls(int(state["digits"]), parents, factors, centre, int(state["first"]), recurrence, coef)

    def _values(self, X: Array) -> list[Numbers]:
        samples = _decimals(X.T) - _decimals(self.centre)[:, None]
        rows = [np.full(len(X), 1 / self.recurrence[0, 0], object)]
        for t in range(1, len(self.parents)):
            if self.recurrence[t, t] == 0:
                rows.append(np.full(len(X), Decimal(0), object))
                continue
            row = rows[self.parents[t]] * samples[self.factors[t]]
            for s in np.flatnonzero(self.recurrence[t, :t]):
                row = row - self.recurrence[t, s] * rows[s]
            rows.append(row / self.recurrence[t, t])
        return rows


def fit_decimal(
    X: Array,
    y: Array,
    weights: Array,
    parents: npt.NDArray[np.int64],
    factors: npt.NDArray[np.int64],
    first: int,
    most: int,
) -> tuple[DecimalBasis, Array]:
    """Fit polynomials with as many digits as are needed.

    Parameters
    ----------
    X, y, weights : (n_samples, n_features), (n_samples, n_targets), (n_samples,) float64 arrays
        The weights above 0.
    parents, factors, first, most
        See `polynomial_kernels.orthogonalise`.

    Returns
    -------
    basis : DecimalBasis
    residual : (n_samples, n_targets) float64 array
        Times the roots of the weights.

    Raises
    ------
    RegressionError
        No digits are enough.
    """
    centre = (X.max(axis=0) / 2 + X.min(axis=0) / 2) * (first == 0)
    size = np.linalg.norm(np.sqrt(weights)[:, None] * y, axis=0)
    before, digits = None, FIRST_DIGITS
    while digits <= MOST_DIGITS:
        basis, residual = _fit(X, y, weights, parents, factors, first, most, centre, digits)
        coef = _floats(basis.coef)
        # Of one feature the number of independent powers is known: fewer mean that digits are lacking.
        expected = min(len(parents) - first, most)
        if X.shape[1] == 1 and np.count_nonzero(basis.kept) < expected:
            digits *= 2
            continue
        allowed = 1e-15 * np.abs(coef) + AGREEMENT * size[:, None]
        if before is not None and np.all(np.abs(coef - before) <= allowed):
            return basis, residual
        before, digits = coef, 2 * digits
    raise RegressionError("The polynomial is beyond all precision on these samples: lower the degree.")


def _fit(
    X: Array,
    y: Array,
    weights: Array,
    parents: npt.NDArray[np.int64],
    factors: npt.NDArray[np.int64],
    first: int,
    most: int,
    centre: Array,
    digits: int,
) -> tuple[DecimalBasis, Array]:
    with decimal.localcontext(_context(digits)):
        samples = _decimals(X.T) - _decimals(centre)[:, None]
        root = np.array([value.sqrt() for value in _decimals(weights)], object)
        rows, recurrence = _orthogonalise(samples, root, parents, factors, first, most, digits)
        coef, residual = [], []
        for column in y.T:
            rest = root * _decimals(column)
            size = _length(rest)
            line = []
            for row in rows:
                part = Decimal(0) if row is None else row @ rest
                rest = rest if row is None else rest - part * row
                line.append(part if abs(part) > Decimal(NOTHING) * size else Decimal(0))
            nothing = _length(rest) <= Decimal(NOTHING) * size
            coef.append(line)
            residual.append(np.zeros(len(y)) if nothing else _floats(rest))
        basis = DecimalBasis(digits, parents, factors, centre, first, recurrence, np.array(coef, object))
        return basis, np.array(residual).T


def _orthogonalise(
    samples: Numbers,
    root: Numbers,
    parents: npt.NDArray[np.int64],
    factors: npt.NDArray[np.int64],
    first: int,
    most: int,
    digits: int,
) -> tuple[list[Numbers | None], Numbers]:
    """Return the rows of the basis, None for those left out, and the recurrence."""
    terms = len(parents)
    recurrence = np.full((terms, terms), Decimal(0), object)
    recurrence[0, 0] = _length(root)
    tolerance = Decimal(10) ** (-7 * digits // 10)
    every: list[Numbers | None] = [root / recurrence[0, 0]]
    rank = 1 - first
    for t in range(1, terms):
        parent = every[parents[t]]
        every.append(None)
        if rank == most or parent is None:
            continue
        row = parent * samples[factors[t]]
        before = _length(row)
        # Of one feature all parts but the last two are 0: three terms recur.
        for s in range(max(first, t - 2) if len(samples) == 1 else first, t):
            other = every[s]
            if other is not None:
                recurrence[t, s] = other @ row
                row = row - recurrence[t, s] * other
        length = _length(row)
        if length > tolerance * before:
            recurrence[t, t] = length
            every[t] = row / length
            rank += 1
    return [*(None for _ in range(first)), *every[first:]], recurrence


def power_of_two(exponents: npt.NDArray[np.int64]) -> Numbers:
    """2 to integers, exactly."""
    return np.array([Decimal(2) ** int(k) for k in exponents.ravel()], object).reshape(exponents.shape)


def _context(digits: int) -> decimal.Context:
    return decimal.Context(prec=digits, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def _decimals(array: Array) -> Numbers:
    return np.array([Decimal(value) for value in array.ravel().tolist()], object).reshape(array.shape)


def _floats(array: Numbers) -> Array:
    return array.astype(np.float64)


def _sum(coef: Numbers, rows: list[Numbers]) -> Numbers:
    total = coef[0] * rows[0]
    for c, row in zip(coef[1:], rows[1:], strict=True):
        total = total + c * row
    return total


def _length(row: Numbers) -> Decimal:
    return Decimal(row @ row).sqrt()
