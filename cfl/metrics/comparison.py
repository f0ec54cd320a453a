"""Two pictures brought together, so that equal samples show the same.

YUV, YUV   the test is converted to the reference's description
RGB, any   both become RGB of the reference's depth, and YUV 4:4:4 in full range that is not rounded
as_is      the test's samples are taken as if its description were the reference's
"""

from typing import NamedTuple

import numpy as np

from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames.cicp import MATRIX_COEFFICIENTS, TRANSFER_CHARACTERISTICS, in_words
from cfl.frames.colour import alpha_samples, frame_to_rgb
from cfl.frames.conversion import UNKNOWN, Description, convert, rgb_shown, straight, words
from cfl.frames.frame import Frame
from cfl.frames.matrices import IDENTITY, NONLINEAR, is_linear
from cfl.frames.transfer import SDR
from cfl.frames.turned import upright
from cfl.metrics.planes import check_same_geometry

_Rgb = tuple[np.ndarray, np.ndarray] | None
_BT_601 = 6
_UNROUNDED = 16
"""Bits of the YUV that RGB is compared in: so many that they do not count as rounded."""


class Comparison(NamedTuple):
    """Two pictures of one description.

    Attributes
    ----------
    reference, test : Frame
    bit_depth : int
        Of the reference's file; the frames may have more.
    rgb : pair of (height, width, 3) arrays, optional
        Both as they are shown, at `bit_depth`; None where the matrix cannot be converted.
    is_rgb : bool
        Whether one of the two was RGB.
    alpha : pair of (height, width) arrays, optional
        At `bit_depth`; None where neither picture has alpha.
    weights : (height, width) array, optional
        The reference's alpha: how visible its colour is; None where it is opaque.
    remarks : list of str
        What was converted or assumed, a line each.
    """

    reference: Frame
    test: Frame
    bit_depth: int
    rgb: tuple[np.ndarray, np.ndarray] | None
    is_rgb: bool
    alpha: tuple[np.ndarray, np.ndarray] | None
    weights: np.ndarray | None
    remarks: list[str]


def compared(reference: Frame, test: Frame, *, as_is: bool = False) -> Comparison:
    """Bring two pictures together.

    Parameters
    ----------
    reference, test : Frame
        RGB is a frame of matrix 0 (identity).
    as_is : bool
        Compare code values.

    Raises
    ------
    FrameError
        They differ in size or, with `as_is`, in subsampling or bit depth.
    UnsupportedFeature
        The test cannot be converted.
    """
    remarks: list[str] = []
    if not as_is:
        reference, test = (
            _shown(frame, name, remarks) for frame, name in ((reference, "reference"), (test, "test"))
        )
    _check_size(reference, test)
    alpha, weights = _alpha(reference, test)
    reference, test = (frame.replace(alpha=None) for frame in (reference, test))
    if as_is:
        reference, test = _relabelled(reference, test)
        weights = None
    else:
        reference, test = _without_meaningless_matrix(reference), _without_meaningless_matrix(test)
        remarks += _icc_remarks(reference, test)
    bring_together = _by_rgb if _needs_rgb(reference, test) else _by_planes
    try:
        pictures = bring_together(reference, test, remarks)
    except UnsupportedFeature as error:
        raise UnsupportedFeature(
            f"what the two show cannot be compared: {error}; compare their code values instead (as is)"
        ) from error
    return Comparison(
        *pictures, is_rgb=_is_rgb(reference, test), alpha=alpha, weights=weights, remarks=remarks
    )  # fmt: skip


def _shown(frame: Frame, name: str, remarks: list[str]) -> Frame:
    """A frame upright, with straight alpha."""
    if frame.premultiplied and frame.alpha is not None:
        remarks.append(f"the {name}'s colours are divided by its alpha")
    return upright(straight(frame))


def _check_size(reference: Frame, test: Frame) -> None:
    first, second = (f"{frame.width}x{frame.height}" for frame in (reference, test))
    if first != second:
        raise FrameError(
            f"the reference is {first} but the test {second}; only pictures of one size can be compared"
        )


def _alpha(reference: Frame, test: Frame) -> tuple[tuple[np.ndarray, np.ndarray] | None, np.ndarray | None]:
    """Alpha of both at the reference's depth, opaque where there is none; and what it weighs."""
    if reference.alpha is None and test.alpha is None:
        return None, None
    depth = reference.bit_depth
    first, second = (_alpha_or_opaque(frame, depth) for frame in (reference, test))
    is_opaque = int(first.min()) == (1 << depth) - 1
    return (first, second), None if is_opaque else first


def _alpha_or_opaque(frame: Frame, bit_depth: int) -> np.ndarray:
    alpha = alpha_samples(frame, bit_depth)
    dtype = np.uint8 if bit_depth == 8 else np.uint16
    return np.full(frame.y.shape, (1 << bit_depth) - 1, dtype) if alpha is None else alpha


def _relabelled(reference: Frame, test: Frame) -> tuple[Frame, Frame]:
    """The test with the reference's description; RGB against YUV is made YUV as encoders make it."""
    if (reference.matrix_coefficients == IDENTITY) != (test.matrix_coefficients == IDENTITY):
        if reference.matrix_coefficients == IDENTITY:
            reference = _encoders_yuv(reference, test)
        else:
            test = _encoders_yuv(test, reference)
    check_same_geometry(reference, test)
    labels = Description.of(reference)
    return reference, test.replace(**{name: getattr(labels, name) for name in labels.__dataclass_fields__})


def _encoders_yuv(rgb: Frame, like: Frame) -> Frame:
    """RGB as BT.601 in full range, in the form of another frame."""
    form = Description.of(rgb).replace(
        matrix_coefficients=_BT_601,
        full_range=True,
        subsampling=like.subsampling,
        bit_depth=like.bit_depth,
        chroma_sample_position=like.chroma_sample_position,
    )
    return convert(rgb, form)


def _without_meaningless_matrix(frame: Frame) -> Frame:
    """Gray has no matrix, whatever is written."""
    return frame if frame.subsampling != "4:0:0" else frame.replace(matrix_coefficients=UNKNOWN)


def _icc_remarks(reference: Frame, test: Frame) -> list[str]:
    if reference.icc == test.icc:
        return []
    if reference.icc and test.icc:
        return ["the ICC profiles differ; they are not applied"]
    return [f"only the {'reference' if reference.icc else 'test'} has an ICC profile; it is not applied"]


def _is_rgb(reference: Frame, test: Frame) -> bool:
    return IDENTITY in (reference.matrix_coefficients, test.matrix_coefficients)


def _needs_rgb(reference: Frame, test: Frame) -> bool:
    """Whether one is RGB, or there is no conversion to the reference's matrix."""
    to = Description.of(reference)
    old = Description.of(test).known(to)
    to = to.known(old)
    is_same = old.has_matrix_of(to) and old.has_colour_of(to)
    return _is_rgb(reference, test) or (to.matrix_coefficients in NONLINEAR and not is_same)


# --- YUV --------------------------------------------------------------------------------------------------


def _by_planes(reference: Frame, test: Frame, remarks: list[str]) -> tuple[Frame, Frame, int, _Rgb]:
    if reference.subsampling == "4:0:0" and test.subsampling != "4:0:0":
        remarks.append("the reference is monochrome: its chroma is taken as neutral")
        form = Description.of(reference).known(Description.of(test))
        reference = convert(reference, form.replace(subsampling=test.subsampling))
    to = Description.of(reference)
    changes = words(Description.of(test), to)
    if changes:
        remarks.append(f"the test is converted to the reference's form: {', '.join(changes)}")
    test = convert(test, to)
    reference = convert(reference, Description.of(test))  # what it does not know, it takes from the test
    return reference, test, reference.bit_depth, _rgb_of(reference, test, remarks)


def _rgb_of(reference: Frame, test: Frame, remarks: list[str]) -> _Rgb:
    try:
        return frame_to_rgb(reference), frame_to_rgb(test)
    except UnsupportedFeature as error:
        remarks.append(f"no CIEDE2000, no SSIMULACRA 2: {error}")
        return None


# --- RGB --------------------------------------------------------------------------------------------------


def _by_rgb(reference: Frame, test: Frame, remarks: list[str]) -> tuple[Frame, Frame, int, _Rgb]:
    depth, to = reference.bit_depth, Description.of(reference)
    to = to.known(Description.of(test))
    matrix = _yuv_matrix(reference, test)
    if not _is_plain(reference, test):
        remarks.append(_rgb_remark(reference, test, depth, matrix))
    form = to.replace(matrix_coefficients=matrix, full_range=True, subsampling="4:4:4", bit_depth=_UNROUNDED)
    rgb = frame_to_rgb(reference, depth), rgb_shown(test, depth, to)
    return convert(reference, form), convert(test, form), depth, rgb


def _yuv_matrix(reference: Frame, test: Frame) -> int:
    """That of the one that is YUV, or BT.601."""
    codes = (frame.matrix_coefficients for frame in (test, reference) if frame.subsampling != "4:0:0")
    return next((code for code in codes if is_linear(code) and code != UNKNOWN), _BT_601)


def _is_plain(reference: Frame, test: Frame) -> bool:
    """Whether both are RGB of one form, so that nothing is to be said."""
    first, second = (Description.of(frame) for frame in (reference, test))
    return first.matrix_coefficients == second.matrix_coefficients == IDENTITY and not words(second, first)


def _rgb_remark(reference: Frame, test: Frame, depth: int, matrix: int) -> str:
    changes = words(Description.of(test), Description.of(reference))
    colour = [change for change in changes if change.startswith(("primaries", "transfer"))]
    said = ", ".join([f"{depth} bits", *colour])
    if reference.matrix_coefficients == IDENTITY:
        converted = f"the test ({_form(test)}) is converted to RGB of {said}"
    else:
        pair = f"the reference ({_form(reference)}) and the test ({_form(test)})"
        converted = f"{pair} are compared as RGB of {said}"
    yuv = in_words(MATRIX_COEFFICIENTS, matrix)
    return f"{converted}; Y, U and V are of {yuv} at 4:4:4 in full range"


def _form(frame: Frame) -> str:
    if frame.matrix_coefficients == IDENTITY:
        return f"RGB, {frame.bit_depth} bits"
    range_ = "full" if frame.full_range else "limited"
    if frame.subsampling == "4:0:0":
        return f"gray, {range_} range, {frame.bit_depth} bits"
    code = _BT_601 if frame.matrix_coefficients == UNKNOWN else frame.matrix_coefficients
    matrix = in_words(MATRIX_COEFFICIENTS, code)
    return f"{frame.subsampling}, {matrix}, {range_} range, {frame.bit_depth} bits"


def is_hdr(frame: Frame) -> str | None:
    """The transfer in words, if it is not the sRGB that CIEDE2000 and SSIMULACRA 2 take it for."""
    code = frame.transfer_characteristics
    return None if code == UNKNOWN or code in SDR else in_words(TRANSFER_CHARACTERISTICS, code)
