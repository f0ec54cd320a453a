# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a block's palettes: few colors that come nearest to the source, by D + λR.

    source ──▶ its different colors ──▶ for each size the colors of least squared error ──▶ map ──▶ D + λR

A palette is a mode like others: `tile.palette_colors` and `tile.color_map` predict, a residual follows.
"""

import numpy as np

from cfl.av1.block_search.state import MOST_COLORS
from cfl.av1.entropy.cdfs import PALETTE_UV_SIZE_CDF, PALETTE_Y_SIZE_CDF
from cfl.av1.entropy.symbols import floor_log2
from cfl.av1.tables.constants import DC_PRED, PALETTE_COLORS
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_WIDE,
)
from cfl.av1.tile.palette import (
    UV_COLOR_CDFS,
    Y_COLOR_CDFS,
    ceil_log2,
    color_context,
    color_map_size,
    color_rank,
    extend_color_map,
    has_palette_uv_cdf,
    has_palette_y_cdf,
    palette_allowed,
    palette_cache,
    palette_size_context,
)
from cfl.simd.kernel import kernel

# --- costs and the tape -----------------------------------------------------------------------------------


@kernel(internal=True)
def palette_y_cost(search, frame, tile, block):
    """Return the bits of has_palette_y, and of the palette of luma and its map if there is one."""
    if block.y_mode != DC_PRED or not palette_allowed(frame, block):
        return 0.0
    cdf = has_palette_y_cdf(tile, block)
    return (
        search.costs[cdf + 1] + search.palette_bits if block.palette_size_y else np.float64(search.costs[cdf])
    )


@kernel(internal=True)
def palette_uv_cost(search, frame, block):
    """Return the bits of has_palette_uv, and of the palettes of chroma and their map if there are any."""
    if block.uv_mode != DC_PRED or not palette_allowed(frame, block):
        return 0.0
    cdf = has_palette_uv_cdf(block)
    return (
        search.costs[cdf + 1] + search.palette_bits
        if block.palette_size_uv
        else np.float64(search.costs[cdf])
    )


@kernel(internal=True)
def put_cache_flags(tile, tape, place, plane, n, in_cache):
    """Put on a tape which colors of the cache the palette has; return how many flags, and which it has."""
    colors, found, used, k = tile.palette_colors[plane], 0, 0, 0
    for i in range(in_cache):
        if found == n:
            return i, used
        cached = np.int64(tile.palette_cache[i])
        while k < n and colors[k] < cached:
            k += 1
        hit = k < n and colors[k] == cached
        tape[place + i] = hit
        if hit:
            used |= 1 << k
            found += 1
            k += 1
    return in_cache, used


@kernel(internal=True)
def put_colors(frame, tile, block, tape, place, plane, n):
    """Put palette_colors_y, or palette_colors_u of plane 1, on a tape; return its end, and the bits."""
    colors, bit_depth, least = tile.palette_colors[plane], frame.bit_depth, 1 - plane
    bits, used = put_cache_flags(tile, tape, place, plane, n, palette_cache(tile, block, plane))
    place += bits
    fresh, widest, last = 0, 0, 0
    for k in range(n):
        if not used >> k & 1:
            if fresh:
                widest = max(widest, np.int64(colors[k]) - last - least)
            last = np.int64(colors[k])
            fresh += 1
    delta_bits, first = max(bit_depth - 3, ceil_log2(widest + 1)), True
    for k in range(n):
        if used >> k & 1:
            continue
        color = np.int64(colors[k])
        if first:
            tape[place], tape[place + 1] = color, delta_bits - (bit_depth - 3)
            place += 1 + (fresh > 1)
            bits += bit_depth + 2 * (fresh > 1)
        else:
            tape[place] = color - last - least
            place += 1
            bits += delta_bits
            delta_bits = min(delta_bits, ceil_log2((1 << bit_depth) - color - least))
        last, first = color, False
    return place, bits


@kernel(internal=True)
def put_v_colors(frame, tile, tape, place, n):
    """Put palette_colors_v on a tape, as they are or by differences; return where that ends, and the bits."""
    colors, bit_depth = tile.palette_colors[2], frame.bit_depth
    span, widest, signs = 1 << bit_depth, 0, 0
    for k in range(1, n):
        distance = abs(np.int64(colors[k]) - colors[k - 1])
        widest, signs = max(widest, min(distance, span - distance)), signs + (distance > 0)
    delta_bits = max(bit_depth - 4, ceil_log2(widest + 1))
    bits = 2 + bit_depth + (n - 1) * delta_bits + signs
    by_differences = bits < n * bit_depth and delta_bits < bit_depth
    tape[place] = by_differences
    place += 1
    if not by_differences:
        for k in range(n):
            tape[place + k] = colors[k]
        return place + n, 1 + n * bit_depth
    tape[place], tape[place + 1] = delta_bits - (bit_depth - 4), colors[0]
    place += 2
    for k in range(1, n):
        delta = np.int64(colors[k]) - colors[k - 1]
        magnitude, negative = abs(delta), delta < 0
        if span - magnitude < magnitude:
            magnitude, negative = span - magnitude, not negative
        tape[place] = magnitude
        place += 1
        if magnitude:
            tape[place] = negative
            place += 1
    return place, 1 + bits


@kernel(internal=True)
def put_map(tile, tape, place, plane, onscreen_width, onscreen_height):
    """Put a map on a tape, by diagonals; return where it goes on."""
    for i in range(onscreen_height + onscreen_width - 1):
        for j in range(min(i, onscreen_width - 1), max(0, i - onscreen_height + 1) - 1, -1):
            tape[place] = tile.color_map[plane, i - j, j]
            place += 1
    return place


@kernel(internal=True)
def put_palettes(frame, tile, block, tape, place):
    """Put the block's palettes and their maps on the tape; return where it goes on."""
    n_y, n_uv = block.palette_size_y, block.palette_size_uv
    if n_y:
        place, _ = put_colors(frame, tile, block, tape, place, 0, n_y)
    if n_uv:
        place, _ = put_colors(frame, tile, block, tape, place, 1, n_uv)
        place, _ = put_v_colors(frame, tile, tape, place, n_uv)
    for plane in range(2):
        if n_uv if plane else n_y:
            _, _, width, height = color_map_size(frame, block, plane)
            place = put_map(tile, tape, place, plane, width, height)
    return place


@kernel(internal=True)
def map_cost(costs, tile, plane, n, width, height):
    """Return the bits of a map."""
    color_map = tile.color_map
    cdf = UV_COLOR_CDFS[n - 2] if plane else Y_COLOR_CDFS[n - 2]
    short = (2 << floor_log2(n)) - n
    bits = np.float64(floor_log2(n) + (color_map[plane, 0, 0] >= short))
    for r in range(height):
        for c in range(width):
            if r or c:
                ctx, first, second, third = color_context(color_map, plane, r, c)
                rank = color_rank(np.int64(color_map[plane, r, c]), first, second, third)
                bits += costs[cdf + n * ctx + rank]
    return bits


# --- colors -----------------------------------------------------------------------------------------------


@kernel(internal=True)
def count_colors(search, u, v, x, y, w, h):
    """Find the different colors of a block and how often each occurs; of luma u and v are the same plane.

    `search.palette_of` gets the number of each sample's color.

    Returns
    -------
    int
        How many there are; MOST_COLORS + 1 if more.
    """
    values, weights = search.palette_values, search.palette_weights
    count, last = 0, 0
    for i in range(h):
        for j in range(w):
            a, b = np.int64(u[y + i, x + j]), np.int64(v[y + i, x + j])
            if count == 0 or values[0, last] != a or values[1, last] != b:
                last = 0
                while last < count and (values[0, last] != a or values[1, last] != b):
                    last += 1
                if last == count:
                    if count == MOST_COLORS:
                        return MOST_COLORS + 1
                    values[0, count], values[1, count], weights[count] = a, b, 0
                    count += 1
            weights[last] += 1
            search.palette_of[i * w + j] = last
    return count


@kernel(internal=True)
def sort_values(search, count):
    """Set `search.palette_rank` to the numbers of the colors by rising first component."""
    rank, values = search.palette_rank, search.palette_values
    for i in range(count):
        j = i
        while j > 0 and values[0, rank[j - 1]] > values[0, i]:
            rank[j] = rank[j - 1]
            j -= 1
        rank[j] = i


@kernel(internal=True)
def class_error(sums, first, end):
    """Return the squared error of the colors from `first` up to `end` about their mean."""
    weight, total = sums[0, end] - sums[0, first], sums[1, end] - sums[1, first]
    return sums[2, end] - sums[2, first] - total * total / weight


@kernel(internal=True)
def divide_values(search, count, most):
    """Find the best division of the sorted colors into 1, 2 … classes, all at once (dynamic programming)."""
    sums, error, cut = search.palette_sums, search.palette_error, search.palette_cut
    for i in range(count):
        k = search.palette_rank[i]
        value, weight = np.float64(search.palette_values[0, k]), np.float64(search.palette_weights[k])
        sums[0, i + 1] = sums[0, i] + weight
        sums[1, i + 1] = sums[1, i] + weight * value
        sums[2, i + 1] = sums[2, i] + weight * value * value
    for classes in range(most):
        for end in range(classes + 1, count + 1):
            best, first = 1e300, classes
            for begin in range(classes, end if classes else 1):
                total = class_error(sums, begin, end)
                if classes:
                    total += error[classes - 1, begin]
                if total < best:
                    best, first = total, begin
            error[classes, end], cut[classes, end] = best, first


@kernel(internal=True)
def nearest_cached(tile, in_cache, color):
    """Return the color of the cache that comes nearest, or -1."""
    best = -1
    for i in range(in_cache):
        cached = np.int64(tile.palette_cache[i])
        if best < 0 or abs(cached - color) < abs(best - color):
            best = cached
    return best


@kernel(internal=True)
def choose_luma_colors(search, frame, tile, block, count, n):
    """Set the palette of n classes, with colors of the cache where that costs least; return its size."""
    in_cache = palette_cache(tile, block, 0)
    sums, colors, size, end = search.palette_sums, tile.palette_colors[0], 0, count
    for classes in range(n - 1, -1, -1):
        first = search.palette_cut[classes, end]
        weight, total = sums[0, end] - sums[0, first], sums[1, end] - sums[1, first]
        mean = total / weight
        color = np.int64(mean + 0.5)
        cached = nearest_cached(tile, in_cache, color)
        if cached >= 0:
            more = weight * ((cached - mean) ** 2 - (color - mean) ** 2)
            if more <= search.lam * (frame.bit_depth - 2):
                color = cached
        k = size
        while k > 0 and colors[k - 1] > color:
            k -= 1
        if k == 0 or colors[k - 1] != color:
            for i in range(size, k, -1):
                colors[i] = colors[i - 1]
            colors[k] = color
            size += 1
        end = first
    return size


@kernel(internal=True)
def choose_chroma_colors(search, tile, count, n):
    """Set the palettes of U and V of n colors: by Lloyd's algorithm, from the most frequent. Return n."""
    values, weights, centers = search.palette_values, search.palette_weights, search.palette_centers
    for k in range(n):  # each begins with the color that those before it serve worst
        worst, chosen = -1.0, 0
        for i in range(count):
            far = 1.0
            if k:
                far = center_distance(centers, values, nearest_center(centers, k, values, i), i)
            if far * weights[i] > worst:
                worst, chosen = far * weights[i], i
        centers[0, k], centers[1, k] = values[0, chosen], values[1, chosen]
    for _ in range(4 if count > n else 0):
        search.palette_moments[:] = 0.0
        for i in range(count):
            k = nearest_center(centers, n, values, i)
            search.palette_moments[0, k] += weights[i]
            search.palette_moments[1, k] += np.float64(weights[i]) * values[0, i]
            search.palette_moments[2, k] += np.float64(weights[i]) * values[1, i]
        for k in range(n):
            weight = search.palette_moments[0, k]
            if weight > 0:
                centers[0, k] = np.int64(search.palette_moments[1, k] / weight + 0.5)
                centers[1, k] = np.int64(search.palette_moments[2, k] / weight + 0.5)
    size = 0
    for k in range(n):
        j = size
        while j > 0 and is_before(tile.palette_colors, centers, k, j - 1):
            j -= 1
        if (
            j > 0
            and tile.palette_colors[1, j - 1] == centers[0, k]
            and (tile.palette_colors[2, j - 1] == centers[1, k])
        ):
            continue
        for i in range(size, j, -1):
            tile.palette_colors[1, i] = tile.palette_colors[1, i - 1]
            tile.palette_colors[2, i] = tile.palette_colors[2, i - 1]
        tile.palette_colors[1, j], tile.palette_colors[2, j] = centers[0, k], centers[1, k]
        size += 1
    return size


@kernel(internal=True)
def is_before(colors, centers, k, j):
    """Say whether a center comes before a color of the palette, by U and then by V."""
    if centers[0, k] != colors[1, j]:
        return centers[0, k] < colors[1, j]
    return centers[1, k] < colors[2, j]


@kernel(internal=True)
def center_distance(centers, values, k, i):
    """Return the squared distance of a color and a center."""
    first, second = np.int64(values[0, i]) - centers[0, k], np.int64(values[1, i]) - centers[1, k]
    return np.float64(first * first + second * second)


@kernel(internal=True)
def nearest_center(centers, n, values, i):
    """Return the center that is nearest to a color."""
    best, chosen = 1e300, 0
    for k in range(n):
        distance = center_distance(centers, values, k, i)
        if distance < best:
            best, chosen = distance, k
    return chosen


@kernel(internal=True)
def fill_map(search, frame, tile, block, plane, count, n):
    """Set the map: each sample's nearest color of the palette."""
    for k in range(n):
        search.palette_centers[0, k] = tile.palette_colors[plane, k]
        search.palette_centers[1, k] = tile.palette_colors[2 if plane else 0, k]
    for i in range(count):
        search.palette_nearest[i] = nearest_center(search.palette_centers, n, search.palette_values, i)
    width, height, onscreen_width, onscreen_height = color_map_size(frame, block, plane)
    for i in range(onscreen_height):
        for j in range(onscreen_width):
            number = search.palette_of[i * onscreen_width + j]
            tile.color_map[plane, i, j] = search.palette_nearest[number]
    extend_color_map(tile.color_map, plane, width, height, onscreen_width, onscreen_height)


@kernel(internal=True)
def exchange_palette(search, frame, tile, block, plane, keep):
    """Keep the block's palette and map of luma (plane 0) or chroma (1), if it has any, or put them back."""
    if not (block.palette_size_uv if plane else block.palette_size_y):
        return
    width, height, _, _ = color_map_size(frame, block, plane)
    kept, colors = search.best_map, search.best_colors
    if keep:
        search.best_palette_bits = search.palette_bits
    else:
        search.palette_bits = search.best_palette_bits
    for i in range(height):
        for j in range(width):
            if keep:
                kept[plane, i, j] = tile.color_map[plane, i, j]
            else:
                tile.color_map[plane, i, j] = kept[plane, i, j]
    for k in range(PALETTE_COLORS):
        for p in range(plane, 2 * plane + 1):
            if keep:
                colors[p, k] = tile.palette_colors[p, k]
            else:
                tile.palette_colors[p, k] = colors[p, k]


# --- the candidates ---------------------------------------------------------------------------------------


@kernel(internal=True)
def palettes(search, count):
    """Return how many palettes are tried of a block with so many different colors."""
    search.palette_count, search.palette_tried = count, 0
    if count < 2 or count > MOST_COLORS:
        return 0
    return (min(count, PALETTE_COLORS) - 2) // search.palette_step + 1


@kernel(internal=True)
def palettes_y(search, frame, block, source, first):
    """Prepare palettes of luma, candidates from `first` on; return how many `set_palette_y` may set."""
    if not palette_allowed(frame, block):
        return 0
    _, _, w, h = color_map_size(frame, block, 0)
    count = count_colors(search, source[0], source[0], 4 * block.mi_col, 4 * block.mi_row, w, h)
    number = palettes(search, count)
    for k in range(first, first + number):
        search.mode[k], search.angle[k], search.filter_mode[k] = DC_PRED, 0, -1
    if number:
        sort_values(search, count)
        divide_values(search, count, min(count, PALETTE_COLORS))
    return number


@kernel(internal=True)
def set_palette_y(search, frame, tile, block, k, limit):
    """Set the block to its k-th palette of luma, and `search.palette_bits`.

    Returns
    -------
    bool
        False if it has been tried, or if its bits alone cost more than `limit`.
    """
    count = search.palette_count
    n = choose_luma_colors(
        search, frame, tile, block, count, min(count, PALETTE_COLORS) - k * search.palette_step
    )
    if n < 2 or n == search.palette_tried:
        return False
    search.palette_tried = n
    fill_map(search, frame, tile, block, 0, count, n)
    block.palette_size_y = n
    _, color_bits = put_colors(frame, tile, block, search.palette_tape[0], 0, 0, n)
    _, _, w, h = color_map_size(frame, block, 0)
    size_cdf = PALETTE_Y_SIZE_CDF + 7 * palette_size_context(block)
    bits = color_bits + np.float64(search.costs[size_cdf + n - 2])
    search.palette_bits = bits + map_cost(search.costs, tile, 0, n, w, h)
    return search.lam * search.palette_bits < limit


@kernel(internal=True)
def palettes_uv(search, frame, block, source):
    """Prepare palettes of chroma; return how many there are to try with `set_palette_uv`.

    There are none of blocks of 4x16, whose chroma is that of two.
    """
    if not palette_allowed(frame, block) or min(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]) < 8:
        return 0
    _, _, w, h = color_map_size(frame, block, 1)
    x, y = 4 * (block.mi_col >> frame.subsampling_x), 4 * (block.mi_row >> frame.subsampling_y)
    return palettes(search, count_colors(search, source[1], source[2], x, y, w, h))


@kernel(internal=True)
def set_palette_uv(search, frame, tile, block, k, limit):
    """Set the block to its k-th palettes of chroma, as `set_palette_y`."""
    count = search.palette_count
    n = choose_chroma_colors(search, tile, count, min(count, PALETTE_COLORS) - k * search.palette_step)
    if n < 2 or n == search.palette_tried:
        return False
    search.palette_tried = n
    fill_map(search, frame, tile, block, 1, count, n)
    block.uv_mode, block.angle_delta_uv, block.cfl_alpha_u, block.cfl_alpha_v = DC_PRED, 0, 0, 0
    block.palette_size_uv = n
    _, u_bits = put_colors(frame, tile, block, search.palette_tape[0], 0, 1, n)
    _, v_bits = put_v_colors(frame, tile, search.palette_tape[0], 0, n)
    _, _, w, h = color_map_size(frame, block, 1)
    size_cdf = PALETTE_UV_SIZE_CDF + 7 * palette_size_context(block)
    bits = u_bits + v_bits + np.float64(search.costs[size_cdf + n - 2])
    search.palette_bits = bits + map_cost(search.costs, tile, 1, n, w, h)
    return search.lam * search.palette_bits < limit


@kernel(internal=True)
def copy_palettes(frame, tile, r, c, size, colors, keep):
    """Keep the palettes above and to the left of a square, or put them back; their sizes are contexts."""
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
