"""What tells a predictor of one's own from another one of the same name: a hash of where it is written."""

import hashlib
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any


def key_of(data: bytes) -> str:
    """A short hash."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def identity_of(function: Callable[..., Any]) -> str:
    """A hash of the file that a function is in; of the function alone if it was typed in a session.

    Parameters
    ----------
    function : function
        As it was decorated; Numba may have compiled it already.
    """
    plain = getattr(function, "py_func", function)
    module = inspect.getmodule(plain)
    try:
        if module is not None and _file_of(module) != _file_of(plain):
            raise OSError("it was typed after its module was read")  # python -i
        text = inspect.getsource(module or plain)
    except (OSError, TypeError):  # no file: a notebook, or Python's prompt
        return key_of(repr(_meaning(plain, plain.__module__, set())).encode())
    return key_of(text.encode())


def _file_of(thing: Any) -> Path:
    return Path(inspect.getfile(thing)).resolve()


def _meaning(value: Any, session: str, seen: set[int]) -> Any:
    """What something does or is, with all of its session that it uses, and not where it was typed."""
    value = getattr(value, "py_func", value)
    name = getattr(value, "__qualname__", type(value).__qualname__)
    if id(value) in seen or isinstance(value, ModuleType):
        return getattr(value, "__name__", name)
    if not isinstance(value, FunctionType | type):
        return _data(value)
    if value.__module__ != session:
        return value.__module__, name
    seen.add(id(value))
    parts = _parts(value) if isinstance(value, FunctionType) else _members(value)
    code = _code(value.__code__) if isinstance(value, FunctionType) else name
    return code, [(each, _meaning(parts[each], session, seen)) for each in sorted(parts)]


def _parts(function: FunctionType) -> dict[str, Any]:
    """What a function uses besides its code."""
    names = _names(function.__code__) & set(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    defaults = enumerate(function.__defaults__ or ())
    return (
        {f"global {name}": function.__globals__[name] for name in names}
        | {f"cell {name}": cell.cell_contents for name, cell in cells}
        | {f"default {index}": value for index, value in defaults}
        | {f"keyword {name}": value for name, value in (function.__kwdefaults__ or {}).items()}
    )


def _members(kind: type) -> dict[str, Any]:
    """Methods and values of a class, without what Python puts there."""
    return {name: value for name, value in vars(kind).items() if callable(value) or not name.startswith("__")}


def _data(value: Any) -> Any:
    """The bytes of a value. What cannot be pickled is told apart by its kind only."""
    try:
        return pickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError):
        return type(value).__qualname__


def _names(code: CodeType) -> set[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _code(code: CodeType) -> Any:
    return code.co_code, [_constant(each) for each in code.co_consts], code.co_names


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _code(value)
    return sorted(map(repr, value)) if isinstance(value, frozenset) else value  # a set has no order
