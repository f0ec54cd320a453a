"""What CfL blocks were predicted from and how well: against the decoder, and against the specification."""

import numpy as np
import pytest
from inspection.streams import CASES, decoded, first_frame, without_residual
from spec.cfl_block_spec import block_inputs
from spec.frame_oracle import r2_of, slope_of
from spec.search import errors_of_every_alpha, predicted, searched_alpha

from cfl.inspection.blocks import is_cfl, table_of
from cfl.inspection.cfl_blocks import Reconstruction, measure_cfl

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def measured(of, target=None):
    table = table_of(of.records)
    measure_cfl(table, Reconstruction(of.coded, of.planes), target)
    return table


@cases
def test_prediction_is_the_decoders(case):
    """A CfL block without coefficients is its prediction, sample for sample."""
    of = decoded(without_residual(first_frame(case)))
    table = measured(of)
    cfl = table[is_cfl(table)]
    assert len(cfl)
    assert cfl["skip"].all()
    for plane in "uv":
        assert (cfl[f"sse_{plane}"] == 0).all()
        assert (cfl[f"sse_best_{plane}"] == 0).all()
        assert (cfl[f"r2_{plane}"] == 1).all()
    assert (cfl["sse_dc_u"] > 0).any()


def test_cases_have_what_they_are_for():
    """Chroma of several luma blocks, blocks across the edge, and α of many values."""
    small, crossing, alphas = 0, 0, set()
    for case in CASES:
        of = decoded(first_frame(case))
        cfl = (table := table_of(of.records))[is_cfl(table)]
        size = of.coded.header.size
        small += (cfl["w"] == 4).sum() if of.coded.sequence.color_config.subsampling_x else 0
        crossing += (
            (cfl["x"] + cfl["w"] > size.frame_width) | (cfl["y"] + cfl["h"] > size.frame_height)
        ).sum()
        alphas |= set(cfl["cfl_alpha_u"].tolist())
    assert small > 10
    assert crossing > 10
    assert len(alphas) > 12


@cases
def test_numbers_against_the_specification(case):
    of = decoded(first_frame(case))
    color, size = of.coded.sequence.color_config, of.coded.header.size
    sx, sy, depth = color.subsampling_x, color.subsampling_y, color.bit_depth
    width, height = (size.frame_width + sx) >> sx, (size.frame_height + sy) >> sy
    rng = np.random.default_rng(1)
    reference = [
        np.clip(plane[:height, :width] + rng.integers(-9, 10, (height, width)), 0, 2**depth - 1).astype(
            np.uint16
        )
        for plane in of.planes[1:]
    ]
    table = measured(of, reference)
    chosen = np.flatnonzero(is_cfl(table))
    edges = [i for i in chosen if table["x"][i] + table["w"][i] > size.frame_width
             or table["y"][i] + table["h"][i] > size.frame_height]  # fmt: skip
    for i in {*chosen[:: max(1, len(chosen) // 40)].tolist(), *edges[:20]}:
        x, y, ac, *dcs = block_inputs(of.records[i], of.coded, of.planes, of.places[i])
        for plane, dc, target in zip("uv", dcs, reference, strict=True):
            chroma = target[y : y + ac.shape[0], x : x + ac.shape[1]]
            seen = ac[: chroma.shape[0], : chroma.shape[1]]
            coded = predicted(seen, dc, int(of.records[f"cfl_alpha_{plane}"][i]), depth)
            sse = int(((coded - chroma.astype(np.int64)) ** 2).sum())
            best = searched_alpha(seen, chroma, dc, depth)
            slope, difference = slope_of(seen, chroma, dc), chroma.astype(np.int64) - dc
            sse_ls = ((difference - slope * seen / 8) ** 2).sum()
            expected = {
                "dc": dc, "alpha_ls": 8 * slope, "alpha_best": best, "sse": sse,
                "sse_dc": (difference**2).sum(), "sse_ls": sse_ls, "r2": r2_of(sse, chroma),
                "sse_best": errors_of_every_alpha(seen, chroma, dc, depth)[best + 16],
                "ss_total": chroma.size * chroma.astype(float).var(),
            }  # fmt: skip
            if expected["ss_total"]:
                expected["r2_ls"] = 1 - sse_ls / expected["ss_total"]
            for name, value in expected.items():
                found = float(table[f"{name}_{plane}"][i])
                assert found == pytest.approx(float(value), rel=1e-9, abs=1e-6), (name, plane, i)


def test_blocks_without_cfl_have_no_numbers():
    table = measured(decoded(first_frame(CASES[0])))
    others = table[~is_cfl(table)]
    for name in table.dtype.names[table.dtype.names.index("dc_u") :]:
        assert np.isnan(others[name]).all()
        assert np.isfinite(table[is_cfl(table)][name]).all()
    assert not others["cfl_alpha_u"].any()
