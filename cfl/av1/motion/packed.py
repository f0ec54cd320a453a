# mypy: disable-error-code="no-untyped-def"
"""Motion vectors in integers: one in 32 bits, a block's two in 64.

A packed pair has Mv[ 0 ][ 0 ] (the row) in its lowest 16 bits, then Mv[ 0 ][ 1 ], Mv[ 1 ][ 0 ] and
Mv[ 1 ][ 1 ], each in two's complement. So two pairs are compared, kept and moved at once. A single vector
is a pair whose upper half is 0. Components are in eighths of a sample; each fits into 16 bits because a valid
vector is shorter than 1 << 14.
"""

from cfl.simd.kernel import kernel


@kernel(inline=True)
def packed_mv(row, col):
    """Pack a single vector."""
    return (row & 0xFFFF) | (col & 0xFFFF) << 16


@kernel(inline=True)
def packed_pair(first, second):
    """Pack two packed vectors."""
    return first | second << 32


@kernel(inline=True)
def mv_of(pair, ref_list):
    """Return the packed vector of a list, 0 or 1."""
    return pair >> (32 * ref_list) & 0xFFFFFFFF


@kernel(inline=True)
def mv_row(pair, ref_list):
    """Return Mv[ ref_list ][ 0 ] of a pair."""
    return _signed(pair >> (32 * ref_list))


@kernel(inline=True)
def mv_col(pair, ref_list):
    """Return Mv[ ref_list ][ 1 ] of a pair."""
    return _signed(pair >> (32 * ref_list + 16))


@kernel(inline=True)
def negated_mv(mv):
    """Return the opposite of a packed vector."""
    return packed_mv(-mv_row(mv, 0), -mv_col(mv, 0))


@kernel(inline=True)
def _signed(bits):
    """The lowest 16 bits as a signed number."""
    return ((bits & 0xFFFF) ^ 0x8000) - 0x8000
