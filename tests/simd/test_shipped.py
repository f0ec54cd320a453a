"""Kernels that come with an installation: when they are used, and that they are then not compiled."""

import shutil
from pathlib import Path

import pytest
import toy_package as toy

SHIP = """
from numba.core.registry import cpu_target
from cfl.simd import shipped
from pathlib import Path
import os
folder = Path(os.environ["NUMBA_CACHE_DIR"], "cfl")
folder.mkdir(parents=True)
shipped.write_manifest(folder, cpu_target.target_context.codegen().magic_tuple())
"""
GENERIC = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
COLD = ["outer", "inner"]


@pytest.fixture
def package(tmp_path):
    """The toy package, with code that runs on every processor of this kind."""
    package = toy.write(tmp_path / "installed")
    built = tmp_path / "built"
    assert toy.run(package, {**GENERIC, "NUMBA_CACHE_DIR": str(built)}, before=SHIP).compiled == COLD
    shutil.copytree(built / "cfl", package / "toy" / "compiled")
    return package


@pytest.fixture
def cache(tmp_path):
    return {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}


def test_they_are_used_on_this_processor_too(package, cache):
    assert toy.run(package, cache) == ([50], [], "")
    assert list(Path(cache["NUMBA_CACHE_DIR"], "cfl").iterdir()) == []


def test_a_process_that_compiles_for_its_own_processor(package, cache):
    ignore = "from cfl.simd import shipped; shipped.ignore()"
    assert toy.run(package, cache, before=ignore).compiled == COLD
    assert toy.run(package, cache, before=ignore).compiled == []


def test_not_if_the_processor_lacks_a_feature(package, cache):
    manifest = package / "toy" / "compiled" / "baseline.json"
    manifest.write_text(manifest.read_text().replace('""', '"+avx,+no-such-feature"'))
    assert toy.run(package, cache).compiled == COLD


def test_not_on_another_kind_of_processor(package, cache):
    manifest = package / "toy" / "compiled" / "baseline.json"
    manifest.write_text(manifest.read_text().replace("-", "-other-", 1))
    assert toy.run(package, cache).compiled == COLD


def test_not_if_a_source_or_a_setting_has_changed(package, cache):
    assert toy.run(package, {**cache, "NUMBA_BOUNDSCHECK": "1"}).compiled == COLD
    toy.write(package, inner=toy.FILES["toy/inner.py"].replace("x + 1", "x + 2"))
    assert toy.run(package, cache) == ([60], COLD, "")


def test_a_damaged_one_is_compiled(package, cache):
    (path,) = (package / "toy" / "compiled").glob("*.kernel")
    path.write_bytes(path.read_bytes()[:-1])
    assert toy.run(package, cache) == ([50], COLD, "")
