"""Numbers of the standard that chroma from luma needs; default CDFs are of AV1 specification 9.4."""

ALPHA_MAX = 16
"""The largest |α|, in eighths (AV1 specification 5.11.45: cfl_alpha_u and _v go from 1 to 16)."""

FACTOR_SHIFT = 9
"""``rounded_product(|AC|, |α| << FACTOR_SHIFT)`` is ``Round2(|α · AC|, 6)``: (|AC| · |α| · 2⁹ + 2¹⁴) >> 15.

Lanes of every width are scaled in this way; `reference` has the formula in the specification's words.
"""

CFL_SIGN_ZERO, CFL_SIGN_NEG, CFL_SIGN_POS = range(3)
"""signU and signV (AV1 specification 5.11.45)."""

DEFAULT_CFL_SIGN_CDF = (1418, 2123, 13340, 18405, 26972, 28343, 32294, 32768)

DEFAULT_CFL_ALPHA_CDF = (
    (7637, 20719, 31401, 32481, 32657, 32688, 32692, 32696,
     32700, 32704, 32708, 32712, 32716, 32720, 32724, 32768),
    (14365, 23603, 28135, 31168, 32167, 32395, 32487, 32573,
     32620, 32647, 32668, 32672, 32676, 32680, 32684, 32768),
    (11532, 22380, 28445, 31360, 32349, 32523, 32584, 32649,
     32673, 32677, 32681, 32685, 32689, 32693, 32697, 32768),
    (26990, 31402, 32282, 32571, 32692, 32696, 32700, 32704,
     32708, 32712, 32716, 32720, 32724, 32728, 32732, 32768),
    (17248, 26058, 28904, 30608, 31305, 31877, 32126, 32321,
     32394, 32464, 32516, 32560, 32576, 32593, 32622, 32768),
    (14738, 21678, 25779, 27901, 29024, 30302, 30980, 31843,
     32144, 32413, 32520, 32594, 32622, 32656, 32660, 32768),
)  # fmt: skip
