"""Numbers made ready for JSON, which has neither infinity nor NumPy's types."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_ready(value: Any) -> Any:
    """A copy of nested containers of numbers that `json.dumps` writes as standard JSON.

    Parameters
    ----------
    value : dict, list, tuple, NumPy array or scalar, number, str, bool or None
        Nested as wanted; a dict's keys become strings.

    Returns
    -------
    dict, list, int, float, str, bool or None
        Infinite floats are the strings "inf" and "-inf"; finite ones keep full precision.

    Raises
    ------
    ValueError
        A NaN: no metric of `cfl` has one, so it is a mistake to be found and not to be written.
    TypeError
        A value of another type.
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float):
        if math.isnan(value):
            raise ValueError("NaN has no place in a report")
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")
