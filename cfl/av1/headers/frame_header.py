"""The values of a frame header (AV1 specification 5.9); `uncompressed_header` reads and writes them."""

from dataclasses import dataclass, field

from cfl.av1.headers.film_grain import FilmGrainParams
from cfl.av1.headers.filters import CdefParams, LoopFilterParams, LrParams
from cfl.av1.headers.frame_size import FrameSize
from cfl.av1.headers.global_motion import GlobalMotion
from cfl.av1.headers.quantization import DeltaParams, QuantizationParams, SegmentationParams
from cfl.av1.headers.tile_info import TileInfo
from cfl.av1.tables.constants import (
    ALL_FRAMES,
    INTRA_ONLY_FRAME,
    KEY_FRAME,
    MAX_SEGMENTS,
    NUM_REF_FRAMES,
    PRIMARY_REF_NONE,
    TOTAL_REFS_PER_FRAME,
    TX_MODE_SELECT,
)
from cfl.av1.tables.inter_constants import REFS_PER_FRAME


@dataclass(slots=True)
class FrameHeader:
    """The values of a frame header; the names are the standard's, in groups as its syntax groups them.

    Reading and writing both set the derived values, which stand at the end of this class and of each group.
    """

    show_existing_frame: int = 0
    frame_to_show_map_idx: int = 0
    frame_presentation_time: int = 0
    display_frame_id: int = 0
    frame_type: int = KEY_FRAME
    show_frame: int = 1
    showable_frame: int = 0
    error_resilient_mode: int = 1
    disable_cdf_update: int = 0
    allow_screen_content_tools: int = 0
    force_integer_mv: int = 1
    """As it is coded or inferred from the sequence header; intra frames always use 1."""
    current_frame_id: int = 0
    frame_size_override_flag: int = 0
    order_hint: int = 0
    primary_ref_frame: int = PRIMARY_REF_NONE
    buffer_removal_time_present_flag: int = 0
    buffer_removal_time: dict[int, int] = field(default_factory=dict)
    """By number of the operating point, of those that carry it."""
    refresh_frame_flags: int = ALL_FRAMES
    ref_order_hint: list[int] = field(default_factory=lambda: [0] * NUM_REF_FRAMES)
    frame_refs_short_signaling: int = 0
    last_frame_idx: int = 0
    gold_frame_idx: int = 0
    ref_frame_idx: list[int] = field(default_factory=lambda: [0] * REFS_PER_FRAME)
    """The slots of LAST_FRAME to ALTREF_FRAME; derived with short signaling."""
    delta_frame_id_minus_1: list[int] = field(default_factory=lambda: [0] * REFS_PER_FRAME)
    found_ref: list[int] = field(default_factory=lambda: [0] * REFS_PER_FRAME)
    size: FrameSize = field(default_factory=FrameSize)
    allow_intrabc: int = 0
    allow_high_precision_mv: int = 0
    is_filter_switchable: int = 0
    interpolation_filter: int = 0
    is_motion_mode_switchable: int = 0
    use_ref_frame_mvs: int = 0
    disable_frame_end_update_cdf: int = 0
    tile_info: TileInfo = field(default_factory=TileInfo)
    quantization: QuantizationParams = field(default_factory=QuantizationParams)
    segmentation: SegmentationParams = field(default_factory=SegmentationParams)
    delta: DeltaParams = field(default_factory=DeltaParams)
    loop_filter: LoopFilterParams = field(default_factory=LoopFilterParams)
    cdef: CdefParams = field(default_factory=CdefParams)
    lr: LrParams = field(default_factory=LrParams)
    tx_mode: int = TX_MODE_SELECT
    reference_select: int = 0
    skip_mode_present: int = 0
    allow_warped_motion: int = 0
    reduced_tx_set: int = 0
    global_motion: GlobalMotion = field(default_factory=GlobalMotion)
    film_grain: FilmGrainParams = field(default_factory=FilmGrainParams)

    order_hints: list[int] = field(default_factory=lambda: [0] * TOTAL_REFS_PER_FRAME)
    """Derived: OrderHints, by reference frame; zeros in an intra frame."""
    ref_frame_sign_bias: list[int] = field(default_factory=lambda: [0] * TOTAL_REFS_PER_FRAME)
    """Derived: RefFrameSignBias, 1 for a reference that is after the frame in output order."""
    skip_mode_frame: list[int] = field(default_factory=lambda: [0] * 2)
    """Derived: SkipModeFrame, the references of skip mode; zeros where it is not allowed."""
    qindex: list[int] = field(default_factory=lambda: [0] * MAX_SEGMENTS)
    """Derived: the quantizer index of each segment before block deltas."""
    lossless_array: list[bool] = field(default_factory=lambda: [False] * MAX_SEGMENTS)
    """Derived: LosslessArray."""
    seg_qm_level: list[list[int]] = field(default_factory=lambda: [[15] * MAX_SEGMENTS for _ in range(3)])
    """Derived: SegQMLevel[ plane ][ segment ], 15 where no matrix is used."""
    coded_lossless: bool = False
    """Derived: CodedLossless, every segment is."""
    all_lossless: bool = False
    """Derived: AllLossless, and there is no superres."""

    @property
    def frame_is_intra(self) -> bool:
        """FrameIsIntra: whether nothing is predicted from other frames."""
        return self.frame_type in (KEY_FRAME, INTRA_ONLY_FRAME)

    @property
    def has_integer_mv(self) -> bool:
        """Whether motion vectors are of whole samples: force_integer_mv as the standard uses it."""
        return self.frame_is_intra or bool(self.force_integer_mv)
