"""Deblocking against the specification's pseudo-code, transcribed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.filter_frames import SUBSAMPLINGS, mi_size, picture, plane_shapes, tiling
from spec.loop_filter_spec import BLOCK_NAMES, LoopFilter

from cfl.av1.filters.deblocking import InterBlocks, LoopFilterFrame, deblock, deblock_band, deblock_tables
from cfl.av1.reconstruction.frame_arrays import SKIPPED_INTER

SQUARES = [BLOCK_NAMES.index(name) for name in ("4X4", "8X8", "16X16", "32X32", "64X64", "128X128")]


def random_case(
    rng, width, height, subsampling, bit_depth, kind, level_of=lambda rng: rng.integers(0, 64), is_inter=False
):
    """The planes, the frame for `deblock`, and the specification's object over the same values."""
    mi_rows, mi_cols = mi_size(width, height)
    shapes = plane_shapes(mi_rows, mi_cols, subsampling)
    planes = [picture(rng, shape, bit_depth, kind) for shape in shapes]
    sub_x, sub_y = subsampling or (0, 0)
    tx_size = [tiling(rng, shape[0] // 4, shape[1] // 4) for shape in shapes[:2]]
    enabled = rng.random((8, 8)) < 0.4
    data = rng.integers(-63, 64, (8, 8))
    segmentation_enabled = int(rng.integers(0, 2))
    ref_deltas = [int(rng.integers(-64, 64)) if rng.random() < 0.3 else 1 for _ in range(8)]
    mode_deltas = rng.choice([0, 0, 5, -20], 2).tolist()
    segments = rng.integers(0, 8, (mi_rows, mi_cols)).astype(np.uint8)
    deltas = rng.integers(-63, 64, (mi_rows, mi_cols, 4)).astype(np.int8)
    deltas *= (rng.random((mi_rows, mi_cols, 4)) < rng.choice([0, 0.3])).astype(np.int8)
    mi_sizes, skips = rng.choice(SQUARES, (mi_rows, mi_cols)), rng.integers(0, 2, (mi_rows, mi_cols))
    refs, modes = blocks_of(rng, (mi_rows, mi_cols), is_inter)
    changes = np.isin(modes, [13, 14, 16, 17, 18, 19, 20, 21, 22, 24]).astype(np.uint8)  # modeType
    kinds = (2 * refs + changes + SKIPPED_INTER * ((refs > 0) & (skips > 0))).astype(np.uint8)
    frame = LoopFilterFrame(
        width, height, sub_x, sub_y, bit_depth,
        [int(level_of(rng)) for _ in range(4)],
        int(rng.integers(0, 8)), int(rng.integers(0, 2)), ref_deltas, mode_deltas,
        int(rng.integers(0, 2)),
        (np.where(enabled, data, 0) * segmentation_enabled)[:, 1:5],
        tx_size, segments, deltas, InterBlocks(kinds, mi_sizes.astype(np.int8)) if is_inter else None,
    )  # fmt: skip
    spec = LoopFilter(
        CurrFrame=[plane.tolist() for plane in planes],
        FrameWidth=width, FrameHeight=height, MiRows=mi_rows, MiCols=mi_cols,
        subsampling_x=sub_x, subsampling_y=sub_y, BitDepth=bit_depth,
        loop_filter_level=frame.loop_filter_level,
        loop_filter_sharpness=frame.loop_filter_sharpness,
        loop_filter_delta_enabled=frame.loop_filter_delta_enabled,
        loop_filter_ref_deltas=ref_deltas,
        loop_filter_mode_deltas=mode_deltas,
        delta_lf_multi=frame.delta_lf_multi,
        segmentation_enabled=segmentation_enabled, FeatureEnabled=enabled.tolist(), FeatureData=data.tolist(),
        LoopfilterTxSizes=[tx_size[0].tolist()] + [tx_size[-1].tolist()] * 2,
        SegmentIds=segments.tolist(), DeltaLFs=deltas.tolist(),
        # What an intra frame leaves without effect.
        MiSizes=mi_sizes.tolist(), Skips=skips.tolist(), YModes=modes.tolist(),
        RefFrames=[[[ref, -1] for ref in row] for row in refs.tolist()],
    )  # fmt: skip
    return planes, frame, spec


def blocks_of(rng, shape, is_inter):
    """RefFrames[ 0 ] and YModes of random blocks, in the specification's numbers."""
    refs = rng.integers(0, 8, shape) if is_inter else np.zeros(shape, np.int64)
    return refs, np.where(refs > 0, rng.integers(13, 25, shape), rng.integers(0, 13, shape))


def assert_deblocks_as_specified(planes, frame, spec):
    deblock(planes, frame)
    spec.process()
    for plane, want in zip(planes, spec.CurrFrame, strict=True):
        np.testing.assert_array_equal(plane, np.array(want))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 90),
    st.integers(1, 80),
    st.sampled_from(SUBSAMPLINGS),
    st.sampled_from([8, 10, 12]),
    st.sampled_from(["smooth", "steps", "noise", "extreme"]),
)
def test_random_frames(seed, width, height, subsampling, bit_depth, kind):
    """Any size, transform layout, level, sharpness, segment and delta; of blocks of both kinds."""
    rng = np.random.default_rng(seed)
    for is_inter in (False, True):
        case = random_case(rng, width, height, subsampling, bit_depth, kind, is_inter=is_inter)
        assert_deblocks_as_specified(*case)


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("level", [1, 20, 63])
def test_strongest_and_weakest_levels(bit_depth, level):
    rng = np.random.default_rng(level)
    for kind in ("smooth", "steps"):
        case = random_case(rng, 128, 64, (1, 1), bit_depth, kind, lambda rng: level)
        assert_deblocks_as_specified(*case)


def test_every_filter_is_used():
    """The random frames reach each filter of the standard: otherwise the comparison would prove little."""
    used = set()

    class Counting(LoopFilter):
        def narrow(self, hevMask, x, y, plane, dx, dy):
            used.add(("narrow", hevMask, plane > 0))
            super().narrow(hevMask, x, y, plane, dx, dy)

        def wide(self, x, y, plane, dx, dy, log2Size):
            used.add(("wide", log2Size, plane > 0))
            super().wide(x, y, plane, dx, dy, log2Size)

    rng = np.random.default_rng(1)
    for kind in ("smooth", "steps"):
        *_, spec = random_case(rng, 128, 64, (1, 1), 8, kind, lambda rng: 40)
        Counting(**spec.__dict__).process()
    narrow = {("narrow", hev, chroma) for hev in (False, True) for chroma in (False, True)}
    assert used == narrow | {("wide", 3, False), ("wide", 3, True), ("wide", 4, False)}


def test_chroma_stays_where_its_level_is_zero():
    planes, frame, spec = random_case(np.random.default_rng(2), 64, 64, (1, 1), 8, "smooth")
    before = planes[2].copy()
    levels = [30, 30, 30, 0]
    spec.loop_filter_level = levels
    assert_deblocks_as_specified(planes, frame._replace(loop_filter_level=levels), spec)
    np.testing.assert_array_equal(planes[2], before)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_bands_in_any_order(subsampling):
    """Within a pass, bands of 64 rows are independent."""
    planes, frame, spec = random_case(np.random.default_rng(3), 70, 190, subsampling, 8, "smooth")
    starts = [128, 0, 64]
    for vertical in (True, False):
        for start in starts:
            end = min(start // 4 + 16, frame.segment_id.shape[0])
            deblock_band(planes, frame, deblock_tables(frame), vertical, start // 4, end)
    spec.process()
    for plane, want in zip(planes, spec.CurrFrame, strict=True):
        np.testing.assert_array_equal(plane, np.array(want))


def test_planes_may_be_larger():
    """Samples beyond the 8x8 blocks of the frame are neither read nor changed."""
    planes, frame, spec = random_case(np.random.default_rng(4), 50, 42, (1, 1), 10, "smooth")
    larger = [np.pad(plane, ((0, 9), (0, 21)), constant_values=7) for plane in planes]
    deblock(larger, frame)
    spec.process()
    for plane, want in zip(larger, spec.CurrFrame, strict=True):
        padded = np.pad(np.array(want), ((0, 9), (0, 21)), constant_values=7)
        np.testing.assert_array_equal(plane, padded)
