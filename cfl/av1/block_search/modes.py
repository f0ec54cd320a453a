# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the best modes of one block: candidates by a quick measure, the best of them by D + λR.

The block is left as the walk would leave it: its record and its decisions on the tape, its samples
reconstructed, its contexts left to the blocks that follow.
"""

from cfl.av1.block_search.chroma import search_chroma
from cfl.av1.block_search.intrabc import leave_copy, search_copy, use_intrabc_cost
from cfl.av1.block_search.luma import search_luma
from cfl.av1.block_search.palette import put_palettes
from cfl.av1.tables.constants import DC_PRED
from cfl.av1.tile.modes import skip_cdf
from cfl.av1.tile.residual import reset_block_context
from cfl.simd.kernel import kernel


@kernel(internal=True)
def append(tile, tape, part, length):
    """Append the first entries of a tape to the block's."""
    for i in range(length):
        tape[tile.tape + i] = part[i]
    tile.tape += length


@kernel(internal=True)
def search_modes(search, frame, tile, block, tape, source, planes, skip):
    """Choose the modes of a block that is not copied, and their coefficients. Return D + λR."""
    cost = search.lam * (search.costs[skip] + use_intrabc_cost(search, frame, 0))
    cost += search_luma(search, frame, tile, block, source, planes)
    luma_length, coded = tile.tape, search.eob
    chroma_length = 0
    block.uv_mode, block.angle_delta_uv, block.cfl_alpha_u, block.cfl_alpha_v = DC_PRED, 0, 0, 0
    if block.has_chroma:
        cost += search_chroma(search, frame, tile, block, source, planes)
        coded, chroma_length = coded + search.eob, tile.tape
    tile.tape = block.tape
    if block.palette_size_y or block.palette_size_uv:
        tile.tape = put_palettes(frame, tile, block, tape, block.tape)
    block.skip = coded == 0
    if block.skip:
        cost += search.lam * (search.costs[skip + 1] - search.costs[skip])
        reset_block_context(frame, tile, block)
    else:
        append(tile, tape, search.luma_tape[search.luma_slot], luma_length)
        append(tile, tape, search.chroma_tape[search.chroma_slot], chroma_length)
    return cost


@kernel(internal=True)
def search_block(search, frame, tile, block, tape, source, planes, arrays, links):
    """Choose everything of a block whose place is set (`begin_block`); append to the tape from `block.tape`.

    Where a copy is exact, nothing else is tried.

    Returns
    -------
    float
        D + λR.
    """
    skip, cost = skip_cdf(tile, block), 1e300
    copied, error = search_copy(search, frame, tile, block, source, planes, arrays, links, skip)
    if error > 0.0:
        cost = search_modes(search, frame, tile, block, tape, source, planes, skip)
    if copied < cost:
        cost = copied
        leave_copy(search, frame, tile, block, planes)
        tile.tape = block.tape
        append(tile, tape, search.copy_tape[0], search.copy_length)
    return cost
