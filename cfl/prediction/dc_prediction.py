# mypy: disable-error-code="no-untyped-def"
"""DC_PRED, also where neighbours are missing, from sums of neighbours; for the kernels of all block sizes."""

from cfl.simd.kernel import inlined


@inlined
def dc_pred(above, left, have_above, have_left, w, h, middle):
    """DC_PRED (AV1 specification 7.11.2.5) from the sums of the row above and of the column to the left.

    Where one of them is missing, the mean of the other; where both are, `middle`.
    """
    if have_above and have_left:
        return int((above + left + ((w + h) >> 1) + 0.5) * (1.0 / (w + h)))
    if have_above:
        return (above + (w >> 1)) // w
    if have_left:
        return (left + (h >> 1)) // h
    return middle
