"""RGB, YUV, chroma sampling and bit depths against exact rational arithmetic."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import (
    Frame,
    convert_bit_depth,
    frame_to_gray,
    frame_to_rgb,
    resample_chroma,
    rgb_to_frame,
)

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
sizes = st.tuples(st.integers(1, 7), st.integers(1, 9))
matrices = st.sampled_from([1, 5, 6, 9])
positions = st.sampled_from(["center", "left", "topleft"])
colour_subsamplings = st.sampled_from(["4:2:0", "4:2:2", "4:4:4"])
depths = st.sampled_from([8, 10, 12])


@given(
    sizes,
    st.integers(0, 2**32 - 1),
    st.sampled_from([5, 8, 10, 12, 16]),
    depths,
    matrices,
    st.booleans(),
    colour_subsamplings,
    positions,
)
@quick
def test_rgb_to_yuv_is_correctly_rounded(
    oracle, size, seed, source, depth, matrix, full, subsampling, position
):
    rng = np.random.default_rng(seed)
    rgb = rng.integers(0, 2**source, (*size, 3), dtype=np.uint8 if source <= 8 else np.uint16)
    rgb[rng.random(size) < 0.3] = 2**source - 1
    frame = rgb_to_frame(
        rgb,
        bit_depth=depth,
        subsampling=subsampling,
        matrix_coefficients=matrix,
        full_range=full,
        source_bit_depth=source,
        chroma_sample_position=position,
    )
    expected = oracle.planes_of(rgb, 2**source - 1, matrix, depth, full, subsampling, position)
    for plane, other in zip(frame.planes, expected, strict=True):
        np.testing.assert_array_equal(plane, other)


@given(
    sizes,
    st.integers(0, 2**32 - 1),
    depths,
    st.sampled_from([8, 10, 16]),
    matrices,
    st.booleans(),
    colour_subsamplings,
    positions,
)
@quick
def test_yuv_to_rgb_is_correctly_rounded(
    oracle, noise_frame, size, seed, depth, out, matrix, full, subsampling, position
):
    frame = noise_frame(
        np.random.default_rng(seed),
        size[1],
        size[0],
        subsampling,
        depth,
        matrix_coefficients=matrix,
        full_range=full,
        chroma_sample_position=position,
    )
    rgb = frame_to_rgb(frame, out)
    assert rgb.dtype == (np.uint8 if out <= 8 else np.uint16)
    np.testing.assert_array_equal(rgb, oracle.rgb_of(frame, matrix, out))


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("full", [True, False])
def test_exact_ties_round_up(oracle, matrix, full):
    """Every gray and near-gray level of 8 bits, where values with one half in them are commonest."""
    levels = np.arange(256, dtype=np.uint8)
    rgb = np.stack([levels, levels[::-1], np.roll(levels, 5)], axis=1)[None]
    frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=matrix, full_range=full)
    expected = oracle.planes_of(rgb, 255, matrix, 8, full, "4:4:4", "center")
    for plane, other in zip(frame.planes, expected, strict=True):
        np.testing.assert_array_equal(plane, other)


@pytest.mark.parametrize(("matrix", "bound"), [(1, 2), (6, 2), (9, 2)])
def test_444_roundtrip_error_is_bounded(rng, matrix, bound):
    """8 bits, full range: rounding chroma by 1/2 moves B by up to 0.94 beyond luma's 1/2, so 2 at most."""
    rgb = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    for full, limit in ((True, bound), (False, 3)):
        frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=matrix, full_range=full)
        assert np.abs(frame_to_rgb(frame).astype(int) - rgb).max() <= limit
        deep = rgb_to_frame(
            rgb, bit_depth=10, subsampling="4:4:4", matrix_coefficients=matrix, full_range=full
        )
        np.testing.assert_array_equal(frame_to_rgb(deep, 8), rgb)


@given(sizes, st.integers(0, 2**32 - 1), depths)
@quick
def test_identity_is_exact(size, seed, depth):
    dtype = np.uint8 if depth == 8 else np.uint16
    rgb = np.random.default_rng(seed).integers(0, 2**depth, (*size, 3), dtype=dtype)
    frame = rgb_to_frame(
        rgb, bit_depth=depth, subsampling="4:4:4", matrix_coefficients=0, source_bit_depth=depth
    )
    for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
        np.testing.assert_array_equal(plane, rgb[..., channel])
    np.testing.assert_array_equal(frame_to_rgb(frame), rgb)


def test_gray_alpha_and_neutral_chroma(rng):
    picture = rng.integers(0, 65536, (5, 7, 2), dtype=np.uint16)
    frame = rgb_to_frame(picture, bit_depth=10, subsampling="4:2:0")
    exact = lambda plane: np.floor(plane * (1023 / 65535) + 0.5)  # noqa: E731
    np.testing.assert_array_equal(frame.y, exact(picture[..., 0]))
    np.testing.assert_array_equal(frame.alpha, exact(picture[..., 1]))
    assert frame.u.shape == (3, 4) and (frame.u == 512).all() and (frame.v == 512).all()
    mono = rgb_to_frame(picture[..., 0], bit_depth=8, subsampling="4:0:0", full_range=False)
    np.testing.assert_array_equal(mono.y, np.floor(picture[..., 0] * (219 / 65535) + 16.5))
    assert mono.planes == (mono.y,)
    np.testing.assert_array_equal(frame_to_rgb(mono)[..., 2], frame_to_gray(mono))
    np.testing.assert_array_equal(
        frame_to_gray(mono), np.clip(np.floor((mono.y - 16.0) * 255 / 219 + 0.5), 0, 255)
    )


def test_luma_alone_is_the_same_luma(rng):
    rgb = rng.integers(0, 256, (6, 5, 3), dtype=np.uint8)
    mono = rgb_to_frame(rgb, subsampling="4:0:0")
    np.testing.assert_array_equal(mono.y, rgb_to_frame(rgb).y)


@given(sizes, st.integers(0, 2**32 - 1), depths, colour_subsamplings, colour_subsamplings, positions)
@quick
def test_resampling_follows_the_positions(oracle, noise_frame, size, seed, depth, old, new, position):
    rng = np.random.default_rng(seed)
    frame = noise_frame(rng, size[1], size[0], old, depth, chroma_sample_position=position)
    other = resample_chroma(frame, new)
    assert other.subsampling == new and other.y is frame.y
    if old == new:
        assert other is frame
    elif new == "4:4:4":
        for plane, source in ((other.u, frame.u), (other.v, frame.v)):
            expected = np.zeros(plane.shape, int)
            for i, j in np.ndindex(plane.shape):
                expected[i, j] = oracle.clip_round(oracle.interpolate(source, i, j, old, position), depth)
            np.testing.assert_array_equal(plane, expected)
    elif old == "4:4:4":
        sy, sx = oracle.SUBSAMPLING[new]
        rows = oracle.down_weights(sy, position == "topleft")
        columns = oracle.down_weights(sx, position != "center")
        for i, j in np.ndindex(other.u.shape):
            mean = sum(
                wi
                * wj
                * int(frame.u[min(max(sy * i + a, 0), size[0] - 1), min(max(sx * j + b, 0), size[1] - 1)])
                for a, wi in rows.items()
                for b, wj in columns.items()
            )
            assert other.u[i, j] == oracle.clip_round(mean, depth)


def test_flat_chroma_stays_flat_and_mono_becomes_neutral():
    flat = Frame(
        np.zeros((5, 5), np.uint16), *(np.full((3, 3), k, np.uint16) for k in (7, 900)), bit_depth=10
    )
    for new in ("4:2:2", "4:4:4"):
        other = resample_chroma(resample_chroma(flat, new), "4:2:0")
        np.testing.assert_array_equal(other.u, flat.u)
        np.testing.assert_array_equal(other.v, flat.v)
    neutral = resample_chroma(resample_chroma(flat, "4:0:0"), "4:2:2")
    assert (neutral.u == 512).all() and neutral.u.shape == (5, 3)


@given(sizes, st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["4:2:0", "4:4:4", "4:0:0"]))
@quick
def test_more_bits_and_back_is_the_same(noise_frame, same, size, seed, full, subsampling):
    rng = np.random.default_rng(seed)
    frame = noise_frame(rng, size[1], size[0], subsampling, 8, full_range=full)
    frame = frame.replace(alpha=rng.integers(0, 256, size, dtype=np.uint8))
    for depth in (10, 12):
        deep = convert_bit_depth(frame, depth)
        assert deep.bit_depth == depth
        back = convert_bit_depth(deep, 8)
        assert same(back, frame)
        np.testing.assert_array_equal(back.alpha, frame.alpha)


def test_bit_depth_levels():
    y = np.array([[0, 16, 128, 235, 255]], np.uint8)
    frame = Frame(y, y, y, "4:4:4", full_range=False)
    np.testing.assert_array_equal(convert_bit_depth(frame, 10).y, y.astype(int) * 4)
    full = convert_bit_depth(frame.replace(full_range=True), 10)
    assert full.y[0, -1] == 1023 and full.u[0, 2] == 512 and full.u[0, -1] == 512 + round(127 * 1023 / 255)
    deep = Frame(
        np.array([[1021, 1022, 1023, 2]], np.uint16), subsampling="4:0:0", bit_depth=10, full_range=False
    )
    np.testing.assert_array_equal(convert_bit_depth(deep, 8).y, [[255, 255, 255, 1]])


def test_frames_of_one_matrix_come_back_by_it(rng):
    """Agreement with Pillow's own YCbCr, which is BT.601 in full range, to its rounding."""
    image = pytest.importorskip("PIL.Image")
    rgb = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    theirs = np.asarray(image.fromarray(rgb).convert("YCbCr")).astype(int)
    ours = np.stack(rgb_to_frame(rgb, subsampling="4:4:4").planes, axis=2)
    assert np.abs(ours - theirs).max() <= 1


@pytest.mark.parametrize(
    ("rgb", "options", "words"),
    [
        (np.zeros((2, 2, 3)), {}, "float64"),
        (np.zeros((2, 2, 5), np.uint8), {}, "shape"),
        (np.zeros((0, 2, 3), np.uint8), {}, "shape"),
        (np.zeros(3, np.uint8), {}, "shape"),
        (np.zeros((2, 2, 3), np.uint8), {"bit_depth": 9}, "9 bits"),
        (np.zeros((2, 2, 3), np.uint8), {"subsampling": "4:1:1"}, "4:1:1"),
        (np.zeros((2, 2, 3), np.uint8), {"matrix_coefficients": 0}, "identity"),
        (np.zeros((2, 2, 3), np.uint8), {"source_bit_depth": 9}, "source_bit_depth"),
        (np.full((2, 2, 3), 64, np.uint8), {"source_bit_depth": 6}, "above 6 bits"),
        (np.zeros((2, 2, 3), np.uint8), {"chroma_sample_position": "right"}, "right"),
    ],
)
def test_bad_input(rgb, options, words):
    with pytest.raises(FrameError, match=words):
        rgb_to_frame(rgb, **options)


def test_unknown_matrices_are_named():
    rgb = np.zeros((2, 2, 3), np.uint8)
    with pytest.raises(UnsupportedFeature, match="matrix_coefficients 8"):
        rgb_to_frame(rgb, matrix_coefficients=8)
    frame = rgb_to_frame(rgb)
    with pytest.raises(UnsupportedFeature, match="matrix_coefficients 10"):
        frame_to_rgb(frame.replace(matrix_coefficients=10))
    with pytest.raises(FrameError, match="17 bits"):
        frame_to_rgb(frame, 17)
    with pytest.raises(FrameError, match="4:1:1"):
        resample_chroma(frame, "4:1:1")
    with pytest.raises(FrameError, match="bit depth is 9"):
        convert_bit_depth(frame, 9)
