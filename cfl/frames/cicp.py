"""Colour code points in words (ITU-T H.273; AV1 specification 6.4.2)."""

COLOR_PRIMARIES = {
    1: "BT.709", 2: "unspecified", 4: "BT.470 System M", 5: "BT.470 System B, G", 6: "BT.601",
    7: "SMPTE 240M", 8: "generic film", 9: "BT.2020", 10: "XYZ", 11: "DCI-P3", 12: "Display P3",
    22: "EBU Tech. 3213",
}  # fmt: skip
TRANSFER_CHARACTERISTICS = {
    1: "BT.709", 2: "unspecified", 4: "gamma 2.2", 5: "gamma 2.8", 6: "BT.601", 7: "SMPTE 240M", 8: "linear",
    9: "logarithmic, 100:1", 10: "logarithmic, 316:1", 11: "IEC 61966-2-4", 12: "BT.1361", 13: "sRGB",
    14: "BT.2020, 10 bit", 15: "BT.2020, 12 bit", 16: "PQ", 17: "SMPTE ST 428", 18: "HLG",
}  # fmt: skip
MATRIX_COEFFICIENTS = {
    0: "identity (RGB)", 1: "BT.709", 2: "unspecified", 4: "FCC", 5: "BT.470 System B, G", 6: "BT.601",
    7: "SMPTE 240M", 8: "YCgCo", 9: "BT.2020", 10: "BT.2020, constant luminance", 11: "SMPTE ST 2085",
    12: "chromaticity-derived", 13: "chromaticity-derived, constant luminance", 14: "ICtCp", 15: "IPT-PQ-C2",
    16: "YCgCo-Re", 17: "YCgCo-Ro",
}  # fmt: skip


def in_words(names: dict[int, str], code: int) -> str:
    """A code point as "name (code)"."""
    return f"{names.get(code, 'reserved')} ({code})"
