"""Names of modules beside those of what their packages export."""

import importlib
import pkgutil

import cfl

EXPORTED_MODULES = ["cfl.errors"]
"""Modules that are meant themselves."""


def test_no_module_has_the_name_of_what_its_package_exports():
    """Or whoever imports the module first would get it in place of the function."""
    packages = [cfl] + [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(cfl.__path__, "cfl.")
        if module.ispkg and ".cli" not in module.name
    ]
    clashes = [
        f"{package.__name__}.{module.name}"
        for package in packages
        for module in pkgutil.iter_modules(package.__path__)
        if module.name in getattr(package, "__all__", ()) and not module.ispkg
    ]
    assert len(packages) > 10 and clashes == EXPORTED_MODULES
