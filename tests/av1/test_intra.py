"""Intra prediction, chroma from luma and palette prediction against the specification's pseudo-code."""

import numpy as np
import pytest
from from_python import FromPython
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.av1.reconstruction import chroma_from_luma, intra, intra_edge, intra_kernels, palette
from cfl.av1.reconstruction.intra_block import Available, EdgeFilter, Limits, Mode, Place
from cfl.av1.tables import intra_prediction as tables
from tests.spec import cfl_spec, intra_spec
from tests.spec.transform_spec import Tx_Height_Log2, Tx_Width_Log2

kernels = FromPython(intra_kernels)
predict_palette = FromPython(palette).predict_palette

SIZES = list(zip(Tx_Width_Log2, Tx_Height_Log2, strict=True))
DIRECTIONAL = [(mode, delta) for mode in range(1, 9) for delta in range(-3, 4)]
OTHERS = [(mode, 0) for mode in (0, 9, 10, 11, 12)]
AVAILABILITY = [tuple(bool(bits >> k & 1) for k in range(4)) for bits in range(16)]


def random_plane(rng, bit_depth, side=144):
    """Noise, extremes, or a slope, so that clipping, rounding and exact ties all occur."""
    peak = (1 << bit_depth) - 1
    kind = rng.integers(0, 4)
    if kind == 0:
        return rng.integers(0, peak + 1, (side, side)).astype(np.uint16)
    if kind == 1:
        return rng.choice([0, peak], (side, side)).astype(np.uint16)
    slopes = np.add.outer(np.arange(side) * rng.integers(-9, 10), np.arange(side) * rng.integers(-9, 10))
    noise = rng.integers(-3, 4, (side, side)) if kind == 2 else 0
    return np.clip(slopes + noise + peak // 2, 0, peak).astype(np.uint16)


def predict(plane, arguments, scratch):
    """The kernel, with the arguments of `intra_spec.predict_intra`."""
    place, available, mode = (
        Place(*arguments[:2], *arguments[9:11]),
        Available(*arguments[2:6]),
        Mode(*arguments[6:9]),
    )
    kernels.predict_intra(
        plane, place, available, mode, Limits(*arguments[11:14]), EdgeFilter(*arguments[14:]), scratch
    )


def check(
    rng, mode, delta, log2w, log2h, *, filter_intra_mode=-1, have=None, bit_depth=None, edge=None, smooth=None
):
    """Both sides on one random plane, at a random place that may straddle the frame's border."""
    bit_depth = rng.choice([8, 10, 12]) if bit_depth is None else bit_depth
    plane = random_plane(rng, bit_depth)
    x, y = 4 * rng.integers(1, 18), 4 * rng.integers(1, 18)
    have = AVAILABILITY[rng.integers(0, 16)] if have is None else have
    max_x, max_y = (int(rng.choice([143, p + 4 * rng.integers(1, 17) - 1])) for p in (x, y))
    edge = bool(rng.integers(0, 8)) if edge is None else edge
    smooth = int(rng.integers(0, 2)) if smooth is None else smooth
    arguments = (
        int(x), int(y), *have, mode, delta, filter_intra_mode, log2w, log2h, min(max_x, 143), min(max_y, 143),
        int(bit_depth), edge, smooth,
    )  # fmt: skip
    expected = plane.astype(np.int64)
    intra_spec.predict_intra(expected, *arguments)
    scratch = rng.integers(-(1 << 31), 1 << 31, kernels.SCRATCH_SIZE).astype(np.int32)
    predict(plane, arguments, scratch)
    np.testing.assert_array_equal(plane, expected, err_msg=str(arguments))


def test_tables_are_the_specifications():
    for n, weights in intra_spec.Sm_Weights.items():
        assert tables.SM_WEIGHTS[n - 4 : 2 * n - 4].tolist() == weights
    assert tables.MODE_TO_ANGLE.tolist() == intra_spec.Mode_To_Angle
    assert tables.DR_INTRA_DERIVATIVE.tolist() == intra_spec.Dr_Intra_Derivative
    assert tables.INTRA_FILTER_TAPS.transpose(0, 2, 1).tolist() == intra_spec.Intra_Filter_Taps
    for strength, kernel in enumerate(intra_spec.Intra_Edge_Kernel, start=1):
        outer, inner, middle = tables.INTRA_EDGE_KERNEL[strength].tolist()
        assert [outer, inner, middle, inner, outer] == kernel


def test_no_derivatives_product_exceeds_one():
    """What makes a sample before the upper edge never lie before the left one (`from_left`)."""
    table = tables.DR_INTRA_DERIVATIVE
    angles = {tables.MODE_TO_ANGLE[mode] + 3 * delta for mode, delta in DIRECTIONAL}
    assert all(table[180 - angle] * table[angle - 90] <= 64 * 64 for angle in angles if 90 < angle < 180)


@pytest.mark.parametrize(("log2w", "log2h"), SIZES)
def test_directional_modes(log2w, log2h):
    rng = np.random.default_rng(100 * log2w + log2h)
    for mode, delta in DIRECTIONAL:
        for _ in range(1 if log2w + log2h > 10 else 3):
            check(rng, mode, delta, log2w, log2h)


@pytest.mark.parametrize(("log2w", "log2h"), SIZES)
def test_other_modes(log2w, log2h):
    rng = np.random.default_rng(200 * log2w + log2h)
    for mode, delta in OTHERS:
        for have in AVAILABILITY[:4]:
            check(rng, mode, delta, log2w, log2h, have=have)


@pytest.mark.parametrize("have", AVAILABILITY)
def test_every_availability(have):
    """Small blocks: every mode with every set of neighbours, both filter types, and without the filter."""
    rng = np.random.default_rng(AVAILABILITY.index(have))
    for mode, delta in DIRECTIONAL + OTHERS:
        log2w, log2h = rng.integers(2, 4, 2)
        check(rng, mode, delta, int(log2w), int(log2h), have=have, smooth=0, edge=True)
        check(rng, mode, delta, int(log2w), int(log2h), have=have, smooth=1, edge=True)
        check(rng, mode, delta, int(log2w), int(log2h), have=have, edge=False)


@pytest.mark.parametrize("filter_intra_mode", range(5))
def test_filter_intra(filter_intra_mode):
    rng = np.random.default_rng(filter_intra_mode)
    for log2w, log2h in SIZES:
        if max(log2w, log2h) <= 5:
            for bit_depth in (8, 10, 12):
                check(rng, 0, 0, log2w, log2h, filter_intra_mode=filter_intra_mode, bit_depth=bit_depth)


@settings(max_examples=150, deadline=None)
@given(
    mode=st.sampled_from(DIRECTIONAL + OTHERS),
    size=st.sampled_from([(w, h) for w, h in SIZES if w + h <= 9]),
    have=st.sampled_from(AVAILABILITY),
    seed=st.integers(0, 1 << 30),
)
def test_any_block(mode, size, have, seed):
    check(np.random.default_rng(seed), *mode, *size, have=have)


def test_the_array_interface():
    rng = np.random.default_rng(5)
    plane = rng.integers(0, 1024, (40, 40)).astype(np.uint16)
    expected = plane.astype(np.int64)
    intra.predict_intra(
        plane, 8, 12, 16, 8, 8, angle_delta=-2, have_above_right=True, filter_type=1, bit_depth=10
    )
    intra_spec.predict_intra(expected, 8, 12, True, True, True, False, 8, -2, -1, 4, 3, 39, 39, 10, True, 1)
    np.testing.assert_array_equal(plane, expected)
    for arguments in ((0, 0, 8, 8, 13), (0, 0, 5, 8, 0), (36, 0, 8, 8, 0), (0, -4, 8, 8, 0)):
        with pytest.raises(ValueError, match=r"."):
            intra.predict_intra(plane, *arguments)
    with pytest.raises(ValueError, match="no such intra block is 64x64"):
        intra.predict_intra(np.zeros((64, 64), np.uint16), 0, 0, 64, 64, 0, filter_intra_mode=0)


def test_blocks_beside_the_planes_ends():
    """A plane no larger than its blocks: nothing outside is read (`NUMBA_BOUNDSCHECK` sees it) or written."""
    rng = np.random.default_rng(3)
    for mode, delta in DIRECTIONAL + OTHERS:
        for w, h in ((4, 4), (8, 4), (4, 8)):
            plane = random_plane(rng, 8)[: h + 4, : w + 4].copy()
            expected = plane.astype(np.int64)
            sizes = (w.bit_length() - 1, h.bit_length() - 1, w + 3, h + 3)
            arguments = (4, 4, True, True, True, True, mode, delta, -1, *sizes, 8, True, 0)
            intra_spec.predict_intra(expected, *arguments)
            predict(plane, arguments, np.zeros(kernels.SCRATCH_SIZE, np.int32))
            np.testing.assert_array_equal(plane, expected)


# --- chroma from luma and palette -------------------------------------------------------------------------


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize(("sub_x", "sub_y"), [(0, 0), (1, 0), (1, 1)])
def test_chroma_from_luma(bit_depth, sub_x, sub_y):
    kernels = FromPython(chroma_from_luma)

    rng = np.random.default_rng(10 * bit_depth + sub_x + sub_y)
    ac, predicted = np.zeros((2, kernels.CFL_SAMPLES), np.int16)
    for log2w, log2h in [size for size in SIZES if max(size) <= 5]:
        for _ in range(4):
            w, h = 1 << log2w, 1 << log2h
            luma = random_plane(rng, bit_depth)
            chroma = rng.integers(0, 1 << bit_depth, (72, 72)).astype(np.uint16)
            x, y = (4 * int(v) for v in rng.integers(0, 8, 2))
            chroma[y : y + h, x : x + w] = rng.integers(0, 1 << bit_depth)
            # anywhere from the block's first luma to the plane's end, and before the block
            max_luma_w, max_luma_h = (
                4 * int(rng.integers(1, 36))
                if rng.integers(0, 4) == 0
                else min(144, (p << s) + 4 * int(rng.integers(1, 17)))
                for p, s in ((x, sub_x), (y, sub_y))
            )
            alpha = int(rng.integers(-16, 17))
            expected = chroma.copy()
            expected[y : y + h, x : x + w] = cfl_spec.predict_chroma_from_luma(
                luma,
                chroma[y : y + h, x : x + w],
                x,
                y,
                w,
                h,
                sub_x,
                sub_y,
                alpha,
                max_luma_w,
                max_luma_h,
                bit_depth,
            )
            kernels.luma_ac(luma, x, y, log2w, log2h, sub_x, sub_y, max_luma_w, max_luma_h, ac)
            kernels.add_luma_ac(ac, chroma, x, y, log2w, log2h, alpha, bit_depth, predicted)
            np.testing.assert_array_equal(chroma, expected)


def test_scratch_holds_all_lines():
    assert intra_edge.SCRATCH_SIZE == intra_edge.LINES + 4 * intra_edge.LINE


def test_impossible_chroma_from_luma_is_refused():
    kernels = FromPython(chroma_from_luma)

    luma, chroma = np.zeros((32, 32), np.uint16), np.zeros((16, 16), np.uint16)
    ac, predicted = np.zeros((2, kernels.CFL_SAMPLES), np.int16)
    for x, max_luma_w in ((16, 32), (-4, 32), (0, 33), (0, 0)):
        with pytest.raises(ValueError, match=r"."):
            kernels.luma_ac(luma, x, 0, 3, 3, 1, 1, max_luma_w, 32, ac)
    for x, y in ((12, 0), (0, 12), (-4, 0)):
        with pytest.raises(ValueError, match="within its planes"):
            kernels.add_luma_ac(ac, chroma, x, y, 3, 3, 3, 8, predicted)
    for short in (ac[:63], predicted[:63]):
        with pytest.raises(ValueError, match="too small"):
            kernels.add_luma_ac(short, chroma, 0, 0, 3, 3, 3, 8, predicted[: len(short)])


def test_palette():
    rng = np.random.default_rng(1)
    for log2w, log2h in SIZES:
        w, h = 1 << log2w, 1 << log2h
        plane = rng.integers(0, 256, (80, 80)).astype(np.uint16)
        expected = plane.copy()
        colors = rng.integers(0, 4096, palette.PALETTE_COLORS).astype(np.uint16)
        color_map = rng.integers(0, 8, (64, 64)).astype(np.uint8)
        x, y = (int(v) for v in rng.integers(0, (64 - np.array([w, h])) // 4 + 1))
        intra_spec.predict_palette(expected, 5, 7, x, y, w, h, colors, color_map)
        predict_palette(plane, 5, 7, w, h, colors, color_map, 4 * x, 4 * y)
        np.testing.assert_array_equal(plane, expected)
    with pytest.raises(ValueError, match="within its plane"):
        predict_palette(plane, 77, 0, 4, 4, colors, color_map, 0, 0)
    with pytest.raises(ValueError, match="within its map"):
        predict_palette(plane, 0, 0, 4, 4, colors, color_map, 64, 0)
