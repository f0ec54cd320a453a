"""Sum up the predictions of many frames in one report."""

from typing import Any

from cfl.errors import FrameError
from cfl.metrics.planes import psnr_of
from cfl.metrics.report import json_ready
from cfl.prediction.frame_prediction import Prediction


class PredictionTotals:
    """Sums over frames. `as_dict` has the measures of all frames together.

    PSNR is that of the mean squared error over all frames. R² divides sums over all frames, in which each
    frame is compared with its own mean.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._last: Prediction | None = None
        self._samples = 0
        self._sums = {name: {"u": 0.0, "v": 0.0} for name in ("sse", "sse_dc", "ss_total")}
        self._blocks: dict[str, float] = {"total": 0, "cfl": 0, "alpha_bits": 0.0}

    def add(self, prediction: Prediction) -> None:
        """Count one more frame.

        Raises
        ------
        FrameError
            The bit depth differs from that of the frames before.
        """
        if self._last is not None and self._last.source.bit_depth != prediction.source.bit_depth:
            raise FrameError("the bit depth changes from frame to frame")
        self.frames += 1
        self._samples += prediction.source.planes[1].size
        for name, sums in self._sums.items():
            for plane in sums:
                sums[plane] += getattr(prediction, name)[plane]
        self._blocks["total"] += len(prediction.blocks)
        self._blocks["cfl"] += prediction.cfl_blocks
        self._blocks["alpha_bits"] += prediction.alpha_bits or 0.0
        self._last = prediction

    def as_dict(self) -> dict[str, Any]:
        """Return the report, ready for JSON: size and options of the last frame, planes and blocks of all.

        Raises
        ------
        FrameError
            No frame was added.
        """
        if self._last is None:
            raise FrameError("there is no frame to report on")
        source = self._last.source
        blocks = {name: int(self._blocks[name]) for name in ("total", "cfl")}
        bits = None if self._last.alpha == "float" else self._blocks["alpha_bits"]
        return json_ready({
            "width": source.width,
            "height": source.height,
            "bit_depth": source.bit_depth,
            "subsampling": source.subsampling,
            "block": self._last.block,
            "dc": self._last.dc,
            "alpha": self._last.alpha,
            "frames": self.frames,
            "planes": {plane: self._plane(plane, source.bit_depth) for plane in ("u", "v")},
            "blocks": blocks | {"alpha_bits": bits},
        })  # fmt: skip

    def _plane(self, plane: str, bit_depth: int) -> dict[str, Any]:
        from cfl.regression.kernels import r_squared

        sse, sse_dc, ss_total = (self._sums[name][plane] for name in ("sse", "sse_dc", "ss_total"))
        return {
            "psnr": psnr_of(int(sse), self._samples, bit_depth),
            "psnr_dc": psnr_of(int(sse_dc), self._samples, bit_depth),
            "r2": r_squared.py_func(sse, ss_total),
            "sse": int(sse),
        }
