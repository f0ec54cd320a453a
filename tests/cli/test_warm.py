"""`cfl warm` leaves nothing to compile."""

import subprocess
import sys
from pathlib import Path

from processes import environment


def test_nothing_is_left_to_compile(tmp_path):
    script = Path(__file__).with_name("kernels_after_warm.py")
    done = subprocess.run(
        [sys.executable, script, tmp_path],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    assert done.stdout == ""
