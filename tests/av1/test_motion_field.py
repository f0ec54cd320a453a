"""The motion field and the vectors that frames save for it, against the specification's pseudo-code."""

import numpy as np
import pytest
from motion_frames import packed

from cfl.av1.motion.mode_info import mode_info
from cfl.av1.motion.motion_field import (
    FieldReference,
    clear_field,
    field_projections,
    motion_field,
    project_vectors,
)
from cfl.av1.motion.order_hints import relative_distance
from cfl.av1.motion.saved_vectors import references_to_save, save_vectors, saved_vectors
from tests.spec.motion_field_spec import (
    INTER_FRAME,
    INTRA_ONLY_FRAME,
    MotionFieldEstimation,
    get_mv_projection,
    get_relative_dist,
    motion_vector_storage,
)


class RandomReferences:
    """Eight slots of reference frames with saved vectors, and a frame that refers to seven of them.

    Some have another size, are intra frames, or are far away in time.
    """

    def __init__(self, rng):
        self.rows, self.cols = (2 * int(rng.integers(1, 30)) for _ in range(2))
        self.bits = int(rng.integers(3, 9))
        hint = lambda: int(rng.integers(0, 1 << self.bits))  # noqa: E731
        self.order_hint = hint()
        near = lambda: (self.order_hint + int(rng.integers(-5, 6))) % (1 << self.bits)  # noqa: E731
        hints = [near() if rng.integers(0, 5) else hint() for _ in range(8)]
        self.slots = [self.slot(rng, near) for _ in range(8)]
        self.ref_frame_idx = rng.integers(0, 8, 7).tolist()
        self.order_hints = [0] + [hints[i] for i in self.ref_frame_idx]

    def slot(self, rng, near):
        """A reference frame, and SavedRefFrames and SavedMvs as the specification has them."""
        rows, cols = self.rows, self.cols
        if rng.integers(0, 8) == 0:
            rows, cols = rows + 2 * int(rng.integers(0, 2)), cols + 2
        saved = saved_vectors(rows, cols)
        saved.ref_frames[:] = rng.integers(0, 8, saved.ref_frames.shape)
        limit = 1 << int(rng.integers(1, 13))
        saved.mvs[:] = rng.integers(-limit + 1, limit, saved.mvs.shape)
        saved_hints = [0] + [near() for _ in range(7)]
        reference = FieldReference(rows, cols, bool(rng.integers(0, 8) == 0), saved_hints, saved)
        ref_frames = saved.ref_frames.repeat(2, 0).repeat(2, 1).tolist()
        return reference, ref_frames, saved.mvs.repeat(2, 0).repeat(2, 1).tolist()

    def references(self):
        """By reference frame of the current frame."""
        return [self.slots[0][0]] + [self.slots[i][0] for i in self.ref_frame_idx]

    def expected(self):
        """MotionFieldMvs."""
        kept = [reference for reference, _, _ in self.slots]
        return MotionFieldEstimation(
            MiRows=self.rows,
            MiCols=self.cols,
            OrderHint=self.order_hint,
            OrderHints=self.order_hints,
            OrderHintBits=self.bits,
            ref_frame_idx=self.ref_frame_idx,
            RefMiRows=[reference.mi_rows for reference in kept],
            RefMiCols=[reference.mi_cols for reference in kept],
            RefFrameType=[INTRA_ONLY_FRAME if reference.is_intra else INTER_FRAME for reference in kept],
            SavedOrderHints=[reference.saved_order_hints for reference in kept],
            SavedRefFrames=[ref_frames for _, ref_frames, _ in self.slots],
            SavedMvs=[mvs for _, _, mvs in self.slots],
        ).run()


@pytest.mark.parametrize("seed", range(40))
def test_the_field_projected_to_every_reference_is_the_specifications(seed):
    """Done by bands of eight rows, the last first, as threads might."""
    rng = np.random.default_rng(seed)
    frame = RandomReferences(rng)
    field = motion_field(frame.rows, frame.cols)
    field.distances[:] = rng.integers(0, 32, field.distances.shape)
    projections = field_projections(
        frame.references(), frame.rows, frame.cols, frame.order_hint, frame.order_hints, frame.bits
    )
    for start in reversed(range(0, frame.rows >> 1, 8)):
        end = min(start + 8, frame.rows >> 1)
        clear_field(field, start, end)
        for projection in projections:
            project_vectors(field, projection, start, end)
    expected = frame.expected()
    for (ref, y, x), mv in expected.items():
        distance = int(field.distances[y, x])
        if distance == 0:
            assert mv == [-1 << 15, -1 << 15]
            continue
        ref_distance = get_relative_dist(frame.order_hint, frame.order_hints[ref], frame.bits)
        assert get_mv_projection(field.mvs[y, x].tolist(), ref_distance, distance) == mv


def test_the_random_references_reach_every_choice():
    """How many references are projected, and in which directions."""
    numbers = set()
    for seed in range(80):
        frame = RandomReferences(np.random.default_rng(seed))
        arguments = frame.rows, frame.cols, frame.order_hint, frame.order_hints, frame.bits
        projections = field_projections(frame.references(), *arguments)
        numbers.add((len(projections), sum(projection.dst_sign for projection in projections)))
    assert numbers >= {(0, 0), (1, -1), (1, 1), (2, -2), (2, 0), (3, -1), (3, 1)}


@pytest.mark.parametrize("seed", range(10))
def test_saved_vectors(seed):
    """Also distances at which the order hints are half their range apart."""
    rng = np.random.default_rng(seed)
    rows, cols = (2 * int(rng.integers(1, 20)) for _ in range(2))
    bits = int(rng.integers(1, 5))
    order_hint, *ref_order_hint = rng.integers(0, 1 << bits, 9).tolist()
    ref_frame_idx = rng.integers(0, 8, 7).tolist()
    info = mode_info(rows, cols)
    info.ref_frames[:] = rng.integers(-1, 8, info.ref_frames.shape)
    limit = 1 << int(rng.choice([12, 13, 14]))
    mvs = rng.integers(-limit + 1, limit, (rows, cols, 2, 2))
    mvs[rng.integers(0, 8, mvs.shape) == 0] = (1 << 12) - 1
    mvs[rng.integers(0, 8, mvs.shape) == 0] = -(1 << 12)
    for row, col in np.ndindex(rows, cols):
        info.mvs[row, col] = packed(mvs[row, col])
    expected = motion_vector_storage(
        rows, cols, info.ref_frames.tolist(), mvs.tolist(), ref_frame_idx, ref_order_hint, order_hint, bits
    )
    saved = saved_vectors(rows, cols)
    saved.mvs[:], saved.ref_frames[:] = 1, 1
    order_hints = [0] + [ref_order_hint[i] for i in ref_frame_idx]
    of_reference = references_to_save(order_hint, order_hints, bits)
    middle = rows >> 2
    for start, end in ((middle, rows >> 1), (0, middle)):
        save_vectors(info, of_reference, saved, start, end)
    ref_frames = np.array(expected[0])[1::2, 1::2]
    np.testing.assert_array_equal(saved.ref_frames, np.maximum(ref_frames, 0))
    np.testing.assert_array_equal(saved.mvs, np.array(expected[1])[1::2, 1::2])


def test_relative_distances():
    for bits in range(1, 9):
        for a in range(0, 1 << bits, 3):
            for b in range(1 << bits):
                assert relative_distance(a, b, bits) == get_relative_dist(a, b, bits)
    assert relative_distance(3, 1, 0) == 0
