"""Clips of three encoders: every picture is dav1d's, sample by sample.

These are those that cover most and are made quickly; `python -m tests.clip_sweep` takes all of them.
"""

from dataclasses import replace

import numpy as np
import pytest
from av1_clips import CLIPS, KEPT
from av1_oracle import first_difference, temporal_units
from av1_streams import svt_obu
from clip_sweep import difference

from cfl.av1.decoder import Decoder, decode_obus
from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import encode_annexb, encode_obu, iter_obus
from cfl.container import decode

QUICK = {
    "aomenc": (
        "zoom", "realtime 7", "realtime segments", "forward key frames", "error resilient", "switch frames",
        "resize fixed", "resize random", "superres random", "tile groups", "superblocks 128", "no order hint",
        "lossless", "film grain 4", "screen", "422", "444", "mono", "10 bits", "12 bits", "size 17x33",
        "size 8x8", "deltas of quantizer and filter", "preset 2",
    ),
    "SvtAv1EncApp": (
        "preset 5", "zoom", "low delay", "overlays", "film grain", "switch frames", "superres", "resize",
        "10 bits", "screen",
    ),
    "rav1e": ("speed 8", "switch frames", "444"),
}  # fmt: skip
CHOSEN = [clip for clip in CLIPS if clip.name.split(" ", 1)[1] in QUICK[clip.tool]]


def test_the_chosen_clips_are_there():
    assert len(CHOSEN) == sum(map(len, QUICK.values()))


@pytest.mark.parametrize("clip", CHOSEN, ids=[clip.name for clip in CHOSEN])
def test_pictures(clip, tmp_path):
    assert difference(clip.stream(tmp_path)) is None


@pytest.mark.parametrize(
    ("pix_fmt", "params"),
    [("yuv420p", "keyint=9"), ("yuv420p10le", "keyint=9"), ("yuv420p", "keyint=4:film-grain=20"),
     ("yuv420p", "keyint=20:pred-struct=1:tile-columns=1")],
)  # fmt: skip
def test_pictures_of_svt_in_pyav(pix_fmt, params):
    """Without any program of an encoder."""
    stream = svt_obu(width=130, height=98, frames=10, pix_fmt=pix_fmt, params=params)
    assert any(not coded.header.frame_is_intra for coded in read_frames(iter_obus(stream)))
    assert difference(stream) is None


@pytest.mark.parametrize("path", KEPT, ids=[path.stem for path in KEPT])
def test_pictures_of_kept_streams(path):
    stream = path.read_bytes()
    assert difference(stream) is None


def test_an_annexb_file():
    stream = KEPT[0].read_bytes()
    units = [
        [[encode_obu(replace(obu.header, obu_has_size_field=0), obu.payload) for obu in iter_obus(unit)]]
        for unit in temporal_units(stream)
    ]
    assert_same_frames(decode(encode_annexb(units)), decode(stream))


def assert_same_frames(frames, expected):
    for frame, right in zip(frames, expected, strict=True):
        assert first_difference(frame.planes, right.planes) is None


def test_threads_give_the_same_pictures():
    stream = svt_obu(width=160, height=128, frames=6, params="keyint=9:tile-columns=1:tile-rows=1")
    one, two = (list(decode_obus(iter_obus(stream), threads=threads)) for threads in (1, 2))
    for first, second in zip(one, two, strict=True):
        for a, b in zip(first.planes, second.planes, strict=True):
            np.testing.assert_array_equal(a, b)


def test_slots_share_a_frame_and_it_cannot_be_changed():
    stream, decoder = svt_obu(frames=3, params="keyint=9:pred-struct=1"), Decoder()
    pictures = [decoder.decode(coded) for coded in read_frames(iter_obus(stream))]
    kept = {id(slot): slot for slot in decoder._slots}
    assert len(kept) <= 3
    with pytest.raises(ValueError, match="read-only"):
        pictures[0].planes[0][0, 0] = 1
