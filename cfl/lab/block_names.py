"""How results name the blocks that were asked for: "8", "16x8", "auto", or a file and a hash of it."""

import math
import re


def is_size(block: str) -> bool:
    """Whether all blocks have that size."""
    return re.fullmatch(r"\d+(x\d+)?", block) is not None


def of_file(name: str, key: str) -> str:
    """The blocks of a file."""
    return f"{name} {key}"


def label_of(block: str) -> str:
    """A short name: "8x8", "auto", or the file's."""
    if is_size(block):
        return block if "x" in block else f"{block}x{block}"
    return block.rpartition(" ")[0] or block


def words_of(block: str) -> str:
    """In words, such as "blocks of 8x8"."""
    return "blocks chosen by size (auto)" if block == "auto" else f"blocks of {label_of(block)}"


def order_of(block: str) -> tuple[float, str]:
    """By size; "auto" and files come last."""
    if not is_size(block):
        return math.inf, "" if block == "auto" else block
    width, _, height = block.partition("x")
    return int(width) * int(height or width), block
