"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from cfl.files import atomic_write


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
