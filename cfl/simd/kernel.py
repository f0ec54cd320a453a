# mypy: disable-error-code="no-untyped-def"
"""The decorators of kernels. Every kernel of the package has one of these.

==============  ==========================  =================  ==============================================
decorator       who calls it                may make arrays    compiled
==============  ==========================  =================  ==============================================
`entry`         Python                      yes                once for each combination of argument types;
                                                               kept in the cache
`stage`         kernels                     yes                as part of each kernel that calls it
`inlined`       kernels                     yes                the same, and LLVM must inline it
`kernel`        Python                      no                 as `entry`, in the manner of the codec's walk
`kernel(…)`     kernels                     no                 as `stage` or `inlined`, in that manner
==============  ==========================  =================  ==============================================

Most functions should be a `stage`: it has no machine code of its own, so it costs the least to compile. An
`entry` is compiled by LLVM with all that it calls, so there should be few of them, each with few types of
arguments. `for_python` makes an `entry` of what only kernels call, for a test.
"""

from functools import cache
from typing import Any

from numba import njit, types
from numba.core.dispatcher import Dispatcher
from numba.core.types.misc import unliteral

from cfl.simd.cache import keep
from cfl.simd.compiler import Outermost, PartOfCallers

_FOR_KERNELS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": PartOfCallers}
_FOR_PYTHON = {"no_cfunc_wrapper": True, "pipeline_class": Outermost}
_OF_CODE = ("nogil", "error_model", "fastmath", "_nrt")


def entry(function=None, *, error_model="python", fastmath=False):
    """Compile a kernel that Python calls, when it is first called; its code is kept in the cache.

    Parameters
    ----------
    function : function, optional
        The kernel; without it the decorator is returned.
    error_model : {'python', 'numpy'}
        What a division by zero does: raise `ZeroDivisionError`, or give NaN, an infinity or, of integers, 0.
    fastmath : bool or set of str
        How LLVM may change sums of floats.

    Returns
    -------
    kernel
    """
    if function is None:
        return lambda function: entry(function, error_model=error_model, fastmath=fastmath)
    return _kept(njit(nogil=True, error_model=error_model, fastmath=fastmath, **_FOR_PYTHON)(function))


def stage(function=None, *, error_model="numpy", fastmath=False):
    """Compile a function that only kernels call. Parameters as those of `entry`."""
    return _of_kernels(function, error_model=error_model, fastmath=fastmath)


def inlined(function=None, *, error_model="numpy", fastmath=False):
    """Compile a function that becomes part of each kernel that calls it. Parameters as those of `entry`."""
    return _of_kernels(function, error_model=error_model, fastmath=fastmath, forceinline=True)


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
        machine code but as part of its callers.
    """

    def compiled(function):
        if inline or internal:
            return _widening(_of_kernels(function, error_model="numpy", forceinline=inline, _nrt=False))
        return _widening(_kept(njit(nogil=True, error_model="numpy", _nrt=False, **_FOR_PYTHON)(function)))

    return compiled


@cache
def for_python(kernel):
    """Make an `entry` of a kernel that only kernels call, so that Python, such as a test, can call it.

    Parameters
    ----------
    kernel : a `stage` or an internal `kernel`

    Returns
    -------
    kernel
    """
    if not isinstance(kernel, Dispatcher):
        return kernel
    options = {name: kernel.targetoptions[name] for name in _OF_CODE if name in kernel.targetoptions}
    return _kept(njit(**options, **_FOR_PYTHON)(kernel.py_func))


def _of_kernels(function, **options):
    if function is None:
        return lambda function: _of_kernels(function, **options)
    return _refused_to_python(njit(nogil=True, **_FOR_KERNELS, **options)(function))


def _refused_to_python(dispatcher: Any):
    """A kernel that only kernels call, with an error if Python does: it has no machine code of its own."""
    if not isinstance(dispatcher, Dispatcher):
        return dispatcher

    def refuse(*args, **kws):
        raise TypeError(
            f"{dispatcher.py_func.__qualname__} is for kernels only: `for_python` makes one for Python"
        )

    def add_overload(compiled):
        dispatcher.overloads[tuple(compiled.signature.args)] = compiled

    dispatcher._compile_for_args = refuse  # type: ignore[attr-defined]
    dispatcher.add_overload = add_overload  # type: ignore[method-assign]
    return dispatcher


def _kept(dispatcher: Any):
    """Keep a kernel's code in the cache. What is not a kernel (`NUMBA_DISABLE_JIT`) is returned as it is."""
    if isinstance(dispatcher, Dispatcher):
        keep(dispatcher)
    return dispatcher


def _widening(dispatcher: Any):
    """A kernel that takes smaller integers of its callers as int64."""
    if not isinstance(dispatcher, Dispatcher):
        return dispatcher
    exact = dispatcher.get_call_template

    def widened(args, kws):
        return exact([_widened(arg) for arg in args], kws)

    dispatcher.get_call_template = widened  # type: ignore[method-assign]
    return dispatcher


def _widened(arg):
    """The type that an argument is taken as: int64 for the smaller integers and for bool."""
    arg = unliteral(arg)
    if isinstance(arg, types.Boolean) or (isinstance(arg, types.Integer) and arg.bitwidth < 64):
        return types.int64
    return arg
