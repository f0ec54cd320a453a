"""Tiles: decode those of a frame, or write them from blocks' records; `cfl.av1.tile.superblocks` is the walk.

CodedFrame ──▶ tiles, each on a thread: symbol reader ──walk──▶ planes, FrameArrays (and records, tape)
records, tape ──walk──▶ symbol writer ──▶ the tile's bytes (and planes, FrameArrays)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cfl.av1.entropy.cdfs import default_context
from cfl.av1.entropy.coder import (
    POSITION,
    SymbolCoder,
    finish,
    symbol_reader,
    symbol_writer,
    trailing_bits_conform,
)
from cfl.av1.headers.coded_frame import CodedFrame
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.reconstruction.frame_arrays import FrameArrays, frame_arrays
from cfl.av1.tile.frame_context import FrameContext
from cfl.av1.tile.inter_state import InterFrame, inter_tile
from cfl.av1.tile.state import (
    BLOCK,
    ERRORS,
    copied_blocks,
    frame_parameters,
    joined_blocks,
    set_scaling,
    tile_state,
)
from cfl.errors import BitstreamError
from cfl.threads import each

PADDING = 64
RowDone = Callable[[int], object]
_NO_PLANES = (np.zeros((1, 1), np.uint16),)


class TileBlocks(NamedTuple):
    """The decisions of a tile: the records of its blocks in the order of coding, and the tape."""

    blocks: np.ndarray
    """(n,) array of BLOCK."""
    tape: np.ndarray
    """int32 array; BLOCK.tape says where a block begins."""


@dataclass
class BlockRecorder:
    """Keeps the decisions of every tile that `decode_tiles` decodes with it."""

    tiles: list[TileBlocks] = field(default_factory=list)
    """In raster order."""

    @property
    def blocks(self) -> np.ndarray:
        """(n,) array of BLOCK: the blocks of all tiles."""
        return joined_blocks([tile.blocks for tile in self.tiles])


def frame_buffers(coded: CodedFrame) -> tuple[np.ndarray, ...]:
    """Return planes for a frame's tiles: zeros, padded so that they contain every block whole.

    Returns
    -------
    tuple of one or three 2-D uint16 arrays
    """
    color, header = coded.sequence.color_config, coded.header
    height = -(-4 * header.size.mi_rows // PADDING) * PADDING
    width = -(-4 * header.size.mi_cols // PADDING) * PADDING
    luma = np.zeros((height, width), np.uint16)
    if color.num_planes == 1:
        return (luma,)
    shape = height >> color.subsampling_y, width >> color.subsampling_x
    return luma, np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)


class TileFrame(NamedTuple):
    """What the tiles of a frame share besides its planes."""

    parameters: np.ndarray
    """Of `frame_parameters`."""
    arrays: FrameArrays
    """To be filled."""


class TilePlace(NamedTuple):
    """Where a tile lies, in units of 4x4 luma samples."""

    mi_row_start: int
    mi_row_end: int
    mi_col_start: int
    mi_col_end: int


def tile_places(header: FrameHeader) -> Iterator[TilePlace]:
    """Yield where the tiles of a frame lie, in raster order."""
    rows, cols = header.tile_info.mi_row_starts, header.tile_info.mi_col_starts
    for top, bottom in pairwise(rows):
        for left, right in pairwise(cols):
            yield TilePlace(top, bottom, left, right)


class TileWalk:
    """The walk over one tile: its state, and superblocks of it on request."""

    def __init__(
        self,
        header: FrameHeader,
        frame: np.ndarray,
        place: TilePlace,
        planes: Sequence[np.ndarray],
        arrays: FrameArrays,
        inter: InterFrame | None = None,
        cdfs: np.ndarray | None = None,
    ):
        self.frame, self.place, self.arrays = frame, place, arrays
        self.inter = None if inter is None else inter_tile(inter)
        self.planes = tuple(planes) if len(planes) == 3 else (planes[0],) * 3
        base_q_idx = header.quantization.base_q_idx
        self.cdfs = default_context(base_q_idx) if cdfs is None else cdfs.copy()
        self.tile = tile_state(*place, base_q_idx)

    def sb_rows(self) -> range:
        """The first rows of the superblocks."""
        step = 32 if self.frame["use_128x128_superblock"][0] else 16
        return range(self.place.mi_row_start, self.place.mi_row_end, step)

    def run(
        self,
        coder: SymbolCoder,
        records: np.ndarray,
        tape: np.ndarray,
        mi_row: int,
        mi_col: int | None = None,
        mi_col_end: int | None = None,
    ) -> None:
        """Walk one row of superblocks, or those of it from mi_col up to mi_col_end."""
        from cfl.av1.tile.superblocks import code_superblocks

        start = self.place.mi_col_start if mi_col is None else mi_col
        end = self.place.mi_col_end if mi_col_end is None else min(mi_col_end, self.place.mi_col_end)
        code_superblocks(
            coder,
            self.cdfs,
            self.frame,
            self.tile,
            records,
            tape,
            self.planes,
            self.arrays,
            self.inter,
            mi_row,
            start,
            end,
        )


def decode_tiles(
    coded: CodedFrame,
    planes: Sequence[np.ndarray] | None,
    *,
    threads: int = 1,
    recorder: BlockRecorder | None = None,
    context: FrameContext | None = None,
    prepared: TileFrame | None = None,
    row_done: RowDone | None = None,
) -> FrameArrays:
    """Decode all tiles of a frame, without the in-loop filters.

    Parameters
    ----------
    coded : CodedFrame
        A frame whose tiles are all there.
    planes : tuple of arrays, optional
        Of `frame_buffers`; overwritten. Without them the tiles are parsed only.
    threads : int
        How many tiles to decode at a time.
    recorder : BlockRecorder, optional
        Takes the blocks' records, with the bits they cost.
    context : FrameContext, optional
        Of an inter frame, or of one that others may be predicted from; its CDFs become those that
        the frame leaves.
    prepared : TileFrame, optional
        Of `tile_frame`, if its arrays are wanted before they are filled.
    row_done : callable, optional
        Of a frame of one tile: it is called with the number of rows of 64 luma rows that are decoded, after
        each row of superblocks.

    Returns
    -------
    FrameArrays

    Raises
    ------
    BitstreamError
        A tile breaks a rule of the standard, or ends early or late.
    """
    header = coded.header
    frame, arrays = prepared or tile_frame(coded, context)
    begin = default_context(header.quantization.base_q_idx) if context is None else context.cdfs
    inter = None if context is None else context.inter

    def job(index: int, place: TilePlace) -> TileBlocks:
        walk = TileWalk(header, frame, place, planes or _NO_PLANES, arrays, inter, begin)
        walk.tile["reconstructing"] = planes is not None
        blocks = _decode_tile(walk, coded, index, recorder is not None, row_done)
        if context is not None and index == header.tile_info.context_update_tile_id:
            _keep_cdfs(context, header, walk)
        return blocks

    places = enumerate(tile_places(header))
    tiles = each(lambda part: job(*part), places, threads, lambda part: len(coded.tiles[part[0]].data))
    if recorder is not None:
        recorder.tiles += tiles
    return arrays


def tile_frame(coded: CodedFrame, context: FrameContext | None = None) -> TileFrame:
    """Make what the tiles of a frame share."""
    frame = _frame_of(coded.sequence, coded.header, context)
    mi_sizes = None if context is None or context.inter is None else context.inter.info.mi_sizes
    return TileFrame(frame, frame_arrays(frame, mi_sizes))


def _frame_of(sequence: SequenceHeader, header: FrameHeader, context: FrameContext | None) -> np.ndarray:
    """The parameters of a frame, with what depends on its references."""
    frame = frame_parameters(sequence, header)
    if context is not None:
        set_scaling(frame, header, context.reference_sizes)
    return frame


def _keep_cdfs(context: FrameContext, header: FrameHeader, walk: TileWalk) -> None:
    """frame_end_update_cdf: the CDFs of one of the tiles are those the frame leaves."""
    if not header.disable_frame_end_update_cdf:
        context.cdfs = walk.cdfs


def _decode_tile(
    walk: TileWalk, coded: CodedFrame, index: int, recording: bool, row_done: RowDone | None = None
) -> TileBlocks:
    data = coded.tiles[index]
    coder = symbol_reader(data.data, bool(coded.header.disable_cdf_update))
    walk.tile["recording"] = walk.tile["measuring"] = recording
    records, tape = np.zeros(1, BLOCK), np.zeros(1, np.int32)
    if recording:
        records, tape = _room(walk)
    blocks, tapes = [], []
    for mi_row in walk.sb_rows():
        walk.tile["blocks"] = walk.tile["tape"] = 0
        walk.run(coder, records, tape, mi_row)
        error = int(walk.tile["error"][0])
        if error:
            where = f"tile {index}, row {4 * mi_row}"
            raise BitstreamError(f"{ERRORS[error]} ({where})", data.offset + _position(coder))
        if row_done is not None:
            row_done(-(-min(mi_row + walk.sb_rows().step, walk.place.mi_row_end) // 16))
        if recording:
            blocks.append(copied_blocks(records[: walk.tile["blocks"][0]]))
            tapes.append(tape[: walk.tile["tape"][0]].copy())
            blocks[-1]["tape"] += sum(len(part) for part in tapes[:-1])
    if not trailing_bits_conform(coder):
        raise BitstreamError(
            f"tile {index} does not end with its trailing bits", data.offset + _position(coder)
        )
    return (
        TileBlocks(joined_blocks(blocks), np.concatenate(tapes)) if recording else TileBlocks(records, tape)
    )


def _position(coder: SymbolCoder) -> int:
    """Roughly where a reader is in its data: it reads ahead."""
    return min(int(coder.state[POSITION]), len(coder.data))


def _room(walk: TileWalk) -> tuple[np.ndarray, np.ndarray]:
    """Records and tape with room for any row of superblocks."""
    step = 32 if walk.frame["use_128x128_superblock"] else 16
    columns = -(-(walk.place.mi_col_end - walk.place.mi_col_start) // step) * step
    blocks = step * columns
    # Of a block of 4x4: a coefficient and a palette's index a sample; eob, type and splits, in three planes.
    return np.zeros(blocks, BLOCK), np.zeros(blocks * 3 * (2 * 16 + 4) + 64, np.int32)


def encode_tiles(
    sequence: SequenceHeader,
    header: FrameHeader,
    tiles: Sequence[TileBlocks],
    arrays: FrameArrays,
    planes: Sequence[np.ndarray] | None = None,
    *,
    threads: int = 1,
    context: FrameContext | None = None,
) -> list[bytes]:
    """Write the tiles of a frame from the records of their blocks.

    Parameters
    ----------
    sequence : SequenceHeader
    header : FrameHeader
    tiles : sequence of TileBlocks
        In raster order.
    arrays : FrameArrays
        With the choices of CDEF and loop restoration; the rest is overwritten.
    planes : tuple of arrays, optional
        Of `frame_buffers`, to reconstruct into; without them the tiles are written only.
    threads : int, optional
        How many tiles to write at a time.
    context : FrameContext, optional
        As of `decode_tiles`.

    Returns
    -------
    list of bytes
        The tiles' data.
    """
    frame = _frame_of(sequence, header, context)
    arrays.mi_size.fill(-1)  # no block has been coded yet
    begin = default_context(header.quantization.base_q_idx) if context is None else context.cdfs
    inter = None if context is None else context.inter

    def job(index: int, place: TilePlace, decisions: TileBlocks) -> bytes:
        walk = TileWalk(header, frame, place, planes or _NO_PLANES, arrays, inter, begin)
        walk.tile["reconstructing"] = planes is not None
        walk.tile["measuring"] = True
        data = _encode_tile(walk, decisions, bool(header.disable_cdf_update))
        if context is not None and index == header.tile_info.context_update_tile_id:
            _keep_cdfs(context, header, walk)
        return data

    places = enumerate(tile_places(header))
    parts = [(index, place, blocks) for (index, place), blocks in zip(places, tiles, strict=True)]
    written = each(lambda part: job(*part), parts, threads, lambda part: len(part[2].tape))
    if inter is not None:
        arrays.mi_size[:] = inter.info.mi_sizes
    return written


def _encode_tile(walk: TileWalk, decisions: TileBlocks, disable_cdf_update: bool) -> bytes:
    coder = symbol_writer(most_bytes(len(decisions.blocks), len(decisions.tape)), disable_cdf_update)
    for mi_row in walk.sb_rows():
        walk.run(coder, decisions.blocks, decisions.tape, mi_row)
    return finish(coder)


def most_bytes(blocks: int, tape: int) -> int:
    """The most bytes that so many blocks with so many entries on the tape can take."""
    # No decision takes more than 32 bits; 64 bytes a block are for decisions that are not on the tape.
    return 4096 + 4 * tape + 64 * blocks
