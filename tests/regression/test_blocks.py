"""Block-wise fits against one scikit-learn fit a block."""

from fractions import Fraction

import numpy as np
import pytest
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.regression import fit_blocks

quick = settings(max_examples=40, deadline=None)

DTYPES = [np.bool_, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64]
DTYPES += [np.float16, np.float32, np.float64]


def values(rng, shape, dtype):
    """Random values over the whole range of 8- and 16-bit integers, and over some of the others'."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(dtype)
    info = np.iinfo(dtype)
    low, high = max(info.min, -(2**20)), min(info.max, 2**20)
    return rng.integers(low, high, shape, endpoint=True).astype(dtype)


def parts(shape, block, window):
    """Yield row and column of each block, and the slices of its window."""
    before = [(w - b) // 2 for w, b in zip(window, block, strict=True)]
    after = [w - b - first for w, b, first in zip(window, block, before, strict=True)]
    for i in range(-(-shape[0] // block[0])):
        for j in range(-(-shape[1] // block[1])):
            top, left = i * block[0], j * block[1]
            yield (
                i,
                j,
                np.s_[
                    max(top - before[0], 0) : min(top + block[0], shape[0]) + after[0],
                    max(left - before[1], 0) : min(left + block[1], shape[1]) + after[1],
                ],
            )


def reference(xs, y, block, window, weights):
    """Slopes, intercept, R² and sum of squares by a scikit-learn fit a block."""
    rows, columns = -(-y.shape[0] // block[0]), -(-y.shape[1] // block[1])
    maps = np.full((len(xs) + 3, rows, columns), np.nan)
    for i, j, part in parts(y.shape, block, window):
        w = weights[part].ravel()
        kept = w > 0
        if not kept.any():
            continue
        X = np.column_stack([x[part].ravel()[kept].astype(float) for x in xs])
        target = y[part].ravel()[kept].astype(float)
        model = sklearn.linear_model.LinearRegression().fit(X, target, w[kept])
        squares = w[kept] @ (target - model.predict(X)) ** 2
        spread = w[kept] @ (target - np.average(target, weights=w[kept])) ** 2
        constant = np.ptp(target) == 0
        r2 = 1.0 if constant else 1 - squares / spread
        maps[:, i, j] = [*model.coef_, model.intercept_, r2, 0.0 if constant else squares]
    return maps


def check(x, y, block, window=None, mask=None, weights=None, rtol=1e-9):
    """Compare `fit_blocks` with `reference`; return the fits."""
    xs = x if x.ndim == 3 else [x]
    pair = (block, block) if isinstance(block, int) else block
    reach = pair if window is None else (window, window) if isinstance(window, int) else window
    both = np.ones(y.shape) if weights is None else np.asarray(weights, float)
    both = both if mask is None else np.where(mask, both, 0)
    truth = reference(xs, y, pair, reach, both)
    fits = fit_blocks(x, y, block, window=window, mask=mask, weights=weights)
    spread = np.nanmax(np.abs(y[both > 0].astype(float) - y[both > 0].astype(float).mean())) ** 2 * y.size
    slopes = fits.slope if x.ndim == 3 else fits.slope[None]
    size = np.nanmax(np.abs(truth[: len(xs)]))
    np.testing.assert_allclose(slopes, truth[:-3], rtol=rtol, atol=1e-12 * size)
    level = np.nanmax(np.abs(truth[-3]))
    np.testing.assert_allclose(fits.intercept, truth[-3], rtol=rtol, atol=1e-11 * level + 1e-300)
    np.testing.assert_allclose(fits.r2, truth[-2], rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(fits.sse, truth[-1], rtol=rtol, atol=1e-13 * spread)
    return fits


@pytest.mark.parametrize("x_dtype", DTYPES)
@pytest.mark.parametrize("y_dtype", [np.uint8, np.int16, np.int64, np.float32, np.float64])
def test_every_dtype(x_dtype, y_dtype):
    rng = np.random.default_rng(0)
    check(values(rng, (17, 23), x_dtype), values(rng, (17, 23), y_dtype), 8)


@quick
@given(
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 30), st.integers(1, 30)),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.sampled_from([np.uint8, np.uint16, np.float32, np.float64]),
    st.sampled_from(["all", "mask", "weights", "both"]),
)
def test_any_shape_block_window_mask_and_weights(seed, shape, block, more, dtype, which):
    rng = np.random.default_rng(seed)
    x, y = values(rng, shape, dtype), values(rng, shape, dtype)
    if dtype in (np.uint8, np.uint16):
        x, y = x // 2, y // 2
    mask = rng.integers(0, 3, shape) > 0 if which in ("mask", "both") else None
    weights = rng.integers(0, 4, shape) / 2 if which in ("weights", "both") else None
    kept = (mask if mask is not None else 1) * (weights if weights is not None else np.ones(shape))
    if not np.any(kept):
        return
    window = None if more == (0, 0) else (block[0] + more[0], block[1] + more[1])
    fits = fit_blocks(x, y, block, window=window, mask=mask, weights=weights)
    assert fits.r2.shape == (-(-shape[0] // block[0]), -(-shape[1] // block[1]))
    for i, j, part in parts(shape, block, window or block):
        w = np.asarray(kept, float)[part].ravel()
        if not np.any(w):
            assert all(np.isnan(field[i, j]) for field in fits)
            continue
        check_block_exactly([field[i, j] for field in fits], x[part].ravel(), y[part].ravel(), w)


def check_block_exactly(fit, x, y, weights):
    """Compare a fit with the two equations solved in rational arithmetic."""
    rows = [
        (Fraction(float(w)), Fraction(float(a)), Fraction(float(b)))
        for w, a, b in zip(weights, x, y, strict=True)
        if w > 0
    ]
    total = sum(w for w, _, _ in rows)
    mean_x, mean_y = sum(w * a for w, a, _ in rows) / total, sum(w * b for w, _, b in rows) / total
    sxx = sum(w * (a - mean_x) ** 2 for w, a, _ in rows)
    sxy = sum(w * (a - mean_x) * (b - mean_y) for w, a, b in rows)
    syy = sum(w * (b - mean_y) ** 2 for w, _, b in rows)
    slope = sxy / sxx if sxx else Fraction(0)
    residual = syy - slope * sxy
    r2 = 1 - residual / syy if syy else 1
    steepness = float(syy / sxx) ** 0.5 if sxx else 0.0
    assert fit[0] == pytest.approx(float(slope), rel=1e-12, abs=1e-13 * steepness)
    level = abs(float(mean_y)) + abs(float(mean_x)) * steepness
    assert fit[1] == pytest.approx(float(mean_y - slope * mean_x), rel=1e-12, abs=1e-12 * level)
    assert fit[2] == pytest.approx(float(r2), abs=1e-12)
    assert fit[3] == pytest.approx(float(residual), rel=1e-10, abs=1e-13 * float(syy))
    assert fit[3] >= 0


@pytest.mark.parametrize("dtype", [np.uint16, np.float64])
@pytest.mark.parametrize(
    ("block", "shape"),
    [
        ((4, 256), (9, 601)),
        ((3, 257), (9, 601)),
        ((40, 600), (90, 601)),
        ((200, 170), (201, 601)),
        ((1, 1), (7, 9)),
    ],
)
def test_wide_tall_and_single_sample_blocks(dtype, block, shape):
    rng = np.random.default_rng(1)
    check(values(rng, shape, dtype), values(rng, shape, dtype), block)


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_neighbourhood(dtype):
    rng = np.random.default_rng(2)
    x, y = values(rng, (40, 300), dtype), values(rng, (40, 300), dtype)
    check(x, y, 8, window=16)
    check(x, y, (4, 8), window=(4, 13))
    check(x, y, (8, 8), window=(200, 700))


@pytest.mark.parametrize("k", range(1, 9))
@pytest.mark.parametrize("weighted", [False, True])
def test_several_predictors(k, weighted):
    rng = np.random.default_rng(k)
    x, y = rng.normal(size=(k, 19, 21)) + 3, rng.normal(size=(19, 21))
    weights = rng.uniform(0, 2, y.shape) if weighted else None
    check(x, y, (6, 7), window=(9, 9), weights=weights)


def test_several_predictors_of_integers():
    rng = np.random.default_rng(9)
    y = rng.integers(0, 256, (32, 33)).astype(np.uint8)
    x = np.stack([y, np.roll(y, 1, axis=1), np.roll(y, -1, axis=1)])
    fits = check(x, rng.integers(0, 256, (32, 33)).astype(np.uint8), 8)
    assert fits.slope.shape == (3, 4, 5)


def test_redundant_predictors_get_the_solution_of_minimum_norm():
    rng = np.random.default_rng(10)
    a = rng.normal(size=(8, 8))
    x = np.stack([a, np.full((8, 8), 0.1), 0.3 * a])
    fits = fit_blocks(x, 2 * a + 1, 8)
    np.testing.assert_allclose(fits.slope[:, 0, 0], np.array([1, 0, 0.3]) * 2 / 1.09, rtol=1e-12)
    np.testing.assert_allclose(fits.intercept, 1, rtol=1e-13)


@pytest.mark.parametrize("value", [0.1, 1e-300, 12345.678, -1e15])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weights", [None, np.full((9, 16), 0.7)])
def test_constant_blocks(value, dtype, weights):
    x, y = np.full((9, 16), value, dtype), np.arange(144.0, dtype=dtype).reshape(9, 16)
    fits = fit_blocks(x, y, 8, weights=weights)
    np.testing.assert_array_equal(fits.slope, 0)
    np.testing.assert_allclose(fits.intercept[0, 0], y[:8, :8].mean(), rtol=1e-14)
    np.testing.assert_array_equal(fits.r2, 0)
    turned = fit_blocks(y, x, 8, weights=weights)
    np.testing.assert_array_equal(turned.slope, 0)
    np.testing.assert_array_equal(turned.r2, 1)
    np.testing.assert_array_equal(turned.sse, 0)


def test_integers_on_a_line_are_fitted_exactly():
    rng = np.random.default_rng(11)
    x = rng.integers(0, 1000, (64, 64)).astype(np.uint16)
    fits = fit_blocks(x, (4 * x + 7).astype(np.uint16), 8)
    np.testing.assert_array_equal(fits.slope, 4)
    np.testing.assert_array_equal(fits.intercept, 7)
    np.testing.assert_array_equal(fits.sse, 0)
    np.testing.assert_array_equal(fits.r2, 1)


def test_large_offsets_keep_the_digits():
    rng = np.random.default_rng(12)
    x = rng.normal(size=(16, 16))
    y = 0.5 * x + rng.normal(size=(16, 16))
    near, far = fit_blocks(x, y, 8), fit_blocks(x + 2.0**26, y - 2.0**26, 8)
    np.testing.assert_allclose(far.slope, near.slope, rtol=1e-6)
    np.testing.assert_allclose(far.sse, near.sse, rtol=1e-6)


def test_nothing_left_of_a_block_is_nan_there_only():
    x = np.arange(256.0).reshape(16, 16)
    mask = np.ones((16, 16), bool)
    mask[:8, 8:] = False
    fits = fit_blocks(x, 2 * x, 8, mask=mask)
    for field in fits:
        assert np.isnan(field[0, 1])
        assert np.isfinite(field).sum() == 3


def test_masked_out_values_do_not_matter():
    rng = np.random.default_rng(13)
    x, y = rng.normal(size=(2, 16, 16))
    mask = rng.random((16, 16)) < 0.7
    bad = np.where(mask, x, np.nan)
    for predictors, broken in ((x, bad), (np.stack([x, x * x]), np.stack([bad, bad * bad]))):
        a, b = (
            fit_blocks(predictors, y, 8, mask=mask),
            fit_blocks(broken, np.where(mask, y, np.inf), 8, mask=mask),
        )
        for mine, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("x", [np.ones((70, 64), np.uint8), np.random.default_rng(0).normal(size=(70, 64))])
@pytest.mark.parametrize("n_jobs", [2, 3, -1, None])
def test_threads_change_nothing(x, n_jobs):
    y = np.random.default_rng(14).normal(size=(70, 64))
    for window in (None, 12):
        a, b = fit_blocks(x, y, 8, window=window), fit_blocks(x, y, 8, window=window, n_jobs=n_jobs)
        for mine, other in zip(a, b, strict=True):
            np.testing.assert_array_equal(mine, other)


def test_views_and_byte_orders():
    rng = np.random.default_rng(15)
    x, y = rng.normal(size=(2, 40, 44))
    a = fit_blocks(x[::2, ::-1].T, y[::2, ::-1].T, 5)
    b = fit_blocks(x[::2, ::-1].T.copy(), y[::2, ::-1].T.astype(">f8"), 5)
    np.testing.assert_array_equal(a.slope, b.slope)


OK = np.ones((4, 4))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((OK, np.ones((4, 5)), 2), {}, "same height and width"),
        ((np.ones(4), OK, 2), {}, "shape"),
        ((np.empty((0, 4)), np.empty((0, 4)), 2), {}, "non-empty"),
        ((np.ones((9, 4, 4)), OK, 2), {}, "up to 8 predictors"),
        ((OK, OK, 0), {}, "block must be an int >= 1"),
        ((OK, OK, (2, 2, 2)), {}, "block must be"),
        ((OK, OK, 2.5), {}, "block must be"),
        ((OK, OK, 4), {"window": 3}, "at least as large"),
        ((OK, OK, 2), {"mask": OK}, "mask must be of dtype bool"),
        ((OK, OK, 2), {"mask": OK[:2] > 0}, "mask must have the shape"),
        ((OK, OK, 2), {"weights": -OK}, "Negative"),
        ((OK, OK, 2), {"weights": OK * np.nan}, "weights contains NaN"),
        ((OK, OK, 2), {"n_jobs": 0}, "n_jobs"),
        ((OK * np.nan, OK, 2), {}, "Input x contains NaN"),
        ((OK, OK * np.inf, 2), {}, "Input y contains infinity"),
        ((np.stack([OK, OK * np.inf]), OK, 2), {}, "Input x contains infinity"),
        ((np.eye(4) * 1e200, OK, 2), {}, "too large for float64"),
        ((OK.astype(complex), OK, 2), {}, "integer or float dtype"),
        ((OK.astype(str), OK, 2), {}, "integer or float dtype"),
    ],
)
def test_bad_input(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        fit_blocks(*arguments, **options)
