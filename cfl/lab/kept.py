"""Whether the kernels that predictors need are in the cache, so that nothing is to be compiled."""

from collections.abc import Iterable
from types import ModuleType
from typing import Any


def are_kept(predictors: Iterable[str], *, has_rate: bool, has_auto: bool) -> bool:
    """Whether predictors of cfl find all their kernels in the cache.

    Parameters
    ----------
    predictors : iterable of str
        Names; "a+b" is of both.
    has_rate : bool
        Whether pictures are encoded, too, and residuals coded.
    has_auto : bool
        Whether blocks are those that `cfl.predict` chooses.
    """
    from cfl.frames._colour_kernels import rgb_to_yuv
    from cfl.lab.block_kernels import copy_blocks, square_errors
    from cfl.lab.shipped import kernels_of
    from cfl.simd.cache import is_kept

    kernels: list[Any] = [rgb_to_yuv, copy_blocks, square_errors]
    for name in {"dc", *(part for each in predictors for part in each.split("+"))}:
        kernels += _of_module(kernels_of(name))
    if has_rate:
        from cfl.av1.block_search.partition import search_superblock
        from cfl.av1.tile.superblocks import code_superblocks
        from cfl.lab.rate_kernels import code_plane

        kernels += [search_superblock, code_superblocks, code_plane]
    if has_auto:
        from cfl.prediction.eight_blocks.bands import r_squared_map
        from cfl.prediction.eight_blocks.whole_planes import fit_bands, predict_bands

        kernels += [fit_bands, predict_bands, r_squared_map]
    return all(map(is_kept, kernels))


def _of_module(module: ModuleType) -> list[Any]:
    """The kernels that a module has itself."""
    found = [value for value in vars(module).values() if hasattr(value, "py_func")]
    return [kernel for kernel in found if kernel.py_func.__module__ == module.__name__]
