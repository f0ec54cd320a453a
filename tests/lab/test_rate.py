"""Rate and distortion without a bitstream, against the encoder's own files."""

import numpy as np
import pytest
from documents import ROOT

import cfl
import cfl.lab
from cfl.av1.encoder.quality import chroma_delta_q
from cfl.av1.tables.quantizer import AC_QLOOKUP, DC_QLOOKUP
from cfl.lab.evaluation import job_of
from cfl.lab.partition import Partition
from cfl.lab.rate import ResidualCoder


@pytest.fixture(scope="module")
def frame():
    """A crop of a photograph."""
    whole = cfl.read(ROOT / "images" / "coffee.png")
    y, u, v = whole.planes
    return cfl.Frame(y[64:192, 96:288].copy(), u[32:96, 48:144].copy(), v[32:96, 48:144].copy())


def test_a_quality_is_the_encoders():
    frame = cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8))
    row = cfl.lab.evaluate(frame, ["dc"], quality=60)[0]
    assert (
        row["quality"] == 60
        and row["qindex"] == cfl.encode_frame(frame, quality=60, speed=10, tune="psnr").qindex
    )
    assert cfl.lab.evaluate(frame, ["dc"])[0]["qindex"] is None


def test_nothing_to_code_takes_one_symbol_a_block(frame):
    """all_zero alone: its cost is that of the default CDF, in the contexts of blocks without coefficients."""
    partition, coder = Partition.of(frame, 16), ResidualCoder(frame, 60)
    job = job_of(frame, partition, None, coder)
    exact = job.found(job.target, np.zeros((2, len(job.places))))
    coded = coder.code(job, exact)
    assert (coded.errors == 0).all()
    assert coded.bits.min() > 0 and coded.bits.max() < 1


def test_the_reconstruction_is_within_the_quantizers_step(frame):
    """Without a choice of rate, a coefficient is off by half a step; with one, by more, but not by much."""
    coder = ResidualCoder(frame, 90)
    job = job_of(frame, Partition.of(frame, 16), None, coder)
    level = np.full(job.chroma[0].shape, 128, np.uint16)
    coded = coder.code(job, job.found((level, level), np.zeros((2, len(job.places)))))
    index = coder.qindex + chroma_delta_q(coder.qindex, "4:2:0")
    step = max(AC_QLOOKUP[0][index], DC_QLOOKUP[0][index]) / 8
    mean = coded.errors.sum() / (2 * level.size)
    assert 0 < mean < step**2 / 4
    assert coded.bits.sum() > 1000


def test_finer_quantizers_take_more_bits_and_err_less(frame):
    rows = [cfl.lab.derive(cfl.lab.evaluate(frame, ["dc", "cfl"], block=16, quality=q)) for q in (30, 60, 90)]
    for k in range(4):
        bits, psnr = ([row[k][name] for row in rows] for name in ("bits", "reconstruction_psnr"))
        assert bits == sorted(bits) and psnr == sorted(psnr)
        assert psnr[2] - psnr[0] > 6


def test_the_cost_of_residuals_is_what_the_encoder_spends(frame):
    """On the encoder's own blocks, with the encoder's own prediction: reconstruction less residual.

    The encoder adapts its CDFs, so its bits are less than these by some.
    """
    encoded = cfl.encode_frame(frame, quality=60, speed=6, tune="psnr")
    inspection = cfl.inspect(encoded.data)
    spent = float(inspection.blocks["bits_chroma"].sum())
    decoded = cfl.lab.reconstruct(frame, 60, speed=6)
    rows = cfl.lab.evaluate(
        frame, ["dc+cfl"], block=Partition.of_file(encoded.data), quality=60, decoded=decoded
    )
    counted = sum(row["residual_bits"] for row in rows)
    assert 0.6 * spent < counted < 1.7 * spent
    error = sum(row["reconstruction_squared_error"] for row in rows)
    known = sum(
        int(((a.astype(int) - b) ** 2).sum())
        for a, b in zip(frame.planes[1:], decoded.planes[1:], strict=True)
    )
    assert 0.6 * known < error < 1.7 * known


def test_the_reconstruction_before_the_filters_is_the_decoders(frame):
    """`cfl.inspect` decodes the file to the same samples."""
    encoded = cfl.encode_frame(frame, quality=50, speed=8, tune="psnr")
    known = cfl.inspect(encoded.data).reconstruction
    decoded = cfl.lab.reconstruct(frame, 50, speed=8)
    for plane, other in zip(decoded.planes, known, strict=True):
        np.testing.assert_array_equal(plane, other)


def test_the_blocks_of_a_file_are_those_of_inspect(frame):
    data = cfl.encode(frame, quality=60, speed=6, tune="psnr")
    inspection, partition = cfl.inspect(data), Partition.of_file(data)
    index = inspection.block_map(chroma=True)
    order = partition.order  # in units of 4x4 chroma samples: 8x8 luma
    assert len(np.unique(index)) <= len(partition.places)
    for k, (x, y, w, h) in enumerate(partition.places.tolist()):
        assert (order[y // 4 : (y + h) // 4, x // 4 : (x + w) // 4] == k).all()
        blocks = index[2 * y // 4 : 2 * (y + h) // 4, 2 * x // 4 : 2 * (x + w) // 4]
        assert len(np.unique(blocks)) == 1


@pytest.mark.parametrize(("subsampling", "bit_depth"), [("4:2:2", 10), ("4:4:4", 12)])
def test_all_formats_are_coded(subsampling, bit_depth):
    rng = np.random.default_rng(0)
    rgb = np.kron(rng.integers(0, 256, (9, 11, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    frame = cfl.rgb_to_frame(rgb, subsampling=subsampling, bit_depth=bit_depth)
    for block in (8, 32, "auto"):
        rows = cfl.lab.evaluate(frame, ["dc", "cfl", "cclm"], block=block, quality=60)
        assert all(row["residual_bits"] > 0 for row in rows)
        assert all(row["reconstruction_squared_error"] < row["dc_squared_error"] for row in rows)


def test_a_better_prediction_costs_less(frame):
    """The source itself, and with more and more noise."""
    rng = np.random.default_rng(1)
    coder = ResidualCoder(frame, 60)
    job = job_of(frame, Partition.of(frame, 16), None, coder)
    costs = []
    for size in (0, 4, 8, 16):
        planes = tuple(
            np.clip(plane + rng.normal(0, size, plane.shape), 0, 255).astype(np.uint16)
            for plane in job.target
        )
        found = job.found(planes, np.zeros((2, len(job.places))))
        coded = coder.code(job, found)
        costs.append(coded.errors.sum() + coder.lam * coded.bits.sum())
    assert costs == sorted(costs) and costs[3] > 1.5 * costs[1]
