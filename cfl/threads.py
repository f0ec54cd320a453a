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
) -> list[Result]:
    """Call `work` with each item, on that many threads; the results are in the order of the items.

    With `size`, which says about how much work an item is, the largest are begun first: so the threads end at
    about the same time.
    """
    items = list(items)
    if threads <= 1 or len(items) < 2:
        return [work(item) for item in items]
    order = list(range(len(items)))
    if size is not None:
        sizes = [size(item) for item in items]
        order.sort(key=lambda i: -sizes[i])
    with ThreadPoolExecutor(threads) as pool:
        return _results(pool, work, items, order)


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
        self._pool: ThreadPoolExecutor | None = None

    def run(self, work: Callable[[int, int], None], count: int) -> None:
        """Call ``work(first, last)`` for ranges that make up 0 to `count`."""
        ranges = list(self._ranges(count))
        if self.threads <= 1 or len(ranges) < 2:
            for band in ranges:
                work(*band)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads)
        _results(self._pool, lambda band: work(*band), ranges, range(len(ranges)))

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
        self._pool: ThreadPoolExecutor | None = None
        self._items: SimpleQueue[int | None] = SimpleQueue()
        self._future: Future[None] | None = None

    def start(self, work: Callable[[int], object]) -> None:
        """Begin to follow."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1)
        self._items = items = SimpleQueue[int | None]()

        def follow() -> None:
            while (last := items.get()) is not None:
                number, is_end = last, False
                while not (is_end or items.empty()):
                    last = items.get()
                    number, is_end = (number, True) if last is None else (last, False)
                work(number)
                if is_end:
                    return

        self._future = self._pool.submit(follow)

    def put(self, number: int) -> None:
        """Say how far this thread is."""
        self._items.put(number)

    def finish(self) -> None:
        """Wait until `work` was called with the last number; raise what it raised."""
        self._items.put(None)
        assert self._future is not None
        self._future.result()
