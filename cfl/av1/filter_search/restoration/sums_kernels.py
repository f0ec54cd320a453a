# mypy: disable-error-code="no-untyped-def"
"""Kernels that sum the products from which the squared error of every loop restoration filter follows.

Both filters are, before rounding, sums of parameters times features of the picture (AV1 specification 7.17):

- The Wiener filter is separable and symmetric. With v and h its coefficients from the outermost to the middle
  one, it changes a sample by the sum of v_i h_j / 2^14 times f_ij. Feature f_ij is the sum of the up to four
  samples at that distance, less the sample itself as many times. The middle feature is 0.
- The self-guided filter changes a sample by w0 / 2^11 times one feature and w2 / 2^11 times another: the
  outputs of the box filters, less the sample.

The products of all features with each other and with the error are summed over each piece. With these sums,
least squares for any unit made of pieces needs no second look at the picture.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from cfl.av1.filters.restoration_layout import MARGIN, SIDE
from cfl.av1.filters.self_guided import filter_boxes
from cfl.av1.tables.constants import SGRPROJ_RST_BITS
from cfl.simd.int16x16 import accumulate
from cfl.simd.kernel import inlined, kernel
from cfl.simd.masks import greater, load, load8, round2, splat, splat8, store, store8
from cfl.simd.vectors import int32x8

LANES = 16
SUM_STRIDE = SIDE + 32
FEATURES = 16
"""At most, with the error."""


class StripePieces(NamedTuple):
    """A stripe cut into pieces, and what it should be."""

    source: np.ndarray
    """Flat int16: the stripe and what surrounds it, laid out as for `restoration_kernels.restore`."""
    stride: int
    """How far apart the rows of `source` are."""
    height: int
    """Of the stripe."""
    width: int
    """Of the stripe."""
    step: int
    """The width of a piece, 32 or 64."""
    wanted: np.ndarray
    """Flat uint16: the plane as it should be."""
    wanted_width: int
    """How far apart the rows of `wanted` are, a multiple of 16."""
    y: int
    """The first row of the stripe in the plane."""
    counting: np.ndarray
    """(16,) int16: 0 to 15."""


@intrinsic
def wide_total(typingctx, value):
    """The sum of int32 lanes, as int64."""

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(64), 8)
        kind = ir.FunctionType(vector.element, [vector])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.vector.reduce.add.v8i64")
        return builder.call(function, [builder.sext(args[0], vector)])

    return types.int64(int32x8), emit


@inlined
def take_features(source, stride, at, wanted, place, half, width, counting, sums, features):
    """Compute the features of a row of a piece, and its errors as the last feature; all 0 beyond `width`.

    Sums are at most 4 * 4095, and so are differences.
    """
    count = (half + 1) * (half + 1) - 1
    for k in range(half + 1):
        d = half - k
        for j in range(0, width + 2 * half, LANES):
            lanes = load(source, at - half - d * stride + j)
            if d:
                lanes = lanes + load(source, at - half + d * stride + j)
            store(sums, k * SUM_STRIDE + j, lanes)
    for j in range(0, width, LANES):
        own = load(source, at + j)
        inside = greater(splat(width - j), load(counting, 0))
        for f in range(count):
            k = f // (half + 1)
            d = half - (f - k * (half + 1))
            lanes = load(sums, k * SUM_STRIDE + half - d + j)
            samples = 1 if k == half else 2
            if d:
                lanes = lanes + load(sums, k * SUM_STRIDE + half + d + j)
                samples *= 2
            store(features, f * SIDE + j, (lanes - splat(samples) * own) & inside)
        store(features, count * SIDE + j, (load(wanted, place + j) - own) & inside)


@inlined
def product(features, a, b, length):
    """The product of two rows of features. Lanes stay below 8 * 16380^2 < 2^31."""
    lanes = splat8(0)
    for j in range(0, length, LANES):
        lanes = accumulate(lanes, load(features, a + j), load(features, b + j))
    return wide_total(lanes)


@kernel()
def wiener_products(stripe, half, sums, features, products):
    """Add up the products of the Wiener filter's features over each piece of a stripe.

    Parameters
    ----------
    stripe : StripePieces
    half : int
        3, or 2 of chroma: how many coefficients there are besides the middle one.
    sums, features : (4 · SUM_STRIDE,) and (FEATURES · 64,) int16 arrays, scratch
    products : (pieces, n (n + 1) / 2) int64 array, added to
        The products of features a ≤ b, of the n = (half + 1)² − 1 features and the error, by a, then b.
    """
    source, stride, wanted = stripe.source, stripe.stride, stripe.wanted
    count = (half + 1) * (half + 1)
    for piece in range(products.shape[0]):
        x = piece * stripe.step
        inner = min(stripe.step, stripe.width - x)
        length = (inner + LANES - 1) & -LANES
        for i in range(stripe.height):
            at = (i + MARGIN) * stride + x + MARGIN
            place = (stripe.y + i) * stripe.wanted_width + x
            take_features(source, stride, at, wanted, place, half, inner, stripe.counting, sums, features)
            to = 0
            for a in range(count):
                for b in range(a, count):
                    products[piece, to] += product(features, a * SIDE, b * SIDE, length)
                    to += 1


@inlined
def take_box_feature(source, stride, at, v, width, height, shift, counting, features, start):
    """The output of a box filter less the samples, in 2^4 parts, or for 12 bits in 4: below 2^14."""
    factor = splat8(1 << SGRPROJ_RST_BITS)
    for i in range(height):
        for j in range(0, width, 8):
            own = load8(source, at + i * stride + j)
            store8(features, start + i * SIDE + j, round2(load8(v, i * SIDE + j) - factor * own, shift))
        for j in range(0, width, LANES):
            inside = greater(splat(width - j), load(counting, 0))
            place = start + i * SIDE + j
            store(features, place, load(features, place) & inside)


@kernel()
def self_guided_products(stripe, bit_depth, chosen, sgr_params, scratch, v, features, products):
    """Add up the products of the self-guided filter's features over each piece of a stripe.

    Parameters
    ----------
    stripe : StripePieces
    bit_depth : int
    chosen : (sets,) int64 array
        Which sets to try, 0 to 15.
    sgr_params : (16, 4) int64 array
    scratch : BoxScratch
    v : (64 · 64,) int32 array, scratch
    features : (3 · 64 · 64 + 16,) int16 array, scratch
    products : (pieces, sets, 5) int64 array, added to
        f0 f0, f0 f1, f1 f1, f0 e, f1 e; 0 for a filter that a set does not use.
    """
    source, stride, height, counting = stripe.source, stripe.stride, stripe.height, stripe.counting
    shift = 2 if bit_depth == 12 else 0
    first, second, error = 0, SIDE * SIDE, 2 * SIDE * SIDE
    for piece in range(products.shape[0]):
        x = piece * stripe.step
        inner = min(stripe.step, stripe.width - x)
        length = (inner + LANES - 1) & -LANES
        at = MARGIN * stride + x + MARGIN
        for i in range(height):
            for j in range(0, inner, LANES):
                inside = greater(splat(inner - j), load(counting, 0))
                place = (stripe.y + i) * stripe.wanted_width + x + j
                lanes = load(stripe.wanted, place) - load(source, at + i * stride + j)
                store(features, error + i * SIDE + j, lanes & inside)
        for s in range(chosen.size):
            number = chosen[s] & 15
            for k in range(2):
                eps = sgr_params[number, 2 * k + 1]
                if sgr_params[number, 2 * k] == 0:
                    for i in range(k * second, (k + 1) * second):
                        features[i] = 0
                    continue
                for i in range(height * SIDE):
                    v[i] = 0
                # Of a piece's fields the filter reads X and WIDTH only.
                filter_boxes(source, stride, (x, inner), height, 2 - k, eps, 1, bit_depth, scratch, v)
                take_box_feature(source, stride, at, v, inner, height, shift, counting, features, k * second)
            for i in range(height):
                f0, f1, e = first + i * SIDE, second + i * SIDE, error + i * SIDE
                products[piece, s, 0] += product(features, f0, f0, length)
                products[piece, s, 1] += product(features, f0, f1, length)
                products[piece, s, 2] += product(features, f1, f1, length)
                products[piece, s, 3] += product(features, f0, e, length)
                products[piece, s, 4] += product(features, f1, e, length)
