"""Kernels that an installation brings with it: compiled for every processor that has some features.

A wheel may hold a folder `compiled` in the package, with files as in the user's cache and `baseline.json`,
which says what they were compiled for. They are used where the processor has all those features, and where
everything else that the code depends on is the same; kernels compiled for this very processor come first.
"""

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cfl.simd.sources import root_of

FOLDER = "compiled"
MANIFEST = "baseline.json"

_is_used = True


class Shipped(NamedTuple):
    """Kernels that came with the package."""

    folder: Path
    processor: tuple[str, str, str]
    """What they are compiled for: LLVM's triple, name of the processor and features."""


def ignore() -> None:
    """From now on, this process uses no shipped kernels: it compiles for its own processor."""
    global _is_used  # noqa: PLW0603 - a switch of the process
    _is_used = False


def for_processor(module: str, processor: tuple[str, str, str]) -> Shipped | None:
    """The kernels shipped with a module's package, if they run on a processor; None if there are none.

    Parameters
    ----------
    module : str
    processor : tuple of str
        LLVM's triple, the name of the processor, and its features: ``"+avx2,-avx512f,…"``.
    """
    found = _shipped(module.partition(".")[0])
    if not _is_used or found is None:
        return None
    needed, present = (_features(features) for features in (found.processor[2], processor[2]))
    return found if found.processor[0] == processor[0] and needed <= present else None


def _features(features: str) -> set[str]:
    return {feature for feature in features.split(",") if feature.startswith("+")}


@cache
def _shipped(package: str) -> Shipped | None:
    root = root_of(package)
    if root is None or not (root / FOLDER / MANIFEST).is_file():
        return None
    triple, name, features = json.loads((root / FOLDER / MANIFEST).read_text())["processor"]
    return Shipped(root / FOLDER, (triple, name, features))


def write_manifest(folder: Path, processor: tuple[str, str, str]) -> None:
    """Say what the kernels in a folder are compiled for."""
    (folder / MANIFEST).write_text(json.dumps({"processor": processor}, indent=1) + "\n")
