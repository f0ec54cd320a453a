"""What the block search works on: three records, for its settings, its best candidates and its scratch."""

from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np

from cfl.av1.block_search.forward_matrices import matrices
from cfl.av1.entropy.cdfs import CONTEXT_SIZE
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.speeds import BlockEffort
from cfl.av1.tables.constants import PALETTE_COLORS
from cfl.av1.tables.scans import scan_indices
from cfl.av1.tile.state import BLOCK

AROUND_MARGIN = 80
"""Room before the first of `around`: the farthest that a level is seen from, four rows of 20."""
MOST_COLORS = 64
"""A block with more different colors than these gets no palette."""
CFL_TRIALS = 5
"""The most α of a plane that are coded in full."""
ALPHA_ESTIMATES = 40
"""Room for the estimates of all α of a plane, 2 ALPHA_MAX + 1, in eights."""
DEPTHS = 5
"""Nested squares, from 64x64 to 4x4."""
SUPERBLOCK_BLOCKS = 256 + 4
SUPERBLOCK_TAPE = 3 * 64 * 64 + 256 * 3 * 4 + 64 * (2 * 64 + 5 * 16)
"""Coefficients, the other entries of blocks, and palettes with their maps, of 8x8 blocks."""

LUMA, CHROMA = range(2)
"""Where the λ and weight of luma and chroma stand."""

_TYPES = {int: ("i8",), bool: ("i8",), float: ("f8",), tuple[float, ...]: ("f8", (4,))}

SETTINGS = np.dtype(
    [(each.name, *_TYPES[each.type]) for each in fields(BlockEffort)]  # type: ignore[index]
    + [
        ("cfl", "i8"),
        ("step", "f8"),
        ("weight", "f8", (2,)),
        ("lam", "f8", (2,)),
        ("sqrt_lam", "f8", (2,)),
        ("plain_lam", "f8", (2,)),
        ("masking", "i8"),
        ("masking_floor", "f8"),
        ("costs", "f4", (CONTEXT_SIZE,)),
        ("matrices", "f4", (matrices().size,)),
        ("scan_index", "i2", scan_indices().positions.shape),
        ("scan_index_start", "i4", scan_indices().start.shape),
    ],
    align=True,
)
"""What kernels only read.

Fields of `BlockEffort`
    What the speed turns on and limits.
cfl
    Whether blocks may use chroma from luma.
step
    Of luma's AC coefficients, orthonormal: an eighth of the quantizer.
weight, lam, sqrt_lam
    Of luma and chroma: what a squared error counts as; λ, in the plane's own squared error a bit; its root,
    which weighs bits against a sum of absolute transformed differences. While a block is searched, λ is
    divided by what the block's errors count (`weight_of`).
plain_lam
    λ of a block whose errors count 1.
masking, masking_floor
    See `cfl.av1.tunes`.
costs
    Bits of each symbol of each CDF, at the symbol's place in the CDF; see `cfl.av1.entropy.costs`.
matrices, scan_index, scan_index_start
    Tables of the forward transforms and of the scans.
"""

BEST = np.dtype(
    [
        # of a block: coefficients of luma and chroma. `slot` says which tape is the best's; the other one is
        # for the candidate that is being tried. Tapes are rows, since to Numba a field of one dimension has
        # another type than a row
        ("luma_slot", "i8"),
        ("luma_length", "i8"),
        ("luma_tape", "i4", (2, 64 * 64 + 256 * 2)),
        ("chroma_slot", "i8"),
        ("chroma_length", "i8"),
        ("chroma_tape", "i4", (2, 2 * 64 * 64 + 256 * 2)),
        # of a block: its palettes, their maps and bits
        ("palette_bits", "f8"),
        ("colors", "u2", (3, PALETTE_COLORS)),
        ("color_map", "u1", (2, 64, 64)),
        # of a block: the copy
        ("copy_mv", "i8", (2,)),
        ("copy_skip", "i8"),
        ("copy_length", "i8"),
        ("copy_tape", "i4", (1, 3 * 64 * 64 + 256 * 3 * 2)),
        # of a square, by depth
        ("above", "u1", (DEPTHS, 12, 16)),
        ("left", "u1", (DEPTHS, 12, 16)),
        ("palettes", "u2", (DEPTHS, 2, 2, 16, PALETTE_COLORS)),
        ("samples", "u2", (DEPTHS, 3, 64 * 64)),
        ("tape", "i4", (DEPTHS, SUPERBLOCK_TAPE)),
        ("count", "i8", (DEPTHS, 2)),
    ],
    align=True,
)
"""The best candidates so far, kept aside while others are tried."""

SCRATCH_FIELDS: dict[str, list[tuple[Any, ...]]] = {
    "partition": [  # the squares that are being searched, by depth
        ("node", "i8", (DEPTHS, 9)),
        ("node_cost", "f8", (DEPTHS, 6)),
        ("initial_above", "u1", (DEPTHS, 12, 16)),
        ("initial_left", "u1", (DEPTHS, 12, 16)),
        ("initial_palettes", "u2", (DEPTHS, 2, 2, 16, PALETTE_COLORS)),
    ],
    "activity": [  # gradients and weights of the superblock's cells, and the direction of a block's gradients
        ("activity", "f8", (8 * 8 * 3,)),
        ("weight", "f8", (8 * 8,)),
        ("direction", "f8"),
    ],
    "candidates": [  # the modes of a plane, the best first
        ("mode", "i8", (64,)),
        ("angle", "i8", (64,)),
        ("filter_mode", "i8", (64,)),
        ("score", "f8", (64,)),
    ],
    "cfl_alpha": [  # of U and V: all α, and those that are coded, with their costs and tapes
        ("alpha_ac", "i2", (32 * 32,)),
        ("alpha_residual", "f4", (64 * 64,)),
        ("alpha_estimate", "f4", (2, ALPHA_ESTIMATES)),
        ("alphas", "i8", (2, CFL_TRIALS)),
        ("alpha_cost", "f8", (2, CFL_TRIALS)),
        ("alpha_coded", "i8", (2, CFL_TRIALS)),
        ("alpha_place", "i8", (2, CFL_TRIALS + 1)),
        ("alpha_tape", "i4", (2, CFL_TRIALS * (32 * 32 + 64))),
    ],
    "transform": [  # the contexts of a plane; a transform block by each type
        ("coefs_above", "u1", (16,)),
        ("coefs_left", "u1", (16,)),
        ("residual", "f4", (64 * 64,)),
        ("half", "f4", (64 * 64,)),
        ("coefs", "f4", (2 * 64 * 64,)),
        ("types", "i8", (8,)),
        ("type_cost", "f8", (8,)),
        ("best_levels", "i4", (1024,)),
    ],
    "quantize": [  # the levels of a transform block
        ("scaled", "f4", (1024,)),
        ("levels", "i4", (1024,)),
        ("square_weight", "f8", (1024,)),
        ("around", "u2", (AROUND_MARGIN + 40 * 36,)),
    ],
    "palette_colors": [  # a block's different colors, by number: (value, or values of U and V), how often, …
        ("palette_values", "i4", (2, MOST_COLORS)),
        ("palette_weights", "i4", (MOST_COLORS,)),
        ("palette_rank", "i4", (MOST_COLORS,)),
        ("palette_of", "u1", (64 * 64,)),
        ("palette_sums", "f8", (3, MOST_COLORS + 1)),
        ("palette_error", "f8", (PALETTE_COLORS, MOST_COLORS + 1)),
        ("palette_cut", "i4", (PALETTE_COLORS, MOST_COLORS + 1)),
        ("palette_centers", "i4", (2, PALETTE_COLORS)),
        ("palette_moments", "f8", (3, PALETTE_COLORS)),
        ("map_colors", "i4", (2, PALETTE_COLORS)),
        ("map_nearest", "i4", (MOST_COLORS,)),
    ],
    "palette": [  # the palettes that are tried
        ("palette_count", "i8"),
        ("palette_tried", "i8"),
        ("palette_bits", "f8"),
        ("palette_tape", "i4", (1, 64)),
    ],
}
"""The fields of `SCRATCH`, by the module of the block search that each belongs to; no other one sets it."""

SCRATCH = np.dtype([field for group in SCRATCH_FIELDS.values() for field in group], align=True)
"""What kernels use on the way.

Nothing in it outlives a superblock, except that `around` must be zero.

around
    Of each place of a transform block, what the contexts of its level (8.3.2) see of the levels around it
    that are chosen: the sum for coeff_base, with that for coeff_br in the bits from 8. Zero except while a
    block is quantized.
"""


class Search(NamedTuple):
    """A tile's search: in kernels five records; outside, arrays of one record each.

    Attributes
    ----------
    settings : SETTINGS
    best : BEST
    scratch : SCRATCH
    frame, tile : FRAME, TILE
        See `cfl.av1.tile.state`.
    """

    settings: Any
    best: Any
    scratch: Any
    frame: Any
    tile: Any


class Pictures(NamedTuple):
    """What is coded, and what is reconstructed: three 2-D uint16 arrays each."""

    source: tuple[np.ndarray, ...]
    planes: tuple[np.ndarray, ...]


class Decisions(NamedTuple):
    """What is decided on a superblock.

    Attributes
    ----------
    records : (SUPERBLOCK_BLOCKS,) array of BLOCK
        Of each the segment, qindex and so on must be set. `blocks` of the tile says how many are used.
    tape : (SUPERBLOCK_TAPE,) int32 array
        `tape` of the tile says how much of it is used.
    kept : (DEPTHS, SUPERBLOCK_BLOCKS) array of BLOCK
        The records of the best candidates so far of the squares that are being searched.
    """

    records: np.ndarray
    tape: np.ndarray
    kept: np.ndarray


class Copies(NamedTuple):
    """What intra block copy looks at.

    Attributes
    ----------
    arrays : FrameArrays
        The search changes those of its superblock.
    links : (3, height, width) int32 array
        Of `cfl.av1.block_search.intrabc_hash.repetitions`; of shape (3, 1, 1) without intra block copy.
    """

    arrays: FrameArrays
    links: np.ndarray


def superblock_decisions(base_q_idx: int, lossless: bool) -> Decisions:
    """Return room for the decisions on a superblock, without segments."""
    records = np.zeros(SUPERBLOCK_BLOCKS, BLOCK)
    records["qindex"], records["lossless"] = base_q_idx, lossless
    kept = np.zeros((DEPTHS, SUPERBLOCK_BLOCKS), BLOCK)
    return Decisions(records, np.zeros(SUPERBLOCK_TAPE, np.int32), kept)
