"""Make numbers ready for JSON, which has neither infinity nor NumPy's types."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def json_ready(value: Any) -> Any:
    """Return a copy of nested containers of numbers that `json.dumps` writes as standard JSON.

    Parameters
    ----------
    value : dict, list, tuple, NumPy array or scalar, number, str, bool or None
        Nested as deep as wanted. A dict's keys become text.

    Returns
    -------
    value : dict, list, int, float, str, bool or None
        Infinite floats become the text "inf" or "-inf". Finite ones keep full precision.

    Raises
    ------
    ValueError
        There is a NaN. No metric of `cfl` returns one, so it is a mistake of the caller.
    TypeError
        A value has another type.

    See Also
    --------
    Measurement.as_dict : A measurement, ready for JSON.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.metrics import json_ready
    >>> json_ready({"psnr": np.float64("inf"), "bytes": np.array([100, 200])})
    {'psnr': 'inf', 'bytes': [100, 200]}
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
