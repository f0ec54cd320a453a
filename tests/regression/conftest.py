"""Puts this folder on the path, so that its tests can import their oracles (`exact`, `nist_problems`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config):
    """Know the markers of scikit-learn's tests."""
    config.addinivalue_line("markers", "thread_unsafe: not to be run in several threads at once")
