"""What ends a command before its time: Ctrl-C and its like, a full disk. One line, and nothing is left."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import environment
from pyarrow import parquet

from cfl import encode, read, read_frames
from cfl.files import atomic_write
from cfl.frames import write

MARK = "cfl: compiling"


def heed_signals():
    """What runs in the background may ignore them, and so do its children."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def start(tmp_path):
    """``start(*words)``: a command in a process group of its own, in an empty folder."""
    (tmp_path / "out").mkdir()
    started = []

    def run(*words, environ=None, **options):
        process = subprocess.Popen(
            [sys.executable, "-m", "cfl", *map(str, words)],
            cwd=tmp_path / "out",
            env=environment() | (environ or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **{"preexec_fn": heed_signals} | options,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def long_clip(images, tmp_path):
    """Takes minutes to encode, and seconds to predict."""
    frames = list(read_frames(images / "coffee_pan.y4m"))
    write(tmp_path / "long.y4m", [frame for _ in range(300) for frame in frames])
    return tmp_path / "long.y4m"


def wait_until(happened, process):
    deadline = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def last_line(process):
    """What the process says last; it has nothing but this to say, and perhaps that it compiles."""
    out, err = process.communicate(timeout=20)
    lines = [line for line in err.splitlines() if not line.startswith(MARK)]
    assert len(lines) == 1 and out == "", (out, err)
    return lines[0]


def written(folder):
    return lambda: any(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize(
    ("number", "words"),
    [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated"), (signal.SIGHUP, "hung up")],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_encode(start, long_clip, tmp_path, number, words, threads):
    process = start("encode", long_clip, "-o", "x.ivf", "--threads", threads)
    wait_until(written(tmp_path / "out"), process)
    os.killpg(process.pid, number)
    assert last_line(process) == f"cfl: error: {words}"
    assert process.returncode == 128 + number
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("command", ["predict", "decode"])
def test_predict_and_decode(start, long_clip, tmp_path, command):
    source, words = long_clip, ["-o", "x.y4m"]
    if command == "predict":
        words += ["--block", "auto"]
    else:
        source = tmp_path / "long.ivf"
        source.write_bytes(many_units(read(long_clip), 5000))
    process = start(command, source, *words)
    wait_until(written(tmp_path / "out"), process)
    os.killpg(process.pid, signal.SIGINT)
    assert last_line(process) == "cfl: error: interrupted"
    assert process.returncode == 130
    assert list((tmp_path / "out").iterdir()) == []


def many_units(frame, count):
    """An IVF file that shows the same key frame again and again, at a rate that it says."""
    from cfl import encode_frames
    from cfl.container.ivf import IvfHeader, write_ivf

    (encoded,) = encode_frames([frame], speed=10)
    height, width = frame.y.shape
    header = IvfHeader(width, height, 30)
    return write_ivf(header, ((number, encoded.data) for number in range(count)))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_pipe_that_nobody_reads(start, images, tmp_path):
    os.mkfifo(tmp_path / "pipe.ivf")
    process = start("encode", images / "coffee_pan.y4m", "-o", tmp_path / "pipe.ivf")
    time.sleep(4)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    assert last_line(process) == "cfl: error: interrupted"


def test_a_picture_at_work_on_threads(start, tmp_path):
    """The threads are in the middle of tiles that take long: nobody waits for them."""
    rgb = np.random.default_rng(3).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(tmp_path / "x.png", compress_level=1)
    process = start(
        "encode", tmp_path / "x.png", "-o", "x.avif", "--threads", 2, "--tiles", "1x2", "--speed", 0
    )
    time.sleep(4)
    assert process.poll() is None
    before = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    assert last_line(process) == "cfl: error: interrupted"
    assert time.monotonic() - before < 10
    assert process.returncode == 130
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "seconds"),
    [(["warm"], 1), (["warm"], 2), (["warm"], 6), (["encode", "x.png", "-o", "x.avif"], 5)],
    ids=lambda value: value[0] if isinstance(value, list) else f"{value} s",
)
def test_compiling(start, tmp_path, words, seconds):
    """The compiler calls back into Python, where exceptions are lost; and warm has processes of its own."""
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "x.png")
    words = [tmp_path / word if word == "x.png" else word for word in words]
    process = start(*words, environ={"NUMBA_CACHE_DIR": str(tmp_path / "cache")})
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    assert last_line(process) == "cfl: error: interrupted"
    assert process.returncode == 130
    deadline = time.monotonic() + 20
    while members(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_laboratory_with_two_workers(start, tmp_path):
    """What is done is kept whole, the workers end, and the same command goes on."""
    (tmp_path / "set").mkdir()
    rng = np.random.default_rng(0)
    for number in range(24):
        noise = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "set" / f"{number}.png", compress_level=1)
    words = "lab", "run", tmp_path / "set", "--predictors", "cfl,line", "--blocks", "8", "--qualities", ""
    words += "-o", "results", "--workers", 2
    units = (tmp_path / "out" / "results" / "units").glob
    process = start(*words)
    wait_until(lambda: sum(1 for _ in units("*/*.parquet")) >= 5, process)
    os.killpg(process.pid, signal.SIGINT)
    assert last_line(process) == "cfl: error: interrupted"
    assert process.returncode == 130
    deadline = time.monotonic() + 20
    while members(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kept = {path: path.stat().st_mtime_ns for path in units("*/*")}
    assert 5 <= len(kept) < 48 and all(parquet.read_table(path).num_rows == 2 for path in kept)
    process = start(*words)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0 and "24 pictures" in out
    assert sum(1 for _ in units("*/*.parquet")) == 48
    assert all(path.stat().st_mtime_ns == then for path, then in kept.items())


def members(session):
    """Processes of a session that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, sid = path.read_text().rpartition(")")[2].split()[:4]
            if int(sid) == session and state != "Z":
                found.append(path)
    return found


def test_what_is_ignored_stays_so(start, images, tmp_path):
    """As a shell has it for what runs in the background."""
    ignore = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    process = start("encode", images / "coffee.png", "-o", "x.avif", "--speed", 10, **ignore)
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert (tmp_path / "out" / "x.avif").exists()


# --- No room


def _small_files():
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


WRITERS = [
    ["encode", "coffee.png", "-o", "x.avif"],
    ["encode", "coffee_pan.y4m", "-o", "x.ivf", "--speed", "10"],
    ["encode", "coffee_pan.y4m", "-o", "x.obu", "--speed", "10"],
    ["decode", "x.avif", "-o", "x.png"],
    ["decode", "x.avif", "-o", "x.y4m"],
    ["decode", "x.avif", "-o", "x.yuv"],
    ["predict", "colours.png", "-o", "x.png"],
    ["predict", "colours.png", "-o", "x.y4m"],
    ["predict", "colours.png", "--csv", "x.csv"],
    ["predict", "colours.png", "--figure", "x.png"],
    ["inspect", "x.avif", "--csv", "x.csv"],
    ["inspect", "x.avif", "--figure", "x.png"],
    ["inspect", "x.avif", "--json", "x.json"],
    ["ablate", "colours.png", "--speed", "10", "--qualities", "30,60", "--figure", "x.png"],
    ["fit", "x.csv", "--y", "y", "--figure", "x.png"],
    ["fit", "x.csv", "--y", "y", "--residuals", "x.out"],
]


@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_a_full_disk_leaves_nothing(cfl, images, tmp_path, words):
    (tmp_path / "in").mkdir()
    source = images / words[1]
    if words[1].startswith("x."):
        source = tmp_path / "in" / words[1]
        rows = "".join(f"{i},{i * i % 7}\n" for i in range(1000))
        data = (
            encode(read(images / "colours.png"), speed=10)
            if words[1] == "x.avif"
            else f"x,y\n{rows}".encode()
        )
        source.write_bytes(data)
    words = [words[0], source, *words[2:]]
    done = cfl(*words, status=1, preexec_fn=_small_files, keep_notice=True)
    if MARK in done.stderr:  # then it was the compiler that found no room
        cfl(*words)
        for path in tmp_path.glob("x.*"):
            path.unlink()
        done = cfl(*words, status=1, preexec_fn=_small_files)
    target = next(word for word in words[2:] if word.startswith("x."))
    others = MARK, "cfl: warning: an OBU stream has no place for the frame rate"
    lines = [line for line in done.stderr.splitlines() if not line.startswith(others)]
    assert lines == [f"cfl: error: {target}: cannot be written: File too large"]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_old_file_outlives_a_failure(cfl, images, tmp_path):
    (tmp_path / "x.ivf").write_bytes(b"old")
    cfl(
        "encode", images / "coffee_pan.y4m", "-o", "x.ivf", "--speed", "10", status=1, preexec_fn=_small_files
    )
    assert (tmp_path / "x.ivf").read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_standard_output_is_full(cfl, images):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cfl", "predict", images / "colours.png", "--json", "-"],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "cfl: error: standard output: No space left on device"


def test_a_file_keeps_its_mode_and_a_new_one_follows_the_mask(tmp_path):
    path = tmp_path / "x"
    before = os.umask(0o027)
    try:
        with atomic_write(path) as file:
            file.write(b"1")
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o604)
        with atomic_write(path) as file:
            file.write(b"2")
        assert path.stat().st_mode & 0o777 == 0o604
        assert path.read_bytes() == b"2"
    finally:
        os.umask(before)
