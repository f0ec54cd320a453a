"""An inspection in a notebook: as markup, and its blocks as a table."""

from typing import TYPE_CHECKING

import numpy as np

from cfl.frames.thumbnails import png, reduced, thumbnail
from cfl.inspection.colours import MODE_COLOURS
from cfl.inspection.rows import ENUMERATIONS
from cfl.inspection.summary import chroma_kinds
from cfl.markup import facts, picture

if TYPE_CHECKING:
    import pyarrow

    from cfl.inspection.inspection import Inspection


def markup(inspection: "Inspection") -> str:
    """What there is to say, the picture, and a map of chroma's modes."""
    summary = inspection.summary
    bits, cfl = summary["bits"], summary["cfl"]
    share = summary["uv_modes"].get("UV_CFL_PRED", {"share": 0.0})["share"]
    pixels = inspection.frame.width * inspection.frame.height
    rows = [
        ("picture", inspection.headers["picture"]),
        ("quantizer", inspection.headers["quantizer"]),
        ("bits per pixel", f"{bits['frame'] / pixels:.3f}"),
        ("blocks", f"{summary['blocks']:,}"),
        ("CfL", f"{100 * share:.1f} % of chroma, {cfl['blocks']:,} blocks"),
        ("α", f"{100 * bits['cfl_alpha_share']:.1f} % of the bits"),
    ]
    for plane in "uv":
        gain = cfl.get(plane, {}).get("gain_db")
        if gain is not None:
            rows.append((f"gain over DC, {plane.upper()}", f"{gain:+.2f} dB against the {summary['target']}"))
    small = thumbnail(inspection.frame)
    shown = "" if small is None else picture(small, "the decoded picture")
    if summary["uv_modes"]:
        shown += picture(png(reduced(_modes(inspection))), "chroma modes; CfL in cyan")
    return facts("Inspection", rows) + shown


def _modes(inspection: "Inspection") -> np.ndarray:
    """The map of chroma's modes as RGB, in the size of the picture if it is small."""
    names = [MODE_COLOURS[kind] for kind in range(len(MODE_COLOURS))]
    colours = np.array([[int(name[i : i + 2], 16) for i in (1, 3, 5)] for name in names])
    rgb = colours[chroma_kinds(inspection.blocks)[inspection.block_map(chroma=True)]].astype(np.uint8)
    return rgb.repeat(4, 0).repeat(4, 1)[: inspection.picture.height, : inspection.reconstruction[0].shape[1]]


def arrow_table(blocks: np.ndarray) -> "pyarrow.Table":
    """The blocks, with names for enumerations."""
    import pyarrow

    columns = {}
    for name in blocks.dtype.names or ():
        values = blocks[name].copy()
        members = {int(member): member.name for member in ENUMERATIONS.get(name, ())}
        if members:
            codes = np.array(sorted(members))
            index = np.minimum(np.searchsorted(codes, values), len(codes) - 1)
            missing = codes[index] != values
            indices = pyarrow.array(index.astype(np.int8), mask=missing)
            values = pyarrow.DictionaryArray.from_arrays(indices, [members[code] for code in codes.tolist()])
        columns[name] = values
    return pyarrow.table(columns)
