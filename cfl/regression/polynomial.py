"""Polynomial regression in the powers of the features."""

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
    Powers of a feature are nearly collinear: with ten of them a fit in float64 can lose every digit. Here
    powers are computed in double-double arithmetic and, where a bound on the error asks for it, the fit is
    too. Each coefficient is then right to 12 digits, relative to the exact powers of the float64 features.

    `predict` sums the terms in float64. Where large terms cancel, predictions have fewer digits than the
    coefficients.

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
            `X` is not finite or has other features than in `fit`, or its powers are too large for float64.

        See Also
        --------
        score : How good predictions are.

        Examples
        --------
        >>> from cfl.regression import PolynomialRegression
        >>> PolynomialRegression(degree=2).fit([[0], [1], [2]], [0, 1, 4]).predict([[5]])
        array([25.])
        """
        return self._predicted(self._terms(self._check_features(X)), X)

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
