"""Quantizers, segments and deltas in the frame header (AV1 specification 5.9.12 to 5.9.18)."""

import copy
from dataclasses import dataclass, field

from cfl.av1.headers.bits import BitFields
from cfl.av1.tables import segmentation
from cfl.av1.tables.constants import MAX_SEGMENTS, SEG_LVL_ALT_Q, SEG_LVL_MAX, SEG_LVL_REF_FRAME

_FEATURE_BITS: list[int] = segmentation.SEGMENTATION_FEATURE_BITS.tolist()
_FEATURE_SIGNED: list[int] = segmentation.SEGMENTATION_FEATURE_SIGNED.tolist()
_FEATURE_MAX: list[int] = segmentation.SEGMENTATION_FEATURE_MAX.tolist()


@dataclass(slots=True)
class QuantizationParams:
    """5.9.12. The deltas are −64 to 63, relative to `base_q_idx` of 0 to 255; the matrix levels 0 to 15."""

    base_q_idx: int = 0
    delta_q_y_dc: int = 0
    diff_uv_delta: int = 0
    delta_q_u_dc: int = 0
    delta_q_u_ac: int = 0
    delta_q_v_dc: int = 0
    delta_q_v_ac: int = 0
    using_qmatrix: int = 0
    qm_y: int = 15
    qm_u: int = 15
    qm_v: int = 15
    delta_coded: list[int] = field(default_factory=lambda: [0] * 5)
    """Whether each delta is coded, in the order of the syntax; a delta other than 0 always is."""


def quantization_params(
    io: BitFields, params: QuantizationParams, num_planes: int, separate_uv_delta_q: int
) -> None:
    """Read or write `params` (5.9.12)."""
    params.base_q_idx = io.f(8, params.base_q_idx)
    params.delta_q_y_dc = _read_delta_q(io, params, 0, params.delta_q_y_dc)
    if num_planes > 1:
        params.diff_uv_delta = io.f(1, params.diff_uv_delta) if separate_uv_delta_q else 0
        params.delta_q_u_dc = _read_delta_q(io, params, 1, params.delta_q_u_dc)
        params.delta_q_u_ac = _read_delta_q(io, params, 2, params.delta_q_u_ac)
        if params.diff_uv_delta:
            params.delta_q_v_dc = _read_delta_q(io, params, 3, params.delta_q_v_dc)
            params.delta_q_v_ac = _read_delta_q(io, params, 4, params.delta_q_v_ac)
        else:
            params.delta_q_v_dc = params.delta_q_u_dc
            params.delta_q_v_ac = params.delta_q_u_ac
    else:
        params.delta_q_u_dc = params.delta_q_u_ac = params.delta_q_v_dc = params.delta_q_v_ac = 0
    params.using_qmatrix = io.f(1, params.using_qmatrix)
    if params.using_qmatrix:
        params.qm_y = io.f(4, params.qm_y)
        params.qm_u = io.f(4, params.qm_u)
        params.qm_v = io.f(4, params.qm_v) if separate_uv_delta_q else params.qm_u
    else:
        params.qm_y = params.qm_u = params.qm_v = 15


def _read_delta_q(io: BitFields, params: QuantizationParams, i: int, delta_q: int) -> int:
    params.delta_coded[i] = io.f(1, delta_q != 0 or params.delta_coded[i] == 1)
    return io.su(7, delta_q) if params.delta_coded[i] else 0


def _feature_table() -> list[list[int]]:
    return [[0] * SEG_LVL_MAX for _ in range(MAX_SEGMENTS)]


@dataclass(slots=True)
class SegmentationParams:
    """5.9.14. `feature_enabled` and `feature_value` of each segment and feature are coded, the rest derived.

    `feature_data` is `feature_value` within the feature's range, and 0 where it is not enabled.
    """

    segmentation_enabled: int = 0
    segmentation_update_map: int = 0
    segmentation_temporal_update: int = 0
    segmentation_update_data: int = 0
    feature_enabled: list[list[int]] = field(default_factory=_feature_table)
    feature_value: list[list[int]] = field(default_factory=_feature_table)

    feature_data: list[list[int]] = field(default_factory=_feature_table)
    seg_id_pre_skip: int = 0
    last_active_seg_id: int = 0

    def active(self, segment_id: int, feature: int) -> bool:
        """seg_feature_active_idx of 5.11.14."""
        return bool(self.segmentation_enabled and self.feature_enabled[segment_id][feature])


def segmentation_params(
    io: BitFields, params: SegmentationParams, previous: SegmentationParams | None = None
) -> None:
    """Read or write `params` (5.9.14).

    Parameters
    ----------
    io : BitFields
    params : SegmentationParams
    previous : SegmentationParams, optional
        Of the primary reference frame, if there is one: the features are its if none are coded.
    """
    params.segmentation_enabled = io.f(1, params.segmentation_enabled)
    _updates(io, params, has_previous=previous is not None)
    if params.segmentation_update_data:
        for i in range(MAX_SEGMENTS):
            for j in range(SEG_LVL_MAX):
                _feature(io, params, i, j)
    elif params.segmentation_enabled and previous is not None:
        params.feature_enabled = copy.deepcopy(previous.feature_enabled)
        params.feature_value = copy.deepcopy(previous.feature_value)
        params.feature_data = copy.deepcopy(previous.feature_data)
    else:
        params.feature_enabled, params.feature_value, params.feature_data = (
            _feature_table() for _ in range(3)
        )
    params.seg_id_pre_skip = 0
    params.last_active_seg_id = 0
    for i in range(MAX_SEGMENTS):
        if any(params.feature_enabled[i]):
            params.last_active_seg_id = i
        if any(params.feature_enabled[i][SEG_LVL_REF_FRAME:]):
            params.seg_id_pre_skip = 1


def _updates(io: BitFields, params: SegmentationParams, *, has_previous: bool) -> None:
    """What of the segmentation is coded: without a previous one all of it."""
    enabled = params.segmentation_enabled
    if not enabled or not has_previous:
        params.segmentation_update_map = params.segmentation_update_data = enabled
        params.segmentation_temporal_update = 0
        return
    params.segmentation_update_map = io.f(1, params.segmentation_update_map)
    params.segmentation_temporal_update = (
        io.f(1, params.segmentation_temporal_update) if params.segmentation_update_map else 0
    )
    params.segmentation_update_data = io.f(1, params.segmentation_update_data)


def _feature(io: BitFields, params: SegmentationParams, i: int, j: int) -> None:
    enabled = params.feature_enabled[i][j] = io.f(1, params.feature_enabled[i][j])
    value = data = 0
    if enabled:
        bits, limit = _FEATURE_BITS[j], _FEATURE_MAX[j]
        if _FEATURE_SIGNED[j]:
            value = io.su(1 + bits, params.feature_value[i][j])
            data = max(-limit, min(value, limit))
        else:
            value = io.f(bits, params.feature_value[i][j])
            data = min(value, limit)
    params.feature_value[i][j] = value
    params.feature_data[i][j] = data


def get_qindex(segmentation: SegmentationParams, base_q_idx: int, segment_id: int) -> int:
    """The quantizer index of a segment without block deltas, 0 to 255 (get_qindex of 7.12.2)."""
    if not segmentation.active(segment_id, SEG_LVL_ALT_Q):
        return base_q_idx
    return max(0, min(base_q_idx + segmentation.feature_data[segment_id][SEG_LVL_ALT_Q], 255))


@dataclass(slots=True)
class DeltaParams:
    """Whether blocks change the quantizer and the loop filter levels, and in which steps (5.9.17, 5.9.18)."""

    delta_q_present: int = 0
    delta_q_res: int = 0
    delta_lf_present: int = 0
    delta_lf_res: int = 0
    delta_lf_multi: int = 0


def delta_params(io: BitFields, params: DeltaParams, base_q_idx: int, allow_intrabc: int) -> None:
    """Read or write delta_q_params (5.9.17) and delta_lf_params (5.9.18), which follow each other."""
    params.delta_q_present = io.f(1, params.delta_q_present) if base_q_idx > 0 else 0
    params.delta_q_res = io.f(2, params.delta_q_res) if params.delta_q_present else 0
    lf_possible = params.delta_q_present and not allow_intrabc
    params.delta_lf_present = io.f(1, params.delta_lf_present) if lf_possible else 0
    params.delta_lf_res = io.f(2, params.delta_lf_res) if params.delta_lf_present else 0
    params.delta_lf_multi = io.f(1, params.delta_lf_multi) if params.delta_lf_present else 0
