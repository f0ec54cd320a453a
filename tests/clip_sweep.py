"""Compare every clip of three encoders with dav1d: `python -m tests.clip_sweep [WORD ...]` (minutes).

Only the clips whose name has one of the words are made. The tests decode a few of them only, see
`tests/av1/test_clips.py`.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from av1_clips import CLIPS
from av1_oracle import dav1d_pictures, first_difference, temporal_units
from pytest import skip

from cfl.av1.decoder import decode_obus
from cfl.av1.headers.obu import iter_obus


def difference(stream):
    """Where our pictures differ from dav1d's first, in words; None where they do not."""
    expected, count = dav1d_pictures(temporal_units(stream)), 0
    for count, picture in enumerate(decode_obus(iter_obus(stream)), 1):
        if count > len(expected):
            break
        found = first_difference(picture.planes, expected[count - 1].planes)
        if found:
            return f"picture {count - 1}, {found}"
    return None if count == len(expected) else f"{count} pictures, not {len(expected)}"


def main(words):
    """Print a line for each clip; the exit status says whether all are the same."""
    wrong = 0
    for clip in CLIPS:
        if words and not any(word in clip.name for word in words):
            continue
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            try:
                stream = clip.stream(Path(folder))
            except (skip.Exception, AssertionError) as error:
                print(f"{clip.name}: not made: {str(error).strip()[-100:]}", flush=True)
                continue
        made = time.perf_counter()
        found = difference(stream)
        wrong += found is not None
        seconds = f"{made - start:.1f} s to encode, {time.perf_counter() - made:.1f} s to compare"
        print(f"{clip.name}: {found or 'the same'}; {len(stream)} bytes, {seconds}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
