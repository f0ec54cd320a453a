# mypy: disable-error-code="no-untyped-def, operator"
"""The candidates for a plane's mode: measured quickly, by SATD and bits, and listed with the best first."""

from cfl.av1.block_search.hadamard import hadamard_4x4, hadamard_8x8
from cfl.simd.kernel import kernel


@kernel(internal=True)
def transformed_difference(source, plane, x, y, w, h):
    """Return the SATD of a block: the absolute sum of its orthonormal Hadamard transforms, 8x8 or 4x4."""
    stride, total = plane.shape[1], 0
    if min(w, h) == 4:
        for i in range(y, y + h, 4):
            for k in range(i * stride + x, i * stride + x + w, 4):
                total += hadamard_4x4(source, k, stride, plane, k, stride)
        return total / 4
    for i in range(y, y + h, 8):
        for k in range(i * stride + x, i * stride + x + w, 8):
            total += hadamard_8x8(source, k, stride, plane, k, stride)
    return total / 8


@kernel(internal=True)
def insert_candidate(search, count, score, mode, angle_delta, filter_intra_mode):
    """Insert a mode into the candidates, of which there are `count`, by its score."""
    scratch = search.scratch
    i = count
    while i > 0 and scratch.score[i - 1] > score:
        scratch.score[i] = scratch.score[i - 1]
        set_candidate(search, i, scratch.mode[i - 1], scratch.angle[i - 1], scratch.filter_mode[i - 1])
        i -= 1
    scratch.score[i] = score
    set_candidate(search, i, mode, angle_delta, filter_intra_mode)


@kernel(internal=True)
def set_candidate(search, i, mode, angle_delta, filter_intra_mode):
    """Set the mode of a candidate; filter_intra_mode is -1 without."""
    scratch = search.scratch
    scratch.mode[i], scratch.angle[i], scratch.filter_mode[i] = mode, angle_delta, filter_intra_mode
