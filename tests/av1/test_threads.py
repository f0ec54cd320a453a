"""Work on several threads."""

import threading
from concurrent.futures import Future

import pytest

from cfl.threads import each


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_results_are_in_the_order_of_the_items(threads):
    assert each(lambda item: item * item, range(20), threads, lambda item: item % 7) == [
        i * i for i in range(20)
    ]
    assert each(str, [], threads) == []


def test_the_largest_are_begun_first():
    begun, both = [], threading.Barrier(2, timeout=60)

    def work(item):
        begun.append(item)
        if item in (8, 9):
            both.wait()

    each(work, [1, 8, 3, 9, 2], 2, lambda item: item)
    assert set(begun[:2]) == {8, 9}
    assert set(begun[2:]) == {1, 2, 3}


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_error_is_that_of_the_first_item(threads):
    def work(item):
        if item in (3, 6):
            raise ValueError(item)

    with pytest.raises(ValueError, match="3"):
        each(work, range(9), threads, lambda item: item)


def test_after_an_error_nothing_more_is_begun(monkeypatch):
    """What had begun by then lasts until all that has not is called off."""
    begun, called_off, all_called_off = [], [], threading.Event()
    cancel = Future.cancel

    def noted_cancel(future):
        called_off.append(cancel(future))
        if len(called_off) == 100:
            all_called_off.set()

    def work(item):
        begun.append(item)
        if item == 0:
            raise ValueError(item)
        assert all_called_off.wait(60)

    monkeypatch.setattr(Future, "cancel", noted_cancel)
    with pytest.raises(ValueError, match="0"):
        each(work, range(100), 2)
    assert set(begun) <= {0, 1, 2}
