"""What the encoder does at which speed."""

from collections.abc import Mapping
from typing import TypeVar

Entry = TypeVar("Entry")


def at_speed(table: Mapping[int, Entry], speed: int) -> Entry:
    """Return the entry for a speed from a table by the first speed that has each."""
    return table[max(first for first in table if first <= speed)]
