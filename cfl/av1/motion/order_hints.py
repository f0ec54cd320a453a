"""Distances of frames in output order."""


def relative_distance(a: int, b: int, order_hint_bits: int) -> int:
    """Return a − b, of two order hints: get_relative_dist (AV1 specification 5.9.3).

    Parameters
    ----------
    a, b : int
        Order hints, 0 up to 1 << order_hint_bits.
    order_hint_bits : int
        OrderHintBits: 0 to 8; with 0 there are no order hints, and the distance is 0.
    """
    if order_hint_bits == 0:
        return 0
    half = 1 << (order_hint_bits - 1)
    return ((a - b) & (half - 1)) - ((a - b) & half)
