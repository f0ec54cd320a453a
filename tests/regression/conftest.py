"""Puts this folder on the path, so that its tests can import their oracles (`exact`, `nist_problems`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
