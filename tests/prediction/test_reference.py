"""The plain reference against the transcribed specification, and every fast kernel against the reference."""

import numpy as np
import pytest
from from_python import FromPython
from hypothesis import given, settings
from hypothesis import strategies as st
from spec import cfl_spec as spec
from spec.planes import DEPTHS, KINDS, SIZES, SUBSAMPLINGS, dtype_of, padded, random_plane

from cfl.prediction import luma_ac, predict_block, reference
from cfl.prediction.planes import Grid, Luma, predict_planes


def drawn_block(data):
    """A block somewhere in random luma, with limits before, inside or behind it; and an α and a DC."""
    w, h = data.draw(st.sampled_from(SIZES))
    subsampling = data.draw(st.sampled_from(list(SUBSAMPLINGS)))
    bit_depth = data.draw(st.sampled_from(DEPTHS))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    luma = random_plane(rng, (80, 80), bit_depth, data.draw(st.sampled_from(KINDS)))
    limits = 4 * data.draw(st.integers(1, 20)), 4 * data.draw(st.integers(1, 20))
    x, y = (
        data.draw(st.integers(0, (m >> s) - 1))
        for m, s in zip(limits, SUBSAMPLINGS[subsampling], strict=True)
    )
    dc, alpha = data.draw(st.integers(0, (1 << bit_depth) - 1)), data.draw(st.integers(-16, 16))
    return luma, (x, y, w, h, *SUBSAMPLINGS[subsampling], *limits), subsampling, dc, alpha, bit_depth


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_reference_is_the_specification(data):
    luma, where, _, dc, alpha, bit_depth = drawn_block(data)
    ac = reference.luma_ac(luma, *where)
    assert ac.tolist() == spec.luma_ac(luma, *where)
    expected = spec.scale_and_add(ac.tolist(), np.full(ac.shape, dc), alpha, bit_depth)
    assert reference.predict(ac, dc, alpha, bit_depth).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_one_block(data):
    """What the codec calls."""
    from cfl.av1.reconstruction import chroma_from_luma

    kernels = FromPython(chroma_from_luma)
    luma, where, _, dc, alpha, bit_depth = drawn_block(data)
    x, y, w, h, sub_x, sub_y, max_luma_w, max_luma_h = where
    x, y = x & ~3, y & ~3
    # The codec's planes hold all of a block's luma.
    whole = np.pad(luma.astype(np.uint16), ((0, 160), (0, 160)), mode="edge")
    chroma = np.full((y + h + 5, x + w + 5), 7, np.uint16)
    chroma[y : y + h, x : x + w] = dc
    log2w, log2h = w.bit_length() - 1, h.bit_length() - 1
    packed, predicted = np.zeros((2, kernels.CFL_SAMPLES), np.int16)
    kernels.luma_ac(whole, x, y, log2w, log2h, sub_x, sub_y, max_luma_w, max_luma_h, packed)
    kernels.add_luma_ac(packed, chroma, x, y, log2w, log2h, alpha, bit_depth, predicted)
    expected = np.full(chroma.shape, 7)
    ac = reference.luma_ac(luma, x, y, w, h, sub_x, sub_y, max_luma_w, max_luma_h)
    expected[y : y + h, x : x + w] = reference.predict(ac, dc, alpha, bit_depth)
    np.testing.assert_array_equal(chroma, expected)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_functions_for_users(data):
    """`luma_ac` and `predict_block`, by the kernels of eight blocks."""
    luma, where, subsampling, dc, alpha, bit_depth = drawn_block(data)
    x, y, w, h, _, _, max_luma_w, max_luma_h = where
    ac = luma_ac(luma, w, h, subsampling, x=x, y=y, max_luma_w=max_luma_w, max_luma_h=max_luma_h)
    np.testing.assert_array_equal(ac, reference.luma_ac(luma, *where))
    np.testing.assert_array_equal(
        predict_block(ac, dc, alpha, bit_depth), reference.predict(ac, dc, alpha, bit_depth)
    )


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize(("w", "h"), SIZES)
def test_whole_planes(w, h, subsampling, bit_depth):
    """Eight blocks at a time; in 4:4:4 with 32 columns the wide kernels. The picture ends within blocks."""
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    rng = np.random.default_rng([w, h, sub_x, sub_y, bit_depth])
    grid = Grid(2 * w + int(rng.integers(1, w + 1)), h + int(rng.integers(1, h + 1)), w, h)
    shape = (grid.height << sub_y) - sub_y, (grid.width << sub_x) - sub_x  # odd where it can be
    luma = random_plane(rng, shape, bit_depth, str(rng.choice(KINDS)))
    alpha = rng.integers(-16, 17, (2, grid.rows, grid.columns)).astype(np.int8)
    dc = rng.integers(0, 1 << bit_depth, alpha.shape).astype(np.int32)
    out = grid.empty_plane(dtype_of(bit_depth)), grid.empty_plane(dtype_of(bit_depth))
    predict_planes(Luma.of(luma, sub_x, sub_y), grid, alpha, dc, peak=(1 << bit_depth) - 1, out=out)
    whole = padded(luma, sub_x, sub_y)
    for i in range(grid.rows):
        for j in range(grid.columns):
            ac = reference.luma_ac(whole, j * w, i * h, w, h, sub_x, sub_y, whole.shape[1], whole.shape[0])
            for plane in range(2):
                found = out[plane][i * h : (i + 1) * h, j * w : (j + 1) * w]
                expected = reference.predict(ac, int(dc[plane, i, j]), int(alpha[plane, i, j]), bit_depth)
                np.testing.assert_array_equal(found, expected)
