# mypy: disable-error-code="no-untyped-def"
"""How Numba compiles our kernels: LLVM gets what only kernels call once, with the kernel that Python calls.

Numba itself has LLVM optimise each function with all that it calls, and make machine code of it, at each step
of a chain of calls; and each step holds a copy of all that is below. Here a function that only kernels call
stays alone in its module; the outermost kernel collects the modules of all that it calls, each once, and has
them optimised together.
"""

from typing import Any

import llvmlite.binding as ll
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags

from cfl.simd.remembered_typing import RememberedTyping
from cfl.simd.seldom_passes import SELDOM
from cfl.simd.variable_lists import quick_variable_lists


class _Compiler(CompilerBase):
    """Numba's compiler with a library of ours."""

    library_class: type[JITCodeLibrary]

    def __init__(self, typingctx, targetctx, library, args, return_type, flags, locals):  # noqa: A002 - Numba's
        remembered = RememberedTyping(typingctx)
        super().__init__(remembered, targetctx, library, args, return_type, _OwnFlags(flags), locals)

    def define_pipelines(self):
        state = self.state
        state.library = self.library_class(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        pipeline = DefaultPassBuilder.define_nopython_pipeline(state)
        pipeline.passes = [(SELDOM.get(each, each), meaning) for each, meaning in pipeline.passes]
        pipeline.finalize()
        return [pipeline]

    def _compile_core(self):
        with quick_variable_lists():
            return super()._compile_core()


class _OwnFlags(Flags):
    """Flags of a function, of which Numba takes a copy that stays as it is while the function is compiled."""

    def copy(self):
        return _FixedFlags(self)


class _FixedFlags(Flags):
    """Flags with a hash that is known.

    Numba looks up every operator that it resolves under the flags too, and would read all sixty each time:
    a tenth of all the time that it takes.
    """

    __slots__ = ("_hash", "_items")

    def __init__(self, flags):
        super().__init__(flags)
        self._items = super().values()
        self._hash = super().__hash__()

    def values(self):
        return self._items

    def __hash__(self):
        return self._hash

    def __eq__(self, other):
        return self is other or super().__eq__(other)

    def copy(self):
        return Flags(self)


_OwnFlags.__name__ = Flags.__name__  # it is part of the names of symbols


class _PartLibrary(JITCodeLibrary):
    """A function in LLVM's language, optimised by itself but not with what it calls; not loaded.

    Without that first step LLVM takes 5 % less time for a kernel, whose code is then 2 to 5 % slower.
    """

    _shared_module: Any

    def finalize(self):
        """Nothing is linked to it yet."""
        self._raise_if_finalized()
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == ll.Linkage.external:
                function.linkage = "linkonce_odr"
        self._finalize_dynamic_globals()
        self._finalized = True

    def _get_module_for_linking(self):
        """With all that it calls, for a library that is not of this module: somebody's `njit`."""
        if self._shared_module is None:
            whole = self._final_module.clone()
            for module in _modules_of(self._linking_libraries):
                whole.link_in(module, preserve=True)
            self._shared_module = whole
        return self._shared_module

    def get_pointer_to_function(self, name):
        """Nothing of it is in memory."""
        return 0

    @property
    def codegen(self):
        return self

    def set_env(self, env_name, env):
        """Nor is its environment, which kernels without Python objects do not need."""


class _OutermostLibrary(JITCodeLibrary):
    """A kernel with all that it calls, as machine code."""

    def finalize(self):
        """Link all modules, each once; optimise them, and make machine code."""
        self._codegen._check_llvm_bugs()
        self._raise_if_finalized()
        for module in _modules_of(self._linking_libraries):
            self._final_module.link_in(module, preserve=True)
        self._optimize_final_module()
        self._final_module.verify()
        self._finalize_final_module()


def _modules_of(libraries):
    """The modules of libraries and of all that these link, each once, callers before what they call.

    LLVM leaves out a function that nothing in the module calls yet.
    """
    found: dict[JITCodeLibrary, None] = {}

    def visit(library):
        if library not in found:
            library._ensure_finalized()
            found[library] = None
            if isinstance(library, _PartLibrary):
                for inner in [*library._linking_libraries][::-1]:
                    visit(inner)
            found[library] = found.pop(library)  # behind all that it calls

    for library in [*libraries][::-1]:
        visit(library)
    return [
        library._final_module if isinstance(library, _PartLibrary) else library._get_module_for_linking()
        for library in reversed(found)
    ]


class PartOfCallers(_Compiler):
    """Numba's compiler, up to what callers link: the `pipeline_class` of a kernel that Python never calls."""

    library_class = _PartLibrary


class Outermost(_Compiler):
    """Numba's compiler for a kernel that Python calls."""

    library_class = _OutermostLibrary
