"""Fits of blocks to samples before them, robust ones, redundant predictors, and what results can do."""

import pickle
import warnings
from functools import partial

import numpy as np
import pytest
from scipy.optimize import brentq
from sklearn.linear_model import HuberRegressor as TheirHuber

from cfl.errors import CflError
from cfl.regression import BlockFits, LinearRegression, RankDeficiencyWarning, fit_blocks

RNG = np.random.default_rng(0)


def planes(k, height=21, width=26, dtype=np.float64):
    x = RNG.integers(0, 256, (k, height, width)).astype(dtype)
    y = (x.astype(float).sum(axis=0) / 2 + RNG.normal(0, 9, (height, width))).astype(dtype)
    return x, y


def samples_before(r, c, block, above, left, shape):
    """The samples above and left of a block, as lists of rows and columns."""
    bottom, right = min(r + block[0], shape[0]), min(c + block[1], shape[1])
    found = [(i, j) for i in range(max(r - above, 0), r) for j in range(c, right)]
    found += [(i, j) for i in range(r, bottom) for j in range(max(c - left, 0), c)]
    return found


def expected_line(x, y, weights, found):
    """Slopes, intercept, R² and squared error by LinearRegression."""
    rows, columns = np.array(found).T
    X, target, w = x[:, rows, columns].T, y[rows, columns].astype(float), weights[rows, columns]
    if not np.any(w):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RankDeficiencyWarning)
        model = LinearRegression().fit(X, target, w)
    residual = w @ (target - model.predict(X)) ** 2
    total = w @ (target - np.average(target, weights=w)) ** 2
    return model.coef_, model.intercept_, 1 - residual / total if total > 0 else 1.0, residual


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("neighbours", [1, (1, 1), (2, 0), (0, 3), (5, 40)])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_causal_neighbourhoods(k, neighbours, masked, dtype):
    x, y = planes(k, dtype=dtype)
    mask = RNG.random(y.shape) > 0.2 if masked else np.ones(y.shape, bool)
    fits = fit_blocks(x, y, (4, 8), neighbours=neighbours, mask=mask if masked else None)
    above, left = (neighbours, neighbours) if np.ndim(neighbours) == 0 else neighbours
    for i, r in enumerate(range(0, y.shape[0], 4)):
        for j, c in enumerate(range(0, y.shape[1], 8)):
            found = samples_before(r, c, (4, 8), above, left, y.shape)
            expected = expected_line(x, y, mask.astype(float), found) if found else None
            values = [fits.slope[:, i, j], fits.intercept[i, j], fits.r2[i, j], fits.sse[i, j]]
            if expected is None:
                assert all(np.all(np.isnan(value)) for value in values)
                continue
            scale = np.abs(y).max() * 10.0
            for value, truth in zip(values[:2], expected[:2], strict=True):
                np.testing.assert_allclose(value, truth, rtol=1e-7, atol=1e-7)
            assert values[2] == pytest.approx(expected[2], abs=1e-9)
            assert values[3] == pytest.approx(expected[3], rel=1e-8, abs=1e-9 * scale)


def test_a_decoder_has_these_samples():
    """Changing a block and what comes after it changes nothing of its line."""
    x, y = planes(1)
    before = fit_blocks(x[0], y, 8, neighbours=(1, 1))
    x[0, 8:, 8:], y[8:, 8:] = 1, 2
    after = fit_blocks(x[0], y, 8, neighbours=(1, 1))
    assert before.slope[1, 1] == after.slope[1, 1]
    assert before.slope[1, 2] != after.slope[1, 2]
    assert np.isnan(before.slope[0, 0])
    np.testing.assert_array_equal(np.isnan(before.slope), np.isnan(after.slope))


@pytest.mark.parametrize("threads", [2, -1])
def test_threads_change_nothing(threads):
    x, y = planes(2, 64, 70)
    for options in ({"neighbours": 2}, {"robust": True}, {"robust": True, "neighbours": 3}):
        one, other = (fit_blocks(x, y, 8, n_jobs=n, **options) for n in (1, threads))
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_robust_blocks_are_huber_regressors(k, weighted):
    rng = np.random.default_rng(k)
    x = rng.normal(size=(k, 16, 24))
    y = x.sum(axis=0) + 3 + 0.1 * rng.normal(size=(16, 24))
    y[rng.random(y.shape) < 0.15] += 50
    weights = rng.uniform(0.5, 2, y.shape) if weighted else None
    fits = fit_blocks(x, y, 8, robust=True, weights=weights)
    for i in range(2):
        for j in range(3):
            part = np.s_[8 * i : 8 * i + 8, 8 * j : 8 * j + 8]
            X, target = x[:, *part].reshape(k, -1).T, y[part].ravel()
            w = None if weights is None else weights[part].ravel()
            line = np.r_[fits.intercept[i, j], fits.slope[:, i, j]]
            theirs = TheirHuber(alpha=0.0, tol=1e-12, max_iter=10_000).fit(X, target, w)
            np.testing.assert_allclose(line, np.r_[theirs.intercept_, theirs.coef_], atol=1e-3)
            w = np.ones(64) if w is None else w
            design = np.column_stack([np.ones(64), X])
            residual = target - design @ line
            # Huber's loss is convex: where its derivatives are 0, there is the minimum.
            scale = brentq(partial(derivative_by_scale, residual, w), 1e-3, 10, xtol=1e-14)
            pull = w * np.clip(residual, -1.35 * scale, 1.35 * scale)
            np.testing.assert_allclose(design.T @ pull, 0, atol=1e-7)
            assert fits.sse[i, j] == pytest.approx(w @ residual**2, rel=1e-12)


def derivative_by_scale(residual, weights, scale):
    """Of Σ w·(σ + loss(r / σ)·σ), as Huber and Owen have it."""
    inside = np.abs(residual) <= 1.35 * scale
    return np.sum(weights * np.where(inside, 1 - (residual / scale) ** 2, 1 - 1.35**2))


def test_robust_of_exact_lines_constants_and_single_samples():
    x = np.arange(64.0).reshape(8, 8)
    y = 2 * x + 1
    y[3, 3] = 1000
    fits = fit_blocks(x, y, 8, robust=True)
    assert (fits.slope[0, 0], fits.intercept[0, 0]) == pytest.approx((2, 1), abs=1e-4)
    constant = fit_blocks(np.ones((8, 8)), y, 4, robust=True)
    np.testing.assert_array_equal(constant.slope, 0)
    single = fit_blocks(x, y, 1, robust=True)
    np.testing.assert_array_equal(single.intercept, y)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_redundant_predictors_have_minimum_norm(rank):
    rng = np.random.default_rng(rank)
    base = rng.normal(size=(rank, 12, 12))
    x = np.einsum("rk,rhw->khw", rng.normal(size=(rank, 6)), base) + rng.normal(size=(6, 1, 1)) * 5
    y = rng.normal(size=(12, 12))
    fits = fit_blocks(x, y, 12)
    X = x.reshape(6, -1).T
    truth = np.linalg.pinv(X - X.mean(axis=0), rcond=1e-10) @ (y.ravel() - y.mean())
    np.testing.assert_allclose(fits.slope[:, 0, 0], truth, atol=1e-9)
    residual = y - fits.predict(x)
    assert fits.sse[0, 0] == pytest.approx(np.sum(residual**2), rel=1e-10)


def test_fewer_samples_than_predictors():
    x, y = planes(5, 2, 2)
    fits = fit_blocks(x, y, 2)
    X = x.reshape(5, -1).T
    truth = np.linalg.pinv(X - X.mean(axis=0)) @ (y.ravel() - y.mean())
    np.testing.assert_allclose(fits.slope[:, 0, 0], truth, rtol=1e-8)
    assert fits.r2[0, 0] == pytest.approx(1)


@pytest.mark.parametrize("k", [None, 2])
def test_predict(k):
    x, y = planes(k or 1)
    given = x if k else x[0]
    fits = fit_blocks(given, y, (4, 8))
    predicted = fits.predict(given)
    for r in range(0, 21, 4):
        for c in range(0, 26, 8):
            part = np.s_[r : r + 4, c : c + 8]
            sse = np.sum((y[part] - predicted[part]) ** 2)
            assert sse == pytest.approx(fits.sse[r // 4, c // 8], rel=1e-8)
    causal = fit_blocks(given, y, 8, neighbours=1).predict(given)
    assert np.all(np.isnan(causal[:8, :8]))
    assert np.all(np.isfinite(causal[8:]))


def test_results_are_tuples_that_pickle_and_say_little():
    x, y = planes(2)
    fits = fit_blocks(x, y, (4, 8))
    slope, _, _, sse = fits
    assert slope is fits.slope
    assert sse is fits.sse
    again = pickle.loads(pickle.dumps(fits))
    np.testing.assert_array_equal(again.predict(x), fits.predict(x))
    assert repr(fits) == "<BlockFits: 6 x 4 blocks of 4 x 8, 2 predictors>"
    assert repr(fit_blocks(x[0], y, 8)) == "<BlockFits: 3 x 4 blocks of 8 x 8>"
    assert len(repr(BlockFits(*fits))) < 80


@pytest.mark.parametrize("k", [None, 3])
def test_to_arrow(k):
    pytest.importorskip("pyarrow")
    x, y = planes(k or 1)
    fits = fit_blocks(x if k else x[0], y, (4, 8), neighbours=(1, 1))
    table = fits.to_arrow().to_pandas()
    assert len(table) == fits.r2.size
    assert (table.height * table.width).sum() == y.size
    np.testing.assert_array_equal(table.intercept, fits.intercept.ravel())
    row = table[(table.top == 8) & (table.left == 16)].iloc[0]
    slopes = [row[f"slope_{m + 1}"] for m in range(k)] if k else [row.slope]
    np.testing.assert_array_equal(slopes, np.atleast_3d(fits.slope.reshape(-1, 6, 4))[:, 2, 2])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y: fit_blocks(x, y, 4, neighbours=0), "neighbours must be"),
        (lambda x, y: fit_blocks(x, y, 4, neighbours=(0, 0)), "neighbours must be"),
        (lambda x, y: fit_blocks(x, y, 4, neighbours=-1), "neighbours must be"),
        (lambda x, y: fit_blocks(x, y, 4, neighbours=1.5), "neighbours must be"),
        (lambda x, y: fit_blocks(x, y, 4, neighbours=(1, 2, 3)), "neighbours must be"),
        (lambda x, y: fit_blocks(x, y, 4, neighbours=1, window=6), "exclude each other"),
        (lambda x, y: fit_blocks(x, y, 4).predict(x[0]), "x must have the shape"),
        (lambda x, y: BlockFits(*fit_blocks(x, y, 4)).predict(x), "no block size"),
        (lambda x, y: BlockFits(*fit_blocks(x, y, 4)).to_arrow(), "no block size"),
        (lambda x, y: fit_blocks(x * np.nan, y, 4, neighbours=1), "contains NaN"),
        (lambda x, y: fit_blocks(x * 1e200, y, 4, robust=True), "too large"),
    ],
)
def test_bad_calls(call, message):
    x, y = planes(2)
    with np.errstate(over="ignore"), pytest.raises(CflError, match=message):
        call(x, y)
