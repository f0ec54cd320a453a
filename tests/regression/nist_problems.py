"""The 11 linear problems of NIST's Statistical Reference Datasets (in the public domain).

Wampler1–5 and NoInt1–2 are made from their published formulas, Longley comes with statsmodels, and the
measured data of Norris, Pontius and Filip lie in `nist/`. Wampler's noise is also as published.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

WAMPLER_X = np.arange(21.0)
WAMPLER_NOISE = np.fromstring(
    "759 -2048 2048 -2048 2523 -2048 2048 -2048 1838 -2048 2048 "
    "-2048 1838 -2048 2048 -2048 2523 -2048 2048 -2048 759",
    sep=" ",
)


class Problem(NamedTuple):
    """Predictors (n, p) and target (n,); where `degree` > 1 the terms are powers of the one predictor."""

    X: np.ndarray
    y: np.ndarray
    degree: int = 1
    fit_intercept: bool = True


def read(name):
    table = np.loadtxt(Path(__file__).parent / "nist" / f"{name}.csv", delimiter=",", skiprows=1)
    return table[:, 1:], table[:, 0]


def longley():
    from statsmodels.datasets import longley as data

    table = data.load_pandas()
    return table.exog.to_numpy(dtype=float), table.endog.to_numpy(dtype=float)


def wampler(noise):
    y = sum(WAMPLER_X**k for k in range(6)) + noise * WAMPLER_NOISE
    return Problem(WAMPLER_X[:, None], y, 5)


PROBLEMS = {
    "Norris": Problem(*read("norris")),
    "Pontius": Problem(*read("pontius"), degree=2),
    "NoInt1": Problem(np.arange(60.0, 71)[:, None], np.arange(130.0, 141), fit_intercept=False),
    "NoInt2": Problem(np.array([[4.0], [5], [6]]), np.array([3.0, 4, 4]), fit_intercept=False),
    "Filip": Problem(*read("filip"), degree=10),
    "Longley": Problem(*longley()),
    "Wampler1": wampler(0),
    "Wampler2": Problem(WAMPLER_X[:, None], sum((WAMPLER_X / 10) ** k for k in range(6)), 5),
    "Wampler3": wampler(1),
    "Wampler4": wampler(100),
    "Wampler5": wampler(10000),
}

CERTIFIED_TEXT = {
    "Norris": (
        "-0.262323073774029 1.00211681802045",
        "0.232818234301152 0.000429796848199937",
    ),
    "NoInt1": (
        "2.07438016528926",
        "0.0165289256198347",
    ),
    "NoInt2": (
        "0.727272727272727",
        "0.0420827318078432",
    ),
    "Filip": (
        "-1467.4896142298 -2772.17959193342 -2316.37108160893 -1127.97394098372 "
        "-354.478233703349 -75.1242017393757 -10.8753180355343 -1.06221498588947 "
        "-0.0670191154593408 -0.00246781078275479 -4.02962525080404e-05",
        "298.084530995537 559.77986547495 466.477572127796 227.204274477751 "
        "71.6478660875927 15.28971787474 2.23691159816033 0.221624321934227 "
        "0.0142363763154724 0.000535617408889821 8.96632837373868e-06",
    ),
    "Longley": (
        "-3482258.63459582 15.0618722713733 -0.035819179292591 -2.02022980381683 "
        "-1.03322686717359 -0.0511041056535807 1829.15146461355",
        "890420.383607373 84.9149257747669 0.0334910077722432 0.488399681651699 "
        "0.214274163161675 0.22607320006937 455.478499142212",
    ),
}
CERTIFIED = {name: [np.fromstring(text, sep=" ") for text in pair] for name, pair in CERTIFIED_TEXT.items()}
"""NIST's certified coefficients and standard errors, to 15 digits, the intercept first."""
