"""Headers in plain words: of real streams, and of every value that makes a sentence."""

import copy

import pytest
from av1_corpus import coded_frames, pillow
from av1_pictures import mixed

from cfl.av1.headers.coded_frame import CodedFrame
from cfl.av1.tables.constants import RESTORE_SGRPROJ, RESTORE_SWITCHABLE, RESTORE_WIENER
from cfl.container import Nclx
from cfl.inspection.coded_pictures import CodedPicture, Part
from cfl.inspection.headers import in_plain_words


@pytest.fixture
def frame():
    real = coded_frames(pillow("words", mixed, (128, 96), speed=8))[0]
    return CodedFrame(copy.deepcopy(real.sequence), copy.deepcopy(real.header), [], 0)


def words_of(frame, **changes):
    picture = CodedPicture("AVIF", 1000, [Part(frame, 0, 0)], 128, 96)
    for name, value in changes.items():
        object.__setattr__(picture, name, value)
    return in_plain_words(picture)


def test_a_photograph(frame):
    words = words_of(frame, nclx=Nclx(9, 18, 99, True))
    assert words["picture"] == "128x96, 4:2:0, 8 bit"
    assert words["profile"].startswith("Main (0), level ")
    assert words["frame"] == "key frame, reduced still picture header"
    assert words["superblocks"] == "64x64"
    assert words["tiles"] == "1"
    assert words["superres"] == words["film grain"] == "off"
    assert words["colour of the file"] == (
        "primaries BT.2020 (9), transfer HLG (18), matrix reserved (99), full range"
    )
    assert all(isinstance(line, str) and line for line in words.values())


def test_quantizers(frame):
    q = frame.header.quantization
    q.base_q_idx, q.delta_q_y_dc, q.delta_q_u_dc, q.delta_q_u_ac, q.delta_q_v_dc, q.delta_q_v_ac = (
        77,
        0,
        -3,
        0,
        5,
        0,
    )
    q.using_qmatrix, q.qm_y, q.qm_u, q.qm_v = 1, 4, 15, 6
    words = words_of(frame)
    assert words["quantizer"] == "base_q_idx 77 of 255, U DC -3, V DC +5"
    assert words["quantizer matrices"] == "levels Y 4, U 15, V 6 (15: flat)"
    q.delta_q_u_dc = q.delta_q_v_dc = q.using_qmatrix = 0
    words = words_of(frame)
    assert words["quantizer"] == "base_q_idx 77 of 255, the same for all coefficients"
    assert words["quantizer matrices"] == "off"


def test_segments_and_deltas(frame):
    params, delta = frame.header.segmentation, frame.header.delta
    params.segmentation_enabled = 1
    params.feature_enabled[0][0], params.feature_data[0][0] = 1, -20
    params.feature_enabled[5][1], params.feature_data[5][1] = 1, 7
    params.feature_enabled[5][6] = 1
    delta.delta_q_present, delta.delta_q_res, delta.delta_lf_present, delta.delta_lf_multi = 1, 2, 1, 1
    words = words_of(frame)
    assert words["segments"] == "0: quantizer -20; 5: luma vertical filter +7, skip"
    assert words["block deltas"] == "quantizer in steps of 4; deblocking in steps of 1, each filter its own"


def test_filters(frame):
    header = frame.header
    header.loop_filter.loop_filter_level, header.loop_filter.loop_filter_sharpness = [5, 6, 7, 8], 2
    cdef = header.cdef
    cdef.cdef_bits, cdef.cdef_damping = 1, 4
    cdef.cdef_y_pri_strength[:2], cdef.cdef_y_sec_strength[:2] = [9, 0], [4, 1]
    cdef.cdef_uv_pri_strength[:2], cdef.cdef_uv_sec_strength[:2] = [0, 0], [0, 2]
    header.lr.frame_restoration_type = [RESTORE_SWITCHABLE, RESTORE_WIENER, RESTORE_SGRPROJ]
    header.lr.loop_restoration_size = [64, 32, 32]
    words = words_of(frame)
    assert words["deblocking"] == "luma 5 (vertical edges), 6 (horizontal), U 7, V 8 of 63, sharpness 2"
    assert words["CDEF"] == "luma 9+4 or 0+1, chroma 0+0 or 0+2 (primary+secondary), damping 4"
    assert words["loop restoration"] == (
        "Y switchable in units of 64, U Wiener in units of 32, V self-guided in units of 32"
    )
    header.loop_filter.loop_filter_level[:2] = [0, 0]
    cdef.cdef_bits = 0
    cdef.cdef_y_pri_strength[0] = cdef.cdef_y_sec_strength[0] = 0
    header.lr.frame_restoration_type = [0, 0, 0]
    words = words_of(frame)
    assert words["deblocking"] == words["CDEF"] == words["loop restoration"] == "off"


def test_sizes_and_grain(frame):
    size, grain, info = frame.header.size, frame.header.film_grain, frame.header.tile_info
    size.use_superres, size.superres_denom, size.frame_width = 1, 13, 79
    size.render_and_frame_size_different, size.render_width, size.render_height = 1, 100, 50
    grain.apply_grain, grain.grain_seed, grain.point_y = 1, 1234, [(0, 20), (255, 40)]
    info.mi_col_starts, info.mi_row_starts, info.uniform_tile_spacing_flag = [0, 16, 32], [0, 24], 0
    frame.sequence.use_128x128_superblock = 1
    words = words_of(frame, grid=(3, 2))
    assert words["superres"] == "coded 79 wide, 8/13 of 128"
    assert words["frame"].endswith("to be shown at 100x50")
    assert "seed 1234, 2 points of luma" in words["film grain"]
    assert words["tiles"] == "2 (2 across, 1 down, of chosen sizes)"
    assert words["superblocks"] == "128x128"
    assert words["picture"].endswith("a grid of 3x2 images")


def test_levels(frame):
    point = frame.sequence.operating_points[0]
    point.seq_level_idx, point.seq_tier, frame.sequence.seq_profile = 13, 1, 2
    assert words_of(frame)["profile"] == "Professional (2), level 5.1, High tier"
    point.seq_level_idx, point.seq_tier = 31, 0
    assert words_of(frame)["profile"] == "Professional (2), no level limit"
