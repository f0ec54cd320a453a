"""Film grain against the specification's pseudo-code, transcribed."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spec.film_grain_spec import FilmGrainSynthesis
from spec.filter_frames import SUBSAMPLINGS, picture

from cfl.av1.filters.film_grain import FilmGrain, add_film_grain
from cfl.av1.tables.film_grain import GAUSSIAN_SEQUENCE
from cfl.errors import BitstreamError


def random_points(rng, most):
    count = int(rng.integers(0, most + 1)) if rng.random() < 0.8 else 0
    values = np.sort(rng.choice(256, count, replace=False)).tolist()
    return values, rng.integers(0, 256, count).tolist()


def random_grain(rng, subsampling):
    """Parameters as film_grain_params (5.9.30) could have read them."""
    y = random_points(rng, 14)
    from_luma = 0 if subsampling is None else int(rng.integers(0, 2))
    cb, cr = ([], []), ([], [])
    if not (subsampling is None or from_luma or (subsampling == (1, 1) and not y[0])):
        cb, cr = random_points(rng, 10), random_points(rng, 10)
    lag = int(rng.integers(0, 4))
    luma_count = 2 * lag * (lag + 1)

    def coefficients(present, count):
        # Near 128, for grain that does not explode, or anything.
        spread = rng.choice([12, 128])
        return rng.integers(128 - spread, 128 + spread, count).tolist() if present else []

    chroma_count = luma_count + bool(y[0])
    return FilmGrain(
        int(rng.integers(0, 65536)), *y, from_luma, *cb, *cr, int(rng.integers(0, 4)), lag,
        coefficients(y[0], luma_count),
        coefficients(from_luma or cb[0], chroma_count), coefficients(from_luma or cr[0], chroma_count),
        *(int(value) for value in rng.integers(0, 4, 2)),
        *(int(value) for value in rng.integers(0, [256, 256, 512, 256, 256, 512])),
        *(int(value) for value in rng.integers(0, 2, 2)),
    )  # fmt: skip


def random_planes(rng, width, height, subsampling, bit_depth, kind):
    shapes = [(height, width)]
    if subsampling is not None:
        shapes += [(height + subsampling[1] >> subsampling[1], width + subsampling[0] >> subsampling[0])] * 2
    return [picture(rng, shape, bit_depth, kind) for shape in shapes]


def assert_grain_as_specified(planes, grain, subsampling, bit_depth, matrix_coefficients):
    sub_x, sub_y = subsampling or (0, 0)
    before = [plane.copy() for plane in planes]
    got = add_film_grain(
        planes,
        grain,
        subsampling_x=sub_x,
        subsampling_y=sub_y,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
    )
    out = [plane.tolist() for plane in planes]
    spec = FilmGrainSynthesis(
        **grain._asdict(),
        num_y_points=len(grain.point_y_value),
        num_cb_points=len(grain.point_cb_value),
        num_cr_points=len(grain.point_cr_value),
        BitDepth=bit_depth, subsampling_x=sub_x, subsampling_y=sub_y, mono_chrome=int(subsampling is None),
        matrix_coefficients=matrix_coefficients, Gaussian_Sequence=GAUSSIAN_SEQUENCE.tolist(),
        **dict(zip(("OutY", "OutU", "OutV"), out, strict=False)),
    )  # fmt: skip
    height, width = planes[0].shape
    spec.process(width, height, sub_x, sub_y)
    for plane, copy, result, want in zip(planes, before, got, out, strict=True):
        np.testing.assert_array_equal(result, np.array(want))
        np.testing.assert_array_equal(plane, copy)


@settings(max_examples=18, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(1, 100),
    st.integers(1, 100),
    st.sampled_from(SUBSAMPLINGS),
    st.sampled_from([8, 10, 12]),
    st.sampled_from(["smooth", "noise", "extreme"]),
    st.sampled_from([0, 1, 2]),
)
def test_random_frames(seed, width, height, subsampling, bit_depth, kind, matrix_coefficients):
    """Any size, and parameters of any value that can be coded."""
    rng = np.random.default_rng(seed)
    planes = random_planes(rng, width, height, subsampling, bit_depth, kind)
    grain = random_grain(rng, subsampling)
    assert_grain_as_specified(planes, grain, subsampling, bit_depth, matrix_coefficients)


@pytest.mark.parametrize("size", [(32, 32), (33, 33), (31, 34), (65, 2), (1, 1), (1, 66)])
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_sizes_around_the_blocks_of_32(size, subsampling):
    rng = np.random.default_rng(size[0])
    planes = random_planes(rng, *size, subsampling, 8, "noise")
    grain = random_grain(rng, subsampling)._replace(
        overlap_flag=1, point_y_value=[20, 200], point_y_scaling=[90, 250],
        ar_coeff_lag=0, ar_coeffs_y_plus_128=[], ar_coeffs_cb_plus_128=[120], ar_coeffs_cr_plus_128=[137],
    )  # fmt: skip
    assert_grain_as_specified(planes, grain, subsampling, 8, 1)


def test_chroma_is_clipped_even_without_grain():
    """Scaling from luma that has no points: no grain at all, but chroma goes to the restricted range."""
    rng = np.random.default_rng(3)
    grain = random_grain(rng, (1, 1))._replace(
        point_y_value=[], point_y_scaling=[], chroma_scaling_from_luma=1,
        point_cb_value=[], point_cb_scaling=[], point_cr_value=[], point_cr_scaling=[],
        ar_coeff_lag=0, ar_coeffs_y_plus_128=[], ar_coeffs_cb_plus_128=[], ar_coeffs_cr_plus_128=[],
        clip_to_restricted_range=1,
    )  # fmt: skip
    planes = random_planes(rng, 20, 20, (1, 1), 8, "noise")
    assert_grain_as_specified(planes, grain, (1, 1), 8, 1)


def test_gaussian_sequence():
    """What the specification says of the table: mean 0, deviation about 512, multiples of 4, clipped."""
    assert GAUSSIAN_SEQUENCE.shape == (2048,)
    assert (GAUSSIAN_SEQUENCE % 4 == 0).all()
    assert GAUSSIAN_SEQUENCE.min() >= -2048
    assert GAUSSIAN_SEQUENCE.max() <= 2047
    assert abs(GAUSSIAN_SEQUENCE.mean()) < 15
    assert abs(GAUSSIAN_SEQUENCE.std() - 512) < 15


def test_points_must_increase():
    rng = np.random.default_rng(1)
    grain = random_grain(rng, None)._replace(
        point_y_value=[5, 5], point_y_scaling=[1, 2], ar_coeff_lag=0, ar_coeffs_y_plus_128=[]
    )
    with pytest.raises(BitstreamError, match="increase"):
        add_film_grain(
            random_planes(rng, 4, 4, None, 8, "noise"),
            grain,
            subsampling_x=0,
            subsampling_y=0,
            bit_depth=8,
            matrix_coefficients=1,
        )


TOOLS = ("aomenc", "ffmpeg", "dav1d")
LISTS = ("point_y", "point_cb", "point_cr", "ar_coeffs_y", "ar_coeffs_cb", "ar_coeffs_cr")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def traced_grain(path):
    """The film grain parameters of a stream, as ffmpeg's trace of its headers tells them."""
    trace = run(
        "ffmpeg", "-v", "trace", "-i", path, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"
    )
    values = {}
    text = trace.stderr[trace.stderr.rindex("apply_grain ") :]
    for name, index, value in re.findall(r"([a-z_0-9]+?)(\[\d+\])? +[01]+ = (-?\d+)", text):
        if index:
            values.setdefault(name, []).append(int(value))
        else:
            values[name] = int(value)
    for name in FilmGrain._fields:
        values.setdefault(name, [] if name.startswith(LISTS) else 0)
    return FilmGrain(*(values[name] for name in FilmGrain._fields))


def read_planes(path, width, height, subsampled):
    """The planes of a raw 8-bit frame."""
    data = np.fromfile(path, np.uint8).astype(np.uint16)
    chroma = ((height + 1) // 2, (width + 1) // 2) if subsampled else (height, width)
    planes = []
    for shape in ((height, width), chroma, chroma):
        size = shape[0] * shape[1]
        planes.append(data[:size].reshape(shape))
        data = data[size:]
    assert data.size == 0
    return planes


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
@pytest.mark.parametrize("subsampled", [True, False])
@pytest.mark.parametrize("vector", [1, 3, 5, 8, 10, 12, 14, 16])
def test_grain_of_libaom_as_dav1d_adds_it(tmp_path, vector, subsampled):
    """libaom's film grain test vectors: dav1d's frame without grain, and ours on top, is its frame with."""
    width, height = 97, 75
    name = "420" if subsampled else "444"
    chroma = ((height + 1) // 2, (width + 1) // 2) if subsampled else (height, width)
    with (tmp_path / "in.y4m").open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F25:1 Ip C{name}\nFRAME\n".encode())
        for k, (rows, cols) in enumerate([(height, width), chroma, chroma]):
            y, x = np.mgrid[:rows, :cols]
            file.write(((x * (2 + k) + y * 3 + 40 * k) % 256).astype(np.uint8).tobytes())
    stream = str(tmp_path / "x.ivf")
    run(
        "aomenc", "-q", "--limit=1", "--cpu-used=9", f"--profile={int(not subsampled)}", "--ivf",
        f"--film-grain-test={vector}", "-o", stream, str(tmp_path / "in.y4m"),
    )  # fmt: skip
    frames = []
    for grain in (0, 1):
        output = str(tmp_path / f"{grain}.yuv")
        run("dav1d", "-q", "-i", stream, "-o", output, "--filmgrain", str(grain))
        frames.append(read_planes(output, width, height, subsampled))
    got = add_film_grain(
        frames[0],
        traced_grain(stream),
        subsampling_x=int(subsampled),
        subsampling_y=int(subsampled),
        bit_depth=8,
        matrix_coefficients=2,
    )
    assert any((a != b).any() for a, b in zip(*frames, strict=True))
    for plane, want in zip(got, frames[1], strict=True):
        np.testing.assert_array_equal(plane, want)
