"""Encoded pictures: every decoder shows the encoder's reconstruction, sample for sample."""

import itertools

import numpy as np
import pytest
from av1_oracle import dav1d_program, raw_samples
from av1_pictures import flat, gradient, mixed, noise, photo, screen, text, waves
from av1_streams import DELIMITER
from encoding_cases import assert_decodes, assert_same, avifdec, frame_of, obus_of

from cfl import encode, encode_frame
from cfl.av1.encoder import frames
from cfl.av1.encoder.frames import Encoder, EncoderOptions
from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import TX_MODE_SELECT
from cfl.container import decode, read_avif
from cfl.errors import FrameError
from cfl.frames import Frame, rgb_to_frame


def coded(data):
    (frame,) = read_frames(read_avif(data).primary.obus())
    return frame


SIZES = [(1, 1), (2, 2), (3, 65), (8, 8), (17, 33), (64, 64), (66, 62), (130, 70), (7, 300), (200, 5)]
CONTENTS = [photo, screen, text, noise, flat, waves, gradient, mixed]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("lossless", [False, True], ids=["lossy", "lossless"])
def test_sizes(width, height, lossless):
    frame = frame_of(mixed(width, height) if min(width, height) > 2 else photo(width, height))
    encoded = encode_frame(frame, lossless=lossless)
    assert_decodes(encoded)
    if lossless:
        assert_same(encoded.reconstruction.planes, frame.planes)


def test_every_speed_is_another():
    frame = frame_of(photo(128, 96))
    assert len({encode(frame, speed=speed) for speed in range(11)}) == 11


@pytest.mark.parametrize("chroma", ["400", "420", "422", "444"])
@pytest.mark.parametrize("options", [{"speed": 10}, {"speed": 9}, {"speed": 9, "lossless": True}], ids=str)
def test_several_superblocks_each_way(chroma, options):
    """Contexts to the left repeat after two rows of superblocks, those of chroma after four."""
    assert_decodes(encode_frame(frame_of(mixed(150, 340), chroma), **options))


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.__name__)
def test_contents(content):
    for quality in (0, 35, 70, 100):
        assert_decodes(encode_frame(frame_of(content(100, 76)), quality=quality))


@pytest.mark.parametrize(
    ("chroma", "depth"), list(itertools.product(("400", "420", "422", "444"), (8, 10, 12)))
)
def test_formats(chroma, depth):
    frame = frame_of(photo(90, 70), chroma, depth, alpha=True)
    assert_decodes(encode_frame(frame))
    encoded = encode_frame(frame, lossless=True)
    assert_decodes(encoded)
    assert_same((*encoded.reconstruction.planes, encoded.reconstruction.alpha), (*frame.planes, frame.alpha))


@pytest.mark.parametrize("speed", range(11))
def test_speeds(speed):
    for use_cfl in (True, False):
        encoded = encode_frame(frame_of(mixed(80, 72)), speed=speed, cfl=use_cfl)
        assert_decodes(encoded)
        assert use_cfl or encoded.cfl_share == 0


@pytest.mark.parametrize("tiles", [(1, 2), (2, 1), (2, 3), (3, 3), (64, 64)], ids=str)
def test_tiles(tiles):
    encoded = encode_frame(frame_of(photo(200, 190)), tiles=tiles)
    assert_decodes(encoded)
    info = coded(encoded.data).header.tile_info
    assert (info.tile_rows, info.tile_cols) == (min(tiles[0], 3), min(tiles[1], 4))


def test_rgb_without_loss():
    rgb = mixed(90, 60)
    frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0)
    encoded = encode_frame(frame, lossless=True)
    assert_decodes(encoded)
    assert_same((encoded.reconstruction.v, encoded.reconstruction.y), (rgb[..., 0], rgb[..., 1]))
    assert_decodes(encode_frame(frame, quality=50))


def test_a_frame_as_large_as_a_tile_may_not_be():
    plane = np.tile(photo(256, 64)[..., 0], (1, 17))[:, :4160].copy()
    encoded = encode_frame(Frame(plane, subsampling="4:0:0"), speed=10)
    assert_decodes(encoded)
    assert coded(encoded.data).header.tile_info.tile_cols == 2


@pytest.mark.parametrize(("width", "height"), [(65536, 1), (1, 65536)])
def test_the_longest_side(width, height):
    plane = np.resize(photo(256, 16)[..., 0], (height, width))
    encoded = encode_frame(Frame(plane, subsampling="4:0:0"), speed=10)
    (frame,) = decode(encoded.data)
    assert_same(encoded.reconstruction.planes, frame.planes)


def test_a_side_too_long():
    with pytest.raises(FrameError, match="65537x1: AV1 has at most 65536"):
        encode(Frame(np.zeros((1, 65537), np.uint8), subsampling="4:0:0"))


@pytest.mark.parametrize("chroma", ["400", "420", "422", "444"])
@pytest.mark.parametrize("depth", [8, 10, 12])
def test_programs(tmp_path, chroma, depth):
    encoded = encode_frame(frame_of(photo(75, 50), chroma, depth))
    planes = [plane.astype(np.uint16) for plane in encoded.reconstruction.planes]
    stream = DELIMITER + obus_of(read_avif(encoded.data).primary)
    assert dav1d_program(tmp_path, stream) == raw_samples([(planes, depth)])
    frame = avifdec(tmp_path, encoded.data)
    if chroma != "400":  # avifdec writes gray as 4:2:0 where it is of more than 8 bits
        assert_same(encoded.reconstruction.planes, frame.planes)
    assert_same([encoded.reconstruction.y], [frame.y])


def test_quality_and_bytes_go_together():
    frame = frame_of(photo(160, 120))
    encoded = [encode_frame(frame, quality=quality) for quality in (10, 30, 50, 70, 90)]
    sizes, decibels = [e.coded_bytes for e in encoded], [e.psnr["yuv"] for e in encoded]
    assert sizes == sorted(sizes) and len(set(sizes)) == 5
    assert decibels == sorted(decibels)
    assert decibels[-1] > 40 > decibels[0]


@pytest.mark.parametrize("quality", [30, 60, 85])
def test_compression_does_not_get_worse(quality):
    """Bytes and PSNR are deterministic; libaom at its fastest speed is the mark that is to be beaten."""
    from av1_oracle import dav1d_pictures
    from av1_streams import avif

    rgb = photo(320, 240)
    other = obus_of(read_avif(avif(rgb, quality=100, speed=10, subsampling="4:2:0")).primary)
    (source,) = dav1d_pictures([other])
    frame = Frame(*(plane.astype(np.uint8) for plane in source.planes), matrix_coefficients=6)
    ours = encode_frame(frame, quality=quality)
    theirs = avif(rgb, quality=quality, speed=10, subsampling="4:2:0", advanced={"tune": "psnr"})
    (decoded,) = decode(theirs)
    from cfl.metrics import frame_psnr

    decibels = frame_psnr(frame, frame.replace(**dict(zip("yuv", decoded.planes, strict=True))))
    size = len(obus_of(read_avif(theirs).primary))
    # 6 dB are about a doubling of the rate, so this compares at equal quality
    assert ours.coded_bytes * 2 ** ((decibels["yuv"] - ours.psnr["yuv"]) / 6) < size


def test_the_headers_of_a_still():
    frame = coded(encode(frame_of(photo(70, 50), "422", 10, full_range=False), quality=60))
    sequence, header = frame.sequence, frame.header
    assert (sequence.still_picture, sequence.reduced_still_picture_header) == (1, 1)
    assert sequence.seq_profile == 2
    assert (sequence.max_frame_width_minus_1, sequence.max_frame_height_minus_1) == (69, 49)
    assert sequence.operating_points[0].seq_level_idx == 0
    assert not sequence.use_128x128_superblock
    color = sequence.color_config
    assert (color.color_primaries, color.transfer_characteristics, color.matrix_coefficients) == (1, 13, 6)
    assert color.color_range == 0
    assert header.quantization.base_q_idx == 87
    assert header.tx_mode == TX_MODE_SELECT
    assert header.reduced_tx_set == 0


@pytest.mark.parametrize(
    ("chroma", "depth", "profile"),
    [
        ("400", 8, 0),
        ("420", 10, 0),
        ("444", 8, 1),
        ("444", 10, 1),
        ("422", 8, 2),
        ("400", 12, 2),
        ("444", 12, 2),
    ],
)
def test_profiles(chroma, depth, profile):
    encoder = Encoder(frame_of(photo(16, 16), chroma, depth), EncoderOptions(), still=True)
    assert encoder.sequence.seq_profile == profile


@pytest.mark.parametrize(("position", "code"), [("unknown", 0), ("center", 0), ("left", 1), ("topleft", 2)])
def test_chroma_sample_position(position, code):
    data = encode(frame_of(photo(16, 16), chroma_sample_position=position))
    assert coded(data).sequence.color_config.chroma_sample_position == code
    (frame,) = decode(data)
    assert frame.chroma_sample_position == ("unknown" if position == "center" else position)


def test_limited_range_with_the_identity_matrix():
    """Three code points would imply full range; the container has them nevertheless."""
    frame = frame_of(photo(32, 32), "444", matrix_coefficients=0, full_range=False)
    encoded = encode_frame(frame)
    assert_decodes(encoded)
    assert coded(encoded.data).sequence.color_config.color_range == 0
    (decoded,) = decode(encoded.data)
    assert (decoded.full_range, decoded.transfer_characteristics) == (False, 13)


def test_a_picture_leaves_nothing_to_the_next():
    """Not even one that is coded with other tools: palettes and copies, without in-loop filters."""
    options = EncoderOptions(qindex=60, speed=8, copies=True)
    first, second = frame_of(screen(96, 64)), frame_of(photo(96, 64))
    encoder, fresh = (Encoder(first, options, still=False) for _ in range(2))
    header = encoder.encode(first).header
    assert header.allow_screen_content_tools and header.allow_intrabc
    assert encoder.encode(second).obu == fresh.encode(second).obu
    assert encoder.encode(first).obu == fresh.encode(first).obu


def test_headers_are_written_once_for_their_derived_fields(monkeypatch):
    """For all pictures of a form together; copies within the picture change them, and take one more time."""
    written = []

    def count(io, header, *others):
        written.append(header.allow_intrabc)
        uncompressed_header(io, header, *others)

    monkeypatch.setattr(frames, "uncompressed_header", count)
    photos, screens = frame_of(photo(64, 64)), frame_of(screen(96, 64))
    encoder = Encoder(photos, EncoderOptions(speed=8), still=False)
    for _ in range(3):
        encoder.encode(photos)
    assert written == [0]
    Encoder(screens, EncoderOptions(speed=8, copies=True), still=True).encode(screens)
    assert written == [0, 0, 1]


def test_frames_that_av1_does_not_have():
    with pytest.raises(FrameError, match="identity"):
        encode(frame_of(photo(16, 16), matrix_coefficients=0))
    encoder = Encoder(frame_of(photo(16, 16)), EncoderOptions(), still=False)
    with pytest.raises(FrameError, match="not like the pictures before it"):
        encoder.encode(frame_of(photo(17, 16)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quality": 101}, "quality is 101"),
        ({"quality": -1}, "quality is -1"),
        ({"qindex": 256}, "qindex is 256"),
        ({"speed": 11}, "speed is 11"),
        ({"tiles": (0, 1)}, "tiles is 0, not 1 to 64"),
        ({"tiles": (1, 65)}, "tiles is 65, not 1 to 64"),
        ({"quality": 3, "lossless": True}, "only one of quality, qindex and lossless"),
        ({"quality": 3, "qindex": 3}, "only one of quality, qindex and lossless"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(FrameError, match=message):
        encode(frame_of(photo(16, 16)), **options)


def test_lossless_is_asked_for():
    frame = frame_of(photo(24, 24))
    assert coded(encode(frame, quality=100)).header.quantization.base_q_idx == 1
    assert coded(encode(frame, lossless=True)).header.coded_lossless
    assert encode(frame, qindex=0) == encode(frame, lossless=True)


@pytest.mark.parametrize("speed", [6, 10])  # tiles written after the choice of filters, or before
def test_the_recorded_blocks_are_those_that_a_decoder_reads(speed):
    from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, frame_buffers

    encoded = encode_frame(frame_of(photo(150, 100)), tiles=(2, 2), speed=speed)
    recorder, frame = BlockRecorder(), coded(encoded.data)
    decode_tiles(frame, frame_buffers(frame), recorder=recorder)
    assert len(recorder.blocks) == len(encoded.blocks)
    for name in ("mi_row", "mi_col", "mi_size", "skip", "y_mode", "uv_mode", "cfl_alpha_u", "cfl_alpha_v"):
        np.testing.assert_array_equal(recorder.blocks[name], encoded.blocks[name], name)
    np.testing.assert_allclose(recorder.blocks["bits_cfl_alpha"], encoded.blocks["bits_cfl_alpha"], atol=1e-3)
    assert 0 < encoded.cfl_share < 1
    assert encoded.cfl_alpha_bits > 0


@pytest.mark.parametrize(
    ("content", "options"), [(mixed, {"speed": 10}), (mixed, {"lossless": True}), (screen, {"speed": 7})]
)
def test_tiles_written_by_the_search_are_those_of_a_walk_of_its_own(content, options, monkeypatch):
    from cfl.av1.filter_search import frame as filter_search
    from cfl.av1.tile import tiles as tile

    frame, walks = frame_of(content(200, 140)), []
    at_once = encode_frame(frame, tiles=(2, 2), **options)

    def encode_tiles(*arguments, threads):
        walks.append(threads)
        return written(*arguments, threads=threads)

    written = tile.encode_tiles
    monkeypatch.setattr(tile, "encode_tiles", encode_tiles)
    assert encode_frame(frame, tiles=(2, 2), **options).data == at_once.data
    assert not walks
    monkeypatch.setattr(filter_search, "filters_in_tiles", lambda header, speed: True)
    later = encode_frame(frame, tiles=(2, 2), **options)
    assert walks and later.data == at_once.data
    for name in ("bits_modes", "bits_luma", "bits_chroma", "bits_cfl_alpha"):
        np.testing.assert_array_equal(later.blocks[name], at_once.blocks[name], name)


def test_bytes_do_not_depend_on_threads():
    frame = frame_of(mixed(200, 140), alpha=True)
    for tiles in ((1, 1), (2, 2)):
        data = encode(frame, tiles=tiles)
        assert data == encode(frame, tiles=tiles, threads=2) == encode(frame, tiles=tiles, threads=5)
        assert data == encode_frame(frame, tiles=tiles, threads=3).data
