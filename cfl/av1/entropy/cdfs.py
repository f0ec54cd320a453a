"""All CDFs of a tile in one flat array, and the offset of each syntax element's CDFs in it.

A *context* is a uint16 array that holds every CDF, so saving,
loading or copying the probabilities of a frame (AV1 specification 7.20, 8.2.2) is one array copy.

A CDF of N symbols takes N entries. The first N-1 hold the *complement* ``32768 - cdf[i]`` of the standard's
entries: the range coder multiplies by the complement (8.2.6), so it is kept rather than subtracted each
time. The last holds the counter of the adaptation, in the place of the standard's ``cdf[N-1]``, which is
always 32768. CDFs of one element follow each other, so with dims (d0, d1, d2) and N symbols

    cdf of [i][j][k]  =  context[ OFFSET + ((i * d1 + j) * d2 + k) * N : ... + N ]

Offsets are plain module-level integers, ready for kernels. Names are those of the syntax elements; where the
standard has several arrays for one element, those of the arrays.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cfl.av1.tables.constants import (
    BLOCK_SIZES,
    CFL_ALPHA_CONTEXTS,
    CFL_ALPHABET_SIZE,
    CFL_JOINT_SIGNS,
    DC_SIGN_CONTEXTS,
    DIRECTIONAL_MODES,
    EOB_COEF_CONTEXTS,
    FRAME_LF_COUNT,
    INTRA_MODE_CONTEXTS,
    INTRA_MODES,
    LEVEL_CONTEXTS,
    MAX_SEGMENTS,
    MV_CLASSES,
    MV_JOINTS,
    MV_OFFSET_BITS,
    PALETTE_BLOCK_SIZE_CONTEXTS,
    PALETTE_COLOR_CONTEXTS,
    PALETTE_SIZES,
    PALETTE_UV_MODE_CONTEXTS,
    PALETTE_Y_MODE_CONTEXTS,
    PARTITION_CONTEXTS,
    PLANE_TYPES,
    SEGMENT_ID_CONTEXTS,
    SIG_COEF_CONTEXTS,
    SIG_COEF_CONTEXTS_EOB,
    SKIP_CONTEXTS,
    TX_SIZE_CONTEXTS,
    TX_SIZES,
    TXB_SKIP_CONTEXTS,
    TXFM_PARTITION_CONTEXTS,
    UV_INTRA_MODES_CFL_ALLOWED,
    UV_INTRA_MODES_CFL_NOT_ALLOWED,
)

ONE = 1 << 15
"""Probability one, the standard's ``1 << 15``."""


class CdfElement(NamedTuple):
    """Where the CDFs of one syntax element lie in a context.

    Attributes
    ----------
    offset : int
        Index of the first entry of the first CDF.
    dims : tuple of int
        Numbers of contexts, the last varying fastest.
    symbols : int
        N, also the distance between neighbouring CDFs.
    source : str
        The default table that every repetition of this element starts from.
    """

    offset: int
    dims: tuple[int, ...]
    symbols: int
    source: str

    @property
    def contexts(self) -> int:
        """Number of CDFs."""
        return int(np.prod(self.dims, dtype=np.int64))

    @property
    def size(self) -> int:
        """Number of entries of all CDFs."""
        return self.contexts * self.symbols


class CdfLayout:
    """The elements of a context by name, in their order in memory.

    Attributes
    ----------
    elements : dict of str to CdfElement
    size : int
        Length of a context.
    """

    def __init__(self) -> None:
        self.elements: dict[str, CdfElement] = {}
        self.size = 0

    def place(self, name: str, dims: tuple[int, ...], symbols: int, source: str | None = None) -> int:
        """Add an element behind the others and return its offset."""
        element = CdfElement(self.size, dims, symbols, source or name)
        self.elements[name] = element
        self.size += element.size
        return element.offset


LAYOUT = CdfLayout()

# Blocks
PARTITION_W8_CDF = LAYOUT.place("partition_w8", (PARTITION_CONTEXTS,), 4)
PARTITION_W16_CDF = LAYOUT.place("partition_w16", (PARTITION_CONTEXTS,), 10)
PARTITION_W32_CDF = LAYOUT.place("partition_w32", (PARTITION_CONTEXTS,), 10)
PARTITION_W64_CDF = LAYOUT.place("partition_w64", (PARTITION_CONTEXTS,), 10)
PARTITION_W128_CDF = LAYOUT.place("partition_w128", (PARTITION_CONTEXTS,), 8)
SKIP_CDF = LAYOUT.place("skip", (SKIP_CONTEXTS,), 2)
SEGMENT_ID_CDF = LAYOUT.place("segment_id", (SEGMENT_ID_CONTEXTS,), MAX_SEGMENTS)
DELTA_Q_CDF = LAYOUT.place("delta_q", (), 4)
DELTA_LF_CDF = LAYOUT.place("delta_lf", (), 4)
DELTA_LF_MULTI_CDF = LAYOUT.place("delta_lf_multi", (FRAME_LF_COUNT,), 4, source="delta_lf")

# Intra modes
INTRA_FRAME_Y_MODE_CDF = LAYOUT.place(
    "intra_frame_y_mode", (INTRA_MODE_CONTEXTS, INTRA_MODE_CONTEXTS), INTRA_MODES
)
UV_MODE_CFL_NOT_ALLOWED_CDF = LAYOUT.place(
    "uv_mode_cfl_not_allowed", (INTRA_MODES,), UV_INTRA_MODES_CFL_NOT_ALLOWED
)
UV_MODE_CFL_ALLOWED_CDF = LAYOUT.place("uv_mode_cfl_allowed", (INTRA_MODES,), UV_INTRA_MODES_CFL_ALLOWED)
ANGLE_DELTA_CDF = LAYOUT.place("angle_delta", (DIRECTIONAL_MODES,), 7)
FILTER_INTRA_CDF = LAYOUT.place("filter_intra", (BLOCK_SIZES,), 2)
FILTER_INTRA_MODE_CDF = LAYOUT.place("filter_intra_mode", (), 5)
CFL_SIGN_CDF = LAYOUT.place("cfl_sign", (), CFL_JOINT_SIGNS)
CFL_ALPHA_CDF = LAYOUT.place("cfl_alpha", (CFL_ALPHA_CONTEXTS,), CFL_ALPHABET_SIZE)

# Palette. The CDFs of a palette of n colors have n symbols; *_COLOR_CDFS[n - 2] is their offset.
PALETTE_Y_MODE_CDF = LAYOUT.place("palette_y_mode", (PALETTE_BLOCK_SIZE_CONTEXTS, PALETTE_Y_MODE_CONTEXTS), 2)
PALETTE_UV_MODE_CDF = LAYOUT.place("palette_uv_mode", (PALETTE_UV_MODE_CONTEXTS,), 2)
PALETTE_Y_SIZE_CDF = LAYOUT.place("palette_y_size", (PALETTE_BLOCK_SIZE_CONTEXTS,), PALETTE_SIZES)
PALETTE_UV_SIZE_CDF = LAYOUT.place("palette_uv_size", (PALETTE_BLOCK_SIZE_CONTEXTS,), PALETTE_SIZES)
PALETTE_Y_COLOR_CDFS = tuple(
    LAYOUT.place(f"palette_size_{n}_y_color", (PALETTE_COLOR_CONTEXTS,), n) for n in range(2, 9)
)
PALETTE_UV_COLOR_CDFS = tuple(
    LAYOUT.place(f"palette_size_{n}_uv_color", (PALETTE_COLOR_CONTEXTS,), n) for n in range(2, 9)
)

# Intra block copy: the vector context MV_INTRABC_CONTEXT, by comp. Fractional vectors do not occur: intra
# frames have force_integer_mv = 1.
INTRABC_CDF = LAYOUT.place("intrabc", (), 2)
MV_JOINT_CDF = LAYOUT.place("mv_joint", (), MV_JOINTS)
MV_SIGN_CDF = LAYOUT.place("mv_sign", (2,), 2)
MV_CLASS_CDF = LAYOUT.place("mv_class", (2,), MV_CLASSES)
MV_CLASS0_BIT_CDF = LAYOUT.place("mv_class0_bit", (2,), 2)
MV_BIT_CDF = LAYOUT.place("mv_bit", (2, MV_OFFSET_BITS), 2)

# Transform size and type
TX_8X8_CDF = LAYOUT.place("tx_8x8", (TX_SIZE_CONTEXTS,), 2)
TX_16X16_CDF = LAYOUT.place("tx_16x16", (TX_SIZE_CONTEXTS,), 3)
TX_32X32_CDF = LAYOUT.place("tx_32x32", (TX_SIZE_CONTEXTS,), 3)
TX_64X64_CDF = LAYOUT.place("tx_64x64", (TX_SIZE_CONTEXTS,), 3)
TXFM_SPLIT_CDF = LAYOUT.place("txfm_split", (TXFM_PARTITION_CONTEXTS,), 2)
INTRA_TX_TYPE_SET1_CDF = LAYOUT.place("intra_tx_type_set1", (2, INTRA_MODES), 7)
INTRA_TX_TYPE_SET2_CDF = LAYOUT.place("intra_tx_type_set2", (3, INTRA_MODES), 5)
INTER_TX_TYPE_SET1_CDF = LAYOUT.place("inter_tx_type_set1", (2,), 16)
INTER_TX_TYPE_SET2_CDF = LAYOUT.place("inter_tx_type_set2", (), 12)
INTER_TX_TYPE_SET3_CDF = LAYOUT.place("inter_tx_type_set3", (4,), 2)

# Loop restoration
USE_WIENER_CDF = LAYOUT.place("use_wiener", (), 2)
USE_SGRPROJ_CDF = LAYOUT.place("use_sgrproj", (), 2)
RESTORATION_TYPE_CDF = LAYOUT.place("restoration_type", (), 3)

# Coefficients. EOB_PT_CDFS[eobMultisize] has 5 + eobMultisize symbols; [ptype][ctx] up to 256, then [ptype].
TXB_SKIP_CDF = LAYOUT.place("txb_skip", (TX_SIZES, TXB_SKIP_CONTEXTS), 2)
EOB_PT_CDFS = (
    LAYOUT.place("eob_pt_16", (PLANE_TYPES, 2), 5),
    LAYOUT.place("eob_pt_32", (PLANE_TYPES, 2), 6),
    LAYOUT.place("eob_pt_64", (PLANE_TYPES, 2), 7),
    LAYOUT.place("eob_pt_128", (PLANE_TYPES, 2), 8),
    LAYOUT.place("eob_pt_256", (PLANE_TYPES, 2), 9),
    LAYOUT.place("eob_pt_512", (PLANE_TYPES,), 10),
    LAYOUT.place("eob_pt_1024", (PLANE_TYPES,), 11),
)
EOB_EXTRA_CDF = LAYOUT.place("eob_extra", (TX_SIZES, PLANE_TYPES, EOB_COEF_CONTEXTS), 2)
DC_SIGN_CDF = LAYOUT.place("dc_sign", (PLANE_TYPES, DC_SIGN_CONTEXTS), 2)
COEFF_BASE_EOB_CDF = LAYOUT.place("coeff_base_eob", (TX_SIZES, PLANE_TYPES, SIG_COEF_CONTEXTS_EOB), 3)
COEFF_BASE_CDF = LAYOUT.place("coeff_base", (TX_SIZES, PLANE_TYPES, SIG_COEF_CONTEXTS), 4)
COEFF_BR_CDF = LAYOUT.place("coeff_br", (TX_SIZES, PLANE_TYPES, LEVEL_CONTEXTS), 4)

# Inter frames. The vectors are those of the context 0, and by comp
Y_MODE_CDF = LAYOUT.place("y_mode", (4,), INTRA_MODES)
SEGMENT_ID_PREDICTED_CDF = LAYOUT.place("segment_id_predicted", (3,), 2)
IS_INTER_CDF = LAYOUT.place("is_inter", (4,), 2)
SKIP_MODE_CDF = LAYOUT.place("skip_mode", (3,), 2)
COMP_MODE_CDF = LAYOUT.place("comp_mode", (5,), 2)
COMP_REF_TYPE_CDF = LAYOUT.place("comp_ref_type", (5,), 2)
UNI_COMP_REF_CDF = LAYOUT.place("uni_comp_ref", (3, 3), 2)
COMP_REF_CDF = LAYOUT.place("comp_ref", (3, 3), 2)
COMP_BWD_REF_CDF = LAYOUT.place("comp_bwd_ref", (3, 2), 2)
SINGLE_REF_CDF = LAYOUT.place("single_ref", (3, 6), 2)
COMPOUND_MODE_CDF = LAYOUT.place("compound_mode", (8,), 8)
NEW_MV_CDF = LAYOUT.place("new_mv", (6,), 2)
ZERO_MV_CDF = LAYOUT.place("zero_mv", (2,), 2)
REF_MV_CDF = LAYOUT.place("ref_mv", (6,), 2)
DRL_MODE_CDF = LAYOUT.place("drl_mode", (3,), 2)
INTER_MV_JOINT_CDF = LAYOUT.place("inter_mv_joint", (), MV_JOINTS, source="mv_joint")
INTER_MV_SIGN_CDF = LAYOUT.place("inter_mv_sign", (2,), 2, source="mv_sign")
INTER_MV_CLASS_CDF = LAYOUT.place("inter_mv_class", (2,), MV_CLASSES, source="mv_class")
INTER_MV_CLASS0_BIT_CDF = LAYOUT.place("inter_mv_class0_bit", (2,), 2, source="mv_class0_bit")
INTER_MV_BIT_CDF = LAYOUT.place("inter_mv_bit", (2, MV_OFFSET_BITS), 2, source="mv_bit")
MV_CLASS0_FR_CDF = LAYOUT.place("mv_class0_fr", (2, 2), 4)
MV_CLASS0_HP_CDF = LAYOUT.place("mv_class0_hp", (2,), 2)
MV_FR_CDF = LAYOUT.place("mv_fr", (2,), 4)
MV_HP_CDF = LAYOUT.place("mv_hp", (2,), 2)
INTERINTRA_CDF = LAYOUT.place("inter_intra", (3,), 2)
INTERINTRA_MODE_CDF = LAYOUT.place("inter_intra_mode", (3,), 4)
WEDGE_INTERINTRA_CDF = LAYOUT.place("wedge_inter_intra", (BLOCK_SIZES,), 2)
WEDGE_INDEX_CDF = LAYOUT.place("wedge_index", (BLOCK_SIZES,), 16)
USE_OBMC_CDF = LAYOUT.place("use_obmc", (BLOCK_SIZES,), 2)
MOTION_MODE_CDF = LAYOUT.place("motion_mode", (BLOCK_SIZES,), 3)
COMP_GROUP_IDX_CDF = LAYOUT.place("comp_group_idx", (6,), 2)
COMPOUND_IDX_CDF = LAYOUT.place("compound_idx", (6,), 2)
COMPOUND_TYPE_CDF = LAYOUT.place("compound_type", (BLOCK_SIZES,), 2)
INTERP_FILTER_CDF = LAYOUT.place("interp_filter", (16,), 3)

CONTEXT_SIZE = LAYOUT.size
"""Entries of a context."""


def default_context(base_q_idx: int) -> np.ndarray:
    """Return a fresh context with the standard's defaults.

    What init_non_coeff_cdfs and init_coeff_cdfs do (AV1 specification 6.8.2).

    Parameters
    ----------
    base_q_idx : int
        0 to 255; it selects one of four sets of coefficient CDFs.

    Returns
    -------
    (CONTEXT_SIZE,) uint16 array
    """
    return _defaults(coefficient_cdf_class(base_q_idx)).copy()


def clear_counters(context: np.ndarray) -> None:
    """Set the counters of all CDFs to 0, as load_cdfs does."""
    context[_counters()] = 0


@lru_cache(maxsize=1)
def _counters() -> np.ndarray:
    """Where the counters are in a context."""
    return np.concatenate(
        [
            np.arange(element.offset, element.offset + element.size, element.symbols) + element.symbols - 1
            for element in LAYOUT.elements.values()
        ]
    )


def coefficient_cdf_class(base_q_idx: int) -> int:
    """Return the class of base_q_idx, 0 to 3, that selects default coefficient CDFs (init_coeff_cdfs)."""
    return (base_q_idx > 20) + (base_q_idx > 60) + (base_q_idx > 120)


def standard_cdfs(context: np.ndarray, name: str) -> np.ndarray:
    """Return an element's CDFs in the standard's form, for inspection and tests.

    Parameters
    ----------
    context : (CONTEXT_SIZE,) uint16 array
    name : str
        A key of ``LAYOUT.elements``.

    Returns
    -------
    (*dims, N + 1) int32 array
        Increasing to 32768, then the counter.
    """
    element = LAYOUT.elements[name]
    stored = context[element.offset : element.offset + element.size].reshape(*element.dims, element.symbols)
    cdfs = np.empty((*element.dims, element.symbols + 1), np.int32)
    cdfs[..., :-2] = ONE - stored[..., :-1].astype(np.int32)
    cdfs[..., -2] = ONE
    cdfs[..., -1] = stored[..., -1]
    return cdfs


@lru_cache(maxsize=4)
def _defaults(coefficient_class: int) -> np.ndarray:
    from cfl.av1.tables import default_cdfs, default_coefficient_cdfs, default_inter_cdfs

    of_all_classes = default_cdfs.DEFAULTS | default_inter_cdfs.DEFAULTS
    context = np.zeros(CONTEXT_SIZE, np.uint16)
    for element in LAYOUT.elements.values():
        entries = element.symbols - 1
        if element.source in of_all_classes:
            numbers = _numbers(of_all_classes[element.source]).reshape(-1, entries)
        else:
            per_class = _numbers(default_coefficient_cdfs.DEFAULTS[element.source])
            numbers = per_class.reshape(4, -1, entries)[coefficient_class]
        stored = context[element.offset : element.offset + element.size].reshape(-1, element.symbols)
        # An element that repeats a table (delta_lf_multi, the two components of a vector) takes it whole.
        stored[:, :-1] = np.tile(ONE - numbers, (element.contexts // len(numbers), 1))
    context.flags.writeable = False
    return context


def _numbers(text: str) -> np.ndarray:
    return np.array(text.replace("|", " ").split(), dtype=np.int32)
