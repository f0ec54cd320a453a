"""What `cfl.regression` raises and warns of.

Code written for scikit-learn catches scikit-learn's `NotFittedError` and silences its `ConvergenceWarning`.
Where scikit-learn is loaded the classes made here are therefore subclasses of its classes too; it is never
imported.
"""

import functools
import sys
from typing import TypeVar

from cfl.errors import CflError

Kind = TypeVar("Kind", bound=Exception)


class RegressionError(CflError):
    """Data or parameters that no fit can be made from; the message says what to change."""


class NotFittedError(RegressionError, AttributeError):
    """An estimator was used before `fit`."""

    def __reduce__(self) -> tuple[object, ...]:
        return (not_fitted_error, self.args)


class RankDeficiencyWarning(UserWarning):
    """The columns of the design are linearly dependent; the coefficients are the minimum-norm ones."""


class ConditioningWarning(UserWarning):
    """The design is so ill-conditioned that some coefficients may have fewer than 12 right digits."""


class ConvergenceWarning(UserWarning):
    """An iteration stopped at `max_iter` before it met `tol`."""


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
