"""Covariance and the normal distribution against NumPy and SciPy; the bias of dividing by N."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.regression import MultivariateNormal, covariance

quick = settings(max_examples=40, deadline=None)


@quick
@given(st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(1, 4), st.sampled_from([0, 1]))
def test_covariance_is_numpys(seed, n, p, ddof):
    X = np.random.default_rng(seed).normal(size=(n, p)) + 100
    np.testing.assert_allclose(
        covariance(X, ddof), np.cov(X.T, ddof=ddof).reshape(p, p), rtol=1e-9, atol=1e-12
    )


def test_maximum_likelihood():
    X = np.random.default_rng(0).normal(size=(60, 3)) @ [[1, 2, 0], [0, 1, 1], [0, 0, 3]]
    fitted = MultivariateNormal.fit(X)
    theirs = scipy.stats.multivariate_normal(*scipy.stats.multivariate_normal.fit(X))
    np.testing.assert_allclose(fitted.mean, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(fitted.covariance, np.cov(X.T, ddof=0), rtol=1e-12)
    np.testing.assert_allclose(fitted.log_density(X), theirs.logpdf(X), rtol=1e-10)
    assert fitted.log_likelihood(X) == pytest.approx(theirs.logpdf(X).sum(), rel=1e-12)
    np.testing.assert_allclose(MultivariateNormal.fit(X, ddof=1).covariance, np.cov(X.T), rtol=1e-12)


def test_no_other_normal_distribution_is_more_likely():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(40, 2))
    best = MultivariateNormal.fit(X)
    for _ in range(50):
        root = np.eye(2) + 0.1 * rng.normal(size=(2, 2))
        other = MultivariateNormal(best.mean + 0.1 * rng.normal(size=2), root @ best.covariance @ root.T)
        assert other.log_likelihood(X) <= best.log_likelihood(X)


def test_bias_of_the_maximum_likelihood_covariance():
    """E{Σ̂} = (N − 1)/N · Σ: over 4,000 samples of N = 4 the mean lies within 4 standard errors of that."""
    rng = np.random.default_rng(2)
    n, runs = 4, 4000
    sigma = np.array([[2.0, 0.6], [0.6, 1.0]])
    draws = rng.multivariate_normal([1, -1], sigma, size=(runs, n))
    by_n = np.array([covariance(draw, ddof=0) for draw in draws])
    by_n_minus_1 = by_n * n / (n - 1)
    error = by_n.std(axis=0) / runs**0.5
    assert np.all(np.abs(by_n.mean(axis=0) - (n - 1) / n * sigma) < 4 * error)
    assert np.all(np.abs(by_n.mean(axis=0) - sigma)[[0, 1], [0, 1]] > 4 * error[[0, 1], [0, 1]])
    assert np.all(np.abs(by_n_minus_1.mean(axis=0) - sigma) < 4 * error * n / (n - 1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: covariance([[1.0]]), "more than 1 sample"),
        (lambda: covariance([1.0, 2.0]), "Expected 2D array"),
        (lambda: MultivariateNormal.fit([[1.0, 2.0], [2.0, 4.0]]), "not positive definite"),
        (lambda: MultivariateNormal([0, 0], [[1, 0], [1, 1]]), "not symmetric"),
        (lambda: MultivariateNormal([0], [[1, 0], [0, 1]]), "inconsistent"),
        (lambda: MultivariateNormal([0], [[1]]).log_density([[1, 2]]), "2 features"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
