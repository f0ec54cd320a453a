"""The search for filters: its measures against the filters themselves, and its choices in whole frames."""

import copy
from itertools import pairwise

import numpy as np
import pytest
from av1_corpus import coded_frames, pillow, svt
from av1_oracle import dav1d_pictures, first_difference
from av1_pictures import screen
from spec.filter_frames import SUBSAMPLINGS, mi_size, picture, plane_shapes, tiling

from cfl.av1.entropy.cdfs import default_context
from cfl.av1.filter_search.cdef import _errors
from cfl.av1.filter_search.deblocking import _Search, search_levels
from cfl.av1.filter_search.frame import search_filters
from cfl.av1.filter_search.restoration.input import RestorationInput, Tiling
from cfl.av1.filter_search.restoration.least_squares import (
    least_squares_taps,
    least_squares_weights,
    unpacked,
)
from cfl.av1.filter_search.restoration.length_tables import code_lengths
from cfl.av1.filter_search.restoration.sums import sums_of_planes
from cfl.av1.filter_search.restoration.units import coding_order
from cfl.av1.filter_search.squared_error import squared_error
from cfl.av1.filters.cdef import CdefFrame, cdef
from cfl.av1.filters.deblocking import LoopFilterFrame, deblock_band, deblock_tables
from cfl.av1.filters.postfilter import postfilter
from cfl.av1.filters.restoration import PlaneRestoration, RestorationFrame, border_rows, restore
from cfl.av1.headers.coded_frame import frame_payload, read_frames, sequence_header_payload
from cfl.av1.headers.filters import CdefParams, LoopFilterParams, LrParams
from cfl.av1.headers.obu import (
    OBU_FRAME,
    OBU_SEQUENCE_HEADER,
    OBU_TEMPORAL_DELIMITER,
    ObuHeader,
    encode_obu,
    iter_obus,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.tile_group import Tile
from cfl.av1.reconstruction.frame_arrays import frame_arrays
from cfl.av1.speeds import CdefEffort, DeblockEffort, RestorationEffort
from cfl.av1.tables.constants import RESTORE_SGRPROJ, RESTORE_WIENER
from cfl.av1.tables.restoration import (
    SGR_PARAMS,
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_K,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)
from cfl.av1.tile.state import frame_parameters
from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, encode_tiles, frame_buffers
from cfl.frames import rgb_to_frame

DEPTHS = [8, 10, 12]
SECONDARY = 0, 1, 2, 4


def noisy(rng, planes, bit_depth):
    """What such planes might be reconstructions of."""
    top, one = (1 << bit_depth) - 1, 1 << (bit_depth - 8)
    return [
        np.clip(plane + rng.integers(-4 * one, 4 * one + 1, plane.shape), 0, top).astype(np.uint16)
        for plane in planes
    ]


def visible(width, height, subsampling, planes):
    sub_x, sub_y = subsampling or (0, 0)
    return [(height, width), *[(height + sub_y >> sub_y, width + sub_x >> sub_x)] * (planes - 1)]


def padded(plane, shape):
    return np.pad(plane, [(0, a - b) for a, b in zip(shape, plane.shape, strict=True)], mode="edge")


# --- deblocking


def deblocking_case(rng, subsampling, bit_depth, kind, width=75, height=70):
    mi_rows, mi_cols = mi_size(width, height)
    shapes = plane_shapes(mi_rows, mi_cols, subsampling)
    planes = [picture(rng, shape, bit_depth, kind) for shape in shapes]
    frame = LoopFilterFrame(
        width, height, *(subsampling or (0, 0)), bit_depth, [0] * 4, 0, 0, [0] * 8, [0, 0], 0,
        np.zeros((8, 4), int),
        [tiling(rng, shape[0] // 4, shape[1] // 4) for shape in shapes[:2]],
        np.zeros((mi_rows, mi_cols), np.uint8), np.zeros((mi_rows, mi_cols, 4), np.int8),
    )  # fmt: skip
    return noisy(rng, planes, bit_depth), planes, frame, visible(width, height, subsampling, len(planes))


@pytest.mark.parametrize("kind", ["steps", "flat", "noise"])
@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_error_of_each_level_is_that_of_the_filter(subsampling, bit_depth, kind):
    """On the frame's 8x8 blocks, all of which are filtered and counted here."""
    rng = np.random.default_rng(4)
    source, planes, frame, _ = deblocking_case(rng, subsampling, bit_depth, kind, 72, 64)
    shapes = [plane.shape for plane in planes]
    search = _Search(source, planes, frame, shapes, DeblockEffort(1 << 40, True, 0), 1)
    for vertical in (True, False):
        found = [search.errors(plane, i, vertical) for i, plane in enumerate(planes)]
        for level in (0, 1, 3, 9, 15, 16, 17, 31, 32, 47, 48, 63):
            filtered = [plane.copy() for plane in planes]
            if level:
                levels = frame._replace(loop_filter_level=[level] * 4)
                deblock_band(filtered, levels, deblock_tables(levels), vertical, 0, frame.segment_id.shape[0])
            for i, shape in enumerate(shapes):
                before, after = (squared_error(p[i], source[i], shape) for p in (planes, filtered))
                assert found[i][level] == after - before


@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_levels_of_frames_of_odd_sizes(subsampling):
    rng = np.random.default_rng(5)
    for width, height in ((1, 1), (9, 130), (131, 7)):
        source, planes, frame, shapes = deblocking_case(rng, subsampling, 8, "steps", width, height)
        levels = [
            search_levels(source, planes, frame, shapes, DeblockEffort(1000, True, trials))
            for trials in (0, 9)
        ]
        assert all(0 <= level <= 63 for choice in levels for level in choice)


# --- CDEF


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_error_of_each_strength_is_that_of_the_filter(subsampling, bit_depth):
    rng = np.random.default_rng(6)
    width, height = 136, 72
    mi_rows, mi_cols = mi_size(width, height)
    planes = [picture(rng, s, bit_depth, "steps") for s in plane_shapes(mi_rows, mi_cols, subsampling)]
    source = noisy(rng, planes, bit_depth)
    skip = (rng.random((mi_rows, mi_cols)) < 0.6).astype(np.uint8)
    idx = np.zeros((-(-mi_rows // 16), -(-mi_cols // 16)), np.int8)
    damping = int(rng.integers(3, 7))
    frame = CdefFrame(*(subsampling or (0, 0)), bit_depth, damping, [0], [0], [0], [0], skip, idx)
    shapes = visible(width, height, subsampling, len(planes))
    effort = CdefEffort(range(16), SECONDARY, (0,), 3, 1, 1)
    tables = _errors(source, planes, frame, shapes, effort, 1)
    for pri, sec in [(0, 1), (1, 0), (2, 2), (7, 1), (15, 3), (12, 0), *rng.integers(0, (16, 4), (6, 2))]:
        strengths = [int(pri)], [SECONDARY[sec]]
        targets = [np.empty_like(plane) for plane in planes]
        kinds = ("cdef_y_pri_strength", "cdef_y_sec_strength", "cdef_uv_pri_strength", "cdef_uv_sec_strength")
        cdef(planes, targets, frame._replace(**dict(zip(kinds, strengths * 2, strict=True))))
        for which, table in zip((slice(0, 1), slice(1, 3)), tables, strict=True):
            triples = list(zip(planes[which], targets[which], source[which], shapes[which], strict=True))
            change = sum(squared_error(b, c, s) - squared_error(a, c, s) for a, b, c, s in triples)
            if triples:
                sums = table.sum(axis=(0, 1))
                assert sums[4 * pri + sec] - sums[0] == change


# --- loop restoration


def restoration_case(rng, subsampling, bit_depth, width=150, height=140):
    shapes = visible(width, height, subsampling, 1 if subsampling is None else 3)
    deblocked = [picture(rng, (s[0] + 63 & ~63, s[1] + 63 & ~63), bit_depth, "steps") for s in shapes]
    planes, source = (noisy(rng, deblocked, bit_depth) for _ in range(2))
    frame = RestorationFrame(width, height, *(subsampling or (0, 0)), bit_depth, [])
    given = RestorationInput(
        source, planes, frame, RestorationEffort(range(16), (0,), (0,), 1), 1.0, True, default_context(0),
        Tiling([0, 64], [0, 64], 64),
    )  # fmt: skip
    products = sums_of_planes(given, [p[border_rows(frame, i)] for i, p in enumerate(deblocked)], 1)
    return source, deblocked, planes, frame, shapes, products


def wiener_features(plane, half):
    """Sums of samples at distances i, j less as many times the middle: (side, side, height, width)."""
    height, width = plane.shape
    wide = np.pad(plane.astype(np.int64), half, mode="edge")

    def at(dy, dx):
        return wide[half + dy : half + dy + height, half + dx : half + dx + width]

    features = np.zeros((half + 1, half + 1, height, width), np.int64)
    for i in range(half + 1):
        for j in range(half + 1):
            around = {(a * (half - i), b * (half - j)) for a in (-1, 1) for b in (-1, 1)}
            features[i, j] = sum(at(*offset) - at(0, 0) for offset in around)
    return features


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("half", [3, 2])
def test_wiener_products(half, bit_depth):
    """Those of a plane of one stripe, whose borders are the frame's, in plain NumPy."""
    rng = np.random.default_rng(8)
    subsampling = None if half == 3 else (0, 0)
    height, width = 50, 70
    source, _, planes, _, _, products = restoration_case(rng, subsampling, bit_depth, width, height)
    i = 0 if half == 3 else 1
    samples, wanted = (p[i][:height, :width].astype(np.int64) for p in (planes, source))
    features = wiener_features(samples, half).reshape((half + 1) ** 2, -1)
    features[-1] = (wanted - samples).reshape(-1)
    expected = features @ features.T
    found = products[i].wiener.sum(axis=(0, 1))
    np.testing.assert_array_equal(found, expected[np.triu_indices((half + 1) ** 2)])


@pytest.mark.parametrize("half", [3, 2])
def test_wiener_taps_are_least_squares(half):
    """Neither direction has better coefficients, given the other's, by NumPy's least squares."""
    rng = np.random.default_rng(9)
    wanted = np.cumsum(np.cumsum(rng.normal(0, 8, (64, 64)), axis=0), axis=1) % 255
    samples = np.clip(wanted + rng.normal(0, 9, wanted.shape), 0, 255).round()
    features = wiener_features(samples, half)
    error = (wanted.round() - samples).reshape(-1).astype(np.int64)
    rows = features.reshape((half + 1) ** 2, -1).copy()
    rows[-1] = error
    products = (rows @ rows.T)[np.triu_indices((half + 1) ** 2)][None]
    (taps,) = least_squares_taps(*unpacked(products, half), half)
    inner = taps[:, 3 - half :] / 128
    filters = np.concatenate([inner, 1 - 2 * inner.sum(axis=1, keepdims=True)], axis=1)
    for direction, spec in enumerate(("ijyx,j->iyx", "ijyx,i->jyx")):
        sums = np.einsum(spec, features, filters[1 - direction]).reshape(half + 1, -1)
        best = np.linalg.lstsq((sums[:-1] - 2 * sums[-1]).T, error - sums[-1], rcond=None)[0]
        limits = WIENER_TAPS_MIN[3 - half :] / 128, WIENER_TAPS_MAX[3 - half :] / 128
        within = (best > limits[0]) & (best < limits[1])
        if within.all():
            np.testing.assert_allclose(inner[direction], best, atol=1.5 / 128)


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("subsampling", SUBSAMPLINGS)
def test_products_foretell_the_error_of_both_filters(subsampling, bit_depth):
    """Up to rounding, for units of the whole plane, with the deblocked rows between stripes."""
    rng = np.random.default_rng(10)
    source, deblocked, planes, frame, shapes, products = restoration_case(rng, subsampling, bit_depth)
    for i, shape in enumerate(shapes):
        half = 2 if i else 3
        wiener = products[i].wiener.sum(axis=(0, 1))[None]
        A, b = unpacked(wiener, half)
        taps = least_squares_taps(A, b, half)
        inner = taps[0, :, 3 - half :]
        filters = np.concatenate([inner, 128 - 2 * inner.sum(axis=1, keepdims=True)], axis=1)
        w = (filters[0][:, None] * filters[1] / 2**14).reshape(-1)
        expected = {RESTORE_WIENER: [(0, (0, 0), wiener[0, -1] + w @ A[0] @ w - 2 * w @ b[0])]}
        sums = products[i].sgr.sum(axis=(0, 1))
        weights = least_squares_weights(sums[None], np.arange(16))[0]
        expected[RESTORE_SGRPROJ] = []
        for number in (0, 7, 12, 15):
            xqd = weights[number]
            assert (xqd >= SGRPROJ_XQD_MIN).all() and (xqd <= SGRPROJ_XQD_MAX).all()
            used = SGR_PARAMS[number, ::2] > 0
            a, c = np.array([xqd[0], 128 - xqd.sum()]) / 2048 * used
            f = sums[number]
            error = wiener[0, -1] + a * a * f[0] + 2 * a * c * f[1] + c * c * f[2] - 2 * (a * f[3] + c * f[4])
            expected[RESTORE_SGRPROJ].append((number, tuple(xqd), error))
        for kind, cases in expected.items():
            for number, xqd, error in cases:
                unit = PlaneRestoration(256, np.array([[kind]]), taps[:1, None], np.array([[number]]),
                                        np.array([[xqd]]))  # fmt: skip
                targets = [np.empty_like(plane) for plane in planes]
                only = [unit if plane == i else None for plane in range(len(planes))]
                restore(deblocked, planes, targets, frame._replace(planes=only))
                true = squared_error(targets[i], source[i], shape)
                assert abs(true - error) < 0.03 * error + shape[0] * shape[1]


def _decoded(bits, low, high, k, reference):
    """decode_signed_subexp_with_ref_bool of 5.11.58, literally, from an iterator of bits."""

    def literal(n):
        value = 0
        for _ in range(n):
            value = 2 * value + next(bits)
        return value

    def ns(n):
        w = n.bit_length()
        m = (1 << w) - n
        v = literal(w - 1)
        return v if v < m else (v << 1) - m + literal(1)

    def subexp(count):
        i = mk = 0
        while True:
            b2 = k + i - 1 if i else k
            a = 1 << b2
            if count <= mk + 3 * a:
                return ns(count - mk) + mk
            if not literal(1):
                return literal(b2) + mk
            i += 1
            mk += a

    def inverse_recenter(r, v):
        if v > 2 * r:
            return v
        return r - ((v + 1) >> 1) if v & 1 else r + (v >> 1)

    mx, r = high - low, reference - low
    v = subexp(mx)
    x = inverse_recenter(r, v) if (r << 1) <= mx else mx - 1 - inverse_recenter(mx - 1 - r, v)
    return x + low


def _lengths(low, high, k, reference):
    """The length of the code of each value, by trying all codes."""
    found = {}
    pending = [[]]
    while pending:
        code = pending.pop()
        try:
            value = _decoded(iter(code), low, high, k, reference)
        except StopIteration:
            pending += [[*code, 0], [*code, 1]]
            continue
        assert value not in found
        found[value] = len(code)
    return [found[value] for value in range(low, high)]


def test_code_lengths():
    tap_bits, weight_bits = code_lengths()
    kinds = [(tap_bits[j], WIENER_TAPS_MIN[j], WIENER_TAPS_MAX[j], WIENER_TAPS_K[j]) for j in range(3)]
    kinds += [(weight_bits[i], SGRPROJ_XQD_MIN[i], SGRPROJ_XQD_MAX[i], 4) for i in range(2)]
    for table, *numbers in kinds:
        low, high, k = (int(number) for number in numbers)
        for reference in range(low, high + 1):
            expected = _lengths(low, high + 1, k, reference)
            assert table[reference - low, : high + 1 - low].tolist() == expected


@pytest.mark.parametrize("shifts", [(0, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("sb_size", [64, 128])
@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_order_of_units(size, sb_size, shifts):
    """read_lr of 5.11.57 in loops over tiles and superblocks."""
    sb4 = sb_size // 4
    rows, cols = [0, 2 * sb4, 5 * sb4, 7 * sb4 - 6], [0, 3 * sb4, 6 * sb4 - 10]
    sides = [4 * starts[-1] >> shift for starts, shift in zip((rows, cols), shifts, strict=True)]
    shape = tuple(max((side + size // 2) // size, 1) for side in sides)
    expected, begins = [], []
    for top, bottom in pairwise(rows):
        for left, right in pairwise(cols):
            first = True
            for r in range(top, bottom, sb4):
                for c in range(left, right, sb4):
                    spans = []
                    for at, shift, count in zip((r, c), shifts, shape, strict=True):
                        start, end = (-(-(place * 4 >> shift) // size) for place in (at, at + sb4))
                        spans.append(range(start, min(end, count)))
                    for row in spans[0]:
                        for col in spans[1]:
                            expected.append(row * shape[1] + col)
                            begins.append(int(first))
                            first = False
    found = coding_order(Tiling(rows, cols, sb_size), size, shape, shifts)
    assert [found[0].tolist(), found[1].tolist()] == [expected, begins]
    assert sorted(expected) == list(range(shape[0] * shape[1]))


# --- whole frames

CASES = [
    pillow("search 420", size=(200, 140), quality=40, speed=9),
    pillow("search odd", size=(75, 133), quality=60, speed=9),
    pillow("search tiny", size=(1, 1), quality=60, speed=9),
    pillow("search 422", chroma="422", size=(130, 90), quality=50, speed=9),
    pillow("search 444", chroma="444", size=(130, 90), quality=50, speed=9),
    pillow("search mono", chroma="400", size=(130, 90), quality=50, speed=9),
    pillow("search 128", size=(300, 200), quality=30, speed=8, advanced="sb-size=128"),
    pillow("search tiles", size=(300, 200), quality=50, speed=9,
           advanced="tile-columns=1 tile-rows=1 sb-size=64"),
    pillow("search coarse", size=(200, 140), quality=5, speed=9),
    svt("search 10 bits", size=(136, 100), depth=10),
]  # fmt: skip


class Search:
    """The first frame of a case, decoded up to the filters, and what it should be."""

    def __init__(self, case):
        coded = coded_frames(case)[0]
        planes, recorder = frame_buffers(coded), BlockRecorder()
        arrays = decode_tiles(coded, planes, recorder=recorder)
        self.planes, self.tiles = list(planes), recorder.tiles
        self.sequence, self.header = copy.deepcopy(coded.sequence), copy.deepcopy(coded.header)
        self.sequence.enable_cdef = self.sequence.enable_restoration = 1
        self.header.lr.loop_restoration_size = [64] * 3
        room = frame_arrays(frame_parameters(self.sequence, self.header))
        names = ("cdef_idx", "lr_type", "lr_wiener", "lr_sgr_set", "lr_sgr_xqd")
        self.arrays = arrays._replace(**{name: getattr(room, name) for name in names})
        frame = rgb_to_frame(
            case.pictures()[0], bit_depth=case.depth, full_range=case.depth == 8,
            subsampling={"400": "4:0:0", "420": "4:2:0", "422": "4:2:2", "444": "4:4:4"}[case.chroma],
        )  # fmt: skip
        originals = zip(frame.planes, self.planes, strict=True)
        self.source = [padded(plane.astype(np.uint16), buffer.shape) for plane, buffer in originals]

    def run(self, speed, threads=1):
        search_filters(
            self.sequence, self.header, self.source, self.planes, self.arrays, speed=speed, threads=threads
        )
        return self

    def shown(self):
        return postfilter(self.sequence, self.header, [p.copy() for p in self.planes], self.arrays)

    def errors(self):
        """The squared error of all planes without filters, and with."""
        shown = self.shown()
        pairs = [
            (plane[: s.shape[0], : s.shape[1]], s, source[: s.shape[0], : s.shape[1]])
            for plane, s, source in zip(self.planes, shown, self.source, strict=True)
        ]
        return [
            sum(int(((triple[i].astype(np.int64) - triple[2]) ** 2).sum()) for triple in pairs)
            for i in (0, 1)
        ]

    def stream(self):
        """A temporal unit with the frame written anew."""
        tiles = encode_tiles(self.sequence, self.header, self.tiles, copy.deepcopy(self.arrays))
        largest = max(len(tile) for tile in tiles)
        self.header.tile_info.tile_size_bytes_minus_1 = max(largest.bit_length() - 1, 0) // 8
        tiles = [Tile(memoryview(tile)) for tile in tiles]
        payload = frame_payload(self.header, self.sequence, ReferenceState(), tiles)
        sequence = sequence_header_payload(self.sequence)
        return b"".join(
            encode_obu(ObuHeader(kind), part)
            for kind, part in (
                (OBU_TEMPORAL_DELIMITER, b""),
                (OBU_SEQUENCE_HEADER, sequence),
                (OBU_FRAME, payload),
            )
        )

    def choices(self):
        arrays = self.arrays
        header = self.header
        return (
            header.loop_filter, header.cdef, header.lr, arrays.cdef_idx.tolist(), arrays.lr_type.tolist(),
            arrays.lr_wiener.tolist(), arrays.lr_sgr_set.tolist(), arrays.lr_sgr_xqd.tolist(),
        )  # fmt: skip


@pytest.mark.parametrize("speed", [1, 6, 8, 10])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_choices_are_read_back_and_help(case, speed):
    search = Search(case).run(speed)
    before, after = search.errors()
    assert after <= before
    written = search.stream()
    (coded,) = read_frames(iter_obus(written))
    planes = frame_buffers(coded)
    arrays = decode_tiles(coded, planes)
    assert first_difference(planes, search.planes) is None
    np.testing.assert_array_equal(arrays.cdef_idx, search.arrays.cdef_idx)
    header = coded.header
    assert (header.loop_filter, header.cdef, header.lr) == search.choices()[:3]
    shown = postfilter(coded.sequence, header, list(planes), arrays)
    assert first_difference(shown, search.shown()) is None
    (picture,) = dav1d_pictures([written])
    assert first_difference(shown, picture.planes) is None


@pytest.mark.parametrize("speed", [0, 6, 9])
def test_threads_choose_alike(speed):
    case = CASES[7]
    expected = Search(case).run(speed).choices()
    for threads in (2, 5):
        assert Search(case).run(speed, threads).choices() == expected


def test_planes_are_not_changed():
    search = Search(CASES[0])
    planes, source = ([p.copy() for p in each] for each in (search.planes, search.source))
    search.run(4)
    assert first_difference(search.planes, planes) is None
    assert first_difference(search.source, source) is None


def test_slower_is_better():
    """Over all, and each speed finds nearly all there is."""
    changes = []
    for speed in (0, 4, 6, 8, 9):
        before, after = Search(CASES[0]).run(speed).errors()
        changes.append(before - after)
    assert changes[0] > 0
    assert min(changes[:3]) >= 0.9 * max(changes)
    assert changes[-1] >= 0.4 * max(changes)


@pytest.mark.parametrize(
    "case",
    [
        pillow("search lossless", chroma="444", size=(96, 64), quality=100, speed=9),
        pillow("search copies", screen, (192, 128), "444", speed=3, advanced="tune-content=screen",
               shows=lambda s, h: h.allow_intrabc),
    ],
    ids=lambda case: case.name,
)  # fmt: skip
def test_no_filters_where_there_may_be_none(case):
    search = Search(case).run(4)
    assert search.header.coded_lossless or search.header.allow_intrabc
    assert search.choices()[:3] == (LoopFilterParams(), CdefParams(), LrParams())
    assert (search.arrays.cdef_idx == -1).all()
    assert not search.arrays.lr_type.any()
    (picture,) = dav1d_pictures([search.stream()])
    assert first_difference(search.shown(), picture.planes) is None


def test_sequence_without_filters():
    search = Search(CASES[0])
    search.sequence.enable_cdef = search.sequence.enable_restoration = 0
    search.run(4)
    assert (search.header.cdef, search.header.lr) == (CdefParams(), LrParams())
    assert any(search.header.loop_filter.loop_filter_level)


def test_units_are_of_sizes_that_fit():
    search = Search(CASES[0])
    search.header.lr.loop_restoration_size = [256] * 3
    room = frame_arrays(frame_parameters(search.sequence, search.header))
    search.arrays = search.arrays._replace(
        lr_type=room.lr_type, lr_wiener=room.lr_wiener, lr_sgr_set=room.lr_sgr_set, lr_sgr_xqd=room.lr_sgr_xqd
    )
    search.run(4)
    assert search.header.lr.loop_restoration_size[0] == 256


def test_perfect_reconstruction_is_left_alone():
    search = Search(CASES[0])
    search.source = [plane.copy() for plane in search.planes]
    search.run(6)
    assert not any(search.header.loop_filter.loop_filter_level)
    assert not search.header.lr.uses_lr
    assert search.errors() == [0, 0]
