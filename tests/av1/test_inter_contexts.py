"""Contexts of inter blocks against the specification's pseudo-code, for all references of the neighbours."""

import numpy as np
import pytest
from from_python import FromPython
from motion_frames import BLOCK

from cfl.av1.motion.state import MV_STACK
from cfl.av1.tile import inter_contexts
from tests.spec.inter_context_spec import Contexts

kernels = FromPython(inter_contexts)

PAIRS = [(0, -1)] + [(a, b) for a in range(1, 8) for b in range(-1, 8) if b <= 0 or a < b]
"""RefFrame of intra, single, inter-intra and compound blocks; of these last, more than can be coded."""

OF_NEIGHBOURS = ["is_inter", "comp_mode", "skip_mode", "comp_ref_type", "comp_group_idx"]
OF_COUNTS = [
    "comp_ref", "comp_ref_p1", "comp_ref_p2", "comp_bwdref", "comp_bwdref_p1", "single_ref_p1",
    "uni_comp_ref_p1",
]  # fmt: skip


def neighbour(rng, available, ref_frame):
    """A record of a neighbour with random decisions."""
    record = np.zeros(1, inter_contexts.NEIGHBOUR)
    record["ref_frame"] = (0, -1)
    if available:
        record["available"], record["ref_frame"] = 1, ref_frame
        for name in ("skip_mode", "comp_group_idx", "compound_idx"):
            record[name] = rng.integers(0, 2)
        record["interp_filter"] = rng.integers(0, 3, 2)
    return record


def cases():
    """Both neighbours, with every pair of references; one; none."""
    rng = np.random.default_rng(5)
    for avail_u, avail_l in ((1, 1), (1, 0), (0, 1), (0, 0)):
        for above_ref in PAIRS if avail_u else PAIRS[:1]:
            for left_ref in PAIRS if avail_l else PAIRS[:1]:
                above, left = neighbour(rng, avail_u, above_ref), neighbour(rng, avail_l, left_ref)
                yield rng, above, left, described(rng, above, left)


def described(rng, above, left):
    """The same for the specification, and a block with random references."""
    places = {(3, 5): above[0], (4, 4): left[0]}
    return Contexts(
        MiRow=4,
        MiCol=5,
        AvailU=int(above["available"][0]),
        AvailL=int(left["available"][0]),
        RefFrames={place: record["ref_frame"].tolist() for place, record in places.items()},
        SkipModes={place: int(record["skip_mode"]) for place, record in places.items()},
        CompGroupIdxs={place: int(record["comp_group_idx"]) for place, record in places.items()},
        CompoundIdxs={place: int(record["compound_idx"]) for place, record in places.items()},
        InterpFilters={place: record["interp_filter"].tolist() for place, record in places.items()},
        RefFrame=PAIRS[rng.integers(1, len(PAIRS))],
        OrderHints=rng.integers(0, 8, 8).tolist(),
        OrderHint=int(rng.integers(0, 8)),
        OrderHintBits=4,
    )


def test_contexts_of_every_pair_of_neighbours():
    seen = {name: set() for name in OF_NEIGHBOURS + OF_COUNTS}
    for _, above, left, spec in cases():
        counts = kernels.reference_counts(above[0], left[0])
        for name in OF_NEIGHBOURS + OF_COUNTS:
            arguments = (counts,) if name in OF_COUNTS else (above[0], left[0])
            expected = int(getattr(spec, name)())
            assert getattr(kernels, f"{name}_context")(*arguments) == expected, (name, above, left)
            seen[name].add(expected)
    lengths = {"is_inter": 4, "comp_mode": 5, "skip_mode": 3, "comp_ref_type": 5, "comp_group_idx": 6}
    assert all(contexts == set(range(lengths.get(name, 3))) for name, contexts in seen.items())


@pytest.mark.parametrize("direction", [0, 1])
def test_contexts_of_interp_filter(direction):
    seen, block = set(), np.zeros(1, BLOCK)
    for _, above, left, spec in cases():
        block["ref_frame"] = spec.RefFrame
        ctx = kernels.interp_filter_context(above[0], left[0], block[0], direction)
        assert ctx == spec.interp_filter(direction)
        seen.add(ctx)
    assert seen == set(range(8 * direction, 8 * direction + 8))


def test_contexts_of_compound_idx():
    seen = set()
    for _, above, left, spec in cases():
        if spec.RefFrame[1] > 0:
            distances = [spec.OrderHints[ref] - spec.OrderHint for ref in spec.RefFrame]
            equally_far = abs(distances[0]) == abs(distances[1])
            ctx = kernels.compound_idx_context(above[0], left[0], equally_far)
            assert ctx == spec.compound_idx()
            seen.add(ctx)
    assert seen == set(range(6))


def test_contexts_of_compound_mode():
    stack = np.zeros(1, MV_STACK)
    spec = described(np.random.default_rng(0), *(neighbour(None, 0, (0, -1)) for _ in range(2)))
    for ref_mv in range(6):
        for new_mv in range(6):
            stack["ref_mv_context"], stack["new_mv_context"] = ref_mv, new_mv
            spec.RefMvContext, spec.NewMvContext = ref_mv, new_mv
            assert kernels.compound_mode_context(stack[0]) == spec.compound_mode()
