"""Superres against the specification's pseudo-code, transcribed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.filter_frames import SUBSAMPLINGS, mi_size, picture, plane_shapes
from spec.restoration_spec import upscale as spec_upscale

from cfl.av1.filters.superres import upscale
from cfl.av1.tables.superres import UPSCALE_FILTER


def coded_width(upscaled_width, denominator):
    """FrameWidth (5.9.8)."""
    return (upscaled_width * 8 + denominator // 2) // denominator


def assert_upscales_as_specified(rng, upscaled_width, height, denominator, subsampling, bit_depth, kind):
    width = coded_width(upscaled_width, denominator)
    mi_rows, mi_cols = mi_size(width, height)
    shapes = plane_shapes(mi_rows, mi_cols, subsampling)
    planes = [picture(rng, shape, bit_depth, kind) for shape in shapes]
    sub_x, sub_y = subsampling or (0, 0)
    want = spec_upscale(
        [plane.tolist() for plane in planes],
        UPSCALE_FILTER.tolist(), width, upscaled_width, height, mi_cols, (sub_x, sub_y), bit_depth,
    )  # fmt: skip
    larger = [np.pad(plane, ((0, 1), (0, 3)), constant_values=60000) for plane in planes]
    targets = [np.full((len(rows) + 2, len(rows[0]) + 5), 9999, np.uint16) for rows in want]
    upscale(
        larger,
        targets,
        frame_width=width,
        upscaled_width=upscaled_width,
        frame_height=height,
        mi_cols=mi_cols,
        subsampling_x=sub_x,
        subsampling_y=sub_y,
        bit_depth=bit_depth,
    )
    for target, rows in zip(targets, want, strict=True):
        padded = np.pad(np.array(rows), ((0, 2), (0, 5)), constant_values=9999)
        np.testing.assert_array_equal(target, padded)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(16, 200),
    st.integers(1, 9),
    st.integers(9, 16),
    st.sampled_from(SUBSAMPLINGS),
    st.sampled_from([8, 10, 12]),
    st.sampled_from(["smooth", "noise", "extreme"]),
)
def test_random_frames(seed, upscaled_width, height, denominator, subsampling, bit_depth, kind):
    rng = np.random.default_rng(seed)
    assert_upscales_as_specified(rng, upscaled_width, height, denominator, subsampling, bit_depth, kind)


@pytest.mark.parametrize("upscaled_width", range(1, 16))
def test_narrow_frames(upscaled_width):
    for denominator in (9, 16):
        rng = np.random.default_rng(denominator)
        assert_upscales_as_specified(rng, upscaled_width, 3, denominator, (1, 1), 8, "noise")


def test_filter_table():
    """Each phase has unit gain, and phase 64 - p is the mirror of p: a mistake in the table would show."""
    assert UPSCALE_FILTER.shape == (64, 8)
    assert (UPSCALE_FILTER.sum(axis=1) == 128).all()
    np.testing.assert_array_equal(UPSCALE_FILTER[1:], UPSCALE_FILTER[:0:-1, ::-1])
