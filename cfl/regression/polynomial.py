"""Polynomial regression."""

import itertools
import math

import numpy as np
import numpy.typing as npt

from cfl.regression.design import Design, Solution
from cfl.regression.exceptions import RegressionError
from cfl.regression.least_squares import solve_well_conditioned
from cfl.regression.linear import LinearRegression
from cfl.regression.polynomial_basis import Basis, Chain, fit_orthogonal
from cfl.regression.polynomial_decimal import DecimalBasis
from cfl.regression.validation import Array

MAX_TERMS = 10_000
"""Terms of a polynomial at most."""


class PolynomialRegression(LinearRegression):
    """Least squares in the powers of the features and their products: 1, x, x², …, x^degree.

    Parameters
    ----------
    degree : int, default 2
        Highest total degree of a term, at least 1.
    fit_intercept : bool, default True
        Whether to fit the term 1. If False, the curve goes through the origin.

    Attributes
    ----------
    coef_ : (n_terms,) or (n_targets, n_terms) float64 array
        Coefficients in the order of `powers_`: by degree, then x1², x1·x2, x2². The second form where `y` had
        two dimensions in `fit`.
    intercept_ : float or (n_targets,) float64 array
        Coefficient of the term 1; 0 without an intercept.
    powers_ : (n_terms, n_features) int64 array
        Exponent of each feature in each term.
    rank_ : int
        Number of linearly independent terms, centred if there is an intercept.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    LinearRegression : Lines; `fit`, `summary` and `confidence_band` are the same.

    Notes
    -----
    Powers of a feature are nearly collinear: with ten of them a fit in float64 can lose every digit. Where a
    bound on the error asks for it, the fit is made in polynomials that are orthogonal on the samples, in
    double-double arithmetic or in as many decimal digits as it takes. `predict`, R² and intervals use these,
    and are right at any degree that the samples determine. The coefficients of the powers follow from them.
    Each is right to 12 digits, relative to the exact powers of the float64 features. One that is too large or
    too small for float64 is NaN, and a `ConditioningWarning` says how many are.

    Where large terms cancel, ``X_powers @ coef_ + intercept_`` in float64 has fewer digits than `predict`.

    A term that the samples cannot tell from terms before it has the coefficient 0: of the powers of a feature
    with k different values only the first k − 1 count, so that a degree too high gives the polynomial through
    the means at these values. A `RankDeficiencyWarning` says so. (`LinearRegression` takes the solution of
    minimum norm, which depends on the units of each power.)

    References
    ----------
    Brubeck, Nakatsukasa and Trefethen, "Vandermonde with Arnoldi", SIAM Review 63, 2021.

    Examples
    --------
    >>> from cfl.regression import PolynomialRegression
    >>> curve = PolynomialRegression(degree=2).fit([[0], [1], [2], [3]], [1, 2, 5, 10])
    >>> float(curve.intercept_), curve.coef_
    (1.0, array([0., 1.]))
    >>> curve.predict([[4]])
    array([17.])

    With two features there are five terms: x1, x2, x1², x1·x2 and x2².

    >>> X = [[0, 0], [1, 0], [0, 1], [1, 1], [2, 1], [1, 2]]
    >>> PolynomialRegression(degree=2).fit(X, [0, 0, 0, 1, 2, 2]).powers_.tolist()
    [[1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    """

    powers_: npt.NDArray[np.int64]
    _basis: Basis | DecimalBasis | None

    def __init__(self, degree: int = 2, *, fit_intercept: bool = True):
        super().__init__(fit_intercept=fit_intercept)
        self.degree = degree

    def predict(self, X: npt.ArrayLike) -> Array:
        """Predict the targets of samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite. The features themselves, not their powers.

        Returns
        -------
        y : (n_samples,) or (n_samples, n_targets) float64 array
            Has as many dimensions as `y` had in `fit`.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            `X` is not finite, has other features than in `fit`, or is so far from the samples that the
            prediction is too large for float64.

        See Also
        --------
        score : How good predictions are.

        Examples
        --------
        >>> from cfl.regression import PolynomialRegression
        >>> PolynomialRegression(degree=2).fit([[0], [1], [2]], [0, 1, 4]).predict([[5]])
        array([25.])
        """
        matrix = self._check_features(X)
        if self._basis is None:
            values = self._predicted(_monomials(matrix, self._chains())[0], X)
        else:
            values = self._basis.predict(matrix)
            values = self._of_type(values[:, 0] if self.coef_.ndim == 1 else values, X)
        if not np.all(np.isfinite(values)):
            raise RegressionError("The prediction is too large for float64: X is too far from the samples.")
        return values

    def _solve(self, X: Array, y: Array, weights: Array | None) -> Solution:
        if not isinstance(self.degree, (int, np.integer)) or self.degree < 1:
            raise RegressionError(f"degree must be an int >= 1, got {self.degree!r}.")
        n_terms = math.comb(self.n_features_in_ + int(self.degree), int(self.degree)) - 1
        if n_terms > MAX_TERMS:
            raise RegressionError(f"This polynomial has {n_terms} terms; {MAX_TERMS} is the limit.")
        chains = self._chains()
        self.powers_ = np.array([np.bincount(chain, minlength=X.shape[1]) for chain in chains])
        self._basis = None
        solution = self._solve_in_monomials(X, y, weights, chains)
        if solution is None:
            self._basis, solution = fit_orthogonal(X, y, weights, self.fit_intercept, chains)
        return solution

    def _solve_in_monomials(
        self, X: Array, y: Array, weights: Array | None, chains: list[Chain]
    ) -> Solution | None:
        """Solve in float64, or return None where that does not give all digits."""
        if len(X) <= len(chains) or not _powers_fit(X, int(self.degree)):
            return None
        terms, low = _monomials(X, chains)
        return solve_well_conditioned(Design(terms, y, weights, X_low=low, fit_intercept=self.fit_intercept))

    def _set_line(self, coef: Array, intercept: Array, one_target: bool) -> None:
        """Store coefficients; of orthogonal polynomials, those that the type does not hold are NaN."""
        if self._basis is None:
            super()._set_line(coef, intercept, one_target)
            return
        with np.errstate(over="ignore"):
            coef, intercept = coef.astype(self._dtype), intercept.astype(self._dtype)
        coef[np.isinf(coef)], intercept[np.isinf(intercept)] = np.nan, np.nan
        self.coef_ = coef[0] if one_target else coef
        self.intercept_ = intercept[0] if one_target else intercept

    def _interval_rows(self, X: Array) -> Array:
        if self._basis is None:
            return super()._interval_rows(_monomials(X, self._chains())[0])
        return self._basis.rows(X)

    def _chains(self) -> list[Chain]:
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


def _powers_fit(X: Array, degree: int) -> bool:
    """Tell whether all powers are normal numbers, with room for their second half."""
    if degree == 1:
        return True
    exponents = degree * np.log10(np.abs(X[X != 0]))
    return bool(np.all((exponents < 308) & (exponents > -290)))


def _monomials(X: Array, chains: list[Chain]) -> tuple[Array, Array]:
    """Return the terms of samples as double-doubles (hi, lo), each (n_samples, n_terms)."""
    from cfl.regression.extended_kernels import multiply_columns

    index = {chain: term for term, chain in enumerate(chains)}
    parents = np.array([index.get(chain[:-1], -1) for chain in chains])
    factors = np.array([chain[-1] for chain in chains])
    return multiply_columns(X, parents, factors)
