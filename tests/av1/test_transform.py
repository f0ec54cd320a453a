"""The inverse transform against the specification's pseudo-code."""

import numpy as np
import pytest
from from_python import FromPython
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.av1.reconstruction import inverse_transform as transform
from cfl.av1.reconstruction import inverse_transform_kernels
from cfl.av1.tables import inverse_transform as tables
from tests.spec import transform_spec as spec

kernels = FromPython(inverse_transform_kernels)

SIZES = range(19)
TYPES = range(16)
PAIRS = [(size, kind) for size in SIZES for kind in TYPES if transform.is_transform(size, kind)]


def shape_of(tx_size):
    return 1 << min(5, spec.Tx_Height_Log2[tx_size]), 1 << min(5, spec.Tx_Width_Log2[tx_size])


def check(dequant, tx_size, tx_type, bit_depth, rng, *, lossless=False, rows=None, columns=None):
    """Both sides on one random prediction; returns whether the specification allows the block."""
    y, x = rng.integers(0, 9), rng.integers(0, 9)
    plane = rng.integers(0, 1 << bit_depth, (80, 80)).astype(np.uint16)
    expected = plane.astype(np.int64)
    coefs = np.zeros(kernels.COEFS_SIZE, np.int32)
    coefs[: dequant.size] = dequant.T.ravel()
    scratch = rng.integers(-(1 << 31), 1 << 31, kernels.SCRATCH_SIZE).astype(np.int32)
    rows = dequant.shape[0] if rows is None else rows
    columns = dequant.shape[1] if columns is None else columns
    kernels.inverse_transform_add(
        coefs, tx_size, tx_type, lossless, bit_depth, rows, columns, plane, y, x, scratch
    )
    conforming = spec.reconstruct(
        expected, y, x, dequant.astype(np.int64), tx_size, tx_type, lossless, bit_depth
    )
    np.testing.assert_array_equal(plane, expected)
    assert not coefs.any()
    return conforming


def test_constants_are_the_specifications():
    assert [tables.cos128(a) for a in range(-256, 512)] == [spec.cos128(a) for a in range(-256, 512)]
    assert [tables.sin128(a) for a in range(-256, 512)] == [spec.sin128(a) for a in range(-256, 512)]
    assert list(tables.TX_WIDTH_LOG2) == spec.Tx_Width_Log2
    assert list(tables.TX_HEIGHT_LOG2) == spec.Tx_Height_Log2
    assert list(tables.TRANSFORM_ROW_SHIFT) == spec.Transform_Row_Shift


def test_scratch_holds_the_widest_strips():
    kernels = inverse_transform_kernels
    assert kernels.SCRATCH_SIZE == kernels.STRIPS + 64 * 64 + 64


def test_which_types_a_size_can_have():
    assert len(PAIRS) == 9 * 16 + 5 * 4 + 5 * 1
    for tx_size, tx_type in PAIRS:
        longest = max(spec.Tx_Width_Log2[tx_size], spec.Tx_Height_Log2[tx_size])
        assert longest < 6 or tx_type == spec.DCT_DCT
        assert longest < 5 or tx_type in (spec.DCT_DCT, spec.IDTX, spec.V_DCT, spec.H_DCT)


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("tx_size", SIZES)
def test_dense_coefficients(tx_size, bit_depth):
    """All of a block's coefficients, of a size that conforms, for every type."""
    rng = np.random.default_rng(1000 * tx_size + bit_depth)
    for tx_type in TYPES:
        if transform.is_transform(tx_size, tx_type):
            spread = (1 << bit_depth) * rng.choice([1, 4])
            dequant = rng.integers(-spread, spread, shape_of(tx_size)).astype(np.int32)
            assert check(dequant, tx_size, tx_type, bit_depth, rng)


@pytest.mark.parametrize("bit_depth", [8, 12])
@pytest.mark.parametrize("tx_size", SIZES)
def test_sparse_coefficients(tx_size, bit_depth):
    """Coefficients in a corner alone, with the tightest bounds: every kind of each 1-D transform."""
    rng = np.random.default_rng(2000 * tx_size + bit_depth)
    h, w = shape_of(tx_size)
    for tx_type in TYPES:
        if not transform.is_transform(tx_size, tx_type):
            continue
        for rows in {1, 4, min(8, h), min(9, h), min(16, h), min(17, h)}:
            columns = min(w, int(rng.choice([1, 3, 8, 9, 16, 24])))
            dequant = np.zeros((h, w), np.int32)
            dequant[:rows, :columns] = rng.integers(-900, 900, (rows, columns))
            assert check(dequant, tx_size, tx_type, bit_depth, rng, rows=rows, columns=columns)


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("tx_size", SIZES)
def test_extreme_coefficients(tx_size, bit_depth):
    """The largest magnitudes that dequantisation can give: mostly non-conforming, where 32 bits wrap."""
    rng = np.random.default_rng(3000 * tx_size + bit_depth)
    limit = 1 << (bit_depth + 7)
    for tx_type in TYPES:
        if transform.is_transform(tx_size, tx_type):
            dequant = rng.choice([-limit, limit - 1], shape_of(tx_size)).astype(np.int32)
            check(dequant, tx_size, tx_type, bit_depth, rng)
            dequant *= rng.random(dequant.shape) < 0.02
            dequant[0, 0] = limit - 1
            check(dequant, tx_size, tx_type, bit_depth, rng)


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("tx_size", SIZES)
def test_dc_only(tx_size, bit_depth):
    rng = np.random.default_rng(4000 * tx_size + bit_depth)
    limit = 1 << (bit_depth + 7)
    for dc in [-limit, limit - 1, -1, *rng.integers(-limit, limit, 2)]:
        dequant = np.zeros(shape_of(tx_size), np.int32)
        dequant[0, 0] = dc
        assert check(dequant, tx_size, spec.DCT_DCT, bit_depth, rng, rows=1, columns=1)


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
def test_lossless(bit_depth):
    rng = np.random.default_rng(bit_depth)
    limit = 1 << (bit_depth + 7)
    for spread in (8, 100, 4 << bit_depth, limit):
        for _ in range(20):
            dequant = rng.integers(-spread, spread, (4, 4)).astype(np.int32)
            check(dequant, 0, 0, bit_depth, rng, lossless=True)
    dequant = np.zeros((4, 4), np.int32)
    dequant[0, 0] = 77
    check(dequant, 0, 0, bit_depth, rng, lossless=True, rows=1, columns=1)


def orthonormal(kind, n):
    """The basis in real numbers, ``[frequency, place]``: DCT-II, DST-VII (of 4), DST-IV or identity."""
    k, x = np.arange(n)[:, None], np.arange(n)
    if kind == tables.DCT:
        basis = np.cos(np.pi * k * (2 * x + 1) / (2 * n))
    elif kind == tables.ADST and n == 4:
        basis = np.sin(np.pi * (2 * k + 1) * (x + 1) / 9)
    elif kind == tables.ADST:
        basis = np.sin(np.pi * (2 * k + 1) * (2 * x + 1) / (4 * n))
    else:
        basis = np.eye(n)
    return basis / np.linalg.norm(basis, axis=1, keepdims=True)


@pytest.mark.parametrize("tx_size", SIZES)
def test_close_to_the_transform_in_real_numbers(tx_size):
    """What the integers approximate: orientation, flips and scale, from mathematics not the standard."""
    rng = np.random.default_rng(tx_size)
    log2w, log2h = spec.Tx_Width_Log2[tx_size], spec.Tx_Height_Log2[tx_size]
    w, h = 1 << log2w, 1 << log2h
    for tx_type in TYPES:
        if not transform.is_transform(tx_size, tx_type):
            continue
        vertical, horizontal, flip_ud, flip_lr = tables.ONE_D_TRANSFORMS[tx_type]
        dequant = rng.integers(-400, 400, shape_of(tx_size)) * (rng.random(shape_of(tx_size)) < 0.3)
        coefs = np.zeros((h, w))
        coefs[: dequant.shape[0], : dequant.shape[1]] = dequant
        residual = orthonormal(vertical, h).T @ coefs @ orthonormal(horizontal, w)
        residual *= 2.0 ** ((log2w + log2h) // 2 - 5 - spec.Transform_Row_Shift[tx_size])
        residual = residual[:: -1 if flip_ud else 1, :: -1 if flip_lr else 1]
        plane = np.full((h, w), 2048, np.uint16)
        transform.inverse_transform_add(dequant, tx_size, tx_type, plane, 0, 0, bit_depth=12)
        np.testing.assert_allclose(plane, np.clip(2048 + residual, 0, 4095), atol=1.6)


@settings(max_examples=150, deadline=None)
@given(
    pair=st.sampled_from(PAIRS),
    bit_depth=st.sampled_from([8, 10, 12]),
    values=st.lists(
        st.tuples(st.integers(0, 31), st.integers(0, 31), st.integers(-(1 << 19), 1 << 19)), max_size=12
    ),
    seed=st.integers(0, 1000),
)
def test_any_few_coefficients(pair, bit_depth, values, seed):
    tx_size, tx_type = pair
    h, w = shape_of(tx_size)
    limit = 1 << (bit_depth + 7)
    dequant = np.zeros((h, w), np.int32)
    rows = columns = 1
    for i, j, value in values:
        if i < h and j < w:
            dequant[i, j] = min(max(value, -limit), limit - 1)
            rows, columns = max(rows, i + 1), max(columns, j + 1)
    check(dequant, tx_size, tx_type, bit_depth, np.random.default_rng(seed), rows=rows, columns=columns)


@pytest.mark.parametrize("tx_size", [4, 11, 12, 17, 18])
def test_any_type_and_any_int32_is_safe(tx_size):
    """Values that no residual stage produces: some residual, in the block and nowhere else."""
    rng = np.random.default_rng(tx_size)
    scratch = np.zeros(kernels.SCRATCH_SIZE, np.int32)
    for tx_type in TYPES:
        plane = np.full((64 + 2, 64 + 2), 500, np.uint16)
        coefs = rng.integers(-(1 << 31), 1 << 31, kernels.COEFS_SIZE).astype(np.int32)
        kernels.inverse_transform_add(coefs, tx_size, tx_type, False, 10, 99, 99, plane, 1, 1, scratch)
        assert plane.max() < 1024
        outside = np.ones(plane.shape, bool)
        outside[1 : 1 + (1 << spec.Tx_Height_Log2[tx_size]), 1 : 1 + (1 << spec.Tx_Width_Log2[tx_size])] = (
            False
        )
        assert (plane[outside] == 500).all()


def test_the_array_interface():
    rng = np.random.default_rng(7)
    dequant = rng.integers(-500, 500, (8, 16))
    plane = rng.integers(0, 256, (24, 24)).astype(np.uint16)
    expected = plane.astype(np.int64)
    transform.inverse_transform_add(dequant, 8, spec.ADST_FLIPADST, plane, 3, 5)
    spec.reconstruct(expected, 3, 5, dequant, 8, spec.ADST_FLIPADST, False, 8)
    np.testing.assert_array_equal(plane, expected)


@pytest.mark.parametrize(
    ("tx_size", "tx_type", "shape", "y", "x", "lossless"),
    [
        (1, 0, (8, 8), 25, 0, False),
        (1, 0, (8, 8), 0, -1, False),
        (1, 0, (8, 4), 0, 0, False),
        (3, 1, (32, 32), 0, 0, False),
        (19, 0, (4, 4), 0, 0, False),
        (0, 16, (4, 4), 0, 0, False),
        (1, 0, (8, 8), 0, 0, True),
    ],
)
def test_impossible_blocks_are_refused(tx_size, tx_type, shape, y, x, lossless):
    plane = np.zeros((32, 32), np.uint16)
    with pytest.raises(ValueError, match=r"."):
        transform.inverse_transform_add(
            np.zeros(shape, np.int32), tx_size, tx_type, plane, y, x, lossless=lossless
        )
    assert not plane.any()
