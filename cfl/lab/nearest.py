"""The nearest of some names, for messages about unknown ones."""

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """What a message says after an unknown name: the one that was meant perhaps, or all there are."""
    names = list(names)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; is {near[0]!r} meant?" if near else f"; there are {', '.join(names)}"
