"""Plain tables of text that never cut a number: where a row is too wide, it goes on in the next line."""

from collections.abc import Sequence

GAP = 2
"""Spaces between columns."""


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None, indent: int = 2
) -> str:
    """Return a table whose first column is names, aligned left, and whose others are numbers, aligned right.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : sequence of sequence of str
        The cells.
    width : int, optional
        Characters in a line. By default there is no limit.
    indent : int, default 2
        Spaces before the lines that continue a row.

    Returns
    -------
    text : str
        Lines without a newline at the end.
    """
    widths = [max(len(line[k]) for line in (header, *rows)) for k in range(len(header))]
    lines = _lines(widths, width, indent)
    return "\n".join(text for cells in (header, *rows) for text in _laid_out(cells, widths, lines, indent))


def facts_table(facts: Sequence[tuple[str, str]]) -> str:
    """Return lines of a label and what it is, the labels in a column."""
    room = max((len(label) for label, _ in facts), default=0) + GAP
    return "\n".join(f"{label.ljust(room)}{text}" for label, text in facts)


def _lines(widths: list[int], width: int | None, indent: int) -> list[list[int]]:
    """Share the columns among the lines of a row, as many as fit in each."""
    lines, used = [[0]], widths[0]
    for k in range(1, len(widths)):
        if width is not None and used + GAP + widths[k] > width and len(lines[-1]) > 0:
            lines.append([])
            used = indent - GAP
        lines[-1].append(k)
        used += GAP + widths[k]
    return lines


def _laid_out(cells: Sequence[str], widths: list[int], lines: list[list[int]], indent: int) -> list[str]:
    texts = []
    for number, columns in enumerate(lines):
        parts = [cells[k].rjust(widths[k]) if k else cells[k].ljust(widths[k]) for k in columns]
        texts.append((" " * (indent if number else 0) + (" " * GAP).join(parts)).rstrip())
    return texts
