"""The frame header of key frames and intra-only frames (AV1 specification 5.9).

`uncompressed_header` reads or writes one, field by field; the values are a `FrameHeader`. A frame that
needs inter prediction raises `UnsupportedFeature`, which names it.
"""

import copy

from cfl.av1.headers.bits import BitFields
from cfl.av1.headers.film_grain import FilmGrainParams, film_grain_params
from cfl.av1.headers.filters import (
    CdefParams,
    LoopFilterParams,
    LrParams,
    cdef_params,
    loop_filter_params,
    lr_params,
)
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.frame_size import frame_size, render_size
from cfl.av1.headers.quantization import (
    delta_params,
    get_qindex,
    quantization_params,
    segmentation_params,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.headers.tile_info import tile_info
from cfl.av1.tables.constants import (
    ALL_FRAMES,
    INTRA_ONLY_FRAME,
    KEY_FRAME,
    MAX_SEGMENTS,
    NUM_REF_FRAMES,
    ONLY_4X4,
    PRIMARY_REF_NONE,
    SELECT_INTEGER_MV,
    SELECT_SCREEN_CONTENT_TOOLS,
    TX_MODE_LARGEST,
    TX_MODE_SELECT,
)
from cfl.errors import UnsupportedFeature

FRAME_TYPES = ("KEY_FRAME", "INTER_FRAME", "INTRA_ONLY_FRAME", "SWITCH_FRAME")


def uncompressed_header(
    io: BitFields,
    header: FrameHeader,
    sequence: SequenceHeader,
    references: ReferenceState,
    temporal_id: int = 0,
    spatial_id: int = 0,
) -> None:
    """Read `header` from `io`, or write it there (AV1 specification 5.9.2).

    Parameters
    ----------
    io : BitFields
    header : FrameHeader
        Filled when reading; when writing, its fields are written and what is derived is filled.
    sequence : SequenceHeader
    references : ReferenceState
        What earlier frames have left; this header invalidates slots. When the frame is complete, the caller
        must call `ReferenceState.update`.
    temporal_id, spatial_id : int
        The layer, from the OBU's extension header.

    Raises
    ------
    BitstreamError
        A value the standard reserves or forbids, named, or the data end early.
    UnsupportedFeature
        The frame needs inter prediction. `header.frame_type` and `header.show_frame` are read by then.
    """
    if sequence.reduced_still_picture_header:
        header.show_existing_frame = 0
        header.frame_type = KEY_FRAME
        header.show_frame = 1
        header.showable_frame = 0
        header.error_resilient_mode = 1
    else:
        header.show_existing_frame = io.f(1, header.show_existing_frame)
        if header.show_existing_frame:
            _show_existing_frame(io, header, sequence, references)
            return
        _frame_type(io, header, sequence)
    _tools_and_ids(io, header, sequence, references)
    _buffer_removal_times(io, header, sequence, temporal_id, spatial_id)
    _refresh(io, header, sequence, references)
    frame_size(io, header.size, sequence, header.frame_size_override_flag)
    render_size(io, header.size)
    if header.allow_screen_content_tools and header.size.upscaled_width == header.size.frame_width:
        header.allow_intrabc = io.f(1, header.allow_intrabc)
    else:
        header.allow_intrabc = 0
    if sequence.reduced_still_picture_header or header.disable_cdf_update:
        header.disable_frame_end_update_cdf = 1
    else:
        header.disable_frame_end_update_cdf = io.f(1, header.disable_frame_end_update_cdf)
    _coding_params(io, header, sequence)


def _show_existing_frame(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    header.frame_to_show_map_idx = io.f(3, header.frame_to_show_map_idx)
    if sequence.temporal_point_info_present:
        _temporal_point_info(io, header, sequence)
    idx = header.frame_to_show_map_idx
    shown = references.frames[idx]
    if shown is None or not references.valid[idx]:
        io.check(False, f"frame_to_show_map_idx: slot {idx} holds no frame")
        return
    io.check(references.showable[idx], f"frame_to_show_map_idx: the frame of slot {idx} cannot be shown")
    if sequence.frame_id_numbers_present_flag:
        header.display_frame_id = io.f(sequence.id_len, header.display_frame_id)
        io.check(
            header.display_frame_id == shown.current_frame_id,
            f"display_frame_id {header.display_frame_id} is not that of slot {idx}, {shown.current_frame_id}",
        )
    header.frame_type = shown.frame_type
    header.refresh_frame_flags = ALL_FRAMES if shown.frame_type == KEY_FRAME else 0
    header.current_frame_id = shown.current_frame_id
    header.order_hint = shown.order_hint
    header.size = copy.copy(shown.size)
    header.film_grain = copy.deepcopy(shown.film_grain)


def _temporal_point_info(io: BitFields, header: FrameHeader, sequence: SequenceHeader) -> None:
    n = sequence.decoder_model_info.frame_presentation_time_length_minus_1 + 1
    header.frame_presentation_time = io.f(n, header.frame_presentation_time)


def _frame_type(io: BitFields, header: FrameHeader, sequence: SequenceHeader) -> None:
    header.frame_type = io.f(2, header.frame_type)
    header.show_frame = io.f(1, header.show_frame)
    if header.frame_type not in (KEY_FRAME, INTRA_ONLY_FRAME):
        raise UnsupportedFeature(f"inter prediction: frame type {FRAME_TYPES[header.frame_type]}")
    if header.show_frame and sequence.temporal_point_info_present:
        _temporal_point_info(io, header, sequence)
    if header.show_frame:
        header.showable_frame = int(header.frame_type != KEY_FRAME)
    else:
        header.showable_frame = io.f(1, header.showable_frame)
    if header.frame_type == KEY_FRAME and header.show_frame:
        header.error_resilient_mode = 1
    else:
        header.error_resilient_mode = io.f(1, header.error_resilient_mode)


def _tools_and_ids(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    if header.frame_type == KEY_FRAME and header.show_frame:
        references.invalidate()
    header.disable_cdf_update = io.f(1, header.disable_cdf_update)
    if sequence.seq_force_screen_content_tools == SELECT_SCREEN_CONTENT_TOOLS:
        header.allow_screen_content_tools = io.f(1, header.allow_screen_content_tools)
    else:
        header.allow_screen_content_tools = sequence.seq_force_screen_content_tools
    if header.allow_screen_content_tools and sequence.seq_force_integer_mv == SELECT_INTEGER_MV:
        header.force_integer_mv = io.f(1, header.force_integer_mv)
    if sequence.frame_id_numbers_present_flag:
        header.current_frame_id = io.f(sequence.id_len, header.current_frame_id)
        references.mark_ref_frames(
            header.current_frame_id, sequence.id_len, sequence.delta_frame_id_length_minus_2 + 2
        )
    else:
        header.current_frame_id = 0
    if sequence.reduced_still_picture_header:
        header.frame_size_override_flag = 0
    else:
        header.frame_size_override_flag = io.f(1, header.frame_size_override_flag)
    header.order_hint = io.f(sequence.order_hint_bits, header.order_hint)


def _buffer_removal_times(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, temporal_id: int, spatial_id: int
) -> None:
    if not sequence.decoder_model_info_present_flag:
        header.buffer_removal_time_present_flag = 0
        return
    header.buffer_removal_time_present_flag = io.f(1, header.buffer_removal_time_present_flag)
    if not header.buffer_removal_time_present_flag:
        return
    n = sequence.decoder_model_info.buffer_removal_time_length_minus_1 + 1
    for op_num, op in enumerate(sequence.operating_points):
        if op.decoder_model_present_for_this_op and op.contains(temporal_id, spatial_id):
            header.buffer_removal_time[op_num] = io.f(n, header.buffer_removal_time.get(op_num, 0))


def _refresh(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    if header.frame_type == KEY_FRAME and header.show_frame:
        header.refresh_frame_flags = ALL_FRAMES
    else:
        header.refresh_frame_flags = io.f(8, header.refresh_frame_flags)
    if header.frame_type == INTRA_ONLY_FRAME:
        io.check(
            header.refresh_frame_flags != ALL_FRAMES,
            "refresh_frame_flags: an intra-only frame must not refresh every slot",
        )
    if (
        header.refresh_frame_flags != ALL_FRAMES
        and header.error_resilient_mode
        and sequence.enable_order_hint
    ):
        header.ref_order_hint = io.fields(NUM_REF_FRAMES, sequence.order_hint_bits, header.ref_order_hint)
        references.expect_order_hints(header.ref_order_hint)


def _coding_params(io: BitFields, header: FrameHeader, sequence: SequenceHeader) -> None:
    """Everything from tile_info on."""
    color = sequence.color_config
    size = header.size
    tile_info(io, header.tile_info, size.mi_cols, size.mi_rows, sequence.use_128x128_superblock)
    quantization_params(io, header.quantization, color.num_planes, color.separate_uv_delta_q)
    segmentation_params(io, header.segmentation)
    delta_params(io, header.delta, header.quantization.base_q_idx, header.allow_intrabc)
    _derive_lossless(header)
    io.check(
        not (header.coded_lossless and header.delta.delta_q_present), "delta_q_present in a lossless frame"
    )
    filtered = not header.coded_lossless and not header.allow_intrabc
    if filtered:
        loop_filter_params(io, header.loop_filter, color.num_planes)
    else:
        header.loop_filter = LoopFilterParams()
    if filtered and sequence.enable_cdef:
        cdef_params(io, header.cdef, color.num_planes)
    else:
        header.cdef = CdefParams()
    if sequence.enable_restoration and not header.all_lossless and not header.allow_intrabc:
        is_420 = color.subsampling_x == 1 and color.subsampling_y == 1
        lr_params(io, header.lr, color.num_planes, sequence.use_128x128_superblock, is_420)
    else:
        header.lr = LrParams()
    if header.coded_lossless:
        header.tx_mode = ONLY_4X4
    else:
        tx_mode_select = io.f(1, header.tx_mode == TX_MODE_SELECT)
        header.tx_mode = TX_MODE_SELECT if tx_mode_select else TX_MODE_LARGEST
    header.reduced_tx_set = io.f(1, header.reduced_tx_set)
    if sequence.film_grain_params_present and (header.show_frame or header.showable_frame):
        film_grain_params(io, header.film_grain, color)
    else:
        header.film_grain = FilmGrainParams()


def _derive_lossless(header: FrameHeader) -> None:
    quantization = header.quantization
    no_deltas = not (
        quantization.delta_q_y_dc
        or quantization.delta_q_u_ac
        or quantization.delta_q_u_dc
        or quantization.delta_q_v_ac
        or quantization.delta_q_v_dc
    )
    header.primary_ref_frame = PRIMARY_REF_NONE
    header.qindex = [
        get_qindex(header.segmentation, quantization.base_q_idx, segment_id)
        for segment_id in range(MAX_SEGMENTS)
    ]
    header.lossless_array = [qindex == 0 and no_deltas for qindex in header.qindex]
    header.coded_lossless = all(header.lossless_array)
    header.all_lossless = header.coded_lossless and header.size.frame_width == header.size.upscaled_width
    levels = (quantization.qm_y, quantization.qm_u, quantization.qm_v)
    header.seg_qm_level = [
        [15 if lossless else level for lossless in header.lossless_array] for level in levels
    ]
