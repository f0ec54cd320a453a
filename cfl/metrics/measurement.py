"""All the metrics of two frames in one."""

from dataclasses import asdict, dataclass
from typing import Any

from cfl.frames.frame import Frame
from cfl.metrics.color import CIEDE2000, ciede2000
from cfl.metrics.planes import frame_psnr, frame_r2, frame_ssim
from cfl.metrics.report import json_ready


@dataclass(frozen=True)
class Measurement:
    """How alike a test picture is to its reference.

    Attributes
    ----------
    width, height : int
        Luma samples.
    subsampling : str
    bit_depth : int
    psnr : dict of float
        dB, of "y", "u", "v" and "yuv" (6:1:1); see `frame_psnr`.
    ssim, r2 : dict of float
        Of "y", "u", "v".
    ciede2000 : CIEDE2000
        Mean ΔE₀₀ and the same in dB.
    """

    width: int
    height: int
    subsampling: str
    bit_depth: int
    psnr: dict[str, float]
    ssim: dict[str, float]
    r2: dict[str, float]
    ciede2000: CIEDE2000

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON: plain dicts, infinite values as the string "inf"."""
        return json_ready(asdict(self) | {"ciede2000": self.ciede2000._asdict()})


def measure(reference: Frame, test: Frame) -> Measurement:
    """Every metric of `cfl.metrics` for two frames.

    Parameters
    ----------
    reference, test : Frame
        Of one size, subsampling and bit depth.

    Returns
    -------
    Measurement

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.
    """
    return Measurement(
        width=reference.width,
        height=reference.height,
        subsampling=reference.subsampling,
        bit_depth=reference.bit_depth,
        psnr=frame_psnr(reference, test),
        ssim=frame_ssim(reference, test),
        r2=frame_r2(reference, test),
        ciede2000=ciede2000(reference, test),
    )
