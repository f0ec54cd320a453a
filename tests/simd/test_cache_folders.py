"""What is removed from a folder of compiled kernels, and when."""

import os
import time

import pytest

from cfl.simd import cache_folders

DAY = 86400


@pytest.fixture
def put(tmp_path):
    def put(name, *, days, size=10):
        path = tmp_path / name
        path.write_bytes(bytes(size))
        os.utime(path, (time.time() - days * DAY,) * 2)
        return path

    return put


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_old_is_removed(tmp_path, put):
    for name, days in (
        ("new.kernel", 1),
        ("old.kernel", 61),
        (".new.part", 0.5),
        (".old.part", 2),
        ("my.txt", 99),
    ):
        put(name, days=days)
    cache_folders.prune(tmp_path)
    assert names(tmp_path) == [".new.part", "my.txt", "new.kernel"]


def test_the_oldest_beyond_the_size_are_removed(tmp_path, put):
    for age in (3, 1, 4, 2):
        put(f"{age}.kernel", days=age)
    cache_folders.prune(tmp_path, size=25)
    assert names(tmp_path) == ["1.kernel", "2.kernel"]


def test_what_is_read_counts_as_used(tmp_path):
    path = tmp_path / "x.kernel"
    cache_folders.write(path, b"content")
    os.utime(path, (1e9, 1e9))
    assert cache_folders.read(path) == b"content"
    cache_folders.prune(tmp_path)
    assert names(tmp_path) == ["x.kernel"]


def test_a_write_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "x.kernel").mkdir()
    with pytest.raises(OSError, match=r"x\.kernel"):
        cache_folders.write(tmp_path / "x.kernel", b"content")
    assert names(tmp_path) == ["x.kernel"]
