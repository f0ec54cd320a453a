"""A coded frame as a stream of its own, which a browser decodes: as it is, and without the in-loop filters.

The samples that chroma from luma works on are those before the in-loop filters, which no decoder hands out.
But a frame header that turns the filters off, before the same tiles, makes any decoder show them. Only loop
restoration leaves symbols in the tiles; there the tiles are written anew without them.
"""

import copy

from cfl.av1.headers.coded_frame import CodedFrame, frame_payload, sequence_header_payload
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import (
    OBU_FRAME,
    OBU_SEQUENCE_HEADER,
    OBU_TEMPORAL_DELIMITER,
    ObuHeader,
    encode_obu,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.tile_group import Tile
from cfl.av1.tables.constants import KEY_FRAME, RESTORE_NONE

_CDEF_STRENGTHS = [f"cdef_{plane}_{kind}_strength" for plane in ("y", "uv") for kind in ("pri", "sec")]
_MAX_DEPTH = 10
"""Browsers' decoders take 12 bits for damage."""


def can_stand_alone(coded: CodedFrame) -> bool:
    """Whether a browser can decode the frame by itself, as `stream_of` and `unfiltered_stream_of` make it."""
    header, sequence = coded.header, coded.sequence
    return (
        header.frame_type == KEY_FRAME
        and bool(header.show_frame)
        and not header.size.use_superres
        and sequence.color_config.bit_depth <= _MAX_DEPTH
        and not any(point.operating_point_idc for point in sequence.operating_points)
    )


def codec_of(coded: CodedFrame) -> str:
    """The codec's name for a browser, such as av01.0.04M.08."""
    sequence = coded.sequence
    point = sequence.operating_points[0]
    tier = "H" if point.seq_tier else "M"
    return f"av01.{sequence.seq_profile}.{point.seq_level_idx:02}{tier}.{sequence.color_config.bit_depth:02}"


def stream_of(coded: CodedFrame) -> bytes:
    """A temporal unit with the frame, without film grain."""
    return _unit(coded, _without_grain(coded.header), coded.tiles)


def unfiltered_stream_of(coded: CodedFrame) -> bytes:
    """A temporal unit that decodes to the frame's samples before the in-loop filters."""
    header = _without_grain(coded.header)
    header.loop_filter.loop_filter_level[:] = [0] * 4
    for name in _CDEF_STRENGTHS:
        strengths = getattr(header.cdef, name)
        strengths[:] = [0] * len(strengths)
    if not header.lr.uses_lr:
        return _unit(coded, header, coded.tiles)
    header.lr.frame_restoration_type[:] = [RESTORE_NONE] * 3
    return _unit(coded, header, _written_anew(coded, header))


def _without_grain(header: FrameHeader) -> FrameHeader:
    changed = copy.deepcopy(header)
    changed.film_grain.apply_grain = 0
    return changed


def _written_anew(coded: CodedFrame, header: FrameHeader) -> list[Tile]:
    """The tiles, with the symbols that another header asks for."""
    from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, encode_tiles, frame_buffers

    recorder = BlockRecorder()
    arrays = decode_tiles(coded, frame_buffers(coded), recorder=recorder)
    tiles = encode_tiles(coded.sequence, header, recorder.tiles, arrays)
    largest = max((len(tile) for tile in tiles[:-1]), default=1)
    header.tile_info.tile_size_bytes_minus_1 = max((largest - 1).bit_length() - 1, 0) // 8
    return [Tile(memoryview(tile)) for tile in tiles]


def _unit(coded: CodedFrame, header: FrameHeader, tiles: list[Tile]) -> bytes:
    payload = frame_payload(header, coded.sequence, ReferenceState(), tiles)
    sequence = sequence_header_payload(coded.sequence)
    return (
        encode_obu(ObuHeader(OBU_TEMPORAL_DELIMITER), b"")
        + encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), sequence)
        + encode_obu(ObuHeader(OBU_FRAME), payload)
    )
