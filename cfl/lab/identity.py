"""What tells a predictor of one's own from another one of the same name: a hash of where it is written."""

import hashlib
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
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
    try:
        text = inspect.getsource(inspect.getmodule(plain) or plain)
    except (OSError, TypeError):  # no file: a notebook, or Python's prompt
        return key_of(repr(_meaning(plain, set())).encode())
    return key_of(text.encode())


def _meaning(function: Any, seen: set[int]) -> Any:
    """What a function does, with the functions of its module that it calls, and not where it is."""
    if id(function) in seen or not isinstance(function, FunctionType):
        return getattr(function, "__qualname__", type(function).__qualname__)
    seen.add(id(function))
    called = (function.__globals__.get(name) for name in sorted(_names(function.__code__)))
    plain = (getattr(each, "py_func", each) for each in called)
    return (
        _code(function.__code__),
        function.__defaults__,
        [_meaning(each, seen) for each in plain if getattr(each, "__module__", None) == function.__module__],
    )


def _names(code: CodeType) -> set[str]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


def _code(code: CodeType) -> Any:
    return code.co_code, [_constant(each) for each in code.co_consts], code.co_names


def _constant(value: Any) -> Any:
    if isinstance(value, CodeType):
        return _code(value)
    return sorted(map(repr, value)) if isinstance(value, frozenset) else value  # a set has no order
