"""Warnings that point at the caller's line."""

import sys
import warnings

PACKAGE = __name__.rpartition(".")[0]


def warn(warning: Warning | str, category: type[Warning] | None = None) -> None:
    """Warn of the line outside this package that called it, however deep the call.

    Parameters
    ----------
    warning : Warning or str
    category : type of Warning, optional
        Where `warning` is text.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, category, stacklevel=level)


def _is_ours(module: str) -> bool:
    return module == PACKAGE or module.startswith(PACKAGE + ".")
