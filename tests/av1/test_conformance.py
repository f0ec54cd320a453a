"""Bit-exact pictures: what we decode is what dav1d decodes, sample by sample, on streams of four encoders.

And on random streams, which use what no encoder does (`av1_random`).
"""

import io

import numpy as np
import pytest
from av1_cases import AOMENC, PILLOW, RAV1E, SVT, SVT_APP
from av1_corpus import coded_frames, stream
from av1_oracle import (
    OracleError,
    dav1d_pictures,
    dav1d_program,
    first_difference,
    raw_samples,
    temporal_units,
)
from av1_random import RandomStream
from av1_streams import DELIMITER, avif, picture
from PIL import Image

from cfl.av1.headers.coded_frame import frame_header_payload, read_frames, tile_group_payload
from cfl.av1.headers.obu import (
    OBU_FRAME_HEADER,
    OBU_REDUNDANT_FRAME_HEADER,
    OBU_TILE_GROUP,
    ObuHeader,
    encode_annexb,
    encode_obu,
    iter_obus,
)
from cfl.av1.headers.tile_group import TileGroup
from cfl.av1.tables.constants import INTRA_ONLY_FRAME, KEY_FRAME, PARTITION_SPLIT
from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, frame_buffers
from cfl.container import IvfHeader, write_ivf
from cfl.container.decoding import decode
from cfl.errors import CflError


def assert_same_pictures(frames, expected):
    assert len(frames) == len(expected) > 0
    for number, (frame, right) in enumerate(zip(frames, expected, strict=True)):
        assert frame.bit_depth == right.bit_depth
        difference = first_difference(frame.planes, right.planes)
        assert difference is None, f"picture {number}, {difference}"


def assert_conforms(data, **options):
    """We show the pictures that dav1d shows."""
    assert_same_pictures(list(decode(data, **options)), dav1d_pictures(temporal_units(data)))


def case_names(cases):
    return [case.name for case in cases]


@pytest.mark.parametrize("case", PILLOW, ids=case_names(PILLOW))
def test_libaom_of_pillow(case):
    coded_frames(case)
    assert_conforms(stream(case))


@pytest.mark.parametrize("case", SVT, ids=case_names(SVT))
def test_svt_of_pyav(case):
    coded_frames(case)
    assert_conforms(stream(case))


@pytest.mark.parametrize("case", AOMENC, ids=case_names(AOMENC))
def test_aomenc(case):
    coded_frames(case)
    assert_conforms(stream(case))


@pytest.mark.parametrize("case", SVT_APP, ids=case_names(SVT_APP))
def test_svt_program(case):
    coded_frames(case)
    assert_conforms(stream(case))


@pytest.mark.parametrize("case", RAV1E, ids=case_names(RAV1E))
def test_rav1e(case):
    coded_frames(case)
    assert_conforms(stream(case))


# Not superres: some of its pictures are wrong in dav1d 1.0.0, where aomdec and newer ones agree.
PROGRAM = [case for case in AOMENC if case.name.split()[1] in ("two", "grain", "segments", "screen")]


@pytest.mark.parametrize("case", PROGRAM, ids=case_names(PROGRAM))
def test_the_program_dav1d_agrees(case, tmp_path):
    """Another build of dav1d, and another way to its samples."""
    data = stream(case)
    ours = [(frame.planes, frame.bit_depth) for frame in decode(data)]
    assert raw_samples(ours) == dav1d_program(tmp_path, data)


# --- Threads and layouts: the same samples


@pytest.mark.parametrize(
    "name", ["pillow tiles 2x2", "pillow tiles, not uniform", "pillow 444", "pillow grain 10"]
)
def test_threads(name):
    case = next(case for case in PILLOW if case.name == name)
    assert_conforms(stream(case), threads=2)


def test_every_container():
    """One stream as Section 5, Annex B and IVF."""
    data = stream(SVT[1])
    expected = dav1d_pictures(temporal_units(data))
    units = temporal_units(data)
    annexb = encode_annexb(
        [[[bytes(unit[obu.offset : obu.payload_offset + len(obu.payload)]) for obu in iter_obus(unit)]]
         for unit in units]
    )  # fmt: skip
    for file in (data, annexb, write_ivf(IvfHeader(96, 64), list(enumerate(units)))):
        assert_same_pictures(list(decode(file)), expected)


# --- Whole AVIF files, as Pillow shows them


@pytest.mark.parametrize(
    "options",
    [
        {"subsampling": "4:4:4"},
        {"quality": 100, "subsampling": "4:4:4"},
        {"quality": 20, "subsampling": "4:2:0"},
        {"samples": picture(67, 45, channels=4), "subsampling": "4:4:4", "quality": 90},
        {"samples": picture(67, 45)[..., 0]},
    ],
)
def test_avif_files(options):
    """Pillow's RGB differs from our planes by a conversion, so compare what needs none: alpha and gray."""
    data = avif(**options)
    (frame,) = decode(data)
    shown = np.asarray(Image.open(io.BytesIO(data)))
    assert (frame.height, frame.width) == shown.shape[:2]
    if shown.ndim == 3 and shown.shape[2] == 4:
        assert np.array_equal(frame.alpha, shown[..., 3])
    elif frame.subsampling == "4:0:0":
        assert np.array_equal(frame.y, shown[..., 0] if shown.ndim == 3 else shown)


# --- Random streams


@pytest.fixture
def any_end(monkeypatch):
    """A tile may end as it likes, as it may for dav1d: random bytes do not end in trailing bits."""
    monkeypatch.setattr("cfl.av1.tile.tiles.trailing_bits_conform", lambda coder: True)


def is_shown_alike(units, refusable):
    """Show what dav1d shows; False where both refuse the stream, which must be refusable."""
    data = b"".join(units)
    try:
        expected = dav1d_pictures(units)
    except OracleError:
        assert refusable
        with pytest.raises(CflError):
            list(decode(data))
        return False
    assert_same_pictures(list(decode(data)), expected)
    return True


random_bytes = pytest.mark.usefixtures("any_end")


@random_bytes
@pytest.mark.parametrize("depth", [8, 10, 12])
@pytest.mark.parametrize("chroma", ["400", "420", "444"])
@pytest.mark.parametrize("seed", range(8))
def test_random_streams(seed, chroma, depth):
    rng = np.random.default_rng((seed, depth))
    size = (int(rng.integers(1, 150)), int(rng.integers(1, 150)))
    assert is_shown_alike([RandomStream(seed, size, chroma, depth).unit()], refusable=False)


@random_bytes
@pytest.mark.parametrize("depth", [8, 10, 12])
def test_random_streams_422(depth):
    """Half of them have a partition that 4:2:2 has no chroma blocks for, and are refused by both."""
    shown = 0
    for seed in range(24):
        rng = np.random.default_rng((seed, depth))
        size = (int(rng.integers(1, 70)), int(rng.integers(1, 70)))
        shown += is_shown_alike([RandomStream(seed, size, "422", depth).unit()], refusable=True)
    assert 6 <= shown <= 20


@random_bytes
@pytest.mark.parametrize("chroma", ["400", "420", "444"])
@pytest.mark.parametrize(
    "choices",
    [
        {"lossless": 1},
        {"segments": 1, "skip_segments": 1, "deltas": 1, "delta_lf": 1, "delta_lf_multi": 1},
        {"segments": 1, "base_q_idx": 8, "deltas": 0},
        {"superres": 1, "enable_restoration": 1, "tiles": 1},
        {"screen": 1, "use_128x128_superblock": 1, "tx_mode_select": 1},
        {"qmatrix": 1, "reduced_tx_set": 1},
        {"reduced_tx_set": 0, "enable_filter_intra": 1, "tx_mode_select": 1},
        {"no_cdf_update": 1, "tiles": 1},
    ],
    ids=str,
)
def test_random_streams_with(choices, chroma):
    for seed in range(3):
        unit = RandomStream(seed, (130, 90), chroma, (8, 10, 12)[seed], **choices).unit()
        assert is_shown_alike([unit], refusable=False)


@random_bytes
@pytest.mark.parametrize("chroma", ["400", "420", "422", "444"])
def test_random_streams_with_intra_block_copy(chroma):
    """Wide enough for vectors that reach far enough to the left and above."""
    copied = 0
    for seed in range(3, 13):
        random = RandomStream(seed, (400, 140), chroma, 8 + 2 * (seed & 1), 0.7, screen=1, intrabc=1, tiles=0,
                              superres=0)  # fmt: skip
        unit = random.valid_unit()
        copied += sum(int(blocks["use_intrabc"].sum()) for blocks in recorded(unit))
        assert is_shown_alike([unit], refusable=False)
    assert copied > 0


def recorded(data):
    """The blocks of each frame."""
    for frame in read_frames(iter_obus(data)):
        recorder = BlockRecorder()
        decode_tiles(frame, frame_buffers(frame), recorder=recorder)
        yield recorder.blocks


@random_bytes
def test_everything_is_used():
    """Each value that a block's syntax can have is in random streams, or in those with palettes."""
    streams = [stream(case) for case in PILLOW if "palette" in case.name or "without" in case.name]
    for seed in range(60):  # the smaller pictures have the smaller blocks, and so CfL
        size = (270, 270) if seed < 12 else (100, 100)
        unit = RandomStream(seed, size, "444", 8, screen=1, superres=0, segments=int(seed > 3),
                            use_128x128_superblock=seed & 1, enable_filter_intra=1).unit()  # fmt: skip
        assert is_shown_alike([unit], refusable=False)
        streams.append(unit)
    seen = {name: set() for name in EVERYTHING}
    for data in streams:
        for blocks in recorded(data):
            for name in EVERYTHING:
                seen[name] |= set(blocks[name].ravel().tolist())
    for name, values in EVERYTHING.items():
        assert seen[name] >= set(values), f"{name}: {set(values) - seen[name]} are missing"


EVERYTHING = {
    "mi_size": range(22),
    "partition": set(range(10)) - {PARTITION_SPLIT},
    "skip": (0, 1),
    "segment_id": range(8),
    "y_mode": range(13),
    "uv_mode": range(14),
    "angle_delta_y": range(-3, 4),
    "angle_delta_uv": range(-3, 4),
    "cfl_alpha_u": range(-3, 4),  # larger ones are rare by their CDF
    "cfl_alpha_v": range(-3, 4),
    "filter_intra_mode": range(5),
    "palette_size_y": (0, *range(2, 9)),
    "palette_size_uv": (0, *range(2, 7)),
    "tx_size": range(19),
}


# --- Frames that are not shown as they come


@random_bytes
@pytest.mark.parametrize("grain", [0, 1])
def test_hidden_key_frame(grain):
    """A hidden key frame, an intra-only frame shown meanwhile, and the key frame shown at last."""
    random = RandomStream(5, (70, 50), "420", grain=grain, reduced_header=0)
    first = random.unit()
    hidden = random.frame_obu(random.header(show_frame=0, showable_frame=1, refresh_frame_flags=4))
    meanwhile = random.frame_obu(random.header(frame_type=INTRA_ONLY_FRAME, refresh_frame_flags=1))
    units = [first, DELIMITER + hidden + meanwhile, DELIMITER + random.show_existing_obu(2)]
    expected = dav1d_pictures(units)
    assert len(expected) == 3
    assert_same_pictures(list(decode(b"".join(units))), expected)


@random_bytes
def test_existing_intra_only_frame_shown():
    random = RandomStream(6, (50, 70), "444", 10, grain=1, reduced_header=0)
    units = [random.unit()]
    hidden = random.header(frame_type=INTRA_ONLY_FRAME, show_frame=0, showable_frame=1, refresh_frame_flags=8)
    units.append(DELIMITER + random.frame_obu(hidden) + random.show_existing_obu(3))
    assert is_shown_alike(units, refusable=False)


@random_bytes
def test_frame_header_apart_from_its_tiles():
    """OBU_FRAME_HEADER and a tile group for each tile; and a redundant header amid them."""
    random = RandomStream(9, (200, 150), "420", tiles=1, uniform_tiles=1, use_128x128_superblock=0,
                          reduced_header=0)  # fmt: skip
    sequence = random.sequence_obu()
    header = random.header()
    while header.tile_info.num_tiles == 1:
        header = random.header()
    payload = frame_header_payload(header, random.sequence, random.references)
    tiles = random._tiles(header)
    obus = [encode_obu(ObuHeader(OBU_FRAME_HEADER), payload)]
    for i, tile in enumerate(tiles):
        group = TileGroup(1, i, i, [tile])
        if i == 1:
            obus.append(encode_obu(ObuHeader(OBU_REDUNDANT_FRAME_HEADER), payload))
        obus.append(encode_obu(ObuHeader(OBU_TILE_GROUP), tile_group_payload(group, header.tile_info)))
    assert is_shown_alike([DELIMITER + sequence + b"".join(obus)], refusable=False)


def test_a_key_frame_as_intra_only():
    """An encoder's key frame coded again as an intra-only frame: the same tiles, and the same picture."""
    (frame,) = read_frames(iter_obus(stream(AOMENC[1])))
    assert frame.header.frame_type == KEY_FRAME
    random = RandomStream(1)
    random.sequence = frame.sequence
    key = DELIMITER + random.sequence_obu() + random.frame_obu(frame.header, [bytes(frame.tiles[0].data)])
    frame.header.frame_type = INTRA_ONLY_FRAME
    frame.header.refresh_frame_flags = 1
    frame.header.error_resilient_mode = 0
    again = DELIMITER + random.frame_obu(frame.header, [bytes(frame.tiles[0].data)])
    shown = list(decode(key + again))
    assert_same_pictures(shown, dav1d_pictures([key, again]))
    assert first_difference(shown[0].planes, shown[1].planes) is None
