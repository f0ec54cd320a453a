"""The variables of a statement are those that Numba itself lists, in its order."""

import inspect

import pytest
from numba.core import ir
from numba.core.compiler import run_frontend

from cfl.av1.tile import block, coefficients, partition, residual
from cfl.prediction import dc_prediction
from cfl.simd.variable_lists import quick_variable_lists

FUNCTIONS = [
    kernel.py_func
    for module in (block, coefficients, partition, residual, dc_prediction)
    for kernel in vars(module).values()
    if hasattr(kernel, "py_func")
]


def lists(blocks):
    return [statement.list_vars() for each in blocks.values() for statement in each.body]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_the_variables_of_statements(function):
    blocks = run_frontend(function).blocks
    expected = lists(blocks)
    with quick_variable_lists():
        assert lists(blocks) == expected
    assert any(expected)


def test_it_ends_with_the_compilation_also_after_an_error():
    before = ir.Inst._rec_list_vars
    with pytest.raises(ZeroDivisionError), quick_variable_lists():
        assert ir.Inst._rec_list_vars is not before
        raise ZeroDivisionError
    assert ir.Inst._rec_list_vars is before
    assert list(inspect.signature(before).parameters) == ["self", "val"]
