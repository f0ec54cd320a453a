# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The colors of palettes: those that come nearest to a block's own, for each number of them.

Luma's are found exactly, by dynamic programming over the sorted values; pairs of U and V are found by Lloyd's
algorithm.
"""

import numpy as np

from cfl.av1.block_search.state import LUMA, MOST_COLORS
from cfl.av1.tile.palette import color_map_size, extend_color_map, palette_cache
from cfl.simd.kernel import kernel


@kernel(internal=True)
def count_colors(scratch, u, v, x, y, w, h):
    """Find the different colors of a block and how often each occurs; for luma u and v are the same plane.

    `scratch.palette_of` gets the number of each sample's color.

    Returns
    -------
    int
        How many there are; MOST_COLORS + 1 if more.
    """
    values, weights = scratch.palette_values, scratch.palette_weights
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
            scratch.palette_of[i * w + j] = last
    return count


@kernel(internal=True)
def sort_values(scratch, count):
    """Set `scratch.palette_rank` to the numbers of the colors by rising first component."""
    rank, values = scratch.palette_rank, scratch.palette_values
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
def divide_values(scratch, count, most):
    """Find the best division of the sorted colors into 1, 2 … classes, all at once (dynamic programming)."""
    sums, error, cut = scratch.palette_sums, scratch.palette_error, scratch.palette_cut
    sums[0, 0], sums[1, 0], sums[2, 0] = 0.0, 0.0, 0.0
    for i in range(count):
        k = scratch.palette_rank[i]
        value, weight = np.float64(scratch.palette_values[0, k]), np.float64(scratch.palette_weights[k])
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
    """Return the color of the cache that is nearest to a color, or -1 if the cache is empty."""
    best = -1
    for i in range(in_cache):
        cached = np.int64(tile.palette_cache[i])
        if best < 0 or abs(cached - color) < abs(best - color):
            best = cached
    return best


@kernel(internal=True)
def choose_luma_colors(search, block, count, n):
    """Set the palette of n classes, with colors of the cache where their RD cost is less; return its size."""
    frame, tile, scratch = search.frame, search.tile, search.scratch
    in_cache = palette_cache(tile, block, 0)
    sums, colors, size, end = scratch.palette_sums, tile.palette_colors[0], 0, count
    for classes in range(n - 1, -1, -1):
        first = scratch.palette_cut[classes, end]
        weight, total = sums[0, end] - sums[0, first], sums[1, end] - sums[1, first]
        mean = total / weight
        color = np.int64(mean + 0.5)
        cached = nearest_cached(tile, in_cache, color)
        if cached >= 0:
            more = weight * ((cached - mean) ** 2 - (color - mean) ** 2)
            if more <= search.settings.lam[LUMA] * (frame.bit_depth - 2):
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
def choose_chroma_colors(scratch, tile, count, n):
    """Set the palettes of U and V of n colors, by Lloyd's algorithm; return their size."""
    values, weights, centers = scratch.palette_values, scratch.palette_weights, scratch.palette_centers
    moments = scratch.palette_moments
    for k in range(n):  # each starts at the color with the largest weighted distance from those before
        worst, chosen = -1.0, 0
        for i in range(count):
            far = 1.0
            if k:
                far = center_distance(centers, values, nearest_center(centers, k, values, i), i)
            if far * weights[i] > worst:
                worst, chosen = far * weights[i], i
        centers[0, k], centers[1, k] = values[0, chosen], values[1, chosen]
    for _ in range(4 if count > n else 0):
        moments[:] = 0.0
        for i in range(count):
            k = nearest_center(centers, n, values, i)
            moments[0, k] += weights[i]
            moments[1, k] += np.float64(weights[i]) * values[0, i]
            moments[2, k] += np.float64(weights[i]) * values[1, i]
        for k in range(n):
            weight = moments[0, k]
            if weight > 0:
                centers[0, k] = np.int64(moments[1, k] / weight + 0.5)
                centers[1, k] = np.int64(moments[2, k] / weight + 0.5)
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
    """Say whether a center comes before a color of the palette, in the order of U and then V."""
    if centers[0, k] != colors[1, j]:
        return centers[0, k] < colors[1, j]
    return centers[1, k] < colors[2, j]


@kernel(internal=True)
def center_distance(centers, values, k, i):
    """Return the squared distance of a color from a center."""
    first, second = np.int64(values[0, i]) - centers[0, k], np.int64(values[1, i]) - centers[1, k]
    return np.float64(first * first + second * second)


@kernel(internal=True)
def nearest_center(centers, n, values, i):
    """Return the number of the center that is nearest to a color."""
    best, chosen = 1e300, 0
    for k in range(n):
        distance = center_distance(centers, values, k, i)
        if distance < best:
            best, chosen = distance, k
    return chosen


@kernel(internal=True)
def fill_map(search, block, plane, count, n):
    """Set the map: each sample's nearest color of the palette."""
    frame, tile, scratch = search.frame, search.tile, search.scratch
    colors, nearest = scratch.map_colors, scratch.map_nearest
    for k in range(n):
        colors[0, k] = tile.palette_colors[plane, k]
        colors[1, k] = tile.palette_colors[2 if plane else 0, k]
    for i in range(count):
        nearest[i] = nearest_center(colors, n, scratch.palette_values, i)
    width, height, onscreen_width, onscreen_height = color_map_size(frame, block, plane)
    for i in range(onscreen_height):
        for j in range(onscreen_width):
            number = scratch.palette_of[i * onscreen_width + j]
            tile.color_map[plane, i, j] = nearest[number]
    extend_color_map(tile.color_map, plane, width, height, onscreen_width, onscreen_height)
