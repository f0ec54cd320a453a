"""All metrics of two frames in one."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from cfl.arguments import flag
from cfl.frames.frame import Frame, require_frame
from cfl.metrics import visible
from cfl.metrics.color import CIEDE2000, ciede2000_of_rgb
from cfl.metrics.comparison import Comparison, compared, is_hdr
from cfl.metrics.decibels import yuv_psnr
from cfl.metrics.multiscale import ms_ssim_or_none
from cfl.metrics.perceptual import ssimulacra2_of_rgb
from cfl.metrics.planes import PLANE_NAMES
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
        "4:2:0", "4:2:2", "4:4:4" or "4:0:0": of the reference, and "4:4:4" where a picture is RGB.
    bit_depth : int
        Bits of a sample of the reference: 8, 10, 12 or 16.
    psnr : dict of float
        PSNR in dB of "y", "u" and "v", of "yuv" (see `frame_psnr`), of "rgb" where a picture is RGB, and of
        "alpha" where one has alpha.
    ssim : dict of float
        Structural similarity of "y", "u", "v" and "alpha", at most 1; see `ssim`.
    r2 : dict of float
        R² of "y", "u", "v" and "alpha", at most 1; see `r2`.
    ciede2000 : CIEDE2000, optional
        Colour difference: mean ΔE₀₀ and the same in dB. None where there is no way to RGB.
    ssimulacra2 : float, optional
        How alike the two look, at most 100; see `ssimulacra2`. None where there is no way to RGB, and below 8
        rows or columns.
    ms_ssim : float, optional
        Structural similarity of "y" at five scales, at most 1; see `ms_ssim`. None below 176 rows or columns.
    remarks : list of str
        What was converted or assumed to compare the two, a line each.

    See Also
    --------
    measure : Makes it.

    Notes
    -----
    A figure is None where it does not exist, which is that of colour where nothing is visible (the
    reference's alpha is 0 everywhere).

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.Frame(np.arange(64, dtype=np.uint8).reshape(8, 8), subsampling="4:0:0")
    >>> measurement = cfl.measure(frame, frame.replace(y=frame.y + np.uint8(1)))
    >>> round(measurement.psnr["y"], 2)
    48.13
    >>> list(measurement.as_dict())[4:]
    ['psnr', 'ssim', 'r2', 'ciede2000', 'ssimulacra2', 'ms_ssim', 'remarks']
    """

    width: int
    height: int
    subsampling: str
    bit_depth: int
    psnr: dict[str, float | None]
    ssim: dict[str, float | None]
    r2: dict[str, float | None]
    ciede2000: CIEDE2000 | None
    ssimulacra2: float | None
    ms_ssim: float | None
    remarks: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes for JSON: plain dictionaries, infinite values as the text "inf".

        Returns
        -------
        report : dict
            The attributes by name.

        See Also
        --------
        json_ready : How values are made ready.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.Frame(np.arange(64, dtype=np.uint8).reshape(8, 8), subsampling="4:0:0")
        >>> cfl.measure(frame, frame).as_dict()["psnr"]
        {'y': 'inf', 'yuv': 'inf'}
        """
        colour = None if self.ciede2000 is None else self.ciede2000._asdict()
        return json_ready(asdict(self) | {"ciede2000": colour})


def measure(reference: Frame, test: Frame, *, as_is: bool = False) -> Measurement:
    """Return PSNR, SSIM, R², CIEDE2000, SSIMULACRA 2 and MS-SSIM of what two frames show.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size.
    as_is : bool, default False
        Compare code values, whatever they mean.

    Returns
    -------
    measurement : Measurement
        All metrics, and what was converted to have them.

    Raises
    ------
    FrameError
        The frames differ in size; with `as_is`, in subsampling or bit depth.
    UnsupportedFeature
        The frames differ in matrix, primaries or transfer function, and one of these cannot be converted.

    See Also
    --------
    frame_psnr, frame_ssim, frame_r2, ciede2000, ssimulacra2, ms_ssim : Each metric alone, of code values.

    Notes
    -----
    The test is converted to the reference's range, matrix, subsampling, chroma position, bit depth, primaries
    and transfer function, where they differ; 2 (unknown) is taken as the other's. Conversions of range,
    subsampling and depth are exact and rounded once; others go through RGB of 16 bits. The transfer functions
    of SDR video (1, 6, 7, 11, 12, 14, 15) and sRGB's (13) count as one curve, as files with the one are shown
    with the other. White of SDR is 203 cd/m² in PQ and HLG (BT.2408); what is brighter is clipped.

    RGB, which is a frame with `matrix_coefficients` 0, has a "rgb" PSNR, of the test rounded to the
    reference's bit depth. Its Y, U and V are 4:4:4 in full range, of the other frame's matrix or else BT.601,
    and not rounded. A monochrome frame against a colour one has neutral chroma.

    Colour is weighed by the reference's alpha: each squared error, window of SSIM and ΔE₀₀ counts as much as
    the reference is opaque there. Alpha has figures of its own, a frame without alpha being opaque.
    SSIMULACRA 2 compares both on a dark and on a light background, and the lower score counts.

    With `as_is` the test's samples are taken as if its description were the reference's, and nothing is
    weighed. RGB against YUV is converted to full-range BT.601 first.

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
    require_frame("reference", reference)
    require_frame("test", test)
    as_is = flag("as_is", as_is)
    pair = compared(reference, test, as_is=as_is)
    remarks = list(pair.remarks)
    psnr, ssim, r2 = _figures(pair)
    if pair.weights is not None and psnr["y"] is None:
        remarks.append("the reference is wholly transparent: its colour has no figures")
    if psnr["yuv"] == math.inf and psnr.get("rgb", math.inf) != math.inf:
        remarks.append("Y, U and V differ by less than their 16 bits tell; RGB differs")
    colour = None if pair.rgb is None else ciede2000_of_rgb(*pair.rgb, pair.bit_depth, pair.weights)
    if colour is not None and (transfer := is_hdr(pair.reference)) is not None:
        remarks.append(
            f"CIEDE2000 and SSIMULACRA 2 take the samples as sRGB, but their transfer is {transfer}"
        )
    return Measurement(
        width=reference.width,
        height=reference.height,
        subsampling=pair.reference.subsampling,
        bit_depth=pair.bit_depth,
        psnr=psnr,
        ssim=ssim,
        r2=r2,
        ciede2000=colour,
        ssimulacra2=_ssimulacra2(pair, as_is=as_is),
        ms_ssim=_ms_ssim(pair),
        remarks=remarks,
    )


def _ssimulacra2(pair: Comparison, *, as_is: bool) -> float | None:
    if pair.rgb is None:
        return None
    return ssimulacra2_of_rgb(pair.rgb, pair.bit_depth, None if as_is else pair.alpha)


def _ms_ssim(pair: Comparison) -> float | None:
    """Of luma, weighed."""
    return ms_ssim_or_none(pair.reference.y, pair.test.y, pair.reference.bit_depth, pair.weights)


_Figures = dict[str, float | None]


def _figures(pair: Comparison) -> tuple[_Figures, _Figures, _Figures]:
    """PSNR, SSIM and R² of the planes, of RGB and of alpha."""
    depth = pair.reference.bit_depth
    psnr: _Figures = {}
    ssim: _Figures = {}
    r2: _Figures = {}
    planes = zip(PLANE_NAMES, pair.reference.planes, pair.test.planes, strict=False)
    for name, first, second in planes:
        weights = None if pair.weights is None else visible.plane_weights(pair.weights, first.shape)
        psnr[name] = visible.psnr(first, second, depth, weights)
        ssim[name] = visible.ssim(first, second, depth, weights)
        r2[name] = visible.r2(first, second, weights)
    known = {name: value for name, value in psnr.items() if value is not None}
    psnr["yuv"] = yuv_psnr(known) if known else None
    if pair.is_rgb and pair.rgb is not None:
        psnr["rgb"] = visible.psnr(*pair.rgb, pair.bit_depth, _or_none(pair.weights))
    if pair.alpha is not None:
        psnr["alpha"] = visible.psnr(*pair.alpha, pair.bit_depth, None)
        ssim["alpha"] = visible.ssim(*pair.alpha, pair.bit_depth, None)
        r2["alpha"] = visible.r2(*pair.alpha, None)
    return psnr, ssim, r2


def _or_none(alpha: np.ndarray | None) -> np.ndarray | None:
    return None if alpha is None else visible.plane_weights(alpha, alpha.shape)
