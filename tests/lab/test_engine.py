"""Sets, units, the dataset and Dask: every unit once, whatever dies on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet
import pytest
from lab_experiment import Lengths
from processes import environment

from cfl.errors import CflError
from cfl.lab.dataset import Results
from cfl.lab.engine import Engine
from cfl.lab.study import Study

HERE = Path(__file__).parent


@pytest.fixture
def files(tmp_path):
    """``files(n)``: a folder of n files that count as pictures, of 1, 2, … bytes."""

    def make(count):
        folder = tmp_path / "in"
        folder.mkdir()
        for index in range(count):
            (folder / f"{index:03}.png").write_bytes(b"x" * (index + 1))
        return folder

    return make


def study(folder, out, engine=Engine(), report=None, **options):  # noqa: B008 - it does not change
    experiment = Lengths(**options)
    return Study(experiment, [folder], Results.create(out, experiment), engine, report)


def products(out):
    table = Results.open(out).table()
    return {(Path(row["picture"]).name, row["factor"]): row["product"] for row in table.to_pylist()}


def expected(count, factors=(1, 2)):
    return {(f"{i:03}.png", factor): (i + 1) * factor for i in range(count) for factor in factors}


def test_every_unit_is_a_file(files, tmp_path):
    list(study(files(3), tmp_path / "out").run())
    assert products(tmp_path / "out") == expected(3)
    paths = list((tmp_path / "out" / "units").glob("*/*.parquet"))
    assert len(paths) == 6
    for path in paths:
        assert pyarrow.parquet.read_table(path).num_rows == 1


def test_what_is_there_is_not_computed_again(files, tmp_path):
    folder, calls = files(2), tmp_path / "calls"
    calls.mkdir()
    list(study(folder, tmp_path / "out", calls=str(calls)).run())
    assert len(list(calls.iterdir())) == 4
    list(study(folder, tmp_path / "out", factors=(2, 3), calls=str(calls)).run())
    assert len(list(calls.iterdir())) == 6
    assert products(tmp_path / "out") == expected(2, (1, 2, 3))


def test_a_picture_is_known_by_its_content(files, tmp_path):
    """By another name it is the same, by the same name and with other content another one."""
    folder, calls = files(2), tmp_path / "calls"
    calls.mkdir()
    list(study(folder, tmp_path / "out", factors=(1,), calls=str(calls)).run())
    (folder / "000.png").rename(folder / "moved.png")
    (folder / "001.png").write_bytes(b"other")
    list(study(folder, tmp_path / "out", factors=(1,), calls=str(calls)).run())
    assert len(list(calls.iterdir())) == 3
    assert sorted(Results.open(tmp_path / "out").table()["product"].to_pylist()) == [1, 2, 5]


def test_the_same_picture_twice_counts_once(files, tmp_path):
    folder = files(2)
    (folder / "copy.png").write_bytes(b"x")
    with pytest.warns(UserWarning, match=r"copy\.png: the same picture was there before"):
        list(study(folder, tmp_path / "out").run())
    assert products(tmp_path / "out") == expected(2)


def test_errors_are_rows_until_they_are_gone(files, tmp_path):
    folder = files(2)
    (folder / "001.png").write_bytes(b"bad picture")
    said = []
    run = study(folder, tmp_path / "out", report=said.append, factors=(1, 13))
    list(run.run())
    assert run.failed == 2
    results = Results.open(tmp_path / "out")
    errors = [(Path(row["picture"]).name, row["factor"], row["error"]) for row in results.failures()]
    assert errors == [
        ("000.png", 13, f"{folder}/000.png: 13 brings bad luck"),
        ("001.png", None, f"{folder}/001.png: it is bad"),
    ]
    assert [each.error for each in said if each.error] == [row[2] for row in errors]
    assert (said[-1].done, said[-1].left, said[-1].failed) == (4, 0, 2)
    (folder / "001.png").write_bytes(b"good picture")
    list(study(folder, tmp_path / "out", factors=(1,)).run())
    assert products(tmp_path / "out") == {("000.png", 1): 1, ("001.png", 1): 12}
    assert [row["error"] for row in results.failures()] == [f"{folder}/000.png: 13 brings bad luck"]


def test_a_picture_that_is_missing(tmp_path):
    experiment = Lengths()
    results = Results.create(tmp_path / "out", experiment)
    run = Study(experiment, [tmp_path / "gone.png"], results, Engine())
    list(run.run())
    assert run.failed == 1
    assert "cannot be read: No such file" in results.failures()[0]["error"]


def test_processes(files, tmp_path):
    list(study(files(6), tmp_path / "out", Engine(2), seconds=0.1).run())
    assert products(tmp_path / "out") == expected(6)
    processes = set(Results.open(tmp_path / "out").table()["process"].to_pylist())
    assert len(processes) == 2 and os.getpid() not in processes


def test_memory_is_bounded_by_what_is_given_out(files, tmp_path):
    """Tasks are made only as fast as they are done: the list may be as long as it likes."""
    run = study(files(40), tmp_path / "out", Engine(1), factors=(1,))
    made = []
    tasks = run._tasks

    def counted():
        for task in tasks():
            made.append(task)
            yield task

    run._tasks = counted
    ahead = [len(made) - done for done, _ in enumerate(run.run())]
    assert len(made) == 40 and max(ahead) <= 4


KILLED = """
import sys
sys.path.insert(0, {here!r})
from test_engine import study
for _ in study({folder!r}, {out!r}, seconds=0.05).run():
    pass
"""


def test_a_kill_loses_only_what_is_in_flight(files, tmp_path):
    folder, out = files(30), tmp_path / "out"
    script = KILLED.format(here=str(HERE), folder=str(folder), out=str(out))
    process = subprocess.Popen([sys.executable, "-c", script], env=environment())
    wait_for(lambda: len(list(out.glob("units/*/*.parquet"))) >= 5)
    process.kill()
    process.wait()
    there = len(products(out))
    assert 5 <= there < 60
    calls = tmp_path / "calls"
    calls.mkdir()
    list(study(folder, out, calls=str(calls)).run())
    assert products(out) == expected(30)
    assert len(list(calls.iterdir())) == 60 - there
    assert len(list(out.glob("units/*/*.parquet"))) == 60


def wait_for(happened, seconds=60):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def dask(tmp_path):
    """A scheduler and two workers on loopback, as processes: the address, the workers, and the scheduler."""
    started = []

    def start(module, *words):
        command = [sys.executable, "-m", module, *map(str, words)]
        started.append(subprocess.Popen(command, env=environment(), stderr=subprocess.DEVNULL))
        return started[-1]

    about = tmp_path / "scheduler.json"
    host = "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    small = "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", tmp_path
    try:
        start("distributed.cli.dask_scheduler", *host, "--scheduler-file", about)
        wait_for(lambda: about.exists() and about.read_text().endswith("}"))
        workers = [start("distributed.cli.dask_worker", "--scheduler-file", about, *small) for _ in range(2)]
        yield json.loads(about.read_text())["address"], workers, started[0]
    finally:
        for process in started:
            process.kill()
            process.wait()


def wait_for_two_workers(address):
    import distributed

    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)


def test_two_workers_of_which_one_is_killed(files, tmp_path, dask):
    address, workers, _ = dask
    wait_for_two_workers(address)
    run = study(files(20), tmp_path / "out", Engine(scheduler=address), seconds=0.1)
    for count, _ in enumerate(run.run()):
        if count == 8:
            workers[0].send_signal(signal.SIGKILL)
    assert run.failed == 0
    assert products(tmp_path / "out") == expected(20)
    assert Results.open(tmp_path / "out").table().num_rows == 40  # none twice
    assert len(list((tmp_path / "out").glob("units/*/*.parquet"))) == 40
    assert len(set(Results.open(tmp_path / "out").table()["process"].to_pylist())) == 2


def test_a_scheduler_that_dies_is_one_line_and_what_is_done_is_kept(files, tmp_path, dask, caplog):
    address, _, scheduler = dask
    wait_for_two_workers(address)
    out = tmp_path / "out"
    run = study(files(20), out, Engine(scheduler=address), seconds=0.1)
    with pytest.raises(CflError, match="the scheduler was lost; what is done is kept"):
        for count, _ in enumerate(run.run()):
            if count == 4:
                scheduler.send_signal(signal.SIGKILL)
    done = len(list(out.glob("units/*/*.parquet")))
    assert 5 <= done < 40
    assert not caplog.records
    list(study(tmp_path / "in", out).run())
    assert products(out) == expected(20)


def test_a_scheduler_that_does_not_answer(files, tmp_path, monkeypatch):
    monkeypatch.setattr("cfl.lab.engine._PATIENCE", "500ms")
    run = study(files(1), tmp_path / "out", Engine(scheduler="tcp://127.0.0.1:9"))
    with pytest.raises(CflError, match=r"^tcp://127\.0\.0\.1:9: no scheduler of Dask answers there$"):
        list(run.run())


def test_folders_that_are_not_ours(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "photo.png").touch()
    with pytest.raises(CflError, match="it is not a folder of results of cfl lab"):
        Results.create(tmp_path / "x", Lengths())
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["photo.png"]
    with pytest.raises(CflError, match="there is no such folder"):
        Results.open(tmp_path / "none")
    Results.create(tmp_path / "y", Lengths())
    about = tmp_path / "y" / "cfl-lab.json"
    with pytest.raises(CflError, match="it has results of lengths, not of others"):
        Results.create(tmp_path / "y", Lengths(kind="others"))
    about.write_text(about.read_text().replace('"cfl_version": "', '"cfl_version": "0.0.'))
    with pytest.raises(CflError, match=r"its results of lengths are of cfl 0\.0\..*choose another folder"):
        Results.open(tmp_path / "y")


def test_what_is_damaged_in_a_folder_is_one_line_and_other_files_do_not_matter(files, tmp_path):
    out = tmp_path / "out"
    list(study(files(3), out).run())
    first, *_ = sorted(out.glob("units/??/*.parquet"))
    whole = first.read_bytes()
    (out / "units" / "notes.txt").write_text("mine")
    (first.parent / "Thumbs.db").write_bytes(b"x")
    assert products(out) == expected(3)
    first.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CflError, match=f"a file is damaged; remove it, and run again: .*{first.name}"):
        Results.open(out).table()
    first.unlink()
    list(study(tmp_path / "in", out).run())
    assert first.exists() and products(out) == expected(3)
    (out / "runs").mkdir(exist_ok=True)
    (out / "runs" / "x.json").write_text("{")
    with pytest.raises(CflError, match=r"x\.json: it is damaged; remove it"):
        Results.open(out).runs()
    about = json.loads((out / "cfl-lab.json").read_text())
    del about["columns"]
    (out / "cfl-lab.json").write_text(json.dumps(about))
    with pytest.raises(CflError, match="it is not a folder of results of cfl lab"):
        Results.open(out)


LONG_LIST = """
import sys
sys.path.insert(0, {here!r})
from test_engine import Engine, Lengths, Study
pages = lambda: int(open("/proc/self/statm").read().split()[1])
study = Study(Lengths((1,)), [{folder!r}], None, Engine())
for count, _ in enumerate(study.run(), start=1):
    if count == 500:
        before = pages()
print(count, (pages() - before) * 4096)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured as Linux has it")
def test_memory_of_a_long_list(tmp_path):
    """A picture that is done leaves no more than its key: 4,000 more take less than 1 kB each."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(4500):
        (folder / f"{number:04}.png").write_bytes(b"%d" % number)
    script = LONG_LIST.format(here=str(HERE), folder=str(folder))
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True
    )
    count, grown = map(int, done.stdout.split())
    assert count == 4500 and grown < 4_000_000
