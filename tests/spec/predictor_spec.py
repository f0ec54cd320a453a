"""The predictors of `cfl.lab` transcribed slowly, sample by sample, in Python's own numbers.

A transcription gets a `View` of a block, and returns what it predicts before rounding and clipping: one
prediction, or several of which the best is to be taken.
"""

from fractions import Fraction
from math import ceil, floor, log2

import numpy as np

ROWS = 6


def coding_order(width, height, w, h, x=0, y=0, size=None):
    """Blocks of w x h luma samples as AV1's partition walks them: 64x64 row by row, each by halves."""
    if size is None:
        for top in range(0, height, 64):
            for left in range(0, width, 64):
                yield from coding_order(width, height, w, h, left, top, 64)
        return
    if x >= width or y >= height:
        return
    if size == max(w, h):
        for top in range(y, y + size, h):
            for left in range(x, x + size, w):
                if left < width and top < height:
                    yield left, top
        return
    half = size // 2
    for top in (y, y + half):
        for left in (x, x + half):
            yield from coding_order(width, height, w, h, left, top, half)


class Picture:
    """Planes as lists of whole numbers."""

    def __init__(self, frame, decoded, plane):
        self.luma = decoded.y.tolist()
        self.chroma = decoded.planes[plane].tolist()
        self.target = frame.planes[plane].tolist()
        self.sx, self.sy, self.bit_depth = frame.subsampling_x, frame.subsampling_y, frame.bit_depth
        self.height, self.width = len(self.chroma), len(self.chroma[0])
        self.done = [[False] * self.width for _ in range(self.height)]

    def luma_at(self, row, column):
        """A luma sample; beyond the last row and column these repeat."""
        return self.luma[min(row, len(self.luma) - 1)][min(column, len(self.luma[0]) - 1)]


class View:
    """A block: `h` x `w` visible samples from row `y`, column `x` of its plane."""

    def __init__(self, picture, x, y, full_w, full_h):
        self.p, self.x, self.y = picture, x, y
        self.full_w, self.full_h = full_w, full_h
        self.w, self.h = min(full_w, picture.width - x), min(full_h, picture.height - y)
        self.bit_depth = picture.bit_depth
        self.above = self._run(lambda n: self.known(-1, n), 2 * self.w)
        self.left = self._run(lambda n: self.known(n, -1), 2 * self.h)
        self.rows, self.columns = min(ROWS, y), min(ROWS, x)

    @staticmethod
    def _run(known, most):
        n = 0
        while n < most and known(n):
            n += 1
        return n

    def known(self, i, j):
        """Whether a sample beside the block is decoded before it."""
        r, c = self.y + i, self.x + j
        return 0 <= r < self.p.height and 0 <= c < self.p.width and self.p.done[r][c]

    def chroma(self, i, j):
        assert self.known(i, j)
        return self.p.chroma[self.y + i][self.x + j]

    def target(self, i, j):
        return self.p.target[self.y + i][self.x + j]

    def full(self, row, column):
        """Luma at its own resolution, counted from the block's first; the nearest that a decoder has."""
        sx, sy = self.p.sx, self.p.sy
        row, column = max(row, -(self.rows << sy)), max(column, -(self.columns << sx))
        if row < 0:
            column = min(column, (max(self.above, self.w) << sx) - 1)
        elif column < 0:
            row = min(row, (max(self.left, self.h) << sy) - 1)
        else:
            row, column = min(row, (self.h << sy) - 1), min(column, (self.w << sx) - 1)
        return self.p.luma_at((self.y << sy) + row, (self.x << sx) + column)

    def av1_luma(self, i, j):
        """Luma in Q3 at a chroma sample: the mean of the samples under it."""
        i, j = max(i, -self.rows), max(j, -self.columns)
        if i < 0:
            j = min(j, max(self.above, self.w) - 1)
        elif j < 0:
            i = min(i, max(self.left, self.h) - 1)
        else:
            i, j = min(i, self.h - 1), min(j, self.w - 1)
        sx, sy = self.p.sx, self.p.sy
        row, column = (self.y + i) << sy, (self.x + j) << sx
        under = [self.p.luma_at(row + a, column + b) for a in range(sy + 1) for b in range(sx + 1)]
        return 8 * sum(under) // len(under)

    def vvc_luma(self, i, j):
        """Luma by VVC's filter 1 2 1, rounded; the filter does not look left of the sixth column."""
        sx, sy = self.p.sx, self.p.sy
        if sx == 0:
            return self.full(i, j)
        before = max(2 * j - 1, -(ROWS << sx))
        rows = [(i << sy) + a for a in range(sy + 1)]
        total = sum(self.full(r, before) + 2 * self.full(r, 2 * j) + self.full(r, 2 * j + 1) for r in rows)
        return (total + 2 * len(rows)) // (4 * len(rows))

    def samples(self):
        return [(i, j) for i in range(self.h) for j in range(self.w)]

    def beside(self, rows, extended):
        """Places above the block row by row, then to the left."""
        above = self.above if extended else min(self.above, self.w)
        left = self.left if extended else min(self.left, self.h)
        corner = min(rows, self.columns) if extended else 0
        places = [
            (i, j) for i in range(-min(rows, self.rows), 0) for j in range(-corner if self.rows else 0, above)
        ]
        if self.columns:
            places += [(i, j) for i in range(left) for j in range(-min(rows, self.columns), 0)]
        return places

    def block_of(self, function):
        return [[function(i, j) for j in range(self.w)] for i in range(self.h)]

    def flat(self, level):
        return self.block_of(lambda i, j: level)

    def dc(self):
        """DC_PRED; beyond the picture the last neighbour repeats."""
        p = self.p
        above = [p.chroma[self.y - 1][min(self.x + j, p.width - 1)] for j in range(self.full_w)]
        left = [p.chroma[min(self.y + i, p.height - 1)][self.x - 1] for i in range(self.full_h)]
        beside = (above if self.y else []) + (left if self.x else [])
        if not beside:
            return 1 << (self.bit_depth - 1)
        return (sum(beside) + len(beside) // 2) // len(beside)


def least_squares(xs, ys):
    """Slope and intercept, exact; slope 0 where x does not vary."""
    n = len(xs)
    mean_x, mean_y = Fraction(sum(xs), n), Fraction(sum(ys), n)
    spread = sum((x - mean_x) ** 2 for x in xs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread if spread else 0
    return slope, mean_y - slope * mean_x


def dc(view):
    return [view.flat(view.dc())]


def line(view):
    xs = [view.av1_luma(i, j) for i, j in view.samples()]
    a, b = least_squares(xs, [view.target(i, j) for i, j in view.samples()])
    return [view.block_of(lambda i, j: a * view.av1_luma(i, j) + b)]


def lm(view):
    places = view.beside(1, False)
    if not places:
        return dc(view)
    a, b = least_squares([view.av1_luma(*at) for at in places], [view.chroma(*at) for at in places])
    return [view.block_of(lambda i, j: a * view.av1_luma(i, j) + b)]


def mmlm(view):
    places = view.beside(1, False)
    if not places:
        return dc(view)
    pairs = [(view.vvc_luma(*at), view.chroma(*at)) for at in places]
    mean = Fraction(sum(x for x, _ in pairs), len(pairs))
    every = least_squares(*zip(*pairs, strict=True))
    parts = [p for p in pairs if p[0] <= mean], [p for p in pairs if p[0] > mean]
    lines = [least_squares(*zip(*part, strict=True)) if len(part) >= 2 else every for part in parts]

    def value(i, j):
        x = view.vvc_luma(i, j)
        a, b = lines[0] if x <= mean else lines[1]
        return a * x + b

    return [view.block_of(value)]


def _ridge_fit(rows, values, ridge):
    """The coefficients of least squares with a ridge."""
    A = np.array(rows, float)
    return np.linalg.solve(A.T @ A + ridge * np.eye(A.shape[1]), A.T @ np.array(values, float))


def cccm(view):
    places = view.beside(6, True)
    if not places:
        return dc(view)
    middle = 1 << (view.bit_depth - 1)

    def inside(i, j):
        """The cross ends at the sixth row and column, and where two blocks' widths end."""
        return min(max(i, -ROWS), 2 * view.h - 1), min(max(j, -ROWS), 2 * view.w - 1)

    def terms(i, j):
        cross = [
            view.vvc_luma(*inside(*at)) for at in ((i, j), (i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1))
        ]
        return [*cross, (cross[0] ** 2 + middle) >> view.bit_depth, middle]

    ridge = 2.0 ** -(28 - 2 * view.bit_depth - ceil(log2(len(places))))
    taps = _ridge_fit([terms(*at) for at in places], [view.chroma(*at) for at in places], ridge)
    return [view.block_of(lambda i, j: float(np.dot(taps, terms(i, j))))]


def glm(view):
    places = [(i, j) for i, j in view.beside(6, True) if i < view.h and j < view.w]
    if not places:
        return dc(view)
    middle = 1 << (view.bit_depth - 1)
    ridge = 2.0 ** -(28 - 2 * view.bit_depth - ceil(log2(len(places))))
    patterns = (
        ((1, 0, -1), (1, 0, -1)), ((1, 2, 1), (-1, -2, -1)),
        ((2, 1, -1), (1, -1, -2)), ((-1, 1, 2), (-2, -1, 1)),
    )  # fmt: skip
    first, last_row = -(ROWS << view.p.sx), (2 * view.h << view.p.sy) - 1
    last_column = (2 * view.w << view.p.sx) - 1
    found = []
    for pattern in patterns:

        def gradient(i, j, pattern=pattern):
            row, column = i << view.p.sy, j << view.p.sx
            return sum(
                pattern[m][n]
                * view.full(min(row + m, last_row), min(max(column + n - 1, first), last_column))
                for m in range(2)
                for n in range(3)
            )

        rows = [[gradient(*at), view.vvc_luma(*at), middle] for at in places]
        c = _ridge_fit(rows, [view.chroma(*at) for at in places], ridge)
        found.append(
            view.block_of(
                lambda i, j, c=c, g=gradient: float(
                    c[0] * g(i, j) + c[1] * view.vvc_luma(i, j) + c[2] * middle
                )
            )
        )
    return found


def polynomial(view):
    places = view.beside(6, False)
    if not places:
        return dc(view)
    xs = np.array([view.av1_luma(*at) for at in places], float)
    ys = np.array([view.chroma(*at) for at in places], float)
    design = np.column_stack([xs, xs**2])
    means = design.mean(axis=0)
    slopes = np.linalg.lstsq(design - means, ys - ys.mean(), rcond=1e-13)[0]

    def value(i, j):
        x = min(max(view.av1_luma(i, j), xs.min()), xs.max())
        return float(ys.mean() + slopes @ (np.array([x, x * x]) - means))

    return [view.block_of(value)]


def mhccp(view):
    middle = 1 << (view.bit_depth - 1)
    first = -1 if view.above and view.left else 1
    places = [(-1, j) for j in range(first, view.above - 1)] if view.above else []
    start = 0 if view.above and view.left else 1
    places += [(i, -1) for i in range(start, view.left - 1)]
    if not places:
        return [view.flat(middle)]
    found = []
    for up, back in ((0, 0), (1, 0), (0, 1)):

        def terms(i, j, up=up, back=back):
            value = view.av1_luma(i, j) >> 3
            return [view.av1_luma(i - up, j - back) >> 3, (value**2 + middle) >> view.bit_depth, middle]

        scale = 2.0 ** (22 - 2 * view.bit_depth - ceil(log2(len(places))))
        c = _ridge_fit(
            [terms(*at) for at in places],
            [view.chroma(*at) for at in places],
            2.0 ** (view.bit_depth - 7) / scale,
        )
        found.append(view.block_of(lambda i, j, c=c, t=terms: float(np.dot(c, t(i, j)))))
    return found


def cclm_forms(view):
    """LM, L and A: H.266, 8.4.5.2.14, in the standard's order."""
    table = [0, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, 0]
    top, side = min(view.above, view.w), min(view.left, view.h)
    sizes = [
        (top, side),
        (0, side + min(view.left - side, view.w)),
        (top + min(view.above - top, view.h), 0),
    ]
    found = []
    for num_t, num_l in sizes:
        picked = []
        both = num_t > 0 and num_l > 0
        for count, place in ((num_t, lambda k: (-1, k)), (num_l, lambda k: (k, -1))):
            is4 = 0 if both else 1
            start, step = count >> (2 + is4), max(1, count >> (1 + is4))
            picked += [place(start + k * step) for k in range(min(count, (1 + is4) << 1))]
        if not picked:
            found.append(view.flat(1 << (view.bit_depth - 1)))
            continue
        pairs = [(view.vvc_luma(*at), view.chroma(*at)) for at in picked]
        if len(pairs) == 2:
            pairs = [pairs[1], pairs[0], pairs[1], pairs[0]]
        pairs += [pairs[0]] * (4 - len(pairs))
        low, high = [0, 2], [1, 3]
        if pairs[low[0]][0] > pairs[low[1]][0]:
            low.reverse()
        if pairs[high[0]][0] > pairs[high[1]][0]:
            high.reverse()
        if pairs[low[0]][0] > pairs[high[1]][0]:
            low, high = high, low
        if pairs[low[1]][0] > pairs[high[0]][0]:
            low[1], high[0] = high[0], low[1]
        min_y, min_c = ((pairs[low[0]][n] + pairs[low[1]][n] + 1) >> 1 for n in (0, 1))
        max_y, max_c = ((pairs[high[0]][n] + pairs[high[1]][n] + 1) >> 1 for n in (0, 1))
        a, k, b = 0, 0, min_c
        diff = max_y - min_y
        if diff:
            diff_c = max_c - min_c
            x = floor(log2(diff))
            norm = ((diff << 4) >> x) & 15
            x += norm != 0
            y = floor(log2(abs(diff_c))) + 1 if diff_c else 0
            a = (diff_c * (table[norm] | 8) + (2 ** (y - 1) if y else 0)) >> y
            if 3 + x - y < 1:
                k, a = 1, 15 * ((a > 0) - (a < 0))
            else:
                k = 3 + x - y
            b = min_c - ((a * min_y) >> k)
        found.append(view.block_of(lambda i, j, a=a, k=k, b=b: ((a * view.vvc_luma(i, j)) >> k) + b))
    return found


def cfl_implicit(view):
    w, h = view.w, view.h
    up = 8 if view.y else 0
    left = 8 if view.x else 0
    if up and left:
        up, left = (8, 0) if w > 2 * h else (0, 8) if h > 2 * w else (4, 4)
    places = []
    for count, length, place in ((min(up, w), w, lambda k: (-1, k)), (min(left, h), h, lambda k: (k, -1))):
        if count:
            step = max(length // count, 1)
            places += [place(k) for k in range(0 if step == 1 else step // 2, length, step)]
    alpha = 0
    if places:
        xs, ys = [view.av1_luma(*at) >> 3 for at in places], [view.chroma(*at) for at in places]
        n = len(xs)
        D = sum(x * x for x in xs) - sum(xs) ** 2 // n
        N = sum(x * y for x, y in zip(xs, ys, strict=True)) - sum(xs) * sum(ys) // n
        alpha = _quotient(N, D)
    row = [view.av1_luma(-1, j) for j in range(w)] if view.y else []
    column = [view.av1_luma(i, -1) for i in range(h)] if view.x else []
    both = row + column
    mean = (sum(both) + len(both) // 2) // len(both) if both else 8 << (view.bit_depth - 1)

    def value(i, j):
        product = alpha * (view.av1_luma(i, j) - mean)
        size = (abs(product) + (1 << 10)) >> 11
        return view.dc() + (size if product > 0 else -size)

    return [view.block_of(value)]


def _quotient(numerator, denominator):
    """N / D in 1/256, with seven bits after the first of each and reciprocals of nine."""
    if not numerator or not denominator:
        return 0
    size = abs(numerator)
    bits_n, bits_d = size.bit_length() - 1, denominator.bit_length() - 1
    rest = Fraction(denominator - (1 << bits_d), 1) * Fraction(128, 1 << bits_d)
    f_d, f_n = floor(rest + Fraction(1, 2)), floor(Fraction(size * 128, 1 << bits_n) + Fraction(1, 2))
    reciprocal = floor(Fraction(1 << 16, 128 + f_d) + Fraction(1, 2))
    shift = bits_d - bits_n - 8
    result = 0
    if shift <= 1:
        down = 9 + 7 + shift
        result = (reciprocal * f_n) >> down if down >= 0 else 511
    result = min(result, 511)
    return -result if numerator < 0 else result


def clusterwise(view):
    """The predictions of all cuts, and their bits."""
    lumas = [view.av1_luma(i, j) for i, j in view.samples()]
    low, high = min(lumas), max(lumas)
    found, bits = [], []
    for k in range(1, 8):
        cut = low + Fraction(k * (high - low), 8)
        prediction, sent = {}, 3.0
        for side in ([at for at in view.samples() if view.av1_luma(*at) <= cut],
                     [at for at in view.samples() if view.av1_luma(*at) > cut]):  # fmt: skip
            if not side:
                continue
            xs, ys = [view.av1_luma(*at) for at in side], [view.target(*at) for at in side]
            mean_x, level = (floor(Fraction(sum(v), len(side)) + Fraction(1, 2)) for v in (xs, ys))
            alpha = round(min(max(64 * least_squares(xs, ys)[0], -16), 16))
            for at in side:
                product = alpha * (view.av1_luma(*at) - mean_x)
                size = (abs(product) + 32) >> 6
                prediction[at] = level + (size if product > 0 else -size)
            step = level - view.dc()
            code = 2 * abs(step) - (step > 0)
            sent += log2(33) + 2 * floor(log2(code + 1)) + 1
        found.append(view.block_of(lambda i, j, p=prediction: p[i, j]))
        bits.append(sent)
    return found, bits
