# mypy: disable-error-code="no-untyped-def"
"""A way for Numba to compile what only kernels call."""

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder


class PartOfCallers(CompilerBase):
    """Numba's compiler, up to what callers link: the `pipeline_class` of a kernel that Python never calls."""

    def define_pipelines(self):
        state = self.state
        state.library = _LinkedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return [DefaultPassBuilder.define_nopython_pipeline(state)]


class _LinkedLibrary(JITCodeLibrary):
    """A kernel in LLVM's language, with what it calls, for its callers to link; not optimised, not loaded.

    Numba would have LLVM optimise each kernel with all that it calls, and make machine code of it, at each
    step of a chain of calls; that of the outermost is all that is ever run.
    """

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name):
        """Nothing of it is in memory."""
        return 0

    @property
    def codegen(self):
        return self

    def set_env(self, env_name, env):
        """Nor is its environment, which kernels without Python objects do not need."""
