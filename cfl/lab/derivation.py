"""What follows from rows of `evaluate`: `derive`."""

from collections.abc import Iterable
from typing import Any

from cfl.metrics.planes import psnr_of

_SUMS = (
    "blocks", "samples", "squared_error", "dc_squared_error", "total_squares", "predictor_bits",
    "residual_bits", "reconstruction_squared_error", "seconds",
)  # fmt: skip


def derive(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sum up rows of `evaluate` by predictor, plane and quality, and derive their measures.

    Parameters
    ----------
    rows : iterable of dict
        Of one bit depth; of any pictures and sizes of blocks.

    Returns
    -------
    rows : list of dict
        One for each predictor, plane and quality, in the order in which they come: the sums, and

        - ``psnr``, ``dc_psnr``: of the prediction and of DC_PRED, in dB,
        - ``gain``: the difference of the two, in dB,
        - ``r2``: R² of the prediction about the mean of each plane,
        - ``bits``: ``predictor_bits`` and ``residual_bits`` together; None without quality,
        - ``reconstruction_psnr``: in dB; None without quality.

    See Also
    --------
    evaluate : Makes the rows.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> chroma = np.round(100 + luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)) / 2).astype(np.uint8)
    >>> rows = cfl.lab.evaluate(cfl.Frame(luma, chroma, chroma), ["dc", "cfl"], block=8)
    >>> [(row["predictor"], row["plane"], round(row["psnr"], 2)) for row in cfl.lab.derive(rows)]
    [('dc', 'U', 23.45), ('dc', 'V', 23.45), ('cfl', 'U', 25.26), ('cfl', 'V', 25.26)]
    """
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = row["predictor"], row["plane"], row["quality"]
        if key not in sums:
            sums[key] = {name: row[name] for name in ("predictor", "plane", "quality", "qindex", "bit_depth")}
            sums[key] |= {name: row[name] for name in _SUMS}
            continue
        for name in _SUMS:
            if row[name] is not None:
                sums[key][name] += row[name]
    return [row | _measures(row) for row in sums.values()]


def _measures(row: dict[str, Any]) -> dict[str, Any]:
    from cfl.regression.kernels import r_squared

    samples, depth = row["samples"], row["bit_depth"]
    psnr, dc_psnr = (psnr_of(row[name], samples, depth) for name in ("squared_error", "dc_squared_error"))
    coded = row["residual_bits"] is not None
    return {
        "psnr": psnr,
        "dc_psnr": dc_psnr,
        "gain": psnr - dc_psnr if row["squared_error"] or row["dc_squared_error"] else 0.0,
        "r2": r_squared.py_func(row["squared_error"], row["total_squares"]),
        "bits": row["predictor_bits"] + row["residual_bits"] if coded else None,
        "reconstruction_psnr": (
            psnr_of(row["reconstruction_squared_error"], samples, depth) if coded else None
        ),
    }
