"""The sequence header: what holds for every frame of a coded video sequence (AV1 specification 5.5).

`sequence_header_obu` reads or writes one, field by field; the values are a `SequenceHeader`.
"""

from dataclasses import dataclass, field

from cfl.av1.headers.bits import BitFields
from cfl.av1.tables.constants import MC_IDENTITY, SELECT_INTEGER_MV, SELECT_SCREEN_CONTENT_TOOLS

CP_BT_709 = 1
CP_UNSPECIFIED = 2
TC_UNSPECIFIED = 2
TC_SRGB = 13
MC_UNSPECIFIED = 2
CSP_UNKNOWN = 0

BUFFER_POOL_MAX_SIZE = 10
_PROFILES = 3


@dataclass(slots=True)
class OperatingPoint:
    """An operating point: layers to decode, and what they require of a decoder (5.5.1, 5.5.5)."""

    operating_point_idc: int = 0
    """Bit k: temporal layer k is part of it; bit 8 + j: spatial layer j. 0: everything is decoded."""
    seq_level_idx: int = 31
    seq_tier: int = 0
    decoder_model_present_for_this_op: int = 0
    decoder_buffer_delay: int = 0
    encoder_buffer_delay: int = 0
    low_delay_mode_flag: int = 0
    initial_display_delay_present_for_this_op: int = 0
    initial_display_delay_minus_1: int = BUFFER_POOL_MAX_SIZE - 1

    def contains(self, temporal_id: int, spatial_id: int) -> bool:
        """Whether data of this layer are decoded at this operating point."""
        idc = self.operating_point_idc
        return idc == 0 or bool(idc >> temporal_id & 1 and idc >> (spatial_id + 8) & 1)


@dataclass(slots=True)
class TimingInfo:
    """How long a tick of the display clock lasts (5.5.3)."""

    num_units_in_display_tick: int = 1
    time_scale: int = 1
    equal_picture_interval: int = 0
    num_ticks_per_picture_minus_1: int = 0


@dataclass(slots=True)
class DecoderModelInfo:
    """Lengths of the decoder model's fields (5.5.4)."""

    buffer_delay_length_minus_1: int = 0
    num_units_in_decoding_tick: int = 1
    buffer_removal_time_length_minus_1: int = 0
    frame_presentation_time_length_minus_1: int = 0


@dataclass(slots=True)
class ColorConfig:
    """Bit depth, subsampling and colour description (5.5.2)."""

    high_bitdepth: int = 0
    twelve_bit: int = 0
    mono_chrome: int = 0
    color_description_present_flag: int = 0
    color_primaries: int = CP_UNSPECIFIED
    transfer_characteristics: int = TC_UNSPECIFIED
    matrix_coefficients: int = MC_UNSPECIFIED
    color_range: int = 0
    subsampling_x: int = 1
    subsampling_y: int = 1
    chroma_sample_position: int = CSP_UNKNOWN
    separate_uv_delta_q: int = 0

    bit_depth: int = 8
    """Derived: 8, 10 or 12."""
    num_planes: int = 3
    """Derived: 1 or 3."""

    @property
    def subsampling(self) -> str:
        """4:0:0, 4:2:0, 4:2:2 or 4:4:4."""
        if self.mono_chrome:
            return "4:0:0"
        return {(1, 1): "4:2:0", (1, 0): "4:2:2", (0, 0): "4:4:4"}[self.subsampling_x, self.subsampling_y]


@dataclass(slots=True)
class SequenceHeader:
    """The values of a sequence header; the names are the standard's.

    Reading and writing both set what is derived from the fields: `color_config.bit_depth`,
    `color_config.num_planes`, `order_hint_bits`, and the fields that are inferred where they are not coded.
    """

    seq_profile: int = 0
    still_picture: int = 0
    reduced_still_picture_header: int = 0
    timing_info_present_flag: int = 0
    timing_info: TimingInfo = field(default_factory=TimingInfo)
    decoder_model_info_present_flag: int = 0
    decoder_model_info: DecoderModelInfo = field(default_factory=DecoderModelInfo)
    initial_display_delay_present_flag: int = 0
    operating_points: list[OperatingPoint] = field(default_factory=lambda: [OperatingPoint()])
    frame_width_bits_minus_1: int = 15
    frame_height_bits_minus_1: int = 15
    max_frame_width_minus_1: int = 0
    max_frame_height_minus_1: int = 0
    frame_id_numbers_present_flag: int = 0
    delta_frame_id_length_minus_2: int = 0
    additional_frame_id_length_minus_1: int = 0
    use_128x128_superblock: int = 0
    enable_filter_intra: int = 0
    enable_intra_edge_filter: int = 0
    enable_interintra_compound: int = 0
    enable_masked_compound: int = 0
    enable_warped_motion: int = 0
    enable_dual_filter: int = 0
    enable_order_hint: int = 0
    enable_jnt_comp: int = 0
    enable_ref_frame_mvs: int = 0
    seq_choose_screen_content_tools: int = 1
    seq_force_screen_content_tools: int = SELECT_SCREEN_CONTENT_TOOLS
    seq_choose_integer_mv: int = 1
    seq_force_integer_mv: int = SELECT_INTEGER_MV
    order_hint_bits_minus_1: int = 0
    enable_superres: int = 0
    enable_cdef: int = 0
    enable_restoration: int = 0
    color_config: ColorConfig = field(default_factory=ColorConfig)
    film_grain_params_present: int = 0

    order_hint_bits: int = 0
    """Derived: OrderHintBits, 0 without order hints."""

    @property
    def id_len(self) -> int:
        """Bits of a frame id (idLen)."""
        return self.additional_frame_id_length_minus_1 + self.delta_frame_id_length_minus_2 + 3

    @property
    def temporal_point_info_present(self) -> bool:
        """Whether shown frames carry their presentation time."""
        return bool(self.decoder_model_info_present_flag and not self.timing_info.equal_picture_interval)


def sequence_header_obu(io: BitFields, header: SequenceHeader) -> None:
    """Read `header` from `io`, or write it there, without trailing bits (AV1 specification 5.5.1).

    Raises
    ------
    BitstreamError
        A value that the standard forbids, named, or the data end early. What decoding does not depend on
        (timing, the chroma sample position) may have any value.
    """
    header.seq_profile = io.f(3, header.seq_profile)
    io.check(header.seq_profile < _PROFILES, f"seq_profile {header.seq_profile} is reserved")
    header.still_picture = io.f(1, header.still_picture)
    header.reduced_still_picture_header = io.f(1, header.reduced_still_picture_header)
    reduced = header.reduced_still_picture_header
    io.check(header.still_picture >= reduced, "reduced_still_picture_header without still_picture")
    if reduced:
        _reduced_operating_point(io, header)
    else:
        _timing(io, header)
        _operating_points(io, header)
    _max_frame_size(io, header)
    if reduced:
        header.frame_id_numbers_present_flag = 0
    else:
        _frame_id_numbers(io, header)
    header.use_128x128_superblock = io.f(1, header.use_128x128_superblock)
    header.enable_filter_intra = io.f(1, header.enable_filter_intra)
    header.enable_intra_edge_filter = io.f(1, header.enable_intra_edge_filter)
    if reduced:
        _no_inter_tools(header)
    else:
        _inter_tools(io, header)
    header.enable_superres = io.f(1, header.enable_superres)
    header.enable_cdef = io.f(1, header.enable_cdef)
    header.enable_restoration = io.f(1, header.enable_restoration)
    color_config(io, header.color_config, header.seq_profile)
    header.film_grain_params_present = io.f(1, header.film_grain_params_present)


def _reduced_operating_point(io: BitFields, header: SequenceHeader) -> None:
    header.timing_info_present_flag = 0
    header.decoder_model_info_present_flag = 0
    header.initial_display_delay_present_flag = 0
    header.operating_points = [
        OperatingPoint(seq_level_idx=io.f(5, header.operating_points[0].seq_level_idx))
    ]


def _timing(io: BitFields, header: SequenceHeader) -> None:
    header.timing_info_present_flag = io.f(1, header.timing_info_present_flag)
    if header.timing_info_present_flag:
        timing_info(io, header.timing_info)
        header.decoder_model_info_present_flag = io.f(1, header.decoder_model_info_present_flag)
        if header.decoder_model_info_present_flag:
            decoder_model_info(io, header.decoder_model_info)
    else:
        header.decoder_model_info_present_flag = 0
    header.initial_display_delay_present_flag = io.f(1, header.initial_display_delay_present_flag)


def _operating_points(io: BitFields, header: SequenceHeader) -> None:
    count = io.f(5, len(header.operating_points) - 1) + 1
    while len(header.operating_points) < count:
        header.operating_points.append(OperatingPoint())
    for op in header.operating_points:
        _operating_point(io, op, header)


def _operating_point(io: BitFields, op: OperatingPoint, header: SequenceHeader) -> None:
    op.operating_point_idc = io.f(12, op.operating_point_idc)
    op.seq_level_idx = io.f(5, op.seq_level_idx)
    op.seq_tier = io.f(1, op.seq_tier) if op.seq_level_idx > 7 else 0
    op.decoder_model_present_for_this_op = (
        io.f(1, op.decoder_model_present_for_this_op) if header.decoder_model_info_present_flag else 0
    )
    if op.decoder_model_present_for_this_op:
        n = header.decoder_model_info.buffer_delay_length_minus_1 + 1
        op.decoder_buffer_delay = io.f(n, op.decoder_buffer_delay)
        op.encoder_buffer_delay = io.f(n, op.encoder_buffer_delay)
        op.low_delay_mode_flag = io.f(1, op.low_delay_mode_flag)
    op.initial_display_delay_present_for_this_op = (
        io.f(1, op.initial_display_delay_present_for_this_op)
        if header.initial_display_delay_present_flag
        else 0
    )
    if op.initial_display_delay_present_for_this_op:
        op.initial_display_delay_minus_1 = io.f(4, op.initial_display_delay_minus_1)


def timing_info(io: BitFields, info: TimingInfo) -> None:
    """5.5.3."""
    info.num_units_in_display_tick = io.f(32, info.num_units_in_display_tick)
    info.time_scale = io.f(32, info.time_scale)
    info.equal_picture_interval = io.f(1, info.equal_picture_interval)
    if info.equal_picture_interval:
        info.num_ticks_per_picture_minus_1 = io.uvlc(info.num_ticks_per_picture_minus_1)


def decoder_model_info(io: BitFields, info: DecoderModelInfo) -> None:
    """5.5.4."""
    info.buffer_delay_length_minus_1 = io.f(5, info.buffer_delay_length_minus_1)
    info.num_units_in_decoding_tick = io.f(32, info.num_units_in_decoding_tick)
    info.buffer_removal_time_length_minus_1 = io.f(5, info.buffer_removal_time_length_minus_1)
    info.frame_presentation_time_length_minus_1 = io.f(5, info.frame_presentation_time_length_minus_1)


def _max_frame_size(io: BitFields, header: SequenceHeader) -> None:
    # At most 16 bits each: a frame never exceeds 65536x65536.
    header.frame_width_bits_minus_1 = io.f(4, header.frame_width_bits_minus_1)
    header.frame_height_bits_minus_1 = io.f(4, header.frame_height_bits_minus_1)
    header.max_frame_width_minus_1 = io.f(header.frame_width_bits_minus_1 + 1, header.max_frame_width_minus_1)
    header.max_frame_height_minus_1 = io.f(
        header.frame_height_bits_minus_1 + 1, header.max_frame_height_minus_1
    )


def _frame_id_numbers(io: BitFields, header: SequenceHeader) -> None:
    header.frame_id_numbers_present_flag = io.f(1, header.frame_id_numbers_present_flag)
    if header.frame_id_numbers_present_flag:
        header.delta_frame_id_length_minus_2 = io.f(4, header.delta_frame_id_length_minus_2)
        header.additional_frame_id_length_minus_1 = io.f(3, header.additional_frame_id_length_minus_1)
        io.check(header.id_len <= 16, "additional_frame_id_length_minus_1: frame ids of more than 16 bits")


def _no_inter_tools(header: SequenceHeader) -> None:
    header.enable_interintra_compound = 0
    header.enable_masked_compound = 0
    header.enable_warped_motion = 0
    header.enable_dual_filter = 0
    header.enable_order_hint = 0
    header.enable_jnt_comp = 0
    header.enable_ref_frame_mvs = 0
    header.seq_choose_screen_content_tools = 1
    header.seq_force_screen_content_tools = SELECT_SCREEN_CONTENT_TOOLS
    header.seq_choose_integer_mv = 1
    header.seq_force_integer_mv = SELECT_INTEGER_MV
    header.order_hint_bits = 0


def _inter_tools(io: BitFields, header: SequenceHeader) -> None:
    header.enable_interintra_compound = io.f(1, header.enable_interintra_compound)
    header.enable_masked_compound = io.f(1, header.enable_masked_compound)
    header.enable_warped_motion = io.f(1, header.enable_warped_motion)
    header.enable_dual_filter = io.f(1, header.enable_dual_filter)
    header.enable_order_hint = io.f(1, header.enable_order_hint)
    header.enable_jnt_comp = io.f(1, header.enable_jnt_comp) if header.enable_order_hint else 0
    header.enable_ref_frame_mvs = io.f(1, header.enable_ref_frame_mvs) if header.enable_order_hint else 0
    header.seq_choose_screen_content_tools = io.f(1, header.seq_choose_screen_content_tools)
    if header.seq_choose_screen_content_tools:
        header.seq_force_screen_content_tools = SELECT_SCREEN_CONTENT_TOOLS
    else:
        header.seq_force_screen_content_tools = io.f(1, header.seq_force_screen_content_tools)
    header.seq_choose_integer_mv = (
        io.f(1, header.seq_choose_integer_mv) if header.seq_force_screen_content_tools else 1
    )
    if header.seq_choose_integer_mv:
        header.seq_force_integer_mv = SELECT_INTEGER_MV
    else:
        header.seq_force_integer_mv = io.f(1, header.seq_force_integer_mv)
    if header.enable_order_hint:
        header.order_hint_bits_minus_1 = io.f(3, header.order_hint_bits_minus_1)
    header.order_hint_bits = header.order_hint_bits_minus_1 + 1 if header.enable_order_hint else 0


def color_config(io: BitFields, color: ColorConfig, seq_profile: int) -> None:
    """5.5.2."""
    color.high_bitdepth = io.f(1, color.high_bitdepth)
    color.twelve_bit = io.f(1, color.twelve_bit) if seq_profile == 2 and color.high_bitdepth else 0
    color.bit_depth = 12 if color.twelve_bit else 10 if color.high_bitdepth else 8
    color.mono_chrome = 0 if seq_profile == 1 else io.f(1, color.mono_chrome)
    color.num_planes = 1 if color.mono_chrome else 3
    _color_description(io, color)
    if color.mono_chrome:
        color.color_range = io.f(1, color.color_range)
        color.subsampling_x = color.subsampling_y = 1
        color.chroma_sample_position = CSP_UNKNOWN
        color.separate_uv_delta_q = 0
        return
    if (
        color.color_primaries == CP_BT_709
        and color.transfer_characteristics == TC_SRGB
        and color.matrix_coefficients == MC_IDENTITY
    ):
        color.color_range = 1
        color.subsampling_x = color.subsampling_y = 0
        io.check(
            seq_profile == 1 or (seq_profile == 2 and color.bit_depth == 12),
            f"seq_profile {seq_profile} does not allow the 4:4:4 that sRGB with the identity matrix implies",
        )
    else:
        color.color_range = io.f(1, color.color_range)
        _subsampling(io, color, seq_profile)
        if color.subsampling_x and color.subsampling_y:
            color.chroma_sample_position = io.f(2, color.chroma_sample_position)
        else:
            color.chroma_sample_position = CSP_UNKNOWN
    if color.matrix_coefficients == MC_IDENTITY:
        io.check(color.subsampling_x == 0, "matrix_coefficients: the identity matrix needs 4:4:4")
    color.separate_uv_delta_q = io.f(1, color.separate_uv_delta_q)


def _color_description(io: BitFields, color: ColorConfig) -> None:
    color.color_description_present_flag = io.f(1, color.color_description_present_flag)
    if color.color_description_present_flag:
        color.color_primaries = io.f(8, color.color_primaries)
        color.transfer_characteristics = io.f(8, color.transfer_characteristics)
        color.matrix_coefficients = io.f(8, color.matrix_coefficients)
    else:
        color.color_primaries = CP_UNSPECIFIED
        color.transfer_characteristics = TC_UNSPECIFIED
        color.matrix_coefficients = MC_UNSPECIFIED


def _subsampling(io: BitFields, color: ColorConfig, seq_profile: int) -> None:
    if seq_profile == 0:
        color.subsampling_x = color.subsampling_y = 1
    elif seq_profile == 1:
        color.subsampling_x = color.subsampling_y = 0
    elif color.bit_depth == 12:
        color.subsampling_x = io.f(1, color.subsampling_x)
        color.subsampling_y = io.f(1, color.subsampling_y) if color.subsampling_x else 0
    else:
        color.subsampling_x = 1
        color.subsampling_y = 0
