"""Moments: exact for integers, mergeable in any order, equal to one-shot fits."""

import itertools
import json
import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.regression import ConditioningWarning, LinearRegression, Moments, RankDeficiencyWarning

quick = settings(max_examples=40, deadline=None)


def exact_comoment(columns, weights=None):
    """Σ w·(x − x̄)(z − z̄) of all pairs, in rational arithmetic, rounded."""
    rows = [[Fraction(value) for value in column.tolist()] for column in columns]
    weights = [Fraction(1)] * len(rows[0]) if weights is None else [Fraction(float(w)) for w in weights]
    total = sum(weights)
    means = [sum(w * v for w, v in zip(weights, row, strict=True)) / total for row in rows]
    centred = [[v - mean for v in row] for row, mean in zip(rows, means, strict=True)]
    return np.array(
        [
            [float(sum(w * a * b for w, a, b in zip(weights, r, s, strict=True))) for s in centred]
            for r in centred
        ]
    )


@pytest.mark.parametrize("offset", [0, 1, 1e6, 1e8])
@pytest.mark.parametrize("weighted", [False, True])
def test_float_comoments_against_fractions(offset, weighted):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 2)) + offset, rng.normal(size=3000) - offset
    weights = rng.uniform(0.1, 2, 3000) if weighted else None
    moments = Moments().partial_fit(X, y, weights)
    truth = exact_comoment([X[:, 0], X[:, 1], y], weights)
    unit = np.sqrt(np.outer(np.diagonal(truth), np.diagonal(truth)))
    assert np.max(np.abs(moments.comoment - truth) / unit) < 1e-14


INTEGERS = [np.bool_, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_sums_are_exact_to_the_end_of_the_range(dtype):
    rng = np.random.default_rng(1)
    top = 1 if dtype is np.bool_ else np.iinfo(dtype).max
    bottom = 0 if dtype is np.bool_ else np.iinfo(dtype).min
    X = rng.integers(
        bottom, top, (300, 1), dtype=np.uint64 if dtype is np.uint64 else np.int64, endpoint=True
    )
    X[:2, 0] = top, bottom
    X, y = X.astype(dtype), X[::-1, 0].astype(dtype)
    moments = Moments().partial_fit(X, y)
    assert moments.exact
    assert [int(total) for total in moments._sums] == [sum(map(int, X[:, 0])), sum(map(int, y))]
    assert int(moments._products[0][1]) == sum(int(a) * int(b) for a, b in zip(X[:, 0], y, strict=True))
    np.testing.assert_array_equal(moments.comoment, exact_comoment([X[:, 0], y]))


@quick
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), max_size=5), st.booleans(), st.randoms())
def test_any_split_merged_in_any_order_is_the_same(seed, cuts, integer, random):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 99, (60, 2)) if integer else rng.normal(size=(60, 2)) * 1e3
    y = rng.integers(-9, 9, 60)
    edges = [0, *sorted(cuts), 60]
    parts = [Moments().partial_fit(X[a:b], y[a:b]) for a, b in itertools.pairwise(edges) if a < b]
    random.shuffle(parts)
    merged, reverse = Moments(), Moments()
    for part in parts:
        merged.merge(part)
    for part in reversed(parts):
        reverse.merge(part)
    whole = Moments().partial_fit(X, y)
    assert merged.to_dict() == reverse.to_dict()
    assert merged.n_samples == 60
    np.testing.assert_allclose(merged.comoment, whole.comoment, rtol=1e-12, atol=1e-9 * (not integer))
    if integer:
        assert merged.to_dict() == whole.to_dict()
    a, b = merged.linear_regression(), LinearRegression().fit(X, y)
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("targets", [None, 2])
@pytest.mark.parametrize("p", [1, 4])
def test_fit_and_summary_equal_the_one_shot_fit(fit_intercept, weighted, targets, p):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(9000, p)) + 5
    y = rng.normal(size=9000 if targets is None else (9000, targets)) + X[:, :1].reshape(
        -1, *([1] * bool(targets))
    )
    weights = rng.integers(0, 3, 9000) * 0.5 if weighted else None
    moments = Moments()
    for part in np.array_split(np.arange(9000), 7):
        moments.partial_fit(X[part], y[part], None if weights is None else weights[part])
    a = moments.linear_regression(fit_intercept=fit_intercept)
    b = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weights)
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-10)
    np.testing.assert_allclose(a.intercept_, b.intercept_, rtol=1e-10)
    np.testing.assert_allclose(a.predict(X[:5]), b.predict(X[:5]), rtol=1e-10)
    if targets is None:
        ours, theirs = a.summary().to_dict(), b.summary().to_dict()
        for mine, other in zip(ours.pop("terms"), theirs.pop("terms"), strict=True):
            assert mine.pop("name") == other.pop("name")
            assert mine.pop("confidence_interval") == pytest.approx(
                other.pop("confidence_interval"), rel=1e-9
            )
            assert mine == pytest.approx(other, rel=1e-9)
        assert ours == pytest.approx(theirs, rel=1e-10)
    if fit_intercept:
        assert moments.r2() == pytest.approx(b.score(X, y, weights), rel=1e-10)


def test_parts_in_threads():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(100_000, 1)), rng.normal(size=100_000)
    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(lambda s: Moments().partial_fit(x[s], y[s]), np.array_split(np.arange(100_000), 8))
        merged = Moments()
        for part in parts:
            merged.merge(part)
    assert merged.linear_regression().coef_ == pytest.approx(np.polyfit(x[:, 0], y, 1)[:1], rel=1e-9)


def test_integers_and_floats_merge():
    ints, floats = (
        Moments().partial_fit([[1], [2]], [3, 4]),
        Moments().partial_fit([[0.5], [0.1]], [1.0, 7.0]),
    )
    merged = Moments().merge(ints).merge(floats)
    assert not merged.exact
    X, y = np.array([[1], [2], [0.5], [0.1]]), [3, 4, 1, 7]
    np.testing.assert_allclose(
        merged.linear_regression().coef_, LinearRegression().fit(X, y).coef_, rtol=1e-13
    )


def test_weights_are_repeats():
    X, y, repeats = np.array([[1.0], [4.0], [2.0]]), np.array([3.0, 1.0, 8.0]), np.array([2, 0, 3])
    a = Moments().partial_fit(X, y, repeats)
    b = Moments().partial_fit(X.repeat(repeats, axis=0), y.repeat(repeats))
    np.testing.assert_allclose(a.comoment, b.comoment, rtol=1e-14)
    np.testing.assert_allclose(a.covariance(ddof=1), b.covariance(ddof=1), rtol=1e-14)
    assert (a.n_samples, a.sum_weights) == (2, 5)


@pytest.mark.parametrize("weights", [None, [0.25, 1e-7, 3]])
def test_state_survives_json_and_pickle(weights):
    moments = Moments().partial_fit([[0.1], [1e-5], [3.7]], [1 / 3, 2, 5], weights)
    for again in (
        Moments.from_dict(json.loads(json.dumps(moments.to_dict()))),
        pickle.loads(pickle.dumps(moments)),
    ):
        assert again.to_dict() == moments.to_dict()
        assert again.linear_regression().coef_ == moments.linear_regression().coef_


def test_features_only():
    X = np.random.default_rng(5).normal(size=(50, 3))
    moments = Moments().partial_fit(X)
    np.testing.assert_allclose(moments.covariance(), np.cov(X.T), rtol=1e-12)
    np.testing.assert_allclose(moments.mean, X.mean(axis=0), rtol=1e-13)
    with pytest.raises(ValueError, match="no target"):
        moments.linear_regression()


@pytest.mark.parametrize("integer", [True, False])
def test_rank_deficient_moments(integer):
    X = np.column_stack([np.arange(8), 2 * np.arange(8), np.full(8, 3)])
    y = np.array([1, 2, 2, 3, 5, 4, 4, 9])
    X = X if integer else X.astype(float)
    with pytest.warns(RankDeficiencyWarning):
        a = Moments().partial_fit(X, y).linear_regression()
    with pytest.warns(RankDeficiencyWarning):
        b = LinearRegression().fit(X, y)
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-9, atol=1e-15)
    assert a.rank_ == b.rank_ == 1


def test_ill_conditioned_float_moments_warn():
    x = np.linspace(1, 2, 200)
    X = np.column_stack([x**k for k in range(1, 6)])
    with pytest.warns(ConditioningWarning):
        Moments().partial_fit(X, np.sin(x)).linear_regression()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.partial_fit([[np.nan]], [1]), "Input X contains NaN"),
        (lambda m: m.partial_fit([[1.0]], [np.inf]), "Input y contains infinity"),
        (lambda m: m.partial_fit([[1e200]], [1e200]), "too large"),
        (lambda m: m.partial_fit([[1.0]], [1, 2]), "inconsistent numbers of samples"),
        (lambda m: m.partial_fit([1.0], [1]), "Expected 2D array"),
        (lambda m: m.partial_fit([["a"]], [1]), "not compatible"),
        (lambda m: m.partial_fit(np.empty((0, 2)), []), "at least 1 sample"),
        (lambda m: m.partial_fit([[1.0]], [1], [-1]), "Negative"),
        (lambda m: m.partial_fit([[1.0]], [1], [0]), "non-zero"),
        (lambda m: m.partial_fit([[1.0, 2.0]], [1]), "do not merge"),
        (lambda m: m.from_dict({"n_samples": 3}), "not the state of moments"),
        (lambda m: Moments().linear_regression(), "no samples"),
        (lambda m: Moments().covariance(), "no samples"),
        (lambda m: m.covariance(ddof=2), "more than 2"),
    ],
)
def test_bad_input_changes_nothing(call, message):
    moments = Moments().partial_fit([[1.0], [2.0]], [3, 4])
    before = moments.to_dict()
    with pytest.raises((ValueError, TypeError), match=message):
        call(moments)
    assert moments.to_dict() == before
