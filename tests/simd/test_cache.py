"""The cache of compiled kernels: each claim is seen from outside, by what a process has to compile."""

import ast
import os
import signal
import sys
from pathlib import Path

import pytest
import toy_package as toy

ROOT = Path(__file__).parents[2]
COLD = ["outer", "inner"]
INNER = toy.FILES["toy/inner.py"]
CHANGED = INNER.replace("x + 1", "x + 2")
CALLING_INNER = """
from cfl.simd.kernel import entry
from toy.inner import inner

@entry
def outer(x):
    return inner(x)
"""


@pytest.fixture
def cache(tmp_path):
    return {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}


@pytest.fixture
def package(tmp_path):
    return toy.write(tmp_path / "first")


def files(cache):
    return sorted(Path(cache["NUMBA_CACHE_DIR"], "cfl").iterdir())


def test_every_kernel_is_made_by_the_decorators_of_simd():
    """Numba's own cache would not notice a change of what a kernel calls. A user's predictor is not kept."""
    made = set()
    for path in (ROOT / "cfl").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Name | ast.Attribute):
                name = node.id if isinstance(node, ast.Name) else node.attr
                if name in ("njit", "jit", "vectorize", "guvectorize", "cfunc", "generated_jit"):
                    made.add(path.relative_to(ROOT).as_posix())
    assert made == {"cfl/simd/kernel.py", "cfl/lab/own.py"}


def test_compiled_once(package, cache):
    assert toy.run(package, cache) == ([50], COLD, "")
    assert len(files(cache)) == 1
    assert toy.run(package, cache) == ([50], [], "")


def test_an_edited_inner_kernel_is_compiled(package, cache):
    toy.run(package, cache)
    toy.write(package, inner=CHANGED)
    assert toy.run(package, cache) == ([60], COLD, "")
    toy.write(package)
    assert toy.run(package, cache) == ([50], [], "")


def test_an_edited_module_that_it_does_not_import_changes_nothing(package, cache):
    toy.run(package, cache)
    toy.write(package, unrelated="A = 2\n")
    assert toy.run(package, cache).compiled == []


def test_a_file_that_changes_while_a_process_runs_is_not_taken_for_what_it_imported(package, cache):
    path = package / "toy/inner.py"
    edit = f"import pathlib, toy.outer; pathlib.Path({str(path)!r}).write_text({CHANGED!r})"
    assert toy.run(package, cache, before=edit).results == [50]
    os.utime(path, (1e9, 1e9))
    assert toy.run(package, cache) == ([60], COLD, "")


def test_another_installation_finds_it(package, cache, tmp_path):
    toy.run(package, cache)
    other = toy.write(tmp_path / "second" / "site-packages")
    os.utime(other / "toy" / "outer.py")
    assert toy.run(other, cache) == ([50], [], "")


@pytest.mark.parametrize(
    "setting",
    [{"NUMBA_BOUNDSCHECK": "1"}, {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}, {"NUMBA_OPT": "1"}],
)
def test_settings_that_change_code_have_code_of_their_own(package, cache, setting):
    toy.run(package, cache)
    assert toy.run(package, {**cache, **setting}) == ([50], COLD, "")
    assert len(files(cache)) == 2
    assert toy.run(package, cache).compiled == []
    assert toy.run(package, {**cache, **setting}).compiled == []


def test_each_type_has_code_of_its_own(package, cache):
    assert toy.run(package, cache, (4, 0.5)) == ([50, 15.0], COLD * 2, "")
    assert len(files(cache)) == 2
    assert toy.run(package, cache, (0.5, 4)) == ([15.0, 50], [], "")


def test_kernels_that_close_over_different_values(package, cache):
    outer = """
from cfl.simd.kernel import entry

def maker(number):
    @entry
    def outer(x):
        return x + number
    return outer

plus_1, plus_2 = maker(1), maker(2)

def outer(x):
    return plus_1(x), plus_2(x)
"""
    toy.write(package, outer=outer)
    assert toy.run(package, cache) == ([[5, 6]], ["outer", "outer"], "")
    assert toy.run(package, cache) == ([[5, 6]], [], "")


def test_a_kernel_from_the_cache_can_be_linked_by_another(package, cache):
    toy.write(package, inner=INNER.replace("stage", "entry"), outer=CALLING_INNER)
    alone = "from toy.inner import inner; inner(1)"
    assert toy.run(package, cache, before=alone).compiled == ["inner", "outer"]
    files(cache)[-1].unlink()
    assert toy.run(package, cache, before=alone) == ([5], ["outer"], "")


def test_without_a_compiler(package, cache):
    assert toy.run(package, {**cache, "NUMBA_DISABLE_JIT": "1"}) == ([50], [], "")


def test_processes_at_the_same_time(package, cache):
    processes = [toy.start(package, cache, (n,)) for n in range(4)]
    assert [toy.finish(process).results for process in processes] == [[10], [20], [30], [40]]
    assert len(files(cache)) == 1
    assert toy.run(package, cache).compiled == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_a_process_that_is_killed_while_it_writes(package, cache):
    kill = "import os, pathlib; pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9)"
    process = toy.start(package, cache, before=kill)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert [path.suffix for path in files(cache)] == [".part"]
    assert toy.run(package, cache) == ([50], COLD, "")
    assert toy.run(package, cache) == ([50], [], "")


@pytest.mark.parametrize("damage", ["empty", "short", "one byte", "moved", "no file"])
def test_a_damaged_file_is_compiled_again(package, cache, damage):
    toy.run(package, cache)
    (path,) = files(cache)
    data = path.read_bytes()
    if damage == "no file":
        path.unlink()
        path.mkdir()
    else:
        last = bytes([data[-1] ^ 1])
        forms = {"empty": b"", "short": data[:999], "one byte": data[:-1] + last, "moved": data[1:]}
        path.write_bytes(forms[damage])
    first = toy.run(package, cache)
    assert first[:2] == ([50], COLD)
    if damage == "no file":
        assert first.errors.count("\n") == 1 and "KernelCacheWarning" in first.errors
    else:
        assert toy.run(package, cache).compiled == []


def test_the_users_folder(package, tmp_path):
    environ = {"XDG_CACHE_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path)}
    assert toy.run(package, environ) == ([50], COLD, "")
    if sys.platform == "linux":
        assert len(list((tmp_path / "xdg" / "cfl" / "kernels").iterdir())) == 1
    assert toy.run(package, environ).compiled == []


@pytest.fixture
def no_home(tmp_path):
    """A home that nothing can be written to, not even by root, and a folder for what is temporary."""
    (tmp_path / "home").write_bytes(b"")
    (tmp_path / "temporary").mkdir()
    home = str(tmp_path / "home")
    return {"XDG_CACHE_HOME": home, "HOME": home, "TMPDIR": str(tmp_path / "temporary")}


@pytest.mark.skipif(sys.platform != "linux", reason="another variable names the folder")
def test_a_home_that_cannot_be_written_to(package, no_home):
    assert toy.run(package, no_home) == ([50], COLD, "")
    (folder,) = Path(no_home["TMPDIR"]).glob("cfl-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert toy.run(package, no_home) == ([50], [], "")
    folder.chmod(0o777)  # anybody could put code there
    run = toy.run(package, no_home)
    assert run[:2] == ([50], COLD)
    assert run.errors.count("\n") == 1 and "KernelCacheWarning: compiled kernels cannot be kept" in run.errors


@pytest.mark.skipif(sys.platform != "linux", reason="another variable names the folder")
def test_a_temporary_folder_that_is_a_link_of_somebody(package, no_home, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    Path(no_home["TMPDIR"], f"cfl-kernels-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    assert toy.run(package, no_home)[:2] == ([50], COLD)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_chosen_folder_that_cannot_be_written_to(package, no_home):
    run = toy.run(package, {"NUMBA_CACHE_DIR": no_home["HOME"]}, (4, 0.5))
    assert run[:2] == ([50, 15.0], COLD * 2)
    assert run.errors.count("\n") == 1 and no_home["HOME"] in run.errors


def test_a_folder_that_can_only_be_read_is_read(package, cache):
    toy.run(package, cache)
    unwritable = "from cfl.simd import cache_folders; cache_folders._can_write = lambda *_: False"
    run = toy.run(package, cache, before=unwritable)
    assert run[:2] == ([50], [])


def test_whether_a_kernel_is_kept(package, cache):
    tell = """
from toy.outer import outer
from cfl.simd.cache import is_kept
print(is_kept(outer), is_kept(len), file=sys.stderr)
"""
    assert toy.run(package, cache, before=tell).errors == "False True\n"
    assert toy.run(package, cache, before=tell).errors == "True True\n"
    toy.write(package, inner=CHANGED)
    assert toy.run(package, cache, before=tell).errors == "False True\n"
