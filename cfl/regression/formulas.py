"""Formulas such as ``y ~ x + C(k) + x:z + I(x**2)``, read and evaluated by formulaic.

A formula may come from a file with a model, so only arithmetic and the functions named here are allowed.
"""

import ast
import re
from typing import Any

import numpy as np

from cfl.regression.encoding import Levels, codes
from cfl.regression.exceptions import RegressionError
from cfl.regression.tables import Part
from cfl.regression.validation import Array

FUNCTIONS = {
    "I": lambda value: value,
    "abs": np.abs,
    "cos": np.cos,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "sin": np.sin,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
}
"""What a formula may call, beside C() for a categorical column."""
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Mod, ast.UAdd, ast.USub,
)  # fmt: skip
_CODED = "between_backticks_"
_DOT = re.compile(r"(?<![\w.)\]])\.(?![\w.])")


def has_dot(formula: str) -> bool:
    """Tell whether a formula has a dot that stands for all other columns."""
    return any(_DOT.search(piece) for piece in formula.split("`")[::2])


def without_dots(formula: str, columns: list[str]) -> str:
    """Return a formula with all columns that its left side does not have written out for the dot."""
    left = formula.partition("~")[0]
    taken = _variables(_parse(f"{left} ~ 1").lhs)
    others = " + ".join(f"`{name}`" for name in columns if name not in taken)
    pieces = formula.split("`")
    return "`".join(_DOT.sub(f"({others})", piece) if k % 2 == 0 else piece for k, piece in enumerate(pieces))


class FormulaEncoding:
    """Predictors and target by a formula.

    Parameters
    ----------
    formula : str
        ``target ~ terms``. Without the intercept: ``- 1`` or ``+ 0``.
    levels : dict of str to list of str, optional
        Of the categorical columns; needed before anything is evaluated. See `texts`.
    categorical : list of str, optional
        Columns that are categorical without C().

    Attributes
    ----------
    numbers, texts : list of str
        Columns to read.
    fit_intercept : bool
    features : list of str
    target : str

    Raises
    ------
    RegressionError
        The formula is not understood, or has something that is not allowed.
    """

    def __init__(self, formula: str, levels: Levels | None = None, categorical: list[str] | None = None):
        self.formula = formula
        self._parsed = _parse(formula)
        named = {name for side in (self._parsed.lhs, self._parsed.rhs) for name in _categories(side)}
        self.texts = sorted(named | set(categorical or []) | set(levels or {}))
        left, right = _variables(self._parsed.lhs), _variables(self._parsed.rhs)
        self._left, self._right = sorted(left - set(self.texts)), sorted(right - set(self.texts))
        absent = set(self.texts) - left - right
        if absent:
            raise RegressionError(f"the categorical column {min(absent)!r} is not in the formula")
        self.numbers = [*self._right, *(name for name in self._left if name not in self._right)]
        self.levels: Levels = levels or {}
        self.target = " + ".join(str(term) for term in self._parsed.lhs)
        self.fit_intercept = any(str(term) == "1" for term in self._parsed.rhs)
        self._with_target = True
        if levels is not None:
            self._prepare()

    def predictors(self, part: Part) -> Array:
        """Predictors of some rows, (n, n_features)."""
        return self._matrix(self._right_spec, part)[:, int(self.fit_intercept) :]

    def targets(self, part: Part) -> Array:
        """Target of some rows, (n,)."""
        return self._matrix(self._left_spec, part)[:, 0]

    def without_target(self) -> "FormulaEncoding":
        """The same for tables that need not have the target."""
        other = FormulaEncoding(self.formula, self.levels)
        other.numbers = self._right
        other._with_target = False
        return other

    def to_dict(self) -> dict[str, Any]:
        """What `encoding_from_dict` takes."""
        return {"formula": self.formula, "levels": self.levels}

    def _prepare(self) -> None:
        """Let formulaic make its plan, on rows that have every level."""
        n = max([2, *(len(levels) for levels in self.levels.values())])
        texts = tuple(
            np.array([self.levels[name][k % len(self.levels[name])] for k in range(n)], object)
            for name in self.texts
        )
        ramp = np.linspace(0.25, 0.75, n)[:, None] ** np.arange(1, len(self.numbers) + 1)
        frame = self._frame(Part(ramp, texts, np.arange(n)))
        try:
            with np.errstate(all="ignore"):
                made = self._parsed.get_model_matrix(frame, context=dict(FUNCTIONS), na_action="ignore")
        except Exception as error:
            raise RegressionError(f"formula {self.formula!r}: {_first_line(error)}") from error
        self._left_spec, self._right_spec = made.lhs.model_spec, made.rhs.model_spec
        names = list(map(str, self._right_spec.column_names))
        if len(self._left_spec.column_names) != 1:
            raise RegressionError(f"formula {self.formula!r}: the left side must be one number a row")
        self.features = names[int(self.fit_intercept) :]
        if not self.features:
            raise RegressionError(f"formula {self.formula!r} has no predictor")

    def _frame(self, part: Part) -> Any:
        import pandas as pd

        frame = {name: part.numbers[:, k] for k, name in enumerate(self.numbers)}
        for name in self.texts:
            which = codes(name, part, self.texts, self.levels[name])
            frame[name] = pd.Categorical.from_codes(which, self.levels[name])
        return pd.DataFrame(frame, index=range(len(part.rows)))

    def _matrix(self, spec: Any, part: Part) -> Array:
        with np.errstate(all="ignore"):
            made = spec.get_model_matrix(self._frame(part), context=dict(FUNCTIONS), na_action="ignore")
        matrix = np.asarray(made, np.float64)
        wrong = np.argwhere(~np.isfinite(matrix))
        if len(wrong):
            name, row = spec.column_names[wrong[0, 1]], part.rows[wrong[0, 0]]
            raise RegressionError(f"{name!r} is not a finite number in row {row}")
        return matrix


def _parse(formula: str) -> Any:
    try:
        from formulaic import Formula
    except ImportError as error:
        raise RegressionError("formulas need formulaic: pip install cfl-av1[formula]") from error
    try:
        parsed = Formula(formula)
        sides = (parsed.lhs, parsed.rhs)
    except AttributeError as error:
        raise RegressionError(f"formula {formula!r} has no '~' between target and predictors") from error
    except Exception as error:
        raise RegressionError(f"formula {formula!r}: {_first_line(error)}") from error
    if not all(hasattr(side, "required_variables") for side in sides):
        raise RegressionError(f"formula {formula!r} has more than two parts")
    for side in sides:
        for tree in _expressions(side):
            _check(tree, formula)
    return parsed


def _expressions(side: Any) -> list[ast.AST]:
    """Return what is to be evaluated by Python, parsed; plain names of columns are not."""
    texts = [
        factor.expr
        for term in side
        for factor in term.factors
        if factor.eval_method is not None and factor.eval_method.value == "python"
    ]
    # formulaic writes names with spaces between backticks, which Python does not know.
    return [_tree(text) for text in texts]


def _tree(text: str) -> ast.AST:
    try:
        return ast.parse(_plain(text), mode="eval")
    except SyntaxError as error:
        raise RegressionError(f"{text!r} in the formula is no expression") from error


def _plain(text: str) -> str:
    """Return an expression with names between backticks as names that Python knows."""
    pieces = text.split("`")
    return "".join(_CODED + piece.encode().hex() if k % 2 else piece for k, piece in enumerate(pieces))


def _variables(side: Any) -> set[str]:
    """Return the columns that a side is made of."""
    found = {
        str(factor.expr)
        for term in side
        for factor in term.factors
        if factor.eval_method is not None and factor.eval_method.value == "lookup"
    }
    for tree in _expressions(side):
        functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
        found |= {_column(node) for node in names if id(node) not in functions}
    return found


def _categories(side: Any) -> set[str]:
    """Return the columns within C()."""
    calls = (node for tree in _expressions(side) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        _column(node.args[0]) for node in calls if isinstance(node.func, ast.Name) and node.func.id == "C"
    }


def _column(node: ast.AST) -> str:
    """Return the name that a node stands for, see `_plain`."""
    assert isinstance(node, ast.Name)
    coded = node.id.startswith(_CODED)
    return bytes.fromhex(node.id.removeprefix(_CODED)).decode() if coded else node.id


def _check(tree: ast.AST, formula: str) -> None:
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise RegressionError(f"formula {formula!r}: {type(node).__name__} is not allowed in a formula")
        if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float)):
            raise RegressionError(f"formula {formula!r}: {node.value!r} is not a number")
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name == "C":
                if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.Name):
                    raise RegressionError(f"formula {formula!r}: C() takes the name of one column")
            elif name not in FUNCTIONS:
                known = ", ".join(["C", *sorted(FUNCTIONS)])
                raise RegressionError(f"formula {formula!r}: {name} is none of the functions {known}")
            elif len(node.args) != 1 or node.keywords:
                raise RegressionError(f"formula {formula!r}: {name}() takes one argument")


def _first_line(error: Exception) -> str:
    """Return the message of another library in one line, without its colours and marks."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return text.replace("`", "'")
