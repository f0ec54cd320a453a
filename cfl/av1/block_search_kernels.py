# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the best modes of one block: candidates by a quick measure, the best of them by D + λR.

The block is left as the walk would leave it: its record and its decisions on the tape, its samples
reconstructed, its contexts left to the blocks that follow.
"""

from cfl.av1.chroma_search_kernels import search_chroma
from cfl.av1.kernel import kernel
from cfl.av1.luma_search_kernels import search_luma
from cfl.av1.mode_kernels import skip_cdf
from cfl.av1.residual_kernels import reset_block_context
from cfl.av1.tables.constants import DC_PRED


@kernel(internal=True)
def search_block(search, frame, tile, block, tape, source, planes):
    """Choose everything of a block whose place is set (`begin_block`); append to the tape from `block.tape`.

    Returns
    -------
    float
        D + λR.
    """
    start = block.tape
    skip = skip_cdf(tile, block)
    cost = search.lam * search.costs[skip]
    cost += search_luma(search, frame, tile, block, source, planes)
    luma_length, coded = tile.tape, search.eob
    luma_tape = search.luma_tape[search.luma_slot]
    for i in range(luma_length):
        tape[start + i] = luma_tape[i]
    length = luma_length
    block.uv_mode, block.angle_delta_uv, block.cfl_alpha_u, block.cfl_alpha_v = DC_PRED, 0, 0, 0
    if block.has_chroma:
        cost += search_chroma(search, frame, tile, block, source, planes)
        coded += search.eob
        chroma_tape = search.chroma_tape[search.chroma_slot]
        for i in range(tile.tape):
            tape[start + length + i] = chroma_tape[i]
        length += tile.tape
    block.skip = coded == 0
    if block.skip:
        cost += search.lam * (search.costs[skip + 1] - search.costs[skip])
        reset_block_context(frame, tile, block)
        length = 0
    tile.tape = start + length
    return cost
