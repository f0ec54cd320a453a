"""`python -m bench NAME [OPTIONS]`: run the benchmark bench/NAME.py."""

import importlib
import sys
from pathlib import Path

HELPERS = {
    "__init__",
    "__main__",
    "timing",
    "pictures",
    "encoders",
    "dav1d",
    "codec_memory",
    "fits",
    "lab_numpy",
}


def main() -> None:
    """Run the benchmark that the first word names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in HELPERS)
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit(f"usage: python -m bench {'|'.join(names)} [OPTIONS]")
    importlib.import_module(f"bench.{sys.argv[1]}").run(sys.argv[2:])


main()
