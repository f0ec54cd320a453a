"""The size of a frame: coded, upscaled and rendered (AV1 specification 5.9.5 to 5.9.9)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cfl.av1.headers.bits import BitFields
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.tables.constants import SUPERRES_DENOM_BITS, SUPERRES_DENOM_MIN, SUPERRES_NUM

SUPERRES_MIN_WIDTH = 16


@dataclass(slots=True)
class FrameSize:
    """Sizes in luma samples, each 1 to 65536.

    An encoder sets `upscaled_width`, `frame_height`, `use_superres`, `superres_denom`,
    `render_and_frame_size_different` and with it `render_width`, `render_height`; the rest is derived.
    """

    upscaled_width: int = 1
    """UpscaledWidth: the width of the decoded picture."""
    frame_height: int = 1
    use_superres: int = 0
    superres_denom: int = SUPERRES_NUM
    """SuperresDenom, 8 to 16: the picture is coded at 8/superres_denom of its width."""
    render_and_frame_size_different: int = 0
    render_width: int = 1
    render_height: int = 1

    frame_width: int = 1
    """FrameWidth: the width that is coded."""
    mi_cols: int = 2
    """MiCols: blocks of 4x4 samples across the coded frame, even."""
    mi_rows: int = 2

    @property
    def is_upscaled(self) -> bool:
        """Whether superres changes the width: a very narrow frame stays as it is."""
        return self.frame_width != self.upscaled_width


def frame_size(
    io: BitFields, size: FrameSize, sequence: SequenceHeader, frame_size_override_flag: int
) -> None:
    """Read or write frame_size with superres_params and compute_image_size (5.9.5, 5.9.8, 5.9.9).

    Raises
    ------
    BitstreamError
        The frame is larger than the sequence header allows.
    """
    max_width = sequence.max_frame_width_minus_1 + 1
    max_height = sequence.max_frame_height_minus_1 + 1
    if frame_size_override_flag:
        size.upscaled_width = io.f(sequence.frame_width_bits_minus_1 + 1, size.upscaled_width - 1) + 1
        size.frame_height = io.f(sequence.frame_height_bits_minus_1 + 1, size.frame_height - 1) + 1
        io.check(
            size.upscaled_width <= max_width,
            f"frame_width_minus_1: {size.upscaled_width} exceeds the sequence's {max_width}",
        )
        io.check(
            size.frame_height <= max_height,
            f"frame_height_minus_1: {size.frame_height} exceeds the sequence's {max_height}",
        )
    else:
        size.upscaled_width = max_width
        size.frame_height = max_height
    _superres_and_mi_size(io, size, sequence.enable_superres)


def frame_size_with_refs(
    io: BitFields,
    size: FrameSize,
    found_ref: list[int],
    references: Sequence[FrameSize],
    sequence: SequenceHeader,
) -> None:
    """Read or write frame_size_with_refs: the size is that of a reference, or coded (5.9.7).

    Parameters
    ----------
    io : BitFields
    size : FrameSize
    found_ref : list of 7 int
        A 1 at the reference whose size it is; zeros if the size is coded.
    references : sequence of 7 FrameSize
        Those of the references, in the order of ref_frame_idx.
    sequence : SequenceHeader

    Raises
    ------
    BitstreamError
        The frame is larger than the sequence header allows.
    """
    for i, reference in enumerate(references):
        found_ref[i] = io.f(1, found_ref[i])
        if found_ref[i]:
            found_ref[i + 1 :] = [0] * (len(references) - i - 1)
            size.upscaled_width, size.frame_height = reference.upscaled_width, reference.frame_height
            size.render_and_frame_size_different = reference.render_and_frame_size_different
            size.render_width, size.render_height = reference.render_width, reference.render_height
            _superres_and_mi_size(io, size, sequence.enable_superres)
            return
    frame_size(io, size, sequence, 1)
    render_size(io, size)


def check_reference_sizes(io: BitFields, size: FrameSize, references: Sequence[FrameSize]) -> None:
    """Check that a frame is at most twice smaller and 16 times larger than each of its references (6.8.6)."""
    for i, reference in enumerate(references):
        width, height = reference.upscaled_width, reference.frame_height
        io.check(
            width <= 2 * size.frame_width <= 32 * width and height <= 2 * size.frame_height <= 32 * height,
            f"ref_frame_idx[{i}]: a frame of {size.frame_width}x{size.frame_height} cannot be predicted from "
            f"one of {width}x{height}",
        )


def _superres_and_mi_size(io: BitFields, size: FrameSize, enable_superres: int) -> None:
    """superres_params and compute_image_size (5.9.8, 5.9.9)."""
    _superres_params(io, size, enable_superres)
    size.mi_cols = 2 * ((size.frame_width + 7) >> 3)
    size.mi_rows = 2 * ((size.frame_height + 7) >> 3)


def _superres_params(io: BitFields, size: FrameSize, enable_superres: int) -> None:
    size.use_superres = io.f(1, size.use_superres) if enable_superres else 0
    if size.use_superres:
        coded_denom = io.f(SUPERRES_DENOM_BITS, size.superres_denom - SUPERRES_DENOM_MIN)
        size.superres_denom = coded_denom + SUPERRES_DENOM_MIN
    else:
        size.superres_denom = SUPERRES_NUM
    scaled_width = (size.upscaled_width * SUPERRES_NUM + size.superres_denom // 2) // size.superres_denom
    # 5.9.8 has no such minimum, but libaom and dav1d apply one, and streams depend on it
    size.frame_width = max(scaled_width, min(SUPERRES_MIN_WIDTH, size.upscaled_width))


def render_size(io: BitFields, size: FrameSize) -> None:
    """Read or write render_size (5.9.6), a hint without effect on decoding."""
    size.render_and_frame_size_different = io.f(1, size.render_and_frame_size_different)
    if size.render_and_frame_size_different:
        size.render_width = io.f(16, size.render_width - 1) + 1
        size.render_height = io.f(16, size.render_height - 1) + 1
    else:
        size.render_width = size.upscaled_width
        size.render_height = size.frame_height
