"""The metrics of many frames, averaged."""

import itertools
from collections.abc import Iterable
from typing import Any

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.metrics.measurement import measure


def measure_frames(reference: Iterable[Frame], test: Iterable[Frame]) -> dict[str, Any]:
    """`measure` each pair of frames; the mean of every metric over the frames, and their number.

    Parameters
    ----------
    reference, test : iterables of Frame
        As many of the one as of the other, each pair alike in geometry.

    Returns
    -------
    dict
        `Measurement.as_dict` with the means, and "frames". A mean with an infinite part is infinite.

    Raises
    ------
    FrameError
        There is no frame, one of the two has more, or the frames of a pair differ in geometry.
    """
    sums: dict[str, Any] = {}
    frames = 0
    for one, other in itertools.zip_longest(reference, test):
        if one is None or other is None:
            name = "reference" if one is None else "test"
            raise FrameError(f"the {name} has only {frames} frames, the other more")
        report = measure(one, other).as_dict()
        sums = report if frames == 0 else _combined(sums, report, lambda a, b: a + b)
        frames += 1
    if frames == 0:
        raise FrameError("there is no frame to measure")
    means = _combined(sums, sums, lambda a, _: a / frames)
    return {"frames": frames, **means}


def _combined(first: dict[str, Any], second: dict[str, Any], operation: Any) -> dict[str, Any]:
    """Apply the operation to the metrics of two reports; geometry stays, infinity is the string it was."""
    result: dict[str, Any] = {}
    for name, value in first.items():
        other = second[name]
        if isinstance(value, dict):
            result[name] = _combined(value, other, operation)
        elif isinstance(value, float) and isinstance(other, float):
            result[name] = operation(value, other)
        else:
            result[name] = value if isinstance(value, str) else other
    return result
