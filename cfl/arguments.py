"""Check arguments that callers pass: numbers of Python, NumPy and others, and where they may lie."""

import math
import operator
import re
from collections.abc import Iterable
from typing import Any

from cfl.errors import FrameError


def whole(name: str, value: Any, low: int | None = None, high: int | None = None) -> int:
    """Return a whole number as Python's int.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    value : int, or a float without a fraction
        Python's or NumPy's.
    low, high : int, optional
        Bounds that it may reach.

    Raises
    ------
    FrameError
        It has a fraction or lies outside of the bounds.
    TypeError
        It is not a number.
    """
    number = _int_of(name, value)
    if number is None:
        raise FrameError(f"{name} is {value}, not a whole number")
    if (low is not None and number < low) or (high is not None and number > high):
        raise FrameError(f"{name} is {value}, not {_bounds(low, high)}")
    return number


def optional_whole(name: str, value: Any, low: int | None = None, high: int | None = None) -> int | None:
    """Like `whole`, but None stays None."""
    return None if value is None else whole(name, value, low, high)


def subsampling_of(value: str | None) -> str | None:
    """The chroma format in AV1's words, of "4:2:0", "420" or "yuv420p"; anything else stays as it is."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(?:yuvj?)?4:?(20|22|44|00)p?", value.strip().lower())
    if match is None:
        return "4:0:0" if value.lower() in ("gray", "grey", "mono") else value
    return "4:" + ":".join(match[1])


def _int_of(name: str, value: Any) -> int | None:
    """None for a number that is not whole."""
    is_boolean = isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")
    if not is_boolean:
        try:
            return operator.index(value)
        except TypeError:
            pass
        if hasattr(value, "__float__") and not hasattr(value, "__len__"):
            number = float(value)
            return int(number) if math.isfinite(number) and number == int(number) else None
    raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")


def _bounds(low: int | None, high: int | None) -> str:
    return f"at least {low}" if high is None else f"{low} to {high}"


def real(name: str, value: Any) -> float:
    """Return a number as Python's float; raise a TypeError if it is none."""
    if isinstance(value, str | bytes) or not hasattr(value, "__float__") or hasattr(value, "__len__"):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """Return True or False as Python's bool; raise a TypeError for anything else."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise TypeError(f"{name} must be True or False, not {type(value).__name__}")


def one_of(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return a word that is one of some; raise a TypeError for what is no text, a FrameError for others."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, not {type(value).__name__}")
    choices = list(choices)
    if value not in choices:
        raise FrameError(f"{name} is {value!r}, not one of {', '.join(choices)}")
    return value


def require(name: str, value: Any, expected: Any, words: str) -> None:
    """Raise a TypeError, naming the argument, for a value of another type."""
    if not isinstance(value, expected):
        raise TypeError(f"{name} must be {words}, not {type(value).__name__}")
