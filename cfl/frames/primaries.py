"""Colour primaries: where they lie, and the matrices between linear RGB and XYZ (ITU-T H.273, 8.1)."""

from fractions import Fraction

import numpy as np

from cfl.errors import UnsupportedFeature

_D65, _C, _E = ("0.3127", "0.3290"), ("0.310", "0.316"), ("0.333333", "0.333333")
_BT_709 = ("0.640", "0.330"), ("0.300", "0.600"), ("0.150", "0.060")
_SMPTE_170M = ("0.630", "0.340"), ("0.310", "0.595"), ("0.155", "0.070")
_P3 = ("0.680", "0.320"), ("0.265", "0.690"), ("0.150", "0.060")
_CHROMATICITIES = {
    1: (*_BT_709, _D65),
    4: (("0.67", "0.33"), ("0.21", "0.71"), ("0.14", "0.08"), _C),
    5: (("0.64", "0.33"), ("0.29", "0.60"), ("0.15", "0.06"), _D65),
    6: (*_SMPTE_170M, _D65),
    7: (*_SMPTE_170M, _D65),
    8: (("0.681", "0.319"), ("0.243", "0.692"), ("0.145", "0.049"), _C),
    9: (("0.708", "0.292"), ("0.170", "0.797"), ("0.131", "0.046"), _D65),
    10: (("1", "0"), ("0", "1"), ("0", "0"), _E),
    11: (*_P3, ("0.314", "0.351")),
    12: (*_P3, _D65),
    22: (("0.630", "0.340"), ("0.295", "0.605"), ("0.155", "0.077"), _D65),
}
"""(x, y) of red, green, blue and white (H.273, table 2)."""

_TOLERANCE = 0.0015
"""Chromaticities that are this near are meant to be the same."""


def nearest_primaries(points: list[tuple[float, float]]) -> int | None:
    """Return the code point of primaries by (x, y) of red, green, blue and white; None if there is none."""
    for code, known in _CHROMATICITIES.items():
        pairs = zip(points, known, strict=True)
        if all(abs(x - float(a)) < _TOLERANCE > abs(y - float(b)) for (x, y), (a, b) in pairs):
            return code
    return None


_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def rgb_to_xyz(color_primaries: int) -> list[list[Fraction]]:
    """X, Y, Z of linear R, G, B, exactly; white has Y = 1. Its second row is the luminance.

    Raises
    ------
    UnsupportedFeature
        No such primaries in H.273.
    """
    if color_primaries not in _CHROMATICITIES:
        raise UnsupportedFeature(f"color_primaries {color_primaries} cannot be converted")
    points = [[Fraction(value) for value in point] for point in _CHROMATICITIES[color_primaries]]
    *corners, white = [[x, y, 1 - x - y] for x, y in points]
    target = [value / white[1] for value in white]
    # Cramer's rule: how much of each primary makes white
    whole = _determinant(corners)
    amounts = [_determinant([*corners[:i], target, *corners[i + 1 :]]) / whole for i in range(3)]
    return [[amounts[i] * corners[i][row] for i in range(3)] for row in range(3)]


def between(old: int, new: int) -> np.ndarray:
    """The (3, 3) matrix from linear RGB of some primaries to that of others.

    Where their whites differ they are brought together by Bradford's adaptation, so that white stays white.
    """
    first, second = (np.array(rgb_to_xyz(code), np.float64) for code in (old, new))
    whites = [_BRADFORD @ matrix.sum(axis=1) for matrix in (first, second)]
    adaptation = np.linalg.inv(_BRADFORD) @ np.diag(whites[1] / whites[0]) @ _BRADFORD
    return np.linalg.inv(second) @ adaptation @ first


def _determinant(columns: list[list[Fraction]]) -> Fraction:
    (a, b, c), (d, e, f), (g, h, i) = columns
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
