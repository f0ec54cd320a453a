"""Kernels that only kernels call, as functions that a test can call."""

from types import ModuleType
from typing import Any

from numba.core.dispatcher import Dispatcher

from cfl.simd.kernel import for_python


class FromPython:
    """The names of a module of kernels; the kernels among them can be called from Python."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        return for_python(value) if isinstance(value, Dispatcher) else value
