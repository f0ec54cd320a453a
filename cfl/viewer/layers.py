"""What the page can show, as tables. What more there is to see is a row more here, not code.

Values are expressions of the page's own small language: names of columns and of `DEFINITIONS`, numbers,
"text", ``+ - * / %``, comparisons, ``and or not``, and functions. A layer, a definition or a table is left
out if the blocks have not all of the columns that it needs.
"""

from typing import Any, NamedTuple

from cfl.av1.tables.constants import FilterIntraMode, IntraMode, Partition, TxSize, TxType
from cfl.inspection.colours import BITS, MODE_COLOURS
from cfl.inspection.summary import KIND_NAMES
from cfl.viewer.columns import SIZES


class Layer(NamedTuple):
    """A value of each block, shown in colours.

    Attributes
    ----------
    name, group : str
    value : str
        The expression.
    scale : str
        "names": each value has a colour and, where its column has names, a name. "steps": the same for
        numbers in order. "both ways": about 0, "up": from 0, "log": positive numbers.
    unit : str
    of : str
        "luma" or "chroma": which area a block's value is shown on.
    only : str
        An expression: blocks for which it does not hold have no value.
    limit : float, optional
        The largest value of a scale; by default that of the 98th percentile.
    """

    name: str
    group: str
    value: str
    scale: str
    unit: str = ""
    of: str = "luma"
    only: str = ""
    limit: float | None = None


_CFL = 'uv_mode == "UV_CFL_PRED"'

DEFINITIONS = {
    "x": "4 * column",
    "y": "4 * row",
    "w": "width_of(size)",
    "h": "height_of(size)",
    "area": "w * h",
    "bits": "bits_modes + bits_cfl_alpha + bits_luma + bits_chroma",
    "cfl": _CFL,
    "gain_u": "sse_dc_u - sse_u",
    "gain_v": "sse_dc_v - sse_v",
    "gain": "(gain_u + gain_v) / chroma_samples",
    "r2_u": "r2(sse_u, ss_total_u)",
    "r2_v": "r2(sse_v, ss_total_v)",
    "r2_ls_u": "r2(sse_ls_u, ss_total_u)",
    "r2_ls_v": "r2(sse_ls_v, ss_total_v)",
}
"""Names for values that follow from columns."""

DEFINITION_WORDS = {
    "area": "luma samples of the block",
    "bits": "all bits of the block",
    "cfl": "1: chroma is predicted from luma",
    "gain_u": "squared error that CfL has taken from DC alone, U",
    "gain_v": "squared error that CfL has taken from DC alone, V",
    "gain": "the same of U and V together, for each chroma sample",
    "size": "width and height of the block in luma samples",
    "chroma": "how chroma is predicted: uv_mode, PALETTE, INTRABC or INTER",
    "bits_more": "bits of the 64x64 square in which the block begins, less those of the other file",
    "chroma_samples": "visible samples of a chroma plane that the block codes",
}

LAYERS = (
    Layer("Chroma mode", "Prediction", "chroma", "names", of="chroma", only="chroma >= 0"),
    Layer("Luma mode", "Prediction", "y_mode", "names"),
    Layer("Filter intra", "Prediction", "filter_intra_mode", "names", only="filter_intra_mode >= 0"),
    Layer("Palette of luma", "Prediction", "palette_size_y", "steps", "colours", only="palette_size_y > 0"),
    Layer(
        "Palette of chroma", "Prediction", "palette_size_uv", "steps", "colours", "chroma",
        "palette_size_uv > 0",
    ),
    Layer("Intra block copy", "Prediction", "use_intrabc", "steps"),
    Layer("α of U", "Chroma from luma", "cfl_alpha_u", "both ways", "eighths", "chroma", _CFL),
    Layer("α of V", "Chroma from luma", "cfl_alpha_v", "both ways", "eighths", "chroma", _CFL),
    Layer("Least-squares α of U", "Chroma from luma", "alpha_ls_u", "both ways", "eighths", "chroma"),
    Layer("Least-squares α of V", "Chroma from luma", "alpha_ls_v", "both ways", "eighths", "chroma"),
    Layer(
        "R²", "Chroma from luma", "r2(sse_u + sse_v, ss_total_u + ss_total_v)", "both ways", "", "chroma",
        limit=1,
    ),
    Layer(
        "R² of least squares", "Chroma from luma", "r2(sse_ls_u + sse_ls_v, ss_total_u + ss_total_v)",
        "both ways", "", "chroma", limit=1,
    ),
    Layer("Gain over DC", "Chroma from luma", "gain", "both ways", "squared error a sample", "chroma"),
    Layer("Bits", "Bits", "bits / area", "log", "bits a luma sample"),
    Layer("Bits of luma", "Bits", "bits_luma / area", "log", "bits a luma sample"),
    Layer("Bits of chroma", "Bits", "bits_chroma / chroma_samples", "log", "bits a position", "chroma"),
    Layer("Bits of α", "Bits", "bits_cfl_alpha", "up", "bits a block", "chroma", _CFL),
    Layer("Bits of modes", "Bits", "bits_modes / area", "log", "bits a luma sample"),
    Layer("Bits more than in the other file", "Bits", "bits_more", "both ways", "bits a square of 64x64"),
    Layer("Block size", "Structure", "size", "names"),
    Layer("Partition", "Structure", "partition", "names"),
    Layer("Transform size", "Structure", "tx_size", "names"),
    Layer("Transform types", "Structure", "tx_types", "names", only="tx_types > 0"),
    Layer("Skip", "Structure", "skip", "steps"),
    Layer("Quantizer index", "Structure", "qindex", "up", "of 255"),
    Layer("Segment", "Structure", "segment", "steps"),
    Layer("CDEF of luma", "Filters", "cdef_y", "steps", "4 × primary + secondary", only="cdef_y >= 0"),
    Layer(
        "CDEF of chroma", "Filters", "cdef_uv", "steps", "4 × primary + secondary", "chroma", "cdef_uv >= 0",
    ),
    Layer("Restoration of luma", "Filters", "restoration_y", "names"),
    Layer("Restoration of U", "Filters", "restoration_u", "names", of="chroma"),
    Layer("Restoration of V", "Filters", "restoration_v", "names", of="chroma"),
)  # fmt: skip


class Base(NamedTuple):
    """Samples to show below the layers.

    Attributes
    ----------
    name : str
    samples : str
        A set of `cfl.viewer.samples.samples_of`, or "filters": decoded − unfiltered, or of a pair of files
        "difference": decoded − decoded of the other.
    plane : int
        0, 1, 2; -1 for all of them in colour.
    """

    name: str
    samples: str
    plane: int


BASES = (
    Base("Picture", "decoded", -1),
    Base("Y", "decoded", 0),
    Base("U", "decoded", 1),
    Base("V", "decoded", 2),
    Base("Before the filters", "unfiltered", -1),
    Base("Y before the filters", "unfiltered", 0),
    Base("U before the filters", "unfiltered", 1),
    Base("V before the filters", "unfiltered", 2),
    Base("What the filters changed in Y", "filters", 0),
    Base("What the filters changed in U", "filters", 1),
    Base("What the filters changed in V", "filters", 2),
    Base("Y less that of the other file", "difference", 0),
    Base("U less that of the other file", "difference", 1),
    Base("V less that of the other file", "difference", 2),
    Base("Error of Y", "error", 0),
    Base("Error of U", "error", 1),
    Base("Error of V", "error", 2),
)


class Count(NamedTuple):
    """A table of the blocks by a value.

    Attributes
    ----------
    title : str
    values : tuple of str
        One or two expressions; a row is for blocks that agree in them.
    weight : str
        What the share is of: an expression.
    share_of : str
        In words.
    only : str
        As of a layer.
    """

    title: str
    values: tuple[str, ...]
    weight: str
    share_of: str
    only: str = ""


COUNTS = (
    Count("Chroma modes", ("chroma",), "chroma_samples", "chroma", "chroma >= 0"),
    Count("Pairs of α (U, V)", ("cfl_alpha_u", "cfl_alpha_v"), "chroma_samples", "CfL's chroma", _CFL),
    Count("Luma modes", ("y_mode",), "area", "luma"),
    Count("Block sizes", ("size",), "area", "luma"),
    Count("Transform sizes", ("tx_size",), "area", "luma"),
)

BIT_KINDS = (
    ("Modes, palettes, transform sizes", "bits_modes", BITS["modes"]),
    ("CfL's α", "bits_cfl_alpha", BITS["cfl_alpha"]),
    ("Luma coefficients", "bits_luma", BITS["luma"]),
    ("Chroma coefficients", "bits_chroma", BITS["chroma"]),
)

_RESTORATIONS = {0: "none", 1: "Wiener", 2: "self-guided"}


def _names(enumeration: Any) -> dict[int, str]:
    return {int(member): member.name for member in enumeration}


NAMES: dict[str, dict[int, str]] = {
    "size": dict(enumerate(SIZES)),
    "partition": _names(Partition),
    "y_mode": _names(IntraMode),
    "uv_mode": _names(IntraMode),
    "chroma": KIND_NAMES,
    "filter_intra_mode": _names(FilterIntraMode),
    "tx_size": _names(TxSize),
    "restoration_y": _RESTORATIONS,
    "restoration_u": _RESTORATIONS,
    "restoration_v": _RESTORATIONS,
}
"""Of the values of columns."""

BIT_NAMES = {"tx_types": _names(TxType)}
"""Of columns whose bits have names."""

COLOURS: dict[str, dict[int, str]] = {"chroma": MODE_COLOURS, "y_mode": MODE_COLOURS}
"""Of the values of columns; others have the page's own."""


def tables() -> dict[str, Any]:
    """Everything here, for the page."""
    return {
        "layers": [layer._asdict() for layer in LAYERS],
        "bases": [base._asdict() for base in BASES],
        "counts": [count._asdict() for count in COUNTS],
        "bits": [dict(zip(("name", "value", "colour"), kind, strict=True)) for kind in BIT_KINDS],
        "definitions": DEFINITIONS,
        "names": NAMES,
        "bitNames": BIT_NAMES,
        "colours": COLOURS,
    }
