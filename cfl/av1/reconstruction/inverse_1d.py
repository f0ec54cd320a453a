# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: N802, PLR0912, PLR0915 - named and ordered as the specification's steps are
"""The 1-D inverse transforms, AV1 specification 7.13.2: eight of them side by side, one in each lane.

Transforms follow the specification's steps, but on a list of LLVM values rather than numbers: running one
here *emits* its code, without loops. So each transform is written once for all sizes, and the processor
spends no time on loops, permutations and inputs that are zero.

A value in `Block.T` is a vector of eight int32 lanes, or None for zero: operations on zeros are not emitted.
A transform therefore comes in several kinds, by how many of its first inputs can be other than zero; blocks
of a real picture seldom fill more than a corner.

Arithmetic wraps at 32 bits, which is exact for every conforming stream: a sum of products may wrap on the
way, but the specification requires the rounded result to fit r ≤ 20 bits, and so the sum fits 32.
"""

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from cfl.av1.tables.inverse_transform import (
    ADST,
    DCT,
    IDENTITY,
    SINPI_1_9,
    SINPI_2_9,
    SINPI_3_9,
    SINPI_4_9,
    WHT,
    cos128,
    sin128,
)
from cfl.simd.int32x8 import I64, LANES, load_vector, pointer, store_vector
from cfl.simd.vectors import I32, broadcast, constant, int32x8

VECTOR = int32x8.vector


def brev(num_bits, x):
    """The bit reversal of `x`, AV1 specification 7.13.2.1."""
    return sum((x >> i & 1) << (num_bits - 1 - i) for i in range(num_bits))


class Block:
    """The array T of eight transforms, and the specification's operations upon it, emitted by `builder`."""

    def __init__(self, builder, inputs, low, high):
        self.builder, self.T, self.low, self.high = builder, inputs, low, high

    def times(self, value, factor):
        """value · factor."""
        if value is None or factor == 0:
            return None
        return self.builder.mul(value, constant(VECTOR, factor))

    def plus(self, x, y):
        """x + y."""
        if x is None or y is None:
            return y if x is None else x
        return self.builder.add(x, y)

    def minus(self, x, y):
        """x - y."""
        if y is None:
            return x
        return self.builder.sub(constant(VECTOR, 0) if x is None else x, y)

    def shifted(self, value, bits):
        """value >> bits."""
        return None if value is None else self.builder.ashr(value, constant(VECTOR, bits))

    def round2(self, value):
        """Round2( value, 12 )."""
        return None if value is None else self.shifted(self.builder.add(value, constant(VECTOR, 1 << 11)), 12)

    def clipped(self, value):
        """`value` clipped to the intermediate range."""
        for name, bound in (("smin", self.high), ("smax", self.low)):
            if value is not None:
                kind = ir.FunctionType(value.type, [value.type] * 2)
                function = cgutils.get_or_insert_function(
                    self.builder.module, kind, f"llvm.{name}.v{LANES}i32"
                )
                value = self.builder.call(function, (value, bound))
        return value

    def B(self, a, b, angle, flip):
        """The butterfly rotation B( a, b, angle, flip, r )."""
        x, y, cos, sin = self.T[a], self.T[b], cos128(angle), sin128(angle)
        if x is not None and y is not None and angle % 64 == 32:
            # cos = ±sin: two multiplications rather than four
            to_a = self.times((self.plus if angle & 64 else self.minus)(x, y), cos)
            to_b = self.times(self.minus(y, x) if angle & 64 else self.plus(x, y), cos)
        else:
            to_a = self.plus(self.times(x, cos), self.times(y, -sin))
            to_b = self.plus(self.times(x, sin), self.times(y, cos))
        if flip:
            a, b = b, a
        self.T[a], self.T[b] = self.round2(to_a), self.round2(to_b)

    def H(self, a, b, flip):
        """The Hadamard rotation H( a, b, flip, r )."""
        if flip:
            a, b = b, a
        x, y = self.T[a], self.T[b]
        self.T[a], self.T[b] = self.clipped(self.plus(x, y)), self.clipped(self.minus(x, y))


def inverse_dct(block, n):
    """AV1 specification 7.13.2.3, step by step."""
    B, H = block.B, block.H
    block.T = [block.T[brev(n, i)] for i in range(1 << n)]
    if n == 6:
        for i in range(16):
            B(32 + i, 63 - i, 63 - 4 * brev(4, i), 0)
    if n >= 5:
        for i in range(8):
            B(16 + i, 31 - i, 6 + (brev(3, 7 - i) << 3), 0)
    if n == 6:
        for i in range(16):
            H(32 + i * 2, 33 + i * 2, i & 1)
    if n >= 4:
        for i in range(4):
            B(8 + i, 15 - i, 12 + (brev(2, 3 - i) << 4), 0)
    if n >= 5:
        for i in range(8):
            H(16 + 2 * i, 17 + 2 * i, i & 1)
    if n == 6:
        for i in range(4):
            for j in range(2):
                B(62 - i * 4 - j, 33 + i * 4 + j, 60 - 16 * brev(2, i) + 64 * j, 1)
    if n >= 3:
        for i in range(2):
            B(4 + i, 7 - i, 56 - 32 * i, 0)
    if n >= 4:
        for i in range(4):
            H(8 + 2 * i, 9 + 2 * i, i & 1)
    if n >= 5:
        for i in range(2):
            for j in range(2):
                B(30 - 4 * i - j, 17 + 4 * i + j, 24 + (j << 6) + ((1 - i) << 5), 1)
    if n == 6:
        for i in range(8):
            for j in range(2):
                H(32 + i * 4 + j, 35 + i * 4 - j, i & 1)
    for i in range(2):
        B(2 * i, 2 * i + 1, 32 + 16 * i, 1 - i)
    if n >= 3:
        for i in range(2):
            H(4 + 2 * i, 5 + 2 * i, i)
    if n >= 4:
        for i in range(2):
            B(14 - i, 9 + i, 48 + 64 * i, 1)
    if n >= 5:
        for i in range(4):
            for j in range(2):
                H(16 + 4 * i + j, 19 + 4 * i - j, i & 1)
    if n == 6:
        for i in range(2):
            for j in range(4):
                B(61 - i * 8 - j, 34 + i * 8 + j, 56 - i * 32 + (j >> 1) * 64, 1)
    for i in range(2):
        H(i, 3 - i, 0)
    if n >= 3:
        B(6, 5, 32, 1)
    if n >= 4:
        for i in range(2):
            for j in range(2):
                H(8 + 4 * i + j, 11 + 4 * i - j, i)
    if n >= 5:
        for i in range(4):
            B(29 - i, 18 + i, 48 + (i >> 1) * 64, 1)
    if n == 6:
        for i in range(4):
            for j in range(4):
                H(32 + 8 * i + j, 39 + 8 * i - j, i & 1)
    if n >= 3:
        for i in range(4):
            H(i, 7 - i, 0)
    if n >= 4:
        for i in range(2):
            B(13 - i, 10 + i, 32, 1)
    if n >= 5:
        for i in range(2):
            for j in range(4):
                H(16 + i * 8 + j, 23 + i * 8 - j, i)
    if n == 6:
        for i in range(8):
            B(59 - i, 36 + i, 48 if i < 4 else 112, 1)
    if n >= 4:
        for i in range(8):
            H(i, 15 - i, 0)
    if n >= 5:
        for i in range(4):
            B(27 - i, 20 + i, 32, 1)
    if n == 6:
        for i in range(8):
            H(32 + i, 47 - i, 0)
            H(48 + i, 63 - i, 1)
    if n >= 5:
        for i in range(16):
            H(i, 31 - i, 0)
    if n == 6:
        for i in range(8):
            B(55 - i, 40 + i, 32, 1)
        for i in range(32):
            H(i, 63 - i, 0)


def inverse_adst4(block):
    """AV1 specification 7.13.2.6."""
    times, plus, minus = block.times, block.plus, block.minus
    t = block.T
    s0 = plus(plus(times(t[0], SINPI_1_9), times(t[2], SINPI_4_9)), times(t[3], SINPI_2_9))
    s1 = minus(minus(times(t[0], SINPI_2_9), times(t[2], SINPI_1_9)), times(t[3], SINPI_4_9))
    s2 = times(plus(minus(t[0], t[2]), t[3]), SINPI_3_9)
    s3 = times(t[1], SINPI_3_9)
    sums = plus(s0, s3), plus(s1, s3), s2, minus(plus(s0, s1), s3)
    # these may use all of 32 bits, where adding half would wrap: Round2( x, 12 ) = (x >> 12) + (x >> 11 & 1)
    halves = [block.builder.and_(block.shifted(x, 11), constant(VECTOR, 1)) for x in sums]
    block.T = [plus(block.shifted(x, 12), half) for x, half in zip(sums, halves, strict=True)]


def adst_input(block, n):
    """The input permutation, AV1 specification 7.13.2.4."""
    n0 = 1 << n
    block.T = [block.T[i - 1 if i & 1 else n0 - i - 1] for i in range(n0)]


def adst_output(block, n):
    """The output permutation and its changes of sign, AV1 specification 7.13.2.5."""
    outputs = []
    for i in range(1 << n):
        bits = (i >> 3 & 1, (i >> 2 ^ i >> 3) & 1, (i >> 1 ^ i >> 2) & 1, (i ^ i >> 1) & 1)
        value = block.T[sum(bit << k for k, bit in enumerate(bits)) >> (4 - n)]
        outputs.append(block.minus(None, value) if i & 1 else value)
    block.T = outputs


def inverse_adst8(block):
    """AV1 specification 7.13.2.7."""
    B, H = block.B, block.H
    adst_input(block, 3)
    for i in range(4):
        B(2 * i, 2 * i + 1, 60 - 16 * i, 1)
    for i in range(4):
        H(i, 4 + i, 0)
    for i in range(2):
        B(4 + 3 * i, 5 + i, 48 - 32 * i, 1)
    for i in range(2):
        for j in range(2):
            H(4 * j + i, 2 + 4 * j + i, 0)
    for i in range(2):
        B(2 + 4 * i, 3 + 4 * i, 32, 1)
    adst_output(block, 3)


def inverse_adst16(block):
    """AV1 specification 7.13.2.8."""
    B, H = block.B, block.H
    adst_input(block, 4)
    for i in range(8):
        B(2 * i, 2 * i + 1, 62 - 8 * i, 1)
    for i in range(8):
        H(i, 8 + i, 0)
    for i in range(2):
        B(8 + 2 * i, 9 + 2 * i, 56 - 32 * i, 1)
        B(13 + 2 * i, 12 + 2 * i, 8 + 32 * i, 1)
    for i in range(4):
        for j in range(2):
            H(8 * j + i, 4 + 8 * j + i, 0)
    for i in range(2):
        for j in range(2):
            B(4 + 8 * j + 3 * i, 5 + 8 * j + i, 48 - 32 * i, 1)
    for i in range(2):
        for j in range(4):
            H(4 * j + i, 2 + 4 * j + i, 0)
    for i in range(4):
        B(2 + 4 * i, 3 + 4 * i, 32, 1)
    adst_output(block, 4)


def inverse_adst(block, n):
    """AV1 specification 7.13.2.9."""
    if n == 2:
        inverse_adst4(block)
    elif n == 3:
        inverse_adst8(block)
    else:
        inverse_adst16(block)


def inverse_wht(block, n):
    """AV1 specification 7.13.2.10, without its first shift."""
    a, c, d, b = block.T
    a = block.plus(a, c)
    d = block.minus(d, b)
    e = block.shifted(block.minus(a, d), 1)
    b = block.minus(e, b)
    c = block.minus(e, c)
    block.T = [block.minus(a, b), b, c, block.plus(d, c)]


def inverse_identity(block, n):
    """AV1 specification 7.13.2.15; the whole part of √2 and 2√2 apart, so that products fit 32 bits."""
    whole, fraction = {2: (1, 5793 - 4096), 3: (2, 0), 4: (2, 11586 - 2 * 4096), 5: (4, 0)}[n]
    block.T = [block.plus(block.times(x, whole), block.round2(block.times(x, fraction))) for x in block.T]


TRANSFORMS = {DCT: inverse_dct, ADST: inverse_adst, IDENTITY: inverse_identity, WHT: inverse_wht}


class Kind(NamedTuple):
    """A 1-D transform of 2^n points of which only the first `inputs` can be other than zero."""

    transform: int
    n: int
    inputs: int


KINDS = (
    Kind(DCT, 2, 4),
    Kind(DCT, 3, 8),
    *(
        Kind(DCT, n, inputs)
        for n, inputs in ((4, 8), (4, 16), (5, 8), (5, 16), (5, 32), (6, 8), (6, 16), (6, 32))
    ),
    *(Kind(ADST, n, 1 << n) for n in (2, 3, 4)),
    *(Kind(IDENTITY, n, 1 << n) for n in (2, 3, 4, 5)),
    Kind(WHT, 2, 4),
)


def _kind_lookup():
    """``[transform, n, used - 1]`` to the cheapest of `KINDS`; to the first where AV1 has none."""
    lookup = np.zeros((4, 7, 32), np.int64)
    for number, kind in reversed(list(enumerate(KINDS))):
        lookup[kind.transform, kind.n, : kind.inputs] = number
    return lookup


KIND_LOOKUP = _kind_lookup()
KIND_INPUTS = np.array([kind.inputs for kind in KINDS])


def _transform_function(module, kind):
    """The module's function ``(first, low, high)``, made when first asked for: one transform, in place."""
    name = f"cfl.inverse.{kind.transform}.{kind.n}.{kind.inputs}"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), (I32.as_pointer(), I32, I32)), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    builder = ir.IRBuilder(function.append_basic_block())
    first, low, high = function.args
    places = [builder.gep(first, [I64(LANES * k)]) for k in range(1 << kind.n)]
    inputs = [load_vector(builder, place, LANES) for place in places[: kind.inputs]]
    inputs += [None] * (len(places) - kind.inputs)
    block = Block(builder, inputs, broadcast(builder, low, VECTOR), broadcast(builder, high, VECTOR))
    TRANSFORMS[kind.transform](block, kind.n)
    for place, value in zip(places, block.T, strict=True):
        store_vector(builder, constant(VECTOR, 0) if value is None else value, place)
    builder.ret_void()
    return function


@intrinsic
def inverse_1d(typingctx, kind, array, start, low, high):
    """Eight inverse transforms, in place: sample k of the transform in lane i is ``array[start + 8k + i]``.

    `kind` is an index of `KINDS`; values between steps are clipped to `low` … `high` where the
    specification says so. `array` is 1-D, contiguous and int32.
    """

    def emit(context, builder, sig, args):
        number, array, start, low, high = args
        first = pointer(context, builder, sig.args[1], array, start, LANES)
        arguments = (first, builder.trunc(low, I32), builder.trunc(high, I32))
        functions = [_transform_function(builder.module, kind) for kind in KINDS]
        done = builder.append_basic_block()
        blocks = [builder.append_basic_block() for _ in KINDS]
        switch = builder.switch(number, blocks[0])
        for case, (block, function) in enumerate(zip(blocks, functions, strict=True)):
            switch.add_case(I64(case), block)
            builder.position_at_end(block)
            builder.call(function, arguments)
            builder.branch(done)
        builder.position_at_end(done)
        return context.get_dummy_value()

    i64 = types.int64
    return types.void(i64, array, i64, i64, i64), emit
