"""Functions that need one of the seldom passes get it; the others are compiled without."""

import numpy as np
import pytest
from numba import literally, njit
from numba.core import typed_passes, untyped_passes
from numba.core.compiler import DefaultPassBuilder, Flags, StateDict

from cfl.simd.compiler import Outermost
from cfl.simd.seldom_passes import SELDOM


def plain(a):
    total = 0.0
    for i in range(a.size):
        total += a[i]
    return total


def closure(a):
    def twice(x):
        return 2 * x

    return twice(a[0])


def comprehension(a):
    return np.array([2 * x for x in a])


def array_expression(a):
    return a * a + 1


def array_call(a):
    return np.sqrt(a)


NEEDS = {
    plain: set(),
    closure: {"closures"},
    comprehension: {"closures", "rewrites"},
    array_expression: {"rewrites"},
    array_call: {"rewrites"},
}


@pytest.fixture
def run(monkeypatch):
    """The names of the passes of Numba that have run."""
    names = set()
    for name, owner in (
        ("closures", untyped_passes.InlineClosureLikes),
        ("rewrites", typed_passes.NopythonRewrites),
    ):
        monkeypatch.setattr(owner, "run_pass", _noting(names, name, owner.run_pass))
    return names


def _noting(names, name, run_pass):
    def noted(self, state):
        if state.func_id.modname == __name__:
            names.add(name)
        return run_pass(self, state)

    return noted


@pytest.mark.parametrize("function", NEEDS, ids=lambda function: function.__name__)
def test_a_pass_runs_where_it_does_something(run, function):
    a = np.array([1.0, 4.0, 9.0])
    found = njit(pipeline_class=Outermost)(function)(a)
    np.testing.assert_array_equal(found, function(a))
    assert run == NEEDS[function]


def test_a_field_that_a_literal_names(run):
    """Where the name is an argument, it is a literal only once types are known."""

    @njit(pipeline_class=Outermost)
    def field(a, name):
        literally(name)
        a[0][name] = 3.5
        return a[0][name]

    @njit(pipeline_class=Outermost)
    def caller(a):
        return field(a, "x")

    pairs = np.array([(1.5, 2)], [("x", "f8"), ("y", "i8")])
    assert caller(pairs) == 3.5
    assert pairs["x"][0] == 3.5
    assert "rewrites" in run


def test_the_passes_are_still_in_numbas_pipeline():
    state = StateDict(func_ir=None, flags=Flags())
    found = {each for each, _ in DefaultPassBuilder.define_nopython_pipeline(state).passes}
    assert found >= SELDOM.keys()
