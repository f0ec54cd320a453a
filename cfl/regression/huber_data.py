"""Data as Huber's solver takes them: centred, of a safe size, and with no more columns than needed."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cfl.regression.huber_solver import HuberProblem
from cfl.regression.validation import Array

SAFE_SQUARE = 2.0**200
"""Sums of squares within this and its inverse are as they should be."""
CONSTANT = 1e-12
"""Deviations below this part of the mean may be rounding."""


class Unit(NamedTuple):
    """Of the targets: they are `mean` plus `size`, a power of two, times those solved for."""

    mean: float
    size: float


@dataclass(frozen=True, eq=False)
class ScaledData:
    """The columns of a `HuberProblem`, and the way back to the features.

    Attributes
    ----------
    A : (n_samples, n_columns) float64 array
        First, with an intercept, a column of ones.
    weights : (n_samples,) float64 array or None
    weight_unit : float
        The weights are this times those here.
    gram : (n_columns, n_columns) float64 array
        Aᵀ W A.
    mean : (n_features,) float64 array
        Of the features; 0 without an intercept.
    sizes : (n_features,) float64 array
        Powers of two: the features less their means are these times the columns.
    basis : (n_features, n_columns) float64 array or None
        Where features are more than samples: an orthogonal basis of the samples, in which the columns are.
    fit_intercept : bool
    """

    A: Array
    weights: Array | None
    weight_unit: float
    gram: Array
    mean: Array
    sizes: Array
    basis: Array | None
    fit_intercept: bool

    def unit_of(self, y: Array) -> Unit:
        """Return the unit in which targets are solved for."""
        size = power_of_two(np.max(np.abs(y)))
        mean = float(np.average(y / size, weights=self.weights)) if self.fit_intercept else 0.0
        return Unit(mean * size, size * power_of_two(np.max(np.abs(y / size - mean))))

    def problem(self, y: Array, unit: Unit, alpha: float, epsilon: float) -> HuberProblem:
        """Return the problem of one target."""
        penalty = np.zeros(self.A.shape[1])
        sizes = self.sizes if self.basis is None else self.sizes[0]
        penalty[int(self.fit_intercept) :] = alpha * (unit.size / sizes) / sizes / self.weight_unit
        return HuberProblem(
            self.A, y / unit.size - unit.mean / unit.size, self.weights, penalty, epsilon, self.gram
        )

    def leave(self, solution: Array, unit: Unit) -> tuple[Array, float]:
        """Return coefficients and intercept from the coefficients of the columns."""
        coef = solution[int(self.fit_intercept) :]
        if self.basis is not None:
            coef = self.basis @ coef
        coef = coef * (unit.size / self.sizes)
        if not self.fit_intercept:
            return coef, 0.0
        return coef, float(unit.mean + unit.size * solution[0] - coef @ self.mean)

    def enter(self, coef: Array, intercept: float, scale: float, unit: Unit) -> tuple[Array, float]:
        """Return coefficients of the columns and the scale from those of the features."""
        inner = coef * (self.sizes / unit.size)
        if self.basis is not None:
            inner = self.basis.T @ inner
        if self.fit_intercept:
            inner = np.concatenate([[(intercept + coef @ self.mean - unit.mean) / unit.size], inner])
        return inner, scale / unit.size


def scaled_data(X: Array, weights: Array | None, fit_intercept: bool) -> ScaledData:
    """Prepare samples, (n_samples, n_features)."""
    weight_unit = 1.0
    if weights is not None:
        weight_unit = power_of_two(np.max(weights))
        weights = weights / weight_unit
    sizes = np.ones(X.shape[1])
    A, mean, gram, constant = _centred(X, weights, fit_intercept)
    squares = np.diagonal(gram)[int(fit_intercept) :]
    if not np.all(constant | ((squares > 1 / SAFE_SQUARE) & (squares < SAFE_SQUARE))):
        sizes = np.array([power_of_two(size) for size in np.max(np.abs(X), axis=0)])
        A, mean, gram, _ = _centred(X / sizes, weights, fit_intercept)
        mean = mean * sizes
    basis = None
    if X.shape[1] > X.shape[0]:
        A, gram, basis, sizes = _in_basis(A, sizes, weights, int(fit_intercept))
    return ScaledData(A, weights, weight_unit, gram, mean, sizes, basis, fit_intercept)


def _centred(
    X: Array, weights: Array | None, fit_intercept: bool
) -> tuple[Array, Array, Array, npt.NDArray[np.bool_]]:
    """Return the columns, the means taken out of them, Aᵀ W A (maybe not finite), and which columns are 0."""
    if not fit_intercept:
        return X, np.zeros(X.shape[1]), _gram(X, weights), ~np.any(X, axis=0)
    A = np.ones((len(X), 1 + X.shape[1]))
    constant = np.zeros(X.shape[1], np.bool_)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.average(X, axis=0, weights=weights)
        np.subtract(X, mean, out=A[:, 1:])
        gram = _gram(A, weights)
        squares = np.diagonal(gram)[1:]
        for j in np.flatnonzero(squares <= len(X) * (CONSTANT * mean) ** 2):
            if np.all(X[:, j] == X[0, j]):
                constant[j] = True
                A[:, 1 + j], gram[1 + j], gram[:, 1 + j] = 0.0, 0.0, 0.0
    return A, mean, gram, constant


def _in_basis(A: Array, sizes: Array, weights: Array | None, first: int) -> tuple[Array, Array, Array, Array]:
    """Return the columns in an orthogonal basis of the samples, Aᵀ W A, the basis, and sizes, all equal."""
    size = np.max(sizes)
    columns = A[:, first:] * (sizes / size)
    _, lengths, axes = np.linalg.svd(
        columns if weights is None else columns[weights > 0], full_matrices=False
    )
    basis = axes[lengths > max(columns.shape) * 2.0**-52 * lengths[0]].T
    A = np.concatenate([A[:, :first], columns @ basis], axis=1)
    return A, _gram(A, weights), basis, np.full(len(sizes), size)


def power_of_two(size: float) -> float:
    """Return the power of two just above a size; 1 for 0."""
    return float(np.ldexp(1.0, np.frexp(size)[1])) if size > 0 else 1.0


def _gram(A: Array, weights: Array | None) -> Array:
    rows = A if weights is None else A * np.sqrt(weights)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):
        return rows.T @ rows
