"""The references of an inter frame, in its header (AV1 specification 5.9.2, 5.9.22, 7.8)."""

from cfl.av1.headers.bits import BitFields
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.frame_size import FrameSize
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.motion.order_hints import relative_distance
from cfl.av1.tables.constants import NUM_REF_FRAMES
from cfl.av1.tables.inter_constants import (
    ALTREF2_FRAME,
    ALTREF_FRAME,
    BWDREF_FRAME,
    GOLDEN_FRAME,
    LAST2_FRAME,
    LAST3_FRAME,
    LAST_FRAME,
    REFS_PER_FRAME,
)
from cfl.errors import BitstreamError

_FORWARD_ORDER = (LAST2_FRAME, LAST3_FRAME, BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME)


def frame_references(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> list[FrameSize]:
    """Read or write which slots the references of an inter frame are in; then derive their order.

    Returns
    -------
    list of 7 FrameSize
        The sizes of the references, in the order of ref_frame_idx.

    Raises
    ------
    BitstreamError
        A slot holds no frame, or another one than its frame id says.
    """
    if sequence.enable_order_hint:
        header.frame_refs_short_signaling = io.f(1, header.frame_refs_short_signaling)
    else:
        header.frame_refs_short_signaling = 0
    if header.frame_refs_short_signaling:
        header.last_frame_idx = io.f(3, header.last_frame_idx)
        header.gold_frame_idx = io.f(3, header.gold_frame_idx)
        header.ref_frame_idx = _set_frame_refs(io, header, sequence, references)
    sizes = [_reference(io, header, sequence, references, i) for i in range(REFS_PER_FRAME)]
    for i, idx in enumerate(header.ref_frame_idx):
        hint = references.order_hints[idx]
        distance = relative_distance(hint, header.order_hint, sequence.order_hint_bits)
        header.order_hints[LAST_FRAME + i] = hint
        header.ref_frame_sign_bias[LAST_FRAME + i] = int(distance > 0)
    return sizes


def _reference(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState, i: int
) -> FrameSize:
    """A reference's slot and frame id; return the frame's size."""
    if not header.frame_refs_short_signaling:
        header.ref_frame_idx[i] = io.f(3, header.ref_frame_idx[i])
    idx = header.ref_frame_idx[i]
    frame = references.frames[idx]
    if frame is None:
        raise BitstreamError(f"ref_frame_idx[{i}]: slot {idx} holds no frame", io.offset)
    if sequence.frame_id_numbers_present_flag:
        distance = (header.current_frame_id - frame.current_frame_id) % (1 << sequence.id_len)
        n = sequence.delta_frame_id_length_minus_2 + 2
        header.delta_frame_id_minus_1[i] = io.known(n, distance - 1, f"delta_frame_id_minus_1[{i}]")
    return frame.size


def _set_frame_refs(
    io: BitFields, header: FrameHeader, sequence: SequenceHeader, references: ReferenceState
) -> list[int]:
    """set_frame_refs (7.8): the slots of all references, from those of LAST_FRAME and GOLDEN_FRAME."""
    distances = [
        relative_distance(hint, header.order_hint, sequence.order_hint_bits)
        for hint in references.order_hints
    ]
    chosen = {LAST_FRAME: header.last_frame_idx, GOLDEN_FRAME: header.gold_frame_idx}
    for name, idx in (("last_frame_idx", header.last_frame_idx), ("gold_frame_idx", header.gold_frame_idx)):
        io.check(distances[idx] < 0, f"{name}: the frame of slot {idx} is not before this one")

    def unused(*, backward: bool) -> list[int]:
        return [
            i for i in range(NUM_REF_FRAMES) if i not in chosen.values() and (distances[i] >= 0) == backward
        ]

    # Of slots with equal distances, the latest is the last one, the earliest the first one.
    if slots := unused(backward=True):
        chosen[ALTREF_FRAME] = max(slots, key=lambda i: (distances[i], i))
    for ref in (BWDREF_FRAME, ALTREF2_FRAME):
        if slots := unused(backward=True):
            chosen[ref] = min(slots, key=lambda i: distances[i])
    for ref in _FORWARD_ORDER:
        if ref not in chosen and (slots := unused(backward=False)):
            chosen[ref] = max(slots, key=lambda i: (distances[i], i))
    earliest = min(range(NUM_REF_FRAMES), key=lambda i: distances[i])
    return [chosen.get(LAST_FRAME + i, earliest) for i in range(REFS_PER_FRAME)]


def skip_mode_params(io: BitFields, header: FrameHeader, sequence: SequenceHeader) -> None:
    """Read or write skip_mode_present, and derive the references of skip mode (5.9.22)."""
    header.skip_mode_frame = [0, 0]
    if header.reference_select and sequence.enable_order_hint:
        header.skip_mode_frame = _skip_mode_frame(header, sequence)
    header.skip_mode_present = io.f(1, header.skip_mode_present) if any(header.skip_mode_frame) else 0


def _skip_mode_frame(header: FrameHeader, sequence: SequenceHeader) -> list[int]:
    """The nearest reference before the frame and the nearest after it, or the two nearest before it."""
    hints = header.order_hints[LAST_FRAME:]

    def distance(a: int, b: int) -> int:
        return relative_distance(a, b, sequence.order_hint_bits)

    def nearest(forward: bool, hint: int) -> int:
        """The first of the references that are nearest to an order hint on one side; -1 if none is there."""
        best = -1
        for i, ref_hint in enumerate(hints):
            beside = distance(ref_hint, hint) * (1 if forward else -1)
            if beside < 0 and (best < 0 or distance(ref_hint, hints[best]) * (1 if forward else -1) > 0):
                best = i
        return best

    first = nearest(True, header.order_hint)
    if first < 0:
        return [0, 0]
    second = nearest(False, header.order_hint)
    if second < 0:
        second = nearest(True, hints[first])
    if second < 0:
        return [0, 0]
    return [LAST_FRAME + min(first, second), LAST_FRAME + max(first, second)]
