"""The two rate-distortion curves of an ablation, and the BD-rate between them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

from cfl.av1.speeds import DEFAULT_SPEED
from cfl.encoding import encode_frame
from cfl.errors import CflError, FrameError
from cfl.frames import Frame
from cfl.metrics import bd_rate, json_ready

DEFAULT_QUALITIES = (20, 40, 60, 75, 90)
METRICS = {"y": "Y", "u": "Cb", "v": "Cr", "yuv": "YUV 6:1:1", "ciede2000": "CIEDE2000"}
"""The metrics that have curves: their names in code, and for people. All are in dB."""


class Point(NamedTuple):
    """One encode.

    Attributes
    ----------
    quality, qindex : int
    coded_bytes : int
        Bytes of the OBUs, without the container.
    bits_per_pixel : float
    decibels : dict of float
        PSNR and CIEDE2000 in dB, by the names of `METRICS`.
    cfl_share : float
        Share of the chroma's area that CfL predicts, 0…1.
    seconds : float
    """

    quality: int
    qindex: int
    coded_bytes: int
    bits_per_pixel: float
    decibels: dict[str, float]
    cfl_share: float
    seconds: float


@dataclass(frozen=True)
class Ablation:
    """A picture encoded with and without chroma from luma at several qualities.

    Attributes
    ----------
    with_cfl, without_cfl : list of Point
        In the order of the qualities.
    """

    with_cfl: list[Point]
    without_cfl: list[Point]

    @property
    def bd_rates(self) -> dict[str, float | None]:
        """BD-rate with CfL against without, in per cent, by the names of `METRICS`. Below 0, CfL saves bytes.

        None if it is not defined: the curves have no quality in common, or a point is lossless.
        """
        return {name: self._bd_rate(name) for name in METRICS}

    def _bd_rate(self, name: str) -> float | None:
        curves: list[list[float]] = []
        for points in (self.without_cfl, self.with_cfl):
            curves += [
                [point.coded_bytes for point in points],
                [point.decibels[name] for point in points],
            ]
        try:
            return bd_rate(*curves)
        except CflError:
            return None

    def as_dict(self) -> dict[str, Any]:
        """Points and rates for JSON."""
        return json_ready(
            {
                "with_cfl": [point._asdict() for point in self.with_cfl],
                "without_cfl": [point._asdict() for point in self.without_cfl],
                "bd_rates": self.bd_rates,
            }
        )


def ablate(
    frame: Frame,
    qualities: Sequence[int] = DEFAULT_QUALITIES,
    *,
    speed: int = DEFAULT_SPEED,
    threads: int = 1,
    progress: Callable[[], None] | None = None,
) -> Ablation:
    """Encode a frame with and without chroma from luma.

    Parameters
    ----------
    frame : Frame
        With chroma. Its alpha is left out.
    qualities : sequence of int
        At least two, 0…100.
    speed : int
        0…10.
    threads : int
        How many encodes to do at a time.
    progress : callable, optional
        Called after each encode, of which there are two for each quality.

    Raises
    ------
    FrameError
        The frame has no chroma, or there are not two qualities.
    """
    if frame.subsampling == "4:0:0":
        raise FrameError("there is no chroma to predict (4:0:0)")
    if len(set(qualities)) < 2:
        raise FrameError("a curve needs two different qualities")
    frame = frame.replace(alpha=None, premultiplied=False)

    def point(job: tuple[bool, int]) -> Point:
        use_cfl, quality = job
        result = _point(frame, quality, speed, use_cfl)
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


def _point(frame: Frame, quality: int, speed: int, use_cfl: bool) -> Point:
    encoded = encode_frame(frame, quality=quality, speed=speed, cfl=use_cfl)
    colour = encoded.ciede2000_db
    if colour is None:
        raise FrameError(f"CIEDE2000 cannot be computed for matrix_coefficients {frame.matrix_coefficients}")
    return Point(
        quality,
        encoded.qindex,
        encoded.coded_bytes,
        encoded.bits_per_pixel,
        encoded.psnr | {"ciede2000": colour},
        encoded.cfl_share,
        encoded.seconds,
    )


def mean_bd_rates(ablations: Sequence[Ablation]) -> dict[str, float | None]:
    """The mean over pictures of each of `Ablation.bd_rates`; None where a picture has none."""
    rates = [ablation.bd_rates for ablation in ablations]
    means: dict[str, float | None] = {}
    for name in METRICS:
        values = [rate for each in rates if (rate := each[name]) is not None]
        means[name] = sum(values) / len(values) if values and len(values) == len(rates) else None
    return means
