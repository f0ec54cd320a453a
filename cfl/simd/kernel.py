# mypy: disable-error-code="no-untyped-def"
"""How the kernels of a tile's walk are compiled: many small ones, which call each other with constants."""

from typing import Any

from numba import njit, types
from numba.core.dispatcher import Dispatcher
from numba.core.types.misc import unliteral

from cfl.simd.compiler import PartOfCallers


def kernel(inline=False, internal=False):
    """Compile a kernel that other kernels call often, with constants among the arguments.

    Without reference counts (`_nrt=False`), which would cost more than the coding itself; so it cannot make
    arrays. And once for all constants and all sizes of integers: left to itself, Numba compiles a callee anew
    for each value of a literal argument and each type of a record's field, which for the sixty symbols of a
    tile's syntax takes eight times as long.

    Parameters
    ----------
    inline : bool
        Have LLVM inline it. Implies `internal`.
    internal : bool
        It is for kernels only: without a wrapper for Python or a place of its own in the cache, and without
        machine code but as part of its callers. (A change of it does not make Numba compile them anew.)
    """
    options: dict[str, Any] = {"cache": True}
    if inline or internal:
        options = {"forceinline": inline, "no_cpython_wrapper": True, "pipeline_class": PartOfCallers}

    def compiled(function):
        dispatcher = njit(nogil=True, error_model="numpy", _nrt=False, **options)(function)
        if not isinstance(dispatcher, Dispatcher):  # NUMBA_DISABLE_JIT
            return dispatcher
        exact = dispatcher.get_call_template

        def widened(args, kws):
            return exact([_widened(arg) for arg in args], kws)

        dispatcher.get_call_template = widened  # type: ignore[method-assign]
        return dispatcher

    return compiled


def _widened(arg):
    """The type that an argument is taken as: int64 for the smaller integers and for bool."""
    arg = unliteral(arg)
    if isinstance(arg, types.Boolean) or (isinstance(arg, types.Integer) and arg.bitwidth < 64):
        return types.int64
    return arg
