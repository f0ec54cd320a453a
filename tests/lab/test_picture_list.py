"""Which pictures words name, and how they are read from anywhere."""

import functools
import http.server
import os
import threading
import zipfile
from pathlib import Path

import pytest
from PIL import Image

import cfl
from cfl.errors import CflError
from cfl.lab import pictures
from cfl.lab.picture_list import content_key, contents


@pytest.fixture
def folder(tmp_path, noise):
    """Pictures in folders, a list of names, an archive, and what is no picture."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for name in ("b.png", "a.png", "deep/c.jpg", "deep/er/d.PNG", ".hidden.png"):
        Image.fromarray(noise).save(tmp_path / name)
    (tmp_path / "notes.md").write_text("no picture")
    (tmp_path / "list.txt").write_text("# ours\n\nb.png\ndeep\n*.png\n")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / "a.png", "in/a.png")
        archive.write(tmp_path / "notes.md", "in/notes.md")
    return tmp_path


def names(folder, *words):
    found = list(pictures([folder / word if "://" not in word else word for word in words]))
    return [str(Path(name).relative_to(folder)) if "://" not in name else name for name in found]


def test_files_folders_and_patterns(folder):
    assert names(folder, "b.png") == ["b.png"]
    assert names(folder, "") == ["a.png", "b.png", "deep/c.jpg", "deep/er/d.PNG"]
    assert names(folder, "*.png") == ["a.png", "b.png"]
    assert names(folder, "**/*.jpg", "a.png") == ["deep/c.jpg", "a.png"]
    assert names(folder, "gone.png") == ["gone.png"]  # that it cannot be read is seen later


def test_a_list_of_names_is_relative_to_its_folder(folder):
    assert names(folder, "list.txt") == ["b.png", "deep/c.jpg", "deep/er/d.PNG", "a.png", "b.png"]


def test_a_list_of_another_system(folder):
    """Windows marks UTF-8 and ends lines with a carriage return; names of files may have any bytes."""
    (folder / "windows.txt").write_bytes(b"\xef\xbb\xbfb.png\r\nlist.txt\r\n")
    assert names(folder, "windows.txt") == ["b.png", "b.png", "deep/c.jpg", "deep/er/d.PNG", "a.png", "b.png"]
    (folder / "bytes.txt").write_bytes(b"\xff.png\n")
    assert names(folder, "bytes.txt") == [os.fsdecode(b"\xff.png")]


def test_urls(folder):
    assert names(folder, f"file://{folder}/*.png") == [f"file://{folder}/a.png", f"file://{folder}/b.png"]
    for word in ("zip://in/*.png", "zip://in"):
        (found,) = names(folder, f"{word}::{folder}/all.zip")
        assert found == f"zip://in/a.png::{folder}/all.zip"
        assert content_key(found) == content_key(str(folder / "a.png"))
        assert (cfl.read(contents(found)).y == cfl.read(folder / "a.png").y).all()


def test_the_web(folder):
    pytest.importorskip("aiohttp")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        assert names(folder, f"{address}/a.png") == [f"{address}/a.png"]
        assert content_key(f"{address}/a.png") == content_key(str(folder / "a.png"))
        with pytest.raises(CflError, match=r"gone\.png: cannot be read"):
            content_key(f"{address}/gone.png")
        server.shutdown()
    with pytest.raises(CflError, match=r"a\.png: cannot be read: Connection refused"):
        content_key(f"{address}/a.png")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("deep/*.tif", "no file has such a name"),
        ("empty", "it has no pictures"),
        ("empty.txt", "it names no pictures"),
        ("binary.txt", "the list of pictures cannot be read: it is not a text file"),
        ("zip://*.tif::{}/all.zip", "no file has such a name"),
        ("nosuch://x/y.png", "cannot be opened: Protocol not known: nosuch"),
        ("zip://*.png::{}/a.png", "a.png: cannot be opened: File is not a zip file"),
        ("loop.txt", "the list names itself"),
    ],
)
def test_bad_words(folder, word, message):
    (folder / "empty").mkdir()
    (folder / "empty.txt").write_text("# nothing\n")
    (folder / "loop.txt").write_text("back.txt\n")
    (folder / "back.txt").write_text("a.png\nloop.txt\n")
    (folder / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CflError, match=message):
        names(folder, word.format(folder))
