# mypy: disable-error-code="no-untyped-def"
"""Samples of a row of a block, sixteen at a time or as many as the row has."""

from cfl.simd.kernel import kernel
from cfl.simd.taps import load_2, load_4, load_8, load_16, store_2, store_4, store_8, store_16


@kernel(internal=True)
def check_block(plane, x, y, w, h):
    """Raise ValueError unless a block lies within a plane."""
    if x < 0 or y < 0 or x + w > plane.shape[1] or y + h > plane.shape[0]:
        raise ValueError("an inter block does not lie within its plane")


@kernel(internal=True)
def put_samples(plane, index, w, value):
    """Store sixteen samples, or the first `w` (2, 4 or 8), from a flat index of a plane on."""
    if w >= 16:
        store_16(plane, index, value)
    elif w == 8:
        store_8(plane, index, value)
    elif w == 4:
        store_4(plane, index, value)
    else:
        store_2(plane, index, value)


@kernel(inline=True)
def get_samples(plane, index, w):
    """Load sixteen samples, or `w` (2, 4 or 8) and anything after them, from a flat index of a plane on."""
    if w >= 16:
        return load_16(plane, index)
    if w == 8:
        return load_8(plane, index)
    return load_4(plane, index) if w == 4 else load_2(plane, index)
