# mypy: disable-error-code="no-untyped-def"
"""The variables of a statement, as Numba's compiler asks for them, found faster.

Each pass asks for those of all statements, and Numba looks for the type of each part of a statement one after
the other: a tenth of all the time that it takes for our kernels.
"""

from contextlib import contextmanager

from numba.core import ir

_IS_VARIABLE, _IS_INSTRUCTION, _IS_SEQUENCE, _IS_DICTIONARY, _IS_OTHER = range(5)
_CLASSES = (
    (ir.Var, _IS_VARIABLE),
    (ir.Inst, _IS_INSTRUCTION),
    ((list, tuple), _IS_SEQUENCE),
    (dict, _IS_DICTIONARY),
)
_KINDS: dict[type, int] = {}


def _kind(part):
    """What a part of a statement is; remembered by its type."""
    kind = next((kind for classes, kind in _CLASSES if isinstance(part, classes)), _IS_OTHER)
    _KINDS[type(part)] = kind
    return kind


def _add_variables(part, found):
    kind = _KINDS.get(type(part))
    if kind is None:
        kind = _kind(part)
    if kind == _IS_VARIABLE:
        found.append(part)
    elif kind == _IS_INSTRUCTION:
        found.extend(part.list_vars())
    elif kind == _IS_SEQUENCE:
        for each in part:
            _add_variables(each, found)
    elif kind == _IS_DICTIONARY:
        for each in part.values():
            _add_variables(each, found)


def _variables(_, part):
    """The variables of a part of a statement, in order; in the place of `ir.Inst._rec_list_vars`."""
    found: list[ir.Var] = []
    _add_variables(part, found)
    return found


@contextmanager
def quick_variable_lists():
    """List variables in this way; for a thread that has Numba's lock on compiling."""
    before = ir.Inst._rec_list_vars
    ir.Inst._rec_list_vars = _variables
    try:
        yield
    finally:
        ir.Inst._rec_list_vars = before
