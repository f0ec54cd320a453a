"""The headers of a coded frame in plain words."""

from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.sequence_header import ColorConfig, SequenceHeader
from cfl.av1.tables.constants import (
    MAX_SEGMENTS,
    ONLY_4X4,
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
    TX_MODE_LARGEST,
    TX_MODE_SELECT,
)
from cfl.frames import cicp
from cfl.inspection.coded_pictures import CodedPicture

PROFILES = ("Main", "High", "Professional")
_RESTORATIONS = {
    RESTORE_NONE: "none", RESTORE_WIENER: "Wiener", RESTORE_SGRPROJ: "self-guided",
    RESTORE_SWITCHABLE: "switchable",
}  # fmt: skip
_TX_MODES = {
    ONLY_4X4: "4x4 only",
    TX_MODE_LARGEST: "the largest that fits the block",
    TX_MODE_SELECT: "chosen block by block",
}
_FRAME_TYPES = ("key frame", "inter frame", "intra-only frame", "switch frame")
_CHROMA_POSITIONS = ("unknown", "left (vertical)", "top left (colocated)", "reserved")
_FEATURES = (
    "quantizer", "luma vertical filter", "luma horizontal filter", "U filter", "V filter", "reference",
    "skip", "global motion",
)  # fmt: skip


def in_plain_words(picture: CodedPicture) -> dict[str, str]:
    """The headers in words, by subject.

    Parameters
    ----------
    picture : CodedPicture
        Of a grid, the frame header is that of the first of its images.
    """
    sequence, header = picture.sequence, picture.parts[0].coded.header
    color = sequence.color_config
    grid = f", a grid of {_times(*picture.grid)} images" if picture.grid else ""
    words = {
        "picture": f"{picture.width}x{picture.height}, {color.subsampling}, {color.bit_depth} bit{grid}",
        "profile": _profile(sequence),
        "colour": _colour(color),
    }
    if picture.nclx is not None:
        nclx = picture.nclx
        codes = nclx.color_primaries, nclx.transfer_characteristics, nclx.matrix_coefficients
        words["colour of the file"] = _cicp(*codes, nclx.full_range)
    return words | {
        "frame": _frame(sequence, header),
        "superblocks": "128x128" if sequence.use_128x128_superblock else "64x64",
        "tiles": _tiles(header),
        "quantizer": _quantizer(header, color.num_planes),
        "quantizer matrices": _matrices(header, color.num_planes),
        "segments": _segments(header),
        "block deltas": _deltas(header),
        "transforms": f"sizes: {_TX_MODES[header.tx_mode]}; types: {_set(header)}",
        "intra tools": f"filter intra {_on(sequence.enable_filter_intra)}, "
        f"edge filter {_on(sequence.enable_intra_edge_filter)}",
        "screen content": f"palettes {_on(header.allow_screen_content_tools)}, "
        f"intra block copy {_on(header.allow_intrabc)}",
        "probabilities": "fixed" if header.disable_cdf_update else "adapt from symbol to symbol",
        "deblocking": _deblocking(header, color.num_planes),
        "CDEF": _cdef(sequence, header),
        "superres": _superres(header),
        "loop restoration": _restoration(header, color.num_planes),
        "film grain": _film_grain(header),
    }


def _on(flag: int | bool) -> str:
    return "on" if flag else "off"


def _times(columns: int, rows: int) -> str:
    return f"{columns}x{rows}"


def _profile(sequence: SequenceHeader) -> str:
    point = sequence.operating_points[0]
    index = point.seq_level_idx
    level = "no level limit" if index == 31 else f"level {2 + (index >> 2)}.{index & 3}"
    tier = ", High tier" if point.seq_tier else ""
    return f"{PROFILES[sequence.seq_profile]} ({sequence.seq_profile}), {level}{tier}"


def _cicp(primaries: int, transfer: int, matrix: int, full_range: int | bool) -> str:
    return (
        f"primaries {cicp.in_words(cicp.COLOR_PRIMARIES, primaries)}, "
        f"transfer {cicp.in_words(cicp.TRANSFER_CHARACTERISTICS, transfer)}, "
        f"matrix {cicp.in_words(cicp.MATRIX_COEFFICIENTS, matrix)}, "
        f"{'full' if full_range else 'limited'} range"
    )


def _colour(color: ColorConfig) -> str:
    words = _cicp(
        color.color_primaries, color.transfer_characteristics, color.matrix_coefficients, color.color_range
    )
    if color.subsampling == "4:2:0":
        words += f", chroma position {_CHROMA_POSITIONS[color.chroma_sample_position]}"
    return words


def _frame(sequence: SequenceHeader, header: FrameHeader) -> str:
    words = [_FRAME_TYPES[header.frame_type]]
    if sequence.reduced_still_picture_header:
        words.append("reduced still picture header")
    elif sequence.still_picture:
        words.append("still picture")
    if header.size.render_and_frame_size_different:
        words.append(f"to be shown at {_times(header.size.render_width, header.size.render_height)}")
    if header.coded_lossless:
        words.append("lossless")
    elif any(header.lossless_array) and header.segmentation.segmentation_enabled:
        words.append("lossless in some segments")
    return ", ".join(words)


def _tiles(header: FrameHeader) -> str:
    info = header.tile_info
    if info.num_tiles == 1:
        return "1"
    spacing = "uniform" if info.uniform_tile_spacing_flag else "of chosen sizes"
    return f"{info.num_tiles} ({info.tile_cols} across, {info.tile_rows} down, {spacing})"


def _quantizer(header: FrameHeader, num_planes: int) -> str:
    q = header.quantization
    words = [f"base_q_idx {q.base_q_idx} of 255"]
    deltas = [("Y DC", q.delta_q_y_dc)]
    if num_planes > 1:
        deltas += [("U DC", q.delta_q_u_dc), ("U AC", q.delta_q_u_ac)]
        deltas += [("V DC", q.delta_q_v_dc), ("V AC", q.delta_q_v_ac)]
    changed = [f"{name} {delta:+d}" for name, delta in deltas if delta]
    return ", ".join(words + (changed or ["the same for all coefficients"]))


def _matrices(header: FrameHeader, num_planes: int) -> str:
    q = header.quantization
    if not q.using_qmatrix:
        return "off"
    levels = list(zip("YUV", (q.qm_y, q.qm_u, q.qm_v), strict=True))[:num_planes]
    return "levels " + ", ".join(f"{name} {level}" for name, level in levels) + " (15: flat)"


def _segments(header: FrameHeader) -> str:
    params = header.segmentation
    if not params.segmentation_enabled:
        return "off"
    words = []
    for i in range(MAX_SEGMENTS):
        features = [
            f"{name} {params.feature_data[i][j]:+d}" if j < 5 else name
            for j, name in enumerate(_FEATURES)
            if params.feature_enabled[i][j]
        ]
        if features:
            words.append(f"{i}: {', '.join(features)}")
    return "; ".join(words) or "on, without features"


def _deltas(header: FrameHeader) -> str:
    delta = header.delta
    if not delta.delta_q_present:
        return "off"
    words = [f"quantizer in steps of {1 << delta.delta_q_res}"]
    if delta.delta_lf_present:
        each = ", each filter its own" if delta.delta_lf_multi else ""
        words.append(f"deblocking in steps of {1 << delta.delta_lf_res}{each}")
    return "; ".join(words)


def _set(header: FrameHeader) -> str:
    return "reduced set" if header.reduced_tx_set else "all"


def _deblocking(header: FrameHeader, num_planes: int) -> str:
    params = header.loop_filter
    levels = params.loop_filter_level
    if not any(levels[:2]):
        return "off"
    words = f"luma {levels[0]} (vertical edges), {levels[1]} (horizontal)"
    if num_planes > 1:
        words += f", U {levels[2]}, V {levels[3]}"
    return f"{words} of 63, sharpness {params.loop_filter_sharpness}"


def _cdef(sequence: SequenceHeader, header: FrameHeader) -> str:
    params = header.cdef
    count = 1 << params.cdef_bits
    luma = list(zip(params.cdef_y_pri_strength, params.cdef_y_sec_strength, strict=True))[:count]
    chroma = list(zip(params.cdef_uv_pri_strength, params.cdef_uv_sec_strength, strict=True))[:count]
    if not any(map(any, luma + chroma)):
        return "off"
    words = "luma " + _strengths(luma)
    if sequence.color_config.num_planes > 1:
        words += ", chroma " + _strengths(chroma)
    return f"{words} (primary+secondary), damping {params.cdef_damping}"


def _strengths(strengths: list[tuple[int, int]]) -> str:
    return " or ".join(f"{primary}+{secondary}" for primary, secondary in strengths)


def _superres(header: FrameHeader) -> str:
    size = header.size
    if not size.use_superres:
        return "off"
    return f"coded {size.frame_width} wide, 8/{size.superres_denom} of {size.upscaled_width}"


def _restoration(header: FrameHeader, num_planes: int) -> str:
    params = header.lr
    if not params.uses_lr:
        return "off"
    return ", ".join(
        f"{name} {_RESTORATIONS[kind]}" + ("" if kind == RESTORE_NONE else f" in units of {unit}")
        for name, kind, unit in zip(
            ("Y", "U", "V")[:num_planes], params.frame_restoration_type, params.loop_restoration_size,
            strict=False,
        )
    )  # fmt: skip


def _film_grain(header: FrameHeader) -> str:
    grain = header.film_grain
    if not grain.apply_grain:
        return "off"
    scaled = "from luma" if grain.chroma_scaling_from_luma else "of its own"
    return (
        f"on (not in the figures here): seed {grain.grain_seed}, {len(grain.point_y)} points of luma, "
        f"chroma scaling {scaled}, lag {grain.ar_coeff_lag}, overlap {_on(grain.overlap_flag)}"
    )
