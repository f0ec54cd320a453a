"""Polynomial regression in raw monomials."""

import itertools

import numpy as np
import numpy.typing as npt

from cfl.regression.design import Design
from cfl.regression.exceptions import RegressionError
from cfl.regression.linear import LinearRegression
from cfl.regression.validation import Array

POWERS_TOLERANCE = 2.0**-97
"""Rank tolerance a sample: double-double precision, which the powers have."""


class PolynomialRegression(LinearRegression):
    """Least squares in the monomials of the features, 1, x, x², …, x^degree, with their products.

    Raw monomials are nearly collinear: with ten powers a float64 fit can lose every digit. Here the powers
    are formed and, where a bound on the error asks for it, the fit is made in double-double arithmetic, so
    that each coefficient is right to 12 digits relative to the exact monomials of the float64 features.

    Parameters
    ----------
    degree : int, default 2
        Highest total degree, >= 1.
    fit_intercept : bool, default True
        False: without the monomial 1.

    Attributes
    ----------
    coef_ : (n_terms,) or (n_targets, n_terms) float64 array
        In the order of `powers_`: by degree, then x1², x1·x2, x2².
    intercept_ : float or (n_targets,) float64 array
    powers_ : (n_terms, n_features) int64 array
        Exponent of each feature in each term.
    rank_, n_features_in_, feature_names_in_
        As in `LinearRegression`.

    Notes
    -----
    `predict` sums the terms in float64: where large terms cancel, predictions keep fewer digits than the
    coefficients have.

    Examples
    --------
    >>> curve = PolynomialRegression(degree=2).fit([[0], [1], [2], [3]], [1, 2, 5, 10])
    >>> curve.intercept_, curve.coef_
    (1.0, array([0., 1.]))
    """

    powers_: npt.NDArray[np.int64]

    def __init__(self, degree: int = 2, *, fit_intercept: bool = True):
        super().__init__(fit_intercept=fit_intercept)
        self.degree = degree

    def predict(self, X: npt.ArrayLike) -> Array:
        """Predict the targets of samples; see `LinearRegression.predict`."""
        return self._terms(self._check_features(X)) @ self.coef_.T + self.intercept_

    def _terms(self, X: Array) -> Array:
        return _monomials(X, self._chains())[0]

    def _design(self, X: Array, y: Array, weights: Array | None) -> Design:
        if not isinstance(self.degree, (int, np.integer)) or self.degree < 1:
            raise RegressionError(f"degree must be an int >= 1, got {self.degree!r}.")
        chains = self._chains()
        terms, low = _monomials(X, chains)
        self.powers_ = np.array([np.bincount(chain, minlength=X.shape[1]) for chain in chains])
        return Design(
            terms,
            y.reshape(len(y), -1),
            weights,
            X_low=low,
            fit_intercept=self.fit_intercept,
            rank_tolerance=max(terms.shape) * POWERS_TOLERANCE,
        )

    def _chains(self) -> list[tuple[int, ...]]:
        """Return each term as the features it multiplies: (0, 0, 1) is x1²·x2."""
        features = range(self.n_features_in_)
        return [
            chain
            for degree in range(1, self.degree + 1)
            for chain in itertools.combinations_with_replacement(features, degree)
        ]

    def _term_names(self, feature_names: list[str]) -> list[str]:
        return [
            "·".join(
                f"{name}^{exponent}" if exponent > 1 else name
                for name, exponent in zip(feature_names, exponents, strict=True)
                if exponent
            )
            for exponents in self.powers_
        ]


def _monomials(X: Array, chains: list[tuple[int, ...]]) -> tuple[Array, Array]:
    """Return the terms of samples as double-doubles (hi, lo), each (n_samples, n_terms).

    Raises
    ------
    RegressionError
        A power is too large for float64, or too small for its second half.
    """
    from cfl.regression.extended_kernels import multiply_columns

    index = {chain: term for term, chain in enumerate(chains)}
    parents = np.array([index.get(chain[:-1], -1) for chain in chains])
    factors = np.array([chain[-1] for chain in chains])
    exponents = len(chains[-1]) * np.log10(np.abs(X[X != 0]))
    if len(chains[-1]) > 1 and np.any((exponents > 308) | (exponents < -290)):
        raise RegressionError("The powers of X are too large or too small for float64: scale X.")
    return multiply_columns(X, parents, factors)
