"""Directives whose content is made from the code when the site is built, so that it cannot drift from it.

`commands`
    Every command of the command line, from the Typer application itself.
`block-fields`
    The columns of `Inspection.blocks`.
`names-of-numbers`
    The modes, partitions and transforms that those columns hold as numbers.
`speeds`
    What the encoder does at each speed.
"""

import math
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

import typer
from docutils import nodes
from docutils.nodes import make_id
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Commands(SphinxDirective):
    """A section for each command: its help, its usage, its arguments and options."""

    def run(self) -> list[nodes.Node]:
        from cfl.cli.app import app
        from cfl.cli.commands import leaves

        group = typer.main.get_command(app)
        root = typer.Context(group, info_name="cfl")
        return [
            _section(command, typer.Context(command, info_name=name, parent=root))
            for name, command in leaves(group).items()
        ]


def _section(command, context) -> nodes.section:
    name = context.command_path
    section = nodes.section(ids=[make_id(name)], names=[nodes.fully_normalize_name(name)])
    section += nodes.title("", name)
    section += [nodes.paragraph("", paragraph) for paragraph in command.help.split("\n\n")]
    usage = _plain(" ".join([name, *command.collect_usage_pieces(context)]))
    section += nodes.literal_block(usage, usage, language="text")
    records = [parameter.get_help_record(context) for parameter in command.get_params(context)]
    section += _definitions(record for record in records if record is not None)
    examples = "\n".join(re.findall(r"\$ .*", command.epilog or ""))
    section += nodes.literal_block(examples, examples, language="console")
    return section


def _definitions(records: Iterable[tuple[str, str]]) -> nodes.definition_list:
    result = nodes.definition_list(classes=["options"])
    for term, text in records:
        item = nodes.definition_list_item()
        item += nodes.term("", "", nodes.literal("", _plain(term)))
        item += nodes.definition("", nodes.paragraph("", _without_range(text)))
        result += item
    return result


def _plain(usage: str) -> str:
    """Without the braces that Click puts around the names of arguments, and with one ellipsis, not two."""
    return re.sub(r"\{([A-Z]+)(\.\.\.)?\}", r"\1", usage)


def _without_range(text: str) -> str:
    """Without the range that Click adds, such as "0<=x<=100", which the option's name has too.

    A lower bound alone is put in words.
    """
    text = re.sub(r"\s*\[\d+<=x<=\d+\]|; \d+<=x<=\d+", "", text)
    return re.sub(r"x>=(\d+)", r"at least \1", text)


class BlockFields(SphinxDirective):
    """A table of the columns of `Inspection.blocks`."""

    def run(self) -> list[nodes.Node]:
        from cfl.inspection import BLOCK_FIELDS

        return [_table(("column", "meaning"), BLOCK_FIELDS.items())]


class NamesOfNumbers(SphinxDirective):
    """A table of the enumerations of `cfl.inspection`: a row for each number."""

    def run(self) -> list[nodes.Node]:
        from cfl.inspection import names

        kinds = [getattr(names, name) for name in names.__all__]
        columns = [{member.value: member.name for member in kind} for kind in kinds]
        numbers = range(1 + max(map(max, columns)))
        rows = [(str(number), *(column.get(number, "") for column in columns)) for number in numbers]
        return [_table(("", *names.__all__), rows, "names")]


class Speeds(SphinxDirective):
    """A table for each group of settings: what each of them means, and its values at speeds 0 to 10."""

    def run(self) -> list[nodes.Node]:
        from cfl.av1.speeds import speed_table

        result: list[nodes.Node] = []
        for group, rows in groupby(speed_table(), lambda row: row.group):
            result.append(nodes.rubric("", _GROUPS[group]))
            cells = [(row.name, row.meaning, _by_speed(row.values)) for row in rows]
            result.append(_table(("setting", "meaning", "speeds: value"), cells, "speeds"))
        return result


class Tunes(SphinxDirective):
    """A table of the settings by aim: what each of them means, and its values."""

    def run(self) -> list[nodes.Node]:
        from cfl.av1.tunes import TUNES, tune_table

        cells = [
            (row.name, row.meaning, *(_shown(row.values[tune]) for tune in TUNES)) for row in tune_table()
        ]
        return [_table(("setting", "meaning", *TUNES), cells, "speeds")]


_GROUPS = {
    "blocks": "Partition, modes and transforms",
    "filters": "In-loop filters together",
    "deblock": "Deblocking",
    "cdef": "CDEF",
    "restoration": "Loop restoration",
    "": "Pictures of screens",
}
_NO_LIMIT = 1 << 40


def _by_speed(values: tuple[Any, ...]) -> str:
    """Such as "0–2: 8; 3–10: 4"."""
    parts = []
    for value, run in groupby(enumerate(values), lambda item: item[1]):
        speeds = [speed for speed, _ in run]
        first, last = speeds[0], speeds[-1]
        parts.append(f"{first}: {_shown(value)}" if first == last else f"{first}–{last}: {_shown(value)}")
    return "; ".join(parts)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        are_whole = all(isinstance(each, int) for each in value)
        if len(value) > 4 and are_whole and value == tuple(range(value[0], value[-1] + 1)):
            return f"{value[0]}…{value[-1]}"
        return "(" + ", ".join(map(_shown, value)) + ")" if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (math.inf, _NO_LIMIT):
        return "∞"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]], *classes: str) -> nodes.table:
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(nodes.Text(text) for text in head))
    group += nodes.tbody("", *(_row(_cells(row)) for row in rows))
    return nodes.table("", group, classes=["colwidths-auto", *classes])


def _cells(row: tuple[str, ...]) -> Iterator[nodes.Node]:
    yield nodes.literal("", row[0])
    yield from map(nodes.Text, row[1:])


def _row(cells: Iterable[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("commands", Commands)
    app.add_directive("block-fields", BlockFields)
    app.add_directive("names-of-numbers", NamesOfNumbers)
    app.add_directive("speeds", Speeds)
    app.add_directive("tunes", Tunes)
    return {"parallel_read_safe": True}
