"""Work on several threads: kernels release the GIL, so parts of a frame run at the same time."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Progress = Callable[[int], object]
"""Called, now by one thread and now by another, with how many samples of luma are newly decided on."""


def cores() -> int:
    """How many processes or threads can run at a time."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def each(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int,
    size: Callable[[Item], float] | None = None,
    pool: ThreadPoolExecutor | None = None,
) -> list[Result]:
    """Call `work` with each item, on that many threads; the results are in the order of the items.

    With `size`, which says about how much work an item is, the largest are begun first: so the threads end at
    about the same time. `pool` has the threads, if they are kept for more; without it they end with this.
    """
    items = list(items)
    if threads <= 1 or len(items) < 2:
        return [work(item) for item in items]
    order = list(range(len(items)))
    if size is not None:
        sizes = [size(item) for item in items]
        order.sort(key=lambda i: -sizes[i])
    if pool is not None:
        return _results(pool, work, items, order)
    with ThreadPoolExecutor(threads) as own:
        return _results(own, work, items, order)


def _results(
    pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: list[Item], order: Iterable[int]
) -> list[Result]:
    futures = {i: pool.submit(work, items[i]) for i in order}
    try:
        return [futures[i].result() for i in range(len(items))]
    finally:  # after an error or an interrupt nothing more is begun, and nobody works when this returns
        for future in futures.values():
            future.cancel()
        wait(futures.values())


_BANDS_A_THREAD = 4
"""Bands are not equally much work; with several for each thread none waits long for another."""


class Bands:
    """Runs work on bands of rows, on as many threads as there may be.

    The threads are kept for all that one object runs: to start them costs as much as a filter of a small
    frame. They end with the object. Only one thread at a time may call `run`.
    """

    def __init__(self, threads: int):
        self.threads = threads
        self._pool = ThreadPoolExecutor(max(1, threads))  # which starts them as they are needed

    def run(self, work: Callable[[int, int], None], count: int) -> None:
        """Call ``work(first, last)`` for ranges that make up 0 to `count`."""
        each(lambda band: work(*band), self._ranges(count), self.threads, pool=self._pool)

    def _ranges(self, count: int) -> Iterator[tuple[int, int]]:
        parts = _BANDS_A_THREAD * self.threads if self.threads > 1 else 1
        step = max(1, -(-count // parts))
        for first in range(0, count, step):
            yield first, min(first + step, count)


class Follower:
    """A thread that does the second half of what this one does the first half of.

    Between `start` and `finish` it calls `work` with how far this one is, as `put` has said last; of numbers
    that come while it works, with the last one only. The thread is kept for the next `start`, and ends with
    the object.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._goes_on: SimpleQueue[bool] = SimpleQueue()
        self._number: int | None = None
        self._future: Future[None]

    def start(self, work: Callable[[int], object]) -> None:
        """Begin to follow."""
        self._goes_on, self._number = SimpleQueue(), None
        self._future = self._pool.submit(self._follow, work)

    def _follow(self, work: Callable[[int], object]) -> None:
        done = None
        while self._goes_on.get():
            if (number := self._number) is not None and number != done:
                work(number)
                done = number

    def put(self, number: int) -> None:
        """Say how far this thread is."""
        self._number = number
        self._goes_on.put(True)

    def finish(self) -> None:
        """Wait until `work` was called with the last number; raise what it raised."""
        self._goes_on.put(False)
        self._future.result()
