"""What headers need to know of earlier frames (AV1 specification 7.20, 7.21)."""

from dataclasses import dataclass, field

from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.tables.constants import NUM_REF_FRAMES


@dataclass(slots=True)
class ReferenceState:
    """The eight slots that frames are kept in, as far as headers need them.

    A slot holds the header of its frame, which has everything the standard saves: sizes, order hint,
    frame id, film grain, loop filter deltas and segmentation.
    """

    frames: list[FrameHeader | None] = field(default_factory=lambda: [None] * NUM_REF_FRAMES)
    valid: list[bool] = field(default_factory=lambda: [False] * NUM_REF_FRAMES)
    """RefValid."""
    showable: list[bool] = field(default_factory=lambda: [False] * NUM_REF_FRAMES)
    """Whether show_existing_frame may show the frame of the slot."""
    order_hints: list[int] = field(default_factory=lambda: [0] * NUM_REF_FRAMES)
    """RefOrderHint."""

    def invalidate(self) -> None:
        """Invalidate everything: a shown key frame begins (5.9.2)."""
        self.valid = [False] * NUM_REF_FRAMES
        self.order_hints = [0] * NUM_REF_FRAMES

    def mark_ref_frames(self, current_frame_id: int, id_len: int, diff_len: int) -> None:
        """Invalidate frames too far in the past for the frame ids (5.9.4)."""
        oldest = current_frame_id - (1 << diff_len)
        for i, frame in enumerate(self.frames):
            if frame is None:
                continue
            frame_id = frame.current_frame_id
            if oldest > 0:
                outdated = frame_id > current_frame_id or frame_id < oldest
            else:
                outdated = current_frame_id < frame_id < (1 << id_len) + oldest
            if outdated:
                self.valid[i] = False

    def expect_order_hints(self, ref_order_hint: list[int]) -> None:
        """Invalidate slots whose frame is not the one the stream expects there (5.9.2)."""
        for i, hint in enumerate(ref_order_hint):
            if hint != self.order_hints[i]:
                self.valid[i] = False

    def update(self, header: FrameHeader) -> None:
        """The frame of `header` is complete: keep it where refresh_frame_flags says (7.20).

        If it shows an existing key frame, that frame goes to every slot and cannot be shown again (7.21).
        """
        frame: FrameHeader | None = header
        showable = bool(header.showable_frame)
        if header.show_existing_frame:
            frame = self.frames[header.frame_to_show_map_idx]
            showable = False
        for i in range(NUM_REF_FRAMES):
            if header.refresh_frame_flags >> i & 1:
                self.frames[i] = frame
                self.valid[i] = True
                self.showable[i] = showable
                self.order_hints[i] = header.order_hint
