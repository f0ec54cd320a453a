"""Bring a frame to another description of colour and sampling, so that it shows the same.

same matrix and colour     planes ─ chroma taps ─ table of levels ─► planes            exact, one rounding
another matrix             planes ─ R'G'B' of 16 bits ─► planes
other primaries, transfer  planes ─ R'G'B' ─ light ─ R'G'B' of 16 bits ─► planes
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Self

import numpy as np

from cfl.errors import UnsupportedFeature
from cfl.frames.cicp import COLOR_PRIMARIES, MATRIX_COEFFICIENTS, TRANSFER_CHARACTERISTICS, in_words
from cfl.frames.colour import alpha_samples, frame_of_rgb, frame_to_rgb
from cfl.frames.frame import Frame, sample_dtype
from cfl.frames.matrices import IDENTITY, is_linear, plane_scales
from cfl.frames.primaries import between, rgb_to_xyz
from cfl.frames.resample import neutral_chroma, resampled_sums
from cfl.frames.shown import divided
from cfl.frames.transfer import HLG, PQ, SDR, from_display, from_linear, to_display, to_linear

UNKNOWN = 2
"""Of CICP: taken as what the other frame has."""
_Scale = tuple[Fraction, Fraction]
_STRIP = 1 << 18
_RGB_DEPTH = 16


@dataclass(frozen=True)
class Description:
    """What the samples of a frame mean; the fields are those of `Frame`."""

    matrix_coefficients: int
    full_range: bool
    subsampling: str
    bit_depth: int
    color_primaries: int
    transfer_characteristics: int
    chroma_sample_position: str = "unknown"

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """That of a frame."""
        return cls(**{name: getattr(frame, name) for name in cls.__dataclass_fields__})

    def replace(self, **changes: Any) -> Self:
        """The same with some fields changed."""
        return replace(self, **changes)

    def known(self, other: Self) -> Self:
        """The same with what is unknown taken as another has it."""
        names = ("matrix_coefficients", "color_primaries", "transfer_characteristics")
        changes = {name: getattr(other, name) for name in names if getattr(self, name) == UNKNOWN}
        if self.matrix_coefficients == UNKNOWN and other.matrix_coefficients == IDENTITY:
            del changes["matrix_coefficients"]  # which would make YUV into RGB
        if self.chroma_sample_position == "unknown":
            changes["chroma_sample_position"] = other.chroma_sample_position
        return replace(self, **changes)

    def has_matrix_of(self, other: Self) -> bool:
        """Whether equal samples of both are equal R'G'B'."""
        return _matrix(self) == _matrix(other)

    def has_colour_of(self, other: Self) -> bool:
        """Whether equal R'G'B' of both is equal light. The curves of SDR count as one."""
        return self.color_primaries == other.color_primaries and _curve(self) == _curve(other)


def convert(frame: Frame, to: Description) -> Frame:
    """The frame in another description, with its alpha; metadata and transforms stay.

    Parameters
    ----------
    frame : Frame
        Its matrix, primaries and transfer are taken as those of `to` where they are 2 (unknown), and so is
        its chroma position. Of 4:0:0 the chroma is neutral.
    to : Description
        Of another matrix than the frame's it must be one that `cfl.frames.matrices.is_linear` or 0.

    Raises
    ------
    UnsupportedFeature
        A matrix, primaries or transfer that cannot be converted.
    """
    old = Description.of(frame).known(to)
    to = to.known(old)
    if old == to:
        return _made(frame, to, frame.y, frame.u, frame.v)
    if old.has_colour_of(to) and (old.has_matrix_of(to) or (frame.u is None and to.subsampling == "4:0:0")):
        return _by_planes(frame, old, to)
    return _by_rgb(frame, to)


def rgb_shown(frame: Frame, bit_depth: int, to: Description) -> np.ndarray:
    """The frame as full-range R'G'B' of another's primaries and transfer.

    Returns
    -------
    (height, width, 3) array of uint8 (at 8 bits) or uint16
    """
    old = Description.of(frame).known(to)
    to = to.known(old)
    frame = frame.replace(matrix_coefficients=old.matrix_coefficients, color_primaries=old.color_primaries)
    if old.has_colour_of(to):
        return frame_to_rgb(frame, bit_depth)
    rgb = _recoloured(frame_to_rgb(frame, _RGB_DEPTH), old, to)
    shift = (1 << _RGB_DEPTH) - 1, (1 << bit_depth) - 1
    table = (2 * np.arange(shift[0] + 1, dtype=np.int64) * shift[1] + shift[0]) // (2 * shift[0])
    return table.astype(sample_dtype(bit_depth))[rgb]


def _matrix(description: Description) -> tuple[int, int]:
    """What tells the conversion to R'G'B'; 5 and 6 are one."""
    code = {UNKNOWN: 6, 5: 6}.get(description.matrix_coefficients, description.matrix_coefficients)
    return code, (0 if code in (0, 1, 4, 6, 7, 8, 9) else description.color_primaries)


def _curve(description: Description) -> int:
    code = description.transfer_characteristics
    return 13 if code in SDR else code


# --- by planes --------------------------------------------------------------------------------------------


def _by_planes(frame: Frame, old: Description, to: Description) -> Frame:
    """Another range, depth, subsampling and chroma position."""
    before = plane_scales(old.bit_depth, old.full_range, old.matrix_coefficients)
    after = plane_scales(to.bit_depth, to.full_range, old.matrix_coefficients)
    y = _levels(frame.y, 0, before[0], after[0], to.bit_depth)
    if to.subsampling == "4:0:0":
        return _made(frame, to, y, None, None)
    if frame.u is None or frame.v is None:
        return _made(frame, to, y, *neutral_chroma(frame.y.shape, to.subsampling, to.bit_depth))
    u, v = (
        _levels(*_sums(plane, frame, old, to), before[1], after[1], to.bit_depth)
        for plane in (frame.u, frame.v)
    )
    return _made(frame, to, y, u, v)


def _sums(plane: np.ndarray, frame: Frame, old: Description, to: Description) -> tuple[np.ndarray, int]:
    positions = old.chroma_sample_position, to.chroma_sample_position
    return resampled_sums(plane, frame.y.shape, old.subsampling, to.subsampling, positions)


def _levels(sums: np.ndarray, shift: int, old: _Scale, new: _Scale, bit_depth: int) -> np.ndarray:
    """Samples of another scale and offset, of samples times 2^shift; exact, rounded to nearest, half up."""
    (scale, offset), (new_scale, new_offset) = ([int(part) for part in pair] for pair in (old, new))
    levels = np.arange(int(sums.max()) + 1, dtype=np.int64) - (offset << shift)
    divisor = scale << shift
    table = (2 * levels * new_scale + divisor) // (2 * divisor) + new_offset
    return np.clip(table, 0, (1 << bit_depth) - 1).astype(sample_dtype(bit_depth))[sums]


def _made(frame: Frame, to: Description, y: np.ndarray, u: np.ndarray | None, v: np.ndarray | None) -> Frame:
    is_subsampled = to.subsampling in ("4:2:0", "4:2:2")
    return frame.replace(
        y=y, u=u, v=v,
        alpha=alpha_samples(frame, to.bit_depth),
        **{name: getattr(to, name) for name in to.__dataclass_fields__ if name != "chroma_sample_position"},
        chroma_sample_position=to.chroma_sample_position if is_subsampled else "unknown",
    )  # fmt: skip


def straight(frame: Frame) -> Frame:
    """The frame with its colours divided by alpha, if they are multiplied by it.

    Raises
    ------
    UnsupportedFeature
        Its matrix cannot be converted to RGB and back.
    """
    if not frame.premultiplied or frame.alpha is None:
        return frame
    alpha = alpha_samples(frame, _RGB_DEPTH)
    assert alpha is not None
    rgb = divided(frame_to_rgb(frame, _RGB_DEPTH), alpha[..., None])
    return _of_rgb(frame, rgb, Description.of(frame)).replace(premultiplied=False)


# --- by R'G'B' --------------------------------------------------------------------------------------------


def _by_rgb(frame: Frame, to: Description) -> Frame:
    if to.matrix_coefficients != IDENTITY and not is_linear(to.matrix_coefficients):
        raise UnsupportedFeature(f"there is no conversion to matrix_coefficients {to.matrix_coefficients}")
    return _of_rgb(frame, rgb_shown(frame, _RGB_DEPTH, to), to)


def _of_rgb(frame: Frame, rgb: np.ndarray, to: Description) -> Frame:
    """The frame with planes made of R'G'B' of 16 bits."""
    position = to.chroma_sample_position
    made = frame_of_rgb(
        rgb,
        _RGB_DEPTH,
        bit_depth=to.bit_depth,
        subsampling=to.subsampling,
        matrix_coefficients=to.matrix_coefficients,
        full_range=to.full_range,
        chroma_sample_position="center" if position == "unknown" else position,
        color_primaries=to.color_primaries,
    )
    return _made(frame, to, made.y, made.u, made.v)


def _recoloured(rgb: np.ndarray, old: Description, to: Description) -> np.ndarray:
    """R'G'B' of 16 bits in other primaries and another transfer; what is out of their gamut is clipped."""
    primaries = old.color_primaries, to.color_primaries
    if UNKNOWN in primaries:  # of both: they are the same, and 1 is only for the luminance of HLG
        primaries = 1, 1
    first, second = (np.array(rgb_to_xyz(code)[1], np.float64) for code in primaries)
    matrix = np.eye(3) if primaries[0] == primaries[1] else between(*primaries)
    before, after = old.transfer_characteristics, to.transfer_characteristics
    peak = (1 << _RGB_DEPTH) - 1
    light = to_linear(np.arange(peak + 1) / peak, _curve(old))
    out = np.empty_like(rgb)
    for part in _strips(rgb):
        shown = to_display(light[rgb[part]], before, first) @ matrix.T
        signal = from_linear(from_display(shown, after, second), _curve(to))
        out[part] = np.floor(np.clip(signal, 0, 1) * peak + 0.5)
    return out


def _strips(rgb: np.ndarray) -> Iterator[slice]:
    rows = max(1, _STRIP // rgb.shape[1])
    for start in range(0, rgb.shape[0], rows):
        yield slice(start, start + rows)


# --- in words ---------------------------------------------------------------------------------------------


def _change(names: dict[int, str], old: int, new: int) -> str:
    return f"{in_words(names, old)} to {in_words(names, new)}"


def words(old: Description, to: Description) -> list[str]:
    """What a conversion changes, in words."""
    old, to = old.known(to), to.known(old)
    changes = []
    if old.matrix_coefficients != IDENTITY and old.full_range != to.full_range:
        changes.append(f"{_range(old)} to {_range(to)}")
    if not old.has_matrix_of(to) and old.subsampling != "4:0:0":
        changes.append(_change(MATRIX_COEFFICIENTS, old.matrix_coefficients, to.matrix_coefficients))
    if old.subsampling != to.subsampling:
        changes.append(f"{old.subsampling} to {to.subsampling}")
    elif _moves(old, to):
        changes.append(f"chroma at {old.chroma_sample_position} to {to.chroma_sample_position}")
    if old.bit_depth != to.bit_depth:
        changes.append(f"{old.bit_depth} to {to.bit_depth} bits")
    if not old.has_colour_of(to):
        changes += _colour_words(old, to)
    return changes


def _moves(old: Description, to: Description) -> bool:
    return old.subsampling in ("4:2:0", "4:2:2") and old.chroma_sample_position != to.chroma_sample_position


def _range(description: Description) -> str:
    return "full range" if description.full_range else "limited range"


def _colour_words(old: Description, to: Description) -> list[str]:
    changes = []
    if old.color_primaries != to.color_primaries:
        changes.append("primaries " + _change(COLOR_PRIMARIES, old.color_primaries, to.color_primaries))
    before, after = _curve(old), _curve(to)
    if before != after:
        codes = old.transfer_characteristics, to.transfer_characteristics
        change = "transfer " + _change(TRANSFER_CHARACTERISTICS, *codes)
        if {before, after} & {PQ, HLG}:
            change += " with white at 203 cd/m²"
        changes.append(change)
    return changes
