"""The metrics of many frames as one report."""

import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.metrics.color import CIEDE2000
from cfl.metrics.decibels import ciede2000_db, combined_psnr
from cfl.metrics.measurement import Measurement, measure


def measure_frames(
    reference: Iterable[Frame], test: Iterable[Frame], *, as_is: bool = False
) -> dict[str, Any]:
    """Measure each pair of frames; return each metric over all frames, and the number of frames.

    Parameters
    ----------
    reference : iterable of Frame
        The originals.
    test : iterable of Frame
        As many frames, each of the same size as its reference.
    as_is : bool, default False
        Compare code values; see `measure`.

    Returns
    -------
    report : dict
        Like `Measurement.as_dict`, and "frames". PSNR is that of the mean squared error over the frames, so
        it is infinite only where all frames are identical; the others (ΔE₀₀ of CIEDE2000) are means. Frames
        that do not have a figure do not count in it.

    Raises
    ------
    FrameError
        There is no frame, one of the two has more frames, or the frames of a pair cannot be compared.
    """
    results: list[Measurement] = []
    for one, other in itertools.zip_longest(reference, test):
        if one is None or other is None:
            name = "reference" if one is None else "test"
            raise FrameError(f"the {name} has only {len(results)} frames; the other file has more")
        results.append(measure(one, other, as_is=as_is))
    if not results:
        raise FrameError("there is no frame to measure")
    return {"frames": len(results), **_together(results).as_dict()}


def _together(results: list[Measurement]) -> Measurement:
    """One measurement of many, with the form of the first."""
    first = results[0]
    deltas = [None if result.ciede2000 is None else result.ciede2000.mean for result in results]
    mean = _mean_or_none(deltas)
    return Measurement(
        first.width,
        first.height,
        first.subsampling,
        first.bit_depth,
        psnr=_each([result.psnr for result in results], combined_psnr),
        ssim=_each([result.ssim for result in results], _mean),
        r2=_each([result.r2 for result in results], _mean),
        ciede2000=None if mean is None else CIEDE2000(mean, ciede2000_db(mean)),
        ssimulacra2=_mean_or_none([result.ssimulacra2 for result in results]),
        ms_ssim=_mean_or_none([result.ms_ssim for result in results]),
        remarks=list(dict.fromkeys(remark for result in results for remark in result.remarks)),
    )


def _each(
    figures: list[dict[str, float | None]], combine: Callable[[list[float]], float]
) -> dict[str, float | None]:
    """Each figure of all frames that have it as one."""
    together: dict[str, float | None] = {}
    for name in dict.fromkeys(name for each in figures for name in each):
        values = [value for each in figures if (value := each.get(name)) is not None]
        together[name] = combine(values) if values else None
    return together


def _mean_or_none(figures: list[float | None]) -> float | None:
    """The mean of those that there are."""
    values = [value for value in figures if value is not None]
    return _mean(values) if values else None


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
