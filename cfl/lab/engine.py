"""Work on the tasks of an experiment: in this process, in processes of this machine, or on many machines.

Dask gives the tasks out. The workers only compute: what becomes of a task comes back to the process that
asked for it, which alone writes. So a worker that dies loses nothing but what it was at, which another one
does again, and no result can be there twice.
"""

import asyncio
import logging
import sys
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import resource_tracker
from typing import Any, NamedTuple

from cfl.errors import CflError
from cfl.lab.units import Experiment, Outcome, Setting, Task
from cfl.remarks import CflWarning, remark

_AHEAD = 3
"""Tasks a worker that are given out, done or not: enough that none waits, few enough for any memory."""
_PATIENCE = "5s"
_LOST = "the scheduler was lost; what is done is kept, and the same call goes on from there"
_NOT_STARTED = 'no worker process could start; a script must do this below if __name__ == "__main__":'
_DEATHS = 2
"""So many workers may die of a task; after that, it is taken to be its fault."""


class Engine(NamedTuple):
    """Where to work.

    Attributes
    ----------
    workers : int
        Processes of this machine, each with one thread; with 0, all is done in this one.
    scheduler : str or None
        In place of them: the address of a scheduler of Dask, such as "tcp://host:8786".
    """

    workers: int = 0
    scheduler: str | None = None


def do(experiment: Experiment, picture: str, settings: list[Setting]) -> Outcome:
    """Do a task, in a worker perhaps: what a picture's fault is becomes part of the outcome."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CflWarning)
        try:
            results, error = experiment.do(picture, settings), None
        except (CflError, OSError, MemoryError) as failure:
            results, error = [], message_of(failure)
    said = [" ".join(str(each.message).split()) for each in caught if issubclass(each.category, CflWarning)]
    return Outcome(results, error, said)


def message_of(error: BaseException) -> str:
    """One line."""
    if isinstance(error, MemoryError):
        return "out of memory"
    return " ".join(str(error).split()) or type(error).__name__


def outcomes(experiment: Experiment, tasks: Iterable[Task], engine: Engine) -> Iterator[tuple[Task, Outcome]]:
    """Do tasks; yield each with its outcome as it is done.

    Parameters
    ----------
    experiment : Experiment
    tasks : iterable of Task
        Taken only as fast as they are done.
    engine : Engine

    Raises
    ------
    CflError
        No scheduler answers, Dask is not installed, or the workers have another version of cfl.
    """
    tasks = iter(tasks)
    first = list(islice(tasks, max(2, engine.workers)))
    is_here = engine.scheduler is None and (engine.workers == 0 or len(first) < 2)
    if is_here or not first:  # one task is not worth a process
        for task in chain(first, tasks):
            yield task, do(experiment, task.picture, [unit.setting for unit in task.units])
        return
    if engine.scheduler is None:
        engine = engine._replace(workers=min(engine.workers, len(first)))
        experiment.warm()  # compiled here once, and found by all workers
    with _client(engine) as client:
        if engine.scheduler is not None:
            if not client.nthreads():
                remark(f"{engine.scheduler}: the scheduler has no workers yet; waiting for the first one")
            _warm_each_host(client, experiment)
        with _lost_in_one_line():
            yield from _given_out(client, experiment, chain(first, tasks))


@contextmanager
def _lost_in_one_line() -> Iterator[None]:
    """A connection that breaks is an error of the scheduler, not of cfl."""
    from distributed.comm import CommClosedError

    try:
        yield
    except CommClosedError as error:
        raise CflError(_LOST) from error


def _given_out(client: Any, experiment: Experiment, tasks: Iterator[Task]) -> Iterator[tuple[Task, Outcome]]:
    from distributed import as_completed

    pending: dict[Any, Task] = {}
    done = as_completed(loop=client.loop)

    def give_out(task: Task) -> None:
        settings = [unit.setting for unit in task.units]
        future = client.submit(do, experiment, task.picture, settings, pure=False, retries=0)
        pending[future] = task
        done.add(future)

    for task in islice(tasks, _AHEAD * _threads(client)):
        give_out(task)
    for future in done:
        task = pending.pop(future)
        yield task, _outcome_of(future, task)
        future.release()
        for task in islice(tasks, max(0, _AHEAD * _threads(client) - len(pending))):
            give_out(task)


def _threads(client: Any) -> int:
    """Of all workers that there are now."""
    return max(1, sum(client.nthreads().values()))


def _outcome_of(future: Any, task: Task) -> Outcome:
    from distributed import KilledWorker

    error = future.exception()
    if future.cancelled():
        raise CflError(_LOST)
    if error is None:
        outcome: Outcome = future.result()
        return outcome
    if isinstance(error, KilledWorker):
        return Outcome([], f"{task.picture}: {_DEATHS + 1} workers died of it; perhaps it needs more memory")
    if isinstance(error, ImportError | AttributeError) and error.name is not None:
        raise CflError(f"the workers cannot do it: {message_of(error)}; they need this version of cfl")
    raise error


def _warm_each_host(client: Any, experiment: Experiment) -> None:
    """Have one worker of each machine compile what all of them need."""
    hosts: dict[str, str] = {}
    for address, about in client.scheduler_info()["workers"].items():
        hosts.setdefault(about["host"], address)
    futures = [client.submit(experiment.warm, workers=[address], pure=False) for address in hosts.values()]
    for future in futures:
        error = future.exception()
        if error is not None:
            raise CflError(f"the workers cannot do it: {message_of(error)}")


@contextmanager
def _client(engine: Engine) -> Iterator[Any]:
    """Connect with a scheduler, or start one with its workers."""
    try:
        import dask
        import distributed
    except ModuleNotFoundError:
        raise CflError('work on many pictures needs Dask: pip install "cfl-av1[lab]"') from None
    for name in ("distributed", "distributed.client"):  # what matters of it is said by cfl
        logging.getLogger(name).setLevel(logging.CRITICAL)
    settings = {
        "distributed.comm.timeouts.connect": _PATIENCE,
        "distributed.scheduler.allowed-failures": _DEATHS,
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.worker.profile.enabled": False,  # a hundred looks a second at what nobody asks for
    }
    with dask.config.set(settings):
        if engine.scheduler is not None:
            with _connected(distributed, engine.scheduler) as client:
                yield client
            return
        _start_tracker()
        try:
            cluster = distributed.LocalCluster(
                n_workers=engine.workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        except RuntimeError as error:
            raise CflError(_NOT_STARTED) from error
        with cluster, distributed.Client(cluster, set_as_default=False) as client:
            yield client


def _start_tracker() -> None:
    """Start the process that removes the semaphores of one that was stopped; it is to do so in silence."""
    option = "ignore:resource_tracker:UserWarning"
    sys.warnoptions.append(option)
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.remove(option)


@contextmanager
def _connected(distributed: Any, address: str) -> Iterator[Any]:
    with ThreadPoolExecutor(1) as pool:  # a loop of its own, as there may be one already
        try:
            pool.submit(asyncio.run, _reach(address)).result()
        except (OSError, ValueError, TypeError) as error:
            raise CflError(f"{address}: no scheduler of Dask answers there") from error
    with distributed.Client(address, set_as_default=False, timeout=_PATIENCE) as client:
        yield client


async def _reach(address: str) -> None:
    """Raise an error if nobody listens there; a client would complain later, when it is dropped."""
    from distributed.comm import connect

    connection = await connect(address, timeout=_PATIENCE)
    await connection.close()


def check(engine: Engine) -> None:
    """Raise a CflError if the scheduler does not answer, before anything is done or written."""
    if engine.scheduler is not None:
        with _client(engine):
            pass
