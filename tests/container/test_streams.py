"""IVF and OBU files: ours and those of other tools."""

import io

import av
import pytest
from av1_streams import DELIMITER, aomenc, svt_obu

from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import encode_annexb, encode_obu, iter_obus
from cfl.container import IvfHeader, is_annexb, read_ivf, read_obu_file, write_ivf
from cfl.errors import BitstreamError, UnsupportedFeature


def temporal_units(stream):
    units = []
    for obu in iter_obus(stream):
        if obu.header.obu_type == 2:
            units.append(b"")
        units[-1] += encode_obu(obu.header, obu.payload)
    return units


def as_annexb(stream, has_size):
    units = []
    for obu in iter_obus(stream):
        if obu.header.obu_type == 2:
            units.append([[]])
        obu.header.obu_has_size_field = has_size
        units[-1][0].append(encode_obu(obu.header, obu.payload))
    return encode_annexb(units)


def test_ivf_of_pyav():
    units = temporal_units(svt_obu())
    data = svt_obu(container_format="ivf")
    header, frames = read_ivf(data)
    assert (header.width, header.height) == (96, 64)
    frames = list(frames)
    assert len(frames) == 2
    for frame, unit in zip(frames, units, strict=True):
        assert data[frame.offset : frame.offset + len(frame.data)] == frame.data
        assert bytes(frame.data).removeprefix(DELIMITER) == unit.removeprefix(DELIMITER)


def test_written_ivf_decodes_in_pyav():
    units = temporal_units(svt_obu(frames=3))
    data = write_ivf(IvfHeader(96, 64, 25, 1), [(2 * i, unit) for i, unit in enumerate(units)])
    header, frames = read_ivf(data)
    assert header == IvfHeader(96, 64, 25, 1, 3)
    assert [(frame.timestamp, bytes(frame.data)) for frame in frames] == [
        (2 * i, u) for i, u in enumerate(units)
    ]
    with av.open(io.BytesIO(data)) as container:
        assert [(f.width, f.height, f.pts) for f in container.decode(video=0)] == [
            (96, 64, 2 * i) for i in range(3)
        ]


def test_broken_ivf():
    data = write_ivf(IvfHeader(96, 64), [(0, b"12345"), (1, b"678")])
    good = (32, 32 + 12 + 5)
    for end in range(len(data)):
        if end not in good:
            with pytest.raises(BitstreamError):
                list(read_ivf(data[:end])[1])
    with pytest.raises(UnsupportedFeature, match="VP90"):
        read_ivf(data[:8] + b"VP90" + data[12:])
    with pytest.raises(BitstreamError, match="version"):
        read_ivf(data[:4] + b"\1" + data[5:])


@pytest.mark.parametrize("has_size", [0, 1])
def test_both_formats_are_told_apart(has_size):
    stream = svt_obu()
    annexb = as_annexb(stream, has_size)
    assert not is_annexb(stream)
    assert is_annexb(annexb)
    tiles = [
        [bytes(tile.data) for frame in read_frames(read_obu_file(data)) for tile in frame.tiles]
        for data in (stream, annexb)
    ]
    assert tiles[0] == tiles[1] != []
    assert len(list(read_frames(read_obu_file(stream.removeprefix(DELIMITER))))) == 2


def test_files_of_aomenc(tmp_path):
    assert is_annexb(aomenc(tmp_path, "--annexb=1"))
    assert not is_annexb(aomenc(tmp_path))


@pytest.mark.parametrize("data", [b"", b"\0", b"hello, world", b"\x12", bytes(100), b"DKIF" + bytes(60)])
def test_neither(data):
    with pytest.raises(BitstreamError):
        list(read_obu_file(data))
