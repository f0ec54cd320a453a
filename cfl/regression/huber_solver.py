"""Huber's regression by Newton's method.

Where it is known which residuals are large, the minimum of the objective follows from one system of
equations. Each step solves it for the residuals at hand; the matrix changes only by the samples that came in
or went out. Few steps suffice, and near the minimum one step gives it exactly.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cfl.regression.precision import FLOAT64
from cfl.regression.symmetric_solver import solve_symmetric
from cfl.regression.validation import Array

ILL_CONDITIONED = 1e11
"""A matrix with an inverse larger than this has no reliable solution."""
NEGLIGIBLE = 2.0**-44
"""Eigenvalues below this part of the largest are rounding."""
HALVINGS = 50
SHORT_STEP = 2.0**-6
"""After a step cut to less than this, a safe one follows."""
EXACT = 2.0**-44
"""A scale below this part of the size of y is rounding: the line passes through the samples."""
ROUNDING = 2.0**-49
"""Changes of the prediction below this part of the length of y are rounding."""
SCALE_TOLERANCE = 1e-7
"""A step that changes the scale by no more, relative to it, leads to the scale at the minimum."""
SHRINK = 0.1
"""The least part of the scale that a step leaves: which residuals are large may change on the way."""
MATRICES = 6
"""Matrices tried in a step: the penalty's part of it depends on the scale that is looked for."""


class State(NamedTuple):
    """Coefficients, (n_columns,), their scale, the residuals, (n_samples,), and the objective."""

    coef: Array
    scale: float
    residual: Array
    objective: float


class Step(NamedTuple):
    """Changes of the coefficients and the scale (None: it is set to its minimum), and the slope of F."""

    coef: Array
    scale: float | None
    slope: float


class Minimum(NamedTuple):
    """Coefficients, scale, iterations, and whether they met the tolerance."""

    coef: Array
    scale: float
    n_iter: int
    converged: bool


@dataclass(frozen=True, eq=False)
class HuberProblem:
    """Minimise F = Σ w·(σ + H((y − A·coef) / σ)·σ) + Σ penalty·coef² over `coef` and σ > 0.

    Attributes
    ----------
    A : (n_samples, n_columns) float64 array
    y : (n_samples,) float64 array
    weights : (n_samples,) float64 array, optional
        Each >= 0.
    penalty : (n_columns,) float64 array
        Each >= 0.
    epsilon : float
        Above 1.
    gram : (n_columns, n_columns) float64 array
        Aᵀ W A.
    """

    A: Array
    y: Array
    weights: Array | None
    penalty: Array
    epsilon: float
    gram: Array

    def weighted(self, values: Array) -> Array:
        """Return values, (n_samples,), times the weights."""
        return values if self.weights is None else self.weights * values

    @cached_property
    def sum_weights(self) -> float:
        return float(len(self.y) if self.weights is None else np.sum(self.weights))

    @cached_property
    def least_scale(self) -> float:
        """A scale below this counts as 0: it comes from rounding."""
        return float(EXACT * np.max(np.abs(self.y)))

    def best_scale(self, residual: Array) -> float:
        """Return the scale at its minimum for given residuals."""
        return huber_scale(np.abs(residual), self.weights, self.epsilon)

    def state(self, coef: Array, scale: float, residual: Array) -> State:
        """Return a state with its objective. A scale that is but rounding becomes 0."""
        size = np.abs(residual)
        loss = 2 * self.epsilon * size
        if scale <= self.least_scale:
            scale = 0.0
        else:
            inside = np.minimum(size, self.epsilon * scale)
            loss += inside * (inside / scale - 2 * self.epsilon)
        objective = float(np.sum(self.weighted(loss)) + scale * self.sum_weights + self.penalty @ coef**2)
        return State(coef, scale, residual, objective)


def minimise(problem: HuberProblem, start: tuple[Array, float] | None, tol: float, max_iter: int) -> Minimum:
    """Minimise from given coefficients and scale, or from the ridge solution.

    Stops when no coefficient, times the length of its column, changes by more than `tol` of the largest (or
    by more than rounding, where all are 0), and the scale is as much at rest.
    """
    coef = start[0] if start else _least_squares(problem)
    residual = problem.y - problem.A @ coef
    scale = start[1] if start and start[1] > 0 else problem.best_scale(residual)
    if scale <= problem.least_scale < np.max(np.abs(residual)):
        scale = float(np.max(np.abs(residual)))
    state, inner = problem.state(coef, scale, residual), InnerGram(problem)
    lengths = np.sqrt(np.diagonal(problem.gram))
    rounding = ROUNDING * float(np.sqrt(problem.weighted(problem.y) @ problem.y))
    part = 1.0
    for iteration in range(max_iter + 1):
        if state.scale == 0:
            return Minimum(state.coef, 0.0, iteration, True)
        step = _newton_step(problem, state, inner) if part >= SHORT_STEP else _safe_step(problem, state)
        coef = state.coef + step.coef
        longest = np.max(np.abs(coef) * lengths)
        is_short = np.max(np.abs(step.coef) * lengths) <= max(tol * longest, rounding)
        if is_short and abs(step.scale or 0.0) <= max(tol, SCALE_TOLERANCE) * state.scale:
            return Minimum(coef, state.scale + (step.scale or 0.0), iteration, True)
        if iteration == max_iter:
            break
        state, part = _along(problem, state, step)
        if part == 0 and (step.scale or 0.0) < -0.5 * state.scale:
            return Minimum(coef, 0.0, iteration, True)  # with a vanishing scale F is flat but for rounding
        if part == 0:
            return Minimum(state.coef, state.scale, iteration, True)
    return Minimum(state.coef, state.scale, max_iter, False)


def _least_squares(problem: HuberProblem) -> Array:
    return _solve(_plus(problem.gram, problem.penalty), problem.A.T @ problem.weighted(problem.y))[0]


class InnerGram:
    """Aᵀ W A over the samples with small residuals, kept up to date."""

    def __init__(self, problem: HuberProblem):
        self.rows = problem.A
        if problem.weights is not None:
            self.rows = problem.A * np.sqrt(problem.weights)[:, None]
        self.inside = np.ones(len(problem.y), np.bool_)
        self.gram = problem.gram.copy()

    def update(self, inside: npt.NDArray[np.bool_]) -> Array:
        """Return the matrix for other samples."""
        changed = np.flatnonzero(inside != self.inside)
        if 2 * len(changed) > len(inside):
            rows = self.rows[inside]
            self.gram = rows.T @ rows
        elif len(changed):
            rows = self.rows[changed]
            entering = inside[changed]
            came, went = rows[entering], rows[~entering]
            self.gram += came.T @ came
            self.gram -= went.T @ went
        self.inside = inside
        return self.gram


def _newton_step(problem: HuberProblem, state: State, inner: InnerGram) -> Step:
    """Return the step to the minimum of F where it is known which residuals are large.

    There (G + σP)·δ = a + σ·(b − P·coef) for the change δ of the coefficients, and σ²·room = Σ w·r² of the
    small residuals after it; δ is linear in σ, so this is a quadratic equation. G, a, room: over the small
    residuals; b: the pull of the large ones.
    """
    epsilon, scale, residual = problem.epsilon, state.scale, state.residual
    inside = np.abs(residual) <= epsilon * scale
    pulls = np.where(inside, residual, 0.0), np.where(inside, 0.0, epsilon * np.sign(residual))
    weighted = np.stack([problem.weighted(pull) for pull in pulls])
    a, b = weighted @ problem.A
    b -= problem.penalty * state.coef
    room = problem.sum_weights - epsilon * float(np.sum(np.abs(weighted[1])))
    squares = float(weighted[0] @ residual)
    gram = inner.update(inside)
    target = scale
    for _ in range(MATRICES):
        answer, regular = _solve(_plus(gram, target * problem.penalty), np.stack([a, b], axis=1))
        if not regular:
            return _safe_step(problem, state)
        base, slope = answer.T
        found = _positive_root(
            slope @ gram @ slope - room,
            2 * (base @ gram @ slope - a @ slope),
            max(squares - 2 * a @ base + base @ gram @ base, 0.0),
        )
        if found is None:
            return _step_at_scale(state, a, b, base, slope)
        target, before = max(found, SHRINK * scale), target
        coef = base + target * slope
        # The matrix was that of the scale before.
        if np.linalg.norm((target - before) * problem.penalty * coef) <= 1e-3 * np.linalg.norm(
            a + target * b
        ):
            break
    descent = -2 * (a / scale + b) @ coef + (room - squares / scale**2) * (target - scale)
    if not descent < 0:
        return _safe_step(problem, state)
    return Step(coef, target - scale, float(descent))


def _step_at_scale(state: State, a: Array, b: Array, base: Array, slope: Array) -> Step:
    """Return Newton's step of the coefficients alone, where so many residuals are large that σ must grow."""
    coef = base + state.scale * slope
    return Step(coef, None, float(-2 * (a / state.scale + b) @ coef))


def _positive_root(square: float, linear: float, constant: float) -> float | None:
    """Return the root >= 0 of a quadratic with square < 0 and constant >= 0, or None."""
    if not square < 0:
        return None
    return float((linear + np.sqrt(linear**2 - 4 * square * constant)) / (-2 * square))


def _safe_step(problem: HuberProblem, state: State) -> Step:
    """Return a step of iteratively reweighted least squares, which always goes down."""
    limit = problem.epsilon * state.scale
    pull = problem.weighted(np.minimum(1.0, limit / np.maximum(np.abs(state.residual), limit)))
    rows = problem.A * np.sqrt(pull)[:, None]
    shrink = state.scale * problem.penalty
    right = problem.A.T @ (pull * state.residual) - shrink * state.coef
    coef, _ = _solve(_plus(rows.T @ rows, shrink), right)
    return Step(coef, None, float(-2 / state.scale * (right @ coef)))


def _along(problem: HuberProblem, state: State, step: Step) -> tuple[State, float]:
    """Go along a step as far as F falls; return where it leads to and the part gone, 0 if F cannot fall."""
    change = problem.A @ step.coef
    part = 1.0
    for _ in range(HALVINGS):
        residual = state.residual - part * change
        coef = state.coef + part * step.coef
        if step.scale is None:
            scale = max(problem.best_scale(residual), SHRINK * state.scale)
        else:
            scale = state.scale + part * step.scale
        after = problem.state(coef, scale, residual)
        if after.objective <= state.objective * (1 + 4 * FLOAT64) + 1e-4 * part * step.slope:
            return after, part
        part /= 2
    return state, 0.0


def _plus(matrix: Array, diagonal: Array) -> Array:
    total = matrix.copy()
    total.flat[:: len(total) + 1] += diagonal
    return total


def _solve(matrix: Array, right: Array) -> tuple[Array, bool]:
    """Solve a symmetric system; where it is singular, leave out the directions in which the matrix is 0.

    Returns
    -------
    answer : array of the shape of `right`
    regular : bool
        False where it was singular, or nearly.
    """
    lengths = np.sqrt(np.diagonal(matrix))
    lengths = np.where(lengths > 0, lengths, 1.0)
    scaled = matrix * (1 / lengths)
    scaled *= (1 / lengths)[:, None]
    np.fill_diagonal(scaled, 1.0)
    columns = right.reshape(len(right), -1) / lengths[:, None]
    probe = np.cos(np.arange(len(right)))[:, None]
    answer = solve_symmetric(scaled, np.concatenate([columns, probe], axis=1))
    regular = bool(np.max(np.abs(answer[:, -1])) < ILL_CONDITIONED)
    if not regular:
        values, vectors = np.linalg.eigh(scaled)
        keep = values > NEGLIGIBLE * values[-1]
        answer[:, :-1] = vectors[:, keep] @ ((vectors[:, keep].T @ columns) / values[keep, None])
    return (answer[:, :-1] / lengths[:, None]).reshape(right.shape), regular


def huber_scale(residual: Array, weights: Array | None, epsilon: float) -> float:
    """Return the scale that minimises Huber's objective for given absolute residuals.

    At the minimum, Σ w·r² / σ² over the small residuals (up to epsilon·σ) equals Σ w − epsilon²·Σ w over the
    large ones. Sorted by size, the residuals can be divided into small and large in only n ways, which are
    all tried.

    Parameters
    ----------
    residual : (n_samples,) float64 array
        Each >= 0.
    weights : (n_samples,) float64 array, optional
        Each >= 0.
    epsilon : float
        > 1.
    """
    order = np.argsort(residual)
    r = residual[order]
    w = np.ones(len(r)) if weights is None else weights[order]
    squares = np.cumsum(w * r**2)
    room = w.sum() - epsilon**2 * (w.sum() - np.cumsum(w))
    room[-1] = w.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = np.sqrt(squares / np.where(room > 0, room, np.nan))
    next_residual = np.append(r[1:], np.inf)
    fits = (epsilon * scales >= r) & (epsilon * scales < next_residual)
    return float(scales[np.argmax(fits)]) if np.any(fits) else 0.0
