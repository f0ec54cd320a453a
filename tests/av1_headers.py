"""Helpers for the tests of headers: fields by the standard's names, random headers, streams written back."""

import copy
import dataclasses
import re

import numpy as np
from av1_streams import DELIMITER, RandomWriter
from av1_trace import trace
from spec import header_spec as spec

from cfl.av1.headers.bits import BitReader
from cfl.av1.headers.coded_frame import (
    FrameReader,
    frame_header_payload,
    frame_payload,
    read_frames,
    sequence_header_payload,
    tile_group_payload,
)
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import (
    OBU_FRAME,
    OBU_FRAME_HEADER,
    OBU_REDUNDANT_FRAME_HEADER,
    OBU_SEQUENCE_HEADER,
    OBU_TILE_GROUP,
    ObuHeader,
    encode_obu,
    iter_obus,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.av1.headers.tile_group import Tile, TileGroup, tile_group_obu
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import KEY_FRAME
from cfl.av1.tables.inter_constants import IDENTITY, ROTZOOM, TRANSLATION
from cfl.av1.tables.restoration import REMAP_LR_TYPE
from cfl.errors import BitstreamError, CflError


def named_values(header):
    """The coded values of a sequence or frame header by the names that FFmpeg's trace gives them."""
    values = {}
    _flatten(header, values)
    for i, point in enumerate(getattr(header, "operating_points", ())):
        values.update(
            {f"{field.name}[{i}]": getattr(point, field.name) for field in dataclasses.fields(point)}
        )
    if isinstance(header, FrameHeader):
        values.update(_coded_differently(header))
    return values


def _flatten(value, values):
    for field in dataclasses.fields(value):
        inner = getattr(value, field.name)
        if dataclasses.is_dataclass(inner):
            _flatten(inner, values)
        else:
            _flatten_list(field.name, inner, values)


def _flatten_list(name, value, values):
    if isinstance(value, list):
        for i, element in enumerate(value):
            _flatten_list(f"{name}[{i}]", element, values)
    elif isinstance(value, dict):
        values.update({f"{name}[{key}]": element for key, element in value.items()})
    elif isinstance(value, int):
        values[name] = value


def _coded_differently(header):
    """What the header keeps as it is used and the stream has in another form."""
    size, grain, quantization, lr = header.size, header.film_grain, header.quantization, header.lr
    values = {
        "cdef_damping_minus_3": header.cdef.cdef_damping - 3,
        "coded_denom": size.superres_denom - 9,
        "frame_width_minus_1": size.upscaled_width - 1,
        "frame_height_minus_1": size.frame_height - 1,
        "render_width_minus_1": size.render_width - 1,
        "render_height_minus_1": size.render_height - 1,
        "golden_frame_idx": header.gold_frame_idx,
        "tile_size_bytes_minus1": header.tile_info.tile_size_bytes_minus_1,
    }
    for i, delta in enumerate(header.delta_frame_id_minus_1):
        values[f"delta_frame_id_minus1[{i}]"] = delta
    for ref, gm_type in enumerate(header.global_motion.gm_type):
        values[f"is_global[{ref}]"] = int(gm_type != IDENTITY)
        values[f"is_rot_zoom[{ref}]"] = int(gm_type == ROTZOOM)
        values[f"is_translation[{ref}]"] = int(gm_type == TRANSLATION)
    for plane in ("y", "uv"):
        strengths = getattr(header.cdef, f"cdef_{plane}_sec_strength")
        values |= {f"cdef_{plane}_sec_strength[{i}]": 3 if s == 4 else s for i, s in enumerate(strengths)}
    values |= {f"lr_type[{i}]": list(REMAP_LR_TYPE).index(t) for i, t in enumerate(lr.frame_restoration_type)}
    for i, name in enumerate(("y_dc", "u_dc", "u_ac", "v_dc", "v_ac")):
        values[f"delta_q_{name}.delta_q"] = getattr(quantization, f"delta_q_{name}")
        values[f"delta_q_{name}.delta_coded"] = quantization.delta_coded[i]
    for plane in ("y", "cb", "cr"):
        points = getattr(grain, f"point_{plane}")
        values[f"num_{plane}_points"] = len(points)
        values |= {f"point_{plane}_value[{i}]": point[0] for i, point in enumerate(points)}
        values |= {f"point_{plane}_scaling[{i}]": point[1] for i, point in enumerate(points)}
    return values


# Bits of the framing, fields that are codes of a value (compared by the value below), and alignment.
_NOT_COMPARED = {
    "obu_forbidden_bit",
    "obu_type",
    "obu_extension_flag",
    "obu_has_size_field",
    "obu_reserved_1bit",
    "obu_size",
    "temporal_id",
    "spatial_id",
    "extension_header_reserved_3bits",
    "operating_points_cnt_minus_1",
    "trailing_one_bit",
    "trailing_zero_bit",
    "zero_bit",
    "tile_start_and_end_present_flag",
    "tile_cols_log2",
    "tile_rows_log2",
    "lr_unit_shift",
    "tx_mode",
    "subexp_more_bits",
    "subexp_bits",
    "subexp_final_bits",
}


def assert_same_fields(fields, header, slots=None):
    """Every field that FFmpeg read has the value it has in a header.

    `slots` are the headers of the references, which the coded parameters of global motion depend on.
    """
    values = named_values(header)
    fields = [field for field in fields if not field.name.startswith("gm_params")] + _gm_params(
        fields, header, slots
    )
    for field in fields:
        if field.name.split("[")[0] not in _NOT_COMPARED:
            assert values[field.name] == field.value, field


def assert_traced(stream):
    """FFmpeg reads the same values from the frames of a low-overhead stream, frame after frame."""
    frames = list(read_frames(iter_obus(stream)))
    slots = [None] * 8
    traced = [obu for unit in trace([stream]) for obu in unit]
    headers = [obu for obu in traced if obu[1].value in (OBU_FRAME, OBU_FRAME_HEADER)]
    assert len(headers) == len(frames) > 0
    for fields, frame in zip(headers, frames, strict=True):
        assert_same_fields(fields, frame.header, slots)
        fill(slots, frame.header)
    for fields in traced:
        if fields[1].value == OBU_SEQUENCE_HEADER:
            assert_same_fields(fields, frames[0].sequence)
    return frames


def _gm_params(fields, header, slots):
    """FFmpeg's codes of global motion, decoded as the standard says."""
    decoded = []
    for field in fields:
        if field.name.startswith("gm_params"):
            ref, idx = (int(i) for i in re.findall(r"\d+", field.name))
            primary = header.primary_ref_frame
            previous = None if primary == 7 else slots[header.ref_frame_idx[primary]].global_motion
            prev = spec.DEFAULT_GM_PARAMS if previous is None else previous.gm_params[ref]
            value = spec.read_global_param(
                header.global_motion.gm_type[ref], idx, prev[idx], header.allow_high_precision_mv, field.value
            )
            decoded.append(field._replace(value=value))
    return decoded


def fill(slots, header):
    """Keep a header, of a frame that is complete, in the slots that its frame goes to."""
    kept = slots[header.frame_to_show_map_idx] if header.show_existing_frame else header
    for i in range(8):
        if header.refresh_frame_flags >> i & 1:
            slots[i] = kept


def copied(references):
    """A copy that headers can change; the headers in its slots do not change."""
    lists = (list(getattr(references, field.name)) for field in dataclasses.fields(references))
    return ReferenceState(*lists)


def draw(rng, write, attempts=2000):
    """What `write` returns over a `RandomWriter` once it has drawn a valid header; and the writer."""
    for _ in range(attempts):
        io = RandomWriter(rng)
        try:
            return write(io), io
        except CflError:
            continue
    raise AssertionError("no valid header drawn")


def random_sequence(rng, video=False):
    def write(io):
        sequence = SequenceHeader()
        sequence_header_obu(io, sequence)
        if video and sequence.reduced_still_picture_header:
            raise BitstreamError("a still picture")
        if not _is_conformant(sequence):
            raise BitstreamError("FFmpeg does not read it, although decoding does not depend on it")
        return sequence

    return draw(rng, write)


def _is_conformant(sequence):
    """Whether values that decoding does not depend on are those that the standard allows."""
    timing, model = sequence.timing_info, sequence.decoder_model_info
    ticks = [timing.num_units_in_display_tick, timing.time_scale] if sequence.timing_info_present_flag else []
    if sequence.decoder_model_info_present_flag:
        ticks.append(model.num_units_in_decoding_tick)
    points = [point.operating_point_idc for point in sequence.operating_points]
    return (
        all(ticks) and len(set(points)) == len(points) and sequence.color_config.chroma_sample_position != 3
    )


def random_frame(rng, sequence, references, first):
    """A random frame header that can follow on `references`, which it is not applied to."""

    def write(io):
        io.frame_type = int(rng.integers(0, 4))
        header = FrameHeader()
        uncompressed_header(io, header, sequence, copied(references))
        if first and not (header.show_frame and header.frame_type == KEY_FRAME):
            raise BitstreamError("the first frame is a shown key frame")
        return header

    return draw(rng, write)


@dataclasses.dataclass
class Coded:
    """A random header with the state it was drawn on, and its bits."""

    header: FrameHeader
    references: ReferenceState
    bits: int
    data: bytes


def random_stream(seed, length=4, video=False):
    """A random sequence header, which allows of inter frames if `video`, and frame headers in their order."""
    rng = np.random.default_rng(seed)
    sequence, _ = random_sequence(rng, video)
    references = ReferenceState()
    coded = []
    for i in range(length):
        header, io = random_frame(rng, sequence, references, first=i == 0)
        coded.append(Coded(header, copied(references), io.position, io.getvalue()))
        uncompressed_header(BitReader(io.getvalue()), FrameHeader(), sequence, references)
        references.update(header)
    return sequence, coded


def has_least_width(header):
    """Whether superres leaves a width that decoders round up to 16, but FFmpeg does not."""
    size = header.size
    return size.use_superres and size.upscaled_width * 8 // size.superres_denom < 16


def ffmpeg_fails(sequence, frame):
    """Whether FFmpeg misreads or refuses a header.

    It keeps sizes of tiles in 8 bits, has no least width, and wants references that are valid.
    """
    header, references = frame.header, copied(frame.references)
    uncompressed_header(BitReader(frame.data), FrameHeader(), sequence, references)
    lost = any(header.found_ref) and not all(references.valid[idx] for idx in header.ref_frame_idx)
    large = any(size > 255 for size in header.tile_info.height_in_sbs_minus_1)
    return lost or large or has_least_width(header)


def assert_random_headers_traced(seed, length=4, video=False):
    """FFmpeg reads the same values from random headers, and as many bits."""
    sequence, coded = random_stream(seed, length, video)
    while any(ffmpeg_fails(sequence, frame) for frame in coded):
        seed += 1000
        sequence, coded = random_stream(seed, length, video)
    units = []
    tile = Tile(memoryview(b"\x80"))
    for frame in coded:
        if frame.header.show_existing_frame:
            header = ObuHeader(OBU_FRAME_HEADER)
            payload = frame_header_payload(frame.header, sequence, copied(frame.references))
        else:
            header = ObuHeader(OBU_FRAME)
            tiles = [tile] * frame.header.tile_info.num_tiles
            payload = frame_payload(frame.header, sequence, copied(frame.references), tiles)
        sequence_obu = encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), sequence_header_payload(sequence))
        units.append(DELIMITER + sequence_obu + encode_obu(header, payload))
    for unit, frame in zip(trace(units), coded, strict=True):
        _, sequence_fields, frame_fields = unit
        assert_same_fields(sequence_fields, sequence)
        assert_same_fields(frame_fields, frame.header, frame.references.frames)
        fields = [f for f in frame_fields if f.name.split("[")[0] not in ("zero_bit", "trailing_zero_bit")]
        after = {"trailing_one_bit", "tile_start_and_end_present_flag"}
        fields = [f for f in fields if f.name not in after]
        payload_start = next(f.position + f.bits for f in fields if f.name == "obu_size")
        assert max(f.position + f.bits for f in fields) - payload_start == frame.bits


def rewrite(obus):
    """The bytes of a stream after every header, frame and tile group of it was read and written again."""
    reader = FrameReader()
    return b"".join(_rewrite_obu(obu, reader) for obu in obus)


def _rewrite_obu(obu, reader):
    before = copy.deepcopy(reader.references)
    pending = reader._frame
    frame = reader.read(obu)
    payload = _payload(obu, reader, before, pending, frame)
    size_bytes = obu.payload_offset - obu.offset - 1 - obu.header.obu_extension_flag
    return encode_obu(obu.header, payload, size_bytes)


def _payload(obu, reader, before, pending, frame):
    layer = obu.header.temporal_id, obu.header.spatial_id
    obu_type = obu.header.obu_type
    if obu_type == OBU_SEQUENCE_HEADER:
        return sequence_header_payload(reader.sequence)
    if obu_type == OBU_FRAME and frame is not None:
        return frame_payload(frame.header, reader.sequence, before, frame.tiles, *layer)
    if obu_type in (OBU_FRAME_HEADER, OBU_REDUNDANT_FRAME_HEADER):
        current = frame or reader._frame
        return frame_header_payload(current.header, reader.sequence, before, *layer)
    if obu_type == OBU_TILE_GROUP:
        group = TileGroup()
        tile_group_obu(obu.reader(), group, pending.header.tile_info)
        return tile_group_payload(group, pending.header.tile_info)
    return obu.payload
