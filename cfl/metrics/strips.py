"""Pictures in strips of rows, so that what is computed from them stays small."""

from collections.abc import Iterator

STRIP_SAMPLES = 1 << 18


def strips(height: int, width: int) -> Iterator[tuple[int, int]]:
    """Rows (start, stop) of strips of about `STRIP_SAMPLES` samples each, from the top row to the last."""
    rows = max(1, STRIP_SAMPLES // width)
    for start in range(0, height, rows):
        yield start, min(start + rows, height)
