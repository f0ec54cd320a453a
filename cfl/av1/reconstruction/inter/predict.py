# mypy: disable-error-code="no-untyped-def"
"""The inter prediction of a block of a plane (AV1 specification 7.11.3.1).

The records that it is told of have fields by the standard's names:

frame
    bit_depth, subsampling_x, subsampling_y, mi_rows, mi_cols, force_integer_mv, gm_type (8,) and
    gm_params (8, 6).
tile
    avail_u, avail_l.
block
    mi_row, mi_col, mi_size, y_mode, ref_frame (2,), mv (2, 2), motion_mode, compound_type, interintra_mode,
    wedge_index, wedge_sign, mask_type. An intra prediction is blended in where ref_frame[ 1 ] is INTRA_FRAME.
warp_samples
    WARP_SAMPLES of `cfl.av1.motion.state`, for a block with LOCALWARP.
info
    `cfl.av1.motion.mode_info.ModeInfo` with all blocks that have been coded, and this one.
"""

from cfl.av1.motion.packed import mv_col, mv_row
from cfl.av1.reconstruction.inter.blend import blend_into, copy_block, write_masked, write_one, write_two
from cfl.av1.reconstruction.inter.block import check_reference, is_scaled, predict_block
from cfl.av1.reconstruction.inter.edges import is_inside
from cfl.av1.reconstruction.inter.masks import difference_mask, intra_mask, subsample_mask, wedge_mask
from cfl.av1.reconstruction.inter.overlap import blend_overlap
from cfl.av1.reconstruction.inter.rounding import COMPOUND_BIAS, rounding_variables
from cfl.av1.reconstruction.inter.samples import check_block
from cfl.av1.reconstruction.inter.scratch import CHROMA_MASK, PRED_1
from cfl.av1.reconstruction.inter.warp import predict_warped
from cfl.av1.reconstruction.inter.warp_model import estimate_warp, setup_shear
from cfl.av1.tables.inter_constants import (
    COMPOUND_AVERAGE,
    COMPOUND_DIFFWTD,
    COMPOUND_DISTANCE,
    COMPOUND_INTRA,
    COMPOUND_WEDGE,
    GLOBAL_GLOBALMV,
    GLOBALMV,
    INTRA_FRAME,
    LOCALWARP,
    OBMC,
    TRANSLATION,
)
from cfl.simd.kernel import kernel
from cfl.simd.taps import plane_at


@kernel(internal=True)
def predict_inter(
    frame, tile, block, warp_samples, info, inter, scratch, samples, plane, x, y, w, h, cand_row, cand_col
):
    """Predict a block of a plane: predict_inter.

    Where an intra prediction is blended in, the plane must hold it.

    Parameters
    ----------
    frame, tile, block, warp_samples : records
    info : ModeInfo
    inter : Prediction
    scratch : record of INTER_SCRATCH, changed
        What a block's luma leaves in it is needed for its chroma.
    samples : 2-D uint16 array, changed
        The plane, which contains the whole block.
    plane, x, y, w, h : int
        The plane, and where the block lies in it.
    cand_row, cand_col : int
        Whose vectors and filters are used, in units of 4x4.

    Raises
    ------
    ValueError
        The block does not lie within its plane, or a reference frame is missing.
    """
    check_block(samples, x, y, w, h)
    is_compound = info.ref_frames[cand_row, cand_col, 1] > INTRA_FRAME
    is_blended = is_compound or block.ref_frame[1] == INTRA_FRAME
    if plane == 0 and block.motion_mode == LOCALWARP:
        fit_local_warp(block, warp_samples, scratch)
    if is_blended or not copy_whole(
        frame, block, info, inter, scratch, samples, plane, x, y, w, h, cand_row, cand_col
    ):
        for ref_list in range(2 if is_compound else 1):
            predict_list(
                frame, block, info, inter, scratch, plane, x, y, w, h, cand_row, cand_col, ref_list,
                is_compound,
            )  # fmt: skip
        write_block(
            frame, block, info, inter, scratch, samples, plane, x, y, w, h, cand_row, cand_col, is_compound
        )
    if block.motion_mode == OBMC:
        blend_overlap(frame, tile, block, info, inter, scratch, samples, plane, w, h)


@kernel(internal=True)
def fit_local_warp(block, warp_samples, scratch):
    """Note LocalValid and LocalWarpParams."""
    params = scratch.local_warp_params
    scratch.local_valid = estimate_warp(
        block.mi_row, block.mi_col, block.mi_size, block.mv[0, 0], block.mv[0, 1], warp_samples.num_samples,
        warp_samples.cand_list, params,
    )  # fmt: skip
    if scratch.local_valid:
        scratch.local_valid = setup_shear(params[2], params[3], params[4], params[5])[0]


@kernel(internal=True)
def is_global(frame, block, ref_frame, w, h):
    """Say whether a block's vector is that of a model of the whole frame, which may warp it."""
    if w < 8 or h < 8 or frame.force_integer_mv:
        return False
    return (block.y_mode in (GLOBALMV, GLOBAL_GLOBALMV)) and frame.gm_type[ref_frame] > TRANSLATION


@kernel(internal=True)
def copy_whole(frame, block, info, inter, scratch, samples, plane, x, y, w, h, cand_row, cand_col):
    """Copy a block that lies whole samples away within its reference; say whether it is such a block."""
    ref_frame = info.ref_frames[cand_row, cand_col, 0]
    reference = inter.references[ref_frame]
    if block.motion_mode == LOCALWARP or is_scaled(reference) or is_global(frame, block, ref_frame, w, h):
        return False
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    row, col = mv_row(info.mvs[cand_row, cand_col], 0), mv_col(info.mvs[cand_row, cand_col], 0)
    if col & ((8 << shift_x) - 1) or row & ((8 << shift_y) - 1):
        return False
    check_reference(reference, plane)
    from_x, from_y = x + (col >> (3 + shift_x)), y + (row >> (3 + shift_y))
    source = plane_at(reference.address[plane], reference.rows[plane], reference.stride[plane])
    if not is_inside(source, from_x, from_y, w, h, reference.last_x[plane], reference.last_y[plane], 0):
        return False
    copy_block(source, from_x, from_y, samples, x, y, w, h)
    return True


@kernel(internal=True)
def predict_list(
    frame, block, info, inter, scratch, plane, x, y, w, h, cand_row, cand_col, ref_list, is_compound
):
    """Predict a block from one of its references: preds[ refList ]."""
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    round_0, round_1, _ = rounding_variables(frame.bit_depth, is_compound)
    bias = COMPOUND_BIAS if is_compound else 0
    at = PRED_1 if ref_list else 0
    ref_frame = info.ref_frames[cand_row, cand_col, ref_list]
    reference = inter.references[ref_frame]
    local = scratch.local_warp_params
    p0, p1, p2, p3, p4, p5 = local[0], local[1], local[2], local[3], local[4], local[5]
    may_warp = w >= 8 and h >= 8 and not frame.force_integer_mv
    is_warped = may_warp and block.motion_mode == LOCALWARP and scratch.local_valid
    if not is_warped and is_global(frame, block, ref_frame, w, h) and not is_scaled(reference):
        model = frame.gm_params[ref_frame]
        p0, p1, p2, p3, p4, p5 = model[0], model[1], model[2], model[3], model[4], model[5]
        is_warped = setup_shear(p2, p3, p4, p5)[0]
    if is_warped:
        check_reference(reference, plane)
        source = plane_at(reference.address[plane], reference.rows[plane], reference.stride[plane])
        predict_warped(
            source, p0, p1, p2, p3, p4, p5, x, y, w, h, shift_x, shift_y, reference.last_x[plane],
            reference.last_y[plane], round_0, round_1, bias, scratch, at,
        )  # fmt: skip
        return
    mvs = info.mvs[cand_row, cand_col]
    predict_block(
        reference, plane, shift_x, shift_y, x, y, w, h, mv_row(mvs, ref_list), mv_col(mvs, ref_list),
        inter.interp_filters[cand_row, cand_col, 0], inter.interp_filters[cand_row, cand_col, 1], round_0,
        round_1, bias, scratch, at,
    )  # fmt: skip


@kernel(internal=True)
def write_block(
    frame, block, info, inter, scratch, samples, plane, x, y, w, h, cand_row, cand_col, is_compound
):
    """Write one prediction of a block, or two blended, to its plane."""
    peak = (1 << frame.bit_depth) - 1
    _, _, post_round = rounding_variables(frame.bit_depth, is_compound)
    if not is_compound and block.ref_frame[1] != INTRA_FRAME:
        write_one(samples, x, y, w, h, peak, scratch)
    elif block.compound_type == COMPOUND_AVERAGE:
        write_two(samples, x, y, w, h, peak, 1, 1, 1 + post_round, scratch)
    elif block.compound_type == COMPOUND_DISTANCE:
        first, second = info.ref_frames[cand_row, cand_col, 0], info.ref_frames[cand_row, cand_col, 1]
        forward = inter.forward_weights[first, second]
        write_two(samples, x, y, w, h, peak, forward, 16 - forward, 4 + post_round, scratch)
    else:
        mask = prepare_mask(frame, block, inter, scratch, plane, w, h, post_round)
        if is_compound:
            write_masked(samples, x, y, w, h, peak, mask, 6 + post_round, scratch)
        else:
            blend_into(samples, x, y, w, h, peak, mask, scratch)


@kernel(internal=True)
def prepare_mask(frame, block, inter, scratch, plane, w, h, post_round):
    """Make the mask of a block in a plane; return where it begins in ``scratch.masks``."""
    if block.compound_type == COMPOUND_INTRA:
        intra_mask(block.interintra_mode, w, h, scratch.masks)
        return 0
    if plane == 0:
        if block.compound_type == COMPOUND_WEDGE:
            wedge_mask(
                inter.wedge_masks, block.mi_size, block.wedge_sign, block.wedge_index, w * h, scratch.masks
            )
        elif block.compound_type == COMPOUND_DIFFWTD:
            difference_mask(
                scratch.preds, w, h, block.mask_type, frame.bit_depth - 8 + post_round, scratch.masks
            )
        return 0
    if frame.subsampling_x == 0:
        return 0
    if plane == 1:
        subsample_mask(scratch.masks, w, h, frame.subsampling_y)
    return CHROMA_MASK
