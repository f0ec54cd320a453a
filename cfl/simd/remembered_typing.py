# mypy: disable-error-code="no-untyped-def"
"""What Numba finds out about the types of operators, remembered from function to function.

For each `+` between two int64 Numba tries some twenty templates, those of lists, sets, dates and arrays among
them, and does so anew at each `+` of each function: a tenth of all the time that it takes for our kernels.
Which signature an operator has depends on nothing but the types of its operands.
"""

import builtins
import operator
from collections.abc import Hashable
from typing import Any

from numba.core import types

_SIGNATURES: dict[tuple[Any, ...], Any] = {}
_PURE = frozenset(
    {value for value in vars(operator).values() if callable(value)}
    | {builtins.abs, builtins.max, builtins.min}
)


class RememberedTyping:
    """A typing context of Numba that resolves each operator once for each types of operands."""

    def __init__(self, context):
        self._context = context

    def __getattr__(self, name):
        return getattr(self._context, name)

    def resolve_function_type(self, func, args, kws):
        """Return the signature of a call, as the context itself does."""
        operation = func.typing_key if isinstance(func, types.Function) else func
        if kws or not isinstance(operation, Hashable) or operation not in _PURE:
            return self._context.resolve_function_type(func, args, kws)
        key = (func, *args)
        signature = _SIGNATURES.get(key)
        if signature is None:
            signature = self._context.resolve_function_type(func, args, kws)
            if signature is not None:
                _SIGNATURES[key] = signature
        return signature
