"""Sums of samples that can be merged: a whole linear fit in constant memory."""

from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.exceptions import RegressionError
from cfl.regression.linear import LinearRegression
from cfl.regression.moment_solver import solve_moments
from cfl.regression.validation import Array

SLICE = 32768
"""Samples that are converted at once, few enough for the second-level cache."""
INTEGER_LIMIT = 2**28
"""Integers below this are summed in int64, others in Python's integers, which have no limit but are slow."""


class Moments:
    """Sums of samples and their products, enough for a linear fit; made in one pass, merged in any order.

    A fit over data that is larger than memory, or spread over threads, processes or machines, is
    `partial_fit` on each part and one `merge`. The sums are exact rational numbers, so the order of the parts
    makes no difference at all.

    Attributes
    ----------
    n_samples : int
        Samples of weight above 0.
    n_columns : int
        Features, then targets; 0 before the first sample.
    n_targets : int
        Targets; 0 if `partial_fit` gets no `y`.
    exact : bool
        True while all data were integers without weights.

    See Also
    --------
    LinearRegression : The fit of samples that are all in memory; the most digits with float data.
    covariance : The covariance of one array.

    Notes
    -----
    Sums of integers (and bool) are exact, whatever their number: in `int64` for magnitudes below 2²⁸, in
    Python's integers (about a thousand times slower) above.

    Floats are summed in blocks of 1,024 samples: within a block about its own mean in float64, over the
    blocks in double-double arithmetic. Means and co-moments are then as good as those of a computation in two
    passes, as long as a column's mean is below 10⁹ times its standard deviation.

    Examples
    --------
    >>> from cfl.regression import Moments
    >>> first = Moments().partial_fit([[0], [1]], [1, 3])
    >>> second = Moments().partial_fit([[2], [3]], [5, 7])
    >>> both = first.merge(second)
    >>> both
    <Moments of 4 samples, 1 features, 1 targets>
    >>> both.mean, both.linear_regression().coef_, both.r2()
    (array([1.5, 4. ]), array([2.]), 1.0)
    """

    def __init__(self) -> None:
        self.n_samples = 0
        self.n_columns = 0
        self.n_targets = 0
        self.exact = True
        self._sum_weights: Fraction = Fraction(0)
        self._sum_log_weights = 0.0
        self._sums: list[Fraction] = []
        self._products: list[list[Fraction]] = []

    def partial_fit(
        self, X: npt.ArrayLike, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Add samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features: integers, or finite floats below 10¹⁵⁰ in magnitude.
        y : array-like of shape (n_samples,) or (n_samples, n_targets), optional
            Targets, of the same kind.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0. With weights the sums are no longer `exact`.

        Returns
        -------
        self : Moments
            These moments.

        Raises
        ------
        RegressionError
            Bad input, or another number of columns than before. The moments are then unchanged.

        See Also
        --------
        merge : Add the samples of other moments.

        Examples
        --------
        >>> from cfl.regression import Moments
        >>> moments = Moments()
        >>> for part in ([[1], [2]], [[3]]):
        ...     _ = moments.partial_fit(part)
        >>> moments.n_samples, moments.mean
        (3, array([2.]))
        """
        X, y = np.asarray(X), None if y is None else np.asarray(y)
        arrays = [_as_columns(X, "X")]
        if y is not None:
            arrays.append(_as_columns(y[:, None] if y.ndim == 1 else y, "y"))
        n = arrays[0].shape[0]
        validation.check_consistent_length(n, *(array.shape[0] for array in arrays))
        weights = validation.as_weights(sample_weight, n)
        part = type(self)()
        part.n_columns = sum(array.shape[1] for array in arrays)
        part.n_targets = 0 if y is None else arrays[1].shape[1]
        part.exact = weights is None and all(array.dtype.kind in "biu" for array in arrays)
        if part.exact:
            part._add_integers(arrays)
        else:
            part._add_floats(arrays, weights)
        return self.merge(part)

    def merge(self, other: "Moments") -> Self:
        """Add the samples of `other`, which stays unchanged.

        Parameters
        ----------
        other : Moments
            Of the same numbers of features and targets, or empty.

        Returns
        -------
        self : Moments
            These moments.

        Raises
        ------
        RegressionError
            `other` has another number of features or targets.

        See Also
        --------
        partial_fit : Add samples.
        to_dict : The state, to be sent from one process to another.
        """
        if other.n_columns == 0:
            return self
        if self.n_columns == 0:
            self.n_columns, self.n_targets = other.n_columns, other.n_targets
            self._sums = [Fraction(0)] * self.n_columns
            self._products = [[Fraction(0)] * self.n_columns for _ in range(self.n_columns)]
        if (self.n_columns, self.n_targets) != (other.n_columns, other.n_targets):
            raise RegressionError(
                f"Moments of {self.n_columns - self.n_targets} features and {self.n_targets} targets do not "
                f"merge with those of {other.n_columns - other.n_targets} and {other.n_targets}."
            )
        self.n_samples += other.n_samples
        self.exact = self.exact and other.exact
        self._sum_weights += other._sum_weights
        self._sum_log_weights += other._sum_log_weights
        self._sums = [a + b for a, b in zip(self._sums, other._sums, strict=True)]
        self._products = [
            [a + b for a, b in zip(mine, theirs, strict=True)]
            for mine, theirs in zip(self._products, other._products, strict=True)
        ]
        return self

    @property
    def sum_weights(self) -> float:
        """Sum of the weights; `n_samples` without weights.

        Examples
        --------
        >>> from cfl.regression import Moments
        >>> Moments().partial_fit([[1], [2]], sample_weight=[0.5, 2]).sum_weights
        2.5
        """
        return float(self._sum_weights)

    @property
    def mean(self) -> Array:
        """Weighted mean of each column, correctly rounded.

        A (n_columns,) float64 array; features come first, then targets.
        """
        self._check_not_empty()
        return np.array([float(total / self._sum_weights) for total in self._sums])

    @property
    def comoment(self) -> Array:
        """Co-moments Σ w·(x − x̄)(z − z̄) of all pairs of columns, correctly rounded.

        A symmetric (n_columns, n_columns) float64 array; features come first, then targets.

        See Also
        --------
        covariance : The same, divided by the number of samples.

        Examples
        --------
        >>> from cfl.regression import Moments
        >>> Moments().partial_fit([[0], [1], [2]], [1, 3, 5]).comoment
        array([[2., 4.],
               [4., 8.]])
        """
        return np.array([[float(value) for value in row] for row in self._comoments(centred=True)])

    def covariance(self, ddof: int = 1) -> Array:
        """Return the covariance of the columns: `comoment` divided by ``sum_weights - ddof``.

        Parameters
        ----------
        ddof : {0, 1}, default 1
            0 for the maximum-likelihood estimate, 1 for the unbiased one. For 1, weights count repeated
            samples.

        Returns
        -------
        covariance : (n_columns, n_columns) float64 array
            Features first, then targets.

        Raises
        ------
        RegressionError
            The weights do not add up to more than `ddof`.

        See Also
        --------
        cfl.regression.covariance : The same for one array.

        Examples
        --------
        >>> from cfl.regression import Moments
        >>> Moments().partial_fit([[0], [1], [2]], [1, 3, 5]).covariance()
        array([[1., 2.],
               [2., 4.]])
        """
        self._check_not_empty()
        if self.sum_weights <= ddof:
            raise RegressionError(f"The covariance with ddof={ddof} needs more than {ddof} sample(s).")
        return self.comoment / (self.sum_weights - ddof)

    def linear_regression(self, *, fit_intercept: bool = True) -> LinearRegression:
        """Return the least-squares fit of the targets, as a fitted `LinearRegression`.

        It has a `summary` like any other.

        Parameters
        ----------
        fit_intercept : bool, default True
            Whether to fit an intercept. If False, the fit goes through the origin.

        Returns
        -------
        line : LinearRegression
            The fit, the same whatever the parts and their order.

        Raises
        ------
        RegressionError
            There are no samples or no targets.

        Warns
        -----
        RankDeficiencyWarning
            Columns are linearly dependent; the solution is the one of minimum norm.
        ConditioningWarning
            κ² is above 10⁸ with float data (see Notes). Fit the samples themselves if you can.

        See Also
        --------
        LinearRegression : The fit of the samples themselves.
        r2 : How good the fit is.

        Notes
        -----
        Moments know `X` only through XᵀX. With float data the coefficients have about 15 − log₁₀(κ²) right
        digits, where κ is the condition number of the centred columns scaled to length 1. With integers they
        are exact.

        Examples
        --------
        >>> from cfl.regression import Moments
        >>> line = Moments().partial_fit([[0], [1], [2], [3]], [1, 3, 4, 8]).linear_regression()
        >>> float(line.intercept_), line.coef_, round(line.summary().r2, 4)
        (0.7, array([2.2]), 0.9308)
        """
        self._check_not_empty()
        if self.n_targets == 0:
            raise RegressionError("The moments have no target: call partial_fit with y.")
        p = self.n_columns - self.n_targets
        comoments = self._comoments(fit_intercept)
        means = [total / self._sum_weights * fit_intercept for total in self._sums]
        line = LinearRegression(fit_intercept=fit_intercept)
        line.n_features_in_ = p
        solution = solve_moments(
            comoments,
            means,
            p,
            exact=self.exact,
            n_samples=self.n_samples,
            sum_weights=self.sum_weights,
            sum_log_weights=self._sum_log_weights,
        )
        line._set_solution(solution, one_target=self.n_targets == 1)
        return line

    def r2(self, *, fit_intercept: bool = True) -> float:
        """Return R² of the least-squares fit on the samples seen; the mean over the targets.

        Parameters
        ----------
        fit_intercept : bool, default True
            Whether the fit has an intercept.

        Returns
        -------
        r2 : float
            1 for a perfect fit, 0 for one no better than the mean.

        Raises
        ------
        RegressionError
            There are no samples or no targets.

        See Also
        --------
        r2_score : The definition.
        linear_regression : The fit.
        """
        from cfl.regression.kernels import r_squared

        solution = self.linear_regression(fit_intercept=fit_intercept)._solution
        pairs = zip(solution.ss_residual, solution.ss_total, strict=True)
        return float(np.mean([r_squared(*pair) for pair in pairs]))

    def to_dict(self) -> dict[str, Any]:
        """Return the state, at full precision, as numbers and text that JSON can hold.

        Returns
        -------
        state : dict
            For `from_dict`.

        See Also
        --------
        from_dict : The way back.

        Examples
        --------
        >>> import json
        >>> from cfl.regression import Moments
        >>> text = json.dumps(Moments().partial_fit([[0], [1]], [1, 3]).to_dict())
        >>> Moments.from_dict(json.loads(text))
        <Moments of 2 samples, 1 features, 1 targets>
        """
        return {
            "n_samples": self.n_samples,
            "n_targets": self.n_targets,
            "exact": self.exact,
            "sum_weights": str(self._sum_weights),
            "sum_log_weights": self._sum_log_weights,
            "sums": [str(value) for value in self._sums],
            "products": [[str(value) for value in row] for row in self._products],
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make moments from the result of `to_dict`.

        Parameters
        ----------
        state : dict
            What `to_dict` returned, perhaps in another process.

        Returns
        -------
        moments : Moments
            Equal to those that `to_dict` was called on.

        Raises
        ------
        RegressionError
            `state` is not such a result.

        See Also
        --------
        to_dict : Make the state, with an example.

        Examples
        --------
        >>> from cfl.regression import Moments
        >>> moments = Moments().partial_fit([[0], [2]])
        >>> Moments.from_dict(moments.to_dict()).mean
        array([1.])
        """
        moments = cls()
        try:
            moments.n_samples = int(state["n_samples"])
            moments.n_targets = int(state["n_targets"])
            moments.exact = bool(state["exact"])
            moments._sum_weights = Fraction(state["sum_weights"])
            moments._sum_log_weights = float(state["sum_log_weights"])
            moments._sums = [Fraction(value) for value in state["sums"]]
            moments._products = [[Fraction(value) for value in row] for row in state["products"]]
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise RegressionError(f"This is not the state of moments: {error!r}.") from error
        moments.n_columns = len(moments._sums)
        if [len(row) for row in moments._products] != [moments.n_columns] * moments.n_columns:
            raise RegressionError("This is not the state of moments: the products are not a square.")
        return moments

    def __repr__(self) -> str:
        features = self.n_columns - self.n_targets
        return f"<Moments of {self.n_samples} samples, {features} features, {self.n_targets} targets>"

    def _add_integers(self, arrays: list[npt.NDArray[Any]]) -> None:
        from cfl.regression.moment_kernels import integer_sums

        n, q = arrays[0].shape[0], self.n_columns
        self.n_samples, self._sum_weights = n, Fraction(n)
        sums, products = np.zeros(q, object), np.zeros((q, q), object)
        largest = max(max(abs(int(array.min())), abs(int(array.max()))) for array in arrays)
        for part in _slices(arrays):
            if largest < INTEGER_LIMIT:
                part_sums, part_products = integer_sums(_stack(part, np.dtype(np.int64)))
                sums += part_sums.astype(object)
                products += part_products.astype(object)
            else:
                columns = _stack(part, np.dtype(object))
                sums += columns.sum(axis=1)
                products += np.triu(columns @ columns.T)
        self._sums = [Fraction(int(value)) for value in sums]
        self._products = [[Fraction(int(value)) for value in row] for row in products]

    def _add_floats(self, arrays: list[npt.NDArray[Any]], weights: Array | None) -> None:
        from cfl.regression.moment_kernels import add_samples

        n, q = arrays[0].shape[0], self.n_columns
        sums, products = np.zeros((q + 1, 2)), np.zeros((q, q, 2))
        none = np.empty(0)
        for start, part in zip(range(0, n, SLICE), _slices(arrays), strict=True):
            part_weights = none if weights is None else weights[start : start + SLICE]
            add_samples(_stack(part, np.dtype(np.float64)), part_weights, sums, products)
        if not (np.all(np.isfinite(sums)) and np.all(np.isfinite(products))):
            for array, name in zip(arrays, ("X", "y"), strict=False):
                validation.check_finite(array, name)
            raise RegressionError("Products of X and y are too large for float64: scale them.")
        self.n_samples = n if weights is None else int(np.count_nonzero(weights))
        if weights is not None:
            self._sum_log_weights = float(np.log(weights[weights > 0]).sum())
        exact = [Fraction(float(hi)) + Fraction(float(lo)) for hi, lo in sums]
        self._sum_weights, self._sums = exact[0], exact[1:]
        self._products = [[Fraction(float(hi)) + Fraction(float(lo)) for hi, lo in row] for row in products]

    def _comoments(self, centred: bool) -> list[list[Fraction]]:
        """Return the symmetric matrix of Σ w·x·z, about the means if `centred` is true."""
        self._check_not_empty()
        q = self.n_columns
        result = [[Fraction(0)] * q for _ in range(q)]
        for a in range(q):
            for b in range(a, q):
                taken = self._sums[a] * self._sums[b] / self._sum_weights if centred else 0
                result[a][b] = result[b][a] = self._products[a][b] - taken
        return result

    def _check_not_empty(self) -> None:
        if self.n_samples == 0:
            raise RegressionError("The moments have seen no samples (n_samples=0).")


def _as_columns(data: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return integers as they are, anything else as a float64 matrix. Sums are checked later."""
    array = data if data.dtype.kind in "biu" else validation.as_float(data, name)
    if array.ndim != 2:
        raise RegressionError(f"Expected 2D array for {name}, got {array.ndim}D array instead.")
    if 0 in array.shape:
        raise RegressionError(
            f"Found array with shape={array.shape} for {name}: at least 1 sample is required."
        )
    return array


def _slices(arrays: list[npt.NDArray[Any]]) -> Any:
    for start in range(0, arrays[0].shape[0], SLICE):
        yield [array[start : start + SLICE] for array in arrays]


def _stack(arrays: list[npt.NDArray[Any]], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return the columns of all arrays as the rows of one array."""
    rows = np.empty((sum(array.shape[1] for array in arrays), arrays[0].shape[0]), dtype)
    start = 0
    for array in arrays:
        rows[start : start + array.shape[1]] = array.T
        start += array.shape[1]
    return rows
