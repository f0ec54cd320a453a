"""The search for the blocks of a frame: what the walk then writes.

source ──search of a superblock──▶ records, tape ──walk, meter──▶ planes, contexts, CDFs ──▶ next

The walk only measures if parameters of in-loop filters are to be coded among the blocks, for they are chosen
later. Otherwise it writes, and the tile is complete.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.block_search.settings import SearchOptions, search_settings, set_step
from cfl.av1.block_search.state import (
    BEST,
    SCRATCH,
    Copies,
    Decisions,
    Pictures,
    Search,
    superblock_decisions,
)
from cfl.av1.block_search.superblock_deltas import quantizer_deltas
from cfl.av1.entropy.coder import SymbolCoder, finish, is_writer, symbol_meter, symbol_writer, with_room
from cfl.av1.entropy.costs import cdf_lists
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.reconstruction.frame_arrays import FrameArrays, frame_arrays
from cfl.av1.speeds import settings_of
from cfl.av1.tile.state import copied_blocks, frame_parameters, joined_blocks
from cfl.av1.tile.tiles import TileBlocks, TilePlace, TileWalk, most_bytes, tile_places
from cfl.av1.tunes import tune_settings
from cfl.threads import Progress, each

__all__ = ["FoundTile", "SearchOptions", "search_tiles"]


class FoundTile(NamedTuple):
    """What is found for a tile."""

    decisions: TileBlocks
    data: bytes | None
    """The coded tile, if it was asked for."""


def search_tiles(
    sequence: SequenceHeader,
    header: FrameHeader,
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    *,
    options: SearchOptions,
    links: np.ndarray | None = None,
    write: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
) -> tuple[list[FoundTile], FrameArrays]:
    """Choose the blocks of all tiles of a frame.

    Parameters
    ----------
    sequence, header
        Complete but for the parameters of the in-loop filters; superblocks are 64x64.
    source : tuple of one or three 2-D uint16 arrays
        The picture in arrays of `frame_buffers`; beyond its edge the last row and column are repeated.
    planes : tuple of arrays
        Of `frame_buffers`; filled with the reconstruction before the in-loop filters.
    options : SearchOptions
    links : (3, height, width) int32 array, optional
        Of `cfl.av1.block_search.intrabc_hash.repetitions`: for frames with intra block copy.
    write : bool, optional
        Whether to write the tiles at once: for frames whose tiles hold no parameters of in-loop filters,
        which are chosen later. The decisions then come without a tape.
    threads : int, optional
        How many tiles to search at a time.
    progress : callable, optional
        See `Progress`.

    Returns
    -------
    list of FoundTile
        In raster order.
    FrameArrays
    """
    frame = frame_parameters(sequence, header)
    arrays = frame_arrays(frame)
    same = np.zeros((3, 1, 1), np.int32) if links is None else links
    deltas = _deltas(sequence, header, source[0], options)

    def job(place: TilePlace) -> FoundTile:
        walk = TileWalk(header, frame, place, planes, arrays)
        walk.tile["measuring"] = write
        new_coder = symbol_writer if write else symbol_meter
        coder = new_coder(disable_cdf_update=bool(header.disable_cdf_update))
        return _search_tile(walk, coder, header, source, same, deltas, options, progress)

    return each(job, tile_places(header), threads, lambda place: _detail(source[0], place)), arrays


def _detail(luma: np.ndarray, place: TilePlace) -> int:
    """How much detail a tile has: the sum of absolute differences along some of its rows."""
    rows = slice(4 * place.mi_row_start, 4 * place.mi_row_end, 8)
    tile = luma[rows, 4 * place.mi_col_start : 4 * place.mi_col_end]
    return int(np.abs(np.diff(tile.astype(np.int32), axis=1)).sum())


def _search_tile(
    walk: TileWalk,
    coder: SymbolCoder,
    header: FrameHeader,
    source: Sequence[np.ndarray],
    links: np.ndarray,
    deltas: np.ndarray | None,
    options: SearchOptions,
    progress: Progress | None,
) -> FoundTile:
    from cfl.av1.block_search.partition import search_superblock
    from cfl.av1.entropy.costs import update_costs

    base_q_idx = header.quantization.base_q_idx
    search = _search(walk, options, base_q_idx)
    decisions = superblock_decisions(base_q_idx, bool(header.lossless_array[0]))
    pictures = Pictures(tuple(source) if len(source) == 3 else (source[0],) * 3, walk.planes)
    copies, lists = Copies(walk.arrays, links), cdf_lists()
    blocks: list[np.ndarray] = []
    tapes: list[np.ndarray] = []
    length, interval = 0, settings_of(options.speed).blocks.cost_interval
    for mi_row in walk.sb_rows():
        for mi_col in range(walk.place[2], walk.place[3], 16):
            if mi_col == walk.place[2]:
                walk.tile["left"] = 0
            if len(blocks) % interval == 0:
                update_costs(walk.cdfs, lists.start, lists.symbols, search.settings["costs"][0])
            if deltas is not None:
                wanted = base_q_idx + int(deltas[mi_row // 16, mi_col // 16])
                _set_qindex(walk, search, decisions, options, wanted)
            search_superblock(search, walk.cdfs, decisions, pictures, copies, mi_row, mi_col)
            count, used = int(walk.tile["blocks"][0]), int(walk.tile["tape"][0])
            walk.tile["blocks"] = walk.tile["tape"] = 0
            coder = with_room(coder, most_bytes(count, used))
            walk.run(coder, decisions.records, decisions.tape, mi_row, mi_col, mi_col + 16)
            blocks.append(copied_blocks(decisions.records[:count]))
            if is_writer(coder):
                blocks[-1]["tape"] = 0
            else:
                tapes.append(decisions.tape[:used].copy())
                blocks[-1]["tape"] += length
                length += used
            if progress is not None:
                progress(_visible_samples(header, mi_row, mi_col))
    found = TileBlocks(joined_blocks(blocks), np.concatenate([decisions.tape[:0], *tapes]))
    return FoundTile(found, finish(coder) if is_writer(coder) else None)


def _deltas(
    sequence: SequenceHeader, header: FrameHeader, luma: np.ndarray, options: SearchOptions
) -> np.ndarray | None:
    """What superblocks' quantizer indices should differ from base_q_idx, if they may."""
    if not header.delta.delta_q_present:
        return None
    size, depth = header.size, sequence.color_config.bit_depth
    shape, base_q_idx = (size.frame_width, size.frame_height), header.quantization.base_q_idx
    return quantizer_deltas(luma, *shape, depth, base_q_idx, tune_settings(options.tune))


def _set_qindex(
    walk: TileWalk, search: Search, decisions: Decisions, options: SearchOptions, wanted: int
) -> None:
    """Set the quantizer index of the next superblock, as near to what is wanted as its steps allow."""
    current, shift = int(walk.tile["current_q_index"][0]), int(walk.frame["delta_q_res"][0])
    delta = round((min(max(wanted, 1), 255) - current) / (1 << shift))
    qindex = min(max(current + delta * (1 << shift), 1), 255)
    decisions.records["qindex"], decisions.records["reduced_delta_qindex"] = qindex, delta
    set_step(search.settings, options, int(walk.frame["ac_qlookup"][0, qindex]))


def _search(walk: TileWalk, options: SearchOptions, base_q_idx: int) -> Search:
    """The records of the search over a tile."""
    settings = search_settings(options, int(walk.frame["ac_qlookup"][0, base_q_idx]))
    return Search(settings, np.zeros(1, BEST), np.zeros(1, SCRATCH), walk.frame, walk.tile)


def _visible_samples(header: FrameHeader, mi_row: int, mi_col: int) -> int:
    """How many luma samples of a superblock lie in the picture."""
    size = header.size
    return min(64, size.frame_height - 4 * mi_row) * min(64, size.upscaled_width - 4 * mi_col)
