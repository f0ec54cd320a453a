"""The block syntax of inter frames: streams of three encoders, parsed whole and written back byte for byte.

A tile that is parsed wrongly does not end with its trailing bits, and no frame after it can be parsed: each
frame begins with the CDFs, vectors and segments that those before it have left.
"""

import itertools

import numpy as np
import pytest
from av1_video import AOM, RAV1E, SVT, encoded

from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import iter_obus
from cfl.av1.tables.inter_constants import (
    COMPOUND_DIFFWTD,
    COMPOUND_DISTANCE,
    COMPOUND_INTRA,
    COMPOUND_WEDGE,
    LOCALWARP,
    OBMC,
)
from cfl.av1.tile.frame_context import frame_context, saved_frame
from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, encode_tiles

STREAMS = {
    "aomenc compound": ("aomenc", f"{AOM} --cpu-used=1 --lag-in-frames=19 --end-usage=q --cq-level=40", 12),
    "aomenc realtime": ("aomenc", f"{AOM} --rt --lag-in-frames=0", 6),
    "aomenc segments": ("aomenc", f"{AOM} --rt --lag-in-frames=0 --aq-mode=3 --cpu-used=6", 8),
    "aomenc error resilient": ("aomenc", f"{AOM} --error-resilient=1", 5),
    "aomenc resized": ("aomenc", f"{AOM} --resize-mode=1 --resize-denominator=11", 6),
    "aomenc screen": ("aomenc", f"{AOM} --tune-content=screen --cpu-used=4", 6),
    "aomenc tiles": ("aomenc", f"{AOM} --tile-columns=1 --tile-rows=1 --sb-size=64", 5),
    "aomenc lossless": ("aomenc", f"{AOM} --lossless=1", 3),
    "svt random access": ("SvtAv1EncApp", f"{SVT} --preset 6", 12),
    "svt switch frames": ("SvtAv1EncApp", f"{SVT} --sframe-dist 5 --pred-struct 1", 12),
    "rav1e": ("rav1e", RAV1E, 6),
}


def parsed(stream):
    """Parse the frames of a stream; yield each that is coded, its recorder, and the slots before it."""
    slots = [None] * 8
    for coded in read_frames(iter_obus(stream)):
        header = coded.header
        if header.show_existing_frame:
            saved = slots[header.frame_to_show_map_idx]
        else:
            context, recorder = frame_context(coded.sequence, header, slots), BlockRecorder()
            arrays = decode_tiles(coded, None, recorder=recorder, context=context)
            saved = saved_frame(coded.sequence, header, context, arrays)
            yield coded, recorder, list(slots), arrays, context
        for i in range(8):
            if header.refresh_frame_flags >> i & 1:
                slots[i] = saved


@pytest.mark.parametrize(("tool", "options", "count"), STREAMS.values(), ids=STREAMS)
def test_streams_are_parsed_and_written_back(tool, options, count, tmp_path):
    stream, inter_blocks = encoded(tmp_path, tool, options, count), 0
    for coded, recorder, slots, arrays, context in parsed(stream):
        again = frame_context(coded.sequence, coded.header, slots)
        tiles = encode_tiles(coded.sequence, coded.header, recorder.tiles, arrays, context=again)
        for tile, data in zip(coded.tiles, tiles, strict=True):
            assert bytes(tile.data).rstrip(b"\0").startswith(data.rstrip(b"\0"))
        np.testing.assert_array_equal(again.cdfs, context.cdfs)
        inter_blocks += int((recorder.blocks["is_inter"] > 0).sum())
    assert inter_blocks


def test_the_streams_have_every_kind_of_block(tmp_path):
    """Compounds, motion modes and others that the streams are there for."""
    names = ("aomenc compound", "svt random access")
    frames = itertools.chain.from_iterable(parsed(encoded(tmp_path, *STREAMS[name])) for name in names)
    blocks = [recorder.blocks for coded, recorder, *_ in frames if not coded.header.frame_is_intra]
    kinds = {int(kind) for part in blocks for kind in np.unique(part["compound_type"][part["is_inter"] > 0])}
    modes = {int(mode) for part in blocks for mode in np.unique(part["motion_mode"][part["is_inter"] > 0])}
    assert {COMPOUND_WEDGE, COMPOUND_DIFFWTD, COMPOUND_INTRA, COMPOUND_DISTANCE} <= kinds
    assert {OBMC, LOCALWARP} <= modes
    for field in ("skip_mode", "interintra"):
        assert any((part[field] > 0).any() for part in blocks)
