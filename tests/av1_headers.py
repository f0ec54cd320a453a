"""Helpers for the tests of headers: fields by the standard's names, random headers, streams written back."""

import copy
import dataclasses

from av1_streams import RandomWriter

from cfl.av1.headers.coded_frame import (
    FrameReader,
    frame_header_payload,
    frame_payload,
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
    encode_obu,
)
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.av1.headers.tile_group import TileGroup, tile_group_obu
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import KEY_FRAME
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
        "tile_size_bytes_minus1": header.tile_info.tile_size_bytes_minus_1,
    }
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


def draw(rng, write, attempts=2000):
    """What `write` returns over a `RandomWriter` once it has drawn a valid header; and the writer."""
    for _ in range(attempts):
        io = RandomWriter(rng)
        try:
            return write(io), io
        except CflError:
            continue
    raise AssertionError("no valid header drawn")


def random_sequence(rng):
    def write(io):
        sequence = SequenceHeader()
        sequence_header_obu(io, sequence)
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
        header = FrameHeader()
        uncompressed_header(io, header, sequence, copy.deepcopy(references))
        if first and not (header.show_frame and header.frame_type == KEY_FRAME):
            raise BitstreamError("the first frame is a shown key frame")
        return header

    return draw(rng, write)


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
