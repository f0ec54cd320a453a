# mypy: disable-error-code="no-untyped-def"
"""The sums for a line through one predictor, and what it leaves over, in double-double."""

import numpy as np

from cfl.regression.double_double import add, div, mul, sub, two_prod
from cfl.simd.kernel import entry


@entry
def simple_sums(x, y, weights, centred):
    """Sums for a line through one predictor.

    Parameters
    ----------
    x, y, weights : (n,) float64 arrays
        Scaled to at most 1, so that no square overflows.
    centred : bool
        Deviations from the weighted means; else from 0.

    Returns
    -------
    sums : (6, 2) float64 array
        Double-doubles (hi, lo): the sum of the weights, means of x and y (0 if not centred), Σw·dx²,
        Σw·dx·dy and Σw·dy².
    """
    s = np.zeros((6, 2))
    for i in range(x.size):
        s[0, 0], s[0, 1] = add(s[0, 0], s[0, 1], weights[i], 0.0)
        if centred:
            ph, pl = two_prod(weights[i], x[i])
            s[1, 0], s[1, 1] = add(s[1, 0], s[1, 1], ph, pl)
            ph, pl = two_prod(weights[i], y[i])
            s[2, 0], s[2, 1] = add(s[2, 0], s[2, 1], ph, pl)
    for j in range(1, 3):
        s[j, 0], s[j, 1] = div(s[j, 0], s[j, 1], s[0, 0], s[0, 1])
    xxh, xxl, xyh, xyl, yyh, yyl = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(x.size):
        xh, xl = sub(x[i], 0.0, s[1, 0], s[1, 1])
        yh, yl = sub(y[i], 0.0, s[2, 0], s[2, 1])
        wxh, wxl = mul(xh, xl, weights[i], 0.0)
        wyh, wyl = mul(yh, yl, weights[i], 0.0)
        ph, pl = mul(wxh, wxl, xh, xl)
        xxh, xxl = add(xxh, xxl, ph, pl)
        ph, pl = mul(wxh, wxl, yh, yl)
        xyh, xyl = add(xyh, xyl, ph, pl)
        ph, pl = mul(wyh, wyl, yh, yl)
        yyh, yyl = add(yyh, yyl, ph, pl)
    s[3, 0], s[3, 1] = xxh, xxl
    s[4, 0], s[4, 1] = xyh, xyl
    s[5, 0], s[5, 1] = yyh, yyl
    return s


@entry
def residual_squares(x, y, weights, slope, intercept):
    """Σw·(y − slope·x − intercept)², rounded.

    Parameters
    ----------
    x, y, weights : (n,) float64 arrays
        Scaled to at most 1, so that no square overflows.
    slope, intercept : (float, float)
        Double-doubles (hi, lo).
    """
    total = 0.0
    for i in range(x.size):
        ph, pl = mul(slope[0], slope[1], x[i], 0.0)
        rh, rl = sub(y[i], 0.0, ph, pl)
        rh, rl = sub(rh, rl, intercept[0], intercept[1])
        total += weights[i] * rh * rh
    return total
