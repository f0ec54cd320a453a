"""Draw a prediction: what luma says about chroma, and where."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.frames.colour import frame_to_rgb
from cfl.frames.frame import Frame
from cfl.frames.resample import resample_chroma
from cfl.prediction.frame_prediction import Prediction
from cfl.prediction.tables import ALPHA_MAX

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_SIDE = 2048
"""Larger pictures are shown with fewer samples."""

NAMES = {"u": "Cb (U)", "v": "Cr (V)"}


def draw(prediction: Prediction, title: str = "") -> "Figure":
    """Source, prediction and residual of both chroma planes, with α and R² of each block.

    Parameters
    ----------
    prediction : Prediction
    title : str, optional
        For instance the file's name.

    Returns
    -------
    matplotlib Figure
        Three rows: the pictures and the α in use; Cb; Cr. Save it with ``figure.savefig``.
    """
    from matplotlib.figure import Figure

    source = prediction.source
    aspect = source.height / source.width
    figure = Figure(
        figsize=(17, 3 * (3.15 * min(max(aspect, 0.4), 1.8) + 0.75) + 0.7), dpi=100, layout="constrained"
    )
    figure.suptitle(_headline(prediction, title), fontsize=13, parse_math=False)
    axes = figure.subplots(3, 5)
    _draw_pictures(figure, axes[0], prediction)
    for row, plane in zip(axes[1:], ("u", "v"), strict=True):
        _draw_plane(figure, row, prediction, plane)
    return figure


def _headline(prediction: Prediction, title: str) -> str:
    source = prediction.source
    parts = [
        title,
        f"{source.width}x{source.height} {source.subsampling} {source.bit_depth} bit",
        f"blocks {prediction.block}, DC of {'neighbours' if prediction.dc == 'neighbours' else 'the block'}",
        f"{prediction.cfl_blocks} of {len(prediction.blocks)} blocks use CfL",
    ]
    return "   ·   ".join(part for part in parts if part)


def _draw_pictures(figure: "Figure", axes: Any, prediction: Prediction) -> None:
    flat = prediction.frame.replace(
        u=np.full_like(prediction.frame.planes[1], 1 << (prediction.frame.bit_depth - 1)),
        v=np.full_like(prediction.frame.planes[2], 1 << (prediction.frame.bit_depth - 1)),
    )
    pictures = (
        ("source", prediction.source),
        ("luma: what is known", flat),
        ("chroma predicted", prediction.frame),
    )
    for axis, (name, frame) in zip(axes, pictures, strict=False):
        axis.imshow(_thin(_rgb(frame)), interpolation="nearest")
        axis.set_title(name, fontsize=11)
        axis.set_axis_off()
    _draw_alphas(figure, axes[3], prediction)
    _draw_r2(axes[4], prediction)


def _draw_alphas(figure: "Figure", axis: Any, prediction: Prediction) -> None:
    """Draw how often each pair of α occurs, on a logarithmic scale."""
    from matplotlib.colors import LogNorm

    limit = _alpha_limit(prediction)
    step = 1.0 if prediction.alpha == "quantised" else 1 / 8
    edges = np.arange(-limit - step / 2, limit + step, step)
    u, v = (np.clip(prediction.blocks[f"alpha_{plane}"], -limit, limit) for plane in "uv")
    counts, _, _ = np.histogram2d(u, v, bins=[edges, edges])
    image = axis.imshow(
        np.ma.masked_equal(counts.T, 0), origin="lower", extent=(edges[0], edges[-1]) * 2, cmap="viridis",
        norm=LogNorm(1, max(counts.max(), 2)), interpolation="nearest",
    )  # fmt: skip
    axis.axhline(0, color="0.6", lw=0.6)
    axis.axvline(0, color="0.6", lw=0.6)
    axis.set(xlabel="α of Cb", ylabel="α of Cr")
    axis.set_title("blocks by their pair of α", fontsize=11)
    _colorbar(figure, image, axis)


def _draw_r2(axis: Any, prediction: Prediction) -> None:
    """Draw the share of blocks below each R²."""
    for plane, colour in (("u", "#3b6fd4"), ("v", "#d0413b")):
        values = np.sort(np.clip(prediction.blocks[f"r2_{plane}"], -1, 1))
        axis.plot(values, np.linspace(0, 1, values.size), color=colour, label=NAMES[plane])
    axis.set(
        xlim=(-1, 1),
        ylim=(0, 1),
        xlabel="R² of the block (−1 and less at the left)",
        ylabel="share of blocks",
    )
    axis.grid(alpha=0.3)
    axis.legend(loc="upper left", frameon=False)
    axis.set_box_aspect(1)
    axis.set_title("how well the line fits", fontsize=11)


def _draw_plane(figure: "Figure", axes: Any, prediction: Prediction, plane: str) -> None:
    source, predicted = (getattr(frame, plane) for frame in (prediction.source, prediction.frame))
    residual = source.astype(np.int32) - predicted
    spread = max(float(np.percentile(np.abs(residual), 99.5)), 1.0)
    low, high = np.percentile(source, (0.1, 99.9))
    shared = {"vmin": low, "vmax": max(high, low + 1), "cmap": "gray"}
    slopes = {"vmin": -_alpha_limit(prediction), "vmax": _alpha_limit(prediction), "cmap": "RdBu_r"}
    unit = "eighths" if prediction.alpha == "quantised" else "chroma per luma"
    panels = (
        (f"{NAMES[plane]}: source", source, shared),
        (f"predicted: {_quality(prediction.psnr[plane], prediction.psnr_dc[plane])}", predicted, shared),
        ("residual", residual, {"vmin": -spread, "vmax": spread, "cmap": "RdBu_r"}),
        (f"α, {unit}", prediction.map(f"alpha_{plane}"), slopes),
        (f"R² of each block (plane: {prediction.r2[plane]:.3f})", prediction.map(f"r2_{plane}"),
         {"vmin": -1, "vmax": 1, "cmap": "PuOr"}),
    )  # fmt: skip
    for axis, (name, values, style) in zip(axes, panels, strict=True):
        # Chroma is shown at luma's shape, so that every panel is the same picture.
        ratio = (prediction.source.height / values.shape[0]) / (prediction.source.width / values.shape[1])
        image = axis.imshow(_thin(values), interpolation="nearest", aspect=ratio, **style)
        axis.set_title(name, fontsize=11)
        axis.set_xticks([])
        axis.set_yticks([])
        _colorbar(
            figure,
            image,
            axis,
            "min" if name.startswith("R²") else "both" if name == "residual" else "neither",
        )


def _alpha_limit(prediction: Prediction) -> float:
    """Return the end of the α scales: the largest |α| in use without outliers, at least 2 eighths."""
    step, most = (1.0, ALPHA_MAX) if prediction.alpha == "quantised" else (1 / 8, ALPHA_MAX / 8)
    sizes = np.abs(np.concatenate([prediction.blocks[f"alpha_{plane}"] for plane in "uv"]))
    return float(min(max(np.ceil(np.percentile(sizes, 99.5) / step), 2) * step, most))


def _colorbar(figure: "Figure", image: Any, axis: Any, extend: str = "neither") -> None:
    figure.colorbar(
        image, ax=axis, orientation="horizontal", fraction=0.05, pad=0.02, aspect=35, extend=extend
    )


def _rgb(frame: Frame) -> np.ndarray:
    return frame_to_rgb(resample_chroma(frame, "4:4:4"), bit_depth=8)


def _thin(values: np.ndarray) -> np.ndarray:
    step = max(1, -(-max(values.shape[:2]) // MAX_SIDE))
    return values[::step, ::step]


def _quality(psnr: float, of_dc: float) -> str:
    """The PSNR, and by how much it is above the PSNR of DC alone; "exact" if there is no error."""
    if math.isinf(psnr):
        return "exact"
    return f"{psnr:.2f} dB ({psnr - of_dc:+.2f} over DC)".replace("inf", "∞")
