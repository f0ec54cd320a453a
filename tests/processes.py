"""Processes of their own that import what the tests do."""

import os
import sys


def environment(**variables):
    """The environment of such a process, with variables added."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | variables
