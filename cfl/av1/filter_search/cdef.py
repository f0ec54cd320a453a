"""The search for CDEF strengths: up to eight pairs for the frame, and one of these for each 64x64.

    deblocked picture, source ──▶ squared error of every 64x64 with every strength, of luma and of chroma
        ──▶ pairs, added one by one: each time the pair that lowers the error most
        ──▶ each pair chosen again, given the others
        ──▶ the number of pairs of least RD cost

(AV1 specification 7.15.) All strengths are tried at little more than the cost of some
(`cdef_kernels`), so the errors are those of the filter itself.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.filters import cdef
from cfl.av1.filters.cdef import CdefFrame
from cfl.av1.headers.filters import CdefParams
from cfl.av1.speeds import CdefEffort
from cfl.threads import each

_PAIR_BITS = 12
"""Bits that a pair of luma strengths and a pair of chroma strengths take in the header."""


class CdefChoice(NamedTuple):
    """What the search has chosen."""

    params: CdefParams
    bits: int
    """Its rate: the strengths in the header and the choice of each 64x64."""


class _Choice(NamedTuple):
    """Pairs of (luma, chroma) strengths, as columns of the tables of errors, their rate and their RD cost."""

    pairs: list[tuple[int, int]]
    bits: int
    cost: float


def usual_damping(base_q_idx: int) -> int:
    """The damping to begin with for a quantizer, 3 to 6."""
    return min(4 + (base_q_idx >> 6), 6)


def search_cdef(
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    frame: CdefFrame,
    shapes: Sequence[tuple[int, int]],
    *,
    base_q_idx: int,
    lam: float,
    units128: bool,
    effort: CdefEffort,
    threads: int = 1,
) -> CdefChoice:
    """Choose the parameters of CDEF, and write the choice of each 64x64 to ``frame.cdef_idx``.

    Parameters
    ----------
    source, planes : one or three C-contiguous uint16 arrays
        What the picture should be, and the deblocked one: in pairs of the same shape.
    frame : CdefFrame
        Its strengths and damping are ignored. `cdef_idx` is set: -1 where all blocks are skipped.
    shapes : sequence of (rows, columns)
        The visible part of each plane.
    base_q_idx : int
    lam : float
        λ: what a bit is worth, in squared error.
    units128 : bool
        Whether superblocks are 128x128. Then each makes one choice, as a block larger than 64x64 codes just
        one.
    effort : CdefEffort
    threads : int, optional
    """
    coded = _coded(frame.skip)
    units, places = _units(coded, units128)
    frame.cdef_idx[:] = np.where(coded, 0, -1)
    best: tuple[float, CdefChoice, np.ndarray] | None = None
    dampings = {min(max(usual_damping(base_q_idx) + change, 3), 6) for change in effort.dampings}
    for damping in sorted(dampings):
        tables = _errors(source, planes, frame._replace(cdef_damping=damping), shapes, effort, threads)
        luma, chroma = (_by_unit(table[places], units) for table in tables)
        choice = _choose(luma, chroma, lam, effort)
        if best is None or choice.cost < best[0]:
            chosen = CdefChoice(_params(choice.pairs, damping, effort, len(planes)), choice.bits)
            best = choice.cost, chosen, _assigned(luma, chroma, choice.pairs)
    assert best is not None
    frame.cdef_idx[places] = best[2][units]
    return best[1]


def _coded(skip: np.ndarray) -> np.ndarray:
    """Which 64x64 have a block that is not skipped, and so code cdef_idx: (rows, columns) bool."""
    rows, columns = (np.arange(0, side, 16) for side in skip.shape)
    return np.add.reduceat(np.add.reduceat(skip == 0, rows, axis=0, dtype=np.int64), columns, axis=1) > 0


def _units(coded: np.ndarray, units128: bool) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Of each 64x64 that codes cdef_idx the number of its choice, from 0 on, and its row and column."""
    rows, columns = np.nonzero(coded)
    if not units128:
        return np.arange(rows.size), (rows, columns)
    _, units = np.unique((rows >> 1) * coded.shape[1] + (columns >> 1), return_inverse=True)
    return units, (rows, columns)


def _by_unit(errors: np.ndarray, units: np.ndarray) -> np.ndarray:
    """The errors, added up over those 64x64 that share a choice."""
    together = np.zeros((int(units.max(initial=-1)) + 1, errors.shape[1]), np.int64)
    np.add.at(together, units, errors)
    return together


def _errors(
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    frame: CdefFrame,
    shapes: Sequence[tuple[int, int]],
    effort: CdefEffort,
    threads: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The errors of luma and of both chroma planes: each (rows, columns of 64x64, strengths) int64."""
    rows, columns = frame.cdef_idx.shape
    count = len(effort.primary) * len(effort.secondary)
    luma = np.zeros((rows, columns, count), np.int64)
    chroma = np.zeros((rows, columns, count if len(planes) > 1 else 1), np.int64)

    def work(row: int) -> None:
        _row_errors(source, planes, frame, shapes, effort, row, luma[row], chroma[row])

    each(work, range(effort.rows // 2 % rows, rows, effort.rows), threads)
    return luma, chroma


def _row_errors(
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    frame: CdefFrame,
    shapes: Sequence[tuple[int, int]],
    effort: CdefEffort,
    row: int,
    luma: np.ndarray,
    chroma: np.ndarray,
) -> None:
    """Fill in the errors of a row of 64x64."""
    mi_rows, mi_cols = frame.skip.shape
    high = min(16, mi_rows - 16 * row)
    skip = frame.skip[16 * row : 16 * row + high].reshape(high // 2, 2, mi_cols // 2, 2).all(axis=(1, 3))
    rows8, cols8 = np.nonzero(~skip)
    if rows8.size == 0:
        return
    surrounded = cdef.surrounded_rows(planes[:1], row, frame, 0, 0)
    found = cdef.find_directions(surrounded, 8 * rows8, 8 * cols8, frame.bit_depth)
    _add_errors(surrounded, source[:1], shapes[0], row, frame, effort, (rows8, cols8), found, luma)
    if len(planes) > 1:
        surrounded = cdef.surrounded_rows(planes[1:], row, frame, frame.subsampling_x, frame.subsampling_y)
        _add_errors(surrounded, source[1:], shapes[1], row, frame, effort, (rows8, cols8), found, chroma)


def _add_errors(
    rows: cdef.Rows,
    source: Sequence[np.ndarray],
    shape: tuple[int, int],
    row: int,
    frame: CdefFrame,
    effort: CdefEffort,
    blocks: tuple[np.ndarray, np.ndarray],
    found: tuple[np.ndarray, np.ndarray],
    errors: np.ndarray,
) -> None:
    """Add the errors of the 8x8 blocks of a row of 64x64, of luma or of both chroma planes."""
    from cfl.av1.filter_search import cdef_kernels as kernels

    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if len(source) == 2 else (0, 0)
    depth_shift = frame.bit_depth - 8
    y, x = 8 * blocks[0] >> shift_y, 8 * blocks[1] >> shift_x
    kernels.block_errors(
        cdef.cdef_blocks(rows, frame, (shift_x, shift_y), y, x, found),
        _wanted(rows, source, shape, row, shift_y),
        blocks[1] >> 3,
        np.array(effort.primary, np.int64) << depth_shift,
        np.array(effort.secondary, np.int64) << depth_shift,
        np.empty(kernels.WORK_SIZE, np.int16),
        np.empty(8 * errors.shape[1], np.int32),
        errors,
    )


def _wanted(
    rows: cdef.Rows, source: Sequence[np.ndarray], shape: tuple[int, int], row: int, shift_y: int
) -> np.ndarray:
    """The source, laid out as the samples; -1 beyond the picture."""
    wanted = np.full((rows.source.size // rows.stride, rows.stride // rows.step, rows.step), -1, np.int16)
    first = 64 * row >> shift_y
    last = min(first + (64 >> shift_y), shape[0], first + wanted.shape[0] - 2 * cdef.MARGIN)
    for i, plane in enumerate(source):
        part = plane[first:last, : shape[1]]
        wanted[cdef.MARGIN : cdef.MARGIN + part.shape[0], cdef.MARGIN : cdef.MARGIN + part.shape[1], i] = part
    return wanted.reshape(-1)


def _choose(luma: np.ndarray, chroma: np.ndarray, lam: float, effort: CdefEffort) -> _Choice:
    """The pairs of least RD cost: 1, 2, 4 or 8 of them, as cdef_idx takes whole bits."""
    units = luma.shape[0]
    pair_bits = _PAIR_BITS if chroma.shape[1] > 1 else _PAIR_BITS // 2
    pairs: list[tuple[int, int]] = []
    best: _Choice | None = None
    for index_bits in range(effort.max_bits + 1):
        while len(pairs) < 1 << index_bits:
            pairs.append(_best_addition(luma, chroma, pairs))
        for _ in range(effort.refinements if index_bits else 0):
            before = list(pairs)
            for k in range(len(pairs)):
                pairs[k] = _best_addition(luma, chroma, pairs[:k] + pairs[k + 1 :])
            if pairs == before:
                break
        error = int(_pair_errors(luma, chroma, pairs).min(axis=1).sum())
        bits = index_bits * units + pair_bits * len(pairs)
        cost = error + lam * bits
        if best is None or cost < best.cost:
            best = _Choice(list(pairs), bits, cost)
    assert best is not None
    return best


def _best_addition(luma: np.ndarray, chroma: np.ndarray, pairs: list[tuple[int, int]]) -> tuple[int, int]:
    """The pair that lowers the error most when it is added to those given."""
    from cfl.av1.filter_search import cdef_kernels as kernels

    if not pairs:
        return int(np.argmin(luma.sum(axis=0))), int(np.argmin(chroma.sum(axis=0)))
    current = _pair_errors(luma, chroma, pairs).min(axis=1)
    scratch = np.empty(chroma.shape[1], np.int64)
    return kernels.best_pair(luma, chroma, current, scratch)


def _pair_errors(luma: np.ndarray, chroma: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """(units, pairs) int64."""
    first, second = np.array(pairs).T
    return luma[:, first] + chroma[:, second]


def _assigned(luma: np.ndarray, chroma: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    """The pair of each unit: the first of those with the least error."""
    return np.argmin(_pair_errors(luma, chroma, pairs), axis=1)


def _params(pairs: list[tuple[int, int]], damping: int, effort: CdefEffort, planes: int) -> CdefParams:
    params = CdefParams(cdef_damping=damping, cdef_bits=len(pairs).bit_length() - 1)
    for k, (luma, chroma) in enumerate(pairs):
        primary, secondary = divmod(luma, len(effort.secondary))
        params.cdef_y_pri_strength[k] = effort.primary[primary]
        params.cdef_y_sec_strength[k] = effort.secondary[secondary]
        if planes > 1:
            primary, secondary = divmod(chroma, len(effort.secondary))
            params.cdef_uv_pri_strength[k] = effort.primary[primary]
            params.cdef_uv_sec_strength[k] = effort.secondary[secondary]
    return params
