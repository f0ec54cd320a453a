"""Predictors that were typed in a session are told apart by all that they use of it."""

import pytest

from cfl.lab.identity import identity_of

SESSION = """
import numpy as np
LEVEL = {0}
TABLE = np.arange(5000) == 2000 + {0}
class Model:
    level = {0}
    def __call__(self, block):
        return {0}
def helper(block):
    return LEVEL
def maker(k):
    return lambda block: block * k
def by_global(block): return block + LEVEL
def by_array(block): return block + TABLE[2001]
def by_call(block): return helper(block)
def by_default(block, k={0}): return k
def by_keyword(block, *, k={0}): return k
def by_class(block): return Model.level
def by_method(block): return Model()(block)
by_cell = maker({0})
def by_itself(block): return by_itself(block - {0})
"""
NAMES = [name for name in SESSION.replace("(", " ").split() if name.startswith("by_")]


def typed(name, level, before=""):
    session = {"__name__": "__main__"}
    exec(compile(before + SESSION.format(level), "<cell>", "exec"), session)
    return identity_of(session[name])


@pytest.mark.parametrize("name", sorted(set(NAMES)))
def test_what_a_predictor_uses_tells_it_apart(name):
    assert typed(name, 1) == typed(name, 1, before="\n\nunused = 3\n")
    assert typed(name, 1) != typed(name, 2)
