"""Whole frames against the block-by-block oracle made of the transcribed specification."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.frame_oracle import (
    alpha_cost,
    block_cost,
    least_quadtree_cost,
    luma_blocks,
    predict_plane_block,
    r2_of,
)
from spec.planes import DEPTHS, KINDS, SUBSAMPLINGS, dtype_of, random_plane

from cfl.errors import CflError
from cfl.frames.frame import Frame, chroma_shape
from cfl.prediction import predict

BLOCKS = ((8, 8), (16, 16), (32, 32), (8, 16), (16, 8), (32, 16), (16, 32), (32, 8), (8, 32))


def has_cfl(block, subsampling):
    """Whether both sides of the chroma block are 4 … 32 and within 4:1."""
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    w, h = block[0] >> sub_x, block[1] >> sub_y
    return min(w, h) >= 4 and max(w, h) <= min(32, 4 * min(w, h))


CASES = [(s, b) for s in SUBSAMPLINGS for b in (*BLOCKS, (4, 4), (4, 16), (16, 4)) if has_cfl(b, s)]


def random_frame(rng, width, height, subsampling, bit_depth, kind):
    """Planes of one of KINDS, or ("correlated") chroma that follows a smooth luma as in a photograph."""
    shape = chroma_shape((height, width), subsampling)
    if kind != "correlated":
        planes = [random_plane(rng, size, bit_depth, kind) for size in ((height, width), shape, shape)]
        return Frame(*planes, subsampling=subsampling, bit_depth=bit_depth)
    sub_x, sub_y = SUBSAMPLINGS[subsampling]
    top = (1 << bit_depth) - 1
    waves = np.sin(np.arange(height + 2) / 3)[:, None] * np.cos(np.arange(width + 2) / 4) + rng.normal(
        0, 0.1, (height + 2, width + 2)
    )
    small = waves[:: 1 << sub_y, :: 1 << sub_x][: shape[0], : shape[1]]
    planes = [waves[:height, :width]] + [
        small * rng.uniform(-0.9, 0.9) + rng.normal(0, 0.05, shape) for _ in "uv"
    ]
    planes = [np.clip(top * (0.5 + 0.4 * plane), 0, top).astype(dtype_of(bit_depth)) for plane in planes]
    return Frame(*planes, subsampling=subsampling, bit_depth=bit_depth)


def assert_like_the_oracle(prediction, frame, dc, luma=None):
    """Every block's fields and samples, then each plane's sums, for quantised α."""
    rows = prediction.blocks
    for name, plane in (("u", frame.u), ("v", frame.v)):
        samples, dc_error = np.zeros(plane.shape, np.int64), 0
        for row in rows:
            block = tuple(int(row[field]) for field in ("x", "y", "w", "h"))
            want = predict_plane_block(frame, plane, block, dc, luma)
            samples[want["at"]] = want["samples"]
            dc_error += int(((plane[want["at"]].astype(np.int64) - want["dc"]) ** 2).sum())
            assert row[f"alpha_{name}"] == want["alpha"], block
            assert row[f"dc_{name}"] == want["dc"], block
            assert row[f"sse_{name}"] == want["sse"], block
            assert row[f"r2_{name}"] == pytest.approx(want["r2"], rel=1e-9, abs=1e-9), block
        got = getattr(prediction.frame, name)
        assert got.dtype == plane.dtype
        assert np.array_equal(got, samples)
        assert_plane_figures(prediction, name, plane, samples, dc_error, frame.bit_depth)
    assert np.array_equal(prediction.frame.y, frame.y)
    assert (prediction.frame.subsampling, prediction.frame.bit_depth) == (frame.subsampling, frame.bit_depth)


def psnr_of(error, size, bit_depth):
    return 10 * math.log10(((1 << bit_depth) - 1) ** 2 * size / error) if error else math.inf


def assert_plane_figures(prediction, name, plane, samples, dc_error, bit_depth):
    error = int(((plane.astype(np.int64) - samples) ** 2).sum())
    assert prediction.sse[name] == error
    assert prediction.psnr[name] == pytest.approx(psnr_of(error, plane.size, bit_depth), rel=1e-12)
    assert prediction.psnr_dc[name] == pytest.approx(psnr_of(dc_error, plane.size, bit_depth), rel=1e-12)
    assert prediction.r2[name] == pytest.approx(r2_of(error, plane), rel=1e-9, abs=1e-9)


def positions(prediction):
    return [tuple(int(row[field]) for field in ("x", "y", "w", "h")) for row in prediction.blocks]


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize(("subsampling", "block"), CASES)
def test_every_block_size(subsampling, block, bit_depth):
    """An odd-sized picture of correlated chroma: whole blocks, and blocks over the right and bottom edges."""
    rng = np.random.default_rng([*block, bit_depth])
    frame = random_frame(rng, block[0] * 2 + 5, block[1] + 3, subsampling, bit_depth, "correlated")
    for dc in ("neighbours", "mean"):
        prediction = predict(frame, block=f"{block[0]}x{block[1]}", dc=dc)
        assert sorted(positions(prediction)) == sorted(luma_blocks(frame, *block))
        assert_like_the_oracle(prediction, frame, dc)


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    case=st.sampled_from(CASES),
    bit_depth=st.sampled_from(DEPTHS),
    kind=st.sampled_from((*KINDS, "correlated")),
    dc=st.sampled_from(("neighbours", "mean")),
    seed=st.integers(0, 2**32),
)
def test_pictures_of_any_size(size, case, bit_depth, kind, dc, seed):
    """From 1x1 up: all kinds of samples, sizes, subsamplings and blocks."""
    subsampling, block = case
    frame = random_frame(np.random.default_rng(seed), *size, subsampling, bit_depth, kind)
    prediction = predict(frame, block=f"{block[0]}x{block[1]}", dc=dc)
    assert sorted(positions(prediction)) == sorted(luma_blocks(frame, *block))
    assert_like_the_oracle(prediction, frame, dc)


def test_a_side_alone_names_a_square():
    frame = random_frame(np.random.default_rng(2), 40, 24, "4:2:0", 8, "correlated")
    want = predict(frame, block="8x8")
    for block in ("8", 8):
        got = predict(frame, block=block)
        assert np.array_equal(got.blocks, want.blocks)
        assert np.array_equal(got.frame.v, want.frame.v)
    default = predict(frame)
    assert_like_the_oracle(default, frame, "neighbours")
    assert sorted(positions(default)) == sorted(luma_blocks(frame, 16, 16))


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_luma_from_elsewhere(subsampling):
    """AC comes from the plane that is given; DC and errors stay the source's."""
    rng = np.random.default_rng(11)
    frame = random_frame(rng, 37, 21, subsampling, 10, "correlated")
    luma = np.clip(frame.y.astype(int) + rng.integers(-20, 21, frame.y.shape), 0, 1023).astype(np.uint16)
    assert_like_the_oracle(predict(frame, block=16, luma=luma), frame, "neighbours", luma)


@settings(max_examples=40, deadline=None)
@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    case=st.sampled_from(CASES),
    bit_depth=st.sampled_from(DEPTHS),
    kind=st.sampled_from((*KINDS, "correlated")),
    dc=st.sampled_from(("neighbours", "mean")),
    seed=st.integers(0, 2**32),
)
def test_unquantised_alpha(size, case, bit_depth, kind, dc, seed):
    """α is the exact slope over the visible samples; each sample is the nearest to DC + α · AC."""
    subsampling, block = case
    frame = random_frame(np.random.default_rng(seed), *size, subsampling, bit_depth, kind)
    prediction = predict(frame, block=f"{block[0]}x{block[1]}", dc=dc, alpha="float")
    top = (1 << bit_depth) - 1
    for name, plane in (("u", frame.u), ("v", frame.v)):
        got = getattr(prediction.frame, name).astype(np.int64)
        for row in prediction.blocks:
            want = predict_plane_block(
                frame, plane, tuple(int(row[field]) for field in ("x", "y", "w", "h")), dc
            )
            assert row[f"alpha_{name}"] == pytest.approx(want["slope"], rel=1e-12, abs=1e-12)
            exact = np.clip(want["dc"] + want["slope"] * want["ac"] / 8, 0, top)
            assert np.abs(got[want["at"]] - exact).max() <= 0.5 + 1e-9
            error = int(((got[want["at"]] - plane[want["at"]]) ** 2).sum())
            assert row[f"sse_{name}"] == error
            assert row[f"r2_{name}"] == pytest.approx(r2_of(error, plane[want["at"]]), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("bit_depth", (8, 10))
@pytest.mark.parametrize("lambda_", (0.0, 3.0, 200.0))
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_auto_is_the_least_cost_of_all_quadtrees(subsampling, lambda_, bit_depth):
    """Squared error plus λ bits, against a plain recursion over every square of the picture."""
    frame = random_frame(np.random.default_rng(17), 45, 37, subsampling, bit_depth, "correlated")
    prediction = predict(frame, block="auto", lambda_=lambda_)
    assert_like_the_oracle(prediction, frame, "neighbours")
    assert_tiles(prediction, frame)
    rows = prediction.blocks
    bits = sum(alpha_cost(int(row["alpha_u"]), int(row["alpha_v"])) for row in rows)
    cost = sum(prediction.sse.values()) + lambda_ * bits
    smallest = 4 if subsampling == "4:4:4" else 8
    roots = [(x, y) for y in range(0, frame.height, 32) for x in range(0, frame.width, 32)]
    least = sum(least_quadtree_cost(frame, *at, 32, smallest, "neighbours", lambda_) for at in roots)
    assert cost == pytest.approx(least, rel=1e-9)
    for side in (8, 16, 32):
        uniform = sum(block_cost(frame, at, "neighbours", lambda_) for at in luma_blocks(frame, side, side))
        assert cost <= uniform + 1e-6


def assert_tiles(prediction, frame):
    """Every luma sample lies in one block, and each block is a square in its place of the quadtree."""
    covered = np.zeros((frame.height, frame.width), int)
    for x, y, w, h in positions(prediction):
        assert w == h
        assert x % w == y % h == 0
        covered[y : y + h, x : x + w] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize("kind", (*KINDS, "correlated"))
def test_auto_with_its_own_lambda(kind):
    frame = random_frame(np.random.default_rng(23), 77, 50, "4:2:0", 8, kind)
    prediction = predict(frame, block="auto")
    assert_tiles(prediction, frame)
    assert_like_the_oracle(prediction, frame, "neighbours")


@pytest.mark.parametrize(
    ("options", "subsampling"),
    [
        ({"block": "8"}, "4:2:0"),
        ({"block": "auto"}, "4:2:0"),
        ({"block": "32x16", "alpha": "float"}, "4:2:0"),
        ({"block": "32x8"}, "4:4:4"),
    ],
)
def test_threads_change_nothing(options, subsampling):
    frame = random_frame(np.random.default_rng(31), 203, 151, subsampling, 8, "correlated")
    one, four = predict(frame, **options), predict(frame, **options, threads=4)
    assert np.array_equal(one.blocks, four.blocks)
    assert np.array_equal(one.frame.u, four.frame.u)
    assert np.array_equal(one.frame.v, four.frame.v)
    assert (one.sse, one.psnr, one.psnr_dc, one.r2) == (four.sse, four.psnr, four.psnr_dc, four.r2)


def test_exact_and_flat_chroma():
    """Flat chroma is predicted exactly: infinite PSNR, R² 1.0; and no RuntimeWarning on the way."""
    luma = np.random.default_rng(1).integers(0, 256, (32, 32)).astype(np.uint8)
    flat = np.full((16, 16), 128, np.uint8)
    prediction = predict(Frame(luma, flat, flat.copy()))
    assert prediction.psnr == prediction.psnr_dc == {"u": math.inf, "v": math.inf}
    assert prediction.r2 == {"u": 1.0, "v": 1.0}
    assert prediction.sse == {"u": 0, "v": 0}
    assert (prediction.blocks["r2_u"] == 1.0).all()
    other = predict(Frame(np.full((32, 32), 50, np.uint8), np.full((16, 16), 90, np.uint8), flat))
    assert other.blocks["r2_u"][0] == 0.0
    assert other.blocks["alpha_u"].tolist() == [0] * len(other.blocks)
    assert other.r2 == {"u": 0.0, "v": 1.0}


def test_colour_and_metadata_are_kept():
    frame = random_frame(np.random.default_rng(4), 16, 16, "4:2:0", 8, "noise").replace(
        matrix_coefficients=6, full_range=False, chroma_sample_position="left", icc=b"profile"
    )
    got = predict(frame).frame
    assert (got.matrix_coefficients, got.full_range, got.chroma_sample_position) == (6, False, "left")
    assert got.icc == b"profile"


@pytest.mark.parametrize(
    "options",
    [
        {"block": "64"},
        {"block": "4"},
        {"block": "12x12"},
        {"block": "8x64"},
        {"block": "0"},
        {"block": -8},
        {"block": "x"},
        {"block": "8x8x8"},
        {"block": ""},
        {"block": "8x"},
        {"dc": "median"},
        {"alpha": "int"},
        {"luma": np.zeros((8, 8), np.uint8)},
        {"luma": np.zeros((32, 32), np.uint16)},
        {"luma": np.zeros((32, 32), np.float64)},
        {"block": "auto", "lambda_": -1.0},
        {"block": "auto", "lambda_": math.nan},
        {"threads": 0},
    ],
)
def test_bad_options(options):
    frame = random_frame(np.random.default_rng(6), 32, 32, "4:2:0", 8, "noise")
    with pytest.raises(CflError) as caught:
        predict(frame, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("subsampling", "block"), [("4:2:2", "8x32"), ("4:2:2", "4x8"), ("4:2:0", "4x8")])
def test_blocks_whose_chroma_has_no_cfl(subsampling, block):
    with pytest.raises(CflError):
        predict(random_frame(np.random.default_rng(6), 32, 32, subsampling, 8, "noise"), block=block)


def test_monochrome_has_nothing_to_predict():
    with pytest.raises(CflError) as caught:
        predict(Frame(np.zeros((16, 16), np.uint8), subsampling="4:0:0"))
    assert "\n" not in str(caught.value)


def test_alternative_luma_above_the_bit_depth():
    frame = random_frame(np.random.default_rng(6), 32, 32, "4:2:0", 10, "noise")
    with pytest.raises(CflError):
        predict(frame, luma=np.full((32, 32), 1024, np.uint16))
