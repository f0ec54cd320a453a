"""Moments of Arrow and Dask datasets: files, memory, and real worker processes."""

import os
import re
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cfl.errors import CflError
from cfl.regression import Moments, moments_of

pa = pytest.importorskip("pyarrow")
RNG = np.random.default_rng(0)
N = 3000
INTEGERS = pd.DataFrame(
    {
        "a": RNG.integers(-(2**20), 2**20, N).astype(np.int32),
        "b": RNG.integers(0, 255, N).astype(np.uint8),
        "c": RNG.integers(0, 2**40, N).astype(np.uint64),
        "w": RNG.uniform(0.5, 2, N),
    }
)
FLOATS = pd.DataFrame(RNG.normal(size=(N, 4)), columns=list("abcw")).assign(w=lambda frame: frame.w**2)


def direct(frame, weights=None):
    X = frame[["a", "b"]].to_numpy()
    return Moments().partial_fit(X, frame["c"].to_numpy(), None if weights is None else frame[weights])


def folder(path, frame, parts=5):
    path.mkdir()
    for k, rows in enumerate(np.array_split(np.arange(len(frame)), parts)):
        frame.iloc[rows].to_parquet(path / f"part{k}.parquet", index=False)
    return path


KINDS = {
    "path": folder,
    "text": lambda path, frame: str(folder(path, frame)),
    "file": lambda path, frame: next(folder(path, frame, 1).iterdir()),
    "dataset": lambda path, frame: __import__("pyarrow.dataset").dataset.dataset(folder(path, frame)),
    "table": lambda path, frame: pa.Table.from_pandas(frame),
    "batch": lambda path, frame: pa.RecordBatch.from_pandas(frame),
    "reader": lambda path, frame: pa.Table.from_pandas(frame).to_reader(max_chunksize=100),
    "pandas": lambda path, frame: frame,
    "dask": lambda path, frame: pytest.importorskip("dask.dataframe").from_pandas(frame, npartitions=7),
    "dask of files": lambda path, frame: pytest.importorskip("dask.dataframe").read_parquet(
        folder(path, frame)
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("frame", [INTEGERS, FLOATS], ids=["integers", "floats"])
def test_equal_to_moments_of_all_samples(tmp_path, kind, weights, frame):
    found = moments_of(KINDS[kind](tmp_path / "set", frame), x=["a", "b"], y="c", weights=weights)
    expected = direct(frame, weights)
    assert found.n_samples == N
    assert found.exact == expected.exact == (frame is INTEGERS and weights is None)
    if found.exact:
        assert found.to_dict() == expected.to_dict()
    np.testing.assert_allclose(found.comoment, expected.comoment, rtol=1e-12, atol=1e-9)
    ours, theirs = (m.linear_regression() for m in (found, expected))
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)


def test_several_targets_none_and_bool():
    frame = INTEGERS.assign(d=INTEGERS.b > 100)
    both = moments_of(pa.Table.from_pandas(frame), x=["a", "d"], y=["b", "c"])
    assert (both.n_columns, both.n_targets, both.exact) == (4, 2, True)
    assert moments_of(frame, x=["a"]).n_targets == 0


@pytest.mark.parametrize("kind", ["table", "pandas", "dask", "path"])
@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({}, {"x": ["q"]}, "no column 'q'; its columns: a, b"),
        ({}, {"x": ["a"], "y": "q"}, "no column 'q'"),
        ({}, {"x": []}, "x names no column"),
        ({"a": [None] * 10 + [1.0] * (N - 10)}, {"x": ["a"]}, "'a' has 10 missing values"),
        ({"a": ["text"] * N}, {"x": ["a"]}, "'a' does not hold numbers"),
    ],
)
def test_bad_datasets(tmp_path, kind, change, arguments, message):
    frame = INTEGERS.assign(**change)
    with pytest.raises(CflError, match=message):
        moments_of(KINDS[kind](tmp_path / "set", frame), **arguments)


def test_what_is_no_dataset(tmp_path):
    with pytest.raises(TypeError, match="got int"):
        moments_of(3, x=["a"])
    with pytest.raises(CflError, match="cannot read"):
        moments_of(tmp_path / "none", x=["a"])
    with pytest.raises(CflError, match="no rows"):
        moments_of(INTEGERS.iloc[:0], x=["a"])


BIG = 24_000_000
"""Rows of a folder whose three columns of int64 and float64 take 576 MB in memory."""


@pytest.fixture(scope="module")
def big_folder(tmp_path_factory):
    """Parquet files that are small on the disk, for their values repeat."""
    from pyarrow import parquet

    path = tmp_path_factory.mktemp("big")
    rows = BIG // 12
    for k in range(12):
        x = np.repeat(np.arange(rows // 1000) % 977 + k, 1000)
        z = np.repeat((np.arange(rows // 1000) * 7) % 1009 / 8, 1000)
        table = pa.table({"x": x, "z": z, "y": 2.0 * x - 3 * z + 1})
        parquet.write_table(table, path / f"{k:02}.parquet", row_group_size=2**17)
    return path


def test_a_folder_larger_than_the_memory_allowed(big_folder):
    """The process grows by much less than the table: 576 MB in all."""
    script = textwrap.dedent(
        """
        import resource, sys
        import pyarrow.dataset
        from cfl.regression import moments_of
        dataset = pyarrow.dataset.dataset(sys.argv[1])
        moments_of(dataset.head(100), x=["x", "z"], y="y").linear_regression()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        moments = moments_of(sys.argv[1], x=["x", "z"], y="y")
        line = moments.linear_regression()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(moments.n_samples, *line.coef_, line.intercept_, (after - before) / 1024)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(big_folder)], capture_output=True, text=True, check=True
    )
    n, a, b, intercept, megabytes = map(float, done.stdout.split())
    assert n == BIG
    assert (a, b, intercept) == pytest.approx((2, -3, 1), abs=1e-9)
    assert megabytes < 200


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, as processes; the address."""
    pytest.importorskip("distributed")
    environ = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
    }
    dask = [sys.executable, "-m", "dask"]
    log = tmp_path / "scheduler.log"
    processes = []
    try:
        with log.open("wb") as out:
            words = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
            start = partial(subprocess.Popen, stdout=out, stderr=out, env=environ, cwd=tmp_path)
            processes.append(start([*dask, *words]))
            address = _address(log)
            for k in range(2):
                words = ["worker", address, "--nworkers", "1", "--nthreads", "1", "--memory-limit", "1200MB"]
                processes.append(
                    start([*dask, *words, "--no-nanny", "--no-dashboard", "--name", f"worker{k}"])
                )
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(30)


def _address(log: Path) -> str:
    for _ in range(600):
        found = re.search(r"tcp://127\.0\.0\.1:\d+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.1)
    raise TimeoutError(log.read_text())


def test_real_dask_workers(cluster, big_folder):
    """Two processes make the moments of 24 million rows; only these come back."""
    import dask.dataframe
    import distributed

    with distributed.Client(cluster) as client:
        client.wait_for_workers(2, timeout=120)
        data = dask.dataframe.read_parquet(big_folder)
        assert data.npartitions >= 4
        moments = moments_of(data, x=["x", "z"], y="y")
        pids = client.run(os.getpid)
        assert len(set(pids.values()) | {os.getpid()}) == 3
    line = moments.linear_regression()
    assert moments.n_samples == BIG
    assert [*line.coef_, line.intercept_] == pytest.approx([2, -3, 1], abs=1e-9)
    local = moments_of(big_folder, x=["x", "z"], y="y")
    np.testing.assert_allclose(moments.comoment, local.comoment, rtol=1e-12)


class OfAnotherLibrary:
    """A table as Polars and others hand it over: an Arrow stream."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self._table.__arrow_c_stream__(requested_schema)


def test_tables_of_other_libraries():
    table = pa.table({"x": [0, 1, 2, 3], "y": [1, 3, 5, 7]})
    moments = moments_of(OfAnotherLibrary(table), x=["x"], y="y")
    assert (moments.n_samples, moments.linear_regression().coef_.tolist()) == (4, [2.0])


def test_columns_that_are_names_of_folders(tmp_path):
    for k in range(3):
        (tmp_path / f"k={k}").mkdir()
        table = pa.table({"y": [2.0 * k + 1, 2.0 * k + 1]})
        pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / f"k={k}" / "part.parquet")
    assert moments_of(tmp_path, x=["k"], y="y").linear_regression().coef_.tolist() == [2.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": ["x", "x"], "y": "y"}, "column 'x' is given twice as x"),
        ({"x": ["y"], "y": "y"}, "column 'y' is given as x and as y"),
        ({"x": ["x"], "y": "y", "weights": "x"}, "column 'x' is given as x and as weights"),
    ],
)
def test_a_column_in_two_roles(columns, message):
    with pytest.raises(CflError, match=message):
        moments_of(pa.table({"x": [0, 1], "y": [1, 3]}), **columns)


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(CflError, match="missing: No such file or directory"):
        moments_of(tmp_path / "missing", x=["x"], y="y")
