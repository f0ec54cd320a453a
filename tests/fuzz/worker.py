"""A process that decodes mutations one after the other, and says of each how it went, a JSON line each.

python -m fuzz.worker SEED FIRST END      (of `fuzz.campaign`, in the folder tests)
"""

import contextlib
import json
import sys
from unittest.mock import patch

from av1_oracle import OracleError, dav1d_pictures, first_difference, temporal_units

from cfl.av1.headers.coded_frame import read_frames
from cfl.container import read_obu_file
from cfl.container.decoding import decode
from cfl.errors import CflError
from fuzz.campaign import MAX_GROWTH, MAX_PIXELS, peak_memory
from fuzz.corpus import corpus
from fuzz.mutate import mutation

MAX_QINDEX = 60


def outcome_of(file, data, any_end):
    """How it goes with a file: (outcome, message).

    Parameters
    ----------
    file : File
        What was mutated.
    data : bytes
    any_end : bool
        Whether tiles may end as they like. Else nearly every mutation of a tile's data ends in an error, late
        but sure; and nothing could be compared.
    """
    ends = patch("cfl.av1.tile.tiles.trailing_bits_conform", lambda coder: True)
    before = peak_memory()
    frames, error = [], None
    try:
        with ends if any_end else contextlib.nullcontext():
            frames.extend(decode(data, max_pixels=MAX_PIXELS))
    except CflError as caught:
        error = str(caught)
    except BaseException as caught:
        return type(caught).__name__, repr(caught)[:500]
    growth = peak_memory() - before
    if growth > MAX_GROWTH:
        return "memory", f"{growth >> 20} MiB for {len(data)} bytes"
    if error is not None:
        return ("error", error) if "\n" not in error else ("lines", error)
    if any_end and file.is_bare and _is_comparable(data):
        return _compared(frames, data)
    return "frames", ""


def _is_comparable(data):
    """Whether dav1d must agree on whatever we show of a stream: its quantizers are fine, so no sum overflows.

    Nor is it so narrow that superres does not scale: dav1d takes FrameWidth and UpscaledWidth for different
    there, in allow_intrabc and AllLossless; aomdec and we do not.
    """
    for frame in read_frames(read_obu_file(data)):
        header = frame.header
        if max(header.qindex) > MAX_QINDEX or header.delta.delta_q_present:
            return False
        unscaled = header.size.use_superres and header.size.frame_width == header.size.upscaled_width
        if unscaled and (header.allow_screen_content_tools or header.coded_lossless):
            return False
    return True


def _compared(frames, data):
    """What we show, dav1d shows alike, or it refuses the stream: it may, for it is broken."""
    try:
        expected = dav1d_pictures(temporal_units(data))
    except (OracleError, CflError):
        return "frames", "dav1d refuses it"
    if len(expected) != len(frames):
        return "disagreement", f"{len(frames)} frames, not {len(expected)}"
    for frame, picture in zip(frames, expected, strict=True):
        difference = first_difference(frame.planes, picture.planes)
        if difference:
            return "disagreement", difference
    return "compared", ""


def main(seed, first, end):
    files = corpus()
    for file in files:  # compiles what is not yet compiled, which takes memory
        outcome_of(file, file.data, any_end=True)
    for number in range(first, end):
        file, data, kind = mutation(files, seed, number)
        say(outcome="begin", number=number)
        outcome, message = outcome_of(file, data, any_end=number % 3 != 0)
        say(outcome=outcome, number=number, file=file.name, kind=kind, message=message)


def say(**line):
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
