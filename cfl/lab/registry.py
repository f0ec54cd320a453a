"""Predictors by name: those of cfl, of plugins and of installed packages."""

import difflib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, overload

from cfl.lab import shipped
from cfl.lab.exceptions import PredictorError
from cfl.lab.job import Found, Job
from cfl.lab.own import Own

GROUP = "cfl.predictors"
"""Entry points of installed packages."""
_registered: dict[str, "Predictor"] = {}


class Predictor:
    """A predictor of chroma; `predictor` makes one of a function, and it can be called like that.

    Parameters
    ----------
    name : str
        By which `evaluate` knows it.
    run : function
        Predicts a picture.
    prepare : function
        Compiles what `run` needs.
    about : str
        What it does.
    function : function, optional
        The function of one block.

    Attributes
    ----------
    name : str
        By which `evaluate` knows it.
    about : str
        What it does; from its docstring.
    function : function or None
        The function that was decorated; None for a predictor of cfl.

    See Also
    --------
    predictor : Makes one.
    describe : What a predictor does.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl.lab
    >>> @cfl.lab.predictor("example-gray")
    ... def gray(block):
    ...     return np.full(block.luma.shape, 1 << (block.bit_depth - 1)), 0
    >>> gray
    Predictor('example-gray')
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Job], Found],
        prepare: Callable[[], Any],
        about: str,
        function: Any = None,
    ):
        self.name, self.about, self.function, self._run = name, about, function, run
        self._prepare = prepare
        self.__doc__ = about or Predictor.__doc__

    def __repr__(self) -> str:
        return f"Predictor({self.name!r})"

    def __call__(self, block: Any) -> Any:
        """Call the function that was decorated."""
        if self.function is None:
            raise TypeError(f"predictor {self.name} of cfl has no function of one block")
        return self.function(block)


@overload
def predictor(
    name: str, *, sends: bool = ..., compiled: bool = ...
) -> Callable[[Callable[..., Any]], Predictor]: ...
@overload
def predictor(name: Callable[..., Any]) -> Predictor: ...
def predictor(
    name: str | Callable[..., Any], *, sends: bool = False, compiled: bool = True
) -> Predictor | Callable[[Callable[..., Any]], Predictor]:
    """Make a function of one block a predictor, and register it by name.

    Parameters
    ----------
    name : str
        Letters, digits, ``-``, ``_`` and ``.``; not the name of a predictor of cfl. Without it, as
        ``@predictor``, the function's name.
    sends : bool, default False
        Whether the predictor sends parameters, and so may look at the target; see `Block.target`.
    compiled : bool, default True
        Whether to compile the function with Numba. If that fails, a `cfl.CflWarning` says so, and the
        function runs as Python.

    Returns
    -------
    decorator : function
        Takes the function and returns a `Predictor`. The function takes a `Block`, and returns the prediction
        as an array of the shape of ``block.luma`` and the bits that it sends. Numbers with a fraction are
        rounded to the nearest sample, ties to even, and clipped to the bit depth.

    Raises
    ------
    PredictorError
        The name is not one, or is that of a predictor of cfl.

    See Also
    --------
    Block : What the function gets.
    evaluate : Runs it over a picture.
    load_plugin : Loads a file of predictors.

    Examples
    --------
    Chroma rises with luma, by half as much:

    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> @cfl.lab.predictor("example-half")
    ... def half_of_luma(block):
    ...     return block.dc + (block.luma - block.luma.mean()) / 16, 0
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> chroma = np.round(100 + luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)) / 2).astype(np.uint8)
    >>> rows = cfl.lab.evaluate(cfl.Frame(luma, chroma, chroma), ["dc", half_of_luma], block=16)
    >>> [row["predictor"] for row in rows], rows[2]["squared_error"] < rows[0]["squared_error"]
    (['dc', 'dc', 'example-half', 'example-half'], True)
    """
    if callable(name):
        return predictor(name.__name__)(name)

    def decorate(function: Callable[..., Any]) -> Predictor:
        _check_name(name)
        of_python = getattr(function, "py_func", function)
        way = Own(name, function, sends, compiled)
        made = Predictor(name, way.run, way.prepare, inspect.getdoc(of_python) or "", function)
        _registered[name] = made
        return made

    return decorate


def _check_name(name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError(f"the name of a predictor must be text, not {type(name).__name__}")
    if not name or not all(c.isalnum() or c in "-_." for c in name):
        raise PredictorError(f"the name of a predictor has letters, digits, '-', '_' and '.', not {name!r}")
    if name in shipped.names():
        raise PredictorError(f"cfl has a predictor {name!r} of its own; choose another name")


def predictor_names() -> list[str]:
    """Return the names of all predictors: of cfl, registered ones, and those of installed packages.

    Returns
    -------
    names : list of str
        Those of cfl first.

    See Also
    --------
    describe : What one does.

    Examples
    --------
    >>> import cfl.lab
    >>> cfl.lab.predictor_names()[:2]
    ['dc', 'cfl']
    """
    return list(dict.fromkeys([*shipped.names(), *_registered, *sorted(_installed())]))


def describe(name: str) -> str:
    """Return what a predictor does: its equation, its source and its bits.

    Parameters
    ----------
    name : str
        One of `predictor_names`.

    Returns
    -------
    text : str
        The predictor's docstring; the first line is a summary.

    Raises
    ------
    PredictorError
        There is no such predictor.

    See Also
    --------
    predictor_names : All names.

    Examples
    --------
    >>> import cfl.lab
    >>> print(cfl.lab.describe("dc").splitlines()[0])
    DC_PRED of AV1: the rounded mean of the samples above and to the left.
    """
    return find(name).about


def find(name: "str | Predictor") -> Predictor:
    """Return the predictor of a name.

    Raises
    ------
    PredictorError
        There is none; with the nearest name.
    """
    if isinstance(name, Predictor):
        return name
    if not isinstance(name, str):
        raise TypeError(f"a predictor must be a name or a Predictor, not {type(name).__name__}")
    if "+" in name:
        return _union(name)
    if name in shipped.names():
        return _of_cfl(name)
    if name in _registered:
        return _registered[name]
    if name in _installed():
        return _load_entry_point(name)
    near = difflib.get_close_matches(name, predictor_names(), 1)
    guess = f"; did you mean {near[0]!r}?" if near else "."
    raise PredictorError(f"there is no predictor {name!r}{guess} It is one of {', '.join(predictor_names())}")


def _union(name: str) -> Predictor:
    """The predictor that chooses among others for each block."""
    from cfl.lab.union import run

    parts = [find(part) for part in name.split("+")]

    def prepare() -> None:
        for part in parts:
            part._prepare()

    about = f"The best of {', '.join(part.name for part in parts)} for each block."
    return Predictor(name, partial(run, [part._run for part in parts]), prepare, about)


@cache
def _of_cfl(name: str) -> Predictor:
    about = inspect.cleandoc(shipped.module_of(name).__doc__)
    return Predictor(name, partial(shipped.run, name), partial(shipped.prepare, name), about)


def _installed() -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _load_entry_point(name: str) -> Predictor:
    point = _installed()[name]
    try:
        made = point.load()
    except (Exception, SystemExit) as error:
        raise PredictorError(f"predictor {name} of {point.value}: {_last_line(error)}") from error
    if not isinstance(made, Predictor):
        made = _registered.get(name)
    if made is None:
        raise PredictorError(f"the entry point {name} of {point.value} is no predictor")
    return made


def load_plugin(path: Any) -> list[str]:
    """Run a Python file that registers predictors.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    names : list of str
        What it registered.

    Raises
    ------
    PredictorError
        The file cannot be read or raises an error, or it registers nothing.

    See Also
    --------
    predictor : What the file has before each function.

    Notes
    -----
    The file is run as it is, with all rights of the process: load only what you trust. A package can instead
    have an entry point of the group ``cfl.predictors``, whose name is the predictor's.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import cfl.lab
    >>> code = '''
    ... import numpy as np
    ... import cfl.lab
    ... @cfl.lab.predictor("example-of-a-file")
    ... def level(block):
    ...     return np.full(block.luma.shape, block.dc), 0
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "my_predictor.py")
    ...     _ = path.write_text(code)
    ...     cfl.lab.load_plugin(path)
    ['example-of-a-file']
    """
    path = Path(path)
    before = dict(_registered)
    name = f"cfl_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PredictorError(f"plugin {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except OSError as error:
        raise PredictorError(f"plugin {path}: {error.strerror or error}") from error
    except (Exception, SystemExit) as error:
        raise PredictorError(f"plugin {path}: {_last_line(error)}") from error
    names = [name for name, made in _registered.items() if before.get(name) is not made]
    if not names:
        raise PredictorError(
            f"plugin {path} registers no predictor: put @cfl.lab.predictor before a function"
        )
    return names


def _last_line(error: BaseException) -> str:
    return traceback.format_exception_only(error)[-1].strip().splitlines()[-1]
