# mypy: disable-error-code="no-untyped-def"
"""The weights that two predictions are blended with, sample by sample (AV1 specification 7.11.3.11 to 13).

A mask is a flat array of weights in 64ths, row after row.
"""

from cfl.av1.reconstruction.inter.scratch import CHROMA_MASK, PRED_1
from cfl.av1.reconstruction.inter.subpixel import STRIP
from cfl.av1.tables.inter_constants import II_H_PRED, II_SMOOTH_PRED, II_V_PRED
from cfl.av1.tables.inter_prediction import II_WEIGHTS_1D, OBMC_MASK
from cfl.av1.tables.wedge import WEDGE_MASKS_START, WEDGE_TYPES
from cfl.simd.int16x16 import load, splat, store
from cfl.simd.kernel import kernel
from cfl.simd.masks import logical_shift_right, minimum, shift_right
from cfl.simd.octet_rows import neighbour_sums
from cfl.simd.taps import held_distance

_LARGEST = 128


@kernel(internal=True)
def wedge_mask(wedge_masks, mi_size, wedge_sign, wedge_index, count, mask):
    """Copy the mask of a wedge, of a block of `count` samples (7.11.3.11)."""
    start = WEDGE_MASKS_START[mi_size] + (wedge_sign * WEDGE_TYPES + wedge_index) * count
    for i in range(0, count, 16):
        store(mask, i, load(wedge_masks, start + i))


@kernel(internal=True)
def difference_mask(preds, w, h, mask_type, bits, mask):
    """Weigh by how much two predictions differ, which is rounded by `bits` first (7.11.3.12)."""
    half, least, most = splat(1 << bits >> 1), splat(38), splat(64)
    for i in range(h):
        for j in range(0, w, STRIP):
            at = i * max(w, STRIP) + j
            distance = held_distance(load(preds, at), load(preds, PRED_1 + at)) + half
            weight = minimum(least + shift_right(logical_shift_right(distance, bits), 4), most)
            store(mask, i * w + j, most - weight if mask_type else weight)


@kernel(internal=True)
def intra_mask(interintra_mode, w, h, mask):
    """Weigh an intra prediction by the distance from its edge (7.11.3.13)."""
    scale = _LARGEST // max(w, h)
    for i in range(h):
        for j in range(w):
            weight = 32
            if interintra_mode == II_V_PRED:
                weight = II_WEIGHTS_1D[i * scale]
            elif interintra_mode == II_H_PRED:
                weight = II_WEIGHTS_1D[j * scale]
            elif interintra_mode == II_SMOOTH_PRED:
                weight = II_WEIGHTS_1D[min(i, j) * scale]
            mask[i * w + j] = weight


@kernel(internal=True)
def overlap_mask(from_above, w, h, mask):
    """Weigh what is there against the prediction from a neighbour's vector (7.11.3.10)."""
    for i in range(h):
        for j in range(w):
            mask[i * w + j] = OBMC_MASK[h + i] if from_above else OBMC_MASK[w + j]


@kernel(internal=True)
def subsample_mask(masks, w, h, shift_y):
    """Average the luma mask for a chroma block of `w` by `h` that is subsampled in x (7.11.3.14)."""
    half = splat(1 << shift_y)
    for i in range(h):
        for j in range(0, w, 16):
            at = (i << shift_y) * 2 * w + 2 * j
            total = neighbour_sums(masks, at) + half
            if shift_y:
                total = total + neighbour_sums(masks, at + 2 * w)
            store(masks, CHROMA_MASK + i * w + j, shift_right(total, 1 + shift_y))
