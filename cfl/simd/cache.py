# mypy: disable-error-code="no-untyped-def"
"""The cache of compiled kernels: kept by what they are compiled from, not by the files' folder and date.

Numba's own cache looks at the file of the outermost kernel alone, and at where it lies: it does not notice
when a kernel that this calls has changed, and each installation compiles anew. Here a kernel's name in the
cache has digests of

- the sources of its module and of all modules of the package that this imports,
- the versions of Numba, llvmlite, NumPy and Python, and the settings of Numba that change code,
- the processor: its name and features, as `NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES` give them,
- the types of the arguments, and the variables that the kernel closes over.

So an entry never grows stale; one that nobody uses any longer is removed after a while (`cache_folders`).
An installation may bring kernels with it that were compiled for any processor of a kind (`shipped`).
"""

import hashlib
import pickle
import sys
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import llvmlite.binding as ll
import numba
import numpy as np
from numba.core import config, sigutils
from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from cfl.simd import cache_folders, shipped
from cfl.simd.sources import digest_of_sources

_SETTINGS = (
    "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LLVM_REFPRUNE_FLAGS", "LLVM_REFPRUNE_PASS",
    "LOOP_VECTORIZE", "OPT", "SLP_VECTORIZE", "USE_LLVMLITE_MEMORY_MANAGER", "USING_SVML",
)  # fmt: skip
"""Those of `numba.config` that change the code of a kernel."""


def keep(dispatcher: Any) -> None:
    """Have a kernel's compiled code kept, and looked for, in the cache."""
    dispatcher._cache = KernelCache(dispatcher.py_func)


def is_kept(dispatcher: Any) -> bool:
    """Whether the cache holds code for a kernel as it is, for some types; True if it is not a kernel."""
    kept = getattr(dispatcher, "_cache", None)
    if not isinstance(kept, KernelCache):
        return True
    codegen = dispatcher.targetctx.codegen()
    return any(next(folder.glob(f"{prefix}*"), None) for folder, prefix in kept.places(codegen))


class KernelCache(FunctionCache):
    """The code of one kernel in the cache: a file for each combination of argument types.

    Parameters
    ----------
    py_func : function
        The kernel in Python.
    """

    def __init__(self, py_func):
        self._name = repr(py_func)
        self._py_func = py_func
        self._impl = _KernelImpl(py_func)
        self.enable()

    @property
    def cache_path(self):
        """The folder that code is put into; None if there is none."""
        folder = cache_folders.folders(config.CACHE_DIR).writable
        return folder and str(folder)

    def flush(self):
        """Nothing: what is compiled anew replaces what is there."""

    def places(self, codegen) -> list[tuple[Path, str]]:
        """Where code for this processor may lie: folders, and how the files' names begin there."""
        sources = digest_of_sources(self._py_func.__module__)
        if sources is None:
            return []
        own = self._prefix(sources, codegen.magic_tuple())
        found = [(folder, own) for folder in cache_folders.folders(config.CACHE_DIR).readable]
        ready = shipped.for_processor(self._py_func.__module__, codegen.magic_tuple())
        return [*found, (ready.folder, self._prefix(sources, ready.processor))] if ready else found

    def _load_overload(self, sig, target_context):
        if self._enabled:
            codegen = target_context.codegen()
            for folder, prefix in self.places(codegen):
                content = cache_folders.read(folder / self._file(prefix, sig))
                data = content and pickle.loads(content)
                if data and data[-1].args == sigutils.normalize_signature(sig)[0]:
                    return self._impl.rebuild(target_context, data)
        return None

    def _save_overload(self, sig, data):
        folder = cache_folders.folders(config.CACHE_DIR).writable
        places = self.places(data.codegen)
        if not (self._enabled and folder and places and self._impl.check_cachable(data)):
            return
        try:
            _prune_once(folder)
            cache_folders.write(folder / self._file(places[0][1], sig), dumps(self._impl.reduce(data)))
        except OSError as error:
            cache_folders.warn_once(folder, error.strerror or str(error))

    def _prefix(self, sources: str, processor: tuple[str, ...]) -> str:
        name = f"{self._py_func.__module__}.{self._py_func.__qualname__}".replace("<", "").replace(">", "")
        return f"{name}-{_digest(sources, _compiler(), processor)}-"

    def _file(self, prefix: str, sig) -> str:
        code, variables = self._index_key(sig, _NO_PROCESSOR)[2]
        return f"{prefix}{_digest(str(sig), code, variables)}{cache_folders.SUFFIX}"


class _NoProcessor:
    def magic_tuple(self):
        return ()


_NO_PROCESSOR = _NoProcessor()


class _KernelImpl(CompileResultCacheImpl):
    """How a compiled kernel becomes bytes, and one of this process again."""

    def __init__(self, py_func):
        self._lineno = py_func.__code__.co_firstlineno
        self._locator = self
        self._py_file = py_func.__code__.co_filename

    def reduce(self, cres):
        (name, _, (object_code, bitcode)), *rest = cres._reduce()
        fndesc, environment, signature, *others = rest
        module = cres.library._get_module_for_linking()
        symbols = [
            symbol.name
            for some in (module.functions, module.global_variables)
            for symbol in some
            if not symbol.is_declaration
        ]
        return (name, object_code, bitcode, symbols), fndesc, environment, others, signature

    def rebuild(self, target_context, data):
        code, fndesc, environment, others, signature = data
        context = _Context(target_context, code)
        cres = CompileResult._rebuild(context, code, fndesc, environment, signature, *others)
        return cres._replace(target_context=target_context)


class _Context:
    """What `CompileResult._rebuild` asks a target's context for, with libraries of our kind."""

    def __init__(self, context, code):
        self._context = context
        self.typing_context = context.typing_context

    def codegen(self):
        return self

    def unserialize_library(self, code):
        return _KeptLibrary.loaded(self._context.codegen(), *code)

    def get_executable(self, *args):
        return self._context.get_executable(*args)


class _KeptLibrary(JITCodeLibrary):
    """Code from the cache, whose form for other kernels to link is read only if one does."""

    _shared_module: Any

    @classmethod
    def loaded(cls, codegen, name, object_code, bitcode, symbols):
        self = cls(codegen, name)
        self.enable_object_caching()
        self._set_compiled_object(object_code)
        self._bitcode = bitcode
        self._finalize_final_module()
        codegen._engine._defined_symbols.update(symbols)
        return self

    def _get_module_for_linking(self):
        if self._shared_module is None:
            self._shared_module = ll.parse_bitcode(self._bitcode)
        return self._shared_module


@cache
def _prune_once(folder: Path) -> None:
    cache_folders.prune(folder)


def _compiler() -> str:
    """What compiles: versions and settings."""
    versions = (numba.__version__, llvmlite.__version__, np.__version__.partition(".")[0])
    python = (sys.implementation.cache_tag, getattr(sys, "abiflags", ""))
    return repr((versions, python, [(name, getattr(config, name, None)) for name in _SETTINGS]))


def _digest(*parts: Any) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
