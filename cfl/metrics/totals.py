"""The metrics of many frames, averaged."""

import itertools
from collections.abc import Iterable
from typing import Any

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.metrics.measurement import measure


def measure_frames(reference: Iterable[Frame], test: Iterable[Frame]) -> dict[str, Any]:
    """Measure each pair of frames; return the mean of each metric, and the number of frames.

    Parameters
    ----------
    reference : iterable of Frame
        The originals.
    test : iterable of Frame
        As many frames, each of the same size, subsampling and bit depth as its reference.

    Returns
    -------
    report : dict
        Like `Measurement.as_dict` with the means, and "frames". A mean over an infinite value is infinite.

    Raises
    ------
    FrameError
        There is no frame, one of the two has more frames, or the frames of a pair differ in form.
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
    """Apply an operation to the metrics of two reports; size and format stay, and so does "inf"."""
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
