# mypy: disable-error-code="no-untyped-def, assignment"
"""Code the residual of one plane of chroma, as the block search would, and count the bits."""

import numpy as np

from cfl.av1.block_search.quantize import quantize
from cfl.av1.block_search.state import CHROMA, Search
from cfl.av1.block_search.transform import apply_transform, put_levels, take_residual, transform
from cfl.av1.entropy.cdfs import TXB_SKIP_CDF
from cfl.av1.tables.constants import DCT_DCT, UV_CFL_PRED
from cfl.av1.tables.geometry import TX_HEIGHT, TX_WIDTH
from cfl.av1.tile.coefficients import (
    all_zero_context,
    get_tx_sz_ctx,
    quantizers,
)
from cfl.av1.tile.state import CTX_COEFS_Y
from cfl.simd.kernel import kernel

LEFT_CONTEXTS = 32


@kernel(internal=True)
def choose_levels(search, block, source, samples, plane, x, y, tx_size, tape):
    """Transform and quantize a block of residual, and put its levels on a tape; return the bits.

    The coefficients are left out if that has the lower RD cost, D + λR.
    """
    settings, scratch, frame, tile = search.settings, search.scratch, search.frame, search.tile
    squared = take_residual(scratch.residual, source, samples, x, y, TX_WIDTH[tx_size], TX_HEIGHT[tx_size])
    contexts = all_zero_context(frame, tile, block, plane, tx_size, x >> 2, y >> 2)
    zero_cdf = TXB_SKIP_CDF + 2 * (13 * get_tx_sz_ctx(tx_size) + (contexts & 15))
    lam, none = settings.lam[CHROMA], np.float64(settings.costs[zero_cdf + 1])
    transform(search, block, tx_size, DCT_DCT, -1, 0)
    eob, bits, gain = quantize(search, 0, tx_size, DCT_DCT, plane, contexts >> 4, lam)
    bits += settings.costs[zero_cdf]
    if eob == 0 or squared - gain + lam * bits >= squared + lam * none:
        eob, bits = 0, none
    put_levels(scratch.levels, tape, 0, plane, eob, DCT_DCT)
    return bits


@kernel(internal=True)
def forget_left(tile, plane):
    """clear_left_context of a plane, at the begin of a row of superblocks."""
    for i in range(LEFT_CONTEXTS):
        tile.left[CTX_COEFS_Y + plane, i] = 0


@kernel()
def code_plane(searches, blocks, source, samples, plane, places, sizes, tape, bits):
    """Code the residual of all blocks of a plane of chroma.

    Parameters
    ----------
    searches : Search
        Of arrays of one record each.
    blocks : (1,) array of BLOCK
        With its quantizer index.
    source : (rows, columns) uint16 array
    samples : (rows, columns) uint16 array, changed
        The prediction; then the reconstruction.
    plane : int
        1 is U, 2 is V.
    places : (n, 5) int32 array
        Of the blocks: x, y, and what else `Job.places` has.
    sizes : (n, 2) int64 array
        Transform size and MiSize of each block.
    tape : (1026,) int32 array, scratch
    bits : (n,) float64 array, filled
    """
    search = Search(
        searches.settings[0], searches.best[0], searches.scratch[0], searches.frame[0], searches.tile[0]
    )
    frame, tile, block = search.frame, search.tile, blocks[0]
    quantizers(frame, tile, block)
    planes = (samples, samples, samples)
    row = -1
    for k in range(places.shape[0]):
        x, y = np.int64(places[k, 0]), np.int64(places[k, 1])
        if (y << frame.subsampling_y) >> 6 != row:
            row = (y << frame.subsampling_y) >> 6
            forget_left(tile, plane)
        block.mi_col, block.mi_row = (x << frame.subsampling_x) >> 2, (y << frame.subsampling_y) >> 2
        block.mi_size, block.uv_mode = sizes[k, 1], UV_CFL_PRED
        tx_size = np.int64(sizes[k, 0])
        bits[k] = choose_levels(search, block, source, samples, plane, x, y, tx_size, tape)
        apply_transform(frame, tile, block, planes, plane, x, y, tx_size, tape, 0)
