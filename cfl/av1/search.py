"""The search for the blocks of a frame: what the walk then writes.

source ──search of a superblock──▶ records, tape ──walk, meter──▶ planes, contexts, CDFs ──▶ next
"""

from collections.abc import Sequence

import numpy as np

from cfl.av1.frame_header import FrameHeader
from cfl.av1.search_state import (
    CHROMA_WEIGHT,
    SUPERBLOCK_BLOCKS,
    SUPERBLOCK_TAPE,
    SearchOptions,
    best_records,
    cdf_lists,
    cost_interval,
    search_state,
)
from cfl.av1.sequence_header import SequenceHeader
from cfl.av1.symbol import symbol_meter
from cfl.av1.threads import Progress, each
from cfl.av1.tile import TileBlocks, TilePlace, TileWalk, tile_places
from cfl.av1.tile_state import BLOCK, FrameArrays, frame_arrays, frame_parameters

__all__ = ["SearchOptions", "search_tiles"]


def search_tiles(
    sequence: SequenceHeader,
    header: FrameHeader,
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    *,
    options: SearchOptions,
    links: np.ndarray | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> tuple[list[TileBlocks], FrameArrays]:
    """Choose the blocks of all tiles of a frame.

    Parameters
    ----------
    sequence, header
        Complete but for the parameters of the in-loop filters; superblocks are 64x64.
    source : tuple of one or three 2-D uint16 arrays
        The picture in arrays of `frame_buffers`, beyond its edge the last row and column again.
    planes : tuple of arrays
        Of `frame_buffers`; filled with the reconstruction before the in-loop filters.
    options : SearchOptions
    links : (3, height, width) int32 array, optional
        Of `cfl.av1.intrabc_search.repetitions`: for frames with intra block copy.
    threads : int, optional
        How many tiles to search at a time.
    progress : callable, optional
        See `Progress`.

    Returns
    -------
    list of TileBlocks
        In raster order.
    FrameArrays
    """
    frame = frame_parameters(sequence, header)
    arrays = frame_arrays(frame)
    same = np.zeros((3, 1, 1), np.int32) if links is None else links

    def job(place: TilePlace) -> TileBlocks:
        walk = TileWalk(header, frame, place, planes, arrays)
        return _search_tile(walk, header, source, same, options, progress)

    return each(job, tile_places(header), threads, lambda place: _detail(source[0], place)), arrays


def _detail(luma: np.ndarray, place: TilePlace) -> int:
    """How much there is to be seen in a tile: the sum of absolute differences along some of its rows."""
    rows = slice(4 * place.mi_row_start, 4 * place.mi_row_end, 8)
    tile = luma[rows, 4 * place.mi_col_start : 4 * place.mi_col_end]
    return int(np.abs(np.diff(tile.astype(np.int32), axis=1)).sum())


def _search_tile(
    walk: TileWalk,
    header: FrameHeader,
    source: Sequence[np.ndarray],
    links: np.ndarray,
    options: SearchOptions,
    progress: Progress | None,
) -> TileBlocks:
    from cfl.av1.partition_search_kernels import search_superblock
    from cfl.av1.quantize_kernels import update_costs

    base_q_idx = header.quantization.base_q_idx
    chroma_weight = CHROMA_WEIGHT if walk.frame["subsampling_y"][0] else 1.0
    search = search_state(options, int(walk.frame["ac_qlookup"][0, base_q_idx]), chroma_weight)
    coder = symbol_meter(bool(header.disable_cdf_update))
    lists, costs = cdf_lists(), search["costs"][0]
    records, tape = np.zeros(SUPERBLOCK_BLOCKS, BLOCK), np.zeros(SUPERBLOCK_TAPE, np.int32)
    records["qindex"], records["lossless"] = base_q_idx, header.lossless_array[0]
    best = best_records()
    originals = tuple(source) if len(source) == 3 else (source[0],) * 3
    blocks: list[np.ndarray] = []
    tapes: list[np.ndarray] = []
    length, interval = 0, cost_interval(options.speed)
    for mi_row in walk.sb_rows():
        for mi_col in range(walk.place[2], walk.place[3], 16):
            if mi_col == walk.place[2]:
                walk.tile["left"] = 0
            if len(blocks) % interval == 0:
                update_costs(walk.cdfs, lists.start, lists.symbols, costs)
            search_superblock(
                search, walk.frame, walk.tile, walk.cdfs, records, best, tape, originals, walk.planes,
                walk.arrays, links, mi_row, mi_col,
            )  # fmt: skip
            count, used = int(walk.tile["blocks"][0]), int(walk.tile["tape"][0])
            walk.tile["blocks"] = walk.tile["tape"] = 0
            walk.run(coder, records, tape, mi_row, mi_col, mi_col + 16)
            blocks.append(records[:count].copy())
            tapes.append(tape[:used].copy())
            blocks[-1]["tape"] += length
            length += used
            if progress is not None:
                progress(_visible_samples(header, mi_row, mi_col))
    return TileBlocks(np.concatenate(blocks), np.concatenate(tapes))


def _visible_samples(header: FrameHeader, mi_row: int, mi_col: int) -> int:
    """Samples of luma of a superblock that lie in the picture."""
    size = header.size
    return min(64, size.frame_height - 4 * mi_row) * min(64, size.upscaled_width - 4 * mi_col)
