# mypy: disable-error-code="no-untyped-def"
"""Arithmetic of single vectors: their precision, and how the difference from a prediction is coded.

AV1 specification 5.11.26, 5.11.30 to 5.11.32, 6.10.25, 7.10.2.10.
"""

from cfl.av1.tables.constants import MV_JOINT_HNZVNZ, MV_JOINT_HNZVZ, MV_JOINT_HZVNZ
from cfl.av1.tables.inter_constants import (
    CLASS0_SIZE,
    GLOBALMV,
    MV_CLASS_0,
    NEAR_NEARMV,
    NEAR_NEWMV,
    NEAREST_NEARESTMV,
    NEAREST_NEWMV,
    NEARESTMV,
    NEARMV,
    NEW_NEARESTMV,
    NEW_NEARMV,
    NEW_NEWMV,
    NEWMV,
)
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel


@kernel(inline=True)
def lower_precision(frame, component):
    """Bring a component of a vector to the frame's precision: the lower precision process, 7.10.2.10."""
    if frame.allow_high_precision_mv:
        return component
    magnitude = abs(component)
    if frame.force_integer_mv:
        magnitude = (magnitude + 3) >> 3 << 3
    else:
        magnitude &= ~1
    return magnitude if component > 0 else -magnitude


@kernel(internal=True)
def get_mode(y_mode, ref_list):
    """How the vector of a list is found, by YMode: NEARESTMV, NEARMV, GLOBALMV or NEWMV (get_mode)."""
    if y_mode < NEAREST_NEARESTMV:
        return y_mode
    if y_mode in (NEW_NEWMV, NEAREST_NEWMV if ref_list else NEW_NEARESTMV):
        return NEWMV
    if y_mode == (NEAR_NEWMV if ref_list else NEW_NEARMV):
        return NEWMV
    if y_mode in (NEAREST_NEARESTMV, NEW_NEARESTMV if ref_list else NEAREST_NEWMV):
        return NEARESTMV
    if y_mode in (NEAR_NEARMV, NEW_NEARMV if ref_list else NEAR_NEWMV):
        return NEARMV
    return GLOBALMV


@kernel(inline=True)
def has_newmv(y_mode):
    """Say whether a vector of a block is coded as a difference."""
    return y_mode in (NEWMV, NEW_NEWMV) or NEAREST_NEWMV <= y_mode <= NEW_NEARMV


@kernel(internal=True)
def has_nearmv(y_mode):
    """Say whether a vector of a block is that of NEARMV."""
    return y_mode in (NEARMV, NEAR_NEARMV, NEAR_NEWMV, NEW_NEARMV)


@kernel(internal=True)
def is_mv_in_range(row, col):
    """Say whether a vector is as short as the standard demands: the first part of is_mv_valid."""
    return abs(row) < 1 << 14 and abs(col) < 1 << 14


@kernel(internal=True)
def mv_joint_of(diff_row, diff_col):
    """Return the mv_joint of a difference."""
    if diff_row:
        return MV_JOINT_HNZVNZ if diff_col else MV_JOINT_HZVNZ
    return MV_JOINT_HNZVZ if diff_col else 0


@kernel(internal=True)
def joint_changes_row(mv_joint):
    """Say whether a difference with this mv_joint has a row component."""
    return mv_joint in (MV_JOINT_HZVNZ, MV_JOINT_HNZVNZ)


@kernel(internal=True)
def joint_changes_col(mv_joint):
    """Say whether a difference with this mv_joint has a column component."""
    return mv_joint in (MV_JOINT_HNZVZ, MV_JOINT_HNZVNZ)


@kernel(internal=True)
def mv_class_of(magnitude):
    """Return the mv_class of a component's magnitude, which is at least 1."""
    return floor_log2(max((magnitude - 1) >> 3, 1))


@kernel(internal=True)
def mv_class_start(mv_class):
    """Return the smallest magnitude of a class, less 1."""
    return 0 if mv_class == MV_CLASS_0 else CLASS0_SIZE << (mv_class + 2)


@kernel(internal=True)
def mv_parts_of(magnitude, mv_class):
    """Return what of a magnitude is coded after its class: whole samples, mv_fr and mv_hp.

    The whole samples are mv_class0_bit, or the bits mv_bit with the lowest first.
    """
    rest = magnitude - 1 - mv_class_start(mv_class)
    return rest >> 3, rest >> 1 & 3, rest & 1


@kernel(internal=True)
def mv_magnitude(mv_class, whole, mv_fr, mv_hp):
    """Return the magnitude that these parts stand for. A part that is not coded is 3, or 1."""
    return mv_class_start(mv_class) + (whole << 3 | mv_fr << 1 | mv_hp) + 1
