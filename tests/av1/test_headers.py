"""Sequence and frame headers against FFmpeg's header parser: real streams, and random headers."""

import itertools

import pytest
from av1_headers import assert_random_headers_traced, assert_traced, copied, random_stream, rewrite
from av1_streams import DELIMITER, aomenc, avif, encode, picture, svt_obu
from spec import header_spec as spec

from cfl.av1.headers.bits import BitReader, BitWriter
from cfl.av1.headers.coded_frame import (
    sequence_header_payload,
)
from cfl.av1.headers.filters import CdefParams, LrParams, cdef_params, lr_params
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import (
    iter_obus,
)
from cfl.av1.headers.quantization import SegmentationParams, segmentation_params
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import OperatingPoint, SequenceHeader, sequence_header_obu
from cfl.av1.headers.tile_info import TileInfo, tile_info
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import INTRA_ONLY_FRAME, KEY_FRAME, TX_MODE_LARGEST
from cfl.container import read_avif, read_ivf
from cfl.errors import BitstreamError

PILLOW = {
    "plain": {},
    "gray": {"samples": picture()[..., 0]},
    "422": {"subsampling": "4:2:2"},
    "444 lossless": {"subsampling": "4:4:4", "quality": 100},
    "coarse": {"quality": 0},
    "qm": {"advanced": {"enable-qm": "1", "qm-min": "2", "qm-max": "9"}},
    "film grain": {"advanced": {"film-grain-test": "3"}},
    "film grain of luma": {"advanced": {"film-grain-test": "10"}},
    "aq and deltaq": {"advanced": {"aq-mode": "1", "deltaq-mode": "0"}},
    "deltaq": {"advanced": {"deltaq-mode": "3"}},
    "screen": {"advanced": {"tune-content": "screen"}},
    "tiles": {"samples": picture(300, 200), "tile_rows": 1, "tile_cols": 2, "autotiling": False},
    "reduced tx, no filters": {
        "advanced": {"enable-cdef": "0", "reduced-tx-type-set": "1", "loopfilter-control": "0"}
    },
    "no cdf update": {"advanced": {"cdf-update-mode": "0"}},
    "128": {
        "samples": picture(200, 140),
        "advanced": {"sb-size": "128", "enable-restoration": "1"},
        "speed": 3,
    },
}


@pytest.mark.parametrize("options", PILLOW.values(), ids=PILLOW)
def test_libaom_of_pillow(options):
    item = read_avif(avif(**options)).primary
    frames = assert_traced(DELIMITER + bytes(item.data))
    assert (frames[0].header.size.upscaled_width, frames[0].header.size.frame_height) == (
        item.width,
        item.height,
    )
    assert frames[0].sequence.color_config.bit_depth == item.config.bit_depth
    assert rewrite(item.obus()) == bytes(item.data)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pix_fmt": "yuv420p10le"},
        {"width": 640, "height": 320, "params": "keyint=1:tile-columns=1:tile-rows=1"},
        {"params": "keyint=1:film-grain=20"},
        {"params": "keyint=1:enable-qm=1:qm-min=0"},
        {"params": "keyint=1:aq-mode=1:scm=1"},
        {"params": "keyint=1:superres-mode=1:superres-kf-denom=12:superres-denom=12"},
    ],
)
def test_svt_of_pyav(options):
    stream = svt_obu(**options)
    assert len(assert_traced(stream)) == 2
    assert rewrite(iter_obus(stream)) == stream


AOMENC = {
    "plain": [],
    "superres": ["--superres-mode=1", "--superres-denominator=12", "--superres-kf-denominator=13"],
    "12 bit 422": ["--profile=2", "--bit-depth=12", "--input-bit-depth=12"],
    "still picture": ["--limit=1", "--full-still-picture-hdr"],
    "reduced still picture": ["--limit=1"],
    "tiles": ["--tile-columns=2", "--tile-rows=1"],
    "tile groups": ["--tile-columns=2", "--tile-rows=1", "--num-tile-groups=3"],
    "uneven tiles": ["--tile-width=1,2,1", "--tile-height=1,1"],
    "lossless": ["--lossless=1"],
    "screen": ["--tune-content=screen", "--enable-palette=1", "--enable-intrabc=1"],
    "timing": ["--timing-info=model"],
    "constant timing": ["--timing-info=constant"],
    "grain": ["--film-grain-test=5"],
    "qm and aq": ["--enable-qm=1", "--aq-mode=1", "--end-usage=q", "--cq-level=30"],
    "sb 128": ["--sb-size=128", "--enable-restoration=1"],
    "monochrome": ["--monochrome"],
    "resized, error resilient": [
        "--error-resilient=1",
        "--resize-mode=1",
        "--resize-denominator=12",
    ],
}


@pytest.mark.parametrize("options", AOMENC.values(), ids=AOMENC)
def test_aomenc(options, tmp_path):
    picture_options = {"chroma": "422", "depth": 12} if "--profile=2" in options else {}
    stream = aomenc(tmp_path, *options, width=340, height=200, **picture_options)
    assert_traced(stream)
    assert rewrite(iter_obus(stream)) == stream


def test_rav1e(tmp_path):
    file = encode(
        tmp_path, "rav1e", "-I", "1", "-s", "10", "--tiles", "4", "-o", "{output}", "{input}", width=600
    )
    stream = b"".join(bytes(frame.data) for frame in read_ivf(file)[1])
    assert_traced(stream)
    assert rewrite(iter_obus(stream)) == stream


# --- Random headers: every branch of the syntax, most of which no encoder takes


@pytest.mark.parametrize("seed", range(40))
def test_random_headers_as_ffmpeg_reads_them(seed):
    assert_random_headers_traced(seed)


@pytest.mark.parametrize("seed", range(100, 160))
def test_random_headers_read_and_written_back(seed):
    sequence, coded = random_stream(seed)
    read_sequence = SequenceHeader()
    sequence_header_obu(BitReader(sequence_header_payload(sequence)), read_sequence)
    assert read_sequence == sequence
    for frame in coded:
        header = FrameHeader()
        io = BitReader(frame.data)
        uncompressed_header(io, header, sequence, copied(frame.references))
        assert header == frame.header
        assert io.position == frame.bits
        writer = BitWriter()
        uncompressed_header(writer, header, sequence, copied(frame.references))
        assert (writer.position, writer.getvalue()) == (frame.bits, frame.data)


@pytest.mark.parametrize("seed", range(10))
def test_a_header_cut_anywhere(seed):
    sequence, coded = random_stream(seed, length=1)
    data = coded[0].data
    for end in range(len(data)):
        with pytest.raises(BitstreamError) as caught:
            uncompressed_header(BitReader(data, 0, end, base=1000), FrameHeader(), sequence, ReferenceState())
        assert 1000 <= caught.value.offset <= 1000 + end


# --- What the standard forbids


def write_sequence(**values):
    color = {name: values.pop(name) for name in list(values) if not hasattr(SequenceHeader(), name)}
    sequence = SequenceHeader(**values)
    for name, value in color.items():
        setattr(sequence.color_config, name, value)
    sequence_header_obu(BitWriter(), sequence)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seq_profile": 3}, "seq_profile 3 is reserved"),
        ({"reduced_still_picture_header": 1}, "without still_picture"),
        (
            {
                "frame_id_numbers_present_flag": 1,
                "delta_frame_id_length_minus_2": 13,
                "additional_frame_id_length_minus_1": 1,
            },
            "more than 16 bits",
        ),
        ({"color_description_present_flag": 1, "matrix_coefficients": 0}, "identity matrix needs 4:4:4"),
        (
            {
                "color_description_present_flag": 1,
                "color_primaries": 1,
                "transfer_characteristics": 13,
                "matrix_coefficients": 0,
            },
            "seq_profile 0 does not allow the 4:4:4",
        ),
    ],
)
def test_forbidden_sequence_headers(values, message):
    with pytest.raises(BitstreamError, match=message):
        write_sequence(**values)


def test_values_that_decoding_does_not_depend_on():
    sequence = SequenceHeader(
        timing_info_present_flag=1,
        decoder_model_info_present_flag=1,
        operating_points=[OperatingPoint(), OperatingPoint()],
    )
    sequence.timing_info.num_units_in_display_tick = sequence.timing_info.time_scale = 0
    sequence.decoder_model_info.num_units_in_decoding_tick = 0
    sequence.color_config.chroma_sample_position = 3
    io = BitWriter()
    sequence_header_obu(io, sequence)
    read = SequenceHeader()
    sequence_header_obu(BitReader(io.getvalue()), read)
    assert read == sequence


def small_sequence(**values):
    sequence = SequenceHeader(max_frame_width_minus_1=99, max_frame_height_minus_1=49, **values)
    sequence_header_obu(BitWriter(), sequence)
    return sequence


def write_frame(sequence, references=None, **values):
    header = FrameHeader(**values)
    uncompressed_header(BitWriter(), header, sequence, references or ReferenceState())
    return header


def test_intra_only_frame_must_not_refresh_all():
    with pytest.raises(BitstreamError, match="refresh_frame_flags"):
        write_frame(small_sequence(), frame_type=INTRA_ONLY_FRAME, refresh_frame_flags=255)


def test_frame_larger_than_the_sequence():
    header = FrameHeader(frame_size_override_flag=1)
    header.size.upscaled_width = 101
    with pytest.raises(BitstreamError, match="frame_width_minus_1: 101 exceeds the sequence's 100"):
        uncompressed_header(BitWriter(), header, small_sequence(), ReferenceState())


def test_show_existing_frame():
    sequence, references = small_sequence(), ReferenceState()
    with pytest.raises(BitstreamError, match="slot 2 holds no frame"):
        write_frame(sequence, references, show_existing_frame=1, frame_to_show_map_idx=2)
    hidden = write_frame(sequence, references, show_frame=0, showable_frame=1, refresh_frame_flags=1 << 2)
    references.update(hidden)
    shown = write_frame(sequence, references, show_existing_frame=1, frame_to_show_map_idx=2)
    assert shown.frame_type == KEY_FRAME
    assert shown.refresh_frame_flags == 255
    assert shown.size == hidden.size
    references.update(shown)
    assert all(frame is hidden for frame in references.frames)
    with pytest.raises(BitstreamError, match="cannot be shown"):
        write_frame(sequence, references, show_existing_frame=1, frame_to_show_map_idx=5)


def test_lossless():
    sequence = small_sequence(enable_cdef=1, enable_restoration=1, film_grain_params_present=1)
    header = write_frame(sequence, tx_mode=TX_MODE_LARGEST)
    assert header.coded_lossless
    assert header.all_lossless
    assert header.tx_mode == 0
    header = FrameHeader()
    header.quantization.delta_q_u_ac = -3
    uncompressed_header(BitWriter(), header, sequence, ReferenceState())
    assert not header.coded_lossless
    header = FrameHeader()
    header.quantization.base_q_idx = 5
    header.delta.delta_q_present = 1
    header.segmentation.segmentation_enabled = 1
    for i in range(8):
        header.segmentation.feature_enabled[i][0] = 1
        header.segmentation.feature_value[i][0] = -5
    with pytest.raises(BitstreamError, match="delta_q_present in a lossless frame"):
        uncompressed_header(BitWriter(), header, sequence, ReferenceState())


def test_film_grain_rules():
    sequence = small_sequence(film_grain_params_present=1)
    for points, message in [
        ({"point_y": [(i, 0) for i in range(15)]}, "num_y_points 15 exceeds 14"),
        ({"point_y": [(4, 0), (4, 1)]}, r"point_y_value\[1\] does not increase"),
        ({"point_y": [(4, 0)], "point_cb": [(i, 0) for i in range(11)]}, "num_cb_points 11 exceeds 10"),
        ({"point_y": [(4, 0)], "point_cb": [(4, 0)]}, "num_cr_points"),
    ]:
        header = FrameHeader()
        header.film_grain.apply_grain = 1
        for name, value in points.items():
            setattr(header.film_grain, name, value)
        with pytest.raises(BitstreamError, match=message):
            uncompressed_header(BitWriter(), header, sequence, ReferenceState())


def test_tile_limits():
    too_many = TileInfo(uniform_tile_spacing_flag=0, width_in_sbs_minus_1=[0] * 80)
    with pytest.raises(BitstreamError, match="TileCols exceeds 64"):
        tile_info(BitWriter(), too_many, 80 * 16, 16, 0)
    beyond = TileInfo(uniform_tile_spacing_flag=0, width_in_sbs_minus_1=[0, 0, 0], context_update_tile_id=3)
    with pytest.raises(BitstreamError, match="context_update_tile_id 3 of 3 tiles"):
        tile_info(BitWriter(), beyond, 48, 16, 0)


def test_the_largest_frame_has_enough_tiles():
    info = TileInfo()
    tile_info(BitWriter(), info, 16384, 16384, 0)
    assert info.num_tiles >= 65536 * 65536 / (4096 * 2304)
    assert info.mi_col_starts[-1] == info.mi_row_starts[-1] == 16384


# --- Derived values, against the standard's pseudo-code


@pytest.mark.parametrize("seed", range(300, 330))
def test_derived_values_of_random_headers(seed):
    sequence, coded = random_stream(seed)
    for frame in coded:
        header = frame.header
        if header.show_existing_frame:
            continue
        size, tiles, segments = header.size, header.tile_info, header.segmentation
        assert size.frame_width == spec.superres(size.upscaled_width, size.superres_denom)
        assert (size.mi_cols, size.mi_rows) == spec.compute_image_size(size.frame_width, size.frame_height)
        layout = spec.tile_info(
            size.mi_cols,
            size.mi_rows,
            sequence.use_128x128_superblock,
            tiles.uniform_tile_spacing_flag,
            tiles.tile_cols_log2,
            tiles.tile_rows_log2,
            tiles.width_in_sbs_minus_1,
            tiles.height_in_sbs_minus_1,
        )
        assert layout == (
            tiles.mi_col_starts,
            tiles.mi_row_starts,
            tiles.tile_cols_log2,
            tiles.tile_rows_log2,
        )
        quantization = header.quantization
        deltas = [
            getattr(quantization, f"delta_q_{name}") for name in ("y_dc", "u_dc", "u_ac", "v_dc", "v_ac")
        ]
        for i in range(8):
            alt_q = segments.feature_enabled[i][0], segments.feature_data[i][0]
            qindex = spec.get_qindex(quantization.base_q_idx, segments.segmentation_enabled, *alt_q)
            lossless = qindex == 0 and not any(deltas)
            assert (header.qindex[i], header.lossless_array[i]) == (qindex, lossless)
            levels = (quantization.qm_y, quantization.qm_u, quantization.qm_v)
            flat = lossless or not quantization.using_qmatrix
            assert [plane[i] for plane in header.seg_qm_level] == ([15] * 3 if flat else list(levels))
        assert header.coded_lossless == all(header.lossless_array)
        assert header.all_lossless == (header.coded_lossless and size.frame_width == size.upscaled_width)
        active = [i for i in range(8) if any(segments.feature_enabled[i])]
        assert segments.last_active_seg_id == max(active, default=0)
        assert segments.seg_id_pre_skip == any(
            segments.feature_enabled[i][j] for i in range(8) for j in (5, 6, 7)
        )


def test_segment_features_are_clipped():
    coded = SegmentationParams(segmentation_enabled=1)
    for j, value in enumerate((-256, -64, 63, -63, -64, 7, 0, 0)):
        coded.feature_enabled[2][j] = 1
        coded.feature_value[2][j] = value
    io = BitWriter()
    segmentation_params(io, coded)
    assert coded.feature_data[2] == [-255, -63, 63, -63, -63, 7, 0, 0]
    read = SegmentationParams()
    segmentation_params(BitReader(io.getvalue()), read)
    assert read == coded


@pytest.mark.parametrize("use_128x128", [0, 1])
@pytest.mark.parametrize("is_420", [False, True])
@pytest.mark.parametrize("num_planes", [1, 3])
def test_loop_restoration(use_128x128, is_420, num_planes):
    shifts = [(0, 0), (1, 0), (1, 1)]
    for lr_types in itertools.product(range(4), repeat=num_planes):
        for (shift, extra), uv_shift in itertools.product(shifts, range(2)):
            io = BitWriter()
            for lr_type in lr_types:
                io.f(2, lr_type)
            io.f(1, shift)
            if shift and not use_128x128:
                io.f(1, extra)
            io.f(1, uv_shift)
            params = LrParams()
            lr_params(BitReader(io.getvalue()), params, num_planes, use_128x128, is_420)
            types, sizes = spec.loop_restoration_size(use_128x128, is_420, lr_types, shift, extra, uv_shift)
            assert params.frame_restoration_type[:num_planes] == types
            if params.uses_lr:
                assert params.loop_restoration_size == sizes


def test_loop_restoration_of_no_chroma():
    """Types of planes that do not exist write nothing: read back, luma alone is as it was."""
    for luma, bits in ((0, 2), (1, 3)):
        io, read = BitWriter(), LrParams()
        params = LrParams(frame_restoration_type=[luma, 2, 3])
        lr_params(io, params, 1, 0, True)
        assert io.position == bits
        lr_params(BitReader(io.getvalue()), read, 1, 0, True)
        assert read == params and params.frame_restoration_type == [luma, 0, 0]


def test_cdef_strengths():
    io = BitWriter()
    for n, value in ((2, 3), (2, 1), (4, 15), (2, 3), (4, 1), (2, 2), (4, 0), (2, 0), (4, 7), (2, 3)):
        io.f(n, value)
    params = CdefParams()
    cdef_params(BitReader(io.getvalue()), params, 3)
    assert (params.cdef_damping, params.cdef_bits) == (6, 1)
    assert (params.cdef_y_pri_strength[:2], params.cdef_y_sec_strength[:2]) == ([15, 0], [4, 0])
    assert (params.cdef_uv_pri_strength[:2], params.cdef_uv_sec_strength[:2]) == ([1, 7], [2, 4])
    params.cdef_y_sec_strength[0] = 3
    with pytest.raises(BitstreamError, match="cannot be coded"):
        cdef_params(BitWriter(), params, 3)
