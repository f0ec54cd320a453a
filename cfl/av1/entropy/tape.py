# mypy: disable-error-code="no-untyped-def"
"""The tape: decisions whose number varies, in the order of the syntax; see `cfl.av1.tile.state`."""

from cfl.av1.entropy.coder import MODE, READ
from cfl.av1.entropy.symbols import code_literal
from cfl.simd.kernel import kernel


@kernel(inline=True)
def is_writing(coder):
    """Say whether decisions are given, and not to be read."""
    return coder.state[MODE] != READ


@kernel(internal=True)
def next_decision(coder, tile, tape):
    """Return what a writer finds on the tape; a reader has nothing there yet."""
    if is_writing(coder):
        return tape[tile.tape]
    return 0


@kernel(internal=True)
def keep(tile, tape, value):
    """Put on the tape what was coded, and move on."""
    if tile.recording:
        tape[tile.tape] = value
    tile.tape += 1


@kernel(internal=True)
def code_literal_on_tape(coder, tile, tape, n):
    """Code L(n) with its value on the tape."""
    value = code_literal(coder, n, next_decision(coder, tile, tape))
    keep(tile, tape, value)
    return value
