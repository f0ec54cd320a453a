"""Transfer characteristics: between a signal of 0…1 and light (ITU-T H.273, 8.2; BT.2100; BT.2408)."""

import numpy as np

from cfl.errors import UnsupportedFeature

SDR = (1, 6, 7, 11, 12, 13, 14, 15)
"""Counted as one display curve, sRGB's: files of 1 to 15 hold code values that are shown as if of 13."""
PQ, HLG = 16, 18
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_DECADES = {9: 2.0, 10: 2.5}
"""The logarithmic curves: how many powers of ten of light they span."""

WHITE = 203.0
"""cd/m² of reference white on a PQ or HLG display (BT.2408): what 1.0 of an SDR signal is shown with."""
_PQ_PEAK, _HLG_PEAK, _HLG_GAMMA = 10000.0, 1000.0, 1.2

_M1, _M2 = 2610 / 16384, 128 * 2523 / 4096
_C1, _C2, _C3 = 3424 / 4096, 32 * 2413 / 4096, 32 * 2392 / 4096
_A = 0.17883277
_B, _C = 1 - 4 * _A, 0.5 - _A * np.log(4 * _A)


def to_linear(signal: np.ndarray, transfer: int) -> np.ndarray:
    """Linear light of a signal of 0…1, in 0…1 of the curve's own range; of HLG the light of the scene.

    Parameters
    ----------
    signal : array of float64
        0…1.
    transfer : int
        Code point of H.273.

    Raises
    ------
    UnsupportedFeature
        A curve that is not known here.
    """
    if transfer in SDR:
        return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    if transfer in _GAMMAS:
        return signal ** _GAMMAS[transfer]
    if transfer in _DECADES:
        decades = _DECADES[transfer]
        return np.where(signal <= 0, 0.0, 10 ** (decades * (signal - 1)))
    if transfer == PQ:
        root = signal ** (1 / _M2)
        return (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
    if transfer == 17:
        return signal**2.6 * (52.37 / 48)
    if transfer == HLG:
        return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _C) / _A) + _B) / 12)
    raise UnsupportedFeature(f"transfer_characteristics {transfer} cannot be converted")


def from_linear(light: np.ndarray, transfer: int) -> np.ndarray:
    """The signal of linear light, the inverse of `to_linear`; not clipped above."""
    light = np.maximum(light, 0.0)
    if transfer in SDR:
        return np.where(light <= 0.04045 / 12.92, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    if transfer in _GAMMAS:
        return light ** (1 / _GAMMAS[transfer])
    if transfer in _DECADES:
        decades = _DECADES[transfer]
        return np.maximum(1 + np.log10(np.maximum(light, 10**-decades)) / decades, 0.0)
    if transfer == PQ:
        power = np.minimum(light, 1.0) ** _M1
        return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    if transfer == 17:
        return (light * (48 / 52.37)) ** (1 / 2.6)
    if transfer == HLG:
        logarithm = _A * np.log(np.maximum(12 * light - _B, 1e-9)) + _C
        return np.where(light <= 1 / 12, np.sqrt(3 * light), logarithm)
    raise UnsupportedFeature(f"transfer_characteristics {transfer} cannot be converted")


def to_display(rgb: np.ndarray, transfer: int, luminance: np.ndarray) -> np.ndarray:
    """Light on the display, reference white being 1, of linear light that `to_linear` has given.

    Parameters
    ----------
    rgb : (..., 3) array of float64
    transfer : int
    luminance : (3,) array
        Of the primaries: what HLG's OOTF weighs R, G and B with.
    """
    if transfer == PQ:
        return rgb * (_PQ_PEAK / WHITE)
    if transfer == HLG:
        scene = np.maximum(rgb @ luminance, 0.0)[..., None]
        return rgb * scene ** (_HLG_GAMMA - 1) * (_HLG_PEAK / WHITE)
    return rgb


def from_display(rgb: np.ndarray, transfer: int, luminance: np.ndarray) -> np.ndarray:
    """The inverse of `to_display`."""
    if transfer == PQ:
        return rgb * (WHITE / _PQ_PEAK)
    if transfer == HLG:
        light = np.maximum(rgb, 0.0) * (WHITE / _HLG_PEAK)
        shown = np.maximum(light @ luminance, 1e-12)[..., None]
        return light * shown ** (1 / _HLG_GAMMA - 1)
    return rgb
