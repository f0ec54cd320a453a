"""Covariance and the multivariate normal distribution."""

from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.exceptions import RegressionError
from cfl.regression.moments import Moments
from cfl.regression.validation import Array


def covariance(X: npt.ArrayLike, ddof: int = 1) -> Array:
    """Covariance matrix of the columns of `X`: Σ (x − x̄)(x − x̄)ᵀ / (n_samples − ddof).

    The deviations are from the sample's own mean, which lies nearer to the samples than the true mean does.
    Divided by N (``ddof=0``) their products are therefore too small on average, by the factor (N − 1) / N;
    divided by N − 1 they are right on average.

    Parameters
    ----------
    X : array-like, shape (n_samples, n_features)
    ddof : {0, 1}, default 1

    Returns
    -------
    covariance : (n_features, n_features) float64 array

    Raises
    ------
    RegressionError
        `X` is not a finite matrix, or has no more than `ddof` samples.

    Examples
    --------
    >>> covariance([[0.0], [2.0]]), covariance([[0.0], [2.0]], ddof=0)
    (array([[2.]]), array([[1.]]))
    """
    return Moments().partial_fit(X).covariance(ddof)


class MultivariateNormal:
    """A normal distribution of vectors.

    Parameters
    ----------
    mean : (n_features,) array-like
    covariance : (n_features, n_features) array-like
        Symmetric and positive definite.

    Raises
    ------
    RegressionError
        Shapes that do not match, or a covariance that is not symmetric and positive definite.
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
        X : array-like, shape (n_samples, n_features)
        ddof : {0, 1}, default 0
            0: maximum likelihood; 1: with the unbiased covariance.

        Raises
        ------
        RegressionError
            Bad input; or samples that lie in a plane, as n_features or fewer always do.
        """
        moments = Moments().partial_fit(X)
        return cls(moments.mean, moments.covariance(ddof))

    def log_density(self, X: npt.ArrayLike) -> Array:
        """Logarithm of the density at each sample, (n_samples,).

        Raises
        ------
        RegressionError
            `X` is not a finite (n_samples, n_features) matrix.
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
        """Sum of the log-densities of samples; the distribution `fit` to them has the largest of all."""
        return float(np.sum(self.log_density(X)))
