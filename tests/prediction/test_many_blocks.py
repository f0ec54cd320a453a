"""Blocks that lie anywhere: against the transcribed specification, with every α tried."""

import numpy as np
import pytest
from spec import cfl_spec as spec
from spec.frame_oracle import r2_of, slope_of
from spec.planes import KINDS, SIZES, random_plane
from spec.search import errors_of_every_alpha, searched_alpha

from cfl.prediction import many_blocks


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("bit_depth", [8, 12])
def test_against_the_specification(size, bit_depth):
    w, h = size
    rng = np.random.default_rng([w, h, bit_depth])
    peak, blocks = (1 << bit_depth) - 1, 2 * len(KINDS)
    luma = [random_plane(rng, (h, w), bit_depth, kind) for kind in 2 * KINDS]
    ac = many_blocks.luma_ac(np.stack(luma).astype(np.uint16) << 3)
    target = np.stack([[random_plane(rng, (h, w), bit_depth, kind) for kind in rng.permutation(2 * KINDS)]
                       for _ in range(2)])  # fmt: skip
    dc = rng.choice([0, 1, peak // 2, peak - 1, peak], (2, blocks))
    alpha = rng.integers(-16, 17, (2, blocks))
    visible = np.zeros((blocks, h, w), bool)
    sides = [(int(rng.integers(1, h + 1)), int(rng.integers(1, w + 1))) for _ in range(blocks)]
    for i, (rows, columns) in enumerate(sides):
        visible[i, :rows, :columns] = True
    found = many_blocks.measure(ac, target, dc, alpha, visible, peak)
    for i, (rows, columns) in enumerate(sides):
        expected_ac = np.array(spec.luma_ac(luma[i], 0, 0, w, h, 0, 0, w, h))
        np.testing.assert_array_equal(ac[i], expected_ac)
        seen = expected_ac[:rows, :columns]
        for plane in range(2):
            chroma, level = target[plane, i, :rows, :columns].astype(np.int64), int(dc[plane, i])
            errors = errors_of_every_alpha(seen, chroma, level, bit_depth)
            best, slope = searched_alpha(seen, chroma, level, bit_depth), slope_of(seen, chroma, level)
            assert found.best[plane, i] == best
            assert found.sse_best[plane, i] == errors[best + 16]
            assert found.sse[plane, i] == errors[alpha[plane, i] + 16]
            assert found.sse_dc[plane, i] == errors[16]
            assert found.slope[plane, i] == pytest.approx(slope, rel=1e-12)
            left = ((chroma - level - slope * seen / 8) ** 2).sum()
            assert found.sse_ls[plane, i] == pytest.approx(left, rel=1e-9, abs=1e-6 * errors[16])
            spread = chroma.size * chroma.var()
            assert found.ss_total[plane, i] == pytest.approx(spread, rel=1e-9, abs=1e-6)
            assert found.r2[plane, i] == pytest.approx(r2_of(errors[alpha[plane, i] + 16], chroma), rel=1e-9)
