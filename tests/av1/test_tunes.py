"""What the encoder aims at: the table of it, and what a file tuned for people's eyes has and shows."""

from dataclasses import fields, replace

import numpy as np
import pytest
from av1_pictures import flat, mixed, noise, photo
from encoding_cases import assert_decodes, frame_of

from cfl import encode, encode_frame
from cfl.av1.block_search.superblock_deltas import quantizer_deltas
from cfl.av1.encoder.frames import Encoder, EncoderOptions
from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.tunes import TUNES, TuneSettings, tune_settings, tune_table
from cfl.container import read_avif
from cfl.errors import FrameError
from cfl.frames import Frame
from cfl.metrics import bd_rate


def header_of(data):
    (frame,) = read_frames(read_avif(data).primary.obus())
    return frame.header


def test_the_table_covers_every_setting_of_every_aim():
    rows = {row.name: row for row in tune_table()}
    assert list(rows) == [each.name for each in fields(TuneSettings)]
    for tune in TUNES:
        settings = tune_settings(tune)
        assert [getattr(settings, name) for name in rows] == [row.values[tune] for row in rows.values()]
    assert all(len(row.meaning) > 20 and len(set(row.values)) == len(TUNES) for row in rows.values())


def test_matrix_levels_are_in_proportion():
    settings = replace(tune_settings("iq"), matrix_levels=((20, 10), (60, 6), (100, 2)))
    assert [settings.matrix_level(index) for index in (1, 20, 30, 50, 60, 90, 100, 255)] == [
        10, 10, 9, 7, 6, 3, 2, 2,
    ]  # fmt: skip
    assert tune_settings("psnr").matrix_level(100) == 15


def test_there_is_no_other_aim():
    with pytest.raises(FrameError, match="tune is 'vmaf', not one of psnr, iq"):
        encode(np.zeros((8, 8, 3), np.uint8), tune="vmaf")
    with pytest.raises(FrameError, match="tune is 'vmaf', not 'psnr' or 'iq'"):
        EncoderOptions(tune="vmaf")
    with pytest.raises(TypeError):
        encode(np.zeros((8, 8, 3), np.uint8), tune=1)


def test_what_the_headers_say():
    frame = frame_of(photo(150, 130))
    plain, tuned = (header_of(encode(frame, speed=10, qindex=100, tune=tune)) for tune in ("psnr", "iq"))
    assert (plain.quantization.using_qmatrix, plain.delta.delta_q_present) == (0, 0)
    assert (tuned.quantization.using_qmatrix, tuned.delta.delta_q_present) == (1, 1)
    assert tuned.quantization.base_q_idx == plain.quantization.base_q_idx == 100
    levels = [header_of(encode(frame, speed=10, qindex=index)).quantization.qm_y for index in (20, 100, 200)]
    assert levels == sorted(levels, reverse=True) and len(set(levels)) == 3


def test_without_loss_both_are_one():
    frame = frame_of(photo(70, 50))
    files = {encode(frame, speed=10, lossless=True, tune=tune) for tune in TUNES}
    assert len(files) == 1


@pytest.mark.parametrize("chroma", ["400", "420", "422", "444"])
@pytest.mark.parametrize("depth", [8, 10, 12])
def test_matrices_and_deltas_decode(chroma, depth):
    """Busy and flat superblocks, several each way, with the steepest and the flattest matrices."""
    samples = mixed(200, 150)
    samples[:70, :70] = flat(70, 70)
    samples[70:, 100:] = noise(100, 80)
    frame = frame_of(samples, chroma, depth, alpha=True)
    for qindex in (1, 12, 120, 255):
        encoded = encode_frame(frame, qindex=qindex, speed=9, tune="iq")
        assert_decodes(encoded)
        assert header_of(encoded.data).delta.delta_q_present


def test_quantizers_follow_activity():
    """Flat left, noise right: the left half is quantized more finely."""
    luma = np.full((128, 256), 100, np.uint8)
    luma[:, 128:] = noise(128, 128)[..., 0]
    luma[:, :128] += (np.arange(128) // 16).astype(np.uint8)
    blocks = encode_frame(Frame(luma, subsampling="4:0:0"), qindex=100, speed=9, tune="iq").blocks
    coded = blocks[blocks["skip"] == 0]
    left, right = (coded["qindex"][side] for side in (coded["mi_col"] < 32, coded["mi_col"] >= 32))
    assert left.max() < 100 < right.min()
    assert max(left.max() - left.min(), right.max() - right.min()) <= 8


def test_deltas_of_known_variances():
    """Of superblocks whose cells have one variance: its logarithm, less the mean, times the strength."""
    settings = replace(tune_settings("iq"), activity_deltas=5.0, most_delta=12)
    luma = np.zeros((128, 128), np.uint16)
    checker = (np.indices((64, 64)).sum(0) & 1).astype(np.uint16)
    luma[:64, :64], luma[:64, 64:], luma[64:, :64] = 100, 100 + 2 * checker, 100 + 6 * checker
    luma[64:, 64:] = 100 + 14 * checker  # variances 0, 1, 9, 49
    logarithms = np.log2(1 + np.array([[0, 1], [9, 49]]))
    wanted = np.clip(np.rint(5.0 * (logarithms - logarithms.mean())), -12, 12)
    assert np.abs(quantizer_deltas(luma, 128, 128, 8, 100, settings) - wanted).max() <= 1
    deeper = quantizer_deltas(16 * luma, 128, 128, 12, 100, settings)
    assert np.array_equal(deeper, quantizer_deltas(luma, 128, 128, 8, 100, settings))


def test_deltas_are_of_the_picture_alone():
    """What lies beyond its edges does not count."""
    luma = np.zeros((128, 192), np.uint16)
    luma[:72, :136] = noise(136, 72)[..., 0]
    other = luma.copy()
    other[72:], other[:, 136:] = 9, 200
    one, two = (quantizer_deltas(each, 136, 72, 8, 100, tune_settings("iq")) for each in (luma, other))
    assert one.shape == (2, 3)
    assert np.array_equal(one, two)


@pytest.mark.parametrize("tiles", [None, (2, 2)])
def test_threads_do_not_matter(tiles):
    frame = frame_of(mixed(260, 200))
    assert len({encode(frame, speed=8, tune="iq", tiles=tiles, threads=threads) for threads in (1, 3)}) == 1


def test_each_aim_wins_by_its_own_measure():
    """At equal SSIMULACRA 2, iq takes fewer bytes; at equal PSNR, psnr does."""
    frame = frame_of(photo(256, 224))
    files = {
        tune: [encode_frame(frame, qindex=index, speed=8, tune=tune) for index in (40, 80, 120, 160)]
        for tune in TUNES
    }

    def rate(score):
        curves = (
            [[each.coded_bytes for each in files[tune]], list(map(score, files[tune]))] for tune in TUNES
        )
        return bd_rate(*next(curves), *next(curves))

    assert rate(lambda each: each.ssimulacra2) < -4
    assert rate(lambda each: each.psnr["y"]) > 2


def test_alpha_is_for_squared_error():
    frame = frame_of(photo(80, 60), alpha=True)
    image = read_avif(encode(frame, quality=10, quality_alpha=50, speed=9, tune="iq"))
    (alpha,) = read_frames(image.alpha.obus())
    assert alpha.header.quantization.using_qmatrix == 0
    assert alpha.header.delta.delta_q_present == 0


@pytest.mark.parametrize("tune", TUNES)
def test_one_encoder_gives_the_same_bytes_again(tune):
    frame = frame_of(photo(100, 80))
    encoder = Encoder(frame, EncoderOptions(speed=9, tune=tune), still=False)
    assert encoder.encode(frame).obu == encoder.encode(frame).obu
