"""Bit fields in both directions, the framing of OBUs, tile groups, and frames assembled from them."""

import copy

import numpy as np
import pytest
from av1_headers import rewrite
from av1_streams import DELIMITER, aomenc, svt_obu
from hypothesis import given
from hypothesis import strategies as st

from cfl.av1.headers.bits import BitReader, BitWriter
from cfl.av1.headers.coded_frame import (
    FrameReader,
    frame_header_payload,
    frame_payload,
    read_frames,
    sequence_header_payload,
    shown,
    tile_group_payload,
)
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import (
    OBU_FRAME,
    OBU_FRAME_HEADER,
    OBU_METADATA,
    OBU_PADDING,
    OBU_REDUNDANT_FRAME_HEADER,
    OBU_SEQUENCE_HEADER,
    OBU_TILE_GROUP,
    OBU_TILE_LIST,
    ObuHeader,
    encode_annexb,
    encode_obu,
    iter_annexb_temporal_units,
    iter_obus,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import OperatingPoint, SequenceHeader, sequence_header_obu
from cfl.av1.headers.tile_group import Tile, TileGroup, tile_group_obu
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.errors import BitstreamError, UnsupportedFeature

# --- Bit fields


def written(write):
    io = BitWriter()
    write(io)
    return io.getvalue(), io.position


@given(st.lists(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, (1 << n) - 1)))))
def test_f(fields):
    data, position = written(lambda io: [io.f(n, value) for n, value in fields])
    digits = "".join(format(value, f"0{n}b") for n, value in fields)
    assert position == len(digits)
    assert data == bytes(int(digits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(digits), 8))
    io = BitReader(data)
    assert [io.f(n) for n, _ in fields] == [value for _, value in fields]


@given(
    st.integers(1, 32).flatmap(lambda n: st.tuples(st.just(n), st.integers(-(1 << n - 1), (1 << n - 1) - 1)))
)
def test_su(field):
    n, value = field
    data, _ = written(lambda io: io.su(n, value))
    assert int.from_bytes(data) >> -n % 8 == value % (1 << n)
    assert BitReader(data).su(n) == value


def test_ns_as_in_the_standards_table():
    codes = []
    for value in range(5):
        data, position = written(lambda io, value=value: io.ns(5, value))
        codes.append(format(data[0], "08b")[:position])
        assert BitReader(data).ns(5) == value
    assert codes == ["00", "01", "10", "110", "111"]


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_ns(field):
    n, value = field
    data, position = written(lambda io: io.ns(n, value))
    io = BitReader(data)
    assert io.ns(n) == value
    assert io.position == position


@given(st.integers(0, (1 << 32) - 1), st.integers(1, 8))
def test_leb128(value, least):
    data, _ = written(lambda io: io.leb128(value, least))
    assert sum((byte & 127) << 7 * i for i, byte in enumerate(data)) == value
    assert [byte >> 7 for byte in data] == [1] * (len(data) - 1) + [0]
    assert len(data) == max(least, -(-value.bit_length() // 7), 1)
    assert BitReader(data).leb128() == value


@pytest.mark.parametrize("data", [b"\x80" * 9, b"\xff" * 7 + b"\x01", b"\x80\x80\x80\x80\x10", b"\x80"])
def test_bad_leb128(data):
    with pytest.raises(BitstreamError):
        BitReader(data).leb128()


@given(st.integers(0, (1 << 32) - 2))
def test_uvlc(value):
    data, position = written(lambda io: io.uvlc(value))
    length = (value + 1).bit_length()
    assert position == 2 * length - 1
    assert int.from_bytes(data) >> -position % 8 == value + 1
    assert BitReader(data).uvlc() == value


def test_uvlc_of_zeros_ends():
    with pytest.raises(BitstreamError, match="32 leading zeros"):
        BitReader(bytes(1000)).uvlc()


def test_le():
    assert written(lambda io: io.le(3, 0x010203))[0] == b"\x03\x02\x01"
    assert BitReader(b"\x03\x02\x01").le(3) == 0x010203


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x40", b"\x80\x01", b"\x81"])
def test_bad_trailing_bits(data):
    with pytest.raises(BitstreamError, match="trailing"):
        BitReader(data).trailing_bits()


def test_values_that_do_not_fit():
    io = BitWriter()
    for write in (lambda: io.f(3, 8), lambda: io.f(3, -1), lambda: io.su(3, 4), lambda: io.le(1, 256)):
        with pytest.raises(BitstreamError, match="fit"):
            write()


# --- Streams made here


def sequence_of(**values):
    sequence = SequenceHeader(max_frame_width_minus_1=299, max_frame_height_minus_1=199, **values)
    sequence_header_obu(BitWriter(), sequence)
    return sequence


def obu(obu_type, payload=b"", **header):
    return encode_obu(ObuHeader(obu_type, **header), payload)


def tiled_frame():
    """A header of 3x2 tiles and their data."""
    header = FrameHeader()
    header.tile_info.tile_cols_log2 = 2
    header.tile_info.tile_rows_log2 = 1
    uncompressed_header(BitWriter(), header, sequence_of(), ReferenceState())
    rng = np.random.default_rng(5)
    return header, [Tile(memoryview(rng.bytes(n) + b"\x80")) for n in (300, 1, 70000, 5, 2, 9)]


def group_of(tiles, start, end):
    return TileGroup(1, start, end, tiles[start : end + 1])


def frame_obus(groups):
    """A frame header OBU, then a tile group OBU for each (start, end)."""
    header, tiles = tiled_frame()
    yield obu(OBU_FRAME_HEADER, frame_header_payload(header, sequence_of(), ReferenceState()))
    for start, end in groups:
        yield obu(OBU_TILE_GROUP, tile_group_payload(group_of(tiles, start, end), header.tile_info))


SEQUENCE = obu(OBU_SEQUENCE_HEADER, sequence_header_payload(sequence_of()))


def same_tiles(frame):
    return [bytes(tile.data) for tile in frame.tiles] == [bytes(tile.data) for tile in tiled_frame()[1]]


def test_one_frame_obu():
    header, tiles = tiled_frame()
    payload = frame_payload(header, sequence_of(), ReferenceState(), tiles)
    stream = DELIMITER + SEQUENCE + obu(OBU_FRAME, payload)
    (frame,) = read_frames(iter_obus(stream))
    assert same_tiles(frame)
    assert frame.header.tile_info == header.tile_info
    for tile in frame.tiles:
        assert stream[tile.offset : tile.offset + len(tile.data)] == tile.data
    assert rewrite(iter_obus(stream)) == stream


@pytest.mark.parametrize("groups", [[(0, 5)], [(0, 0), (1, 4), (5, 5)]])
def test_tile_groups_with_everything_in_between(groups):
    first, *rest = frame_obus(groups)
    redundant = obu(OBU_REDUNDANT_FRAME_HEADER, [*iter_obus(first)][0].payload)  # noqa: RUF015
    other = obu(OBU_PADDING, b"\x01\x80") + obu(OBU_METADATA, b"\x04\x80") + obu(9, b"??") + SEQUENCE
    stream = DELIMITER + SEQUENCE + first + other + (redundant + other).join(rest) + other
    (frame,) = read_frames(iter_obus(stream))
    assert same_tiles(frame)
    assert rewrite(iter_obus(stream)) == stream


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (lambda: [*frame_obus([(0, 2)])], "6 tiles"),
        (lambda: [*frame_obus([(0, 2), (4, 5)])], "tg_start 4 after 3 tiles"),
        (lambda: [*frame_obus([(1, 5)])], "tg_start 1 after 0 tiles"),
        (lambda: [*frame_obus([(0, 5), (0, 5)])], "without a frame header"),
        (lambda: [*frame_obus([(0, 2)]), DELIMITER], "not complete"),
        (lambda: [*frame_obus([(0, 2)])][:1] * 2, "not complete"),
        (lambda: [obu(OBU_REDUNDANT_FRAME_HEADER, b"\x80")], "without a frame header before"),
        (lambda: [next(frame_obus([])), obu(OBU_REDUNDANT_FRAME_HEADER, b"\x13\x80")], "differs"),
        (lambda: [obu(OBU_FRAME, b"")], "the data end"),
    ],
)
def test_frames_out_of_order(stream, message):
    with pytest.raises(BitstreamError, match=message):
        list(read_frames(iter_obus(DELIMITER + SEQUENCE + b"".join(stream()))))


def test_frame_without_sequence():
    with pytest.raises(BitstreamError, match="before any sequence header"):
        list(read_frames(iter_obus(next(frame_obus([])))))


def test_large_scale_tile():
    with pytest.raises(UnsupportedFeature, match="large scale tile"):
        list(read_frames(iter_obus(SEQUENCE + obu(OBU_TILE_LIST, b"\x80"))))


def test_tile_sizes_that_lie():
    header, tiles = tiled_frame()
    payload = bytearray(tile_group_payload(TileGroup(tiles=tiles), header.tile_info))
    payload[1:5] = b"\xff\xff\xff\xff"
    with pytest.raises(BitstreamError, match="the data end"):
        tile_group_obu(BitReader(bytes(payload)), TileGroup(), header.tile_info)
    no_last = payload[: len(payload) - len(tiles[-1].data)]
    no_last[1:5] = (len(tiles[0].data) - 1).to_bytes(4, "little")
    with pytest.raises(BitstreamError, match="tile 5 has no data"):
        tile_group_obu(BitReader(bytes(no_last)), TileGroup(), header.tile_info)


def test_operating_point_drops_layers():
    layers = [OperatingPoint(operating_point_idc=0x301), OperatingPoint(operating_point_idc=0x101)]
    sequence = sequence_of(operating_points=layers)
    stream = DELIMITER + obu(OBU_SEQUENCE_HEADER, sequence_header_payload(sequence))
    for spatial_id in range(2):
        payload = frame_payload(FrameHeader(), sequence, ReferenceState(), [Tile(memoryview(b"\x80"))])
        stream += obu(OBU_FRAME, payload, obu_extension_flag=1, spatial_id=spatial_id)
    assert [frame.spatial_id for frame in read_frames(iter_obus(stream))] == [0, 1]
    assert [frame.spatial_id for frame in read_frames(iter_obus(stream), 1)] == [0]
    with pytest.raises(BitstreamError, match="no operating point 2"):
        list(read_frames(iter_obus(stream), 2))
    assert rewrite(iter_obus(stream)) == stream


def test_what_a_stream_with_inter_frames_shows():
    obus = list(iter_obus(svt_obu(frames=3, params="keyint=-1:pred-struct=1")))
    assert [frame.header.frame_type for frame in read_frames(obus)] == [0, 1, 1]
    assert [frame.header.frame_type for frame in shown(obus, lambda coded: coded)] == [0, 1, 1]


# --- Framing


def test_padded_sizes_and_extensions():
    header = ObuHeader(OBU_PADDING, 1, 1, 1, temporal_id=5, spatial_id=2, extension_header_reserved_3bits=3)
    data = encode_obu(header, b"\x80", size_bytes=4)
    (read,) = iter_obus(data)
    assert read.header == header
    assert (read.offset, read.payload_offset, bytes(read.payload)) == (0, 6, b"\x80")
    assert rewrite(iter_obus(data)) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x8a\x00", "obu_forbidden_bit"),
        (b"\x08\x00", "obu_has_size_field is 0"),
        (b"\x0a\x05\x00", "the data end 4 bytes early"),
        (b"\x0a", "the data end"),
        (b"\x0e", "the data end"),
    ],
)
def test_broken_framing(data, message):
    with pytest.raises(BitstreamError, match=message):
        list(iter_obus(data))


def test_last_obu_without_size():
    data = DELIMITER + encode_obu(ObuHeader(OBU_PADDING, obu_has_size_field=0), b"abc")
    assert [bytes(o.payload) for o in iter_obus(data, last_may_be_unsized=True)] == [b"", b"abc"]


@pytest.mark.parametrize("has_size", [0, 1])
def test_annexb(has_size):
    payloads = [b"\x80", b"ab\x80", b"\x01" * 200 + b"\x80"]
    obus = [encode_obu(ObuHeader(OBU_PADDING, obu_has_size_field=has_size), p) for p in payloads]
    data = encode_annexb([[obus[:2], obus[2:]], [obus]])
    units = list(iter_annexb_temporal_units(data))
    assert [[bytes(o.payload) for o in unit] for unit in units] == [payloads, payloads]
    for unit in units:
        for o in unit:
            assert data[o.payload_offset : o.payload_offset + len(o.payload)] == o.payload
    for end in range(1, len(data)):
        if end != len(encode_annexb([[obus[:2], obus[2:]]])):
            with pytest.raises(BitstreamError):
                list(iter_annexb_temporal_units(data[:end]))


def test_annexb_sizes_that_differ():
    data = bytearray(encode_annexb([[[encode_obu(ObuHeader(OBU_PADDING), b"abc")]]]))
    data[4] = 2
    with pytest.raises(BitstreamError, match="contradicts"):
        list(iter_annexb_temporal_units(bytes(data)))


def test_aomenc_annexb(tmp_path):
    annexb = aomenc(tmp_path, "--annexb=1")
    low_overhead = aomenc(tmp_path)
    frames = [list(read_frames(o for unit in iter_annexb_temporal_units(annexb) for o in unit))]
    frames.append(list(read_frames(iter_obus(low_overhead))))
    tiles = [[bytes(tile.data) for frame in of for tile in frame.tiles] for of in frames]
    assert tiles[0] == tiles[1]


def test_mutated_streams_only_raise_our_errors():
    from cfl.errors import CflError

    stream = DELIMITER + SEQUENCE + b"".join(frame_obus([(0, 2), (3, 5)]))[:600]
    rng = np.random.default_rng(11)
    for _ in range(1500):
        data = bytearray(stream[: rng.integers(1, len(stream) + 1)])
        for _ in range(rng.integers(1, 4)):
            data[rng.integers(min(len(data), 60))] = rng.integers(256)
        try:
            list(read_frames(iter_obus(bytes(data))))
        except CflError:
            continue


def test_reading_on_after_a_broken_frame_keeps_the_reader_usable():
    stream = DELIMITER + SEQUENCE
    header, tiles = tiled_frame()
    key = obu(OBU_FRAME, frame_payload(copy.deepcopy(header), sequence_of(), ReferenceState(), tiles))
    inter = obu(OBU_FRAME, b"\x30\x80")  # ends early
    reader = FrameReader()
    results = []
    for unit in iter_obus(stream + key + inter + DELIMITER + SEQUENCE + key):
        try:
            results.append(reader.read(unit))
        except BitstreamError:
            results.append("broken")
    assert [r if r in (None, "broken") else "frame" for r in results] == [
        None, None, "frame", "broken", None, None, "frame",
    ]  # fmt: skip
