# mypy: disable-error-code="no-untyped-def, call-arg"
"""Double-double arithmetic: a number as the unevaluated sum of two float64, about 32 decimal digits.

A double-double ``(hi, lo)`` has ``|lo| <= ulp(hi) / 2``. The algorithms and their error bounds (a few units
of 2⁻¹⁰⁴, relative) are those of Joldes, Muller and Popescu, "Tight and rigorous error bounds for basic
building blocks of double-word arithmetic", ACM TOMS 44(2), 2017; they hold short of overflow and underflow.
"""

from numba import types
from numba.extending import intrinsic

from cfl.simd.kernel import stage

UNIT = 2.0**-102
"""A safe bound on the relative error of one operation here."""


@intrinsic
def fma(typing_context, a, b, c):
    """a·b + c with a single rounding."""
    signature = types.float64(types.float64, types.float64, types.float64)

    def generate(context, builder, signature, arguments):
        return builder.fma(*arguments)

    return signature, generate


@stage
def two_sum(a, b):
    """a + b exactly, as a double-double."""
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


@stage
def two_prod(a, b):
    """a·b exactly, as a double-double."""
    product = a * b
    return product, fma(a, b, -product)


@stage
def renormalise(hi, lo):
    """hi + lo as a double-double, for |hi| >= |lo|."""
    total = hi + lo
    return total, lo - (total - hi)


@stage
def add(ah, al, bh, bl):
    """Sum of two double-doubles."""
    sh, sl = two_sum(ah, bh)
    th, tl = two_sum(al, bl)
    vh, vl = renormalise(sh, sl + th)
    return renormalise(vh, tl + vl)


@stage
def sub(ah, al, bh, bl):
    """Difference of two double-doubles."""
    return add(ah, al, -bh, -bl)


@stage
def mul(ah, al, bh, bl):
    """Product of two double-doubles."""
    ph, pl = two_prod(ah, bh)
    return renormalise(ph, pl + fma(al, bh, fma(ah, bl, al * bl)))


@stage(error_model="python")
def div(ah, al, bh, bl):
    """Quotient of two double-doubles."""
    quotient = ah / bh
    rh, rl = mul(quotient, 0.0, bh, bl)
    return renormalise(quotient, ((ah - rh) + (al - rl)) / bh)


@stage(error_model="python")
def sqrt(ah, al):
    """Square root of a double-double >= 0."""
    if ah <= 0.0:
        return 0.0, 0.0
    root = ah**0.5
    sh, sl = two_prod(root, root)
    return renormalise(root, ((ah - sh) + (al - sl)) / (2.0 * root))
