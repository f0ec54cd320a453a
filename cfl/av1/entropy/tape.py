# mypy: disable-error-code="no-untyped-def"
"""The tape: decisions whose number varies from block to block, in the order of the syntax.

`cfl.av1.tile.state` says what is on it.
"""

from cfl.av1.entropy.coder import MODE, READ
from cfl.av1.entropy.symbols import code_literal
from cfl.simd.kernel import kernel


@kernel(inline=True)
def is_writing(coder):
    """Say whether a coder writes given decisions rather than reads them."""
    return coder.state[MODE] != READ


@kernel(internal=True)
def next_decision(coder, tile, tape):
    """Return the next decision of a writer; 0 to a reader, which has none yet."""
    if is_writing(coder):
        return tape[tile.tape]
    return 0


@kernel(internal=True)
def keep(tile, tape, value):
    """Put what was coded on the tape, and move on."""
    if tile.recording:
        tape[tile.tape] = value
    tile.tape += 1


@kernel(internal=True)
def code_literal_on_tape(coder, tile, tape, n):
    """Code L(n) with its value on the tape."""
    value = code_literal(coder, n, next_decision(coder, tile, tape))
    keep(tile, tape, value)
    return value
