"""From OBUs to pictures: what is shown, in which order and of which layer, against libdav1d; and limits."""

import tracemalloc

import numpy as np
import pytest
from av1_oracle import dav1d_pictures, temporal_units
from av1_rewriting import Rewriting
from av1_streams import DELIMITER, svt_obu

from cfl.av1.decoder import Decoder, Timings, decode_obus
from cfl.av1.headers.bits import BitWriter
from cfl.av1.headers.coded_frame import read_frames, sequence_header_payload
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import OBU_FRAME, OBU_SEQUENCE_HEADER, ObuHeader, encode_obu, iter_obus
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import INTRA_ONLY_FRAME, KEY_FRAME
from cfl.errors import BitstreamError, FrameError

ALL = 255


@pytest.fixture(scope="module")
def key_frames():
    return svt_obu(frames=3)


@pytest.fixture(scope="module")
def grainy_frames():
    return svt_obu(frames=2, params="keyint=1:film-grain=30")


def pictures(stream, **options):
    return list(decode_obus(iter_obus(stream), **options))


def assert_as_dav1d(stream, count, operating_point=0):
    ours = pictures(stream, operating_point=operating_point)
    theirs = dav1d_pictures(temporal_units(stream), operating_point)
    assert len(ours) == len(theirs) == count
    for picture, reference in zip(ours, theirs, strict=True):
        for plane, expected in zip(picture.planes, reference.planes, strict=True):
            np.testing.assert_array_equal(plane, expected)
    return ours


def differ(first, second):
    return any(not np.array_equal(a, b) for a, b in zip(first.planes, second.planes, strict=True))


def test_key_frames(key_frames):
    assert_as_dav1d(key_frames, 3)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
def test_threads_give_the_same(pix_fmt):
    stream = svt_obu(width=260, height=200, frames=1, pix_fmt=pix_fmt, params="keyint=1:tile-columns=1")
    (one,), (three,) = pictures(stream), pictures(stream, threads=3)
    assert not differ(one, three)
    assert_as_dav1d(stream, 1)


def test_hidden_key_frame_shown_later(key_frames):
    made = Rewriting(key_frames)
    made.unit(made.frame(0))
    made.unit(made.hidden(1), made.existing())
    made.unit(made.frame(2))
    assert_as_dav1d(made.stream(), 3)


def test_hidden_key_frames_out_of_order(key_frames):
    """Two wait in their slots; to show the second, a key frame, replaces every slot."""
    made = Rewriting(key_frames)
    made.unit(made.frame(0))
    made.unit(made.hidden(1), made.hidden(2, refresh_frame_flags=6), made.existing(2))
    shown = assert_as_dav1d(made.stream(), 2)
    assert not differ(shown[1], pictures(key_frames)[2])
    with pytest.raises(BitstreamError, match="cannot be shown"):
        made.existing(0)


def test_intra_only_frames_shown_again(key_frames):
    made = Rewriting(key_frames)
    made.unit(made.frame(0))
    made.unit(made.frame(1, frame_type=INTRA_ONLY_FRAME, refresh_frame_flags=8))
    made.unit(made.hidden(2, frame_type=INTRA_ONLY_FRAME), made.existing(3))
    made.unit(made.existing(0))
    made.unit(made.existing(3))
    shown = assert_as_dav1d(made.stream(), 5)
    assert not differ(shown[1], shown[2])
    assert not differ(shown[1], shown[4])
    assert differ(shown[1], shown[3])


def test_film_grain(grainy_frames):
    """Grain is for showing only: the frame that is kept stays without, and gets its own when it is shown."""
    shown = assert_as_dav1d(grainy_frames, 2)
    assert shown[0].header.film_grain.apply_grain
    made = Rewriting(grainy_frames)
    intra = {"frame_type": INTRA_ONLY_FRAME, "refresh_frame_flags": 2}
    made.unit(made.frame(0))
    made.unit(made.frame(1, **intra))
    made.unit(made.existing(1))
    made.unit(made.hidden(0), made.existing(0))
    assert_as_dav1d(made.stream(), 4)


def test_a_key_frame_lets_go_of_all_pictures_before_it(key_frames):
    made = Rewriting(key_frames)
    made.unit(made.frame(0))
    made.unit(made.hidden(1), made.existing())
    decoder = Decoder()
    kept = []
    for coded in read_frames(iter_obus(made.stream())):
        decoder.decode(coded)
        kept.append(len({id(slot) for slot in decoder._slots if slot is not None}))
    assert kept == [1, 2, 1]


# --- Layers


def layered(stream, *, top=True):
    made = Rewriting(stream)
    made.layers(0x301, 0x101)
    for unit in range(2):
        frames = [made.frame(unit, spatial_id=0)]
        if top or unit == 0:
            frames.append(made.frame(2, spatial_id=1, frame_type=INTRA_ONLY_FRAME, refresh_frame_flags=2))
        made.unit(*frames)
    return made.stream()


def test_the_highest_layer_of_each_temporal_unit(key_frames):
    plain = pictures(key_frames)
    shown = assert_as_dav1d(layered(key_frames), 2)
    assert [picture.spatial_id for picture in shown] == [1, 1]
    assert not differ(shown[0], plain[2])


def test_operating_point_without_the_upper_layer(key_frames):
    plain = pictures(key_frames)
    shown = assert_as_dav1d(layered(key_frames), 2, operating_point=1)
    assert [picture.spatial_id for picture in shown] == [0, 0]
    assert not differ(shown[1], plain[1])


def test_a_temporal_unit_without_its_top_layer(key_frames):
    shown = assert_as_dav1d(layered(key_frames, top=False), 2)
    assert [picture.spatial_id for picture in shown] == [1, 0]


def test_selected_layer(key_frames):
    stream = layered(key_frames)
    assert [picture.spatial_id for picture in pictures(stream, layer=0)] == [0, 0]
    assert pictures(stream, layer=2) == []


def test_unknown_operating_point(key_frames):
    with pytest.raises(BitstreamError, match="no operating point 3"):
        pictures(key_frames, operating_point=3)


# --- What is refused


def test_pixel_limit(key_frames):
    assert len(pictures(key_frames, max_pixels=96 * 64)) == 3
    with pytest.raises(FrameError, match=r"96x64 is 6144 pixels; the limit \(max_pixels\) is 6143"):
        pictures(key_frames, max_pixels=6143)


def huge(tile_bytes):
    """A stream that claims a picture of 65536x65536 in a few bytes."""
    sequence = SequenceHeader(still_picture=1, reduced_still_picture_header=1)
    sequence.max_frame_width_minus_1 = sequence.max_frame_height_minus_1 = 65535
    sequence_header_obu(BitWriter(), sequence)
    io = BitWriter()
    header = FrameHeader(frame_type=KEY_FRAME, refresh_frame_flags=ALL)
    header.quantization.base_q_idx = 1
    uncompressed_header(io, header, sequence, ReferenceState())
    io.byte_alignment()
    start = encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), sequence_header_payload(sequence))
    return DELIMITER + start + encode_obu(ObuHeader(OBU_FRAME), io.getvalue() + tile_bytes)


@pytest.mark.parametrize(
    ("tiles", "limit", "error"),
    [(512, 10**9, FrameError), (511, None, BitstreamError)],
    ids=["too large", "incomplete"],
)
def test_huge_frame_in_a_tiny_file(tiles, limit, error):
    """Refused for its size, or for want of a tile, and in either case before memory is taken for it."""
    stream = huge(b"\0" + (tiles - 1) * bytes(5) + bytes(1))  # each of one byte, after its size
    if error is FrameError:
        (frame,) = read_frames(iter_obus(stream))
        assert len(frame.tiles) == 512
    tracemalloc.start()
    try:
        with pytest.raises(error):
            pictures(stream, max_pixels=limit)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


def test_timings(grainy_frames):
    timings = Timings()
    pictures(grainy_frames, timings=timings)
    assert set(timings.seconds) == {"tiles", "filters", "film grain"}
    assert all(seconds > 0 for seconds in timings.seconds.values())
