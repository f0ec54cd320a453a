# mypy: disable-error-code="no-untyped-def"
"""The two formulas of simple regression, as Numba kernels that every fit in `cfl` calls."""

from cfl.simd.kernel import entry


@entry
def slope(sxx, sxy):
    """Least-squares slope Σxy / Σx²; 0.0 where x does not vary (Σx² = 0).

    The sums are of deviations: from the means, for a line with an intercept, or from a fixed point the
    line must go through.
    """
    if sxx > 0:
        return sxy / sxx
    return 0.0


@entry
def r_squared(ss_residual, ss_total):
    """R² = 1 − SS_residual / SS_total; where SS_total is 0: 1.0 if SS_residual is 0, else 0.0.

    Negative where the prediction is worse than the mean.
    """
    if ss_total > 0:
        return 1.0 - ss_residual / ss_total
    return 1.0 if ss_residual == 0 else 0.0
