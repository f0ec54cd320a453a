# mypy: disable-error-code="no-untyped-def, attr-defined"
"""Passes of Numba's compiler that change nothing in nearly all of our functions, done only where they do.

Each of them lists the variables of the whole function again: together a tenth of all the time that Numba
takes for our kernels.
"""

from numba.core import ir, types
from numba.core.compiler_machinery import register_pass
from numba.core.ir_utils import fixup_var_define_in_scope
from numba.core.typed_passes import NopythonRewrites
from numba.core.untyped_passes import InlineClosureLikes


@register_pass(mutates_CFG=True, analysis_only=False)
class ClosureInlining(InlineClosureLikes):
    """Inline closures and comprehensions, if there are any."""

    _name = "cfl_closure_inlining"

    def run_pass(self, state):
        """Change the function's intermediate representation."""
        if any(_may_be_inlined(assign.value) for assign in _assignments(state.func_ir)):
            return super().run_pass(state)
        fixup_var_define_in_scope(state.func_ir.blocks)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class TypedRewrites(NopythonRewrites):
    """Rewrite array expressions and fields named by a literal, if there are any."""

    _name = "cfl_typed_rewrites"

    def run_pass(self, state):
        """Change the function's intermediate representation."""
        types_of = state.typemap
        for assign in _assignments(state.func_ir):
            expression = assign.value
            if isinstance(expression, ir.Expr) and (
                (expression.op in _MAKES_ARRAYS and isinstance(types_of[assign.target.name], types.Array))
                or (expression.op == "getitem" and _is_name(types_of[expression.index.name]))
            ):
                return super().run_pass(state)
        for block in state.func_ir.blocks.values():
            if any(_is_name(types_of[item.index.name]) for item in block.find_insts(ir.SetItem)):
                return super().run_pass(state)
        return False


_MAKES_ARRAYS = frozenset({"unary", "binop", "inplace_binop", "call"})
SELDOM = {InlineClosureLikes: ClosureInlining, NopythonRewrites: TypedRewrites}
"""By pass of Numba: what takes its place."""


def _assignments(func_ir):
    for block in func_ir.blocks.values():
        yield from block.find_insts(ir.Assign)


def _may_be_inlined(value):
    return isinstance(value, ir.Expr) and value.op in {"make_function", "build_list"}


def _is_name(type_of_index):
    return isinstance(type_of_index, types.StringLiteral)
