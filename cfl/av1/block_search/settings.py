"""The settings of a search, by speed and aim: no kernel imports them, or has to be compiled for others."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cfl.av1.block_search.forward_matrices import matrices
from cfl.av1.block_search.state import SETTINGS
from cfl.av1.speeds import DEFAULT_SPEED, settings_of
from cfl.av1.tables.scans import scan_indices
from cfl.av1.tunes import PSNR, tune_settings


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How the blocks of a frame are searched.

    Attributes
    ----------
    chroma_weight : float
        What a squared error of chroma counts as, next to one of luma.
    speed : int
        0, everything is tried, to 10.
    cfl : bool
        Whether blocks may use chroma from luma.
    screen : bool
        Whether blocks may have palettes. Then gradients do not limit the sizes that are tried.
    tune : {"psnr", "iq"}
        What the search aims at; see `cfl.av1.tunes`.
    """

    chroma_weight: float
    speed: int = DEFAULT_SPEED
    cfl: bool = True
    screen: bool = False
    tune: str = PSNR


def search_settings(options: SearchOptions, ac_quantizer: int) -> np.ndarray:
    """Return the settings of the search over a tile, but for the costs.

    Parameters
    ----------
    options : SearchOptions
    ac_quantizer : int
        Of luma: an eighth of it is the step of orthonormal coefficients.

    Returns
    -------
    (1,) array of SETTINGS
    """
    values: dict[str, Any] = asdict(settings_of(options.speed).blocks)
    if options.screen:
        thorough = settings_of(0).blocks
        values["no_split_below"] = thorough.no_split_below
        values["split_above"] = thorough.split_above
    tune, indices = tune_settings(options.tune), scan_indices()
    values |= {
        "cfl": options.cfl,
        "weight": (1.0, options.chroma_weight),
        "masking": tune.masking,
        "masking_floor": tune.masking_floor,
        "matrices": matrices().ravel(),
        "scan_index": indices.positions,
        "scan_index_start": indices.start,
    }
    settings = np.zeros(1, SETTINGS)
    for name, value in values.items():
        settings[name] = value
    set_step(settings, options, ac_quantizer)
    return settings


def set_step(settings: np.ndarray, options: SearchOptions, ac_quantizer: int) -> None:
    """Set what depends on luma's AC quantizer; see `search_settings`."""
    step = ac_quantizer / 8
    settings["step"] = step
    settings["plain_lam"] = tune_settings(options.tune).lambda_scale * step**2 / settings["weight"]
    settings["lam"] = settings["plain_lam"]
    settings["sqrt_lam"] = np.sqrt(settings["lam"])
