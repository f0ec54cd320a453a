"""What `cfl.regression` raises and warns of.

Code written for scikit-learn catches scikit-learn's `NotFittedError` and silences its `ConvergenceWarning`.
If scikit-learn is loaded, the errors and warnings made here are therefore instances of its classes too.
scikit-learn is never imported here.
"""

import functools
import sys
from typing import TypeVar

from cfl.errors import CflError

Kind = TypeVar("Kind", bound=Exception)


class RegressionError(CflError):
    """No fit can be made from the data or with the parameters; the message says what to change.

    See Also
    --------
    NotFittedError : The estimator was used before `fit`.
    cfl.errors.CflError : Base of all errors of cfl; a `ValueError`.

    Examples
    --------
    >>> from cfl.regression import LinearRegression, RegressionError
    >>> try:
    ...     LinearRegression().fit([[0], [float("nan")]], [1, 2])
    ... except RegressionError as error:
    ...     print(error)
    Input X contains NaN.
    """


class NotFittedError(RegressionError, AttributeError):
    """An estimator was used before `fit`.

    If scikit-learn is loaded, what is raised is scikit-learn's `NotFittedError` too.

    See Also
    --------
    RegressionError : Base of the errors of regression.

    Examples
    --------
    >>> from cfl.regression import LinearRegression, NotFittedError
    >>> try:
    ...     LinearRegression().predict([[1]])
    ... except NotFittedError as error:
    ...     print(str(error).split(".")[0])
    This LinearRegression instance is not fitted yet
    """

    def __reduce__(self) -> tuple[object, ...]:
        return (not_fitted_error, self.args)


class RankDeficiencyWarning(UserWarning):
    """The features are linearly dependent; the coefficients are the minimum-norm ones of many solutions.

    See Also
    --------
    ConditioningWarning : The features are nearly dependent.
    LinearRegression : How the rank is determined.

    Examples
    --------
    The second feature is twice the first:

    >>> import warnings
    >>> from cfl.regression import LinearRegression, RankDeficiencyWarning
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     line = LinearRegression().fit([[1, 2], [2, 4], [3, 6]], [5, 10, 15])
    >>> caught[0].category is RankDeficiencyWarning, line.rank_, line.coef_
    (True, 1, array([1., 2.]))
    """


class ConditioningWarning(UserWarning):
    """The features are so nearly dependent that some coefficients may have fewer than 12 right digits.

    See Also
    --------
    RankDeficiencyWarning : The features are exactly dependent.

    Examples
    --------
    Moments know the features only through their squares, which are less well conditioned:

    >>> import warnings
    >>> from cfl.regression import ConditioningWarning, Moments
    >>> moments = Moments().partial_fit([[0, 0], [1, 1 + 1e-6], [2, 2], [3, 3 - 1e-6]], [0, 1, 2, 4])
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     line = moments.linear_regression()
    >>> caught[0].category is ConditioningWarning
    True
    """


class ConvergenceWarning(UserWarning):
    """An iteration stopped at `max_iter` before it met `tol`.

    If scikit-learn is loaded, what is warned of is scikit-learn's `ConvergenceWarning` too.

    See Also
    --------
    HuberRegressor, TheilSenRegressor, ClusterwiseRegression : Estimators that iterate.

    Examples
    --------
    >>> import warnings
    >>> from cfl.regression import ConvergenceWarning, HuberRegressor
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     line = HuberRegressor(max_iter=1).fit([[0], [1], [2], [3]], [0, 1, 2, 30])
    >>> issubclass(caught[0].category, ConvergenceWarning)
    True
    """


def not_fitted_error(message: str) -> NotFittedError:
    """Make a `NotFittedError` that is scikit-learn's as well, where scikit-learn is loaded."""
    return _also_scikit_learns(NotFittedError, "sklearn.exceptions" in sys.modules)(message)


def convergence_warning(message: str) -> ConvergenceWarning:
    """Make a `ConvergenceWarning` that is scikit-learn's as well, where scikit-learn is loaded."""
    return _also_scikit_learns(ConvergenceWarning, "sklearn.exceptions" in sys.modules)(message)


@functools.cache
def _also_scikit_learns(kind: type[Kind], loaded: bool) -> type[Kind]:
    if not loaded:
        return kind
    theirs = getattr(sys.modules["sklearn.exceptions"], kind.__name__)
    return type(kind.__name__, (kind, theirs), {"__doc__": kind.__doc__, "__module__": kind.__module__})
