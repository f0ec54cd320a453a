"""Commands whose kernels are not compiled yet: on all cores, or in place where that fails."""

import pytest

from cfl import threads, warming
from cfl.cli import compiling


@pytest.fixture
def cold(monkeypatch):
    """Nothing is compiled, there are two cores, and processes are not started but counted."""
    started = []

    def warm(processes, names):
        started.append((processes, tuple(names)))
        yield from ((name, 0.0) for name in names)

    monkeypatch.setattr(warming, "is_decoding_compiled", lambda: False)
    monkeypatch.setattr(threads, "cores", lambda: 2)
    monkeypatch.setattr(warming, "warm", warm)
    monkeypatch.setattr(compiling, "_announcement", compiling._Announcement())
    return started


@pytest.fixture
def stream(tmp_path):
    path = tmp_path / "x.ivf"
    path.write_bytes(b"DKIF\0\0 \0AV01" + bytes(20))
    return path


@pytest.fixture
def still(tmp_path):
    path = tmp_path / "x.avif"
    path.write_bytes(b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(20))
    return path


def test_decoding_and_encoding_are_compiled_on_all_cores(cold, still, stream, capsys):
    """Of a still without the kernels of inter frames, which take longest."""
    compiling.compile_for_decoding(still)
    compiling.compile_for_decoding(stream)
    compiling.compile_for_encoding()
    assert cold == [(2, warming.DECODING), (2, warming.CLIPS), (2, warming.ENCODING)]
    assert capsys.readouterr().err.count("cfl: compiling") == 1
    assert {*warming.CLIPS, *warming.ENCODING} <= {job.name for job in warming.jobs()}


def test_other_files_and_one_core_start_nothing(cold, stream, monkeypatch):
    other = stream.with_name("x.png")
    other.write_bytes(b"no AV1")
    compiling.compile_for_decoding(other)
    monkeypatch.setattr(threads, "cores", lambda: 1)
    compiling.compile_for_decoding(stream)
    assert cold == []


def test_where_no_process_can_be_started(cold, stream, monkeypatch):
    def warm(processes, names):
        raise PermissionError("no processes")
        yield

    monkeypatch.setattr(warming, "warm", warm)
    compiling.compile_for_decoding(stream)


def test_jobs_in_other_processes():
    assert [name for name, _ in warming.warm(2, ["inspection"])] == ["inspection"]
