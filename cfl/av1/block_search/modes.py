# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the modes of one block: candidates by a quick measure, the best of them by RD cost.

It leaves what the walk would leave: the record, the decisions on the tape, the reconstructed samples, and the
contexts of coefficients for the blocks that follow.
"""

from cfl.av1.block_search.chroma import search_chroma
from cfl.av1.block_search.intrabc import restore_copy, search_copy, use_intrabc_cost
from cfl.av1.block_search.luma import search_luma
from cfl.av1.block_search.palette_tape import put_palettes
from cfl.av1.block_search.state import LUMA
from cfl.av1.tables.constants import DC_PRED
from cfl.av1.tile.modes import skip_cdf
from cfl.av1.tile.residual import reset_block_context
from cfl.simd.kernel import kernel


@kernel(internal=True)
def append_tape(tile, tape, part, length):
    """Append the first entries of a tape to the block's."""
    for i in range(length):
        tape[tile.tape + i] = part[i]
    tile.tape += length


@kernel(internal=True)
def search_modes(search, block, tape, pictures, skip):
    """Choose the modes of a block that is not a copy, and their coefficients; return the RD cost.

    Parameters
    ----------
    skip : int
        Where the CDF of skip is.
    """
    settings, frame, tile, best = search.settings, search.frame, search.tile, search.best
    cost = settings.lam[LUMA] * (settings.costs[skip] + use_intrabc_cost(search, 0))
    luma_cost, coded = search_luma(search, block, pictures)
    cost += luma_cost
    block.uv_mode, block.angle_delta_uv, block.cfl_alpha_u, block.cfl_alpha_v = DC_PRED, 0, 0, 0
    best.chroma_length = 0
    if block.has_chroma:
        chroma_cost, chroma_coded = search_chroma(search, block, pictures)
        cost, coded = cost + chroma_cost, coded + chroma_coded
    tile.tape = block.tape
    if block.palette_size_y or block.palette_size_uv:
        tile.tape = put_palettes(frame, tile, block, tape, block.tape)
    block.skip = coded == 0
    if block.skip:
        cost += settings.lam[LUMA] * (settings.costs[skip + 1] - settings.costs[skip])
        reset_block_context(frame, tile, block)
    else:
        append_tape(tile, tape, best.luma_tape[best.luma_slot], best.luma_length)
        if best.chroma_length:
            append_tape(tile, tape, best.chroma_tape[best.chroma_slot], best.chroma_length)
    return cost


@kernel(internal=True)
def search_block(search, block, tape, pictures, copies):
    """Choose everything of a block whose place is set (`begin_block`); append to the tape from `block.tape`.

    Where a copy is exact, nothing else is tried.

    Returns
    -------
    float
        The RD cost.
    """
    skip, cost = skip_cdf(search.tile, block), 1e300
    copied, error = search_copy(search, block, pictures, copies, skip)
    if error > 0.0:
        cost = search_modes(search, block, tape, pictures, skip)
    if copied < cost:
        cost = copied
        restore_copy(search, block, pictures.planes)
        search.tile.tape = block.tape
        append_tape(search.tile, tape, search.best.copy_tape[0], search.best.copy_length)
    return cost
