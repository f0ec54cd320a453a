# mypy: disable-error-code="no-untyped-def"
"""From predictions to the samples of a plane: one clipped, or two blended.

AV1 specification 7.11.3.1, 7.11.3.10 and 7.11.3.14.

The rows of a prediction are those of the block, but at least sixteen samples long.
"""

from cfl.av1.reconstruction.inter.rounding import COMPOUND_BIAS
from cfl.av1.reconstruction.inter.samples import get_samples, put_samples
from cfl.av1.reconstruction.inter.scratch import PRED_1
from cfl.av1.reconstruction.inter.subpixel import STRIP
from cfl.simd.int16x16 import load, splat
from cfl.simd.kernel import kernel
from cfl.simd.masks import clamp
from cfl.simd.taps import load_16, weighted


@kernel(internal=True)
def write_one(plane, x, y, w, h, peak, scratch):
    """Write the prediction `preds`, clipped, to a block of a plane."""
    stride, zero, top = max(w, STRIP), splat(0), splat(peak)
    for i in range(h):
        for j in range(0, w, STRIP):
            value = clamp(load_16(scratch.preds, i * stride + j), zero, top)
            put_samples(plane, (y + i) * plane.shape[1] + x + j, w, value)


@kernel(internal=True)
def write_two(plane, x, y, w, h, peak, weight_0, weight_1, bits, scratch):
    """Write the sum of both predictions with constant weights, rounded by `bits`, to a block of a plane."""
    stride, zero, top = max(w, STRIP), splat(0), splat(peak)
    weights_0, weights_1 = splat(weight_0), splat(weight_1)
    base = (1 << (bits - 1)) + COMPOUND_BIAS * (weight_0 + weight_1)
    for i in range(h):
        for j in range(0, w, STRIP):
            pred_0 = load_16(scratch.preds, i * stride + j)
            pred_1 = load_16(scratch.preds, PRED_1 + i * stride + j)
            value = weighted(pred_0, pred_1, weights_0, weights_1, base, bits)
            put_samples(plane, (y + i) * plane.shape[1] + x + j, w, clamp(value, zero, top))


@kernel(internal=True)
def write_masked(plane, x, y, w, h, peak, mask, bits, scratch):
    """Write both predictions, blended by the mask that begins at `mask` and rounded by `bits`."""
    stride, zero, top, whole = max(w, STRIP), splat(0), splat(peak), splat(64)
    base = (1 << (bits - 1)) + COMPOUND_BIAS * 64
    for i in range(h):
        for j in range(0, w, STRIP):
            pred_0 = load_16(scratch.preds, i * stride + j)
            pred_1 = load_16(scratch.preds, PRED_1 + i * stride + j)
            weight = load(scratch.masks, mask + i * w + j)
            value = weighted(pred_0, pred_1, weight, whole - weight, base, bits)
            put_samples(plane, (y + i) * plane.shape[1] + x + j, w, clamp(value, zero, top))


@kernel(internal=True)
def blend_into(plane, x, y, w, h, peak, mask, scratch):
    """Blend the prediction `preds`, clipped, into a block; the mask from `mask` on weighs what is there."""
    stride, zero, top, whole = max(w, STRIP), splat(0), splat(peak), splat(64)
    for i in range(h):
        for j in range(0, w, STRIP):
            index = (y + i) * plane.shape[1] + x + j
            pred = clamp(load_16(scratch.preds, i * stride + j), zero, top)
            weight = load(scratch.masks, mask + i * w + j)
            value = weighted(get_samples(plane, index, w), pred, weight, whole - weight, 32, 6)
            put_samples(plane, index, w, value)


@kernel(internal=True)
def copy_block(source, from_x, from_y, plane, x, y, w, h):
    """Copy a block of a reference that lies within it, to a block of a plane."""
    for i in range(h):
        for j in range(0, w, STRIP):
            value = get_samples(source, (from_y + i) * source.shape[1] + from_x + j, w)
            put_samples(plane, (y + i) * plane.shape[1] + x + j, w, value)
