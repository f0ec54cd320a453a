"""The two rate-distortion curves of an ablation, and the BD-rate between them."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from cfl.arguments import one_of, whole
from cfl.av1.speeds import DEFAULT_SPEED
from cfl.av1.tunes import PSNR, TUNES
from cfl.encoding import encode_frame
from cfl.errors import CflError, FrameError
from cfl.frames import Frame
from cfl.metrics import bd_rate, json_ready
from cfl.picturing import Picture, as_frame

DEFAULT_QUALITIES = (20, 40, 60, 75, 90)
METRICS = {"y": "Y", "u": "Cb", "v": "Cr", "yuv": "YUV 6:1:1", "ciede2000": "CIEDE2000"}
"""The metrics that have curves: their names in code, and for people. All are in dB."""


class Point(NamedTuple):
    """One encode of an ablation.

    Attributes
    ----------
    quality : int
        0…100, as for `cfl.encode`.
    qindex : int
        The quantizer index base_q_idx, 0…255.
    coded_bytes : int
        Bytes of the OBUs, without the container.
    bits_per_pixel : float
        Bits of the OBUs per pixel.
    decibels : dict of float
        PSNR and CIEDE2000 in dB, by the names of `METRICS`; infinite where exact, None for CIEDE2000 where
        the matrix has no way to RGB.
    cfl_share : float
        Share of the chroma's area that CfL predicts, 0…1.
    seconds : float
        Time spent on encoding.

    See Also
    --------
    Ablation : Has two lists of points.

    Examples
    --------
    >>> from cfl.ablation import METRICS, Point
    >>> point = Point(60, 100, 5000, 0.5, dict.fromkeys(METRICS, 40.0), 0.3, 1.0)
    >>> point.coded_bytes, point.decibels["ciede2000"]
    (5000, 40.0)
    """

    quality: int
    qindex: int
    coded_bytes: int
    bits_per_pixel: float
    decibels: dict[str, float | None]
    cfl_share: float
    seconds: float


@dataclass(frozen=True)
class Ablation:
    """A picture encoded with and without chroma from luma at several qualities; `ablate` makes it.

    Parameters
    ----------
    with_cfl : list of Point
        One for each quality.
    without_cfl : list of Point
        For the same qualities, in the same order.

    See Also
    --------
    ablate : Makes it.
    cfl.ablation.draw : Draws it.

    Examples
    --------
    Here CfL saves 10 % of the bytes at each quality:

    >>> from cfl.ablation import METRICS, Ablation, Point
    >>> def points(scale):
    ...     return [
    ...         Point(quality, 0, int(scale * size), 0.1, dict.fromkeys(METRICS, decibels), 0.3, 1.0)
    ...         for quality, size, decibels in [(40, 1000, 33.0), (60, 2000, 36.0), (80, 4000, 39.0)]
    ...     ]
    >>> ablation = Ablation(with_cfl=points(0.9), without_cfl=points(1.0))
    >>> round(ablation.bd_rates["u"], 3)
    -10.0
    >>> len(ablation.as_dict()["with_cfl"]), ablation.without_bd_rate
    (3, {})
    """

    with_cfl: list[Point]
    without_cfl: list[Point]

    def _repr_html_(self) -> str:
        """BD-rates and points, for notebooks."""
        from cfl.markup import table

        rates = [
            [name, "" if rate is None else f"{rate:+.2f} %", self.without_bd_rate.get(name, "")]
            for name, rate in self.bd_rates.items()
        ]
        points = [
            [str(a.quality), f"{a.coded_bytes:,}", f"{b.coded_bytes:,}", f"{100 * a.cfl_share:.0f} %"]
            for a, b in zip(self.with_cfl, self.without_cfl, strict=True)
        ]
        return table("BD-rate with CfL against without", ["metric", "BD-rate", ""], rates) + table(
            "Encodes", ["quality", "bytes with CfL", "without", "CfL's share of chroma"], points
        )

    @property
    def bd_rates(self) -> dict[str, float | None]:
        """BD-rate with CfL against without, in per cent, by the names of `METRICS`. Below 0, CfL saves bytes.

        None if it is not defined; `without_bd_rate` says why.

        See Also
        --------
        mean_bd_rates : The mean over pictures.

        Examples
        --------
        >>> from cfl.ablation import METRICS, Ablation, Point
        >>> def points(scale):
        ...     return [
        ...         Point(quality, 0, int(scale * size), 0.1, dict.fromkeys(METRICS, decibels), 0.3, 1.0)
        ...         for quality, size, decibels in [(40, 1000, 33.0), (60, 2000, 36.0), (80, 4000, 39.0)]
        ...     ]
        >>> ablation = Ablation(with_cfl=points(0.9), without_cfl=points(1.0))
        >>> {name: round(rate) for name, rate in ablation.bd_rates.items()}
        {'y': -10, 'u': -10, 'v': -10, 'yuv': -10, 'ciede2000': -10}
        """
        return {name: self._bd_rate(name)[0] for name in METRICS}

    @property
    def without_bd_rate(self) -> dict[str, str]:
        """Why there is no BD-rate, for each of `METRICS` that has none.

        Examples
        --------
        The chroma of a gray picture is exact at every quality, so its curve has no points in dB:

        >>> import math
        >>> from cfl.ablation import METRICS, Ablation, Point
        >>> def points(scale):
        ...     values = dict.fromkeys(METRICS, 40.0) | {"u": math.inf, "v": math.inf}
        ...     return [
        ...         Point(quality, 0, int(scale * size), 0.1, values, 0.0, 1.0)
        ...         for quality, size in [(40, 1000), (60, 2000), (80, 4000)]
        ...     ]
        >>> Ablation(with_cfl=points(0.9), without_cfl=points(1.0)).without_bd_rate["u"]
        'it is exact at quality 40, 60, 80'
        """
        reasons = {name: self._bd_rate(name)[1] for name in METRICS}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    def _bd_rate(self, name: str) -> tuple[float | None, str | None]:
        """The rate, or why there is none."""
        curves: list[list[float]] = []
        for points in (self.without_cfl, self.with_cfl):
            decibels = [value for point in points if (value := point.decibels[name]) is not None]
            if len(decibels) < len(points):
                return None, "the matrix has no way to RGB"
            exact = [str(point.quality) for point in points if point.decibels[name] == math.inf]
            if exact:
                return None, f"it is exact at quality {', '.join(exact)}"
            curves += [[point.coded_bytes for point in points], decibels]
        try:
            return bd_rate(*curves), None
        except CflError as error:
            return None, str(error)

    def as_dict(self) -> dict[str, Any]:
        """Return points and rates for JSON.

        Returns
        -------
        report : dict
            "with_cfl", "without_cfl", "bd_rates" and "without_bd_rate".

        Examples
        --------
        >>> from cfl.ablation import METRICS, Ablation, Point
        >>> def points(scale):
        ...     return [
        ...         Point(quality, 0, int(scale * size), 0.1, dict.fromkeys(METRICS, decibels), 0.3, 1.0)
        ...         for quality, size, decibels in [(40, 1000, 33.0), (60, 2000, 36.0), (80, 4000, 39.0)]
        ...     ]
        >>> ablation = Ablation(with_cfl=points(0.9), without_cfl=points(1.0))
        >>> report = ablation.as_dict()
        >>> list(report), report["with_cfl"][0]["coded_bytes"]
        (['with_cfl', 'without_cfl', 'bd_rates', 'without_bd_rate'], 900)
        """
        return json_ready(
            {
                "with_cfl": [point._asdict() for point in self.with_cfl],
                "without_cfl": [point._asdict() for point in self.without_cfl],
                "bd_rates": self.bd_rates,
                "without_bd_rate": self.without_bd_rate,
            }
        )


def ablate(
    frame: Picture,
    qualities: Sequence[int] = DEFAULT_QUALITIES,
    *,
    speed: int = DEFAULT_SPEED,
    tune: str = PSNR,
    threads: int = 1,
    progress: Callable[[], None] | None = None,
) -> Ablation:
    """Encode a frame with and without chroma from luma, at several qualities.

    Parameters
    ----------
    frame : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        A picture with chroma; see `cfl.encode`. Its alpha is left out.
    qualities : sequence of int
        At least two different ones, 0…100.
    speed : int, default 6
        0 (slowest, smallest file) to 10 (fastest).
    tune : {"psnr", "iq"}, default "psnr"
        What the encoder aims at: the least squared error, or what people see; see `cfl.encode`.
    threads : int, default 1
        How many encodes to do at a time.
    progress : callable, optional
        Called without arguments after each encode; there are two for each quality.

    Returns
    -------
    ablation : Ablation
        The two curves, and the BD-rates between them.

    Raises
    ------
    FrameError
        The frame has no chroma, there are not two qualities, or the matrix has no conversion to RGB, which
        CIEDE2000 needs.

    See Also
    --------
    mean_bd_rates : The mean over pictures.
    cfl.metrics.bd_rate : How curves are compared.

    Examples
    --------
    A picture whose chroma follows luma exactly, for which CfL is made:

    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3))
    >>> u, v = (np.round(chroma).astype(np.uint8) for chroma in (100 + half / 2, 200 - half / 4))
    >>> frame = cfl.Frame(luma, u, v)
    >>> ablation = cfl.ablate(frame, (40, 80), speed=10)
    >>> ablation.bd_rates["y"] < 0
    True
    """
    qualities, threads = _qualities(qualities), whole("threads", threads, 1)
    tune = one_of("tune", tune, TUNES)
    frame = with_chroma(as_frame(frame))
    if len(set(qualities)) < 2:
        raise FrameError("a curve needs two different qualities")

    def point(job: tuple[bool, int]) -> Point:
        use_cfl, quality = job
        result = point_of(frame, quality, speed, use_cfl, tune)
        if progress is not None:
            progress()
        return result

    jobs = [(use_cfl, quality) for use_cfl in (True, False) for quality in qualities]
    if threads <= 1:
        points = list(map(point, jobs))
    else:
        with ThreadPoolExecutor(threads) as pool:
            points = list(pool.map(point, jobs))
    return Ablation(points[: len(qualities)], points[len(qualities) :])


def _qualities(qualities: Sequence[int]) -> list[int]:
    """As Python's numbers."""
    if isinstance(qualities, str) or not hasattr(qualities, "__iter__"):
        raise TypeError(f"qualities must be a sequence of numbers, not {type(qualities).__name__}")
    return [whole("quality", quality, 0, 100) for quality in qualities]


def with_chroma(frame: Frame) -> Frame:
    """A frame as an ablation encodes it: without alpha.

    Raises
    ------
    FrameError
        It has no chroma.
    """
    if frame.subsampling == "4:0:0":
        raise FrameError("there is no chroma to predict (4:0:0)")
    return frame.replace(alpha=None, premultiplied=False)


def point_of(frame: Frame, quality: int, speed: int, use_cfl: bool, tune: str = PSNR) -> Point:
    """One encode."""
    encoded = encode_frame(frame, quality=quality, speed=speed, cfl=use_cfl, tune=tune)
    colour = encoded.ciede2000_db
    if colour is None:
        raise FrameError(f"CIEDE2000 cannot be computed for matrix_coefficients {frame.matrix_coefficients}")
    return Point(
        quality,
        encoded.qindex,
        encoded.coded_bytes,
        encoded.bits_per_pixel,
        {**encoded.psnr, "ciede2000": encoded.ciede2000_db},
        encoded.cfl_share,
        encoded.seconds,
    )


def mean_bd_rates(ablations: Sequence[Ablation]) -> dict[str, float | None]:
    """Return the mean of each of `Ablation.bd_rates` over the pictures that have it.

    Parameters
    ----------
    ablations : sequence of Ablation
        One for each picture.

    Returns
    -------
    rates : dict of float or None
        BD-rates in per cent, by the names of `METRICS`; None where no picture has one.

    See Also
    --------
    ablate : Makes an ablation.

    Examples
    --------
    >>> from cfl.ablation import METRICS, Ablation, Point, mean_bd_rates
    >>> def points(scale):
    ...     return [
    ...         Point(quality, 0, int(scale * size), 0.1, dict.fromkeys(METRICS, decibels), 0.3, 1.0)
    ...         for quality, size, decibels in [(40, 1000, 33.0), (60, 2000, 36.0), (80, 4000, 39.0)]
    ...     ]
    >>> pictures = [Ablation(points(scale), points(1.0)) for scale in (0.9, 0.8)]
    >>> round(mean_bd_rates(pictures)["u"], 3)
    -15.0
    """
    rates = [ablation.bd_rates for ablation in ablations]
    means: dict[str, float | None] = {}
    for name in METRICS:
        values = [rate for each in rates if (rate := each[name]) is not None]
        means[name] = sum(values) / len(values) if values else None
    return means
