"""Constants of AV1 (specification 3 and 6): sizes, numbers of contexts, and the values of enumerations.

Plain integers for kernels, under the names of the specification; IntEnums for enumerations whose names
are printed. Only what intra frames need is here.
"""

from enum import IntEnum

# Block sizes and superblocks
BLOCK_SIZES = 22
BLOCK_INVALID = 22

# Tiles
MAX_TILE_WIDTH = 4096
MAX_TILE_AREA = 9437184
MAX_TILE_ROWS = 64
MAX_TILE_COLS = 64

# Intra block copy
INTRABC_DELAY_PIXELS = 256
INTRABC_DELAY_SB64 = 4
MV_BORDER = 128
MV_JOINTS = 4
MV_CLASSES = 11
MV_OFFSET_BITS = 10
MV_INTRABC_CONTEXT = 1
MAX_REF_MV_STACK_SIZE = 8
REF_CAT_LEVEL = 640

# References
TOTAL_REFS_PER_FRAME = 8
NUM_REF_FRAMES = 8
ALL_FRAMES = (1 << NUM_REF_FRAMES) - 1
"""refresh_frame_flags of a frame that goes into every slot."""
PRIMARY_REF_NONE = 7

# Segmentation
MAX_SEGMENTS = 8
SEGMENT_ID_CONTEXTS = 3
SEG_LVL_ALT_Q = 0
SEG_LVL_ALT_LF_Y_V = 1
SEG_LVL_REF_FRAME = 5
SEG_LVL_SKIP = 6
SEG_LVL_MAX = 8

# Contexts and alphabets of block syntax
SKIP_CONTEXTS = 3
PARTITION_CONTEXTS = 4
INTRA_MODE_CONTEXTS = 5
INTRA_MODES = 13
UV_INTRA_MODES_CFL_NOT_ALLOWED = 13
UV_INTRA_MODES_CFL_ALLOWED = 14
DIRECTIONAL_MODES = 8
ANGLE_STEP = 3
CFL_JOINT_SIGNS = 8
CFL_ALPHABET_SIZE = 16
CFL_ALPHA_CONTEXTS = 6

# Palette
PALETTE_COLOR_CONTEXTS = 5
PALETTE_BLOCK_SIZE_CONTEXTS = 7
PALETTE_Y_MODE_CONTEXTS = 3
PALETTE_UV_MODE_CONTEXTS = 2
PALETTE_SIZES = 7
PALETTE_COLORS = 8

# Transforms and coefficients
PLANE_TYPES = 2
TX_SIZES = 5
TX_SIZES_ALL = 19
TX_SIZE_CONTEXTS = 3
MAX_TX_DEPTH = 2
MAX_VARTX_DEPTH = 2
TXFM_PARTITION_CONTEXTS = 21
TX_TYPES = 16
MC_IDENTITY = 0
TX_CLASS_2D = 0
TX_CLASS_HORIZ = 1
TX_CLASS_VERT = 2
TXB_SKIP_CONTEXTS = 13
EOB_COEF_CONTEXTS = 9
DC_SIGN_CONTEXTS = 3
LEVEL_CONTEXTS = 21
SIG_COEF_CONTEXTS_EOB = 4
SIG_COEF_CONTEXTS = 42
QM_TOTAL_SIZE = 3344

# Loop filter, superres, restoration
MAX_LOOP_FILTER = 63
FRAME_LF_COUNT = 4
SUPERRES_NUM = 8
SUPERRES_DENOM_MIN = 9
SUPERRES_DENOM_BITS = 3
SUPERRES_FILTER_TAPS = 8
SUPERRES_FILTER_OFFSET = 3
SUPERRES_SCALE_BITS = 14
SUPERRES_SCALE_MASK = 16383
SUPERRES_EXTRA_BITS = 8
RESTORATION_TILESIZE_MAX = 256
FILTER_BITS = 7
SGRPROJ_PARAMS_BITS = 4
SGRPROJ_PRJ_SUBEXP_K = 4
SGRPROJ_PRJ_BITS = 7
SGRPROJ_RST_BITS = 4
SGRPROJ_MTABLE_BITS = 20
SGRPROJ_RECIP_BITS = 12
SGRPROJ_SGR_BITS = 8

# Header values with special meanings
SELECT_SCREEN_CONTENT_TOOLS = 2
SELECT_INTEGER_MV = 2

# MiSize
(
    BLOCK_4X4, BLOCK_4X8, BLOCK_8X4, BLOCK_8X8, BLOCK_8X16, BLOCK_16X8, BLOCK_16X16, BLOCK_16X32,
    BLOCK_32X16, BLOCK_32X32, BLOCK_32X64, BLOCK_64X32, BLOCK_64X64, BLOCK_64X128, BLOCK_128X64,
    BLOCK_128X128, BLOCK_4X16, BLOCK_16X4, BLOCK_8X32, BLOCK_32X8, BLOCK_16X64, BLOCK_64X16,
) = range(22)  # fmt: skip


class BlockSize(IntEnum):
    """Names of MiSize."""

    BLOCK_4X4 = 0
    BLOCK_4X8 = 1
    BLOCK_8X4 = 2
    BLOCK_8X8 = 3
    BLOCK_8X16 = 4
    BLOCK_16X8 = 5
    BLOCK_16X16 = 6
    BLOCK_16X32 = 7
    BLOCK_32X16 = 8
    BLOCK_32X32 = 9
    BLOCK_32X64 = 10
    BLOCK_64X32 = 11
    BLOCK_64X64 = 12
    BLOCK_64X128 = 13
    BLOCK_128X64 = 14
    BLOCK_128X128 = 15
    BLOCK_4X16 = 16
    BLOCK_16X4 = 17
    BLOCK_8X32 = 18
    BLOCK_32X8 = 19
    BLOCK_16X64 = 20
    BLOCK_64X16 = 21


# partition
(
    PARTITION_NONE, PARTITION_HORZ, PARTITION_VERT, PARTITION_SPLIT, PARTITION_HORZ_A, PARTITION_HORZ_B,
    PARTITION_VERT_A, PARTITION_VERT_B, PARTITION_HORZ_4, PARTITION_VERT_4,
) = range(10)  # fmt: skip


class Partition(IntEnum):
    """How a square of luma samples is cut into blocks: AV1's `partition`.

    HORZ and VERT are halves above each other and side by side, HORZ_4 and VERT_4 quarters. A half that
    is itself cut in two makes HORZ_A (the upper one), HORZ_B (the lower one), VERT_A (the left one)
    and VERT_B (the right one).

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the column `partition`.

    References
    ----------
    .. [1] AV1 specification, section 6.10, "Tile group OBU semantics".

    Examples
    --------
    >>> from cfl.inspection import Partition
    >>> Partition(3).name, int(Partition.PARTITION_VERT_4)
    ('PARTITION_SPLIT', 9)
    """

    PARTITION_NONE = 0
    PARTITION_HORZ = 1
    PARTITION_VERT = 2
    PARTITION_SPLIT = 3
    PARTITION_HORZ_A = 4
    PARTITION_HORZ_B = 5
    PARTITION_VERT_A = 6
    PARTITION_VERT_B = 7
    PARTITION_HORZ_4 = 8
    PARTITION_VERT_4 = 9


# YMode and UVMode
(
    DC_PRED, V_PRED, H_PRED, D45_PRED, D135_PRED, D113_PRED, D157_PRED, D203_PRED, D67_PRED,
    SMOOTH_PRED, SMOOTH_V_PRED, SMOOTH_H_PRED, PAETH_PRED, UV_CFL_PRED,
) = range(14)  # fmt: skip


class IntraMode(IntEnum):
    """How a block is predicted from samples beside it: AV1's YMode and UVMode.

    UV_CFL_PRED, chroma from luma, is a mode of chroma only.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the columns `y_mode` and `uv_mode`.
    FilterIntraMode : What takes the place of luma's mode where it is not −1.

    References
    ----------
    .. [1] AV1 specification, section 6.10, "Tile group OBU semantics".

    Examples
    --------
    >>> from cfl.inspection import IntraMode
    >>> IntraMode(0).name, int(IntraMode.UV_CFL_PRED)
    ('DC_PRED', 13)
    """

    DC_PRED = 0
    V_PRED = 1
    H_PRED = 2
    D45_PRED = 3
    D135_PRED = 4
    D113_PRED = 5
    D157_PRED = 6
    D203_PRED = 7
    D67_PRED = 8
    SMOOTH_PRED = 9
    SMOOTH_V_PRED = 10
    SMOOTH_H_PRED = 11
    PAETH_PRED = 12
    UV_CFL_PRED = 13


# TxSize
(
    TX_4X4, TX_8X8, TX_16X16, TX_32X32, TX_64X64, TX_4X8, TX_8X4, TX_8X16, TX_16X8, TX_16X32, TX_32X16,
    TX_32X64, TX_64X32, TX_4X16, TX_16X4, TX_8X32, TX_32X8, TX_16X64, TX_64X16,
) = range(19)  # fmt: skip


class TxSize(IntEnum):
    """Width and height of a transform block, in luma samples: AV1's TxSize.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the column `tx_size`.
    TxType : Which transform.

    References
    ----------
    .. [1] AV1 specification, section 6.10, "Tile group OBU semantics".

    Examples
    --------
    >>> from cfl.inspection import TxSize
    >>> TxSize(1).name, int(TxSize.TX_64X64)
    ('TX_8X8', 4)
    """

    TX_4X4 = 0
    TX_8X8 = 1
    TX_16X16 = 2
    TX_32X32 = 3
    TX_64X64 = 4
    TX_4X8 = 5
    TX_8X4 = 6
    TX_8X16 = 7
    TX_16X8 = 8
    TX_16X32 = 9
    TX_32X16 = 10
    TX_32X64 = 11
    TX_64X32 = 12
    TX_4X16 = 13
    TX_16X4 = 14
    TX_8X32 = 15
    TX_32X8 = 16
    TX_16X64 = 17
    TX_64X16 = 18


# Transform types: that of the columns, then that of the rows
(
    DCT_DCT, ADST_DCT, DCT_ADST, ADST_ADST, FLIPADST_DCT, DCT_FLIPADST, FLIPADST_FLIPADST,
    ADST_FLIPADST, FLIPADST_ADST, IDTX, V_DCT, H_DCT, V_ADST, H_ADST, V_FLIPADST, H_FLIPADST,
) = range(16)  # fmt: skip


class TxType(IntEnum):
    """The transform of a block's columns, then that of its rows: AV1's TxType.

    V_DCT, V_ADST and V_FLIPADST transform the columns only, H_DCT and so on the rows only, and IDTX
    transforms neither.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the column `tx_types`, a bit for each type.
    TxSize : The size of the transform.

    References
    ----------
    .. [1] AV1 specification, section 6.10, "Tile group OBU semantics".

    Examples
    --------
    >>> from cfl.inspection import TxType
    >>> TxType(0).name, int(TxType.IDTX)
    ('DCT_DCT', 9)
    >>> tx_types = 0b1000000001
    >>> [kind.name for kind in TxType if tx_types >> kind & 1]
    ['DCT_DCT', 'IDTX']
    """

    DCT_DCT = 0
    ADST_DCT = 1
    DCT_ADST = 2
    ADST_ADST = 3
    FLIPADST_DCT = 4
    DCT_FLIPADST = 5
    FLIPADST_FLIPADST = 6
    ADST_FLIPADST = 7
    FLIPADST_ADST = 8
    IDTX = 9
    V_DCT = 10
    H_DCT = 11
    V_ADST = 12
    H_ADST = 13
    V_FLIPADST = 14
    H_FLIPADST = 15


# filter_intra_mode
(
    FILTER_DC_PRED, FILTER_V_PRED, FILTER_H_PRED, FILTER_D157_PRED, FILTER_PAETH_PRED,
) = range(5)  # fmt: skip


class FilterIntraMode(IntEnum):
    """Which recursive filter predicts luma: AV1's filter_intra_mode.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the column `filter_intra_mode`, −1 where no filter is used.
    IntraMode : The other modes.

    References
    ----------
    .. [1] AV1 specification, section 6.10, "Tile group OBU semantics".

    Examples
    --------
    >>> from cfl.inspection import FilterIntraMode
    >>> FilterIntraMode(0).name, int(FilterIntraMode.FILTER_PAETH_PRED)
    ('FILTER_DC_PRED', 4)
    """

    FILTER_DC_PRED = 0
    FILTER_V_PRED = 1
    FILTER_H_PRED = 2
    FILTER_D157_PRED = 3
    FILTER_PAETH_PRED = 4


# TxMode
(
    ONLY_4X4, TX_MODE_LARGEST, TX_MODE_SELECT,
) = range(3)  # fmt: skip

# Transform sets: of intra blocks, and of blocks of intra block copy
TX_SET_INTRA_1, TX_SET_INTRA_2 = 1, 2
TX_SET_INTER_1, TX_SET_INTER_2, TX_SET_INTER_3 = 1, 2, 3

# FrameRestorationType
(
    RESTORE_NONE, RESTORE_WIENER, RESTORE_SGRPROJ, RESTORE_SWITCHABLE,
) = range(4)  # fmt: skip

# frame_type
(
    KEY_FRAME, INTER_FRAME, INTRA_ONLY_FRAME, SWITCH_FRAME,
) = range(4)  # fmt: skip

# mv_joint
(
    MV_JOINT_ZERO, MV_JOINT_HNZVZ, MV_JOINT_HZVNZ, MV_JOINT_HNZVNZ,
) = range(4)  # fmt: skip

# ref_frame: the values that intra frames use
INTRA_FRAME = 0
