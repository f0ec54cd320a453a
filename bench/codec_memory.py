"""`python -m bench.codec_memory encode|decode|png FILE`: extra bytes at its peak, the result included.

`png` is `cfl decode FILE -o OUT.png`.
"""

import gc
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.memory import forget_peak, peak


def run(arguments: list[str]) -> None:
    """Do it twice, the first time to have all loaded; print how far the resident set grew the second time."""
    work, path = {"encode": _encode, "decode": _decode, "png": _to_png}[arguments[0]], Path(arguments[1])
    given = _frame(path) if arguments[0] == "encode" else path
    work(given)
    gc.collect()
    _give_back()
    forget_peak()
    before = peak()
    result = work(given)
    print(peak() - before, end="")
    del result


def _frame(path: Path) -> Any:
    from cfl.frames import Y4MReader

    with Y4MReader(path) as reader:
        return next(iter(reader))


def _encode(frame: Any) -> Any:
    import cfl

    return cfl.encode_frame(frame, quality=50, speed=10, threads=2)


def _decode(path: Path) -> Any:
    from cfl.container import decode

    return list(decode(path))


def _to_png(path: Path) -> None:
    from cfl.container import decode
    from cfl.frames import write

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "picture.png", decode(path))


def _give_back() -> None:
    """Return freed memory to the system, where the C library can."""
    import ctypes

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


if __name__ == "__main__":
    run(sys.argv[1:])
