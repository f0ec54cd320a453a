"""Puts this folder on the path, so that every test can import the transcribed specification (`spec`)."""

import os
import sys
from pathlib import Path

# A process a core runs already, and BLAS threads of several processes on few cores wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parent.parent))  # for `tools`; an installed cfl comes before it

# A first example may wait for a kernel to compile. In CI the examples are the same on each run.
settings.register_profile(
    "cfl", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("cfl")
