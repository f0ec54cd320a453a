"""The parts of Numba and llvmlite that are not public but that `cfl.simd` rests on.

If one of these fails with a new version of Numba, `cfl.simd` must follow before pyproject.toml allows it.
"""

import importlib
import inspect
import tomllib
from pathlib import Path

import llvmlite
import numba
import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from cfl.simd import cache

INTERNALS = {
    "numba.core.caching.FunctionCache": ("load_overload", "save_overload", "_index_key", "enable"),
    "numba.core.caching.CompileResultCacheImpl": ("reduce", "rebuild", "check_cachable"),
    "numba.core.codegen.JITCodeLibrary": (
        "enable_object_caching", "_set_compiled_object", "_finalize_final_module", "_get_module_for_linking",
        "_optimize_final_module", "_finalize_dynamic_globals", "_ensure_finalized",
        "_raise_if_finalized", "get_pointer_to_function",
    ),
    "numba.core.codegen.JITCPUCodegen": ("magic_tuple", "_check_llvm_bugs", "set_env", "unserialize_library"),
    "numba.core.codegen.JitEngine": ("is_symbol_defined", "_load_defined_symbols"),
    "numba.core.compiler.CompileResult": ("_reduce", "_rebuild", "_replace"),
    "numba.core.compiler.CompilerBase": ("define_pipelines", "_compile_core"),
    "numba.core.compiler_machinery": ("register_pass", "PassManager"),
    "numba.core.ir": ("Assign", "Expr", "SetItem", "Var"),
    "numba.core.ir.Block": ("find_insts",),
    "numba.core.ir.Inst": ("list_vars", "_rec_list_vars"),
    "numba.core.ir_utils": ("fixup_var_define_in_scope",),
    "numba.core.typed_passes.NopythonRewrites": ("run_pass",),
    "numba.core.untyped_passes.InlineClosureLikes": ("run_pass",),
    "numba.core.compiler.DefaultPassBuilder": ("define_nopython_pipeline",),
    "numba.core.compiler.Flags": ("copy", "values", "__hash__", "__eq__"),
    "numba.core.dispatcher.Dispatcher": (
        "get_call_template", "compile", "add_overload", "_compile_for_args",
    ),
    "numba.core.serialize": ("dumps",),
    "numba.core.sigutils": ("normalize_signature",),
    "numba.core.registry": ("cpu_target",),
    "numba.core.types": ("Array", "Function", "StringLiteral"),
    "numba.core.types.misc": ("unliteral",),
    "numba.core.event": ("register", "Listener"),
    "numba.core.config": ("CACHE_DIR", *cache._SETTINGS),
    "numba.core.cgutils": ("get_or_insert_function",),
    "numba.core.datamodel": ("PrimitiveModel",),
    "numba.core.typing.context.BaseContext": ("resolve_function_type",),
    "numba.core.typing.templates": ("ConcreteTemplate", "infer_global", "signature"),
    "llvmlite.binding": ("parse_bitcode", "Linkage"),
}  # fmt: skip

SIGNATURES = {
    "numba.core.compiler.CompileResult._rebuild": [
        "target_context", "libdata", "fndesc", "env", "signature", "objectmode", "lifted", "typeann",
        "reload_init", "referenced_envs",
    ],
    "numba.core.compiler.CompilerBase.__init__": [
        "self", "typingctx", "targetctx", "library", "args", "return_type", "flags", "locals",
    ],
    "numba.core.caching.FunctionCache._load_overload": ["self", "sig", "target_context"],
    "numba.core.caching.FunctionCache._save_overload": ["self", "sig", "data"],
}  # fmt: skip


def find(path):
    """What a dotted path names."""
    module, _, name = path.rpartition(".")
    try:
        return importlib.import_module(path)
    except ImportError:
        return getattr(find(module), name)


@pytest.mark.parametrize("path", INTERNALS)
def test_numba_still_has_what_we_rest_on(path):
    try:
        owner = find(path)
    except AttributeError:
        pytest.fail(f"Numba {numba.__version__} has no {path}, which cfl.simd rests on", pytrace=False)
    missing = [name for name in INTERNALS[path] if not hasattr(owner, name)]
    if missing:
        pytest.fail(f"Numba {numba.__version__}: {path} has no {', '.join(missing)}", pytrace=False)


@pytest.mark.parametrize("path", SIGNATURES)
def test_its_parameters_are_as_we_pass_them(path):
    found = list(inspect.signature(find(path)).parameters)
    if found != SIGNATURES[path]:
        pytest.fail(f"Numba {numba.__version__}: {path} takes {found}, not {SIGNATURES[path]}", pytrace=False)


def test_a_library_has_the_fields_that_we_read():
    from numba.core.registry import cpu_target

    library = cpu_target.target_context.codegen().create_library("probe")
    names = ("_linking_libraries", "_final_module", "_shared_module", "_codegen", "_finalized")
    missing = [name for name in names if not hasattr(library, name)]
    if missing:
        pytest.fail(f"Numba {numba.__version__}: a code library has no {', '.join(missing)}", pytrace=False)
    engine = cpu_target.target_context.codegen()._engine
    assert isinstance(engine._defined_symbols, set)


@pytest.mark.parametrize("package", [numba, llvmlite])
def test_the_installed_version_is_one_that_we_claim(package):
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text())["project"]
    needs = {need.name: need for need in map(Requirement, project["dependencies"])}
    bounds = needs[package.__name__].specifier
    assert any(bound.operator == "<" for bound in bounds), f"{package.__name__} has no upper bound"
    assert package.__version__ in bounds


def test_the_oldest_versions_tried_are_the_lower_bounds():
    root = Path(__file__).parents[2]
    lines = (root / ".ci" / "oldest.txt").read_text().splitlines()
    tried = {need.name: need for need in map(Requirement, (line for line in lines if line[:1] != "#"))}
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    claimed = {need.name: need for need in map(Requirement, project["dependencies"])}
    assert claimed.keys() <= tried.keys()
    for name, need in claimed.items():
        (lower,) = (bound.version for bound in need.specifier if bound.operator == ">=")
        (oldest,) = (bound.version for bound in tried[name].specifier)
        assert Version(oldest).release[: len(Version(lower).release)] == Version(lower).release, name
