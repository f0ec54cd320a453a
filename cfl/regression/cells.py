"""Cells of tables as numbers and text."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cfl.regression.exceptions import RegressionError
from cfl.regression.validation import Array

MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "N/A", "NA",
    "NULL", "NaN", "n/a", "nan", "null", "None", "<NA>",
)  # fmt: skip
"""What a cell without a value holds: the words of Arrow and pandas."""

WAY_OUT = "na=drop leaves such rows out"


def is_missing(column: Any) -> npt.NDArray[np.bool_]:
    """Tell which cells of an Arrow column have no value: null, NaN, or a word for it."""
    import pyarrow
    from pyarrow import compute

    if pyarrow.types.is_floating(column.type):
        missing = compute.is_null(column, nan_is_null=True)
    elif _is_text(column.type):
        words = compute.is_in(compute.utf8_trim_whitespace(column), value_set=pyarrow.array(MISSING))
        missing = compute.or_(compute.is_null(column), words)
    else:
        missing = compute.is_null(column)
    return np.asarray(missing.to_numpy(zero_copy_only=False), bool)


def as_numbers(column: Any, name: str, rows: npt.NDArray[np.int64], decimal: str) -> Array:
    """Return an Arrow column as float64 numbers, each finite.

    Parameters
    ----------
    column : pyarrow.Array
        Without missing cells, or they are what is wrong.
    name : str
        Of the column, for messages.
    rows : (n,) int64 array
        Number of each row, for messages.
    decimal : str
        What stands before the decimals.

    Raises
    ------
    RegressionError
        A cell is no finite number: "column 'price', row 41: 'n/a' is not a number".
    """
    import pyarrow
    from pyarrow import compute

    if pyarrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pyarrow.types.is_boolean(kind):
        column = column.cast(pyarrow.int8())
    cells = column
    if _is_text(kind):
        cells = column = compute.utf8_trim_whitespace(column)
        if decimal != ".":
            swapped = compute.replace_substring(column, ".", "no number")
            column = compute.replace_substring(swapped, decimal, ".")
    elif pyarrow.types.is_temporal(kind) or pyarrow.types.is_nested(kind) or pyarrow.types.is_binary(kind):
        raise RegressionError(f"column {name!r} is of type {kind}: not numbers")
    try:
        values = column.cast(pyarrow.float64()).to_numpy(zero_copy_only=False)
    except pyarrow.ArrowInvalid:
        values = np.array([_number(cell) for cell in column.to_pylist()])
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        bad = cells.take(pyarrow.array(wrong)).to_pylist()
        hint = _hint(bad, decimal, of_all=len(wrong) == len(values)) if _is_text(kind) else ""
        raise RegressionError(f"column {name!r}, row {rows[wrong[0]]}: {_complaint(bad[0])}{hint}")
    return np.asarray(values, np.float64)


def as_texts(column: Any) -> npt.NDArray[np.object_]:
    """Return an Arrow column as text."""
    import pyarrow
    from pyarrow import compute

    if pyarrow.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    text = column if _is_text(column.type) else column.cast(pyarrow.string())
    return np.array(compute.utf8_trim_whitespace(text).to_pylist(), object)


def _is_text(kind: Any) -> bool:
    import pyarrow

    return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind))


def _number(cell: Any) -> float:
    try:
        return np.nan if cell is None or "_" in str(cell) else float(cell)
    except (TypeError, ValueError):
        return np.nan


def _complaint(cell: Any) -> str:
    if cell is None or (isinstance(cell, str) and not cell):
        return f"the cell is empty ({WAY_OUT})"
    if isinstance(cell, str) and cell in MISSING:
        return f"{cell!r} is not a number ({WAY_OUT})"
    if isinstance(cell, str):
        finite = "finite " if np.isinf(_number(cell)) else ""
        return f"{shortened(cell)} is not a {finite}number"
    return f"{cell!r} is not a finite number"


def _hint(cells: list[Any], decimal: str, of_all: bool) -> str:
    """Return what to do about cells of text that are no numbers, all of a column's or some."""
    words = [word for word in cells if word not in (None, *MISSING)]
    if not words:
        return ""
    other = "," if decimal == "." else "."
    if all(np.isfinite(_number(word.replace(decimal, "_").replace(other, "."))) for word in words):
        return f" (does {other!r} stand before decimals?)"
    return " (is the column categorical?)" if of_all else ""


def shortened(text: str) -> str:
    """Return a text in quotes, at most a few words of it."""
    return repr(text if len(text) <= 40 else text[:37] + "…")
