"""Small pieces of HTML for notebooks: tables and pictures. All text becomes text, never markup."""

import base64
from collections.abc import Sequence
from html import escape


def facts(title: str, rows: Sequence[tuple[str, str]]) -> str:
    """A table of names and what they are.

    Examples
    --------
    >>> from cfl.markup import facts
    >>> facts("a < b", [("bytes", "3")])
    '<table><caption>a &lt; b</caption><tr><th>bytes</th><td>3</td></tr></table>'
    """
    cells = "".join(f"<tr><th>{_text(name)}</th><td>{_text(words)}</td></tr>" for name, words in rows)
    return f"<table><caption>{_text(title)}</caption>{cells}</table>"


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of which the first column is names.

    Examples
    --------
    >>> from cfl.markup import table
    >>> table("t", ["", "dB"], [["U", "3"]])
    '<table><caption>t</caption><tr><th></th><th>dB</th></tr><tr><th>U</th><td>3</td></tr></table>'
    """
    head = "".join(f"<th>{_text(name)}</th>" for name in header)
    body = "".join(
        f"<tr><th>{_text(row[0])}</th>{''.join(f'<td>{_text(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><caption>{_text(title)}</caption><tr>{head}</tr>{body}</table>"


def picture(png: bytes, words: str) -> str:
    """A picture that is part of the markup."""
    data = base64.b64encode(png).decode()
    return f'<img alt="{_text(words)}" src="data:image/png;base64,{data}">'


def _text(words: str) -> str:
    return escape(words.encode(errors="backslashreplace").decode())
