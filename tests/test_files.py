"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from cfl.errors import CflError
from cfl.files import all_or_none, atomic_write


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(Path("folder") / "real")
    with atomic_write(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder" / "real").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["real"]


def test_the_longest_name(tmp_path):
    with atomic_write(tmp_path / ("x" * 255)) as file:
        file.write(b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["x" * 255]


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="open files have no names")
def test_an_open_file_is_written_itself(tmp_path):
    with (tmp_path / "x").open("w+b") as file:
        with atomic_write(f"/dev/fd/{file.fileno()}") as same:
            same.write(b"1")
        file.seek(0)
        assert file.read() == b"1"


def test_all_files_of_a_block_appear_together(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with all_or_none():
        for name in "ab":
            with atomic_write(tmp_path / name) as file:
                file.write(name.encode())
        assert (tmp_path / "a").read_bytes() == b"old"
        assert not (tmp_path / "b").exists()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"a", "b": b"b"}


def test_none_of_a_block_that_fails_appears(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(CflError, match=r"missing.b: cannot be written: No such file"), all_or_none():
        with atomic_write(tmp_path / "a") as file:
            file.write(b"new")
        with atomic_write(tmp_path / "missing" / "b") as file:
            file.write(b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}
    with atomic_write(tmp_path / "a") as file:  # the block is over
        file.write(b"newer")
    assert (tmp_path / "a").read_bytes() == b"newer"
