"""The frame header (AV1 specification 5.9).

`uncompressed_header` reads or writes one, field by field; the values are a `FrameHeader`.
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
from cfl.av1.headers.frame_references import frame_references, skip_mode_params
from cfl.av1.headers.frame_size import (
    check_reference_sizes,
    frame_size,
    frame_size_with_refs,
    render_size,
)
from cfl.av1.headers.global_motion import GlobalMotion, default_gm_params, global_motion_params
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
    INTER_FRAME,
    INTRA_ONLY_FRAME,
    KEY_FRAME,
    MAX_SEGMENTS,
    NUM_REF_FRAMES,
    ONLY_4X4,
    PRIMARY_REF_NONE,
    SELECT_INTEGER_MV,
    SELECT_SCREEN_CONTENT_TOOLS,
    SWITCH_FRAME,
    TX_MODE_LARGEST,
    TX_MODE_SELECT,
)
from cfl.av1.tables.inter_constants import REFS_PER_FRAME, SWITCHABLE
from cfl.errors import BitstreamError


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
    if header.frame_is_intra:
        _intra_frame(io, header, sequence)
    else:
        _inter_frame(io, header, sequence, references)
    if sequence.reduced_still_picture_header or header.disable_cdf_update:
        header.disable_frame_end_update_cdf = 1
    else:
        header.disable_frame_end_update_cdf = io.f(1, header.disable_frame_end_update_cdf)
    _coding_params(io, header, sequence, references)


def _show_existing_frame(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    header.frame_to_show_map_idx = io.f(3, header.frame_to_show_map_idx)
    if sequence.temporal_point_info_present:
        _temporal_point_info(io, header, sequence)
    idx = header.frame_to_show_map_idx
    shown = references.frames[idx]
    if shown is None or not references.valid[idx]:
        raise BitstreamError(f"frame_to_show_map_idx: slot {idx} holds no frame", io.offset)
    io.check(references.showable[idx], f"frame_to_show_map_idx: the frame of slot {idx} cannot be shown")
    if sequence.frame_id_numbers_present_flag:
        header.display_frame_id = io.known(sequence.id_len, shown.current_frame_id, "display_frame_id")
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
    if header.show_frame and sequence.temporal_point_info_present:
        _temporal_point_info(io, header, sequence)
    if header.show_frame:
        header.showable_frame = int(header.frame_type != KEY_FRAME)
    else:
        header.showable_frame = io.f(1, header.showable_frame)
    if header.frame_type == SWITCH_FRAME or (header.frame_type == KEY_FRAME and header.show_frame):
        header.error_resilient_mode = 1
    else:
        header.error_resilient_mode = io.f(1, header.error_resilient_mode)


def _tools_and_ids(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    if header.frame_type == KEY_FRAME and header.show_frame:
        references.invalidate()
    header.disable_cdf_update = io.f(1, header.disable_cdf_update)
    _screen_content_tools(io, header, sequence)
    if sequence.frame_id_numbers_present_flag:
        header.current_frame_id = io.f(sequence.id_len, header.current_frame_id)
        references.mark_ref_frames(
            header.current_frame_id, sequence.id_len, sequence.delta_frame_id_length_minus_2 + 2
        )
    else:
        header.current_frame_id = 0
    if header.frame_type == SWITCH_FRAME:
        header.frame_size_override_flag = 1
    elif sequence.reduced_still_picture_header:
        header.frame_size_override_flag = 0
    else:
        header.frame_size_override_flag = io.f(1, header.frame_size_override_flag)
    header.order_hint = io.f(sequence.order_hint_bits, header.order_hint)
    if header.frame_is_intra or header.error_resilient_mode:
        header.primary_ref_frame = PRIMARY_REF_NONE
    else:
        header.primary_ref_frame = io.f(3, header.primary_ref_frame)


def _screen_content_tools(io: BitFields, header: FrameHeader, sequence: SequenceHeader) -> None:
    if sequence.seq_force_screen_content_tools == SELECT_SCREEN_CONTENT_TOOLS:
        header.allow_screen_content_tools = io.f(1, header.allow_screen_content_tools)
    else:
        header.allow_screen_content_tools = sequence.seq_force_screen_content_tools
    if not header.allow_screen_content_tools:
        header.force_integer_mv = 0
    elif sequence.seq_force_integer_mv == SELECT_INTEGER_MV:
        header.force_integer_mv = io.f(1, header.force_integer_mv)
    else:
        header.force_integer_mv = sequence.seq_force_integer_mv


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
    if header.frame_type == SWITCH_FRAME or (header.frame_type == KEY_FRAME and header.show_frame):
        header.refresh_frame_flags = ALL_FRAMES
    else:
        header.refresh_frame_flags = io.f(8, header.refresh_frame_flags)
    if header.frame_type == INTRA_ONLY_FRAME:
        io.check(
            header.refresh_frame_flags != ALL_FRAMES,
            "refresh_frame_flags: an intra-only frame must not refresh every slot",
        )
    if (
        (not header.frame_is_intra or header.refresh_frame_flags != ALL_FRAMES)
        and header.error_resilient_mode
        and sequence.enable_order_hint
    ):
        header.ref_order_hint = io.fields(NUM_REF_FRAMES, sequence.order_hint_bits, header.ref_order_hint)
        references.expect_order_hints(header.ref_order_hint)


def _intra_frame(io: BitFields, header: FrameHeader, sequence: SequenceHeader) -> None:
    """The size, and whether there is intra block copy."""
    frame_size(io, header.size, sequence, header.frame_size_override_flag)
    render_size(io, header.size)
    if header.allow_screen_content_tools and header.size.upscaled_width == header.size.frame_width:
        header.allow_intrabc = io.f(1, header.allow_intrabc)
    else:
        header.allow_intrabc = 0
    header.allow_high_precision_mv = header.use_ref_frame_mvs = 0


def _inter_frame(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    """The references, the size, and how vectors and filters are coded."""
    sizes = frame_references(io, header, sequence, references)
    if header.frame_size_override_flag and not header.error_resilient_mode:
        frame_size_with_refs(io, header.size, header.found_ref, sizes, sequence)
    else:
        header.found_ref = [0] * REFS_PER_FRAME
        frame_size(io, header.size, sequence, header.frame_size_override_flag)
        render_size(io, header.size)
    check_reference_sizes(io, header.size, sizes)
    header.allow_intrabc = 0
    header.allow_high_precision_mv = 0 if header.force_integer_mv else io.f(1, header.allow_high_precision_mv)
    header.is_filter_switchable = io.f(1, header.is_filter_switchable)
    if header.is_filter_switchable:
        header.interpolation_filter = SWITCHABLE
    else:
        header.interpolation_filter = io.f(2, header.interpolation_filter)
    header.is_motion_mode_switchable = io.f(1, header.is_motion_mode_switchable)
    if header.error_resilient_mode or not sequence.enable_ref_frame_mvs:
        header.use_ref_frame_mvs = 0
    else:
        header.use_ref_frame_mvs = io.f(1, header.use_ref_frame_mvs)


def _coding_params(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> None:
    """Everything from tile_info on."""
    color = sequence.color_config
    size = header.size
    previous = _previous(header, references)
    tile_info(io, header.tile_info, size.mi_cols, size.mi_rows, sequence.use_128x128_superblock)
    quantization_params(io, header.quantization, color.num_planes, color.separate_uv_delta_q)
    segmentation_params(io, header.segmentation, None if previous is None else previous.segmentation)
    delta_params(io, header.delta, header.quantization.base_q_idx, header.allow_intrabc)
    _derive_lossless(header)
    io.check(
        not (header.coded_lossless and header.delta.delta_q_present), "delta_q_present in a lossless frame"
    )
    filtered = not header.coded_lossless and not header.allow_intrabc
    if filtered:
        deltas = LoopFilterParams() if previous is None else previous.loop_filter
        loop_filter_params(io, header.loop_filter, color.num_planes, deltas)
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
    _inter_params(io, header, sequence, previous)
    if sequence.film_grain_params_present and (header.show_frame or header.showable_frame):
        film_grain_params(io, header.film_grain, color, _film_grains(header, references))
    else:
        header.film_grain = FilmGrainParams()


def _previous(header: FrameHeader, references: ReferenceState) -> FrameHeader | None:
    """The primary reference frame, from which load_previous takes what is not coded."""
    if header.primary_ref_frame == PRIMARY_REF_NONE:
        return None
    return references.frames[header.ref_frame_idx[header.primary_ref_frame]]


def _inter_params(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, previous: FrameHeader | None
) -> None:
    """reference_select to global_motion_params, of which intra frames have only reduced_tx_set."""
    is_inter = not header.frame_is_intra
    header.reference_select = io.f(1, header.reference_select) if is_inter else 0
    skip_mode_params(io, header, sequence)
    if is_inter and not header.error_resilient_mode and sequence.enable_warped_motion:
        header.allow_warped_motion = io.f(1, header.allow_warped_motion)
    else:
        header.allow_warped_motion = 0
    header.reduced_tx_set = io.f(1, header.reduced_tx_set)
    if is_inter:
        previous_params = default_gm_params() if previous is None else previous.global_motion.gm_params
        global_motion_params(io, header.global_motion, previous_params, header.allow_high_precision_mv)
    else:
        header.global_motion = GlobalMotion()


def _film_grains(header: FrameHeader, references: ReferenceState) -> dict[int, FilmGrainParams] | None:
    """The film grain of the references of a frame that may take it from them, by slot."""
    if header.frame_type != INTER_FRAME:
        return None
    frames = {idx: references.frames[idx] for idx in header.ref_frame_idx}
    return {idx: frame.film_grain for idx, frame in frames.items() if frame is not None}


def _derive_lossless(header: FrameHeader) -> None:
    quantization = header.quantization
    no_deltas = not (
        quantization.delta_q_y_dc
        or quantization.delta_q_u_ac
        or quantization.delta_q_u_dc
        or quantization.delta_q_v_ac
        or quantization.delta_q_v_dc
    )
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
