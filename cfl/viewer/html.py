"""The page: its markup, style and script, and the data of each frame, in one text."""

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from cfl import __version__
from cfl.arguments import require
from cfl.errors import FrameError
from cfl.inspection.blocks import BLOCK_FIELDS
from cfl.inspection.inspection import Inspection
from cfl.viewer.columns import packed_blocks
from cfl.viewer.filters import FILTER_FIELDS
from cfl.viewer.layers import DEFINITION_WORDS, tables
from cfl.viewer.packing import text_of
from cfl.viewer.samples import Keep, colour_of, samples_of

_SCRIPTS = (
    "data",
    "expressions",
    "blocks",
    "samples",
    "colours",
    "tiles",
    "view",
    "scatter",
    "panels",
    "app",
)
"""The files of the page's script, in order."""


def html_page(
    inspections: Inspection | Sequence[Inspection], title: str = "", *, names: Sequence[str] | None = None
) -> str:
    """Make a page of HTML of one or several inspected frames.

    The page needs a browser and nothing else: no network and no other file. Its policy forbids it to fetch
    anything. Pictures travel as AV1, and the browser's own decoder makes their exact samples.

    Parameters
    ----------
    inspections : Inspection or sequence of Inspection
        Frames to choose from, of one size.
    title : str, default ""
        For instance the file's name. Like every other text it is shown as it is, never as markup.
    names : sequence of str, optional
        Of the frames; by default "frame 0" and so on.

    Returns
    -------
    page : str
        Write it with ``path.write_text(page, encoding="utf-16")``: the data then take two bytes for 15 bits.
        UTF-8 works as well, and makes a larger file.

    Raises
    ------
    FrameError
        There is no inspection, or the number of names is another.

    See Also
    --------
    cfl.Inspection.to_html : The page of one inspection.
    cfl.inspect : Makes an inspection.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> from cfl.viewer import html_page
    >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), [200, 100, 50], np.uint8))
    >>> inspection = cfl.inspect(cfl.encode(frame, speed=10))
    >>> page = html_page(inspection, "flat.avif")
    >>> page.startswith("<!DOCTYPE html>"), "flat.avif" in page
    (True, True)
    """
    frames = [inspections] if isinstance(inspections, Inspection) else list(inspections)
    for frame in frames:
        require("inspections", frame, Inspection, "Inspection objects")
    if not frames:
        raise FrameError("there is no inspection to make a page of")
    names = [f"frame {i}" for i in range(len(frames))] if names is None else list(names)
    if len(names) != len(frames):
        raise FrameError(f"{len(names)} names for {len(frames)} inspections")
    return _page(title, [_Frame(name, frame, {}) for name, frame in zip(names, frames, strict=True)])


def pair_page(
    a: Inspection, b: Inspection, names: tuple[str, str], more_in_a: np.ndarray, more_in_b: np.ndarray
) -> str:
    """The page of two encodes of one picture.

    Parameters
    ----------
    a, b : Inspection
    names : (str, str)
    more_in_a, more_in_b : (blocks,) int arrays
        The column `bits_more` of each.
    """
    frames = [_Frame(names[0], a, {"bits_more": more_in_a}), _Frame(names[1], b, {"bits_more": more_in_b})]
    return _page(" and ".join(names), frames, is_pair=True)


class _Frame(NamedTuple):
    """An inspection with its name, and columns of whole numbers for its blocks besides its own."""

    name: str
    inspection: Inspection
    columns: dict[str, np.ndarray]


def _page(title: str, frames: list[_Frame], *, is_pair: bool = False) -> str:
    chunks: list[bytes] = []

    def keep(data: bytes) -> int:
        chunks.append(data)
        return len(chunks) - 1

    data = {
        "title": title,
        "version": __version__,
        "isPair": is_pair,
        **tables(),
        "fields": _fields(),
        "frames": [_frame(frame, keep) for frame in frames],
    }
    return _document(title, data | {"chunks": [len(chunk) for chunk in chunks]}, chunks)


def _fields() -> dict[str, str]:
    """What the columns mean."""
    both = (
        "cfl_alpha",
        "dc",
        "alpha_ls",
        "alpha_best",
        "r2",
        "r2_ls",
        "sse",
        "sse_dc",
        "sse_ls",
        "sse_best",
        "ss_total",
    )
    fields: dict[str, str] = {}
    for name, words in BLOCK_FIELDS.items():
        fields |= {f"{name}_u": f"{words}; U", f"{name}_v": f"{words}; V"} if name in both else {name: words}
    return fields | DEFINITION_WORDS | FILTER_FIELDS


def _frame(frame: _Frame, keep: Keep) -> dict[str, Any]:
    name, inspection, columns = frame
    packed = packed_blocks(inspection)
    for column, values in columns.items():
        packed.integers(column, values)
    height, width = inspection.reconstruction[0].shape
    summary = inspection.summary
    return {
        "name": name,
        "width": width,
        "height": height,
        "depth": inspection.frame.bit_depth,
        "shifts": [inspection.frame.subsampling_x, inspection.frame.subsampling_y],
        "planes": len(inspection.reconstruction),
        "colour": colour_of(inspection.frame),
        "target": summary["target"],
        "bits": summary["bits"],
        "headers": list(inspection.headers.items()),
        "remarks": inspection.remarks,
        "blocks": packed.rows,
        "columns": packed.columns,
        "table": keep(packed.data),
        "samples": samples_of(inspection, keep),
    }


def _document(title: str, data: dict[str, Any], chunks: list[bytes]) -> str:
    folder = files("cfl.viewer").joinpath("page")
    style = folder.joinpath("viewer.css").read_text(encoding="utf-8")
    script = '"use strict";\n(() => {\n' + "\n".join(
        folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS
    ) + "\n})();\n"  # fmt: skip
    body = folder.joinpath("viewer.html").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    index = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    texts = "".join(
        f'<script type="text/plain" id="chunk-{i}">{text_of(chunk)}</script>\n'
        for i, chunk in enumerate(chunks)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_words(title) or 'cfl'}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}"
        f'<script type="application/json" id="index">{index}</script>\n{texts}'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _words(text: str) -> str:
    """A text in markup; bytes of a file's name that are no characters are written as they are escaped."""
    return escape(text.encode(errors="backslashreplace").decode())


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
