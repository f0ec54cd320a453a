"""Print the README for PyPI, where relative links lead nowhere.

python docs/absolute_links.py https://example.org/cfl/raw/v0.1.0
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def absolute(text: str, base: str) -> str:
    """Put each relative link of a Markdown text, pictures included, under an address."""
    return re.sub(r"\]\((?!https?:|#)([^)\s]+)\)", rf"]({base.rstrip('/')}/\1)", text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/absolute_links.py URL")
    sys.stdout.write(absolute(README.read_text(), sys.argv[1]))
