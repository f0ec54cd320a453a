"""From columns of a table to the predictors of a fit."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from cfl.regression.exceptions import RegressionError
from cfl.regression.tables import Part, Table
from cfl.regression.validation import Array

Levels = dict[str, list[str]]
"""The different values of each categorical column; the first is the base level."""
MOST_LEVELS = 1000
"""A column with more different values is hardly a categorical one; each would be a predictor."""


class Encoding(Protocol):
    """How predictors and target are made of columns."""

    numbers: list[str]
    """Columns to read as numbers; weights, if any, come last."""
    texts: list[str]
    """Categorical columns."""
    levels: Levels
    features: list[str]
    """Names of the predictors."""
    target: str

    def predictors(self, part: Part) -> Array:
        """Predictors of some rows, (n, n_features)."""

    def targets(self, part: Part) -> Array:
        """Target of some rows, (n,)."""

    def without_target(self) -> "Encoding":
        """The same for tables that need not have the target."""

    def to_dict(self) -> dict[str, Any]:
        """What `encoding_from_dict` takes."""


class ColumnEncoding:
    """Predictors that are columns, or the levels of categorical columns.

    Parameters
    ----------
    target : str
    columns : list of str
        In the order of the predictors.
    levels : dict of str to list of str
        Of the categorical columns among them.
    """

    def __init__(self, target: str, columns: list[str], levels: Levels):
        self.target, self.columns, self.levels = target, columns, levels
        self.texts = [name for name in columns if name in levels]
        self._plain = [name for name in columns if name not in levels]
        self.numbers = [*self._plain, target]
        self.features = [feature for name in columns for feature in self._names(name)]

    def predictors(self, part: Part) -> Array:
        """Predictors of some rows, (n, n_features)."""
        if not self.levels:
            return part.numbers[:, : len(self.columns)]
        parts = []
        for name in self.columns:
            if name in self.levels:
                parts.append(_indicators(name, part, self.texts, self.levels[name]))
            else:
                parts.append(part.numbers[:, [self._plain.index(name)]])
        return np.concatenate(parts, axis=1)

    def targets(self, part: Part) -> Array:
        """Target of some rows, (n,)."""
        return part.numbers[:, len(self._plain)]

    def without_target(self) -> "ColumnEncoding":
        """The same for tables that need not have the target."""
        other = ColumnEncoding(self.target, self.columns, self.levels)
        other.numbers = self._plain
        return other

    def to_dict(self) -> dict[str, Any]:
        """What `encoding_from_dict` takes."""
        return {"target": self.target, "columns": self.columns, "levels": self.levels}

    def _names(self, name: str) -> list[str]:
        return [f"{name}[{level}]" for level in self.levels[name][1:]] if name in self.levels else [name]


def read_levels(table: Table, numbers: Sequence[str], texts: Sequence[str]) -> Levels:
    """Return the different values of columns, in order: as numbers if all are numbers, else as text.

    Rows that lack a value in another column of the fit are left out, as they will be in the fit.

    Raises
    ------
    RegressionError
        A column has one value only, or more than `MOST_LEVELS`.
    """
    found: dict[str, set[str]] = {name: set() for name in texts}
    for part in table.parts(numbers, texts):
        for name, words in zip(texts, part.texts, strict=True):
            found[name].update(words.tolist())
            if len(found[name]) > MOST_LEVELS:
                raise RegressionError(
                    f"column {name!r} has more than {MOST_LEVELS} different values: too many for categories"
                )
    for name, values in found.items():
        if len(values) < 2:
            raise RegressionError(f"the categorical column {name!r} has one level only: {values.pop()!r}")
    return {name: _in_order(values) for name, values in found.items()}


def codes(name: str, part: Part, texts: Sequence[str], levels: list[str]) -> Any:
    """Return the index of each row's level.

    Raises
    ------
    RegressionError
        A value is none of the levels: "column 'site', row 3: 'x' is none of the levels a, b".
    """
    words = part.texts[list(texts).index(name)]
    index = {level: k for k, level in enumerate(levels)}
    result = np.array([index.get(word, -1) for word in words], np.int64)
    unknown = np.flatnonzero(result < 0)
    if len(unknown):
        shown = ", ".join(levels[:8]) + (", …" if len(levels) > 8 else "")
        row, word = part.rows[unknown[0]], words[unknown[0]]
        raise RegressionError(f"column {name!r}, row {row}: {word!r} is none of the levels {shown}")
    return result


def encoding_from_dict(state: dict[str, Any]) -> Encoding:
    """Make an encoding from what its `to_dict` returned."""
    if "formula" in state:
        from cfl.regression.formulas import FormulaEncoding

        return FormulaEncoding(str(state["formula"]), dict(state["levels"]))
    return ColumnEncoding(str(state["target"]), list(state["columns"]), dict(state["levels"]))


def _indicators(name: str, part: Part, texts: Sequence[str], levels: list[str]) -> Array:
    which = codes(name, part, texts, levels)
    return (which[:, None] == np.arange(1, len(levels))).astype(np.float64)


def _in_order(values: set[str]) -> list[str]:
    try:
        return sorted(values, key=lambda text: (float(text), text))
    except ValueError:
        return sorted(values)
