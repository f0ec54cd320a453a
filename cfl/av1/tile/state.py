"""What the walk over a tile works on: the frame's parameters, the tile's state, and the record of a block.

The frame and the tile are structured arrays of one element; of records there is one for each block. Kernels
take an element, which is passed as a pointer, and read ``block.y_mode`` or ``frame.mi_cols``: names are the
standard's.

A block's record holds its decisions. A reader fills it in, a writer codes what is in it, so the records that
a reader makes can be written again. What has no fixed size, the palette's colors and the coefficients, is on
the tape: a list of int32, in the order of the syntax.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cfl.av1.entropy.coder import SymbolCoder
from cfl.av1.headers.filters import units_in_frame
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.frame_size import FrameSize
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.motion.order_hints import relative_distance
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.reconstruction.scratch_sizes import (
    CFL_SAMPLES,
    COEFS_SIZE,
    INTRA_SCRATCH_SIZE,
    TRANSFORM_SCRATCH_SIZE,
)
from cfl.av1.tables.constants import (
    MAX_SEGMENTS,
    RESTORE_NONE,
    SEG_LVL_ALT_Q,
    SEG_LVL_REF_FRAME,
    SEG_LVL_SKIP,
    TOTAL_REFS_PER_FRAME,
    TX_MODE_SELECT,
)
from cfl.av1.tables.inter_constants import REF_SCALE_SHIFT, SEG_LVL_GLOBALMV
from cfl.av1.tables.quantizer import AC_QLOOKUP, DC_QLOOKUP, quantizer_matrices
from cfl.av1.tables.restoration import SGRPROJ_XQD_MID, WIENER_TAPS_MID
from cfl.av1.tables.scans import coefficient_scans
from cfl.errors import BitstreamError

MAX_TILE_COLS4 = 1024 + 32
"""Columns of 4x4 samples that a tile has at most (MAX_TILE_WIDTH), and as many as a block may stand out."""

BLOCK = np.dtype(
    [
        ("mi_row", "i4"),
        ("mi_col", "i4"),
        ("mi_size", "i1"),
        ("partition", "i1"),
        ("has_chroma", "i1"),
        ("skip", "i1"),
        ("segment_id", "i1"),
        ("lossless", "i1"),
        ("reduced_delta_qindex", "i2"),
        ("reduced_delta_lf", "i2", (4,)),
        ("qindex", "i2"),
        ("delta_lf", "i1", (4,)),
        ("use_intrabc", "i1"),
        ("mv", "i2", (2, 2)),
        ("y_mode", "i1"),
        ("angle_delta_y", "i1"),
        ("uv_mode", "i1"),
        ("angle_delta_uv", "i1"),
        ("cfl_alpha_u", "i1"),
        ("cfl_alpha_v", "i1"),
        ("use_filter_intra", "i1"),
        ("filter_intra_mode", "i1"),
        ("palette_size_y", "i1"),
        ("palette_size_uv", "i1"),
        ("tx_size", "i1"),
        ("tx_types", "u2"),
        ("tape", "i8"),
        ("bits_modes", "f4"),
        ("bits_cfl_alpha", "f4"),
        ("bits_luma", "f4"),
        ("bits_chroma", "f4"),
        ("is_inter", "i1"),
        ("skip_mode", "i1"),
        ("seg_id_predicted", "i1"),
        ("ref_frame", "i1", (2,)),
        ("ref_mv_idx", "i1"),
        ("interintra", "i1"),
        ("interintra_mode", "i1"),
        ("wedge_interintra", "i1"),
        ("wedge_index", "i1"),
        ("wedge_sign", "i1"),
        ("mask_type", "i1"),
        ("motion_mode", "i1"),
        ("comp_group_idx", "i1"),
        ("compound_idx", "i1"),
        ("compound_type", "i1"),
        ("interp_filter", "i1", (2,)),
    ],
    align=True,
)
"""The record of a block. Names are the standard's, except:

reduced_delta_qindex, reduced_delta_lf
    The deltas of the quantizer index and of the loop filter levels, before the shift by their resolution.
qindex
    The block's quantizer index, including its segment's delta and its own.
mv
    Mv, by list and component (row, column), in eighths of a sample.
tx_size
    TxSize: the transform size of an intra block's luma; the last one of intra block copy.
tx_types
    Bit t is set if a luma transform block that has coefficients is of type t.
tape
    Where the block begins on the tape; 0 where none is kept.
bits_modes, bits_cfl_alpha, bits_luma, bits_chroma
    Bits that the block took: everything before the coefficients without CfL's α; α; and the coefficients.
is_inter
    1 for intra block copy too.
"""

_SCALARS = (
    "mi_rows", "mi_cols", "subsampling_x", "subsampling_y", "num_planes", "bit_depth",
    "use_128x128_superblock", "allow_intrabc", "allow_screen_content_tools", "enable_filter_intra",
    "enable_intra_edge_filter", "read_cdef", "cdef_bits", "tx_mode_select", "reduced_tx_set",
    "delta_q_present", "delta_q_res", "delta_lf_present", "delta_lf_res", "delta_lf_multi",
    "segmentation_enabled", "seg_id_pre_skip", "last_active_seg_id", "base_q_idx", "using_qmatrix",
    "use_superres", "superres_denom", "allow_high_precision_mv", "force_integer_mv", "use_ref_frame_mvs",
    "segmentation_update_map", "segmentation_temporal_update", "skip_mode_present", "reference_select",
    "interpolation_filter", "is_motion_mode_switchable", "allow_warped_motion", "enable_dual_filter",
    "enable_interintra_compound", "enable_masked_compound", "enable_jnt_comp",
)  # fmt: skip

FRAME = np.dtype(
    [(name, "i8") for name in _SCALARS]
    + [
        ("seg_skip", "i8", (MAX_SEGMENTS,)),
        ("seg_alt_q", "i8", (MAX_SEGMENTS,)),
        ("seg_ref_frame", "i8", (MAX_SEGMENTS,)),
        ("seg_globalmv", "i8", (MAX_SEGMENTS,)),
        ("skip_mode_frame", "i8", (2,)),
        ("gm_type", "i8", (TOTAL_REFS_PER_FRAME,)),
        ("gm_params", "i8", (TOTAL_REFS_PER_FRAME, 6)),
        ("ref_frame_sign_bias", "i8", (TOTAL_REFS_PER_FRAME,)),
        ("ref_frame_distance", "i8", (TOTAL_REFS_PER_FRAME,)),
        ("is_scaled", "i8", (TOTAL_REFS_PER_FRAME,)),
        ("lossless", "i8", (MAX_SEGMENTS,)),
        ("qindex", "i8", (MAX_SEGMENTS,)),
        ("qm_level", "i8", (3, MAX_SEGMENTS)),
        ("delta_q_dc", "i8", (3,)),
        ("delta_q_ac", "i8", (3,)),
        ("frame_restoration_type", "i8", (3,)),
        ("loop_restoration_size", "i8", (3,)),
        ("unit_rows", "i8", (3,)),
        ("unit_cols", "i8", (3,)),
        ("dc_qlookup", "i4", (256,)),
        ("ac_qlookup", "i4", (256,)),
        ("scan_start", "i4", (3, 19)),
        ("scan", "u4", coefficient_scans().positions.shape),
        ("quantizer_matrix", "u1", quantizer_matrices().shape),
    ],
    align=True,
)
"""The frame's parameters: from the headers, by the standard's names, and the larger tables. Except:

seg_ref_frame
    FeatureData of SEG_LVL_REF_FRAME, -1 where that is not active.
ref_frame_distance
    get_relative_dist( OrderHint, OrderHints[ ref ] ), by reference frame.
is_scaled
    is_scaled( ref ), by reference frame; set by `set_scaling`.
"""


ERRORS = (
    "",
    "the partition gives a chroma block that AV1 does not have",
    "segment_id exceeds LastActiveSegId",
    "the vector of an intra block copy is not valid",
    "golomb_length_bit: a coefficient has more than 20 bits",
    "the tile ends early",
)
"""What TILE.error means, and by these names in kernels."""
(
    NO_ERROR, ERROR_PARTITION, ERROR_SEGMENT_ID, ERROR_MV, ERROR_GOLOMB, ERROR_TRUNCATED,
) = range(6)  # fmt: skip

# The contexts that a block leaves above and to the left, by row of `above` and `left` of TILE.
(
    CTX_MI_WIDTH_LOG2, CTX_MI_HEIGHT_LOG2, CTX_SKIP, CTX_Y_MODE, CTX_IS_INTER, CTX_TX, CTX_PALETTE_Y,
    CTX_PALETTE_UV, CTX_UV_MODE, CTX_COEFS_Y, CTX_COEFS_U, CTX_COEFS_V, CTX_REF_FRAME, CTX_REF_FRAME_2,
    CTX_SKIP_MODE, CTX_COMP_GROUP_IDX, CTX_COMPOUND_IDX, CTX_INTERP_FILTER, CTX_INTERP_FILTER_2,
    CTX_SEG_PRED,
) = range(20)  # fmt: skip

DECODED_SIDE = 35
"""Rows and columns of TILE.block_decoded: of a superblock of 32 units of 4x4, and around it."""

TILE = np.dtype(
    [
        ("mi_row_start", "i8"),
        ("mi_row_end", "i8"),
        ("mi_col_start", "i8"),
        ("mi_col_end", "i8"),
        ("error", "i8"),
        ("blocks", "i8"),
        ("tape", "i8"),
        ("recording", "i8"),
        ("measuring", "i8"),
        ("reconstructing", "i8"),
        ("current_q_index", "i8"),
        ("delta_lf", "i8", (4,)),
        ("read_deltas", "i8"),
        ("cdef_coded", "i8", (4,)),
        ("cdef_wanted", "i8", (4,)),
        ("ref_lr_wiener", "i8", (3, 2, 3)),
        ("ref_sgr_xqd", "i8", (3, 2)),
        ("avail_u", "i8"),
        ("avail_l", "i8"),
        ("avail_u_chroma", "i8"),
        ("avail_l_chroma", "i8"),
        ("max_luma_w", "i8"),
        ("max_luma_h", "i8"),
        ("plane_tx_type", "i8"),
        ("coef_rows", "i8"),
        ("coef_columns", "i8"),
        ("above", "u1", (20, MAX_TILE_COLS4)),
        ("left", "u1", (20, 32)),
        ("above_colors", "u2", (2, MAX_TILE_COLS4, 8)),
        ("left_colors", "u2", (2, 32, 8)),
        ("palette_colors", "u2", (3, 8)),
        ("palette_cache", "u2", (16,)),
        ("color_map", "u1", (2, 64, 64)),
        ("partition_stack", "i8", (20, 3)),
        ("block_decoded", "u1", (3, DECODED_SIDE, DECODED_SIDE)),
        ("tx_leaves", "u1", (1024, 3)),
        ("tx_leaf_count", "i8"),
        ("tx_leaf", "i8"),
        ("tx_stack", "u1", (32, 4)),
        ("tx_type_map", "u1", (32, 32)),
        ("mv_stack", "i8", (8, 3)),
        ("dc_q", "i8", (3,)),
        ("ac_q", "i8", (3,)),
        ("levels", "u1", (1536,)),
        ("coefs", "i4", (COEFS_SIZE,)),
        ("transform_scratch", "i4", (TRANSFORM_SCRATCH_SIZE,)),
        ("intra_scratch", "i4", (INTRA_SCRATCH_SIZE,)),
        ("luma_ac", "i2", (CFL_SAMPLES,)),
        ("cfl_predicted", "i2", (CFL_SAMPLES,)),
    ],
    align=True,
)
"""The state of a tile during the walk, and the kernels' scratch memory.

above, left
    Contexts in units of 4x4 samples, of the plane for the coefficients' and of chroma for UVMode: `above`
    from the tile's first column on, `left` by row of the plane modulo 32. CTX_TX is the width (above)
    or height (left) of the neighbour's transform; CTX_COEFS_* the level context and, in the two highest bits,
    the DC context. CTX_REF_FRAME* are the reference frames plus 1.
block_decoded
    BlockDecoded, at [plane, y + 1, x + 1].
tx_leaves
    The transforms of a block with a tree of them: row and column in the block, in units of 4x4; TxSize.
tx_type_map
    TxTypes of intra block copy, by row and column modulo 32.
mv_stack
    RefStackMv and WeightStack.
"""


class Walk(NamedTuple):
    """What the walk over a tile works on, as it goes from function to function."""

    coder: SymbolCoder
    """It reads or writes."""
    cdfs: np.ndarray
    """(CONTEXT_SIZE,) uint16 array."""
    frame: np.void
    """Element of FRAME."""
    tile: np.void
    """Element of TILE."""
    records: np.ndarray
    """(n,) array of BLOCK."""
    tape: np.ndarray
    """int32 array."""
    planes: tuple[np.ndarray, np.ndarray, np.ndarray]
    """2-D uint16 arrays."""
    arrays: FrameArrays


def copied_blocks(blocks: np.ndarray) -> np.ndarray:
    """Copy records of blocks, as bytes: NumPy copies a record field by field."""
    return blocks.view(np.uint8).copy().view(BLOCK)


def joined_blocks(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join arrays of records of blocks, as bytes: NumPy compares the fields of every array first."""
    return np.concatenate([part.view(np.uint8) for part in parts]).view(BLOCK)


def frame_parameters(sequence: SequenceHeader, header: FrameHeader) -> np.ndarray:
    """Return the parameters of a frame for the kernels.

    Returns
    -------
    (1,) array of FRAME
    """
    frame = np.zeros(1, FRAME)
    values = _block_parameters(sequence, header)
    values |= _quantizers(sequence, header)
    values |= _restoration_units(sequence, header)
    for name, value in values.items():
        frame[name] = value
    frame["scan_start"] = coefficient_scans().start
    frame["scan"] = coefficient_scans().positions
    frame["quantizer_matrix"] = quantizer_matrices()
    return frame


def _block_parameters(sequence: SequenceHeader, header: FrameHeader) -> dict[str, Any]:
    color, segmentation, delta = sequence.color_config, header.segmentation, header.delta
    return _inter_parameters(sequence, header) | {
        "mi_rows": header.size.mi_rows,
        "mi_cols": header.size.mi_cols,
        "subsampling_x": color.subsampling_x,
        "subsampling_y": color.subsampling_y,
        "num_planes": color.num_planes,
        "bit_depth": color.bit_depth,
        "use_128x128_superblock": sequence.use_128x128_superblock,
        "allow_intrabc": header.allow_intrabc,
        "allow_screen_content_tools": header.allow_screen_content_tools,
        "enable_filter_intra": sequence.enable_filter_intra,
        "enable_intra_edge_filter": sequence.enable_intra_edge_filter,
        "read_cdef": sequence.enable_cdef and not header.coded_lossless and not header.allow_intrabc,
        "cdef_bits": header.cdef.cdef_bits,
        "tx_mode_select": header.tx_mode == TX_MODE_SELECT,
        "reduced_tx_set": header.reduced_tx_set,
        "delta_q_present": delta.delta_q_present,
        "delta_q_res": delta.delta_q_res,
        "delta_lf_present": delta.delta_lf_present,
        "delta_lf_res": delta.delta_lf_res,
        "delta_lf_multi": delta.delta_lf_multi,
        "segmentation_enabled": segmentation.segmentation_enabled,
        "seg_id_pre_skip": segmentation.seg_id_pre_skip,
        "last_active_seg_id": segmentation.last_active_seg_id,
        "seg_skip": [segmentation.active(i, SEG_LVL_SKIP) for i in range(MAX_SEGMENTS)],
        "seg_alt_q": [
            segmentation.feature_data[i][SEG_LVL_ALT_Q] if segmentation.active(i, SEG_LVL_ALT_Q) else 0
            for i in range(MAX_SEGMENTS)
        ],
        "lossless": header.lossless_array,
    }


def _inter_parameters(sequence: SequenceHeader, header: FrameHeader) -> dict[str, Any]:
    segmentation, hints = header.segmentation, header.order_hints
    names = (
        "allow_high_precision_mv", "use_ref_frame_mvs", "skip_mode_present", "reference_select",
        "interpolation_filter", "is_motion_mode_switchable", "allow_warped_motion", "ref_frame_sign_bias",
        "skip_mode_frame",
    )  # fmt: skip
    tools = (
        "enable_dual_filter", "enable_interintra_compound", "enable_masked_compound", "enable_jnt_comp",
    )  # fmt: skip
    values = {name: getattr(header, name) for name in names}
    values |= {name: getattr(sequence, name) for name in tools}
    return values | {
        "force_integer_mv": header.has_integer_mv,
        "segmentation_update_map": segmentation.segmentation_update_map,
        "segmentation_temporal_update": segmentation.segmentation_temporal_update,
        "seg_ref_frame": [
            segmentation.feature_data[i][SEG_LVL_REF_FRAME]
            if segmentation.active(i, SEG_LVL_REF_FRAME)
            else -1
            for i, features in enumerate(segmentation.feature_data)
        ],
        "seg_globalmv": [segmentation.active(i, SEG_LVL_GLOBALMV) for i in range(MAX_SEGMENTS)],
        "gm_type": header.global_motion.gm_type,
        "gm_params": header.global_motion.gm_params,
        "ref_frame_distance": [
            relative_distance(header.order_hint, hint, sequence.order_hint_bits) for hint in hints
        ],
    }


def set_scaling(frame: np.ndarray, header: FrameHeader, references: Sequence[FrameSize]) -> None:
    """Set which references are of another size than the frame (is_scaled, 5.11.27).

    Parameters
    ----------
    frame : (1,) array of FRAME
    header : FrameHeader
    references : sequence of 7 FrameSize
        In the order of ref_frame_idx.
    """
    size = header.size
    for i, reference in enumerate(references):
        x_scale = ((reference.upscaled_width << REF_SCALE_SHIFT) + size.frame_width // 2) // size.frame_width
        y_scale = ((reference.frame_height << REF_SCALE_SHIFT) + size.frame_height // 2) // size.frame_height
        frame["is_scaled"][0, 1 + i] = (x_scale, y_scale) != (1 << REF_SCALE_SHIFT, 1 << REF_SCALE_SHIFT)


def _quantizers(sequence: SequenceHeader, header: FrameHeader) -> dict[str, Any]:
    quantization = header.quantization
    depth = (sequence.color_config.bit_depth - 8) // 2
    return {
        "base_q_idx": quantization.base_q_idx,
        "using_qmatrix": quantization.using_qmatrix,
        "qindex": header.qindex,
        "qm_level": header.seg_qm_level,
        "delta_q_dc": [quantization.delta_q_y_dc, quantization.delta_q_u_dc, quantization.delta_q_v_dc],
        "delta_q_ac": [0, quantization.delta_q_u_ac, quantization.delta_q_v_ac],
        "dc_qlookup": DC_QLOOKUP[depth],
        "ac_qlookup": AC_QLOOKUP[depth],
    }


def _restoration_units(sequence: SequenceHeader, header: FrameHeader) -> dict[str, Any]:
    color, size, lr = sequence.color_config, header.size, header.lr
    rows, cols = [1, 1, 1], [1, 1, 1]
    for plane in range(color.num_planes):
        shift_x, shift_y = (color.subsampling_x, color.subsampling_y) if plane else (0, 0)
        unit_size = lr.loop_restoration_size[plane]
        rows[plane] = units_in_frame(unit_size, size.frame_height + shift_y >> shift_y)
        cols[plane] = units_in_frame(unit_size, size.upscaled_width + shift_x >> shift_x)
    read_lr = lr.uses_lr and not header.allow_intrabc
    return {
        "frame_restoration_type": lr.frame_restoration_type if read_lr else [RESTORE_NONE] * 3,
        "loop_restoration_size": lr.loop_restoration_size,
        "unit_rows": rows,
        "unit_cols": cols,
        "use_superres": size.is_upscaled,
        "superres_denom": size.superres_denom,
    }


def tile_state(mi_row_start: int, mi_row_end: int, mi_col_start: int, mi_col_end: int, q: int) -> np.ndarray:
    """Return the state of a tile before its first superblock: clear_above_context and what else begins anew.

    Parameters
    ----------
    mi_row_start, mi_row_end, mi_col_start, mi_col_end : int
        Where the tile lies.
    q : int
        base_q_idx, which CurrentQIndex begins with.

    Returns
    -------
    (1,) array of TILE
    """
    if mi_col_end - mi_col_start > 1024:
        raise BitstreamError("a tile is wider than 4096 samples", 0)
    tile = np.zeros(1, TILE)
    tile["mi_row_start"], tile["mi_row_end"] = mi_row_start, mi_row_end
    tile["mi_col_start"], tile["mi_col_end"] = mi_col_start, mi_col_end
    tile["current_q_index"] = q
    tile["ref_lr_wiener"] = WIENER_TAPS_MID
    tile["ref_sgr_xqd"] = SGRPROJ_XQD_MID
    tile["reconstructing"] = 1
    return tile
