# mypy: disable-error-code="no-untyped-def"
"""The parameters of loop restoration units, coded with the superblock in which a unit begins.

AV1 specification 5.11.57 (read_lr) and 5.11.58 (read_lr_unit).
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    RESTORATION_TYPE_CDF,
    USE_SGRPROJ_CDF,
    USE_WIENER_CDF,
)
from cfl.av1.entropy.symbols import (
    code_literal,
    code_signed_subexp_with_ref_bool,
    code_symbol,
)
from cfl.av1.tables.constants import (
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
    SGRPROJ_PARAMS_BITS,
    SGRPROJ_PRJ_BITS,
    SGRPROJ_PRJ_SUBEXP_K,
)
from cfl.av1.tables.restoration import (
    SGR_PARAMS,
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_K,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)
from cfl.av1.tile.planes import subsampling_of
from cfl.simd.kernel import kernel


@kernel(internal=True)
def code_lr_unit(coder, cdfs, frame, tile, arrays, plane, row, col):
    """read_lr_unit."""
    frame_type = frame.frame_restoration_type[plane]
    kind = np.int64(arrays.lr_type[plane, row, col])
    if frame_type == RESTORE_WIENER:
        kind = RESTORE_WIENER * code_symbol(coder, cdfs, USE_WIENER_CDF, 2, kind != RESTORE_NONE)
    elif frame_type == RESTORE_SGRPROJ:
        kind = RESTORE_SGRPROJ * code_symbol(coder, cdfs, USE_SGRPROJ_CDF, 2, kind != RESTORE_NONE)
    elif frame_type == RESTORE_SWITCHABLE:
        kind = code_symbol(coder, cdfs, RESTORATION_TYPE_CDF, 3, kind)
    arrays.lr_type[plane, row, col] = kind
    if kind == RESTORE_WIENER:
        for pass_ in range(2):
            for j in range(3):
                value = 0
                if plane == 0 or j > 0:
                    value = code_signed_subexp_with_ref_bool(
                        coder, WIENER_TAPS_MIN[j], WIENER_TAPS_MAX[j] + 1, WIENER_TAPS_K[j],
                        tile.ref_lr_wiener[plane, pass_, j], arrays.lr_wiener[plane, row, col, pass_, j],
                    )  # fmt: skip
                    tile.ref_lr_wiener[plane, pass_, j] = value
                arrays.lr_wiener[plane, row, col, pass_, j] = value
    elif kind == RESTORE_SGRPROJ:
        lr_sgr_set = code_literal(coder, SGRPROJ_PARAMS_BITS, arrays.lr_sgr_set[plane, row, col])
        arrays.lr_sgr_set[plane, row, col] = lr_sgr_set
        for i in range(2):
            least, most = SGRPROJ_XQD_MIN[i], SGRPROJ_XQD_MAX[i]
            value = 0
            if SGR_PARAMS[lr_sgr_set, 2 * i]:
                value = code_signed_subexp_with_ref_bool(
                    coder, least, most + 1, SGRPROJ_PRJ_SUBEXP_K, tile.ref_sgr_xqd[plane, i],
                    arrays.lr_sgr_xqd[plane, row, col, i],
                )  # fmt: skip
            elif i == 1:
                value = min(max((1 << SGRPROJ_PRJ_BITS) - tile.ref_sgr_xqd[plane, 0], least), most)
            arrays.lr_sgr_xqd[plane, row, col, i] = value
            tile.ref_sgr_xqd[plane, i] = value


@kernel(internal=True)
def code_lr(coder, cdfs, frame, tile, arrays, r, c, sb_size4):
    """read_lr: the restoration units that begin in a superblock."""
    for plane in range(frame.num_planes):
        if frame.frame_restoration_type[plane] == RESTORE_NONE:
            continue
        shift_x, shift_y = subsampling_of(frame, plane)
        unit_size = frame.loop_restoration_size[plane]
        row_start = (r * (4 >> shift_y) + unit_size - 1) // unit_size
        row_end = ((r + sb_size4) * (4 >> shift_y) + unit_size - 1) // unit_size
        numerator, denominator = 4 >> shift_x, unit_size
        if frame.use_superres:
            numerator, denominator = numerator * frame.superres_denom, denominator * 8
        col_start = (c * numerator + denominator - 1) // denominator
        col_end = ((c + sb_size4) * numerator + denominator - 1) // denominator
        for row in range(row_start, min(row_end, frame.unit_rows[plane])):
            for col in range(col_start, min(col_end, frame.unit_cols[plane])):
                code_lr_unit(coder, cdfs, frame, tile, arrays, plane, row, col)
