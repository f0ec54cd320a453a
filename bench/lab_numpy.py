"""The laboratory's predictors in plain NumPy, a block at a time: what `bench.lab` compares with.

They take a `cfl.lab.Block` and return what they predict. They are written for speed of writing, as one would
try an idea, and follow the shipped predictors up to rounding.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cfl.prediction import alpha_bits_table

M = 6
PATTERNS = np.array(
    [
        [[1, 0, -1], [1, 0, -1]],
        [[1, 2, 1], [-1, -2, -1]],
        [[2, 1, -1], [1, -1, -2]],
        [[-1, 1, 2], [-2, -1, 1]],
    ]
)


def _beside(block: Any, luma: np.ndarray, rows: int, extended: bool) -> tuple[np.ndarray, ...]:
    """Masks of the samples beside a block, and luma and chroma of them."""
    h, w = block.luma.shape
    known = np.zeros(luma.shape, bool)
    above, left = (block.above, block.left) if extended else (min(block.above, w), min(block.left, h))
    up, back = min(rows, block.rows_above), min(rows, block.columns_left)
    known[M - up : M, (M - back if extended else M) : M + above] = up > 0
    known[M : M + left, M - back : M] = back > 0
    return known, luma[known].astype(float), block.around_chroma[known].astype(float)


def _vvc(block: Any) -> np.ndarray:
    full = block.full_luma.astype(np.int64)
    before = np.concatenate([full[:, :1], full[:, :-1]], axis=1)
    rows = before[:, ::2] + 2 * full[:, ::2] + full[:, 1::2]
    return (rows[::2] + rows[1::2] + 4) >> 3


def _own(block: Any, values: np.ndarray) -> np.ndarray:
    h, w = block.luma.shape
    return values[M : M + h, M : M + w]


def _flat(block: Any) -> np.ndarray:
    return np.full(block.luma.shape, float(block.dc))


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    dx = x - x.mean()
    spread = (dx * dx).sum()
    slope = (dx * y).sum() / spread if spread else 0.0
    return slope, y.mean() - slope * x.mean()


def dc(block: Any) -> np.ndarray:
    """DC_PRED from its neighbours."""
    _, _, chroma = _beside(block, block.around_luma, 1, False)
    level = np.rint(chroma.mean()) if chroma.size else 128
    return np.full(block.luma.shape, level)


def cfl(block: Any) -> np.ndarray:
    """All 33 α, and the best."""
    luma = block.luma.astype(np.int64)
    ac = luma - (luma.sum() + luma.size // 2) // luma.size
    scaled = np.arange(-16, 17)[:, None, None] * ac
    trial = np.clip(block.dc + np.sign(scaled) * ((np.abs(scaled) + 32) >> 6), 0, 255)
    errors = ((trial - block.target) ** 2).sum(axis=(1, 2))
    best = int(np.argmin(errors))
    alpha_bits_table()[best, 16]
    return trial[best]


def line(block: Any) -> np.ndarray:
    """The block's own line."""
    a, b = _line(block.luma.ravel().astype(float), block.target.ravel())
    return np.rint(np.clip(a * block.luma + b, 0, 255))


def lm(block: Any) -> np.ndarray:
    """The neighbours' line."""
    _, x, y = _beside(block, block.around_luma, 1, False)
    if not x.size:
        return _flat(block)
    a, b = _line(x, y)
    return np.rint(np.clip(a * block.luma + b, 0, 255))


def cclm(block: Any) -> list[np.ndarray]:
    """Three lines through the means of two and two of four neighbours."""
    luma, found = _vvc(block), []
    h, w = block.luma.shape
    row, column = min(block.above, w), min(block.left, h)
    for above, left in ((row, column), (0, block.left), (block.above, 0)):
        x = np.concatenate([luma[M - 1, M : M + above], luma[M : M + left, M - 1]])
        y = np.concatenate(
            [block.around_chroma[M - 1, M : M + above], block.around_chroma[M : M + left, M - 1]]
        )
        if not x.size:
            found.append(_flat(block))
            continue
        picks = np.linspace(0, x.size - 1, 4).astype(int)
        x, y = x[picks], y[picks]
        order = np.argsort(x, kind="stable")
        x_0, x_1 = (x[order[k : k + 2]].sum() + 1 >> 1 for k in (0, 2))
        y_0, y_1 = (y[order[k : k + 2]].sum() + 1 >> 1 for k in (0, 2))
        a = (y_1 - y_0) / (x_1 - x_0) if x_1 > x_0 else 0.0
        found.append(np.rint(np.clip(y_0 + a * (_own(block, luma) - x_0), 0, 255)))
    return found


def mmlm(block: Any) -> np.ndarray:
    """Two lines, split at the mean."""
    luma = _vvc(block)
    _, x, y = _beside(block, luma, 1, False)
    if not x.size:
        return _flat(block)
    mean, own = x.mean(), _own(block, luma)
    parts = [(x <= mean), (x > mean)]
    lines = [_line(x[part], y[part]) if part.sum() > 1 else _line(x, y) for part in parts]
    value = np.where(own <= mean, lines[0][0] * own + lines[0][1], lines[1][0] * own + lines[1][1])
    return np.rint(np.clip(value, 0, 255))


def _solve(terms: np.ndarray, y: np.ndarray, ridge: float) -> np.ndarray:
    return np.linalg.solve(terms.T @ terms + ridge * np.eye(terms.shape[1]), terms.T @ y)


def cccm(block: Any) -> np.ndarray:
    """Seven taps."""
    luma = _vvc(block)
    padded = np.pad(luma, 1, mode="edge")
    planes = np.stack([
        luma, padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:],
        (luma * luma + 128) >> 8, np.full(luma.shape, 128),
    ], axis=-1).astype(float)  # fmt: skip
    known, _, y = _beside(block, luma, M, True)
    if not y.size:
        return _flat(block)
    taps = _solve(planes[known], y, 2.0 ** (np.ceil(np.log2(y.size)) - 12))
    return np.rint(np.clip(_own(block, planes) @ taps, 0, 255))


def glm(block: Any) -> np.ndarray:
    """Luma and the best of four gradients."""
    luma, full = _vvc(block), block.full_luma.astype(np.int64)
    padded = np.concatenate([full[:, :1], full], axis=1)
    known, _, y = _beside(block, luma, M, False)
    if not y.size:
        return _flat(block)
    best, least = _flat(block), np.inf
    for pattern in PATTERNS:
        gradient = sum(
            pattern[m, n] * padded[m::2, n : n + full.shape[1] : 2][: luma.shape[0], : luma.shape[1]]
            for m in (0, 1)
            for n in (0, 1, 2)
        )
        planes = np.stack([gradient, luma, np.full(luma.shape, 128)], axis=-1).astype(float)
        c = _solve(planes[known], y, 2.0 ** (np.ceil(np.log2(y.size)) - 12))
        value = np.rint(np.clip(_own(block, planes) @ c, 0, 255))
        error = ((value - block.target) ** 2).sum()
        if error < least:
            best, least = value, error
    return best


def polynomial(block: Any) -> np.ndarray:
    """A parabola."""
    _, x, y = _beside(block, block.around_luma, M, False)
    if not x.size:
        return _flat(block)
    design = np.column_stack([x * x, x, np.ones(x.size)])
    a, b, c = np.linalg.lstsq(design, y, rcond=None)[0]
    own = np.clip(block.luma, x.min(), x.max())
    return np.rint(np.clip((a * own + b) * own + c, 0, 255))


def clusterwise(block: Any) -> np.ndarray:
    """Two lines, and the best of seven cuts."""
    low, high = block.luma.min(), block.luma.max()
    best, least = _flat(block), np.inf
    for k in range(1, 8):
        above = block.luma > low + k * (high - low) / 8
        value = np.empty(block.luma.shape)
        for side in (above, ~above):
            if side.any():
                x, y = block.luma[side].astype(float), block.target[side]
                alpha = np.clip(np.rint(64 * _line(x, y)[0]), -16, 16)
                value[side] = np.rint(y.mean()) + np.rint(alpha * (x - np.rint(x.mean())) / 64)
        error = ((np.clip(value, 0, 255) - block.target) ** 2).sum()
        if error < least:
            best, least = value, error
    return best


def cfl_implicit(block: Any) -> np.ndarray:
    """α from eight neighbours."""
    _, x, y = _beside(block, block.around_luma, 1, False)
    if not x.size:
        return _flat(block)
    picks = np.linspace(0, x.size - 1, min(8, x.size)).astype(int)
    alpha, _ = _line(np.floor(x[picks] / 8), y[picks])
    return np.rint(np.clip(block.dc + alpha / 8 * (block.luma - np.rint(x.mean())), 0, 255))


def mhccp(block: Any) -> np.ndarray:
    """One sample of luma, its square and a bias, in the best of three directions."""
    luma = (block.around_luma >> 3).astype(np.int64)
    padded = np.pad(luma, ((1, 0), (1, 0)), mode="edge")
    known, _, y = _beside(block, luma, 1, True)
    if not y.size:
        return _flat(block)
    best, least = _flat(block), np.inf
    for first in (luma, padded[:-1, 1:], padded[1:, :-1]):
        planes = np.stack([first, (luma * luma + 128) >> 8, np.full(luma.shape, 128)], axis=-1).astype(float)
        c = _solve(planes[known], y, 2.0 ** (np.ceil(np.log2(y.size)) - 5))
        value = np.rint(np.clip(_own(block, planes) @ c, 0, 255))
        error = ((value - block.target) ** 2).sum()
        if error < least:
            best, least = value, error
    return best


VERSIONS: dict[str, Callable[[Any], Any]] = {
    "dc": dc, "cfl": cfl, "line": line, "lm": lm, "cclm": cclm, "mmlm": mmlm, "cccm": cccm, "glm": glm,
    "polynomial": polynomial, "clusterwise": clusterwise, "cfl-implicit": cfl_implicit, "mhccp": mhccp,
}  # fmt: skip
