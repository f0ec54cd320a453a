"""Run predictors over the blocks of one picture, and measure them: `evaluate`."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from cfl.arguments import whole
from cfl.errors import FrameError
from cfl.frames import Frame
from cfl.frames.frame import require_coded_depth, require_frame
from cfl.lab.job import Found, Job
from cfl.lab.partition import Partition
from cfl.lab.rate import Coded, ResidualCoder, reconstruct
from cfl.lab.registry import Predictor, find


def evaluate(
    frame: Frame,
    predictors: Sequence[str | Predictor],
    *,
    block: int | str | Partition = 8,
    quality: int | None = None,
    decoded: Frame | None = None,
) -> list[dict[str, Any]]:
    """Run predictors over the blocks of one picture, and measure them.

    Parameters
    ----------
    frame : Frame
        With chroma.
    predictors : sequence of str or Predictor
        Names, as `predictor_names` has them, or what `predictor` returned.
    block : int, str or Partition, default 8
        A block size as `cfl.predict` takes it, in luma samples; "auto" for the quadtree that it chooses from
        the source, the same for all predictors; or a partition.
    quality : int, optional
        0…100, as for `cfl.encode`: measure rate and distortion, too. By default only the prediction.
    decoded : Frame, optional
        What predictors see: its luma, and its chroma beside the block. By default the frame itself; with
        `quality` our encoder's reconstruction at that quality.

    Returns
    -------
    rows : list of dict
        One for each predictor, plane and size of block; see `derive` for what follows from them:

        - ``predictor``, ``plane`` ("U" or "V"), ``block_width`` and ``block_height`` (in chroma samples),
        - ``blocks``, ``samples``: how many,
        - ``squared_error``, ``dc_squared_error``: of the prediction, and of DC_PRED,
        - ``total_squares``: of the chroma about its mean over the plane,
        - ``predictor_bits``: what the predictor sends,
        - ``quality``, ``qindex``, ``residual_bits``, ``reconstruction_squared_error``: None without quality,
        - ``bit_depth``, ``seconds``.

        Sums of rows are the measures of several pictures.

    Raises
    ------
    FrameError
        The frame has no chroma or 16 bits, the block size is impossible, or `decoded` is not like the frame.
    PredictorError
        A predictor is unknown, raises an error, or returns what is no prediction.

    See Also
    --------
    derive : PSNR, R² and gain of rows.
    cfl.predict : AV1's CfL alone.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> chroma = np.round(100 + luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)) / 2).astype(np.uint8)
    >>> rows = cfl.lab.evaluate(cfl.Frame(luma, chroma, chroma), ["cfl", "line"], block=16)
    >>> [(row["predictor"], row["plane"], row["blocks"], row["squared_error"]) for row in rows]
    [('cfl', 'U', 1, 18496), ('cfl', 'V', 1, 18496), ('line', 'U', 1, 0), ('line', 'V', 1, 0)]
    """
    job = _job(frame, block, quality, decoded)
    coder = job.coder
    rows: list[dict[str, Any]] = []
    levels = find("dc")._run(job)
    totals = [_TotalSquares(plane) for plane in job.target]
    for each in [find(name) for name in predictors]:
        each._prepare()
        start = time.perf_counter()
        found = each._run(job)
        seconds = time.perf_counter() - start
        coded = coder.code(job, found) if coder else None
        for plane in range(2):
            for size, chosen in job.partition.by_size.items():
                row = _row(each.name, job, plane, chosen, size, found, levels, totals[plane], seconds)
                rows.append(row | _rate(coder, coded, plane, chosen))
    return rows


def predict(
    frame: Frame,
    predictor: str | Predictor,
    *,
    block: int | str | Partition = 8,
    quality: int | None = None,
    decoded: Frame | None = None,
) -> Frame:
    """Return a frame with its chroma predicted.

    Parameters
    ----------
    frame : Frame
        With chroma.
    predictor : str or Predictor
        A name, or what `predictor` returned.
    block : int, str or Partition, default 8
        As for `evaluate`.
    quality : int, optional
        As for `evaluate`: with it predictors see what a decoder has, and weigh bits.
    decoded : Frame, optional
        As for `evaluate`.

    Returns
    -------
    frame : Frame
        The source's luma, and the prediction as chroma.

    Raises
    ------
    FrameError, PredictorError
        As for `evaluate`.

    See Also
    --------
    evaluate : Measures it.
    cfl.predict : AV1's CfL, with its α.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> chroma = np.round(100 + luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)) / 2).astype(np.uint8)
    >>> predicted = cfl.lab.predict(cfl.Frame(luma, chroma, chroma), "line", block=16)
    >>> bool((predicted.u == chroma).all())
    True
    """
    job = _job(frame, block, quality, decoded)
    planes = find(predictor)._run(job).predicted
    u, v = (plane.astype(frame.planes[1].dtype) for plane in planes)
    return frame.replace(u=u, v=v)


def _job(frame: Frame, block: int | str | Partition, quality: int | None, decoded: Frame | None) -> Job:
    """Check the arguments and put them together."""
    require_frame("frame", frame)
    require_coded_depth(frame)
    partition = Partition.of(frame, block)
    if quality is None:
        return job_of(frame, partition, decoded)
    coder = ResidualCoder(frame, whole("quality", quality, 0, 100))
    if decoded is None:
        decoded = reconstruct(frame, coder.quality)
    return job_of(frame, partition, decoded, coder)


def job_of(
    frame: Frame, partition: Partition, decoded: Frame | None = None, coder: ResidualCoder | None = None
) -> Job:
    """Return a picture as predictors take it."""
    seen = frame if decoded is None else _like(frame, decoded)
    return Job(
        partition,
        _of_16_bits(seen.planes[0]),
        (_of_16_bits(seen.planes[1]), _of_16_bits(seen.planes[2])),
        (_of_16_bits(frame.planes[1]), _of_16_bits(frame.planes[2])),
        (frame.subsampling_x, frame.subsampling_y),
        frame.bit_depth,
        coder.lam if coder else 0.0,
        coder,
    )


def _of_16_bits(plane: np.ndarray) -> np.ndarray:
    return np.array(plane, np.uint16, order="C")


def _like(frame: Frame, decoded: Frame) -> Frame:
    require_frame("decoded", decoded)
    forms = [(each.width, each.height, each.subsampling, each.bit_depth) for each in (frame, decoded)]
    if forms[0] != forms[1]:
        raise FrameError(f"the decoded picture is {decoded}, not like {frame}")
    return decoded


def _row(
    name: str,
    job: Job,
    plane: int,
    chosen: np.ndarray,
    size: tuple[int, int],
    found: Found,
    levels: Found,
    totals: "_TotalSquares",
    seconds: float,
) -> dict[str, Any]:
    samples = _visible(job.partition, chosen)
    return {
        "predictor": name,
        "plane": "UV"[plane],
        "block_width": size[0],
        "block_height": size[1],
        "blocks": len(chosen),
        "samples": samples,
        "squared_error": int(found.errors[plane, chosen].sum()),
        "dc_squared_error": int(levels.errors[plane, chosen].sum()),
        "total_squares": totals.of(job.places[chosen]),
        "predictor_bits": float(found.bits[plane, chosen].sum()),
        "bit_depth": job.bit_depth,
        "seconds": seconds / 2 * samples / job.target[plane].size,
    }


def _rate(coder: ResidualCoder | None, coded: Coded | None, plane: int, chosen: np.ndarray) -> dict[str, Any]:
    """The columns of a row that need a quality."""
    names = ("quality", "qindex", "residual_bits", "reconstruction_squared_error")
    if coder is None or coded is None:
        return dict.fromkeys(names)
    bits, error = float(coded.bits[plane, chosen].sum()), int(coded.errors[plane, chosen].sum())
    return dict(zip(names, (coder.quality, coder.qindex, bits, error), strict=True))


def _visible(partition: Partition, chosen: np.ndarray) -> int:
    """Samples of blocks inside the picture."""
    x, y, w, h = partition.places[chosen].astype(np.int64).T
    return int((np.minimum(w, partition.width - x) * np.minimum(h, partition.height - y)).sum())


class _TotalSquares:
    """The squares of a plane about its mean, of any of its blocks; from exact sums."""

    def __init__(self, plane: np.ndarray):
        values = plane.astype(np.int64)
        self._sums = [_summed(values), _summed(values * values)]
        self._n, self._total = plane.size, int(values.sum())

    def of(self, places: np.ndarray) -> float:
        height, width = (side - 1 for side in self._sums[0].shape)
        x, y, w, h = places[:, :4].astype(np.int64).T
        right, bottom = np.minimum(x + w, width), np.minimum(y + h, height)
        one, two = (
            int((table[bottom, right] - table[y, right] - table[bottom, x] + table[y, x]).sum())
            for table in self._sums
        )
        samples = int(((right - x) * (bottom - y)).sum())
        n, total = self._n, self._total
        return (n * n * two - 2 * n * total * one + samples * total * total) / (n * n)


def _summed(values: np.ndarray) -> np.ndarray:
    """Sums of all values above and left of each corner."""
    table = np.zeros((values.shape[0] + 1, values.shape[1] + 1), np.int64)
    table[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    return table
