"""luma_ac, dc_pred and predict_block against the transcribed specification."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec import cfl_spec as spec
from spec.planes import DEPTHS, KINDS, SIZES, SUBSAMPLINGS, dtype_of, padded, random_plane

from cfl.errors import FrameError
from cfl.prediction import dc_pred, luma_ac, predict_block


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
@pytest.mark.parametrize(("w", "h"), SIZES)
def test_luma_ac_of_every_size(w, h, subsampling, bit_depth):
    """Whole blocks at several positions, of all kinds of samples."""
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    rng = np.random.default_rng(w * 1000 + h * 10 + bit_depth)
    for kind in KINDS:
        luma = random_plane(rng, ((h << sub_y) + 8, (w << sub_x) + 12), bit_depth, kind)
        for x, y in ((0, 0), (2, 4), (4, 1)):
            got = luma_ac(luma, w, h, subsampling, x=x, y=y)
            want = spec.luma_ac(luma, x, y, w, h, sub_x, sub_y, luma.shape[1], luma.shape[0])
            assert got.dtype == np.int16
            assert got.shape == (h, w)
            assert got.tolist() == want


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_luma_ac_beyond_the_picture(data):
    """Blocks that cross the right and bottom edges of planes of any size, odd ones too."""
    w, h = data.draw(st.sampled_from(SIZES))
    subsampling = data.draw(st.sampled_from(list(SUBSAMPLINGS)))
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    bit_depth = data.draw(st.sampled_from(DEPTHS))
    shape = data.draw(st.integers(1, 70)), data.draw(st.integers(1, 70))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    luma = random_plane(rng, shape, bit_depth, data.draw(st.sampled_from(KINDS)))
    whole = padded(luma, sub_x, sub_y)
    x = data.draw(st.integers(0, (whole.shape[1] >> sub_x) - 1))
    y = data.draw(st.integers(0, (whole.shape[0] >> sub_y) - 1))
    want = spec.luma_ac(whole, x, y, w, h, sub_x, sub_y, whole.shape[1], whole.shape[0])
    assert luma_ac(luma, w, h, subsampling, x=x, y=y).tolist() == want


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_luma_ac_with_explicit_limits(data):
    """MaxLumaW and MaxLumaH inside a larger plane, as a decoder passes them: samples beyond are not read."""
    w, h = data.draw(st.sampled_from(SIZES))
    subsampling = data.draw(st.sampled_from(list(SUBSAMPLINGS)))
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    bit_depth = data.draw(st.sampled_from(DEPTHS))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    luma = random_plane(rng, (80, 80), bit_depth, data.draw(st.sampled_from(KINDS)))
    max_luma_w, max_luma_h = 4 * data.draw(st.integers(1, 20)), 4 * data.draw(st.integers(1, 20))
    x = data.draw(st.integers(0, (max_luma_w >> sub_x) - 1))
    y = data.draw(st.integers(0, (max_luma_h >> sub_y) - 1))
    limits = {"max_luma_w": max_luma_w, "max_luma_h": max_luma_h}
    got = luma_ac(luma, w, h, subsampling, x=x, y=y, **limits)
    assert got.tolist() == spec.luma_ac(luma, x, y, w, h, sub_x, sub_y, max_luma_w, max_luma_h)
    spoilt = luma.copy()
    spoilt[max_luma_h:] ^= 1
    spoilt[:, max_luma_w:] ^= 1
    assert np.array_equal(luma_ac(spoilt, w, h, subsampling, x=x, y=y, **limits), got)


def test_luma_ac_takes_views_and_leaves_its_input_alone():
    luma = np.random.default_rng(5).integers(0, 256, (40, 60)).astype(np.uint8)
    for view in (luma[::2, ::2], luma.T, luma[3:, 5:], luma[::-1, ::-1]):
        before = view.copy()
        got = luma_ac(view, 8, 4, "4:2:0", x=1, y=2)
        assert np.array_equal(got, luma_ac(before, 8, 4, "4:2:0", x=1, y=2))
        assert np.array_equal(view, before)
    frozen = luma.copy()
    frozen.flags.writeable = False
    assert luma_ac(frozen, 8, 8).tolist() == spec.luma_ac(luma, 0, 0, 8, 8, 1, 1, 60, 40)


@pytest.mark.parametrize(
    ("width", "height"), [(2, 2), (4, 32), (32, 4), (64, 64), (5, 8), (0, 4), (-4, 4), (8, 64), (12, 12)]
)
def test_luma_ac_of_a_size_without_cfl(width, height):
    with pytest.raises(FrameError) as caught:
        luma_ac(np.zeros((64, 64), np.uint8), width, height)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("luma", "options"),
    [
        (np.zeros((16, 16), np.float64), {}),
        (np.zeros((16, 16), np.int16), {}),
        (np.full((16, 16), 4096, np.uint16), {}),
        (np.zeros((16, 16), np.uint32), {}),
        (np.zeros((16, 16, 3), np.uint8), {}),
        (np.zeros(16, np.uint8), {}),
        (np.zeros((0, 16), np.uint8), {}),
        (np.zeros((16, 16), np.uint8), {"x": 8}),
        (np.zeros((16, 16), np.uint8), {"y": 8}),
        (np.zeros((16, 16), np.uint8), {"x": -1}),
        (np.zeros((16, 16), np.uint8), {"y": -4}),
        (np.zeros((16, 16), np.uint8), {"subsampling": "4:0:0"}),
        (np.zeros((16, 16), np.uint8), {"subsampling": "4:1:1"}),
        (np.zeros((16, 16), np.uint8), {"max_luma_w": 0}),
        (np.zeros((16, 16), np.uint8), {"max_luma_w": 1000}),
        (np.zeros((16, 16), np.uint8), {"max_luma_h": 1000}),
        (np.zeros((16, 16), np.uint8), {"max_luma_h": -8}),
    ],
)
def test_luma_ac_of_bad_input(luma, options):
    with pytest.raises(FrameError) as caught:
        luma_ac(luma, 8, 8, **options)
    assert "\n" not in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_dc_pred(data):
    """All sizes, with and without each neighbour, by AboveRow, LeftCol and DC_PRED."""
    w, h = data.draw(st.sampled_from(SIZES))
    bit_depth = data.draw(st.sampled_from(DEPTHS))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    plane = random_plane(rng, (h + 1, w + 1), bit_depth, data.draw(st.sampled_from(KINDS)))
    have_left, have_above = data.draw(st.booleans()), data.draw(st.booleans())
    above = plane[0, 1:] if have_above else None
    left = plane[1:, 0] if have_left else None
    got = dc_pred(above, left, w, h, bit_depth)
    assert got == spec.predict_dc(plane, 1, 1, w, h, have_left, have_above, w, h, bit_depth)
    assert isinstance(got, int)


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize(("w", "h"), SIZES)
def test_dc_pred_rounds_as_a_whole_division(w, h, bit_depth):
    """Every remainder of the sum over w + h, which the fast division by 3 and 5 has to get right."""
    dtype = dtype_of(bit_depth)
    for base in (0, (1 << bit_depth) - 2):
        for ones in range(w + h + 1):
            edge = np.full(w + h, base, dtype)
            edge[:ones] += 1
            want = spec.dc_intra_prediction(edge[:w].tolist(), edge[w:].tolist(), True, True, w, h, bit_depth)
            assert dc_pred(edge[:w], edge[w:], w, h, bit_depth) == want


def test_dc_pred_reads_only_the_samples_beside_the_block():
    above, left = np.full(20, 255, np.uint8), np.full(30, 255, np.uint8)
    above[:8], left[:4] = 10, 20
    assert dc_pred(above, left, 8, 4) == (8 * 10 + 4 * 20 + 6) // 12
    assert dc_pred(None, None, 8, 4) == 128
    assert dc_pred(None, None, 8, 4, 12) == 2048


@pytest.mark.parametrize(
    ("above", "left", "size"),
    [
        (np.zeros(7, np.uint8), None, (8, 8)),
        (None, np.zeros(3, np.uint8), (8, 4)),
        (np.zeros(8, np.float32), None, (8, 8)),
        (np.zeros((8, 8), np.uint8), None, (8, 8)),
        (np.zeros(64, np.uint8), None, (64, 64)),
        (np.zeros(32, np.uint8), None, (32, 4)),
    ],
)
def test_dc_pred_of_bad_input(above, left, size):
    with pytest.raises(FrameError) as caught:
        dc_pred(above, left, *size)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("alpha", range(-16, 17))
def test_predict_block_of_every_alpha(alpha, bit_depth):
    """ACs over all that the bit depth can have, at the lowest, a middle and the highest DC."""
    top = (1 << bit_depth) - 1
    values = np.arange(-8 * top, 8 * top + 1, {8: 1, 10: 3, 12: 13}[bit_depth])
    blocks = np.resize(values, (-(-values.size // 1024), 32, 32))
    scaled = np.sign(alpha * blocks) * ((abs(alpha) * np.abs(blocks) + 32) >> 6)
    for dc in (0, 1 << (bit_depth - 1), top):
        for block, difference in zip(blocks, scaled, strict=True):
            got = predict_block(block.astype(np.int16), dc, alpha, bit_depth)
            assert got.dtype == dtype_of(bit_depth)
            assert np.array_equal(got, np.clip(dc + difference, 0, top))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_predict_block_after_luma_ac_is_the_whole_process(data):
    w, h = data.draw(st.sampled_from(SIZES))
    subsampling = data.draw(st.sampled_from(list(SUBSAMPLINGS)))
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    bit_depth = data.draw(st.sampled_from(DEPTHS))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    luma = random_plane(rng, (68, 68), bit_depth, data.draw(st.sampled_from(KINDS)))
    dc = data.draw(st.integers(0, (1 << bit_depth) - 1))
    alpha = data.draw(st.integers(-16, 16))
    got = predict_block(luma_ac(luma, w, h, subsampling, x=1, y=2), dc, alpha, bit_depth)
    want = spec.predict_chroma_from_luma(
        luma, [[dc] * w] * h, 1, 2, w, h, sub_x, sub_y, alpha, 68, 68, bit_depth
    )
    assert got.tolist() == want


@pytest.mark.parametrize(
    ("dc", "alpha", "bit_depth"), [(0, 17, 8), (0, -17, 8), (-1, 1, 8), (256, 1, 8), (0, 1, 9), (1024, 1, 10)]
)
def test_predict_block_of_bad_input(dc, alpha, bit_depth):
    with pytest.raises(FrameError) as caught:
        predict_block(np.zeros((8, 8), np.int16), dc, alpha, bit_depth)
    assert "\n" not in str(caught.value)
