"""Between R'G'B' and YUV: the matrices of ITU-T H.273, 8.3, exactly, and how samples hold their results."""

from fractions import Fraction

from cfl.errors import UnsupportedFeature
from cfl.frames.primaries import rgb_to_xyz

IDENTITY, YCGCO, CHROMA_DERIVED, ICTCP, YCGCO_RE, YCGCO_RO = 0, 8, 12, 14, 16, 17
NONLINEAR = (ICTCP, YCGCO_RE, YCGCO_RO)
"""What is no matrix of R'G'B'; see `cfl.frames.nonlinear`."""

_KR_KB = {
    1: (Fraction("0.2126"), Fraction("0.0722")),
    4: (Fraction("0.30"), Fraction("0.11")),
    5: (Fraction("0.299"), Fraction("0.114")),
    6: (Fraction("0.299"), Fraction("0.114")),
    7: (Fraction("0.212"), Fraction("0.087")),
    9: (Fraction("0.2627"), Fraction("0.0593")),
}
"""K_R and K_B: BT.709, FCC, BT.470 BG, BT.601, SMPTE 240, BT.2020 NCL (H.273, table 4)."""

Matrix = list[list[Fraction]]


def is_linear(matrix_coefficients: int) -> bool:
    """Whether a code point is a matrix from R'G'B' to luma and two differences that is known here."""
    return matrix_coefficients in (*_KR_KB, 2, YCGCO, CHROMA_DERIVED)


def rgb_to_yuv_matrix(matrix_coefficients: int, color_primaries: int = 2) -> Matrix:
    """E'Y, E'PB, E'PR of E'R, E'G, E'B (H.273, equations 38 to 49), exactly.

    Parameters
    ----------
    matrix_coefficients : int
        2 (unknown) counts as 6.
    color_primaries : int
        For 12, the matrix that they make; 2 (unknown) counts as 1.

    Raises
    ------
    UnsupportedFeature
        There is no such matrix here.
    """
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    if matrix_coefficients == IDENTITY:
        return [[Fraction(k) for k in row] for row in ((0, 1, 0), (0, 0, 1), (1, 0, 0))]
    if matrix_coefficients == YCGCO:
        return [[quarter, half, quarter], [-quarter, half, -quarter], [half, Fraction(0), -half]]
    kr, kb = _kr_kb(matrix_coefficients, color_primaries)
    kg = 1 - kr - kb
    pb, pr = 2 * (1 - kb), 2 * (1 - kr)
    return [[kr, kg, kb], [-kr / pb, -kg / pb, half], [half, -kg / pr, -kb / pr]]


def yuv_to_rgb_matrix(matrix_coefficients: int, color_primaries: int = 2) -> Matrix:
    """E'R, E'G, E'B of E'Y, E'PB, E'PR: the inverse of `rgb_to_yuv_matrix`, exactly."""
    if matrix_coefficients == IDENTITY:
        return [[Fraction(k) for k in row] for row in ((0, 0, 1), (1, 0, 0), (0, 1, 0))]
    if matrix_coefficients == YCGCO:
        return [[Fraction(k) for k in row] for row in ((1, -1, 1), (1, 1, 0), (1, -1, -1))]
    kr, kb = _kr_kb(matrix_coefficients, color_primaries)
    kg = 1 - kr - kb
    one, zero, pb, pr = Fraction(1), Fraction(0), 2 * (1 - kb), 2 * (1 - kr)
    return [[one, zero, pr], [one, -kb * pb / kg, -kr * pr / kg], [one, pb, zero]]


def plane_scales(bit_depth: int, full_range: bool, matrix: int) -> list[tuple[Fraction, Fraction]]:
    """(scale, offset) from E'Y, E'PB, E'PR to samples (H.273, equations 22 to 34)."""
    if full_range:
        luma = (2**bit_depth - 1, 0)
        chroma = (2**bit_depth - 1, 2 ** (bit_depth - 1))
    else:
        step = 2 ** (bit_depth - 8)
        # YCgCo is made of R, G and B that are limited already, so its differences span 219 levels too
        luma, chroma = (219 * step, 16 * step), ((219 if matrix == YCGCO else 224) * step, 128 * step)
    planes = (luma, luma, luma) if matrix == IDENTITY else (luma, chroma, chroma)
    return [(Fraction(scale), Fraction(offset)) for scale, offset in planes]


def _kr_kb(matrix_coefficients: int, color_primaries: int) -> tuple[Fraction, Fraction]:
    code = 6 if matrix_coefficients == 2 else matrix_coefficients
    if code == CHROMA_DERIVED:
        luminance = rgb_to_xyz(1 if color_primaries == 2 else color_primaries)[1]
        return luminance[0], luminance[2]
    if code not in _KR_KB:
        known = ", ".join(map(str, sorted((IDENTITY, *_KR_KB, YCGCO, CHROMA_DERIVED, *NONLINEAR))))
        raise UnsupportedFeature(f"matrix_coefficients {code} cannot be converted; {known} can")
    return _KR_KB[code]
