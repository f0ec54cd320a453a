"""Constants that only inter frames need (AV1 specification 3 and 6), under the names of the specification."""

# Reference frames
NONE = -1
(
    INTRA_FRAME, LAST_FRAME, LAST2_FRAME, LAST3_FRAME, GOLDEN_FRAME, BWDREF_FRAME, ALTREF2_FRAME,
    ALTREF_FRAME,
) = range(8)  # fmt: skip
REFS_PER_FRAME = 7

# YMode of inter blocks, after the intra modes
(
    NEARESTMV, NEARMV, GLOBALMV, NEWMV,
) = range(14, 18)  # fmt: skip
(
    NEAREST_NEARESTMV, NEAR_NEARMV, NEAREST_NEWMV, NEW_NEARESTMV, NEAR_NEWMV, NEW_NEARMV, GLOBAL_GLOBALMV,
    NEW_NEWMV,
) = range(18, 26)  # fmt: skip

# GmType
(
    IDENTITY, TRANSLATION, ROTZOOM, AFFINE,
) = range(4)  # fmt: skip
WARPEDMODEL_PREC_BITS = 16
GM_ABS_ALPHA_BITS = 12
GM_ALPHA_PREC_BITS = 15
GM_ABS_TRANS_ONLY_BITS = 9
GM_TRANS_ONLY_PREC_BITS = 3
GM_ABS_TRANS_BITS = 12
GM_TRANS_PREC_BITS = 6

# interpolation_filter
(
    EIGHTTAP, EIGHTTAP_SMOOTH, EIGHTTAP_SHARP, BILINEAR, SWITCHABLE,
) = range(5)  # fmt: skip

# motion_mode
(
    SIMPLE, OBMC, LOCALWARP,
) = range(3)  # fmt: skip
LEAST_SQUARES_SAMPLES_MAX = 8

# interintra_mode
(
    II_DC_PRED, II_V_PRED, II_H_PRED, II_SMOOTH_PRED,
) = range(4)  # fmt: skip

# compound_type
(
    COMPOUND_WEDGE, COMPOUND_DIFFWTD, COMPOUND_AVERAGE, COMPOUND_INTRA, COMPOUND_DISTANCE,
) = range(5)  # fmt: skip

SEG_LVL_GLOBALMV = 7
REF_SCALE_SHIFT = 14

# Motion field
MFMV_STACK_SIZE = 3
MAX_FRAME_DISTANCE = 31
MAX_OFFSET_WIDTH = 8
MAX_OFFSET_HEIGHT = 0
REFMVS_LIMIT = (1 << 12) - 1

# Differences of motion vectors
MV_CLASS_0 = 0
CLASS0_SIZE = 2

# Contexts of symbols
COMP_NEWMV_CTXS = 5
