# mypy: disable-error-code="no-untyped-def"
"""Candidates from the motion field (AV1 specification 7.10.2.5, 7.10.2.6).

The field keeps each vector with the distance of frames that it spans, and it is projected to the block's
references here.
"""

from cfl.av1.motion.packed import mv_col, mv_row, packed_mv, packed_pair
from cfl.av1.motion.projection import projected, projection_factor
from cfl.av1.motion.spatial_scan import add_candidate, is_inside
from cfl.av1.motion.vectors import lower_precision
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.simd.kernel import kernel


@kernel(inline=True)
def motion_field_mv(search, ref, y8, x8):
    """Return MotionFieldMvs[ ref ][ y8 ][ x8 ], which is valid, in the frame's precision, packed."""
    frame, field = search.frame, search.field
    factor = projection_factor(frame.ref_frame_distance[ref], field.distances[y8, x8])
    row, col = projected(field.mvs[y8, x8, 0], factor), projected(field.mvs[y8, x8, 1], factor)
    return packed_mv(lower_precision(frame, row), lower_precision(frame, col))


@kernel(inline=True)
def is_far(candidate, global_mv):
    """Say whether two packed vectors are two samples apart, or more."""
    return (
        abs(mv_row(candidate, 0) - mv_row(global_mv, 0)) >= 16
        or abs(mv_col(candidate, 0) - mv_col(global_mv, 0)) >= 16
    )


@kernel(inline=True)
def add_tpl_ref_mv(search, delta_row, delta_col):
    """The temporal sample process, 7.10.2.6: the field at a position."""
    block, stack = search.block, search.stack
    row, col = (block.mi_row + delta_row) | 1, (block.mi_col + delta_col) | 1
    if not is_inside(search.tile, row, col):
        return
    at_origin = delta_row == 0 and delta_col == 0
    if at_origin:
        stack.zero_mv_context = 1
    y8, x8 = row >> 1, col >> 1
    if search.field.distances[y8, x8] == 0:
        return
    candidate = motion_field_mv(search, block.ref_frame[0], y8, x8)
    far = is_far(candidate, stack.packed_global_mvs[0])
    if search.is_compound:
        second = motion_field_mv(search, block.ref_frame[1], y8, x8)
        far = far or is_far(second, stack.packed_global_mvs[1])
        candidate = packed_pair(candidate, second)
    if at_origin:
        stack.zero_mv_context = 1 if far else 0
    add_candidate(stack, candidate, 2)


@kernel(inline=True)
def is_in_sb64(block, delta_row, delta_col):
    """check_sb_border: say whether a position beside the block is in the same 64x64."""
    row, col = (block.mi_row & 15) + delta_row, (block.mi_col & 15) + delta_col
    return 0 <= row < 16 and 0 <= col < 16


@kernel(inline=True)
def temporal_scan(search):
    """The temporal scan process, 7.10.2.5: the field in the block, then at three places beside it."""
    size = search.block.mi_size
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[size], NUM_4X4_BLOCKS_HIGH[size]
    step_w4 = 4 if bw4 >= 16 else 2
    step_h4 = 4 if bh4 >= 16 else 2
    for delta_row in range(0, min(bh4, 16), step_h4):
        for delta_col in range(0, min(bw4, 16), step_w4):
            add_tpl_ref_mv(search, delta_row, delta_col)
    if min(bh4, bw4) >= 2 and max(bh4, bw4) < 16:
        for delta_row, delta_col in ((bh4, -2), (bh4, bw4), (bh4 - 2, bw4)):
            if is_in_sb64(search.block, delta_row, delta_col):
                add_tpl_ref_mv(search, delta_row, delta_col)
