"""What the block search works on: its settings, costs, scratch, and the best that it has found so far."""

from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from cfl.av1.block_search.forward_matrices import matrices
from cfl.av1.entropy.cdfs import CONTEXT_SIZE, LAYOUT
from cfl.av1.speeds import DEFAULT_SPEED, BlockEffort, settings_of
from cfl.av1.tables.constants import PALETTE_COLORS
from cfl.av1.tables.scans import scan_indices
from cfl.av1.tile.state import BLOCK

AROUND_MARGIN = 80
"""Room before the first of `around`: the farthest that a level is seen from, four rows of 20."""
MOST_COLORS = 64
"""With more different colors than these a block gets no palette."""
CFL_TRIALS = 5
DEPTHS = 5
"""Squares in each other, from 64x64 to 4x4."""
SUPERBLOCK_BLOCKS = 256 + 4
SUPERBLOCK_TAPE = 3 * 64 * 64 + 256 * 3 * 4 + 64 * (2 * 64 + 5 * 16)
"""Coefficients, what a block has besides, and palettes, with their maps, of 8x8 blocks."""

LAMBDA_SCALE = 0.1
"""λ, in squared error a bit, over the square of the AC quantizer's step."""

CHROMA_WEIGHT = 1.25
"""What a squared error of chroma counts as, next to one of luma, in each pixel that shows it.

So in 4:2:0 it counts five times as much. What other weights are worse by, on crops of Kodak, in per cent of
the rate at equal PSNR of all planes, 6:1:1, and at equal CIEDE2000: in 4:2:0 three times, with quantizers
finer by 12 of 128 and not by 4, 0.0 and 1.4; in 4:2:2 a weight of 1, not 2.5, 0.4 and 9; in 4:4:4 of 1, 0
and 2.
"""


_TYPES = {int: ("i8",), bool: ("i8",), float: ("f8",), tuple[float, ...]: ("f8", (4,))}
_EFFORT = [(each.name, *_TYPES[each.type]) for each in fields(BlockEffort)]  # type: ignore[index]

SEARCH = np.dtype(
    [
        *_EFFORT,
        ("cfl", "i8"),
        ("step", "f8"),
        ("activity", "f8", (8 * 8 * 3,)),
        ("direction", "f8"),
        ("luma_lam", "f8"),
        ("chroma_weight", "f8"),
        ("lam", "f8"),
        ("sqrt_lam", "f8"),
        ("costs", "f4", (CONTEXT_SIZE,)),
        ("matrices", "f4", (matrices().size,)),
        ("scan_index", "i2", scan_indices().positions.shape),
        ("scan_index_start", "i4", scan_indices().start.shape),
        ("around", "u2", (AROUND_MARGIN + 40 * 36,)),
        ("residual", "f4", (64 * 64,)),
        ("half", "f4", (2, 64 * 64)),
        ("coefs", "f4", (2 * 64 * 64,)),
        ("scaled", "f4", (1024,)),
        ("levels", "i4", (1024,)),
        ("best_levels", "i4", (1024,)),
        ("eob", "i8"),
        # what coefficients have left above and to the left of a block, by plane
        ("coefs_above", "u1", (3, 16)),
        ("coefs_left", "u1", (3, 16)),
        ("luma_slot", "i8"),
        ("chroma_slot", "i8"),
        ("gain", "f8"),
        ("rate", "f8"),
        ("luma_tape", "i4", (2, 64 * 64 + 256 * 2)),
        ("chroma_tape", "i4", (2, 2 * 64 * 64 + 256 * 2)),
        # the α of U and V that are coded, what they cost, and where on the tape they begin
        ("alphas", "i8", (2, CFL_TRIALS)),
        ("alpha_cost", "f8", (2, CFL_TRIALS)),
        ("alpha_coded", "i8", (2, CFL_TRIALS)),
        ("alpha_place", "i8", (2, CFL_TRIALS + 1)),
        ("alpha_tape", "i4", (2, CFL_TRIALS * (32 * 32 + 64))),
        ("types", "i8", (8,)),
        ("type_cost", "f8", (8,)),
        ("mode", "i8", (64,)),
        ("angle", "i8", (64,)),
        ("filter_mode", "i8", (64,)),
        ("score", "f8", (64,)),
        # a copy that is kept aside; tapes are rows, for Numba has another type for a field of one dimension
        ("copy_mv", "i8", (2,)),
        ("copy_skip", "i8"),
        ("copy_length", "i8"),
        ("copy_tape", "i4", (1, 3 * 64 * 64 + 256 * 3 * 2)),
        # a block's different colors, by number: (value, or values of U and V), how often, by rising value
        ("palette_count", "i8"),
        ("palette_tried", "i8"),
        ("palette_bits", "f8"),
        ("palette_tape", "i4", (1, 64)),
        ("palette_values", "i4", (2, MOST_COLORS)),
        ("palette_weights", "i4", (MOST_COLORS,)),
        ("palette_rank", "i4", (MOST_COLORS,)),
        ("palette_nearest", "i4", (MOST_COLORS,)),
        ("palette_of", "u1", (64 * 64,)),
        ("palette_sums", "f8", (3, MOST_COLORS + 1)),
        ("palette_error", "f8", (PALETTE_COLORS, MOST_COLORS + 1)),
        ("palette_cut", "i4", (PALETTE_COLORS, MOST_COLORS + 1)),
        ("palette_centers", "i4", (2, PALETTE_COLORS)),
        ("palette_moments", "f8", (3, PALETTE_COLORS)),
        ("best_map", "u1", (2, 64, 64)),
        ("best_colors", "u2", (3, PALETTE_COLORS)),
        ("best_palette_bits", "f8"),
        # the squares that are being searched, by depth
        ("node", "i8", (DEPTHS, 9)),
        ("node_cost", "f8", (DEPTHS, 6)),
        ("initial_above", "u1", (DEPTHS, 12, 16)),
        ("initial_left", "u1", (DEPTHS, 12, 16)),
        ("best_above", "u1", (DEPTHS, 12, 16)),
        ("best_left", "u1", (DEPTHS, 12, 16)),
        ("initial_palettes", "u2", (DEPTHS, 2, 2, 16, PALETTE_COLORS)),
        ("best_palettes", "u2", (DEPTHS, 2, 2, 16, PALETTE_COLORS)),
        ("best_samples", "u2", (DEPTHS, 3, 64 * 64)),
        ("best_tape", "i4", (DEPTHS, SUPERBLOCK_TAPE)),
        ("best_count", "i8", (DEPTHS, 2)),
    ],
    align=True,
)
"""The state of the search over a tile.

luma_lam, chroma_weight
    λ for luma, and what a squared error of chroma counts as.
lam, sqrt_lam
    λ for the plane that is being searched (`weigh_plane`), and its root, which weighs bits against a sum of
    absolute transformed differences.
costs
    Bits of each symbol of each CDF, at the symbol's place in the CDF.
around
    Of each place of a transform block, what the contexts of its level (8.3.2) see of those around that are
    chosen: the sum for coeff_base, with that for coeff_br in the bits from 8. Zero but while a block is
    quantized.
"""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How the blocks of a frame are searched.

    Attributes
    ----------
    speed : int
        0, everything is tried, to 10.
    cfl : bool
        Whether blocks may use chroma from luma.
    screen : bool
        Whether blocks may have palettes. Then gradients do not say how large they are to be.
    """

    speed: int = DEFAULT_SPEED
    cfl: bool = True
    screen: bool = False


class CdfLists(NamedTuple):
    """Where each CDF begins, and how many symbols it has: (n,) int64 arrays."""

    start: np.ndarray
    symbols: np.ndarray


@lru_cache(maxsize=1)
def cdf_lists() -> CdfLists:
    """Return all CDFs of a context."""
    starts, symbols = [], []
    for element in LAYOUT.elements.values():
        for i in range(element.contexts):
            starts.append(element.offset + i * element.symbols)
            symbols.append(element.symbols)
    return CdfLists(np.array(starts), np.array(symbols))


def settings(options: SearchOptions) -> dict[str, Any]:
    """Return the numbers of SEARCH that a speed means."""
    values = asdict(settings_of(options.speed).blocks)
    if options.screen:
        thorough = settings_of(0).blocks
        values["calm"], values["busy"] = thorough.calm, thorough.busy
    return {"cfl": options.cfl, **values}


def search_state(options: SearchOptions, ac_quantizer: int, chroma_weight: float = 1.0) -> np.ndarray:
    """Return the state of the search over a tile.

    Parameters
    ----------
    options : SearchOptions
    ac_quantizer : int
        Of luma: an eighth of it is the step of orthonormal coefficients.
    chroma_weight : float

    Returns
    -------
    (1,) array of SEARCH
    """
    state = np.zeros(1, SEARCH)
    values: dict[str, Any] = {"matrices": matrices().ravel(), **settings(options)}
    values["scan_index"], values["scan_index_start"] = scan_indices()
    values["luma_lam"] = values["lam"] = LAMBDA_SCALE * (ac_quantizer / 8) ** 2
    values["step"], values["chroma_weight"] = ac_quantizer / 8, chroma_weight
    values["sqrt_lam"] = values["lam"] ** 0.5
    for name, value in values.items():
        state[name] = value
    return state


def best_records() -> np.ndarray:
    """Return room for the best blocks of each square: (DEPTHS, SUPERBLOCK_BLOCKS) array of BLOCK."""
    return np.zeros((DEPTHS, SUPERBLOCK_BLOCKS), BLOCK)
