"""The walk writes what it reads: tiles of other encoders come back byte for byte.

All but what the standard leaves free: zeros behind a tile's trailing bits.
"""

import numpy as np
import pytest
from av1_cases import AOMENC, PILLOW, RAV1E, SVT, SVT_APP
from av1_corpus import coded_frames

from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, encode_tiles, frame_buffers

CASES = PILLOW[::2] + SVT[::2] + AOMENC[::4] + SVT_APP[::4] + RAV1E[::4]


def read(coded):
    planes, recorder = frame_buffers(coded), BlockRecorder()
    arrays = decode_tiles(coded, planes, recorder=recorder)
    return planes, recorder, arrays


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_tiles_come_back(case):
    for coded in coded_frames(case):
        if coded.header.show_existing_frame:
            continue
        planes, recorder, arrays = read(coded)
        blocks = recorder.blocks.copy()
        again = frame_buffers(coded)
        written = encode_tiles(coded.sequence, coded.header, recorder.tiles, arrays, again)
        for tile, data in zip(coded.tiles, written, strict=True):
            assert bytes(tile.data).rstrip(b"\0") == data.rstrip(b"\0")
        for plane, right in zip(again, planes, strict=True):
            assert np.array_equal(plane, right)
        for name in set(blocks.dtype.names) - {"bits_modes", "bits_cfl_alpha", "bits_luma", "bits_chroma"}:
            assert np.array_equal(recorder.blocks[name], blocks[name]), name
