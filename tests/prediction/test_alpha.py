"""The fit of α, its quantisation against exhaustive search, and its syntax against the specification."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spec import cfl_spec as spec
from spec.planes import DEPTHS, SIZES, dtype_of
from spec.search import errors_of_every_alpha, predicted, searched_alpha

from cfl.errors import CflError, FrameError
from cfl.frames import Frame
from cfl.prediction import (
    CflAlphas,
    alpha_bits,
    alpha_contexts,
    alphas_to_syntax,
    fit_alpha,
    luma_ac,
    predict,
    predict_block,
    quantise_alpha,
    syntax_to_alphas,
)

PAIRS = [(u, v) for u in range(-16, 17) for v in range(-16, 17)]


def assert_best(ac, chroma, dc, bit_depth):
    """quantise_alpha gives what the search gives; the message says how far off it was."""
    got = quantise_alpha(ac, chroma, dc, bit_depth)
    want = searched_alpha(ac, chroma, dc, bit_depth)
    errors = errors_of_every_alpha(ac, chroma, dc, bit_depth)
    assert got == want, f"α {got} (error {errors[got + 16]}), not {want} ({errors[want + 16]})"


def centred(ac):
    """Less its mean, as luma AC is to within a rounding."""
    return (ac - np.round(ac.mean())).astype(np.int64)


def make_ac(rng, shape, bit_depth, kind):
    """Luma AC of one of the kinds that a search with bounds could get wrong."""
    top = 8 * ((1 << bit_depth) - 1)
    step = rng.choice([1, 2, 8])
    ac = {
        "noise": lambda: centred(rng.integers(0, top + 1, shape) // step * step),
        "tiny": lambda: rng.integers(-3, 4, shape),
        "small": lambda: centred(rng.integers(-40, 41, shape)),
        "halves": lambda: rng.choice(
            [-96, -64, -48, -33, -32, -31, -16, 0, 16, 31, 32, 33, 48, 64, 96], shape
        ),
        "two levels": lambda: centred(rng.choice(rng.integers(0, top + 1, 2), shape)),
        "one sample": lambda: centred(np.where(np.arange(shape[0] * shape[1]) == 0, top, 0).reshape(shape)),
        "one small": lambda: np.where(np.arange(shape[0] * shape[1]) == 3, rng.integers(1, 64), 0).reshape(
            shape
        ),
        "extreme": lambda: centred(rng.choice([0, top], shape)),
        "zero": lambda: np.zeros(shape, int),
        "gaussian": lambda: centred(
            np.clip(rng.normal(0, rng.choice([5, 50, 500]), shape).round(), -top // 2, top // 2)
        ),
        "not centred": lambda: rng.integers(0, rng.integers(2, top + 1), shape),
        "heavy tail": lambda: centred(
            np.clip((rng.standard_cauchy(shape) * 20).round(), -top // 2, top // 2)
        ),
    }[kind]()
    return np.clip(ac, -top, top).astype(np.int16)


AC_KINDS = (
    "noise", "tiny", "small", "halves", "two levels", "one sample", "one small", "extreme", "zero",
    "gaussian", "not centred", "heavy tail",
)  # fmt: skip


def make_chroma(rng, ac, dc, bit_depth, kind):
    """Chroma that is a line through the AC at heart, or deliberately not."""
    top = (1 << bit_depth) - 1
    slope = rng.uniform(-20, 20)
    line = dc + slope * ac / 64
    spread = rng.choice([0.3, 1, 3, 20])
    chroma = {
        "line": line.round,
        "half way": lambda: dc + (np.floor(slope) + 0.5) * ac / 64,
        "noisy line": lambda: line + rng.normal(0, spread, ac.shape),
        "outliers": lambda: np.where(rng.random(ac.shape) < 0.05, rng.choice([0, top], ac.shape), line),
        "unrelated": lambda: rng.integers(0, top + 1, ac.shape),
        "flat": lambda: np.full(ac.shape, rng.integers(0, top + 1)),
        "at dc": lambda: np.full(ac.shape, dc),
        "near dc": lambda: dc + rng.integers(-1, 2, ac.shape),
        "extreme": lambda: rng.choice([0, top], ac.shape),
        "bent": lambda: dc + np.abs(slope * ac / 64),
        "far steep line": lambda: dc + 3 * slope * ac / 64,
        "exact": lambda: predicted(ac, dc, int(rng.integers(-16, 17)), bit_depth),
        "exact plus one": lambda: (
            predicted(ac, dc, int(rng.integers(-16, 17)), bit_depth) + rng.integers(0, 2, ac.shape)
        ),
    }[kind]()
    return np.clip(np.floor(chroma + 0.5), 0, top).astype(dtype_of(bit_depth))


CHROMA_KINDS = (
    "line", "half way", "noisy line", "outliers", "unrelated", "flat", "at dc", "near dc", "extreme", "bent",
    "far steep line", "exact", "exact plus one",
)  # fmt: skip


def make_dc(rng, bit_depth, kind):
    top = (1 << bit_depth) - 1
    return int(
        {"any": rng.integers(0, top + 1), "low": rng.integers(0, 4), "high": top - rng.integers(0, 4)}[kind]
    )


DC_KINDS = ("any", "low", "high")


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("ac_kind", AC_KINDS)
def test_quantise_alpha_is_the_best_of_all_33(ac_kind, bit_depth):
    """Every kind of AC with every kind of chroma and DC, over all sizes in turn."""
    rng = np.random.default_rng([AC_KINDS.index(ac_kind), bit_depth])
    for repeat in range(3):
        for chroma_kind in CHROMA_KINDS:
            for number, dc_kind in enumerate(DC_KINDS):
                w, h = SIZES[(repeat * 5 + number + CHROMA_KINDS.index(chroma_kind)) % len(SIZES)]
                ac = make_ac(rng, (h, w), bit_depth, ac_kind)
                dc = make_dc(rng, bit_depth, dc_kind)
                assert_best(ac, make_chroma(rng, ac, dc, bit_depth, chroma_kind), dc, bit_depth)


@settings(max_examples=500, deadline=None)
@given(
    size=st.sampled_from(SIZES),
    bit_depth=st.sampled_from(DEPTHS),
    kinds=st.tuples(st.sampled_from(AC_KINDS), st.sampled_from(CHROMA_KINDS), st.sampled_from(DC_KINDS)),
    seed=st.integers(0, 2**32),
)
def test_quantise_alpha_of_mixed_blocks(size, bit_depth, kinds, seed):
    rng = np.random.default_rng(seed)
    ac_kind, chroma_kind, dc_kind = kinds
    ac = make_ac(rng, size[::-1], bit_depth, ac_kind)
    dc = make_dc(rng, bit_depth, dc_kind)
    assert_best(ac, make_chroma(rng, ac, dc, bit_depth, chroma_kind), dc, bit_depth)


@settings(max_examples=400, deadline=None)
@given(
    ac=st.lists(st.integers(-70, 70) | st.integers(-2040, 2040), min_size=16, max_size=16),
    chroma=st.lists(st.integers(0, 255) | st.integers(120, 136), min_size=16, max_size=16),
    dc=st.integers(0, 255) | st.integers(120, 136),
)
@example(ac=[0] * 16, chroma=[255] * 16, dc=0)
@example(ac=[32, -32] * 8, chroma=[129, 127] * 8, dc=128)
@example(ac=[31, -31] * 8, chroma=[129, 127] * 8, dc=128)
@example(ac=[2, -2] * 8, chroma=[129, 127] * 8, dc=128)
@example(ac=[2040] + [-136] * 15, chroma=[255] + [0] * 15, dc=0)
def test_quantise_alpha_of_any_4x4(ac, chroma, dc):
    """Sixteen samples that Hypothesis may choose (and shrink) one by one."""
    assert_best(np.array(ac, np.int16).reshape(4, 4), np.array(chroma, np.uint8).reshape(4, 4), dc, 8)


@pytest.mark.parametrize("bit_depth", DEPTHS)
def test_quantise_alpha_of_every_slope_between_two_alphas(bit_depth):
    """Lines whose slope passes slowly from one α to the next: the choice turns where the error says."""
    rng = np.random.default_rng(bit_depth)
    ac = make_ac(rng, (8, 8), bit_depth, "gaussian")
    dc = 1 << (bit_depth - 1)
    top = (1 << bit_depth) - 1
    for slope in np.linspace(-17.5, 17.5, 281):
        chroma = np.clip(np.floor(dc + slope * ac / 64 + 0.5), 0, top)
        assert_best(ac, chroma.astype(dtype_of(bit_depth)), dc, bit_depth)


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("size", [(4, 4), (4, 16), (16, 4), (32, 8), (32, 32)])
def test_the_largest_sums(size, bit_depth):
    """AC, chroma and DC at their limits, where 16- and 32-bit arithmetic would overflow."""
    top = (1 << bit_depth) - 1
    shape = size[::-1]
    checks = np.add.outer(np.arange(shape[0]), np.arange(shape[1])) % 2
    halves = (np.arange(shape[0] * shape[1]) < shape[0] * shape[1] // 2).reshape(shape)
    first = (np.arange(shape[0] * shape[1]) > 0).reshape(shape)
    for pattern in (checks, halves, first, ~first):
        ac = np.where(pattern, 8 * top - 8 * top // 2, -(8 * top // 2)).astype(np.int16)
        for dc in (0, 1, top // 2, top - 1, top):
            for low, high in ((0, top), (top, 0), (top, top), (0, 0), (dc, top), (0, 1)):
                chroma = np.where(pattern, low, high).astype(dtype_of(bit_depth))
                assert_best(ac, chroma, dc, bit_depth)
                exact = float(exact_slope(ac, chroma, dc))
                assert fit_alpha(ac, chroma, dc) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("bit_depth", DEPTHS)
def test_one_bright_sample_has_the_largest_ac(bit_depth):
    """A lone white luma sample on black, and its inverse: |AC| next to 8 times the peak."""
    top = (1 << bit_depth) - 1
    for lone, rest in ((top, 0), (0, top)):
        luma = np.full((32, 32), rest, dtype_of(bit_depth))
        luma[5, 7] = lone
        ac = luma_ac(luma, 32, 32, "4:4:4")
        assert np.abs(ac.astype(int)).max() > 7.9 * top
        for chroma_kind in CHROMA_KINDS:
            rng = np.random.default_rng(bit_depth)
            for dc in (0, top // 2, top):
                assert_best(ac, make_chroma(rng, ac, dc, bit_depth, chroma_kind), dc, bit_depth)


@pytest.mark.parametrize("dc_kind", ("neighbours", "mean"))
@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("h", (8, 32))
def test_wide_blocks_of_every_kind(h, bit_depth, dc_kind):
    """Blocks 32 wide have kernels of their own for whole frames in 4:4:4: every kind of luma with every kind
    of chroma, of which the neighbours make any DC."""
    rng = np.random.default_rng([h, bit_depth])
    middle = 1 << (bit_depth - 1)
    y, u, v = (np.zeros((h * len(AC_KINDS), 32 * len(CHROMA_KINDS)), dtype_of(bit_depth)) for _ in "yuv")
    for i, ac_kind in enumerate(AC_KINDS):
        for j, chroma_kind in enumerate(CHROMA_KINDS):
            at = np.s_[i * h : i * h + h, 32 * j : 32 * j + 32]
            y[at] = np.clip(make_ac(rng, (h, 32), bit_depth, ac_kind) // 8 + middle, 0, 2 * middle - 1)
            ac = luma_ac(y[at], 32, h, "4:4:4")
            for plane in (u, v):
                dc = make_dc(rng, bit_depth, rng.choice(DC_KINDS))
                plane[at] = make_chroma(rng, ac, dc, bit_depth, chroma_kind)
    frame = Frame(y, u, v, subsampling="4:4:4", bit_depth=bit_depth)
    prediction = predict(frame, block=f"32x{h}", dc=dc_kind)
    assert len(prediction.blocks) == len(AC_KINDS) * len(CHROMA_KINDS)
    for row in prediction.blocks:
        at = np.s_[row["y"] : row["y"] + h, row["x"] : row["x"] + 32]
        ac = luma_ac(y[at], 32, h, "4:4:4")
        for name, plane in (("u", u), ("v", v)):
            errors = errors_of_every_alpha(ac, plane[at], int(row[f"dc_{name}"]), bit_depth)
            want = searched_alpha(ac, plane[at], int(row[f"dc_{name}"]), bit_depth)
            assert (row[f"alpha_{name}"], row[f"sse_{name}"]) == (want, errors[want + 16])
            samples = predicted(ac, int(row[f"dc_{name}"]), want, bit_depth)
            assert np.array_equal(getattr(prediction.frame, name)[at], samples)


def test_quantise_alpha_on_equal_errors():
    """A smaller magnitude first, then positive."""
    plus_minus = np.tile(np.array([32, -32], np.int16), 8).reshape(4, 4)
    assert quantise_alpha(plus_minus, np.full((4, 4), 128, np.uint8), 128) == 0
    one_up_each = np.full((4, 4), 129, np.uint8)
    assert errors_of_every_alpha(plus_minus, one_up_each, 128, 8)[15] == 16 + 16
    assert quantise_alpha(plus_minus, one_up_each, 128) == 0
    # each pair wants ±2: +1 and -1 stay 2 off on one side; +1 ties with -1
    both = np.array([[64, 64, 0, 0], [64, 64, 0, 0], [0] * 4, [0] * 4], np.int16)
    chroma = np.array([[129, 127, 128, 128], [129, 127, 128, 128], [128] * 4, [128] * 4], np.uint8)
    assert quantise_alpha(both, chroma, 128) == searched_alpha(both, chroma, 128, 8) == 0
    saturated = np.zeros((4, 4), np.int16)
    saturated[0, :2] = 640, -640
    # at DC 0 with chroma 10 in both places, +α fits one of them and -α the other
    tie = np.zeros((4, 4), np.uint8)
    tie[0, :2] = 10
    assert searched_alpha(saturated, tie, 0, 8) == quantise_alpha(saturated, tie, 0) == 1


def test_flat_luma_gives_zero():
    ac = luma_ac(np.full((16, 16), 77, np.uint8), 8, 8)
    chroma = np.random.default_rng(1).integers(0, 256, (8, 8)).astype(np.uint8)
    assert not ac.any()
    assert quantise_alpha(ac, chroma, 100) == 0
    assert fit_alpha(ac, chroma, 100) == 0.0


def exact_slope(ac, chroma, dc):
    """8 Σ AC (C − DC) / Σ AC² in exact rational arithmetic."""
    products = sum(int(a) * (int(c) - dc) for a, c in zip(ac.flat, chroma.flat, strict=True))
    squares = sum(int(a) ** 2 for a in ac.flat)
    return Fraction(8 * products, squares) if squares else Fraction(0)


@settings(max_examples=200, deadline=None)
@given(
    size=st.sampled_from(SIZES),
    bit_depth=st.sampled_from(DEPTHS),
    kinds=st.tuples(st.sampled_from(AC_KINDS), st.sampled_from(CHROMA_KINDS), st.sampled_from(DC_KINDS)),
    seed=st.integers(0, 2**32),
)
@example(size=(32, 32), bit_depth=12, kinds=("extreme", "extreme", "high"), seed=0)
def test_fit_alpha_is_the_exact_slope(size, bit_depth, kinds, seed):
    rng = np.random.default_rng(seed)
    ac = make_ac(rng, size[::-1], bit_depth, kinds[0])
    dc = make_dc(rng, bit_depth, kinds[2])
    chroma = make_chroma(rng, ac, dc, bit_depth, kinds[1])
    got = fit_alpha(ac, chroma, dc)
    assert isinstance(got, float)
    assert got == pytest.approx(float(exact_slope(ac, chroma, dc)), rel=1e-14, abs=1e-300)


def test_fit_alpha_is_least_squares():
    """Against NumPy's solver, on luma itself: the slope is chroma per luma."""
    rng = np.random.default_rng(3)
    luma = rng.integers(0, 256, (8, 8)).astype(np.uint8)
    chroma = np.clip(0.4 * luma + 30 + rng.normal(0, 2, (8, 8)), 0, 255).astype(np.uint8)
    ac = luma_ac(luma, 8, 8, "4:4:4")
    line = np.linalg.lstsq((ac / 8).reshape(-1, 1), chroma.ravel() - 100.0, rcond=None)[0][0]
    assert fit_alpha(ac, chroma, 100) == pytest.approx(line, rel=1e-12)


@pytest.mark.parametrize(
    ("ac", "chroma", "dc"),
    [
        (np.zeros((4, 4), np.int16), np.zeros((4, 8), np.uint8), 0),
        (np.zeros((4, 4), np.float64), np.zeros((4, 4), np.uint8), 0),
        (np.zeros((4, 4), np.int16), np.zeros((4, 4), np.float32), 0),
        (np.zeros(16, np.int16), np.zeros(16, np.uint8), 0),
        (np.zeros((4, 4), np.int16), np.zeros((4, 4), np.uint8), 256),
        (np.zeros((4, 4), np.int16), np.zeros((4, 4), np.uint8), -1),
        (np.zeros((4, 4), np.int16), np.full((4, 4), 256, np.uint16), 0),
    ],
)
def test_quantise_alpha_of_bad_input(ac, chroma, dc):
    with pytest.raises(FrameError) as caught:
        quantise_alpha(ac, chroma, dc)
    assert "\n" not in str(caught.value)


def test_quantise_alpha_then_predict_block_is_never_worse_than_dc():
    rng = np.random.default_rng(9)
    for _ in range(50):
        ac = make_ac(rng, (8, 8), 8, "gaussian")
        chroma = make_chroma(rng, ac, 90, 8, "noisy line")
        predicted = predict_block(ac, 90, quantise_alpha(ac, chroma, 90)).astype(int)
        assert ((predicted - chroma) ** 2).sum() <= ((90 - chroma.astype(int)) ** 2).sum()


def test_syntax_of_every_pair():
    """All that read_cfl_alphas can read is exactly what alphas_to_syntax writes, and the way back."""
    parsed = spec.parsed_alphas()
    assert sorted(alphas for _, _, alphas, _ in parsed) == sorted(pair for pair in PAIRS if pair != (0, 0))
    for symbols, _, alphas, _ in parsed:
        syntax = alphas_to_syntax(*alphas)
        assert isinstance(syntax, CflAlphas)
        assert {name: value for name, value in syntax._asdict().items() if value is not None} == symbols
        assert syntax_to_alphas(*syntax) == alphas


def test_contexts_are_those_of_the_specification():
    for symbols, ctxs, _, _ in spec.parsed_alphas():
        assert alpha_contexts(symbols["cfl_alpha_signs"]) == (
            ctxs.get("cfl_alpha_u"),
            ctxs.get("cfl_alpha_v"),
        )


def test_bits_of_every_pair():
    for _, _, alphas, bits in spec.parsed_alphas():
        assert alpha_bits(*alphas) == pytest.approx(bits, rel=1e-12)
    assert alpha_bits(0, 0) == 0.0


def test_bits_make_a_probability():
    """The default CDFs share out all probability among the pairs."""
    assert sum(2.0 ** -alpha_bits(u, v) for u, v in PAIRS if (u, v) != (0, 0)) == pytest.approx(
        1.0, rel=1e-12
    )


@pytest.mark.parametrize("pair", [(17, 0), (0, -17), (0, 0), (3, 99)])
def test_alphas_without_syntax(pair):
    with pytest.raises(CflError):
        alphas_to_syntax(*pair)


@pytest.mark.parametrize("pair", [(17, 0), (0, -17), (100, 100)])
def test_bits_of_impossible_alphas(pair):
    with pytest.raises(CflError):
        alpha_bits(*pair)


@pytest.mark.parametrize(
    "symbols", [(8, 0, 0), (-1, 0, 0), (7, 16, 0), (7, 0, -1), (7, None, 0), (2, 0, 3), (0, 3, 0)]
)
def test_impossible_syntax(symbols):
    with pytest.raises(CflError):
        syntax_to_alphas(*symbols)


@pytest.mark.parametrize("signs", [-1, 8])
def test_contexts_of_impossible_signs(signs):
    with pytest.raises(CflError):
        alpha_contexts(signs)
