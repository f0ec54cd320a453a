"""Divide pictures into strips of rows, so that temporary arrays stay small."""

from collections.abc import Iterator

STRIP_SAMPLES = 1 << 18


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) rows of strips of about `STRIP_SAMPLES` samples each, from top to bottom."""
    rows = max(1, STRIP_SAMPLES // width)
    for start in range(0, height, rows):
        yield start, min(start + rows, height)
