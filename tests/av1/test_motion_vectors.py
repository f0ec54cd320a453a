"""Motion vector prediction against the specification's pseudo-code, over random frames of random blocks."""

import numpy as np
import pytest
from from_python import FromPython
from motion_frames import RandomFrame, packed

from cfl.av1.motion import global_motion, mode_info, mv_stack, vectors, warp_samples
from cfl.av1.motion.state import MV_STACK, WARP_SAMPLES, MvSearch, WarpSearch
from tests.spec import mv_spec

find_mv_stack = FromPython(mv_stack).find_mv_stack
predicted_mv = FromPython(mv_stack).predicted_mv
find_warp_samples = FromPython(warp_samples).find_warp_samples
has_overlappable_candidates = FromPython(warp_samples).has_overlappable_candidates
leave_mode_info = FromPython(mode_info).leave_mode_info
arithmetic = FromPython(vectors)


def check_stack(random):
    """Make the stack of a frame's block on both sides, and compare all that comes of it."""
    stack = np.frombuffer(random.rng.bytes(MV_STACK.itemsize), MV_STACK).copy()
    find_mv_stack(
        MvSearch(
            stack[0], random.frame[0], random.tile[0], random.block[0], random.info, random.field,
            random.is_compound,
        )
    )  # fmt: skip
    spec, stack = random.spec, stack[0]
    spec.find_mv_stack(random.is_compound)
    assert stack["num_mv_found"] == spec.NumMvFound
    lists = 1 + random.is_compound
    assert stack["global_mvs"].tolist()[:lists] == spec.GlobalMvs[:lists]
    for idx in range(max(spec.NumMvFound, 2)):
        assert stack["ref_stack_mv"][idx].tolist()[:lists] == spec.RefStackMv[idx][:lists], idx
    for idx in range(spec.NumMvFound):
        assert stack["drl_ctx_stack"][idx] == spec.DrlCtxStack[idx]
    assert stack["new_mv_context"] == spec.NewMvContext
    assert stack["ref_mv_context"] == spec.RefMvContext
    assert stack["zero_mv_context"] == spec.ZeroMvContext
    for mode in range(mv_spec.NEARESTMV, mv_spec.NEWMV + 1):
        idx = int(random.rng.integers(0, max(spec.NumMvFound, 2)))
        for i in range(lists):
            assert list(predicted_mv(stack, mode, idx, i)) == mv_spec.assign_mv(spec, i, mode, idx)
    return spec


def test_stacks_of_inter_frames():
    """Also that the frames are such as reach every context and length of the stack."""
    seen = {"found": set(), "new": set(), "ref": set(), "zero": set(), "drl": set()}
    for seed in range(800):
        random = RandomFrame(np.random.default_rng(seed))
        spec = check_stack(random)
        seen["found"].add((random.is_compound, spec.NumMvFound))
        seen["new"].add(spec.NewMvContext)
        seen["ref"].add(spec.RefMvContext)
        seen["zero"].add(spec.ZeroMvContext)
        seen["drl"].update(spec.DrlCtxStack.values())
    assert seen["found"] == {(0, n) for n in range(9)} | {(1, n) for n in range(2, 9)}
    assert seen["new"] == seen["ref"] == set(range(6))
    assert seen["zero"] == {0, 1}
    assert seen["drl"] == {0, 1, 2}


def test_stacks_of_intra_block_copy():
    for seed in range(100):
        check_stack(RandomFrame(np.random.default_rng(seed), intrabc=True))


def test_warp_samples_and_overlappable_candidates():
    numbers, overlappable = set(), set()
    for seed in range(600):
        random = RandomFrame(np.random.default_rng(20_000 + seed), calm=seed < 450)
        spec, info = random.spec, random.info
        place = random.frame[0], random.tile[0], random.block[0], info
        samples = np.frombuffer(random.rng.bytes(WARP_SAMPLES.itemsize), WARP_SAMPLES).copy()
        find_warp_samples(WarpSearch(samples[0], *place))
        spec.find_warp_samples()
        count = spec.NumSamples
        assert samples["num_samples"][0] == count
        assert samples["cand_list"][0][:count].tolist() == [spec.CandList[i] for i in range(count)]
        numbers.add(count)
        if min(mv_spec.Block_Width[spec.MiSize], mv_spec.Block_Height[spec.MiSize]) >= 8:
            has = spec.has_overlappable_candidates()
            assert has_overlappable_candidates(*place) == has
            overlappable.add(has)
    assert {*range(6), 8} <= numbers
    assert overlappable == {0, 1}


def test_a_block_leaves_what_later_blocks_read():
    """What `leave_mode_info` leaves within the frame is what the random frames have; nothing beside it."""
    for seed in range(50):
        random = RandomFrame(np.random.default_rng(seed))
        before = [array.copy() for array in random.info]
        leave_mode_info(random.frame[0], random.block[0], random.info)
        block, spec = random.block[0], random.spec
        rows = slice(spec.MiRow, spec.MiRow + mv_spec.Num_4x4_Blocks_High[spec.MiSize])
        cols = slice(spec.MiCol, spec.MiCol + mv_spec.Num_4x4_Blocks_Wide[spec.MiSize])
        values = (
            block["mi_size"], block["y_mode"], block["is_inter"], block["ref_frame"], packed(block["mv"]),
        )  # fmt: skip
        for array, old, value in zip(random.info, before, values, strict=True):
            old[rows, cols] = value
            np.testing.assert_array_equal(array, old)


@pytest.mark.parametrize(("high", "integer"), [(1, 0), (0, 0), (0, 1)])
def test_precision(high, integer):
    frame = RandomFrame(np.random.default_rng(0)).frame
    frame["allow_high_precision_mv"], frame["force_integer_mv"] = high, integer
    block = mv_spec.Block(allow_high_precision_mv=high, force_integer_mv=integer)
    for component in [*range(-40, 41), 1 << 13, -(1 << 14) + 1, (1 << 14) - 1]:
        expected = [component, -component]
        block.lower_mv_precision(expected)
        assert arithmetic.lower_precision(frame[0], component) == expected[0]
        assert arithmetic.lower_precision(frame[0], -component) == expected[1]


def test_modes_of_lists():
    for mode in range(14, 26):
        assert arithmetic.has_newmv(mode) == mv_spec.has_newmv(mode)
        assert arithmetic.has_nearmv(mode) == mv_spec.has_nearmv(mode)
        for ref_list in range(2 if mode >= mv_spec.NEAREST_NEARESTMV else 1):
            assert arithmetic.get_mode(mode, ref_list) == mv_spec.get_mode(mode, ref_list)


@pytest.mark.parametrize(("high", "integer"), [(1, 0), (0, 0), (0, 1)])
def test_parts_of_a_difference_are_read_back_as_the_specification_does(high, integer):
    """Every magnitude in steps of the precision, up to the largest."""
    for magnitude in range(8 if integer else 2 - high, (1 << 14) + 1, 8 if integer else 2 - high):
        mv_class = arithmetic.mv_class_of(magnitude)
        whole, mv_fr, mv_hp = arithmetic.mv_parts_of(magnitude, mv_class)
        bits = iter([whole >> i & 1 for i in range(mv_class)])
        symbols = {"mv_sign": 1, "mv_class": mv_class, "mv_class0_bit": whole}
        symbols |= dict.fromkeys(("mv_class0_fr", "mv_fr"), mv_fr) | dict.fromkeys(
            ("mv_class0_hp", "mv_hp"), mv_hp
        )
        read = lambda name: next(bits) if name == "mv_bit" else symbols[name]  # noqa: B023, E731
        assert mv_spec.read_mv_component(read, integer, high) == -magnitude
        assert arithmetic.mv_magnitude(mv_class, whole, mv_fr, mv_hp) == magnitude
        assert 0 <= whole < (2 if mv_class == 0 else 1 << mv_class)
    assert mv_class == 10


def test_joints():
    """The table of mv_joint in the semantics, 6.10.26."""
    for joint, (row, col) in enumerate([(False, False), (False, True), (True, False), (True, True)]):
        assert arithmetic.joint_changes_row(joint) == row
        assert arithmetic.joint_changes_col(joint) == col
        for sign in (-1, 1):
            assert arithmetic.mv_joint_of(sign * row, -sign * col) == joint


def test_range_of_vectors():
    limit = (1 << 14) - 1
    assert arithmetic.is_mv_in_range(limit, -limit)
    for row, col in ((limit + 1, 0), (-limit - 1, 0), (0, limit + 1), (0, -limit - 1)):
        assert not arithmetic.is_mv_in_range(row, col)


def test_global_motion_far_from_the_origin():
    """Products that exceed 32 bits."""
    global_mv = FromPython(global_motion).global_mv
    random = RandomFrame(np.random.default_rng(3))
    for seed in range(100):
        rng = np.random.default_rng(seed)
        random.frame["gm_type"], random.frame["allow_high_precision_mv"] = rng.integers(2, 4), seed & 1
        random.frame["force_integer_mv"] = 0
        random.frame["gm_params"] = rng.integers(-(1 << 17), 1 << 17, (8, 6))
        random.block["mi_row"], random.block["mi_col"] = rng.integers(0, 1 << 14, 2)
        random.block["ref_frame"] = rng.integers(1, 8), -1
        random._describe()
        row, col = global_mv(random.frame[0], random.block[0], random.block["ref_frame"][0, 0])
        assert [row, col] == random.spec.setup_global_mv(0)
