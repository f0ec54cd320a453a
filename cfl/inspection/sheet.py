"""Where the parts of the figure of an inspection go, and how a picture is put in its place."""

from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.inspection.inspection import Inspection

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_SIDE = 2048
"""Larger pictures are thinned for display."""


class Sheet:
    """Where everything goes, in inches: two large pictures above two rows of four small ones.

    Matplotlib's own layouts draw everything twice to find out.
    """

    MARGIN, GAP, TITLE, LEGEND, BAR = 0.35, 0.45, 0.95, 0.85, 0.95

    def __init__(self, inspection: Inspection):
        from matplotlib.figure import Figure

        frame = inspection.frame
        aspect = min(max(frame.height / frame.width, 0.3), 2.0)
        self._large_h = min(10.6 * aspect, 13.0)
        self._large_w = self._large_h / aspect
        self.width = max(2 * self.MARGIN + self.GAP + 2 * self._large_w, 17.0)
        self._small_w = (self.width - 2 * self.MARGIN - 3 * self.GAP) / 4
        self._small_h = self._small_w * aspect
        self._square = min(self._small_w - 0.6, 4.6)
        self._tops = [self.TITLE, self.TITLE + self._large_h + self.LEGEND]
        self._tops.append(self._tops[1] + self._small_h + self.BAR + 0.35)
        self.height = self._tops[2] + max(self._small_h, self._square, 4.0) + self.BAR
        self.figure = Figure(figsize=(self.width, self.height), dpi=110)

    def large(self, column: int) -> "Axes":
        """One of the two large pictures."""
        middle = self.width / 2 + (column - 0.5) * (self._large_w + self.GAP)
        return self._axes(middle - self._large_w / 2, self._tops[0], self._large_w, self._large_h)

    def small(self, row: int, column: int, *, square: bool = False) -> "Axes":
        """One of the eight small ones."""
        x = self.MARGIN + column * (self._small_w + self.GAP)
        if square:
            x += (self._small_w - self._square + 0.4) / 2  # what is written stands at the left
            return self._axes(x, self._tops[1 + row], self._square, self._square)
        return self._axes(x, self._tops[1 + row], self._small_w, self._small_h)

    def totals(self) -> "Axes":
        """The place for words."""
        x = self.MARGIN + 3 * (self._small_w + self.GAP)
        return self._axes(x, self._tops[2], self._small_w, max(self._square, 4.0))

    def colorbar(self, image: Any, axis: "Axes", extend: str = "neither") -> Any:
        """The scale of a small picture, below it."""
        box = axis.get_position()
        below = 0.42 if axis.get_xlabel() else 0.12
        bar = self.figure.add_axes(
            (box.x0, box.y0 - (below + 0.16) / self.height, box.width, 0.13 / self.height)
        )
        return self.figure.colorbar(image, cax=bar, orientation="horizontal", extend=extend)

    def _axes(self, x: float, top: float, w: float, h: float) -> "Axes":
        bottom = self.height - top - h
        return self.figure.add_axes((x / self.width, bottom / self.height, w / self.width, h / self.height))


def show(axis: "Axes", inspection: Inspection, values: np.ndarray, **style: Any) -> Any:
    """A picture in coordinates of the coded luma samples, in the shape in which it is shown."""
    height, width = inspection.reconstruction[0].shape
    step = max(1, -(-max(values.shape[:2]) // MAX_SIDE))
    covered = (width, height)
    if values.dtype != np.uint8:  # pixels of 4x4 samples, the last ones perhaps crossing the edge
        covered = 4 * values.shape[1], 4 * values.shape[0]
    image = axis.imshow(
        values[::step, ::step], extent=(0, covered[0], covered[1], 0), interpolation="nearest", **style
    )
    axis.set_xlim(0, width)
    axis.set_ylim(height, 0)
    axis.set_aspect(inspection.frame.width / width)
    axis.set_xticks([])
    axis.set_yticks([])
    return image


def draw_rate(
    sheet: Sheet,
    axis: "Axes",
    inspection: Inspection,
    kinds: tuple[str, ...],
    title: str,
    *,
    chroma: bool = False,
) -> None:
    """Bits of some kinds for each sample of the blocks, on a logarithmic scale."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    blocks = inspection.blocks
    bits = sum(blocks[f"bits_{kind}"].astype(float) for kind in kinds)
    samples = inspection.chroma_samples if chroma else blocks["w"].astype(float) * blocks["h"]
    rate = bits / np.maximum(samples, 1)
    low, high = np.percentile(rate, (2, 99.5))
    scale = LogNorm(max(low, 1e-3), max(high, 2e-3, 2 * low))
    rate = np.maximum(rate, max(low, 1e-3) / 2)  # no bits at all are the darkest, not a hole
    image = show(axis, inspection, rate[inspection.block_map(chroma=chroma)], cmap="inferno", norm=scale)
    axis.set_title(title, fontsize=11)
    bar = sheet.colorbar(image, axis, "both")
    bar.ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.xaxis.set_minor_formatter(NullFormatter())
