"""The platform that a wheel with compiled kernels says it is for."""

import platform
import sysconfig
from importlib import metadata

import pytest
from packaging.tags import platform_tags

from tools import compiled_wheel


def test_platform_of_this_machine_is_one_that_pip_takes():
    assert compiled_wheel.platform_tag() in set(platform_tags())


@pytest.fixture
def linux(monkeypatch):
    """Pretend to be on Linux, with a C library and with the tags of Numba's and llvmlite's wheels."""

    def pretend(libc, numba="", llvmlite=""):
        about = {"numba": f"Tag: {numba}", "llvmlite": f"Tag: {llvmlite}"}
        monkeypatch.setattr(sysconfig, "get_platform", lambda: "linux-x86_64")
        monkeypatch.setattr(platform, "libc_ver", lambda: libc)
        monkeypatch.setattr(
            metadata,
            "distribution",
            lambda name: type("Installed", (), {"read_text": lambda *_: about[name]})(),
        )
        return compiled_wheel.platform_tag()

    return pretend


def test_needs_the_glibc_of_numba_and_llvmlite(linux):
    numba = "cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64"
    llvmlite = "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64"
    assert linux(("glibc", "2.36"), numba, llvmlite) == "manylinux_2_24_x86_64"


def test_needs_the_glibc_at_hand_where_numba_was_built_here(linux):
    tag = linux(("glibc", "2.36"), "cp311-cp311-linux_x86_64", "cp311-cp311-manylinux_2_28_x86_64")
    assert tag == "manylinux_2_36_x86_64"


def test_is_not_manylinux_with_musl(linux):
    assert linux(("", "")) == "linux_x86_64"
