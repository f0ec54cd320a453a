"""Loop restoration against the specification's pseudo-code, transcribed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.filter_frames import SUBSAMPLINGS, picture
from spec.restoration_spec import LoopRestoration, count_units_in_frame

from cfl.av1.filters.restoration import (
    PlaneRestoration,
    RestorationFrame,
    border_rows,
    restore,
    restore_stripes,
    stripes_in_frame,
)
from cfl.av1.headers.filters import units_in_frame
from cfl.av1.tables.constants import RESTORE_SGRPROJ, RESTORE_WIENER

WIENER_MIN, WIENER_MAX = np.array([-5, -23, -17]), np.array([10, 8, 46])
XQD_MIN, XQD_MAX = np.array([-96, -32]), np.array([31, 95])


def parameters(rng, rows, cols, chroma, extreme):
    """LrType, LrWiener, LrSgrSet, LrSgrXqd of a plane's units."""

    def between(least, most, shape):
        values = rng.integers(least, most + 1, (*shape, len(least)))
        return np.where(rng.random(values.shape) < 0.5, least, most) if extreme else values

    wiener = between(WIENER_MIN, WIENER_MAX, (rows, cols, 2))
    if chroma:
        wiener[..., 0] = 0
    types = rng.integers(0, 3, (rows, cols))
    return types, wiener, rng.integers(0, 16, (rows, cols)), between(XQD_MIN, XQD_MAX, (rows, cols))


def random_case(rng, width, height, subsampling, bit_depth, kind, only=None):
    """Deblocked and CDEF planes, the frame for `restore`, and the specification's object."""
    sub_x, sub_y = subsampling or (0, 0)
    shapes = [(height, width)]
    if subsampling is not None:
        shapes += [(height + sub_y >> sub_y, width + sub_x >> sub_x)] * 2
    deblocked = [picture(rng, shape, bit_depth, kind) for shape in shapes]
    cdef = [picture(rng, shape, bit_depth, kind) for shape in shapes]
    luma_size = 64 << rng.integers(0, 3)
    chroma_size = luma_size >> (rng.integers(0, 2) if subsampling == (1, 1) else 0)
    sizes = [int(luma_size), int(chroma_size), int(chroma_size)]
    planes, values = [], []
    for plane, shape in enumerate(shapes):
        rows, cols = (count_units_in_frame(sizes[plane], side) for side in shape)
        values.append(parameters(rng, rows, cols, plane > 0, kind == "extreme"))
        if only is not None:
            values[-1][0][:] = only
        planes.append(PlaneRestoration(sizes[plane], *values[-1]))
    unused = None if only is not None else rng.integers(0, 2 * len(shapes))
    frame = RestorationFrame(
        width, height, sub_x, sub_y, bit_depth, [None if i == unused else p for i, p in enumerate(planes)]
    )
    spec = LoopRestoration(
        UpscaledCurrFrame=[plane.tolist() for plane in deblocked],
        UpscaledCdefFrame=[plane.tolist() for plane in cdef],
        UpscaledWidth=width, FrameHeight=height, subsampling_x=sub_x, subsampling_y=sub_y, BitDepth=bit_depth,
        LoopRestorationSize=sizes,
        FrameRestorationType=[0 if i == unused else 3 for i in range(len(shapes))],
        LrType=[value[0].tolist() for value in values],
        LrWiener=[value[1].tolist() for value in values],
        LrSgrSet=[value[2].tolist() for value in values],
        LrSgrXqd=[value[3].tolist() for value in values],
    )  # fmt: skip
    return deblocked, cdef, frame, spec


def assert_restores_as_specified(deblocked, cdef, frame, spec):
    targets = [np.full_like(plane, 9999) for plane in cdef]
    restore(deblocked, cdef, targets, frame)
    spec.process()
    for target, want in zip(targets, spec.LrFrame, strict=True):
        np.testing.assert_array_equal(target, np.array(want))
    for plane, before in zip(deblocked + cdef, spec.UpscaledCurrFrame + spec.UpscaledCdefFrame, strict=True):
        np.testing.assert_array_equal(plane, np.array(before))


@settings(max_examples=14, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 100),
    st.integers(1, 70),
    st.sampled_from(SUBSAMPLINGS),
    st.sampled_from([8, 10, 12]),
    st.sampled_from(["smooth", "steps", "noise", "extreme"]),
)
def test_random_frames(seed, width, height, subsampling, bit_depth, kind):
    """Any size, unit size, filter and coefficients."""
    rng = np.random.default_rng(seed)
    assert_restores_as_specified(*random_case(rng, width, height, subsampling, bit_depth, kind))


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("only", [RESTORE_WIENER, RESTORE_SGRPROJ])
def test_extreme_samples_and_coefficients(only, bit_depth):
    """The largest sums there can be: black and white, and the outermost coefficients."""
    rng = np.random.default_rng(only)
    for subsampling in ((1, 1), None):
        case = random_case(rng, 37, 21, subsampling, bit_depth, "extreme", only)
        assert_restores_as_specified(*case)


@pytest.mark.parametrize("bit_depth", [8, 12])
@pytest.mark.parametrize("level", [0, 1, -1])
def test_every_set_on_flat_pictures(bit_depth, level):
    """No variance at all, where the guide's divisor is least, in black, near-black and white."""
    value = level % (1 << bit_depth)
    for chosen in range(16):
        deblocked, cdef, frame, spec = random_case(
            np.random.default_rng(chosen), 9, 5, None, bit_depth, "smooth", RESTORE_SGRPROJ
        )
        for plane in deblocked + cdef:
            plane[:] = value
        spec.UpscaledCurrFrame = [plane.tolist() for plane in deblocked]
        spec.UpscaledCdefFrame = [plane.tolist() for plane in cdef]
        frame.planes[0].lr_sgr_set[:] = chosen
        spec.LrSgrSet = [frame.planes[0].lr_sgr_set.tolist()]
        assert_restores_as_specified(deblocked, cdef, frame, spec)


@pytest.mark.parametrize("subsampling", [(1, 1), (1, 0)])
def test_many_units_and_stripes(subsampling):
    """More units than one each way, of which the last is larger, and stripes that end inside of the frame."""
    rng = np.random.default_rng(7)
    deblocked, cdef, frame, spec = random_case(rng, 200, 115, subsampling, 8, "noise")
    while frame.planes[0] is None or frame.planes[0].unit_size != 64:
        deblocked, cdef, frame, spec = random_case(rng, 200, 115, subsampling, 8, "noise")
    assert frame.planes[0].lr_type.shape == (2, 3)
    assert_restores_as_specified(deblocked, cdef, frame, spec)


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_stripes_in_any_order_in_larger_planes(subsampling):
    """Stripes are independent, and samples beyond the frame are neither read nor written."""
    deblocked, cdef, frame, spec = random_case(np.random.default_rng(8), 45, 131, subsampling, 10, "steps")

    def larger(planes, value):
        return [np.pad(plane, ((0, 5), (0, 11)), constant_values=value) for plane in planes]

    deblocked, cdef = larger(deblocked, 60000), larger(cdef, 50000)
    targets = [np.full_like(plane, 9999) for plane in cdef]
    assert stripes_in_frame(131) == 3
    borders = [plane[border_rows(frame, i)] for i, plane in enumerate(deblocked)]
    for stripe in (1, 2, 0):
        restore_stripes(borders, cdef, targets, frame, stripe, stripe + 1)
    spec.process()
    for target, want in zip(targets, spec.LrFrame, strict=True):
        padded = np.pad(np.array(want), ((0, 5), (0, 11)), constant_values=9999)
        np.testing.assert_array_equal(target, padded)


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_units_in_frame(size):
    for side in range(1, 800):
        assert units_in_frame(size, side) == count_units_in_frame(size, side)
