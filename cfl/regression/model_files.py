"""Fits in files: JSON that people can read, with a version.

Nothing in such a file is run: it holds numbers, names and, at most, a formula of known functions.
"""

import json
import math
import os
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from pathlib import Path
from typing import Any

import numpy as np

from cfl.files import atomic_write
from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.design import Solution
from cfl.regression.encoding import Encoding, encoding_from_dict
from cfl.regression.exceptions import RegressionError
from cfl.regression.huber import HuberRegressor
from cfl.regression.linear import LinearRegression
from cfl.regression.polynomial import PolynomialRegression
from cfl.regression.polynomial_basis import Basis
from cfl.regression.polynomial_decimal import DecimalBasis
from cfl.regression.ransac import RANSACRegressor
from cfl.regression.ridge import Ridge
from cfl.regression.table_fit import TableFit
from cfl.regression.theil_sen import TheilSenRegressor

FORMAT = "cfl regression model"
VERSION = 1
_CLASSES: dict[str, type[Regressor]] = {
    kind.__name__: kind
    for kind in (
        LinearRegression,
        PolynomialRegression,
        Ridge,
        HuberRegressor,
        TheilSenRegressor,
        RANSACRegressor,
        ClusterwiseRegression,
    )
}
_FLOATS = ("coef_", "intercept_", "scale_", "share_", "variance_")
_INTEGERS = ("n_features_in_", "rank_", "powers_", "n_iter_", "n_subpopulation_", "n_trials_")
_BASES: dict[str, Any] = {"double-double": Basis, "decimal": DecimalBasis}


@dataclass(frozen=True, eq=False)
class SavedModel:
    """A fit from a file; `load_model` makes it.

    Attributes
    ----------
    model : estimator
        As it was fitted, but for what it knew of each sample.
    encoding : object
        How predictors and target are made of the columns of a table.
    weights : str or None
        Name of the column of weights.
    n_samples : int
        Rows that it was fitted to.
    r2 : float
        R² on them.

    See Also
    --------
    load_model : Makes it.
    write_predictions : Predictions for a table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table, load_model, save_model
    >>> with TemporaryDirectory() as folder:
    ...     table, file = Path(folder, "runs.csv"), Path(folder, "model.json")
    ...     _ = table.write_text("hours,cost\\n0,1\\n1,3\\n2,5\\n3,7\\n")
    ...     save_model(fit_table(table, y="cost"), file)
    ...     saved = load_model(file)
    >>> saved.target, saved.features, saved.model.predict([[10]])
    ('cost', ['hours'], array([21.]))
    """

    model: Regressor
    encoding: Encoding
    weights: str | None
    n_samples: int
    r2: float

    @property
    def target(self) -> str:
        """Name of the target column, or the left side of the formula.

        Returns
        -------
        target : str
            The name.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from cfl.regression import fit_table, load_model, save_model
        >>> with TemporaryDirectory() as folder:
        ...     table, file = Path(folder, "runs.csv"), Path(folder, "model.json")
        ...     _ = table.write_text("hours,cost\\n0,1\\n1,3\\n2,5\\n3,7\\n")
        ...     save_model(fit_table(table, y="cost"), file)
        ...     saved = load_model(file)
        >>> saved.target
        'cost'
        """
        return self.encoding.target

    @property
    def features(self) -> list[str]:
        """Names of the predictors.

        Returns
        -------
        features : list of str
            In the order of the coefficients.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from cfl.regression import fit_table, load_model, save_model
        >>> with TemporaryDirectory() as folder:
        ...     table, file = Path(folder, "runs.csv"), Path(folder, "model.json")
        ...     _ = table.write_text("hours,cost\\n0,1\\n1,3\\n2,5\\n3,7\\n")
        ...     save_model(fit_table(table, y="cost"), file)
        ...     saved = load_model(file)
        >>> saved.features
        ['hours']
        """
        return self.encoding.features


def save_model(fit: TableFit, path: str | os.PathLike[str]) -> None:
    """Write a fit to a JSON file, all its numbers at full precision.

    Parameters
    ----------
    fit : TableFit
        What `fit_table` returned.
    path : path-like
        The file to write; it appears whole or not at all.

    Raises
    ------
    OSError
        The file cannot be written.

    See Also
    --------
    load_model : Read it.

    Notes
    -----
    What an estimator knows of each sample, such as labels or outliers, is left out: no prediction needs it.

    Examples
    --------
    >>> import json
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table, save_model
    >>> with TemporaryDirectory() as folder:
    ...     table, file = Path(folder, "runs.csv"), Path(folder, "model.json")
    ...     _ = table.write_text("hours,cost\\n0,1\\n1,3\\n2,5\\n3,7\\n")
    ...     save_model(fit_table(table, y="cost"), file)
    ...     json.loads(file.read_text())["fit"]["coef_"]
    [2.0]
    """
    model = fit.model
    attributes = vars(model)
    state: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "model": type(model).__name__,
        "parameters": model.get_params(),
        "columns": fit.encoding.to_dict(),
        "features": fit.features,
        "weights": fit.weights,
        "n_samples": fit.n_samples,
        "r2": fit.r2,
        "fit": {name: _plain(attributes[name]) for name in (*_FLOATS, *_INTEGERS) if name in attributes},
    }
    if isinstance(model, LinearRegression):
        solution = model._solution
        state["solution"] = {
            field.name: _plain(getattr(solution, field.name)) for field in dataclass_fields(solution)
        }
    basis = attributes.get("_basis")
    if basis is not None:
        kind = next(name for name, cls in _BASES.items() if isinstance(basis, cls))
        state["basis"] = {"arithmetic": kind, **basis.to_dict()}
    with atomic_write(path) as file:
        file.write((json.dumps(state, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode())


def load_model(path: str | os.PathLike[str]) -> SavedModel:
    """Read a fit from a file of `save_model`.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    saved : SavedModel
        The estimator, ready to predict, and the columns that it belongs to.

    Raises
    ------
    RegressionError
        The file cannot be read, is no such file, or is of a later version.

    See Also
    --------
    save_model : Writes it.
    write_predictions : Predictions for a table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table, load_model, save_model
    >>> with TemporaryDirectory() as folder:
    ...     table, file = Path(folder, "runs.csv"), Path(folder, "model.json")
    ...     _ = table.write_text("hours,cost\\n0,1\\n1,3\\n2,4\\n3,8\\n")
    ...     save_model(fit_table(table, y="cost"), file)
    ...     line = load_model(file).model
    >>> [end.round(2).tolist() for end in line.prediction_interval([[1.5]])]
    [[-0.56], [8.56]]
    """
    try:
        state = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise RegressionError(f"cannot read {os.fspath(path)}: {error.strerror}") from error
    except ValueError as error:
        raise RegressionError(f"{os.fspath(path)} is no JSON: {error}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise RegressionError(f"{os.fspath(path)} is no model that cfl fit saved")
    if state.get("version") != VERSION:
        raise RegressionError(
            f"{os.fspath(path)} has version {state.get('version')!r}; this cfl reads version {VERSION}"
        )
    try:
        saved = _restored(state)
        saved.model.predict(np.zeros((1, len(saved.features))))
    except RegressionError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, ArithmeticError) as error:
        raise RegressionError(f"{os.fspath(path)} is a damaged model: {error!r}") from error
    return saved


def _restored(state: dict[str, Any]) -> SavedModel:
    model: Any = _CLASSES[state["model"]](**state["parameters"])
    for name, value in state["fit"].items():
        if name not in (*_FLOATS, *_INTEGERS):
            raise KeyError(name)
        setattr(model, name, _array(value, np.float64 if name in _FLOATS else np.int64))
    if "solution" in state:
        types = {"n_samples": int, "rank": int, "extended": bool}
        values: dict[str, Any] = {
            name: types[name](value) if name in types else _array(value, np.float64)
            for name, value in state["solution"].items()
            if value is not None
        }
        values.setdefault("factored", None)
        model._solution = Solution(**values)
    if isinstance(model, PolynomialRegression):
        basis = state.get("basis")
        model._basis = None if basis is None else _BASES[basis["arithmetic"]].from_dict(basis)
    encoding = encoding_from_dict(state["columns"])
    if encoding.features != state["features"] or len(encoding.features) != model.n_features_in_:
        raise ValueError("its columns are not those of its fit")
    weights = state["weights"]
    return SavedModel(
        model, encoding, weights, int(state["n_samples"]), float(_array(state["r2"], np.float64))
    )


def _plain(value: Any) -> Any:
    """Return a number or array as JSON has it: None for NaN, text for infinity."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _array(value: Any, dtype: Any) -> Any:
    """Return what `_plain` made, as an array or a number."""
    if value is None:
        return math.nan if dtype is np.float64 else None
    if isinstance(value, list):
        return np.array(_numbers(value), dtype)
    return dtype(value) if dtype is np.float64 else dtype(value).item()


def _numbers(value: list[Any]) -> list[Any]:
    return [
        _numbers(item)
        if isinstance(item, list)
        else math.nan
        if item is None
        else float(item)
        if isinstance(item, str)
        else item
        for item in value
    ]
