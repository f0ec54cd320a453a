"""All metrics of two frames in one."""

from dataclasses import asdict, dataclass
from typing import Any

from cfl.frames.frame import Frame
from cfl.metrics.color import CIEDE2000, ciede2000
from cfl.metrics.planes import frame_psnr, frame_r2, frame_ssim
from cfl.metrics.report import json_ready


@dataclass(frozen=True)
class Measurement:
    """How similar a test picture is to its reference; `measure` makes it.

    Attributes
    ----------
    width : int
        Luma samples in a row.
    height : int
        Luma rows.
    subsampling : str
        "4:2:0", "4:2:2", "4:4:4" or "4:0:0".
    bit_depth : int
        Bits of a sample: 8, 10 or 12.
    psnr : dict of float
        PSNR of "y", "u", "v" and "yuv" in dB; see `frame_psnr`.
    ssim : dict of float
        Structural similarity of "y", "u" and "v", at most 1; see `frame_ssim`.
    r2 : dict of float
        R² of "y", "u" and "v", at most 1; see `frame_r2`.
    ciede2000 : CIEDE2000
        Colour difference: mean ΔE₀₀ and the same in dB.

    See Also
    --------
    measure : Makes it.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.Frame(np.arange(64, dtype=np.uint8).reshape(8, 8), subsampling="4:0:0")
    >>> measurement = cfl.measure(frame, frame.replace(y=frame.y + np.uint8(1)))
    >>> round(measurement.psnr["y"], 2)
    48.13
    >>> sorted(measurement.as_dict())
    ['bit_depth', 'ciede2000', 'height', 'psnr', 'r2', 'ssim', 'subsampling', 'width']
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
        """Return the attributes for JSON: plain dictionaries, infinite values as the text "inf".

        Returns
        -------
        report : dict
            The attributes by name.

        See Also
        --------
        json_ready : How values are made ready.
        """
        return json_ready(asdict(self) | {"ciede2000": self.ciede2000._asdict()})


def measure(reference: Frame, test: Frame) -> Measurement:
    """Return PSNR, SSIM, R² and CIEDE2000 of two frames.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size, subsampling and bit depth.

    Returns
    -------
    measurement : Measurement
        All metrics.

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.
    UnsupportedFeature
        A frame's matrix cannot be converted to RGB, which CIEDE2000 needs.

    See Also
    --------
    frame_psnr, frame_ssim, frame_r2, ciede2000 : Each metric alone.

    Examples
    --------
    A frame and the same with each Cb sample 4 higher:

    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:8, :8]
    >>> rgb = np.stack([32 * column, 32 * row, 255 - 32 * column], axis=-1).astype(np.uint8)
    >>> frame = cfl.rgb_to_frame(rgb)
    >>> measurement = cfl.measure(frame, frame.replace(u=frame.u + np.uint8(4)))
    >>> measurement.psnr["y"], round(measurement.psnr["u"], 2), round(measurement.r2["u"], 3)
    (inf, 36.09, 0.994)
    >>> round(measurement.ciede2000.mean, 2)
    1.8
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
