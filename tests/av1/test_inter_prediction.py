"""Inter prediction against the specification's pseudo-code, over random blocks, references and models."""

from functools import cache

import numpy as np
import pytest
from from_python import FromPython

from cfl.av1.motion.mode_info import empty_mode_info
from cfl.av1.motion.state import WARP_SAMPLES
from cfl.av1.reconstruction.inter import distance, plane, position, references, scratch, warp_model
from cfl.av1.tables import inter_prediction, subpel_filters, warp, wedge
from cfl.av1.tables.geometry import SUBSAMPLED_SIZE
from cfl.errors import BitstreamError
from tests.spec import inter_spec, inter_tables
from tests.spec.inter_spec import (
    COMPOUND_AVERAGE,
    COMPOUND_DIFFWTD,
    COMPOUND_DISTANCE,
    COMPOUND_INTRA,
    COMPOUND_WEDGE,
    LOCALWARP,
    OBMC,
    Block_Height,
    Block_Width,
    Inter,
    Wedge_Bits,
)

kernels, models, places = FromPython(plane), FromPython(warp_model), FromPython(position)

FRAME = np.dtype(
    [(name, "i8") for name in ("bit_depth", "subsampling_x", "subsampling_y", "mi_rows", "mi_cols")]
    + [("force_integer_mv", "i8"), ("gm_type", "i8", (8,)), ("gm_params", "i8", (8, 6))],
    align=True,
)
TILE = np.dtype([("avail_u", "i8"), ("avail_l", "i8")], align=True)
BLOCK = np.dtype(
    [("mi_row", "i4"), ("mi_col", "i4"), ("ref_frame", "i1", (2,)), ("mv", "i2", (2, 2))]
    + [
        (name, "i1")
        for name in (
            "mi_size", "y_mode", "motion_mode", "compound_type", "interintra_mode", "wedge_interintra",
            "wedge_index", "wedge_sign", "mask_type",
        )
    ],
    align=True,
)  # fmt: skip

NEWMV, GLOBALMV = 17, 16
SIZES = list(range(22))
LARGE = [size for size in SIZES if min(Block_Width[size], Block_Height[size]) >= 8]
WEDGES = [size for size in SIZES if Wedge_Bits[size]]
FORMATS = [(0, 0), (1, 0), (1, 1)]


@cache
def spec_wedges():
    return inter_spec.initialise_wedge_mask_table()


def random_samples(rng, bit_depth, shape):
    """Noise, extremes in patterns that make the filters ring, or slopes."""
    peak = (1 << bit_depth) - 1
    kind = rng.integers(0, 4)
    if kind == 0:
        return rng.integers(0, peak + 1, shape).astype(np.uint16)
    if kind == 1:
        return rng.choice([0, peak], shape).astype(np.uint16)
    if kind == 2:
        sign = np.array([-4, 12, -24, 80, 80, -24, 12, -4]) > 0
        rows, cols = (np.resize(np.roll(sign, rng.integers(8)), n) for n in shape)
        return (np.logical_not(np.logical_xor.outer(rows, cols)) * peak).astype(np.uint16)
    slopes = np.add.outer(
        np.arange(shape[0]) * rng.integers(-9, 10), np.arange(shape[1]) * rng.integers(-9, 10)
    )
    return np.clip(slopes + rng.integers(-3, 4, shape) + peak // 2, 0, peak).astype(np.uint16)


class Case:
    """A random frame with references, and a block in it, for both sides."""

    def __init__(self, rng, mi_size, bit_depth, shifts, *, scaled=False):
        self.rng, self.shifts = rng, shifts
        w, h = Block_Width[mi_size], Block_Height[mi_size]
        self.width, self.height = (int(rng.integers(16, 60) + side) for side in (w, h))
        mi_cols, mi_rows = (2 * ((side + 7) >> 3) for side in (self.width, self.height))
        self.frame, self.tile, self.block = (np.zeros(1, kind)[0] for kind in (FRAME, TILE, BLOCK))
        self.warp_samples = np.zeros(1, WARP_SAMPLES)[0]
        self.frame["bit_depth"], self.frame["mi_rows"], self.frame["mi_cols"] = bit_depth, mi_rows, mi_cols
        self.frame["subsampling_x"], self.frame["subsampling_y"] = shifts
        rows, cols = (-(-4 * side // 128) * 128 + 128 for side in (mi_rows, mi_cols))
        shapes = [(rows, cols)] + [(rows >> shifts[1], cols >> shifts[0])] * 2
        self.planes = [random_samples(rng, bit_depth, shape) for shape in shapes]
        self.references = [self._reference(bit_depth, scaled) for _ in range(7)]
        block = self.block
        block["mi_size"] = mi_size
        block["mi_row"] = rng.integers(0, (mi_rows * 4 - 1) // h + 1) * h // 4
        block["mi_col"] = rng.integers(0, (mi_cols * 4 - 1) // w + 1) * w // 4
        # of blocks that share a chroma block the last one predicts it
        block["mi_row"] |= h == 4
        block["mi_col"] |= w == 4
        block["y_mode"], block["compound_type"] = NEWMV, COMPOUND_AVERAGE
        self.tile["avail_u"], self.tile["avail_l"] = block["mi_row"] > 0, block["mi_col"] > 0
        # the specification's arrays go on beyond the frame
        places = mi_rows + 32, mi_cols + 32
        self.mi_sizes = rng.choice(SIZES, places).astype(np.int8)
        self.ref_frames = rng.integers(0, 8, (*places, 2)).astype(np.int8)
        self.interp_filters = rng.integers(0, 4, (*places, 2)).astype(np.int8)
        reach = rng.choice([64, 400, 1 << 14])
        self.mvs = rng.integers(-reach + 1, reach, (*places, 2, 2)).astype(np.int16)
        self.mvs[rng.random(self.mvs.shape) < 0.2] &= -16
        self.order_hints = rng.integers(0, 40, 9)

    def _reference(self, bit_depth, scaled):
        width, height = self.width, self.height
        if scaled:
            width = int(self.rng.integers(-(-width // 16), 2 * width + 1))
            height = int(self.rng.integers(-(-height // 16), 2 * height + 1))
        extra = self.rng.integers(0, 9, 2)
        sides = [(width, height)] + [tuple(n + s >> s for n, s in zip((width, height), self.shifts))] * 2  # noqa: B905
        planes = [random_samples(self.rng, bit_depth, (h + extra[0], w + extra[1])) for w, h in sides]
        return references.Reference(planes, width, height)

    def decide(self, **fields):
        """Fields of the block."""
        for name, value in fields.items():
            self.block[name] = value

    def refer(self, first, second):
        """The reference frames of the block."""
        block = self.block
        block["ref_frame"] = first, second
        row, col = int(block["mi_row"]), int(block["mi_col"])
        h, w = Block_Height[block["mi_size"]] // 4, Block_Width[block["mi_size"]] // 4
        self.ref_frames[row : row + h, col : col + w] = first, second
        self.mvs[row : row + h, col : col + w] = self.mvs[row, col]
        block["mv"] = self.mvs[row, col]
        self.mi_sizes[row : row + h, col : col + w] = block["mi_size"]
        # blocks that share a chroma block are equally long
        if h == 1:
            self.ref_frames[row - 1, col : col + w] = self.ref_frames[row - 1, col]
        if w == 1:
            self.ref_frames[row : row + h, col - 1] = self.ref_frames[row, col - 1]

    def spec(self):
        """The specification's variables."""
        block, frame = self.block, self.frame
        return Inter(
            BitDepth=int(frame["bit_depth"]), FrameWidth=self.width, FrameHeight=self.height,
            subsampling_x=self.shifts[0], subsampling_y=self.shifts[1], MiRows=int(frame["mi_rows"]),
            MiCols=int(frame["mi_cols"]), force_integer_mv=int(frame["force_integer_mv"]),
            FrameStore=[[plane.tolist() for plane in reference.planes] for reference in self.references],
            RefUpscaledWidth=[reference.upscaled_width for reference in self.references],
            RefFrameHeight=[reference.frame_height for reference in self.references],
            ref_frame_idx=list(range(7)), OrderHints=self.order_hints[:8].tolist(),
            OrderHint=int(self.order_hints[8]), gm_params=frame["gm_params"].tolist(),
            GmType=frame["gm_type"].tolist(), MiRow=int(block["mi_row"]), MiCol=int(block["mi_col"]),
            MiSize=int(block["mi_size"]), YMode=int(block["y_mode"]), Mv=block["mv"].tolist(),
            motion_mode=int(block["motion_mode"]), compound_type=int(block["compound_type"]),
            interintra=int(block["ref_frame"][1] == 0), IsInterIntra=int(block["ref_frame"][1] == 0),
            interintra_mode=int(block["interintra_mode"]), wedge_interintra=int(block["wedge_interintra"]),
            wedge_index=int(block["wedge_index"]), wedge_sign=int(block["wedge_sign"]),
            mask_type=int(block["mask_type"]), NumSamples=int(self.warp_samples["num_samples"]),
            CandList=self.warp_samples["cand_list"].tolist(), AvailU=int(self.tile["avail_u"]),
            AvailL=int(self.tile["avail_l"]), RefFrames=self.ref_frames.tolist(), Mvs=self.mvs.tolist(),
            MiSizes=self.mi_sizes.tolist(), InterpFilters=self.interp_filters.tolist(),
            WedgeMasks=spec_wedges(), CurrFrame=[plane.tolist() for plane in self.planes],
        )  # fmt: skip

    def inter_frame(self):
        """The same for the kernels."""
        spec = Inter()
        distances = [spec.get_relative_dist(int(h), int(self.order_hints[8])) for h in self.order_hints[:8]]
        return references.Prediction(
            references.reference_table(self.references, self.width, self.height, *self.shifts),
            distance.forward_weights(distances), wedge.wedge_masks(), self.in_frame(self.interp_filters),
        )  # fmt: skip

    def in_frame(self, array):
        """The part of an array by 4x4 block that lies in the frame."""
        return array[: self.frame["mi_rows"], : self.frame["mi_cols"]].copy()

    def info(self):
        """What the blocks of the frame have left."""
        mvs = self.in_frame(self.mvs)
        empty = empty_mode_info(*mvs.shape[:2])
        return empty._replace(
            mi_sizes=self.in_frame(self.mi_sizes),
            ref_frames=self.in_frame(self.ref_frames),
            mvs=mvs.reshape(*mvs.shape[:2], 4).view("<i8")[..., 0],
        )

    def check(self):
        """Compare all planes after their prediction, block and surroundings."""
        spec, memory = self.spec(), scratch.inter_scratch()[0]
        arguments = (
            self.frame, self.tile, self.block, self.warp_samples, self.info(), self.inter_frame(), memory,
        )  # fmt: skip
        for number, samples in enumerate(self.planes):
            spec.compute_prediction(number)
            kernels.predict_inter_plane(*arguments, samples, number)
            expected = np.array(spec.CurrFrame[number])
            np.testing.assert_array_equal(samples, expected, err_msg=f"{number} {self.block}")


def cases(rng, sizes, count, **options):
    """Random cases, of all depths and subsamplings in turn."""
    for n in range(count):
        bit_depth, shifts = (8, 10, 12)[n % 3], FORMATS[n // 3 % 3]
        possible = [size for size in sizes if has_chroma_size(size, *shifts)]
        yield Case(rng, int(rng.choice(possible)), bit_depth, shifts, **options)


def has_chroma_size(size, shift_x, shift_y):
    """Whether the chroma of a block is a block too: of some sizes it is not with 4:2:2."""
    return SUBSAMPLED_SIZE[size, shift_x, shift_y] < len(SIZES)


def reference(rng):
    return int(rng.integers(1, 8))


def test_tables_are_the_specifications():
    assert subpel_filters.SUBPEL_FILTERS.tolist() == inter_tables.Subpel_Filters
    assert warp.WARPED_FILTERS.tolist() == inter_tables.Warped_Filters
    assert warp.DIV_LUT.tolist() == inter_tables.Div_Lut
    assert wedge.WEDGE_CODEBOOK.tolist() == inter_tables.Wedge_Codebook
    assert inter_prediction.II_WEIGHTS_1D.tolist() == inter_tables.Ii_Weights_1d
    assert inter_prediction.QUANT_DIST_WEIGHT.tolist() == inter_tables.Quant_Dist_Weight
    assert inter_prediction.QUANT_DIST_LOOKUP.tolist() == inter_tables.Quant_Dist_Lookup
    for n in (2, 4, 8, 16, 32):
        mask = getattr(inter_tables, f"Obmc_Mask_{n}")
        assert inter_prediction.OBMC_MASK[n : 2 * n].tolist() == mask


def test_wedge_masks():
    masks = wedge.wedge_masks()
    for size, expected in spec_wedges().items():
        start = wedge.WEDGE_MASKS_START[size]
        flat = np.ravel(expected)
        assert (masks[start : start + flat.size] == flat).all()


def test_one_reference():
    rng = np.random.default_rng(1)
    for case in cases(rng, SIZES, 36):
        case.refer(reference(rng), -1)
        case.check()


def test_two_references():
    rng = np.random.default_rng(2)
    for n, case in enumerate(cases(rng, LARGE, 27)):
        case.refer(reference(rng), reference(rng))
        case.decide(compound_type=COMPOUND_AVERAGE if n % 2 else COMPOUND_DISTANCE)
        case.check()


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
def test_sharpest_patterns(bit_depth):
    """The greatest and the least value that a prediction can have, averaged: they exceed 16 bits."""
    rng, peak = np.random.default_rng(20), (1 << bit_depth) - 1
    case = Case(rng, 6, bit_depth, (0, 0))
    sign = np.array([-4, 12, -24, 80, 80, -24, 12, -4]) > 0
    block = case.block
    start_x, start_y = 4 * int(block["mi_col"]) - 3, 4 * int(block["mi_row"]) - 3
    case.mvs[:] = 4
    case.interp_filters[:] = 2
    for reference_frame, wanted in ((1, True), (2, False)):
        for samples in case.references[reference_frame - 1].planes:
            rows, cols = (
                sign[(np.arange(side) - start) % 8]
                for side, start in zip(samples.shape, (start_y, start_x), strict=True)
            )
            samples[:] = (np.equal.outer(rows, cols) == wanted) * peak
    case.refer(1, 2)
    case.check()
    case.refer(2, 1)
    case.decide(compound_type=COMPOUND_DIFFWTD)
    case.check()


def test_wedges():
    rng = np.random.default_rng(3)
    for case in cases(rng, WEDGES, 27):
        case.refer(reference(rng), reference(rng))
        case.decide(compound_type=COMPOUND_WEDGE, wedge_index=rng.integers(16), wedge_sign=rng.integers(2))
        case.check()


def test_differences_as_weights():
    rng = np.random.default_rng(4)
    for case in cases(rng, LARGE, 27):
        case.refer(reference(rng), reference(rng))
        case.decide(compound_type=COMPOUND_DIFFWTD, mask_type=rng.integers(2))
        case.check()


def test_intra_blended_in():
    rng = np.random.default_rng(5)
    sizes = [size for size in LARGE if max(Block_Width[size], Block_Height[size]) <= 32]
    for n, case in enumerate(cases(rng, WEDGES, 36)):
        assert case.block["mi_size"] in sizes
        case.refer(reference(rng), 0)
        by_wedge = n % 2
        case.decide(
            compound_type=COMPOUND_WEDGE if by_wedge else COMPOUND_INTRA, wedge_interintra=by_wedge,
            wedge_index=rng.integers(16), interintra_mode=rng.integers(4),
        )  # fmt: skip
        case.check()


def test_overlap():
    rng = np.random.default_rng(6)
    for case in cases(rng, LARGE, 27):
        case.refer(reference(rng), -1)
        case.decide(motion_mode=OBMC)
        case.check()


def test_scaled_references():
    rng = np.random.default_rng(7)
    for n, case in enumerate(cases(rng, SIZES, 36, scaled=True)):
        large = min(Block_Width[case.block["mi_size"]], Block_Height[case.block["mi_size"]]) >= 8
        case.refer(reference(rng), reference(rng) if large and n % 2 else -1)
        if large and n % 4 == 0:
            case.decide(motion_mode=OBMC)
        case.check()


@pytest.mark.parametrize("neighbours", ["inter", "intra"])
def test_chroma_of_several_blocks(neighbours):
    """Blocks of 4 samples: a chroma block is predicted in parts, unless one of them is intra."""
    rng = np.random.default_rng(8)
    for scaled in (False, True):
        for case in cases(rng, [0, 1, 2, 16, 17], 27, scaled=scaled):
            if neighbours == "inter":
                case.ref_frames[..., 0] = rng.integers(1, 8, case.mi_sizes.shape)
            else:
                case.ref_frames[..., 0] = rng.integers(0, 2, case.mi_sizes.shape)
            case.ref_frames[..., 1] = -1
            case.refer(reference(rng), -1)
            case.check()


def random_model(rng, strength):
    """A model of global motion: a translation, and a matrix near the identity."""
    model = np.array([0, 0, 1 << 16, 0, 0, 1 << 16]) + rng.integers(-strength, strength + 1, 6)
    model[:2] = rng.integers(-(1 << 22), 1 << 22, 2)
    return model


def test_global_warp():
    rng = np.random.default_rng(9)
    for n, case in enumerate(cases(rng, SIZES, 27)):
        for ref in range(1, 8):
            case.frame["gm_params"][ref] = random_model(rng, rng.choice([100, 3000, 8191]))
            case.frame["gm_type"][ref] = rng.integers(1, 4)
        case.frame["force_integer_mv"] = n % 9 == 0
        large = min(Block_Width[case.block["mi_size"]], Block_Height[case.block["mi_size"]]) >= 8
        case.refer(reference(rng), reference(rng) if large and n % 2 else -1)
        case.decide(y_mode=24 if case.block["ref_frame"][1] > 0 else GLOBALMV)
        case.check()


def random_candidates(rng, block, num_samples, spread):
    """CandList: blocks around the block, whose vectors differ a little from its own."""
    size = int(block["mi_size"])
    mid_y = int(block["mi_row"]) * 4 + Block_Height[size] // 2 - 1
    mid_x = int(block["mi_col"]) * 4 + Block_Width[size] // 2 - 1
    candidates = np.zeros((8, 4), np.int64)
    for candidate in candidates[:num_samples]:
        candidate[0] = 8 * (mid_y + rng.integers(-128, 128))
        candidate[1] = 8 * (mid_x + rng.integers(-128, 128))
        candidate[2:] = candidate[:2] + block["mv"][0] + rng.integers(-spread, spread + 1, 2)
    return candidates


def test_local_warp():
    rng = np.random.default_rng(10)
    for case in cases(rng, LARGE, 27):
        case.mvs //= 16
        case.refer(reference(rng), -1)
        samples = int(rng.integers(1, 9))
        case.warp_samples["num_samples"] = samples
        case.warp_samples["cand_list"] = random_candidates(
            rng, case.block, samples, rng.choice([2, 10, 60, 300])
        )
        case.decide(motion_mode=LOCALWARP)
        case.check()


def test_warp_estimation_and_shear():
    rng = np.random.default_rng(11)
    valid = 0
    for _ in range(2000):
        block = np.zeros(1, BLOCK)[0]
        block["mi_size"], block["mi_row"], block["mi_col"] = rng.choice(LARGE), *rng.integers(0, 2000, 2)
        block["mv"] = rng.integers(-4000, 4000, (2, 2))
        samples = int(rng.integers(1, 9))
        candidates = random_candidates(rng, block, samples, rng.choice([0, 1, 5, 40, 300]))
        if rng.random() < 0.1:
            candidates[:, :] = candidates[0]
        place = int(block["mi_row"]), int(block["mi_col"]), int(block["mi_size"])
        expected = inter_spec.warp_estimation(*place, block["mv"].tolist(), samples, candidates.tolist())
        params = np.zeros(6, np.int64)
        mv = map(int, block["mv"][0])
        assert models.estimate_warp(*place, *mv, samples, candidates, params) == expected[0]
        if expected[0]:
            assert params.tolist() == expected[1]
            shear = inter_spec.setup_shear(expected[1])
            assert models.setup_shear(*expected[1][2:]) == shear
            valid += shear[0]
    assert 200 < valid < 1800


def test_division_by_multiplication():
    for d in [*range(1, 2000), *(int(1.37**k) for k in range(10, 130))]:
        for signed in (d, -d):
            assert models.resolve_divisor(signed) == inter_spec.resolve_divisor(signed)


def test_positions():
    rng = np.random.default_rng(12)
    for _ in range(500):
        width, height = (int(n) for n in rng.integers(16, 9000, 2))
        spec = Inter(
            FrameWidth=width, FrameHeight=height, subsampling_x=int(rng.integers(2)),
            subsampling_y=int(rng.integers(2)),
            RefUpscaledWidth=[int(rng.integers(-(-width // 16), 2 * width + 1))],
            RefFrameHeight=[int(rng.integers(-(-height // 16), 2 * height + 1))],
        )  # fmt: skip
        x, y, plane = (int(n) for n in (*rng.integers(0, 9000, 2), rng.integers(2)))
        mv = rng.integers(-(1 << 14), 1 << 14, 2).tolist()
        expected = spec.motion_vector_scaling(plane, 0, x, y, mv)
        (scale_x, scale_y), (shift_x, shift_y) = spec.scales(0), spec.subsampling(plane)
        assert places.start_of(x, mv[1], scale_x, shift_x) == expected[0]
        assert places.start_of(y, mv[0], scale_y, shift_y) == expected[1]
        assert (places.step_of(scale_x), places.step_of(scale_y)) == expected[2:]


def test_distance_weights():
    hints = list(range(0, 90, 5))
    for current in (0, 31, 44, 89):
        spec = Inter(OrderHints=hints, OrderHint=current)
        weights = distance.forward_weights([spec.get_relative_dist(hint, current) for hint in hints])
        for first in range(len(hints)):
            for second in range(len(hints)):
                spec.RefFrames = [[[first, second]]]
                spec.distance_weights(0, 0)
                assert (weights[first, second], 16 - weights[first, second]) == (
                    spec.FwdWeight,
                    spec.BckWeight,
                )


def test_references_that_cannot_predict():
    small = references.Reference([np.zeros((16, 16), np.uint16)], 16, 16)
    with pytest.raises(BitstreamError, match="16x16"):
        references.reference_table([small], 272, 16, 0, 0)
    with pytest.raises(BitstreamError, match="16x16"):
        references.reference_table([small], 16, 7, 0, 0)
    with pytest.raises(ValueError, match="less than"):
        references.reference_table([small._replace(frame_height=17)], 16, 16, 0, 0)
    with pytest.raises(TypeError, match="uint16"):
        references.reference_table([small._replace(planes=[np.zeros((16, 16))])], 16, 16, 0, 0)


def test_what_cannot_be_predicted():
    case = next(cases(np.random.default_rng(13), [3], 1))
    case.refer(1, -1)
    case.references[0] = None
    arguments = (
        case.frame, case.tile, case.block, case.warp_samples, case.info(), case.inter_frame(),
        scratch.inter_scratch()[0],
    )  # fmt: skip
    with pytest.raises(ValueError, match="missing"):
        kernels.predict_inter_plane(*arguments, case.planes[0], 0)
    with pytest.raises(ValueError, match="within its plane"):
        kernels.predict_inter_plane(*arguments, case.planes[0][:4].copy(), 0)
