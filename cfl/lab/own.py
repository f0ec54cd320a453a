# mypy: disable-error-code="no-untyped-def"
"""Run a user's predictor over all blocks: as a kernel if Numba compiles it, else as Python."""

import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from cfl.lab.exceptions import PredictorError
from cfl.lab.job import Found, Job
from cfl.remarks import remark


class Own:
    """How a user's function predicts.

    Parameters
    ----------
    name : str
        Of the predictor.
    function : function
        Of a `Block`; returns the prediction and the bits.
    sends : bool
        Whether it gets the target.
    compiled : bool
        Whether to compile it.
    """

    def __init__(self, name: str, function: Callable[..., Any], sends: bool, compiled: bool):
        self.name, self.function, self.sends, self.compiled = name, function, sends, compiled

    def prepare(self) -> Any:
        """Compile the function; return the kernel, or None if it runs as Python."""
        return _loop(self.name, self.function, self.sends) if self.compiled else None

    def run(self, job: Job) -> Found:
        """Predict both planes."""
        loop = self.prepare()
        predicted = job.empty(), job.empty()
        bits = np.zeros((2, len(job.places)))
        for plane in range(2):
            way = self._in_python if loop is None else self._as_kernel
            way(loop, job, plane, predicted[plane], bits[plane])
        return job.found(predicted, bits)

    def _as_kernel(self, loop: Any, job: Job, plane: int, predicted: np.ndarray, bits: np.ndarray) -> None:
        progress = np.zeros(2, np.int64)
        try:
            loop(job.given(plane), job.places, predicted, bits, progress)
        except (Exception, SystemExit) as error:
            self._fail(job, plane, int(progress[0]), error)
        if progress[1]:
            self._refuse(job, plane, *progress.tolist())

    def _in_python(self, _: Any, job: Job, plane: int, predicted: np.ndarray, bits: np.ndarray) -> None:
        from cfl.lab.block_kernels import BITS, block_for_python

        given, peak = job.given(plane), (1 << job.bit_depth) - 1
        for k, place in enumerate(job.places):
            block = _with_names(block_for_python(given, place, self.sends))
            try:
                result = self.function(block)
            except (Exception, SystemExit) as error:
                self._fail(job, plane, k, error)
            prediction, cost = self._checked(job, plane, k, block, result)
            if not (np.isfinite(cost) and cost >= 0):
                self._refuse(job, plane, k, BITS)
            h, w = block.luma.shape
            rounded = np.rint(np.clip(prediction, 0, peak))
            predicted[block.y : block.y + h, block.x : block.x + w] = rounded
            bits[k] = cost

    def _checked(self, job: Job, plane: int, k: int, block: Any, result: Any) -> tuple[np.ndarray, float]:
        """The prediction and its bits, of what the function returned."""
        from cfl.lab.block_kernels import NOT_FINITE, SHAPE

        if not (isinstance(result, tuple) and len(result) == 2):
            self._say(job, plane, k, f"it returned {_kind(result)}, not a prediction and its bits")
        try:
            prediction, cost = np.asarray(result[0]), float(result[1])
            if np.iscomplexobj(prediction):
                raise TypeError("the imaginary part would be lost")
            prediction = prediction.astype(np.float64)
        except (TypeError, ValueError):
            self._say(job, plane, k, "its prediction or its bits are not real numbers")
        if prediction.shape != block.luma.shape:
            self._refuse(job, plane, k, SHAPE)
        if not np.isfinite(prediction).all():
            self._refuse(job, plane, k, NOT_FINITE)
        return prediction, cost

    def _refuse(self, job: Job, plane: int, k: int, wrong: int) -> NoReturn:
        from cfl.lab import block_kernels as kernels

        words = {
            kernels.SHAPE: "its prediction does not have the block's shape",
            kernels.NOT_FINITE: "its prediction has NaN or infinity",
            kernels.BITS: "its bits are not a finite number of at least 0",
        }
        is_blind = wrong == kernels.SHAPE and not self.sends and "target" in self._names
        hint = "; block.target is empty without sends=True" if is_blind else ""
        self._say(job, plane, k, words[wrong] + hint)

    def _fail(self, job: Job, plane: int, k: int, error: BaseException) -> NoReturn:
        line = traceback.format_exception_only(error)[-1].strip().splitlines()[0]
        at = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == self._file
        ]
        self._say(job, plane, k, f"{line}" + (f" (line {at[-1]})" if at else ""), error)

    @property
    def _file(self) -> str:
        code = getattr(self.function, "__code__", None)
        return code.co_filename if code is not None else ""

    @property
    def _names(self) -> tuple[str, ...]:
        """Of the attributes that it uses, among others."""
        code = getattr(self.function, "__code__", None)
        return code.co_names if code is not None else ()

    def _say(self, job: Job, plane: int, k: int, words: str, cause: BaseException | None = None) -> NoReturn:
        x, y, w, h = job.partition.places[k].tolist()
        source = f" of {Path(self._file).name}" if self._file else ""
        raise PredictorError(
            f"predictor {self.name}{source}, block {w}x{h} at ({x}, {y}) of {'UV'[plane]}: {words}"
        ) from cause


def _kind(value: Any) -> str:
    return f"a tuple of {len(value)}" if isinstance(value, tuple) else type(value).__name__


def _with_names(block: Any) -> Any:
    """The block with Python's numbers."""
    from cfl.lab.block_data import Block

    return Block(*block)


@lru_cache(maxsize=64)
def _loop(name: str, function: Callable[..., Any], sends: bool) -> Any:
    """A kernel that predicts all blocks by the function; None, with a remark, if Numba cannot compile it."""
    from numba.core.errors import NumbaError

    loop = _kernel(function, sends)
    try:
        loop.compile(_signature())
    except (NumbaError, NotImplementedError) as error:
        reason = next(
            (line for line in str(error).splitlines() if line and not line.startswith("Failed")), ""
        )
        remark(
            f"predictor {name} runs as plain Python, many times slower: Numba does not compile it ({reason})"
        )
        return None
    return loop


def _kernel(function: Callable[..., Any], sends: bool) -> Any:
    from numba import njit
    from numba.core.dispatcher import Dispatcher

    from cfl.lab.block_kernels import block_at, put
    from cfl.simd.compiler import Outermost

    compiled = function if isinstance(function, Dispatcher) else njit(function, boundscheck=True)

    def over_blocks(given, places, predicted, bits, progress):
        for k in range(places.shape[0]):
            progress[0] = k
            block = block_at(given, places[k], sends, True)
            prediction, cost = compiled(block)
            wrong = put(block, prediction, cost, predicted, bits, k)
            if wrong:
                progress[1] = wrong
                return

    return njit(nogil=True, no_cfunc_wrapper=True, pipeline_class=Outermost)(over_blocks)


@lru_cache(maxsize=1)
def _signature() -> Any:
    from numba import typeof

    from cfl.lab.block_data import Given

    plane, order = np.zeros((1, 1), np.uint16), np.zeros((1, 1), np.int32)
    given = Given(plane, plane, plane, plane, order, 1, 1, 8, 0, 0.0)
    arguments = given, order, plane, np.zeros(1), np.zeros(1, np.int64)
    return tuple(typeof(each) for each in arguments)
