# mypy: disable-error-code="no-untyped-def"
"""From predictions to the samples of a plane: one clipped, or two blended (AV1 specification 7.11.3.1, 10, 14)."""

from cfl.av1.reconstruction.inter.rounding import COMPOUND_BIAS
from cfl.av1.reconstruction.inter.samples import get_samples, put_samples
from cfl.av1.reconstruction.inter.scratch import PRED_1
from cfl.simd.int16x16 import load, splat
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel
from cfl.simd.masks import clamp
from cfl.simd.taps import weighted


@kernel(internal=True)
def write_one(plane, x, y, w, h, peak, scratch):
    """Write the prediction `preds`, clipped, to a block of a plane."""
    log2w, zero, top = floor_log2(w), splat(0), splat(peak)
    for i in range(0, w * h, 16):
        put_samples(plane, x, y, log2w, h, i, clamp(load(scratch.preds, i), zero, top), scratch.few)


@kernel(internal=True)
def write_two(plane, x, y, w, h, peak, weight_0, weight_1, bits, scratch):
    """Write the sum of both predictions with constant weights, rounded by `bits`, to a block of a plane."""
    log2w, zero, top, few = floor_log2(w), splat(0), splat(peak), scratch.few
    weights_0, weights_1 = splat(weight_0), splat(weight_1)
    base = (1 << (bits - 1)) + COMPOUND_BIAS * (weight_0 + weight_1)
    for i in range(0, w * h, 16):
        pred_0, pred_1 = load(scratch.preds, i), load(scratch.preds, PRED_1 + i)
        value = weighted(pred_0, pred_1, weights_0, weights_1, base, bits)
        put_samples(plane, x, y, log2w, h, i, clamp(value, zero, top), few)


@kernel(internal=True)
def write_masked(plane, x, y, w, h, peak, mask, bits, scratch):
    """Write both predictions, blended by the mask that begins at `mask` and rounded by `bits`, to a block of a plane."""
    log2w, zero, top, all_of_it = floor_log2(w), splat(0), splat(peak), splat(64)
    base = (1 << (bits - 1)) + COMPOUND_BIAS * 64
    for i in range(0, w * h, 16):
        pred_0, pred_1, weight = load(scratch.preds, i), load(scratch.preds, PRED_1 + i), load(scratch.masks, mask + i)
        value = weighted(pred_0, pred_1, weight, all_of_it - weight, base, bits)
        put_samples(plane, x, y, log2w, h, i, clamp(value, zero, top), scratch.few)


@kernel(internal=True)
def blend_into(plane, x, y, w, h, peak, mask, scratch):
    """Blend the prediction `preds`, clipped, into a block of a plane; the mask weighs what is there."""
    log2w, zero, top, all_of_it = floor_log2(w), splat(0), splat(peak), splat(64)
    for i in range(0, w * h, 16):
        before = get_samples(plane, x, y, log2w, h, i, scratch.few)
        pred, weight = clamp(load(scratch.preds, i), zero, top), load(scratch.masks, mask + i)
        value = weighted(before, pred, weight, all_of_it - weight, 32, 6)
        put_samples(plane, x, y, log2w, h, i, value, scratch.few)


@kernel(internal=True)
def copy_block(source, from_x, from_y, plane, x, y, w, h, scratch):
    """Copy a block of a reference that lies within it, to a block of a plane."""
    log2w = floor_log2(w)
    for i in range(0, w * h, 16):
        value = get_samples(source, from_x, from_y, log2w, h, i, scratch.few)
        put_samples(plane, x, y, log2w, h, i, value, scratch.few)
