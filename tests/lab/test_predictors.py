"""The shipped predictors against slow transcriptions, sample by sample."""

import itertools
import math

import numpy as np
import pytest
from spec import predictor_spec as slow

import cfl
import cfl.lab
from cfl.frames.frame import SUBSAMPLINGS
from cfl.lab.rate import ResidualCoder
from cfl.prediction import quadtree

CASES = {
    "4:2:0, odd size": ("4:2:0", 8, (77, 45), 8, (8, 8)),
    "4:2:0, wide": ("4:2:0", 8, (96, 40), "32x16", (32, 16)),
    "4:2:2, 10 bits": ("4:2:2", 10, (70, 36), 16, (16, 16)),
    "4:4:4, 12 bits": ("4:4:4", 12, (41, 83), "4x8", (4, 8)),
    "4:2:0, blocks beyond the edge": ("4:2:0", 8, (73, 67), 32, (32, 32)),
}
"""Subsampling, bit depth, (width, height), the block's name and its sides in luma samples."""
BLOCK_WISE = ["dc", "line", "lm", "mmlm", "cccm", "glm", "polynomial", "mhccp", "cfl-implicit"]
SENT = {"glm": 2.0, "mhccp": math.log2(3)}
ROUNDING = {"cccm": 2e-3, "glm": 1e-3, "mhccp": 1e-3, "polynomial": 1e-3}


def pictures(subsampling, bit_depth, size, seed=1):
    """A frame whose chroma follows luma in parts, and the same as a decoder might have it."""
    rng = np.random.default_rng(seed)
    (sx, sy), (width, height), peak = SUBSAMPLINGS[subsampling], size, (1 << bit_depth) - 1
    row, column = np.mgrid[:height, :width]
    luma = 0.5 + 0.3 * np.sin(row / 5) * np.cos(column / 7) + 0.1 * rng.standard_normal((height, width))
    small = luma[:: 1 + sy, :: 1 + sx]
    chroma = [
        0.3 + 0.4 * small**2 + 0.03 * rng.standard_normal(small.shape),
        0.7 - 0.5 * small * (column[:: 1 + sy, :: 1 + sx] > width // 2)
        + 0.03 * rng.standard_normal(small.shape),
    ]  # fmt: skip
    dtype = np.uint8 if bit_depth == 8 else np.uint16
    planes = [np.clip(np.round(plane * peak), 0, peak).astype(dtype) for plane in (luma, *chroma)]
    noisy = [np.clip(plane + rng.integers(-9, 10, plane.shape), 0, peak).astype(dtype) for plane in planes]
    return [cfl.Frame(*each, subsampling=subsampling, bit_depth=bit_depth) for each in (planes, noisy)]


def views(frame, decoded, plane, sides):
    """The blocks of a plane, in the order of coding; each is decoded when the next one comes."""
    picture = slow.Picture(frame, decoded, plane)
    w, h = sides[0] >> frame.subsampling_x, sides[1] >> frame.subsampling_y
    for x, y in slow.coding_order(frame.width, frame.height, *sides):
        view = slow.View(picture, x >> frame.subsampling_x, y >> frame.subsampling_y, w, h)
        yield view
        for i, j in view.samples():
            picture.done[view.y + i][view.x + j] = True


def block_of(plane, view):
    return plane[view.y : view.y + view.h, view.x : view.x + view.w].astype(np.int64)


def off(exact, predicted, view):
    """By how much a prediction is further from the exact one, clipped, than rounding makes it."""
    clipped = np.clip(np.array(exact, float), 0, (1 << view.bit_depth) - 1)
    return np.abs(clipped - predicted).max() - 0.5


@pytest.mark.parametrize("name", BLOCK_WISE)
@pytest.mark.parametrize("case", CASES)
def test_a_predictor_is_its_transcription(name, case):
    """Where one of several predictions is sent, it is one with the least error."""
    subsampling, bit_depth, size, block, sides = CASES[case]
    frame, decoded = pictures(subsampling, bit_depth, size)
    predicted = cfl.lab.predict(frame, name, block=block, decoded=decoded)
    transcription = getattr(slow, name.replace("-", "_"))
    count, allowed = 0, ROUNDING.get(name, 1e-6)
    for plane in (1, 2):
        for view in views(frame, decoded, plane, sides):
            result, target = block_of(predicted.planes[plane], view), block_of(frame.planes[plane], view)
            found = transcription(view)
            distances = [off(exact, result, view) for exact in found]
            assert min(distances) <= allowed, (view.x, view.y, plane)
            peak = (1 << bit_depth) - 1
            errors = [((np.clip(np.rint(np.array(e, float)), 0, peak) - target) ** 2).sum() for e in found]
            assert ((result - target) ** 2).sum() <= min(errors) + 2 * peak * (len(found) > 1)
            count += 1
    rows = cfl.lab.derive(cfl.lab.evaluate(frame, [name], block=block, decoded=decoded))
    assert sum(row["blocks"] for row in rows) == count
    assert sum(row["predictor_bits"] for row in rows) == pytest.approx(SENT.get(name, 0) * count)


@pytest.mark.parametrize("case", CASES)
def test_cclm_is_the_standards_with_the_best_form_of_both_planes(case):
    subsampling, bit_depth, size, block, sides = CASES[case]
    frame, decoded = pictures(subsampling, bit_depth, size)
    predicted = cfl.lab.predict(frame, "cclm", block=block, decoded=decoded)
    peak, bits, used = (1 << bit_depth) - 1, 0, set()
    for views_of_block in zip(*(views(frame, decoded, plane, sides) for plane in (1, 2)), strict=True):
        forms, errors = [], np.zeros(3)
        for plane, view in enumerate(views_of_block, start=1):
            found = [np.clip(form, 0, peak) for form in slow.cclm_forms(view)]
            errors += [((form - block_of(frame.planes[plane], view)) ** 2).sum() for form in found]
            forms.append(found)
        best = int(np.argmin(errors))
        for plane, view in enumerate(views_of_block, start=1):
            np.testing.assert_array_equal(block_of(predicted.planes[plane], view), forms[plane - 1][best])
        bits += (1, 2, 2)[best]
        used.add(best)
    rows = cfl.lab.evaluate(frame, ["cclm"], block=block, decoded=decoded)
    assert sum(row["predictor_bits"] for row in rows) == bits
    assert len(used) > 1


@pytest.mark.parametrize("case", CASES)
def test_clusterwise_is_its_transcription(case):
    subsampling, bit_depth, size, block, sides = CASES[case]
    frame, decoded = pictures(subsampling, bit_depth, size)
    predicted = cfl.lab.predict(frame, "clusterwise", block=block, decoded=decoded)
    sent, peak = 0.0, (1 << bit_depth) - 1
    for plane in (1, 2):
        for view in views(frame, decoded, plane, sides):
            found, bits = slow.clusterwise(view)
            clipped = [np.clip(each, 0, peak) for each in found]
            target = block_of(frame.planes[plane], view)
            best = int(np.argmin([((each - target) ** 2).sum() for each in clipped]))
            np.testing.assert_array_equal(block_of(predicted.planes[plane], view), clipped[best])
            sent += bits[best]
    rows = cfl.lab.evaluate(frame, ["clusterwise"], block=block, decoded=decoded)
    assert sum(row["predictor_bits"] for row in rows) == pytest.approx(sent)


@pytest.mark.parametrize("block", [8, "16x8", 32, "auto"])
@pytest.mark.parametrize(("subsampling", "bit_depth"), [("4:2:0", 8), ("4:2:2", 10), ("4:4:4", 12)])
def test_cfl_is_exactly_that_of_predict(subsampling, bit_depth, block):
    """Samples, errors, PSNR, R² and the bits of α."""
    frame, _ = pictures(subsampling, bit_depth, (97, 61))
    known = cfl.predict(frame, block)
    rows = cfl.lab.derive(cfl.lab.evaluate(frame, ["cfl"], block=block))
    for name, row in zip("uv", rows, strict=True):
        assert row["squared_error"] == known.sse[name] and row["dc_squared_error"] == known.sse_dc[name]
        assert row["psnr"] == known.psnr[name] and row["dc_psnr"] == known.psnr_dc[name]
        exact = (
            0 if block != "auto" else 1e-14
        )  # of blocks of several sizes, the sums of squares are added up
        assert row["r2"] == pytest.approx(known.r2[name], rel=exact, abs=0)
        assert row["total_squares"] == pytest.approx(known.ss_total[name], rel=exact, abs=0)
        assert row["blocks"] == len(known.blocks) and row["samples"] == known.frame.u.size
    assert sum(row["predictor_bits"] for row in rows) == pytest.approx(known.alpha_bits)
    predicted = cfl.lab.predict(frame, "cfl", block=block)
    np.testing.assert_array_equal(predicted.u, known.frame.u)
    np.testing.assert_array_equal(predicted.v, known.frame.v)


def test_cfl_with_decoded_neighbours_and_luma_is_the_best_of_all_alphas():
    """By the plain Python of `cfl.prediction.reference`, over whole blocks."""
    from cfl.prediction import alpha_bits, reference

    frame, decoded = pictures("4:2:0", 8, (64, 32))
    predicted, bits = cfl.lab.predict(frame, "cfl", block=16, decoded=decoded), 0.0
    for pair in zip(*(views(frame, decoded, plane, (16, 16)) for plane in (1, 2)), strict=True):
        best = []
        for plane, view in enumerate(pair, start=1):
            luma = [[view.av1_luma(i, j) for j in range(view.w)] for i in range(view.h)]
            mean = (sum(map(sum, luma)) + 32) // 64
            ac = [[value - mean for value in row] for row in luma]
            target, least = block_of(frame.planes[plane], view), None
            for alpha in sorted(range(-16, 17), key=lambda a: (abs(a), -a)):
                trial = np.array(reference.predict(ac, view.dc(), alpha, 8))
                error = ((trial - target) ** 2).sum()
                if least is None or error < least[0]:
                    least = error, alpha, trial
            best.append(least[1])
            np.testing.assert_array_equal(block_of(predicted.planes[plane], view), least[2])
        bits += alpha_bits(*best)
    rows = cfl.lab.evaluate(frame, ["cfl"], block=16, decoded=decoded)
    assert sum(row["predictor_bits"] for row in rows) == pytest.approx(bits)


@pytest.mark.parametrize("window", [1, 6])
def test_lm_and_polynomial_have_the_fits_of_regression(window):
    """Inside of the picture, where no row or column is missing, `fit_blocks` has the same neighbours."""
    frame, _ = pictures("4:4:4", 8, (64, 64))
    x = 8.0 * frame.y
    stack = x if window == 1 else np.stack([x, x**2])
    known = cfl.regression.fit_blocks(stack, frame.u.astype(float), 8, neighbours=window).predict(stack)
    predicted = cfl.lab.predict(frame, "lm" if window == 1 else "polynomial", block=8).u
    close = np.abs(np.clip(known, 0, 255) - predicted) <= 0.5 + 1e-6
    assert close[8:, 8:].mean() > (0.999 if window == 1 else 0.9)  # the parabola is level at its ends


def adaptive_bits(choices, alphabet=2):
    """What an adaptive arithmetic coder spends on choices one after the other (Krichevsky and Trofimov)."""
    counts, bits = [0.5] * alphabet, 0.0
    for choice in choices:
        bits -= math.log2(counts[choice] / sum(counts))
        counts[choice] += 1
    return bits


def test_a_union_takes_the_best_part_of_each_block_and_says_which():
    frame, _ = pictures("4:2:0", 8, (64, 48))
    parts = [cfl.lab.predict(frame, name, block=16) for name in ("dc", "lm")]
    union, lam = cfl.lab.predict(frame, "dc+lm", block=16), quadtree.default_lambda(8)
    errors, taken = [], []
    for y in range(0, 24, 8):
        for x in range(0, 32, 8):
            at = slice(y, y + 8), slice(x, x + 8)
            errors.append(
                [
                    sum(
                        int(((part.planes[k][at].astype(int) - frame.planes[k][at]) ** 2).sum())
                        for k in (1, 2)
                    )
                    for part in parts
                ]
            )
            same = [all((union.planes[k][at] == part.planes[k][at]).all() for k in (1, 2)) for part in parts]
            assert any(same)
            taken.append(None if all(same) else same.index(True))
    usual = int(2 * taken.count(1) > len(taken))
    taken = [usual if choice is None else choice for choice in taken]  # where it is all the same
    rows = cfl.lab.evaluate(frame, ["dc+lm"], block=16)
    bits = sum(row["predictor_bits"] for row in rows)
    assert rows[0]["predictor_bits"] == rows[1]["predictor_bits"]
    assert 0 < sum(taken) < len(taken)
    assert bits == pytest.approx(adaptive_bits(taken))
    best = min(
        sum(pair[choice] for pair, choice in zip(errors, choices, strict=True)) + lam * adaptive_bits(choices)
        for choices in itertools.product((0, 1), repeat=len(errors))
    )
    cost = sum(pair[choice] for pair, choice in zip(errors, taken, strict=True)) + lam * bits
    assert cost == pytest.approx(best, abs=lam)


def test_a_union_with_a_part_that_is_never_best_costs_next_to_nothing():
    frame, decoded = pictures("4:2:0", 8, (128, 128))

    @cfl.lab.predictor("test-bad-part", compiled=False)
    def bad(block):
        return np.full(block.luma.shape, 255), 0

    rows = cfl.lab.derive(cfl.lab.evaluate(frame, ["cfl", "cfl+test-bad-part"], block=8, decoded=decoded))
    assert rows[0]["squared_error"] == rows[2]["squared_error"]
    more = sum(row["predictor_bits"] for row in rows[2:]) - sum(row["predictor_bits"] for row in rows[:2])
    assert more == pytest.approx(adaptive_bits([0] * 256)) and more < 6


@pytest.mark.parametrize("block", [8, 32])
def test_the_cost_of_a_union_is_not_above_that_of_its_parts(block):
    """D + λR as it comes out in the end; only the contexts of the coefficients may be others than thought."""
    frame, _ = pictures("4:2:0", 8, (160, 128))
    names = "cfl", "clusterwise", "mmlm", "cfl+clusterwise", "cfl+mmlm", "cfl+clusterwise+mmlm"
    for quality in (30, 90):
        lam, decoded = ResidualCoder(frame, quality).lam, cfl.lab.reconstruct(frame, quality)
        rows = cfl.lab.derive(cfl.lab.evaluate(frame, names, block=block, quality=quality, decoded=decoded))
        costs = {
            name: sum(
                row["reconstruction_squared_error"] + lam * row["bits"]
                for row in rows
                if row["predictor"] == name
            )
            for name in names
        }
        for union in names[3:]:
            assert costs[union] < 1.005 * min(costs[part] for part in union.split("+")), (union, quality)


def test_a_union_weighs_bits_by_the_lambda_of_predict():
    """Two lines that lessen the squared error by less than their bits are worth are not sent."""
    frame, _ = pictures("4:2:0", 8, (64, 48))
    half = [np.where(np.arange(32) < 16, plane.mean().astype(np.uint8), plane) for plane in frame.planes[1:]]
    frame = frame.replace(u=half[0], v=half[1])
    names, lam = ("dc+clusterwise", "dc", "clusterwise"), quadtree.default_lambda(8)
    rows = cfl.lab.derive(cfl.lab.evaluate(frame, names, block=8))
    costs, errors = (
        {name: sum(measure(row) for row in rows if row["predictor"] == name) for name in names}
        for measure in (
            lambda row: row["squared_error"] + lam * row["predictor_bits"],
            lambda row: row["squared_error"],
        )
    )
    assert costs[names[0]] < min(costs["dc"], costs["clusterwise"])
    assert errors["clusterwise"] <= errors[names[0]] < errors["dc"]


def test_predictors_are_described():
    """Each with its equation, its source and its bits."""
    for name in cfl.lab.predictor_names():
        if "example" not in name and "my-" not in name and "test" not in name:
            text = cfl.lab.describe(name)
            assert all(f"\n{word}\n" in text for word in ("Equation", "Source", "Bits")), name
            assert len(text.splitlines()[0]) < 110
