"""The examples in the docstrings run and give what they show."""

import doctest
import importlib
import pkgutil

import pytest

import cfl

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(cfl.__path__, "cfl.")
    if "__main__" not in name and not name.startswith("cfl.cli")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
