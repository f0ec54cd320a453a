"""CDEF against the specification's pseudo-code, transcribed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.cdef_spec import Cdef
from spec.filter_frames import SUBSAMPLINGS, mi_size, picture, plane_shapes

from cfl.av1.filters.cdef import CdefFrame, cdef, cdef_band, chosen_blocks


def stripes(rng, shape, bit_depth):
    """Lines in some direction, with noise: what the direction search is for."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle = rng.random() * np.pi
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * rng.uniform(0.3, 2.5))
    top = (1 << bit_depth) - 1
    plane = top / 2 + wave * top * rng.uniform(0.05, 0.6) + rng.normal(0, top * 0.02, shape)
    return np.clip(plane, 0, top).astype(np.uint16)


def random_case(rng, width, height, subsampling, bit_depth, kind, strengths=None):
    """The planes, the frame for `cdef`, and the specification's object over the same values."""
    mi_rows, mi_cols = mi_size(width, height)
    shapes = plane_shapes(mi_rows, mi_cols, subsampling)
    if kind == "stripes":
        planes = [stripes(rng, shape, bit_depth) for shape in shapes]
    else:
        planes = [picture(rng, shape, bit_depth, kind) for shape in shapes]
    sub_x, sub_y = subsampling or (0, 0)
    if strengths is None:
        count = 1 << rng.integers(0, 4)
        kinds = [rng.choice(values, count).tolist() for values in 2 * [range(16), [0, 1, 2, 4]]]
    else:
        kinds = [[value] for value in strengths]
    idx = rng.integers(-1, len(kinds[0]), ((mi_rows + 15) // 16, (mi_cols + 15) // 16)).astype(np.int8)
    if strengths is not None:
        idx[:] = 0
    skip = (rng.random((mi_rows, mi_cols)) < rng.choice([0, 0.7])).astype(np.uint8)
    frame = CdefFrame(sub_x, sub_y, bit_depth, int(rng.integers(3, 7)), *kinds, skip, idx)
    spec = Cdef(
        CurrFrame=[plane.tolist() for plane in planes],
        MiRows=mi_rows, MiCols=mi_cols, subsampling_x=sub_x, subsampling_y=sub_y, BitDepth=bit_depth,
        CdefDamping=frame.cdef_damping,
        cdef_y_pri_strength=kinds[0], cdef_y_sec_strength=kinds[1],
        cdef_uv_pri_strength=kinds[2], cdef_uv_sec_strength=kinds[3],
        Skips=skip.tolist(),
        cdef_idx=np.kron(idx, np.ones((16, 16), int)).tolist(),
    )  # fmt: skip
    return planes, frame, spec


def assert_filters_as_specified(planes, frame, spec):
    targets = [np.full_like(plane, 9999) for plane in planes]
    cdef(planes, targets, frame)
    spec.process()
    for plane, target, before, want in zip(planes, targets, spec.CurrFrame, spec.CdefFrame, strict=True):
        np.testing.assert_array_equal(target, np.array(want))
        np.testing.assert_array_equal(plane, np.array(before))


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 74),
    st.integers(1, 74),
    st.sampled_from(SUBSAMPLINGS),
    st.sampled_from([8, 10, 12]),
    st.sampled_from(["stripes", "smooth", "steps", "noise", "extreme"]),
)
def test_random_frames(seed, width, height, subsampling, bit_depth, kind):
    """Any size, strengths, damping, skipped blocks and blocks without filter."""
    rng = np.random.default_rng(seed)
    assert_filters_as_specified(*random_case(rng, width, height, subsampling, bit_depth, kind))


@pytest.mark.parametrize("bit_depth", [8, 12])
@pytest.mark.parametrize(
    "strengths", [(15, 4, 15, 4), (1, 0, 1, 0), (0, 4, 0, 1), (14, 0, 0, 0), (0, 0, 7, 0), (0, 0, 0, 0)]
)
def test_strengths_alone_and_together(bit_depth, strengths):
    rng = np.random.default_rng(5)
    for kind, subsampling in zip(("stripes", "extreme", "steps"), SUBSAMPLINGS, strict=False):
        case = random_case(rng, 40, 24, subsampling, bit_depth, kind, strengths)
        assert_filters_as_specified(*case)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_rows_of_blocks_in_any_order_in_larger_planes(subsampling):
    """Rows are independent, and samples beyond the frame's 8x8 blocks are neither read nor written."""
    planes, frame, spec = random_case(np.random.default_rng(6), 70, 140, subsampling, 8, "stripes")
    larger = [np.pad(plane, ((0, 5), (0, 11)), constant_values=60000) for plane in planes]
    targets = [np.full_like(plane, 9999) for plane in larger]
    for row in (2, 0, 1):
        cdef_band(larger, targets, frame, chosen_blocks(frame, len(planes)), row, row + 1)
    spec.process()
    for target, want in zip(targets, spec.CdefFrame, strict=True):
        padded = np.pad(np.array(want), ((0, 5), (0, 11)), constant_values=9999)
        np.testing.assert_array_equal(target, padded)
