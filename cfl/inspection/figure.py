"""An inspection as one picture: where the encoder put its blocks, its α and its bits."""

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.frames import Frame, frame_to_rgb, resample_chroma
from cfl.inspection.blocks import is_cfl
from cfl.inspection.colours import BITS, CFL_COLOUR, MODE_COLOURS, NOTHING, PLANE_COLOURS, PLANES
from cfl.inspection.inspection import Inspection
from cfl.inspection.other_maps import draw_luma_modes, draw_other_charts, draw_other_maps
from cfl.inspection.sheet import Sheet, draw_rate, show
from cfl.inspection.summary import KIND_NAMES, chroma_kinds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(inspection: Inspection, title: str = "") -> "Figure":
    """Draw partition, chroma modes, α of both planes, R², gain and bits of each block.

    Where no block uses CfL, maps of luma modes, transforms and bits take the place of those of CfL.

    Parameters
    ----------
    inspection : Inspection
        What `inspect` returned.
    title : str, default ""
        For instance the file's name.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Save it with ``figure.savefig``; no window opens. In PDF and SVG the outlines of blocks are lines.

    See Also
    --------
    cfl.inspect : Makes the inspection.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), [200, 100, 50], np.uint8))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "flat.avif")
    ...     _ = path.write_bytes(cfl.encode(frame, speed=10))
    ...     figure = cfl.inspection.draw(cfl.inspect(path), "flat.avif")
    ...     figure.savefig(Path(folder, "flat.png"), dpi=20)
    """
    sheet = Sheet(inspection)
    sheet.figure.suptitle(
        _headline(inspection, title), fontsize=15, y=1 - 0.22 / sheet.height, va="top", parse_math=False
    )
    _draw_partition(sheet.large(0), inspection)
    _draw_uv_modes(sheet, inspection)
    draw_rate(
        sheet, sheet.small(1, 0), inspection, ("modes", "cfl_alpha", "luma", "chroma"), "bits per luma sample"
    )
    if is_cfl(inspection.blocks).any():
        _draw_maps(sheet, inspection)
        _draw_pairs(sheet, inspection)
        _draw_choice(sheet.small(1, 2, square=True), inspection)
    else:
        draw_other_maps(sheet, inspection)
        draw_other_charts(sheet, inspection)
    _draw_totals(sheet, inspection)
    return sheet.figure


def _headline(inspection: Inspection, title: str) -> str:
    summary = inspection.summary
    share = summary["uv_modes"].get("UV_CFL_PRED", {}).get("share", 0.0)
    pixels = inspection.frame.width * inspection.frame.height
    bits, cfl = summary["bits"], summary["cfl"]
    parts = [
        title,
        inspection.headers["picture"],
        inspection.headers["quantizer"].split(",")[0],
        f"{bits['frame'] / pixels:.3f} bit per pixel",
        f"{cfl['blocks']:,} of {summary['blocks']:,} blocks use CfL, {100 * share:.0f} % of chroma",
        f"α is {100 * bits['cfl_alpha_share']:.1f} % of the bits",
    ]
    return "   ·   ".join(part for part in parts if part)


# --- the picture and its blocks ---------------------------------------------------------------------------


def _draw_partition(axis: "Axes", inspection: Inspection) -> None:
    show(axis, inspection, _rgb(inspection.frame))
    _draw_outlines(axis, inspection.blocks, "#ffffff", 0.45, 0.75)
    _draw_outlines(axis, inspection.blocks[is_cfl(inspection.blocks)], CFL_COLOUR, 1.0, 1.0)
    words = "; those that use CfL in cyan" if is_cfl(inspection.blocks).any() else ""
    axis.set_title(f"decoded picture and its blocks{words}", fontsize=12)


def _draw_uv_modes(sheet: Sheet, inspection: Inspection) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    axis, shares = sheet.large(1), inspection.summary["uv_modes"]
    if not shares:
        draw_luma_modes(axis, inspection, "no chroma (4:0:0); y_mode: how luma is predicted", 12)
        return
    kinds = chroma_kinds(inspection.blocks)[inspection.block_map(chroma=True)]
    colours = ListedColormap([MODE_COLOURS[kind] for kind in range(len(MODE_COLOURS))])
    show(axis, inspection, kinds, cmap=colours, vmin=-0.5, vmax=len(MODE_COLOURS) - 0.5)
    _draw_outlines(axis, inspection.blocks, "#000000", 0.3, 0.35)
    axis.set_title("uv_mode: how chroma is predicted", fontsize=12)
    codes = {name: kind for kind, name in KIND_NAMES.items()}
    handles = [
        Patch(
            facecolor=MODE_COLOURS[codes[name]], edgecolor="0.4", linewidth=0.5,
            label=f"{_short(name)} {100 * entry['share']:.1f} %",
        )
        for name, entry in shares.items()
    ]  # fmt: skip
    columns = min(int(axis.get_position().width * sheet.width / 1.3), len(handles))
    axis.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.005), ncols=columns,
        fontsize=9, frameon=False, handlelength=1.2, columnspacing=1.2,
    )  # fmt: skip


def _short(name: str) -> str:
    return {"UV_CFL_PRED": "CfL", "PALETTE": "palette", "INTRABC": "block copy", "INTER": "inter"}.get(
        name, name.removesuffix("_PRED")
    )


def _draw_outlines(axis: "Axes", blocks: np.ndarray, colour: str, width: float, alpha: float) -> None:
    from matplotlib.collections import LineCollection

    x, y, w, h = (blocks[name].astype(float) for name in "xywh")
    corners = np.stack(
        [np.stack([x + w, y], 1), np.stack([x, y], 1), np.stack([x, y + h], 1)], 1
    )  # the other two sides are the neighbours'
    if colour == CFL_COLOUR:
        corners = np.concatenate([corners, np.stack([x + w, y + h], 1)[:, None], corners[:, :1]], 1)
    lines = LineCollection(list(corners), colors=colour, linewidths=width, alpha=alpha)
    axis.add_collection(lines, autolim=False)


def _draw_maps(sheet: Sheet, inspection: Inspection) -> None:
    blocks = inspection.blocks
    cfl = is_cfl(blocks)
    sizes = np.abs(np.concatenate([blocks[cfl][f"cfl_alpha_{plane}"] for plane in "uv"]))
    limit = float(max(np.percentile(sizes, 98), 2)) if sizes.size else 2.0
    for column, plane in enumerate("uv"):
        axis = sheet.small(0, column)
        alpha = blocks[f"cfl_alpha_{plane}"]
        image = _draw_map(axis, inspection, alpha, cmap="RdBu_r", vmin=-limit, vmax=limit)
        axis.set_title(f"α of {PLANES[plane]}, eighths", fontsize=11)
        sheet.colorbar(image, axis, "both" if (sizes > limit).any() else "neither")
    spread, dc, sse = (blocks[f"{name}_u"] + blocks[f"{name}_v"] for name in ("ss_total", "sse_dc", "sse"))
    r2 = 1 - np.divide(sse, spread, out=np.where(sse == 0, 0.0, 1.0), where=spread > 0)
    target = "reference" if inspection.has_reference else "reconstruction"
    axis = sheet.small(0, 2)
    image = _draw_map(axis, inspection, r2, cmap="PuOr", vmin=-1, vmax=1)
    axis.set_title(f"R² of the coded prediction (U and V; {target})", fontsize=11)
    sheet.colorbar(image, axis, "min")
    gain = (dc - sse) / np.maximum(inspection.chroma_samples, 1)
    reach = float(max(np.nanpercentile(np.abs(gain), 97), 1e-9)) if np.isfinite(gain).any() else 1.0
    axis = sheet.small(0, 3)
    image = _draw_map(axis, inspection, gain, cmap="PiYG", vmin=-reach, vmax=reach)
    axis.set_title("gain over DC alone: squared error per sample (U + V)", fontsize=11)
    sheet.colorbar(image, axis, "both")


def _draw_map(axis: "Axes", inspection: Inspection, values: np.ndarray, **style: Any) -> Any:
    """A number of each CfL block where its chroma lies."""
    cfl = is_cfl(inspection.blocks)
    index = inspection.block_map(chroma=True)
    shown = np.ma.masked_where(~cfl[index], values[index])
    image = show(axis, inspection, shown, **style)
    axis.set_facecolor(NOTHING)
    return image


def _rgb(frame: Frame) -> np.ndarray:
    return frame_to_rgb(resample_chroma(frame, "4:4:4"), bit_depth=8)


# --- what they come to ------------------------------------------------------------------------------------


def _draw_pairs(sheet: Sheet, inspection: Inspection) -> None:
    """How often each pair of α occurs."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import MaxNLocator

    axis, pairs = sheet.small(1, 1, square=True), inspection.summary["alpha_pairs"]
    counts = np.zeros((33, 33))
    for pair in pairs:
        counts[pair["alpha_v"] + 16, pair["alpha_u"] + 16] = pair["blocks"]
    reach = max([2, *(max(abs(pair["alpha_u"]), abs(pair["alpha_v"])) for pair in pairs)]) + 0.5
    image = axis.imshow(
        np.ma.masked_equal(counts, 0), origin="lower", extent=(-16.5, 16.5, -16.5, 16.5), cmap="viridis",
        norm=LogNorm(1, max(counts.max(), 2)), interpolation="nearest",
    )  # fmt: skip
    for line in (axis.axhline, axis.axvline):
        line(0, color="0.6", linewidth=0.6, zorder=0)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="α of Cb", ylabel="α of Cr")
    for ticks in (axis.xaxis, axis.yaxis):
        ticks.set_major_locator(MaxNLocator(integer=True))
    axis.set_title("blocks by their pair of α", fontsize=11)
    sheet.colorbar(image, axis)


def _draw_choice(axis: "Axes", inspection: Inspection) -> None:
    """The coded α against those that least squares would have chosen."""
    cfl = inspection.blocks[is_cfl(inspection.blocks)]
    reach = 16.5
    generator = np.random.default_rng(0)
    for plane in "uv":
        coded, best = cfl[f"cfl_alpha_{plane}"], np.clip(cfl[f"alpha_ls_{plane}"], -reach, reach)
        shift = (generator.random(len(cfl)) - 0.5) * 0.7  # or the points would lie on one another
        same = inspection.summary["cfl"][plane]["best_alpha"]
        label = PLANES[plane] if same is None else f"{PLANES[plane]}: {100 * same:.0f} % as least squares"
        axis.plot(
            best, coded + shift, "o", markersize=3, alpha=0.45, color=PLANE_COLOURS[plane],
            markeredgewidth=0, label=label,
        )  # fmt: skip
    axis.axline((0, 0), slope=1, color="0.5", linewidth=0.8, zorder=0)
    limit = max([3.0, *(float(np.abs(cfl[f"cfl_alpha_{plane}"]).max(initial=0)) for plane in "uv")]) + 1
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit))
    axis.set(xlabel="least-squares α", ylabel="coded α", box_aspect=1)
    axis.set_title("the encoder's choice", fontsize=11)
    axis.legend(fontsize=9, loc="upper left")
    axis.grid(color="0.93", zorder=-1)


def _draw_totals(sheet: Sheet, inspection: Inspection) -> None:
    """Bits by purpose, as bars, and the headers in words."""
    axis, summary, headers = sheet.totals(), inspection.summary, inspection.headers
    axis.set_axis_off()
    axis.set(xlim=(0, 1), ylim=(0, 1))
    bits, start = summary["bits"], 0.0
    axis.text(0, 1.0, f"{bits['tiles']:,} bits of the tiles", fontsize=11, va="bottom")
    names = {"cfl_alpha": "CfL α"}
    for name, colour in BITS.items():
        share = bits[name] / bits["tiles"]
        axis.barh(
            0.95, share, 0.06, left=start, color=colour, label=f"{names.get(name, name)} {100 * share:.1f} %"
        )
        start += share
    axis.legend(
        loc="upper left", bbox_to_anchor=(-0.02, 0.92), ncols=5, fontsize=7.5, frameon=False,
        handlelength=0.8, handletextpad=0.3, columnspacing=0.7, borderpad=0,
    )  # fmt: skip
    lines = []
    for plane, name in PLANES.items():
        gain = summary["cfl"][plane]
        if gain["gain_db"] is not None:
            lines.append(
                f"{name}: CfL {gain['gain_db']:+.2f} dB over DC, R² {gain['r2'] or 0:.2f}"
                f" (least squares {gain['r2_ls'] or 0:.2f})"
            )
    subjects = (
        "profile", "superblocks", "tiles", "quantizer", "quantizer matrices", "segments", "block deltas",
        "transforms", "screen content", "deblocking", "CDEF", "superres", "loop restoration", "film grain",
    )  # fmt: skip
    inches = axis.get_position().width * sheet.width
    columns = int(14.5 * inches)  # of letters of that size
    for subject in subjects:
        lines += textwrap.wrap(f"{subject}: {headers[subject]}", columns, subsequent_indent="      ")
    axis.text(0, 0.86, "\n".join(lines), fontsize=8.5, va="top", linespacing=1.35)
