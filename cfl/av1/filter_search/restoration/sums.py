"""Sums of products of features, piece by piece: all that fitting units of any size needs of the picture.

What the features are: see `sums_kernels`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.filter_search.restoration.input import RestorationInput
from cfl.av1.filters import restoration
from cfl.av1.filters.restoration import stripes_in_frame
from cfl.av1.tables.restoration import SGR_PARAMS
from cfl.threads import each


class PlaneSums(NamedTuple):
    """The sums of a plane's pieces."""

    wiener: np.ndarray
    """(stripes, columns, n) int64: see `sums_kernels.wiener_products`."""
    sgr: np.ndarray
    """(stripes, columns, sets, 5) int64: see `sums_kernels.self_guided_products`."""


def sums_of_planes(given: RestorationInput, borders: Sequence[np.ndarray], threads: int) -> list[PlaneSums]:
    """The sums of all pieces of all planes; stripes run at the same time.

    Parameters
    ----------
    given : RestorationInput
    borders : one or three uint16 arrays
        The `border_rows` of the deblocked planes.
    threads : int
    """
    stripes = stripes_in_frame(given.frame.frame_height)
    sums = []
    for plane in range(len(given.planes)):
        columns = -(-given.shape(plane)[1] // given.piece(plane))
        count = (given.half(plane) + 1) ** 2
        wiener = np.zeros((stripes, columns, count * (count + 1) // 2), np.int64)
        sums.append(PlaneSums(wiener, np.zeros((stripes, columns, len(given.effort.sets), 5), np.int64)))
    work = [(plane, stripe) for stripe in range(stripes) for plane in range(len(given.planes))]
    each(lambda item: _add_stripe(given, borders, *item, sums[item[0]]), work, threads)
    return sums


def _add_stripe(
    given: RestorationInput, borders: Sequence[np.ndarray], plane: int, stripe: int, sums: PlaneSums
) -> None:
    """Fill in the sums of a stripe of a plane."""
    from cfl.av1.filter_search.restoration import sums_kernels as kernels
    from cfl.av1.filters.restoration_layout import SIDE, BoxScratch

    height, width = given.shape(plane)
    piece, offset = given.piece(plane), given.stripe_offset(plane)
    top, bottom = max(0, stripe * piece - offset), min(height, (stripe + 1) * piece - offset)
    if top >= bottom:
        return
    samples, wanted = given.planes[plane], given.source[plane]
    source = restoration.surrounded_stripe(borders[plane], stripe, samples, top, bottom, width, height)
    pieces = kernels.StripePieces(
        source.reshape(-1),
        source.shape[1],
        bottom - top,
        width,
        piece,
        wanted.reshape(-1),
        wanted.shape[1],
        top,
        np.arange(16, dtype=np.int16),
    )
    kernels.wiener_products(
        pieces,
        given.half(plane),
        np.empty(4 * kernels.SUM_STRIDE, np.int16),
        np.empty(kernels.FEATURES * SIDE, np.int16),
        sums.wiener[stripe],
    )
    if not given.effort.sets:
        return
    kernels.self_guided_products(
        pieces,
        given.frame.bit_depth,
        np.array(given.effort.sets, np.int64),
        SGR_PARAMS,
        BoxScratch.empty(),
        np.empty(SIDE * SIDE, np.int32),
        np.empty(3 * SIDE * SIDE + 16, np.int16),
        sums.sgr[stripe],
    )
    if given.frame.bit_depth == 12:  # whose features are in quarters, not in 2^-4
        sums.sgr[stripe] *= np.array([16, 16, 16, 4, 4])
