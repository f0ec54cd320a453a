"""Covariance and the multivariate normal distribution."""

from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.exceptions import RegressionError
from cfl.regression.moments import Moments
from cfl.regression.validation import Array


def covariance(X: npt.ArrayLike, ddof: int = 1) -> Array:
    """Return the covariance matrix of the columns of `X`: Σ (x − x̄)(x − x̄)ᵀ / (n_samples − ddof).

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Samples; each value finite.
    ddof : {0, 1}, default 1
        0 for the maximum-likelihood estimate, 1 for the unbiased one.

    Returns
    -------
    covariance : (n_features, n_features) float64 array
        Symmetric; variances on its diagonal.

    Raises
    ------
    RegressionError
        `X` is not a finite matrix, or has no more than `ddof` samples.

    See Also
    --------
    Moments.covariance : The same in parts, for data larger than memory.
    MultivariateNormal : The distribution with this covariance.

    Notes
    -----
    Deviations are taken from the mean of the samples, which lies nearer to them than the true mean does.
    Divided by N (``ddof=0``) their products are therefore too small on average, by the factor (N − 1) / N.
    Divided by N − 1 they are right on average (Bessel's correction).

    Examples
    --------
    >>> from cfl.regression import covariance
    >>> covariance([[0.0], [2.0]]), covariance([[0.0], [2.0]], ddof=0)
    (array([[2.]]), array([[1.]]))
    """
    return Moments().partial_fit(X).covariance(ddof)


class MultivariateNormal:
    """A normal distribution of vectors.

    Parameters
    ----------
    mean : array-like of shape (n_features,)
        Centre; each value finite.
    covariance : array-like of shape (n_features, n_features)
        Covariance matrix, symmetric and positive definite.

    Attributes
    ----------
    mean : (n_features,) float64 array
        Centre.
    covariance : (n_features, n_features) float64 array
        Covariance matrix.

    Raises
    ------
    RegressionError
        Shapes do not match, or the covariance is not symmetric and positive definite.

    See Also
    --------
    covariance : The covariance of samples.

    Notes
    -----
    With Σ = L·Lᵀ (Cholesky), the log-density is ``−(n·log 2π + log |Σ| + ‖L⁻¹(x − mean)‖²) / 2``.

    Examples
    --------
    >>> from cfl.regression import MultivariateNormal
    >>> normal = MultivariateNormal([0, 0], [[1, 0], [0, 4]])
    >>> normal.log_density([[0, 0], [1, 2]]).round(3)
    array([-2.531, -3.531])
    """

    mean: Array
    covariance: Array

    def __init__(self, mean: npt.ArrayLike, covariance: npt.ArrayLike):
        self.covariance = validation.as_matrix(covariance, "covariance")
        self.mean = validation.as_targets(mean, self.covariance.shape[0])
        if self.covariance.shape != (self.mean.size, self.mean.size):
            raise RegressionError(
                f"A mean of {self.mean.size} numbers needs a covariance of shape "
                f"{(self.mean.size, self.mean.size)}, got {self.covariance.shape}."
            )
        if not np.allclose(self.covariance, self.covariance.T, rtol=1e-12, atol=0):
            raise RegressionError("The covariance is not symmetric.")
        try:
            self._root = np.linalg.cholesky(self.covariance)
        except np.linalg.LinAlgError as error:
            raise RegressionError("The covariance is not positive definite.") from error

    @classmethod
    def fit(cls, X: npt.ArrayLike, *, ddof: int = 0) -> Self:
        """Return the distribution fitted to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite.
        ddof : {0, 1}, default 0
            0 for maximum likelihood, 1 for the unbiased covariance.

        Returns
        -------
        normal : MultivariateNormal
            With the samples' mean and covariance.

        Raises
        ------
        RegressionError
            Bad input, or the samples lie in a plane (or line, or point), as `n_features` or fewer always do.

        See Also
        --------
        log_likelihood : What the fit maximises.

        Examples
        --------
        >>> from cfl.regression import MultivariateNormal
        >>> normal = MultivariateNormal.fit([[0, 0], [2, 0], [0, 2], [2, 2]])
        >>> normal.mean, normal.covariance.tolist()
        (array([1., 1.]), [[1.0, 0.0], [0.0, 1.0]])
        """
        moments = Moments().partial_fit(X)
        return cls(moments.mean, moments.covariance(ddof))

    def log_density(self, X: npt.ArrayLike) -> Array:
        """Return the logarithm of the density at each sample.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite.

        Returns
        -------
        log_density : (n_samples,) float64 array
            Natural logarithms.

        Raises
        ------
        RegressionError
            `X` is not a finite (n_samples, n_features) matrix.

        See Also
        --------
        log_likelihood : Their sum.

        Examples
        --------
        >>> from cfl.regression import MultivariateNormal
        >>> MultivariateNormal([0], [[1]]).log_density([[0], [1]]).round(3)
        array([-0.919, -1.419])
        """
        samples = validation.as_matrix(X)
        if samples.shape[1] != self.mean.size:
            raise RegressionError(
                f"X has {samples.shape[1]} features, but the distribution has {self.mean.size}."
            )
        standard = np.linalg.solve(self._root, (samples - self.mean).T)
        log_determinant = 2 * np.sum(np.log(np.diagonal(self._root)))
        constant = self.mean.size * np.log(2 * np.pi) + log_determinant
        return -0.5 * (constant + np.sum(standard**2, axis=0))

    def log_likelihood(self, X: npt.ArrayLike) -> float:
        """Return the sum of the log-densities of samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite.

        Returns
        -------
        log_likelihood : float
            No normal distribution has a larger one than the one that `fit` returns for these samples.

        Raises
        ------
        RegressionError
            `X` is not a finite (n_samples, n_features) matrix.

        See Also
        --------
        log_density : The terms of the sum.

        Examples
        --------
        >>> from cfl.regression import MultivariateNormal
        >>> X = [[0, 0], [2, 0], [0, 2], [2, 2]]
        >>> round(MultivariateNormal.fit(X).log_likelihood(X), 3)
        -11.352
        >>> round(MultivariateNormal([0, 0], [[1, 0], [0, 1]]).log_likelihood(X), 3)
        -15.352
        """
        return float(np.sum(self.log_density(X)))
