"""`compare`: two AV1 files of the same picture beside each other."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cfl.comparison.agreement import agreement, overlap_of_cfl
from cfl.comparison.superblocks import SIDE, bits_of_squares, largest_differences
from cfl.errors import FrameError
from cfl.frames import DEFAULT_MAX_PIXELS, Frame
from cfl.inspection.inspection import Inspection, inspect
from cfl.metrics.measurement import Measurement, measure
from cfl.metrics.report import json_ready
from cfl.reading import read
from cfl.sources import Source

_MOST = 10
"""How many squares are named."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two encodes of one picture; `compare` makes it.

    Attributes
    ----------
    a, b : Inspection
        The two.
    between : Measurement
        B against A, as they are decoded.
    against_reference : (Measurement, Measurement), optional
        A and B against the reference.

    See Also
    --------
    compare : Makes it.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
    >>> frame = cfl.Frame(luma, 100 + half // 2, 200 - half // 4)
    >>> options = {"quality": 80, "speed": 10, "tune": "psnr"}
    >>> files = [cfl.encode(frame, cfl=cfl_, **options) for cfl_ in (True, False)]
    >>> comparison = cfl.compare(*files, reference=frame)
    >>> comparison.as_dict()["cfl"]["share_a"], comparison.as_dict()["cfl"]["iou"]
    (1.0, 0.0)
    >>> comparison.bits_of_squares[0].shape
    (1, 1)
    """

    a: Inspection
    b: Inspection
    between: Measurement
    against_reference: tuple[Measurement, Measurement] | None = None

    @property
    def bits_of_squares(self) -> tuple[np.ndarray, np.ndarray]:
        """The bits of each square of 64x64 luma samples in A and in B, as (rows, columns) arrays.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> a, b = cfl.compare(*[cfl.encode(frame, speed=10)] * 2).bits_of_squares
        >>> (b - a).tolist()
        [[0.0]]
        """
        return bits_of_squares(self.a), bits_of_squares(self.b)

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON.

        Returns
        -------
        report : dict
            "a" and "b": format, "bits" by kind, "uv_modes" and, with a reference, "metrics". "between": the
            metrics of B against A. "agreement": shares of the area decided alike. "cfl": its overlap and α.
            "squares": the ten squares of 64x64 luma samples that differ most in bits.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> report = cfl.compare(*[cfl.encode(frame, speed=10)] * 2).as_dict()
        >>> report["agreement"]["y_mode"], report["between"]["psnr"]["y"]
        (1.0, 'inf')
        """
        report: dict[str, Any] = {}
        for number, (name, inspection) in enumerate((("a", self.a), ("b", self.b))):
            summary = inspection.summary
            report[name] = {
                "format": inspection.picture.format,
                "bits": summary["bits"],
                "blocks": summary["blocks"],
                "uv_modes": summary["uv_modes"],
            }
            if self.against_reference is not None:
                report[name]["metrics"] = self.against_reference[number].as_dict()
        return report | json_ready(
            {
                "between": self.between.as_dict(),
                "agreement": agreement(self.a, self.b),
                "cfl": overlap_of_cfl(self.a, self.b),
                "squares": largest_differences(*self.bits_of_squares, _MOST),
            }
        )

    def to_html(self, names: tuple[str, str] = ("A", "B")) -> str:
        """Make a page of HTML with both: moved together, with a swipe between them and their difference.

        Parameters
        ----------
        names : (str, str)
            What the two are called.

        Returns
        -------
        page : str
            See `cfl.Inspection.to_html`.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> page = cfl.compare(*[cfl.encode(frame, speed=10)] * 2).to_html(("one", "two"))
        >>> page.startswith("<!DOCTYPE html>")
        True
        """
        from cfl.viewer.html import pair_page

        a, b = self.bits_of_squares
        return pair_page(self.a, self.b, names, _bits_more(self.a, a - b), _bits_more(self.b, b - a))

    def _repr_html_(self) -> str:
        """Sizes, metrics and agreement, for notebooks."""
        from cfl.markup import table

        report = self.as_dict()
        sizes = [
            [kind, *(f"{report[name]['bits'][kind]:,.0f}" for name in "ab")]
            for kind in ("frame", "modes", "cfl_alpha", "luma", "chroma")
        ]
        shares = report["agreement"] | {"CfL, area of both over area of any": report["cfl"]["iou"]}
        alike = [[name, "" if share is None else f"{100 * share:.1f} %"] for name, share in shares.items()]
        return table("Bits", ["", "A", "B"], sizes) + table("Decided alike", ["", "of the area"], alike)


def _bits_more(inspection: Inspection, change: np.ndarray) -> np.ndarray:
    """What a square costs more than in the other file, for each block that begins in it."""
    rows = np.minimum(inspection.blocks["y"] // SIDE, change.shape[0] - 1)
    columns = np.minimum(inspection.blocks["x"] // SIDE, change.shape[1] - 1)
    return np.round(change[rows, columns]).astype(np.int64)


def compare(
    a: Source | Inspection,
    b: Source | Inspection,
    *,
    reference: Source | Frame | None = None,
    frame: int = 0,
    max_pixels: int | None = DEFAULT_MAX_PIXELS,
) -> Comparison:
    """Compare two AV1 files of the same picture: sizes, quality, and decision by decision.

    Parameters
    ----------
    a, b : path-like, bytes, binary file or Inspection
        AVIF, IVF, Section 5 OBU or Annex B files: of two encoders, two speeds, with and without CfL.
    reference : path-like, bytes, binary file or Frame, optional
        The original, to measure both against. An `Inspection` is measured against it too, but its blocks keep
        the target that they have.
    frame : int, default 0
        Which of the frames that the files show.
    max_pixels : int or None, default 178,956,970
        See `inspect`.

    Returns
    -------
    comparison : Comparison
        Both inspections, and what they come to.

    Raises
    ------
    BitstreamError, UnsupportedFeature
        See `inspect`.
    FrameError
        A file cannot be read, or the two differ in size.

    See Also
    --------
    inspect : One file.
    measure : Quality alone.

    Notes
    -----
    Shares are of the picture's area in squares of 4x4 luma samples. "The overlap of CfL" is the area where
    both use it over the area where any of the two does (intersection over union).

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:64, :64]
    >>> rgb = np.stack([3 * column, 2 * row + column, 255 - 3 * column], axis=-1).astype(np.uint8)
    >>> frame = cfl.rgb_to_frame(rgb)
    >>> comparison = cfl.compare(cfl.encode(frame, speed=8), cfl.encode(frame, speed=8))
    >>> comparison.as_dict()["agreement"]
    {'block_size': 1.0, 'y_mode': 1.0, 'tx_size': 1.0, 'uv_mode': 1.0}
    """
    if reference is not None and not isinstance(reference, Frame):
        limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
        reference = read(reference, keep_rgb=True, max_pixels=limit)
    first, second = (
        each
        if isinstance(each, Inspection)
        else inspect(each, reference=reference, frame=frame, max_pixels=max_pixels)
        for each in (a, b)
    )
    sizes = [(*each.reconstruction[0].shape[::-1], each.frame.width) for each in (first, second)]
    if sizes[0] != sizes[1]:
        words = [f"{width}x{height}" for width, height, _ in sizes]
        raise FrameError(f"A is coded as {words[0]}, but B as {words[1]}: they cannot be compared")
    against = None
    if reference is not None:
        against = measure(reference, first.frame), measure(reference, second.frame)
    return Comparison(first, second, measure(first.frame, second.frame), against)
