"""The time of whole processes that encode a picture once: `python -m bench.encoders NAME PICTURE SETTING`."""

import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.timing import module_seconds
from cfl.lab.encoders import Libaom, Picture, Program, by_name, load


def process_seconds(name: str, path: Path, setting: int) -> float:
    """Seconds of a whole process that reads the picture and encodes it once with the encoder of that name."""
    from cfl.frames import write

    encoder, picture = by_name(name), load(path)
    if isinstance(encoder, Program):
        return encoder.encode(picture, setting)[1]
    with tempfile.TemporaryDirectory() as folder:
        source = path
        if not isinstance(encoder, Libaom):
            source = Path(folder) / "source.y4m"
            write(source, picture.frame)
        return module_seconds("bench.encoders", name, source, setting)


def _once(name: str, path: str, setting: str) -> None:
    """Encode a picture, of a Y4M file or for libaom of any that Pillow reads."""
    from PIL import Image

    from cfl.frames import Y4MReader

    encoder, source = by_name(name), Path(path)
    rgb: Any = None
    frame: Any = None
    if isinstance(encoder, Libaom):
        rgb = Image.open(source).convert("RGB")
    else:
        with Y4MReader(source) as reader:
            frame = next(iter(reader))
    encoder.encode(Picture(rgb, frame), int(setting))


if __name__ == "__main__":
    _once(*sys.argv[1:])
