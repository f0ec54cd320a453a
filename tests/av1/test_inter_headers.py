"""Headers of inter frames against FFmpeg's parser: streams of three encoders, and random headers."""

import itertools

import av
import numpy as np
import pytest
from av1_headers import assert_random_headers_traced, assert_traced, copied, random_stream, rewrite
from av1_streams import svt_obu
from av1_video import AOM, RAV1E, SVT, encoded
from spec import header_spec as spec

from cfl.av1.headers.bits import BitReader, BitWriter
from cfl.av1.headers.coded_frame import (
    FrameReader,
    frame_header_payload,
    frame_payload,
    read_frames,
    sequence_header_payload,
)
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import OBU_FRAME, OBU_SEQUENCE_HEADER, ObuHeader, encode_obu, iter_obus
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.av1.headers.tile_group import Tile
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import INTER_FRAME, INTRA_ONLY_FRAME, KEY_FRAME, SWITCH_FRAME
from cfl.errors import BitstreamError


def count(frames, condition):
    return sum(bool(condition(frame.header)) for frame in frames)


def is_inter(header):
    return header.frame_type == INTER_FRAME and not header.show_existing_frame


def shows_existing(header):
    return header.show_existing_frame


def has_global_motion(header):
    return any(header.global_motion.gm_type)


def inherits(header):
    return is_inter(header) and header.primary_ref_frame != 7


STREAMS = {
    "aomenc lag": ("aomenc", f"{AOM} --lag-in-frames=19 --cpu-used=6", 20, [shows_existing, inherits]),
    "aomenc global motion": ("aomenc", f"{AOM} --cpu-used=2", 8, [has_global_motion]),
    "aomenc skip mode": (
        "aomenc",
        f"{AOM} --lag-in-frames=19 --cpu-used=6",
        20,
        [lambda h: h.skip_mode_present, lambda h: any(h.ref_frame_sign_bias)],
    ),
    "aomenc realtime": ("aomenc", f"{AOM} --rt --lag-in-frames=0 --aq-mode=3", 8, [inherits]),
    "aomenc segments": (
        "aomenc",
        f"{AOM} --rt --lag-in-frames=0 --aq-mode=3 --cpu-used=6",
        8,
        [lambda h: h.segmentation.segmentation_enabled and is_inter(h)],
    ),
    "aomenc error resilient": (
        "aomenc",
        f"{AOM} --error-resilient=1",
        6,
        [lambda h: is_inter(h) and h.error_resilient_mode, lambda h: any(h.delta_frame_id_minus_1)],
    ),
    "aomenc resized": (
        "aomenc",
        f"{AOM} --resize-mode=1 --resize-denominator=11",
        8,
        [lambda h: any(h.found_ref)],
    ),
    "aomenc superres": (
        "aomenc",
        f"{AOM} --superres-mode=1 --superres-denominator=11",
        6,
        [lambda h: is_inter(h) and h.size.use_superres],
    ),
    "aomenc grain": (
        "aomenc",
        f"{AOM} --film-grain-test=4",
        6,
        [lambda h: is_inter(h) and h.film_grain.apply_grain],
    ),
    "aomenc forward key frames": (
        "aomenc",
        f"{AOM} --enable-fwd-kf=1 --kf-max-dist=6 --lag-in-frames=10",
        14,
        [shows_existing],
    ),
    "aomenc without order hints": ("aomenc", f"{AOM} --enable-order-hint=0", 5, [is_inter]),
    "aomenc timing": ("aomenc", f"{AOM} --timing-info=model", 5, [is_inter]),
    "svt random access": ("SvtAv1EncApp", SVT, 12, [shows_existing, inherits]),
    "svt forward intra": (
        "SvtAv1EncApp",
        f"{SVT} --keyint 6 --irefresh-type 1",
        12,
        [lambda h: h.frame_type == INTRA_ONLY_FRAME],
    ),
    "svt switch frames": (
        "SvtAv1EncApp",
        f"{SVT} --sframe-dist 5 --pred-struct 1",
        20,
        [lambda h: h.frame_type == SWITCH_FRAME],
    ),
    "svt grain": (
        "SvtAv1EncApp",
        f"{SVT} --film-grain 20",
        6,
        [lambda h: is_inter(h) and h.film_grain.apply_grain],
    ),
    "rav1e": ("rav1e", f"{RAV1E}", 8, [shows_existing, inherits]),
    "rav1e switch frames": (
        "rav1e",
        f"{RAV1E} --switch-frame-interval 5 --low-latency",
        20,
        [lambda h: h.frame_type == SWITCH_FRAME],
    ),
}


@pytest.mark.parametrize(("tool", "options", "pictures", "shows"), STREAMS.values(), ids=STREAMS)
def test_streams_of_programs(tool, options, pictures, shows, tmp_path):
    stream = encoded(tmp_path, tool, options, pictures)
    frames = assert_traced(stream)
    for condition in shows:
        assert count(frames, condition), "the stream lost its point"
    assert_derived(frames)
    assert rewrite(iter_obus(stream)) == stream


@pytest.mark.parametrize(
    "params", ["keyint=-1:pred-struct=1", "keyint=9:film-grain=30", "keyint=-1:enable-qm=1"]
)
def test_svt_of_pyav(params):
    stream = svt_obu(frames=10, params=params)
    frames = assert_traced(stream)
    assert count(frames, is_inter)
    assert_derived(frames)
    assert rewrite(iter_obus(stream)) == stream


def assert_derived(frames):
    """What the standard derives from order hints, and what a frame takes from its primary reference."""
    slots, hints = [None] * 8, [0] * 8
    for frame in frames:
        header = frame.header
        if not header.frame_is_intra and not header.show_existing_frame:
            assert_derived_of(header, frame.sequence, slots, hints)
        kept = slots[header.frame_to_show_map_idx] if header.show_existing_frame else header
        for i in range(8):
            if header.refresh_frame_flags >> i & 1:
                slots[i], hints[i] = kept, kept.order_hint


def assert_derived_of(header, sequence, slots, hints):
    bits = sequence.order_hint_bits
    if header.frame_refs_short_signaling:
        assert header.ref_frame_idx == spec.set_frame_refs(
            hints, header.order_hint, bits, header.last_frame_idx, header.gold_frame_idx
        )
    ref_hints = [hints[idx] for idx in header.ref_frame_idx]
    assert header.order_hints[1:] == ref_hints
    biases = [spec.get_relative_dist(hint, header.order_hint, bits) > 0 for hint in ref_hints]
    assert header.ref_frame_sign_bias[1:] == biases
    skip = (
        spec.skip_mode_frame(ref_hints, header.order_hint, bits) if header.reference_select and bits else None
    )
    assert header.skip_mode_frame == (skip or [0, 0])
    if header.primary_ref_frame != 7:
        previous = slots[header.ref_frame_idx[header.primary_ref_frame]]
        assert_inherited(header, previous)


def assert_inherited(header, previous):
    """load_previous: deltas and features that are not coded are those of the primary reference."""
    ours, theirs = header.loop_filter, previous.loop_filter
    if not header.coded_lossless:
        for i in range(8):
            if not ours.update_ref_delta[i]:
                assert ours.loop_filter_ref_deltas[i] == theirs.loop_filter_ref_deltas[i]
        for i in range(2):
            if not ours.update_mode_delta[i]:
                assert ours.loop_filter_mode_deltas[i] == theirs.loop_filter_mode_deltas[i]
    segments = header.segmentation
    if segments.segmentation_enabled and not segments.segmentation_update_data:
        assert segments.feature_enabled == previous.segmentation.feature_enabled
        assert segments.feature_data == previous.segmentation.feature_data


# --- Random headers


@pytest.mark.parametrize("seed", range(1000, 1040))
def test_random_headers_as_ffmpeg_reads_them(seed):
    assert_random_headers_traced(seed, length=8, video=True)


def test_random_headers_have_everything():
    """The random headers of the tests here reach every branch of the syntax of inter frames."""
    headers = [
        (sequence, frame.header)
        for seed in range(2000, 2300)
        for sequence, coded in [random_stream(seed, 8, video=True)]
        for frame in coded
        if not frame.header.show_existing_frame
    ]
    inter = [header for _, header in headers if not header.frame_is_intra]
    assert {header.frame_type for _, header in headers} == {0, 1, 2, 3}
    assert {kind for header in inter for kind in header.global_motion.gm_type} == {0, 1, 2, 3}
    for reached in (
        lambda h: h.frame_refs_short_signaling, lambda h: any(h.found_ref), lambda h: h.skip_mode_present,
        lambda h: h.primary_ref_frame != 7, lambda h: not h.film_grain.update_grain,
        lambda h: any(h.delta_frame_id_minus_1), lambda h: h.use_ref_frame_mvs,
        lambda h: h.allow_warped_motion, lambda h: h.segmentation.segmentation_temporal_update,
        lambda h: any(h.ref_order_hint), lambda h: h.error_resilient_mode,
        lambda h: h.segmentation.segmentation_enabled and not h.segmentation.segmentation_update_data,
    ):  # fmt: skip
        assert sum(bool(reached(header)) for header in inter) > 1


@pytest.mark.parametrize("seed", range(2000, 2100))
def test_random_headers_read_and_written_back(seed):
    sequence, coded = random_stream(seed, 8, video=True)
    for frame in coded:
        header, io = FrameHeader(), BitReader(frame.data)
        uncompressed_header(io, header, sequence, copied(frame.references))
        assert header == frame.header
        assert io.position == frame.bits
        writer = BitWriter()
        uncompressed_header(writer, header, sequence, copied(frame.references))
        assert (writer.position, writer.getvalue()) == (frame.bits, frame.data)
        if not header.frame_is_intra and not header.show_existing_frame:
            assert_derived_of(header, sequence, frame.references.frames, frame.references.order_hints)


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_short_signaling_of_random_hints(bits):
    """Against the standard's pseudo-code: hints that repeat, and no frame on one side."""
    rng = np.random.default_rng(bits)
    sequence = video(enable_order_hint=1, order_hint_bits_minus_1=bits - 1)
    for _ in range(200):
        references = filled(sequence)
        references.order_hints = rng.integers(0, 1 << bits, 8).tolist()
        order_hint = int(rng.integers(0, 1 << bits))
        last, gold = (int(i) for i in rng.integers(0, 8, 2))
        header = FrameHeader(
            frame_type=INTER_FRAME, frame_refs_short_signaling=1, order_hint=order_hint,
            last_frame_idx=last, gold_frame_idx=gold,
        )  # fmt: skip
        ahead = [
            spec.get_relative_dist(references.order_hints[i], order_hint, bits) >= 0 for i in (last, gold)
        ]
        if any(ahead):
            with pytest.raises(BitstreamError, match="is not before this one"):
                uncompressed_header(BitWriter(), header, sequence, references)
        else:
            uncompressed_header(BitWriter(), header, sequence, references)
            assert header.ref_frame_idx == spec.set_frame_refs(
                references.order_hints, order_hint, bits, last, gold
            )


# --- What the standard forbids


def video(**values):
    sequence = SequenceHeader(max_frame_width_minus_1=99, max_frame_height_minus_1=49, **values)
    sequence_header_obu(BitWriter(), sequence)
    return sequence


def filled(sequence):
    """References after a key frame."""
    references, key = ReferenceState(), FrameHeader()
    uncompressed_header(BitWriter(), key, sequence, references)
    references.update(key)
    return references


def write_inter(sequence, references, **values):
    header = FrameHeader(frame_type=INTER_FRAME, **values)
    uncompressed_header(BitWriter(), header, sequence, references)
    return header


def test_a_reference_that_is_not_there():
    with pytest.raises(BitstreamError, match=r"ref_frame_idx\[0\]: slot 0 holds no frame"):
        write_inter(video(), ReferenceState())


def test_a_frame_id_that_is_not_expected():
    sequence = video(frame_id_numbers_present_flag=1, delta_frame_id_length_minus_2=1)
    references = filled(sequence)
    header = FrameHeader(frame_type=INTER_FRAME, current_frame_id=5)
    io = BitWriter()
    uncompressed_header(io, header, sequence, references)
    assert header.delta_frame_id_minus_1 == [4] * 7
    references.frames[0].current_frame_id = 1
    with pytest.raises(BitstreamError, match=r"delta_frame_id_minus_1\[0\] is 4, not 3"):
        uncompressed_header(BitReader(io.getvalue()), FrameHeader(), sequence, references)


@pytest.mark.parametrize(("width", "fits"), [(49, False), (50, True), (100, True)])
def test_references_of_other_sizes(width, fits):
    sequence, header = video(), FrameHeader(frame_type=INTER_FRAME, frame_size_override_flag=1)
    header.size.upscaled_width, header.size.frame_height = width, 50
    references = filled(sequence)
    if fits:
        uncompressed_header(BitWriter(), header, sequence, references)
    else:
        with pytest.raises(BitstreamError, match="a frame of 49x50 cannot be predicted from one of 100x50"):
            uncompressed_header(BitWriter(), header, sequence, references)


def test_grain_of_a_slot_that_is_not_a_reference():
    sequence = video(film_grain_params_present=1)
    header = FrameHeader(frame_type=INTER_FRAME)
    header.film_grain.apply_grain, header.film_grain.update_grain = 1, 0
    header.film_grain.film_grain_params_ref_idx = 3
    with pytest.raises(BitstreamError, match="slot 3 is not a reference"):
        uncompressed_header(BitWriter(), header, sequence, filled(sequence))


def test_grain_of_a_reference():
    sequence = video(film_grain_params_present=1)
    references = filled(sequence)
    references.frames[0].film_grain.point_y = [(3, 4)]
    header = FrameHeader(frame_type=INTER_FRAME)
    header.film_grain.apply_grain, header.film_grain.update_grain, header.film_grain.grain_seed = 1, 0, 77
    uncompressed_header(BitWriter(), header, sequence, references)
    assert header.film_grain.point_y == [(3, 4)]
    assert header.film_grain.grain_seed == 77


# --- Sequence headers between frames


def stream_of(sequences):
    """A key frame, then an inter frame that needs it, each after a sequence header."""
    references, stream, tiles = ReferenceState(), b"", [Tile(memoryview(b"\x80"))]
    for sequence, frame_type in zip(sequences, (KEY_FRAME, INTER_FRAME), strict=True):
        header = FrameHeader(frame_type=frame_type)
        payload = frame_payload(header, sequence, references, tiles)
        references.update(header)
        stream += encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), sequence_header_payload(sequence))
        stream += encode_obu(ObuHeader(OBU_FRAME), payload)
    return stream


def test_operating_parameters_may_change():
    def sequence(**parameters):
        result = video(timing_info_present_flag=1, decoder_model_info_present_flag=1)
        result.operating_points[0].decoder_model_present_for_this_op = 1
        for name, value in parameters.items():
            setattr(result.operating_points[0], name, value)
        return result

    frames = list(read_frames(iter_obus(stream_of([sequence(), sequence(low_delay_mode_flag=1)]))))
    assert [frame.header.frame_type for frame in frames] == [KEY_FRAME, INTER_FRAME]
    assert frames[1].sequence.operating_points[0].low_delay_mode_flag == 1


def test_another_sequence_has_no_references():
    reader = FrameReader()
    obus = list(iter_obus(stream_of([video(), video(enable_filter_intra=1)])))
    assert all(reader.read(obu) is not None for obu in obus[1:2] if reader.read(obus[0]) is None)
    assert reader.read(obus[2]) is None
    with pytest.raises(BitstreamError, match="slot 0 holds no frame"):
        reader.read(obus[3])


def test_a_shown_key_frame_goes_to_every_slot():
    """A hidden key frame is shown, then all of an inter frame's references are it."""
    sequence = video(enable_order_hint=1, order_hint_bits_minus_1=4)
    references = filled(sequence)
    hidden = FrameHeader(show_frame=0, showable_frame=1, refresh_frame_flags=4, order_hint=9)
    uncompressed_header(BitWriter(), hidden, sequence, references)
    references.update(hidden)
    shown = FrameHeader(show_existing_frame=1, frame_to_show_map_idx=2)
    assert frame_header_payload(shown, sequence, references)
    references.update(shown)
    header = write_inter(sequence, references, order_hint=10, ref_frame_idx=list(range(7)))
    assert header.order_hints[1:] == [9] * 7
    assert list(itertools.chain(header.ref_frame_sign_bias)) == [0] * 8


def test_pyav_reads_what_is_written():
    """A stream whose headers were all written again is decoded as before by libdav1d."""
    stream = svt_obu(frames=6, params="keyint=-1:pred-struct=1")
    codec = av.CodecContext.create("libdav1d", "r")
    assert len([*codec.decode(av.Packet(rewrite(iter_obus(stream)))), *codec.decode(None)]) == 6
