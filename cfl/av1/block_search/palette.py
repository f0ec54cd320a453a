# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a block's palettes, by RD cost.

    source ──▶ its different colors ──▶ for each size the colors of least squared error ──▶ map ──▶ D + λR

A palette is a mode like others: `tile.palette_colors` and `tile.color_map` predict, a residual follows.
"""

import numpy as np

from cfl.av1.block_search.candidates import set_candidate
from cfl.av1.block_search.palette_colors import (
    choose_chroma_colors,
    choose_luma_colors,
    count_colors,
    divide_values,
    fill_map,
    sort_values,
)
from cfl.av1.block_search.palette_tape import map_cost, put_colors, put_v_colors
from cfl.av1.block_search.state import CHROMA, LUMA, MOST_COLORS
from cfl.av1.entropy.cdfs import PALETTE_UV_SIZE_CDF, PALETTE_Y_SIZE_CDF
from cfl.av1.tables.constants import DC_PRED, PALETTE_COLORS
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tile.palette import (
    color_map_size,
    has_palette_uv_cdf,
    has_palette_y_cdf,
    palette_allowed,
    palette_size_context,
)
from cfl.av1.tile.planes import plane_origin
from cfl.simd.kernel import kernel


@kernel(internal=True)
def palette_y_cost(search, block):
    """Return the bits of has_palette_y, and of the palette of luma and its map if there is one."""
    if block.y_mode != DC_PRED or not palette_allowed(search.frame, block):
        return 0.0
    cdf, costs = has_palette_y_cdf(search.tile, block), search.settings.costs
    return costs[cdf + 1] + search.scratch.palette_bits if block.palette_size_y else np.float64(costs[cdf])


@kernel(internal=True)
def palette_uv_cost(search, block):
    """Return the bits of has_palette_uv, and of the palettes of chroma and their map if there are any."""
    if block.uv_mode != DC_PRED or not palette_allowed(search.frame, block):
        return 0.0
    cdf, costs = has_palette_uv_cdf(block), search.settings.costs
    return costs[cdf + 1] + search.scratch.palette_bits if block.palette_size_uv else np.float64(costs[cdf])


@kernel(internal=True)
def exchange_palette(search, block, plane, keep):
    """Keep the block's palette and map of luma (plane 0) or chroma (1), if it has any, or restore them."""
    if not (block.palette_size_uv if plane else block.palette_size_y):
        return
    tile, scratch, best = search.tile, search.scratch, search.best
    width, height, _, _ = color_map_size(search.frame, block, plane)
    if keep:
        best.palette_bits = scratch.palette_bits
    else:
        scratch.palette_bits = best.palette_bits
    for i in range(height):
        for j in range(width):
            if keep:
                best.color_map[plane, i, j] = tile.color_map[plane, i, j]
            else:
                tile.color_map[plane, i, j] = best.color_map[plane, i, j]
    for k in range(PALETTE_COLORS):
        for p in range(plane, 2 * plane + 1):
            if keep:
                best.colors[p, k] = tile.palette_colors[p, k]
            else:
                tile.palette_colors[p, k] = best.colors[p, k]


@kernel(internal=True)
def palettes(search, count):
    """Return how many palettes are tried of a block with so many different colors."""
    search.scratch.palette_count, search.scratch.palette_tried = count, 0
    if count < 2 or count > MOST_COLORS:
        return 0
    return (min(count, PALETTE_COLORS) - 2) // search.settings.palette_step + 1


@kernel(internal=True)
def palettes_y(search, block, source, first):
    """Prepare palettes of luma, candidates from `first` on; return how many `set_palette_y` may set."""
    frame, scratch = search.frame, search.scratch
    if not palette_allowed(frame, block):
        return 0
    _, _, w, h = color_map_size(frame, block, 0)
    count = count_colors(scratch, source[0], source[0], 4 * block.mi_col, 4 * block.mi_row, w, h)
    number = palettes(search, count)
    for k in range(first, first + number):
        set_candidate(search, k, DC_PRED, 0, -1)
    if number:
        sort_values(scratch, count)
        divide_values(scratch, count, min(count, PALETTE_COLORS))
    return number


@kernel(internal=True)
def next_size(search, k):
    """Return how many colors the k-th palette that is tried is to have."""
    return min(search.scratch.palette_count, PALETTE_COLORS) - k * search.settings.palette_step


@kernel(internal=True)
def set_palette_y(search, block, k, limit):
    """Set the block to its k-th palette of luma, and `scratch.palette_bits`.

    Returns
    -------
    bool
        False if it has been tried, or if its bits alone cost more than `limit`.
    """
    settings, scratch, frame, tile = search.settings, search.scratch, search.frame, search.tile
    count = scratch.palette_count
    n = choose_luma_colors(search, block, count, next_size(search, k))
    if n < 2 or n == scratch.palette_tried:
        return False
    scratch.palette_tried = n
    fill_map(search, block, 0, count, n)
    block.palette_size_y = n
    _, color_bits = put_colors(frame, tile, block, scratch.palette_tape[0], 0, 0, n)
    _, _, w, h = color_map_size(frame, block, 0)
    size_cdf = PALETTE_Y_SIZE_CDF + 7 * palette_size_context(block)
    bits = color_bits + np.float64(settings.costs[size_cdf + n - 2])
    scratch.palette_bits = bits + map_cost(settings.costs, tile, 0, n, w, h)
    return settings.lam[LUMA] * scratch.palette_bits < limit


@kernel(internal=True)
def palettes_uv(search, block, source):
    """Prepare palettes of chroma; return how many there are to try with `set_palette_uv`.

    Blocks of 4x16 and 16x4, whose chroma is that of two, have none.
    """
    frame = search.frame
    if not palette_allowed(frame, block) or min(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]) < 8:
        return 0
    _, _, w, h = color_map_size(frame, block, 1)
    x, y, _ = plane_origin(frame, block, 1)
    return palettes(search, count_colors(search.scratch, source[1], source[2], x, y, w, h))


@kernel(internal=True)
def set_palette_uv(search, block, k, limit):
    """Set the block to its k-th palettes of chroma, as `set_palette_y`."""
    settings, scratch, frame, tile = search.settings, search.scratch, search.frame, search.tile
    count = scratch.palette_count
    n = choose_chroma_colors(scratch, tile, count, next_size(search, k))
    if n < 2 or n == scratch.palette_tried:
        return False
    scratch.palette_tried = n
    fill_map(search, block, 1, count, n)
    block.uv_mode, block.angle_delta_uv, block.cfl_alpha_u, block.cfl_alpha_v = DC_PRED, 0, 0, 0
    block.palette_size_uv = n
    _, u_bits = put_colors(frame, tile, block, scratch.palette_tape[0], 0, 1, n)
    _, v_bits = put_v_colors(frame, tile, scratch.palette_tape[0], 0, n)
    _, _, w, h = color_map_size(frame, block, 1)
    size_cdf = PALETTE_UV_SIZE_CDF + 7 * palette_size_context(block)
    bits = u_bits + v_bits + np.float64(settings.costs[size_cdf + n - 2])
    scratch.palette_bits = bits + map_cost(settings.costs, tile, 1, n, w, h)
    return settings.lam[CHROMA] * scratch.palette_bits < limit


@kernel(internal=True)
def copy_palettes(frame, tile, r, c, size, colors, keep):
    """Keep the palettes above and to the left of a square, or restore them; their sizes are contexts."""
    if not frame.allow_screen_content_tools:
        return
    col, row = c - tile.mi_col_start, r & 31
    for plane in range(2):
        for i in range(NUM_4X4_BLOCKS_WIDE[size]):
            for k in range(PALETTE_COLORS):
                if keep:
                    colors[0, plane, i, k] = tile.above_colors[plane, col + i, k]
                    colors[1, plane, i, k] = tile.left_colors[plane, row + i, k]
                else:
                    tile.above_colors[plane, col + i, k] = colors[0, plane, i, k]
                    tile.left_colors[plane, row + i, k] = colors[1, plane, i, k]
