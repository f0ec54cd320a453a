"""How commands look in `--help`, and the options that all of them have."""

import functools
import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

HELP_OPTIONS = {"help_option_names": ["-h", "--help"]}
_PURPOSES = {
    "Make files": ("encode", "decode"),
    "Look into files and pictures": ("inspect", "predict"),
    "Compare": ("measure", "compare", "ablate", "lab"),
    "Regression": ("fit",),
    "Set up": ("warm",),
}
_COMMON = {
    "quiet": Annotated[bool, typer.Option("--quiet", help="Print errors only.")],
    "verbose": Annotated[bool, typer.Option("--verbose", help="Print what is done, step by step.")],
    "debug": Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")],
}


class Group(TyperGroup):
    """The commands, listed by what people come for.

    The context and the formatter are Click's, or those of the copy of it that newer versions of Typer have.
    """

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a section for each purpose; what has none comes last."""
        named = [name for names in _PURPOSES.values() for name in names]
        rest = tuple(name for name in self.list_commands(ctx) if name not in named)
        for purpose, names in (*_PURPOSES.items(), ("More", rest)):
            rows = [(name, self._short(ctx, name)) for name in names if name in self.commands]
            if rows:
                with formatter.section(purpose):
                    formatter.write_dl(rows)

    def _short(self, ctx: Any, name: str) -> str:
        command = self.get_command(ctx, name)
        return "" if command is None else command.get_short_help_str(limit=90)


Function = Callable[..., None]


def command(app: typer.Typer, *examples: str) -> Callable[[Function], Function]:
    """Make a function a command with `--quiet`, `--verbose` and `--debug`, whose help ends with examples."""
    words = "\b\nExamples:\n" + "\n".join(f"  $ {example}" for example in examples)

    def add(function: Function) -> Function:
        app.command(function.__name__.rstrip("_"), epilog=words)(_with_common_options(function))
        return function

    return add


def leaves(group: Any) -> dict[str, Any]:
    """The commands of a group and of the groups in it, by their words, such as "lab run"."""
    found: dict[str, Any] = {}
    for name, each in group.commands.items():
        inner = leaves(each) if hasattr(each, "commands") else {"": each}
        found |= {f"{name} {rest}".strip(): leaf for rest, leaf in inner.items()}
    return found


def _with_common_options(function: Function) -> Function:
    @functools.wraps(function)
    def wrapped(*, quiet: bool, verbose: bool, debug: bool, **options: Any) -> None:
        del debug  # `main` looks for it among the words
        if quiet:
            _be_quiet()
        if verbose:
            _be_verbose()
        function(**options)

    signature = inspect.signature(function)
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in _COMMON.items()
    ]
    wrapped.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])  # type: ignore[attr-defined]
    wrapped.__annotations__ = function.__annotations__ | _COMMON
    return wrapped


def _be_quiet() -> None:
    from cfl.cli.output import settings

    settings.quiet = True


def _be_verbose() -> None:
    """Let Python's logging, which the library writes to as "cfl", print on standard error."""
    import logging

    logging.basicConfig(format="cfl: %(message)s", level=logging.WARNING)
    logging.getLogger("cfl").setLevel(logging.DEBUG)
