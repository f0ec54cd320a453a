"""The public names of cfl, and the methods and properties of its public classes."""

import functools
import importlib
import inspect
from types import ModuleType
from typing import Any

PACKAGES = (
    "cfl.errors",
    "cfl.regression",
    "cfl.metrics",
    "cfl.frames",
    "cfl.container",
    "cfl.prediction",
    "cfl.inspection",
    "cfl.viewer",
    "cfl.comparison",
    "cfl.ablation",
    "cfl.lab",
    "cfl",
)
"""`cfl` comes last: most of its names belong to one of the others."""

_DESCRIPTORS = (property, functools.cached_property)


def names_of(package: str) -> list[str]:
    """Return the names that a package or module offers."""
    module = importlib.import_module(package)
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [name for name, value in vars(module).items() if getattr(value, "__module__", None) == package]


def public_names() -> dict[str, Any]:
    """Return classes and functions by their full name, each once."""
    found: dict[str, Any] = {}
    for full_name, value in _values():
        if (inspect.isclass(value) or callable(value)) and not any(
            value is known for known in found.values()
        ):
            found[full_name] = value
    return found


def constants() -> list[str]:
    """Return the full names of what is public and neither a class, a function nor a module."""
    return [name for name, value in _values() if not callable(value) and not isinstance(value, ModuleType)]


def members(cls: type) -> dict[str, Any]:
    """Return the public methods and properties that cfl defines for a class, inherited ones too."""
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        if base.__module__.startswith("cfl"):
            for name, value in vars(base).items():
                function = getattr(value, "__func__", value)  # of a class method
                if not name.startswith("_") and (
                    inspect.isfunction(function) or isinstance(function, _DESCRIPTORS)
                ):
                    found.setdefault(name, function)
    return found


def public_members() -> dict[str, Any]:
    """Return methods and properties of all public classes by their full name, each once."""
    found: dict[str, Any] = {}
    for full_name, value in public_names().items():
        if inspect.isclass(value):
            for name, member in members(value).items():
                if not any(member is known for known in found.values()):
                    found[f"{full_name}.{name}"] = member
    return found


def resolve(name: str, context: str) -> Any:
    """Return what a name in the docstring of `context`, a full name, stands for.

    Raises
    ------
    AttributeError, ImportError
        It stands for nothing.
    """
    parts = context.split(".")
    for depth in range(len(parts), 0, -1):
        try:
            return _load(".".join([*parts[:depth], name]))
        except (AttributeError, ImportError):
            pass
    return _load(name)


def _load(full_name: str) -> Any:
    """Return a module, or what it holds; a module's own attribute comes before a file of that name."""
    root, *rest = full_name.split(".")
    value = importlib.import_module(root)
    for part in rest:
        if isinstance(value, ModuleType) and not hasattr(value, part):
            value = importlib.import_module(f"{value.__name__}.{part}")
        else:
            value = getattr(value, part)
    return value


def _values() -> list[tuple[str, Any]]:
    return [
        (f"{package}.{name}", getattr(importlib.import_module(package), name))
        for package in PACKAGES
        for name in names_of(package)
    ]
