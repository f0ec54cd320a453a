"""Pictures of screens: palettes and intra block copy, in the search and in every decoder."""

import itertools

import numpy as np
import pytest
from av1_oracle import dav1d_pictures
from av1_pictures import IMAGES, echoes, photo, screen
from av1_streams import DELIMITER
from encoding_cases import assert_decodes, assert_same, frame_of
from PIL import Image, ImageDraw, ImageFont

from cfl import Frame, encode_frame
from cfl.av1.block_search.intrabc_hash import SIDES, repetitions
from cfl.av1.encoder.frames import Encoder, EncoderOptions
from cfl.av1.encoder.screen import looks_like_screen
from cfl.av1.tables.palette_contexts import PALETTE_COLOR_CONTEXT, PALETTE_COLOR_HASH_MULTIPLIERS
from cfl.av1.tables.quantizer import AC_QLOOKUP
from cfl.av1.tunes import tune_settings


def window(width, height):
    """Windows with text in smooth letters, buttons, and a photograph."""
    image = Image.new("RGB", (width, height), (236, 238, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, 13), fill=(40, 70, 120))
    draw.text((4, 1), "A window of text", (255, 255, 255), font=ImageFont.load_default(10))
    for k, y in enumerate(range(18, height, 12)):
        draw.text((5, y), "The quick brown fox jumps over the lazy dog. " * 3, (20, 20 + 5 * (k % 3), 40),
                  font=ImageFont.load_default(9))  # fmt: skip
    for x in range(8, width, 48):
        draw.rectangle((x, height - 20, x + 40, height - 6), fill=(200, 60, 60), outline=(0, 0, 0))
    samples = np.asarray(image).copy()
    if width > 80 and height > 90:
        samples[40:72, -36:-4] = photo(32, 32)
    return samples


def few_colors(width, height):
    """Areas of five colours, flat, with hard edges that lie anywhere."""
    rng = np.random.default_rng(11)
    colours = rng.integers(0, 256, (5, 3))
    cells = rng.integers(0, 5, (height // 6 + 1, width // 9 + 1))
    return colours[np.kron(cells, np.ones((6, 9), int))[:height, :width]].astype(np.uint8)


def lettering(size):
    """Black text on white of one size."""
    image = Image.new("RGB", (320, 240), "white")
    draw = ImageDraw.Draw(image)
    for y in range(0, 240, size * 3 // 2):
        draw.text((4, y), "Sphinx of black quartz, judge my vow 0123456789", "black",
                  font=ImageFont.load_default(size))  # fmt: skip
    return np.asarray(image)


def share_of(blocks, chosen):
    """The part of the luma's area that these blocks have."""
    from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH

    areas = BLOCK_WIDTH[blocks["mi_size"]].astype(int) * BLOCK_HEIGHT[blocks["mi_size"]]
    return areas[chosen].sum() / areas.sum()


FORMATS = list(itertools.product(("420", "444"), (8, 10)))


@pytest.mark.parametrize("content", [window, few_colors], ids=lambda content: content.__name__)
@pytest.mark.parametrize(("chroma", "depth"), [*FORMATS, ("422", 12), ("400", 8)])
def test_decoders_show_the_reconstruction(content, chroma, depth):
    frame = frame_of(content(150, 117), chroma, depth)
    for options in ({"quality": 25}, {"quality": 60}, {"quality": 92}, {"lossless": True}):
        encoded = encode_frame(frame, **options)
        assert_decodes(encoded)
        blocks = encoded.blocks
        assert share_of(blocks, blocks["palette_size_y"] > 0) > 0.05
        if "lossless" in options:
            assert_same(encoded.reconstruction.planes, frame.planes)


@pytest.mark.parametrize("speed", range(11))
def test_speeds(speed):
    encoded = encode_frame(frame_of(window(130, 100), "444"), speed=speed)
    assert_decodes(encoded)
    assert (encoded.blocks["palette_size_y"] > 0).any() == (speed <= 8)


@pytest.mark.parametrize(
    ("width", "height"), [(16, 16), (17, 67), (68, 21), (200, 18), (18, 200), (131, 129)]
)
def test_sizes(width, height):
    for chroma in ("420", "444"):
        assert_decodes(encode_frame(frame_of(few_colors(width, height), chroma)))


def test_tiles_and_threads():
    frame = frame_of(window(300, 200))
    encoded = encode_frame(frame, tiles=(2, 3), threads=2)
    assert_decodes(encoded)
    assert encoded.data == encode_frame(frame, tiles=(2, 3)).data


def test_palettes_of_chroma():
    """Of colours whose chroma luma does not tell."""
    rng = np.random.default_rng(3)
    colours = np.stack([np.full(6, 128), *rng.integers(40, 216, (2, 6))]).astype(np.uint8)
    cells = np.kron(rng.integers(0, 6, (24, 24)), np.ones((4, 4), int))
    frame = frame_of(np.zeros((96, 96, 3), np.uint8), "444").replace(y=colours[0][cells], u=colours[1][cells],
                                                                     v=colours[2][cells])  # fmt: skip
    options = EncoderOptions(qindex=60, screen=True)
    coded = Encoder(frame, options, still=True).encode(frame, reconstruct=True)
    assert share_of(coded.blocks, coded.blocks["palette_size_uv"] > 2) > 0.5


def repeated_far_away():
    """The squares above the last one and to its left repeat one far to the left, it one far to the right."""
    rng = np.random.default_rng(1)
    first, second, *others = np.repeat(20 + 90 * rng.integers(0, 2, (16, 64, 32), np.uint8), 2, axis=2)
    samples = np.full((512, 2304), 200, np.uint8)
    for y, x, square in (
        (0, 8, first), (384, 1216, first), (448, 1152, first), (0, 2232, second), (448, 1216, second),
        *((128, 64 + 64 * k, other) for k, other in enumerate(others)),
    ):  # fmt: skip
        samples[y : y + 64, x : x + 64] = square
    return samples


def test_a_copy_from_too_far_from_the_predicted_place():
    """A vector may be 2047 samples long, and its difference from the predicted one 2048."""
    frame = Frame(repeated_far_away(), subsampling="4:0:0")
    encoded = encode_frame(frame, lossless=True, speed=8)
    assert_decodes(encoded)
    assert_same(encoded.reconstruction.planes, frame.planes)
    copied = encoded.blocks[encoded.blocks["use_intrabc"] != 0]
    assert {(8 * -384, 8 * -1208), (8 * -448, 8 * -1144)} <= {tuple(mv) for mv in copied["mv"][:, 0].tolist()}


@pytest.mark.parametrize("content", [echoes, screen, window], ids=lambda content: content.__name__)
@pytest.mark.parametrize(("chroma", "depth"), [*FORMATS, ("422", 8), ("400", 12)])
def test_copies(content, chroma, depth):
    """Of pictures that repeat themselves, exactly or not quite."""
    frame = frame_of(content(437, 213), chroma, depth)
    for options in ({"quality": 20}, {"quality": 60}, {"quality": 90, "speed": 2}, {"lossless": True}):
        encoded = encode_frame(frame, **options)
        assert_decodes(encoded)
        blocks = encoded.blocks
        assert share_of(blocks, blocks["use_intrabc"] > 0) > 0.1
        if "lossless" in options:
            assert_same(encoded.reconstruction.planes, frame.planes)


def test_copies_with_tiles():
    encoded = encode_frame(frame_of(echoes(700, 260)), tiles=(2, 2), threads=2)
    assert_decodes(encoded)
    assert (encoded.blocks["use_intrabc"] > 0).any()


@pytest.mark.parametrize("qindex", [0, 90])
def test_tools_that_are_asked_for_where_they_are_of_no_use(qindex):
    frame = frame_of(photo(150, 130), "420")
    encoder = Encoder(frame, EncoderOptions(qindex=qindex, screen=True, copies=True), still=False)
    coded = encoder.encode(frame, reconstruct=True)
    (picture,) = dav1d_pictures([DELIMITER + encoder.sequence_obu + coded.obu])
    assert_same(coded.planes, picture.planes)
    assert coded.header.allow_intrabc


def test_repetitions():
    """Against a search through all places, in the order in which they are coded."""
    rng = np.random.default_rng(0)
    part = np.kron(rng.integers(0, 3, (16, 11)), np.ones((8, 8), int))
    luma = np.tile(part, (1, 3))[:, :192].astype(np.uint16)
    luma[rng.integers(0, 128, 20), rng.integers(0, 192, 20)] += 1
    links = repetitions(luma)
    places = [(64 * i + y, 64 * j + x) for i in range(2) for j in range(3) for y, x in np.ndindex(64, 64)]
    for ours, side in zip(links, SIDES, strict=True):
        seen, expected = {}, np.full(luma.shape, -1)
        for y, x in places:
            square = luma[y : y + side, x : x + side]
            if square.shape == (side, side) and square.min() < square.max():
                expected[y, x] = seen.get(square.tobytes(), -1)
                seen[square.tobytes()] = y * 192 + x
        np.testing.assert_array_equal(ours, expected)
        assert (expected >= 0).any()


@pytest.mark.parametrize("qindex", [40, 110, 180])
def test_text_costs_less_with_palettes(qindex):
    """In D + λR of the whole file, with the λ of the search."""
    frame = frame_of(lettering(12), "444")
    costs = []
    for palettes in (False, True):
        options = EncoderOptions(qindex=qindex, screen=palettes, copies=False)
        encoder = Encoder(frame, options, still=True)
        coded = encoder.encode(frame, reconstruct=True)
        errors = [np.square(a.astype(int) - b).sum() for a, b in zip(coded.planes, frame.planes, strict=True)]
        lam = tune_settings("psnr").lambda_scale * (AC_QLOOKUP[0][qindex] / 8) ** 2
        costs.append(sum(errors) + lam * 8 * len(coded.obu))
    assert costs[1] < 0.9 * costs[0]


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png", "astronaut.png", "rocket.png", "retina.jpg"])
def test_photographs_do_not_look_like_screens(name):
    samples = np.asarray(Image.open(IMAGES / name).convert("RGB"))
    for chroma, depth in FORMATS:
        assert not looks_like_screen(frame_of(samples, chroma, depth).y, depth)


@pytest.mark.parametrize("size", [9, 12, 20, 40])
def test_text_looks_like_a_screen(size):
    for depth in (8, 10, 12):
        assert looks_like_screen(frame_of(lettering(size), "444", depth).y, depth)


def test_what_is_smaller_than_a_block_does_not():
    assert not looks_like_screen(np.zeros((15, 400), np.uint8), 8)


def test_photographs_are_encoded_as_without_the_tools():
    frame = frame_of(photo(130, 100))
    without = EncoderOptions(screen=False)
    for still in (True, False):
        data = [
            Encoder(frame, options, still=still).encode(frame).obu for options in (EncoderOptions(), without)
        ]
        assert data[0] == data[1]


def spec_color_order(color_map, r, c, n):
    """ColorOrder and the context, as get_palette_color_context (5.11.50) leaves them."""
    scores, order = [0] * 8, list(range(8))
    if c > 0:
        scores[color_map[r][c - 1]] += 2
    if r > 0 and c > 0:
        scores[color_map[r - 1][c - 1]] += 1
    if r > 0:
        scores[color_map[r - 1][c]] += 2
    for i in range(3):
        max_score, max_idx = scores[i], i
        for j in range(i + 1, n):
            if scores[j] > max_score:
                max_score, max_idx = scores[j], j
        if max_idx != i:
            max_order = order[max_idx]
            for k in range(max_idx, i, -1):
                scores[k], order[k] = scores[k - 1], order[k - 1]
            scores[i], order[i] = max_score, max_order
    hash_ = sum(scores[i] * PALETTE_COLOR_HASH_MULTIPLIERS[i] for i in range(3))
    return order[:n], PALETTE_COLOR_CONTEXT[hash_]


@pytest.mark.parametrize("n", range(2, 9))
def test_the_order_of_colors(n):
    from numba import njit

    from cfl.av1.tile.palette import color_context, color_of_rank, color_rank

    @njit
    def ordered(color_map, r, c, n):
        ctx, first, second, third = color_context(color_map, 0, r, c)
        ranks = [color_rank(color, first, second, third) for color in range(n)]
        return ctx, ranks, [color_of_rank(rank, first, second, third) for rank in range(n)]

    for corner, above, left in itertools.product(range(n), repeat=3):
        color_map = np.array([[[corner, above], [left, 0]]], np.uint8)
        for r, c in ((0, 1), (1, 0), (1, 1)):
            order, context = spec_color_order(color_map[0].tolist(), r, c, n)
            ours, ranks, colors = ordered(color_map, r, c, n)
            assert (ours, colors) == (context, order)
            assert [ranks[color] for color in order] == list(range(n))
