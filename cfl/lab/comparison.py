"""Compare predictors, or encoders, over a set of pictures: `run`, `stream`, `compare_encoders`."""

import os
import platform
import sys
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from cfl import __version__
from cfl.arguments import optional_whole, whole
from cfl.errors import CflError
from cfl.lab.dataset import Results, table_of
from cfl.lab.encoder_runs import EncoderRun
from cfl.lab.engine import Engine, check
from cfl.lab.predictor_runs import RECONSTRUCTION, is_named, predictor_run
from cfl.lab.study import Report, Study
from cfl.lab.units import Experiment, Row
from cfl.threads import cores

if TYPE_CHECKING:
    import pyarrow

    from cfl.lab.registry import Predictor

DEFAULT_QUALITIES = (30, 60, 90)
DEFAULT_BLOCKS = (8, 16, 32)
Words = Iterable[str | os.PathLike[str]]


def study_of(
    experiment: Experiment,
    pictures: Words,
    output: str | os.PathLike[str] | None,
    *,
    workers: int | None,
    scheduler: str | None,
    progress: Report | None = None,
) -> Study:
    """A run of an experiment, which goes on with what is in the folder `output`."""
    pictures = [pictures] if isinstance(pictures, str | os.PathLike) else pictures
    count = optional_whole("workers", workers, 0)
    engine = Engine(cores() if count is None else count, scheduler)
    check(engine)
    study = Study(experiment, pictures, None, engine, progress)
    study.results = None if output is None else Results.create(output, experiment)
    return study


def noted(study: Study) -> Generator[list[Row], None, None]:
    """Do a study, and write in its folder how that was done; yield the rows of each unit."""
    start, moment = time.perf_counter(), time.gmtime()
    note: dict[str, Any] = {
        "command": sys.argv,
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", moment),
        "seconds": None,
        "pictures": study.picture_count,
        "failed": None,
        "workers": study.engine.workers if study.engine.scheduler is None else study.engine.scheduler,
        "cfl": __version__,
        "python": platform.python_version(),
        "machine": platform.platform(),
        "processors": os.cpu_count(),
        "experiment": study.experiment.about(),
    }
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', moment)}-{os.getpid()}"
    if study.results is not None:
        study.results.add_run(name, note)
    with closing(study.run()) as units:
        yield from units
    if study.results is not None:
        note |= {"seconds": round(time.perf_counter() - start, 2), "failed": study.failed}
        study.results.add_run(name, note)


def predictor_study(
    pictures: Words,
    predictors: "Sequence[str | Predictor]",
    *,
    blocks: Sequence[int | str] = DEFAULT_BLOCKS,
    qualities: Sequence[int] = DEFAULT_QUALITIES,
    output: str | os.PathLike[str] | None = None,
    decoded: str | os.PathLike[str] | None = None,
    frames: int = 1,
    plugins: Sequence[str | os.PathLike[str]] = (),
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Report | None = None,
) -> Study:
    """The study that `run` does; see there."""
    if isinstance(predictors, str):
        raise TypeError("predictors must be a sequence of names, not str")
    source = RECONSTRUCTION if decoded is None else os.fspath(decoded)
    if not is_named(source) and not os.path.exists(source):  # noqa: PTH110
        raise CflError(f"{source}: there is no such decoded picture; it may be source, q60 or a file")
    experiment = predictor_run(
        predictors,
        blocks=blocks,
        qualities=[whole("quality", quality, 0, 100) for quality in qualities],
        decoded=source,
        frames=whole("frames", frames, 1, 2**31 - 1),
        plugins=[os.fspath(plugin) for plugin in plugins],
    )
    return study_of(experiment, pictures, output, workers=workers, scheduler=scheduler, progress=progress)


def run(
    pictures: Words,
    predictors: "Sequence[str | Predictor]",
    *,
    blocks: Sequence[int | str] = DEFAULT_BLOCKS,
    qualities: Sequence[int] = DEFAULT_QUALITIES,
    output: str | os.PathLike[str] | None = None,
    decoded: str | os.PathLike[str] | None = None,
    frames: int = 1,
    plugins: Sequence[str | os.PathLike[str]] = (),
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Report | None = None,
) -> "pyarrow.Table":
    """Compare predictors of chroma over a set of pictures.

    Parameters
    ----------
    pictures : iterable of path-like
        Files, folders, patterns, lists of names, URLs; see `pictures`.
    predictors : sequence of str or Predictor
        Names of predictors, or what `predictor` made; "a+b" chooses between two for each block.
    blocks : sequence of int or str, default (8, 16, 32)
        Block sizes in luma samples, such as 8 or "16x8"; "auto"; or the path of an AV1 file, for the blocks
        that its encoder chose. The pictures must have its size.
    qualities : sequence of int, default (30, 60, 90)
        0…100, for rate and distortion. With none, neighbours and luma are the source's, and there is no rate.
    output : path-like, optional
        A folder for the results, which `report` reads. What is there already is not computed again.
    decoded : str, optional
        Where neighbours and luma come from: by default cfl's reconstruction at each quality; "q60", that at
        one quality; "source"; or the path of a file.
    frames : int, default 1
        How many frames of a clip to take.
    plugins : sequence of path-like
        Python files that register predictors.
    workers : int, optional
        Processes of this machine; by default one for each core. With 0, everything is done in this process.
        In a script, call this below ``if __name__ == "__main__":``, as the processes import the script.
    scheduler : str, optional
        In place of them, the address of a scheduler of Dask, such as "tcp://host:8786".
    progress : callable, optional
        Called with a `Progress` as units are done.

    Returns
    -------
    table : pyarrow.Table
        A row for each picture, frame, predictor, block size, quality and plane; see `evaluate` for the
        columns. With `output`, all that is in that folder. What failed is not in it; `progress` says it, and
        the folder has it.

    Raises
    ------
    CflError
        There are no pictures, a predictor is unknown, no scheduler answers, or the folder has other results.

    See Also
    --------
    stream : The same, unit by unit.
    evaluate : One picture.
    report : What was found, for people.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> row, column = np.mgrid[:16, :16]
    >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
    >>> with TemporaryDirectory() as folder:
    ...     cfl.write(Path(folder, "slope.png"), cfl.rgb_to_frame(rgb))
    ...     table = cfl.lab.run([folder], ["dc", "cfl"], blocks=[8], qualities=[], workers=0)
    >>> table.select(["predictor", "plane", "samples"]).to_pylist()[0]
    {'predictor': 'dc', 'plane': 'U', 'samples': 64}
    """
    study = predictor_study(
        pictures, predictors, blocks=blocks, qualities=qualities, output=output, decoded=decoded,
        frames=frames, plugins=plugins, workers=workers, scheduler=scheduler, progress=progress,
    )  # fmt: skip
    return table_from(study)


def stream(
    pictures: Words, predictors: "Sequence[str | Predictor]", **options: Any
) -> "Generator[pyarrow.Table, None, None]":
    """Compare predictors like `run`, but yield the table of each unit as it is done.

    Parameters
    ----------
    pictures : iterable of path-like
        See `run`.
    predictors : sequence of str or Predictor
        See `run`.
    **options : dict
        Those of `run`.

    Yields
    ------
    table : pyarrow.Table
        Of one picture with one predictor, block size and quality; only of what was not there yet.

    Raises
    ------
    CflError
        See `run`.

    See Also
    --------
    run : All in one table.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> with TemporaryDirectory() as folder:
    ...     cfl.write(Path(folder, "flat.png"), cfl.rgb_to_frame(np.full((16, 16, 3), 9, np.uint8)))
    ...     units = cfl.lab.stream([folder], ["dc", "cfl"], blocks=[8], qualities=[], workers=0)
    ...     [table["predictor"][0].as_py() for table in units]
    ['dc', 'cfl']
    """
    study = predictor_study(pictures, predictors, **options)
    for rows in noted(study):
        yield table_of(study.experiment, rows)


def compare_encoders(
    pictures: Words,
    encoders: Sequence[str],
    *,
    qualities: Sequence[int] = (30, 45, 60, 75, 90),
    output: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Report | None = None,
) -> "pyarrow.Table":
    """Encode a set of pictures with several encoders of AV1 at several qualities, and measure.

    Parameters
    ----------
    pictures : iterable of path-like
        Files, folders, patterns, lists of names, URLs; see `pictures`. They are encoded in 4:2:0 with 8 bits.
    encoders : sequence of str
        Encoders and their speeds, such as "cfl:6", "libaom:6", "libaom-iq:6" (tuned for what people see),
        "svtav1:8" (all these as Python packages bring them), "svtav1encapp:8" or "rav1e:6" (programs);
        "cfl:6:no-cfl" and "libaom:6:no-cfl" do without chroma from luma.
    qualities : sequence of int
        0…100 as in libavif; each encoder has them on its own scale.
    output : path-like, optional
        A folder for the results; see `run`.
    workers : int, optional
        Processes of this machine; see `run`. Times are true only if there are no more than cores.
    scheduler : str, optional
        The address of a scheduler of Dask; see `run`.
    progress : callable, optional
        Called with a `Progress` as units are done.

    Returns
    -------
    table : pyarrow.Table
        A row for each encode: `encoder`, `quality`, `setting` (the quality on the encoder's scale), `bytes`
        of the OBUs, `seconds` on one thread, `y`, `u`, `v`, `yuv`, `ciede2000`
        and `ms_ssim` in dB, and `ssimulacra2`.

    Raises
    ------
    CflError
        There is no such encoder, it is not installed, or see `run`.

    See Also
    --------
    report : BD-rates.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> with TemporaryDirectory() as folder:
    ...     cfl.write(Path(folder, "flat.png"), cfl.rgb_to_frame(np.full((64, 64, 3), 9, np.uint8)))
    ...     table = cfl.lab.compare_encoders([folder], ["cfl:10", "libaom:9"], qualities=[60], workers=0)
    >>> table["encoder"].to_pylist()
    ['cfl:10', 'libaom:9']
    """
    study = encoder_study(
        pictures, encoders, qualities=qualities, output=output, workers=workers, scheduler=scheduler,
        progress=progress,
    )  # fmt: skip
    return table_from(study)


def encoder_study(
    pictures: Words,
    encoders: Sequence[str],
    *,
    qualities: Sequence[int],
    output: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Report | None = None,
) -> Study:
    """The study that `compare_encoders` does; see there."""
    if isinstance(encoders, str):
        raise TypeError("encoders must be a sequence of names, not str")
    experiment = EncoderRun.of(encoders, [whole("quality", quality, 0, 100) for quality in qualities])
    return study_of(experiment, pictures, output, workers=workers, scheduler=scheduler, progress=progress)


def table_from(study: Study) -> "pyarrow.Table":
    """Do a study; its rows, or with a folder all that is in that."""
    if study.results is not None:
        for _ in noted(study):
            pass
        return study.results.table()
    return table_of(study.experiment, [row for rows in noted(study) for row in rows])
