"""Make the man pages of the command line from the commands themselves.

    python -m tools.man_pages man/

A test keeps the pages in `man/` equal to what this makes; they are installed with the package.
"""

import re
import sys
from pathlib import Path
from typing import Any

import typer

from cfl.cli.app import app
from cfl.cli.commands import leaves

_EXIT = (
    ("0", "Done."),
    ("1", "Bad input: one line on standard error."),
    ("2", "Bad usage."),
    ("3", "Some of many files failed."),
    ("130", "Ended by Ctrl-C."),
)


def pages() -> dict[str, str]:
    """The text of each page, by the name of its file."""
    group: Any = typer.main.get_command(app)
    root = group.context_class(group, info_name="cfl")
    made = {"cfl.1": _main_page(group, root)}
    for name, command in leaves(group).items():
        context = command.context_class(command, info_name=name, parent=root)
        page = f"cfl-{name.replace(' ', '-')}"
        made[f"{page}.1"] = _page(page, name, command, context)
    return made


def _main_page(group: Any, context: Any) -> str:
    lines = _head("cfl", group.help, "cfl COMMAND [OPTIONS] ...")
    lines.append(".SH COMMANDS")
    names = {name.replace(" ", "-"): command for name, command in leaves(group).items()}
    for name, command in names.items():
        lines += [".TP", f".BR {_text(f'cfl-{name}')} (1)", _text(_first_line(command.help))]
    lines += _options(group, context)
    return _end(lines, [f"cfl-{name}" for name in names])


def _page(page: str, name: str, command: Any, context: Any) -> str:
    lines = _head(page, command.help, _usage(name, command))
    lines += _options(command, context)
    lines.append(".SH EXAMPLES")
    for example in re.findall(r"\$ (.*)", command.epilog or ""):
        lines += [".PP", ".nf", _text(example), ".fi"]
    return _end(lines, ["cfl"])


def _head(name: str, help_: str, usage: str) -> list[str]:
    paragraphs = help_.split("\n\n")
    lines = [f'.TH {_text(name.upper())} 1 "" "cfl" "User Commands"', ".SH NAME"]
    lines += [f"{_text(name)} \\- {_text(_first_line(help_).rstrip('.'))}", ".SH SYNOPSIS", _text(usage)]
    lines.append(".SH DESCRIPTION")
    for paragraph in paragraphs:
        lines += [".PP", _text(" ".join(paragraph.split()))]
    return lines


def _options(command: Any, context: Any) -> list[str]:
    lines = [".SH OPTIONS"]
    for parameter in command.get_params(context):
        lines += [".TP", f".B {_text(_term(parameter))}", _text(_words(parameter))]
    return lines


def _term(parameter: Any) -> str:
    """Names and value, from what the command itself says: Typer's words differ from version to version."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar)
    names = ", ".join(sorted(parameter.opts, key=len))
    if getattr(parameter, "is_flag", False):
        return names
    return f"{names} {parameter.metavar or str(parameter.name).upper()}"


def _words(parameter: Any) -> str:
    words = " ".join((parameter.help or "").split())
    default = getattr(parameter.default, "value", parameter.default)
    is_said = isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""
    return f"{words} [default: {default}]" if is_said and "[default" not in words else words


def _usage(name: str, command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    places = (str(each.metavar) if each.required else f"[{each.metavar}]" for each in arguments)
    return " ".join(["cfl", name, "[OPTIONS]", *places])


def _end(lines: list[str], others: list[str]) -> str:
    lines.append(".SH EXIT STATUS")
    for status, words in _EXIT:
        lines += [".TP", f".B {status}", words]
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{_text(other)}\\fR(1)" for other in others)]
    return "\n".join(lines) + "\n"


def _first_line(help_: str) -> str:
    return " ".join(help_.split("\n\n", 1)[0].split())


def _text(words: str) -> str:
    """Escaped for roff: backslashes, hyphens that are typed, and what would begin a request."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main() -> None:
    """Write the pages to the folder that is given."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text)


if __name__ == "__main__":
    main()
