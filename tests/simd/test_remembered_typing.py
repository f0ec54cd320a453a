"""Signatures of operators that are remembered are those that Numba itself finds."""

import itertools
import math
import operator

import numpy as np
import pytest
from numba import typeof, types
from numba.core.registry import cpu_target

from cfl.simd.remembered_typing import RememberedTyping

OPERANDS = [
    (types.int64, types.int64),
    (types.uint8, types.int64),
    (types.float32, types.int64),
    (types.boolean, types.uint64),
    (types.IntegerLiteral(3), types.float64),
]
CASES = [
    *itertools.product((operator.add, operator.truediv, operator.lt, max), OPERANDS),
    *itertools.product((operator.rshift, operator.and_), OPERANDS[:2]),
]


class Counting:
    """A typing context that counts what it resolves."""

    def __init__(self):
        self.context, self.count = cpu_target.typing_context, 0
        self.context.refresh()

    def resolve_function_type(self, func, args, kws):
        self.count += 1
        return self.context.resolve_function_type(func, args, kws)


@pytest.mark.parametrize(("function", "operands"), CASES, ids=str)
def test_the_same_signature_found_once(function, operands):
    numba = Counting()
    remembered = RememberedTyping(numba)
    args = (function, operands, {})
    expected = numba.context.resolve_function_type(*args)
    assert [remembered.resolve_function_type(*args) for _ in range(3)] == [expected] * 3
    assert numba.count <= 1


def test_what_is_not_an_operator_is_asked_for_each_time():
    numba = Counting()
    remembered = RememberedTyping(numba)
    for _ in range(3):
        assert remembered.resolve_function_type(math.sqrt, (types.float64,), {}).return_type == types.float64
    assert numba.count == 3


def test_elements_of_arrays_keep_their_types():
    numba = Counting()
    remembered = RememberedTyping(numba)
    for dtype in (np.int16, np.float32):
        array = typeof(np.zeros(3, dtype))
        signature = remembered.resolve_function_type(operator.getitem, (array, types.int64), {})
        assert signature.return_type == typeof(dtype(0))


def test_what_has_no_signature_has_none():
    numba = Counting()
    remembered = RememberedTyping(numba)
    for _ in range(2):
        with pytest.raises(Exception, match="No implementation"):
            remembered.resolve_function_type(operator.add, (types.int64, types.unicode_type), {})
