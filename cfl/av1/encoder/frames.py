"""From pictures to coded key frames (AV1 specification 5.5, 5.9, 7.5).

                  Frame ──▶ headers, padded planes
                                  │
    search of blocks ──▶ search of filters ──▶ tiles written ──▶ OBUs
           │                                        │
           └──▶ planes ──── post-filters ◀──────────┘
                                  └──▶ the picture that every decoder shows

At fast speeds no parameters of filters are coded in tiles, and the search writes the tiles at once.

An `Encoder` is for pictures of one form: a still, or the key frames of a stream.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from cfl.av1.encoder.levels import seq_level_idx
from cfl.av1.encoder.quality import chroma_delta_q, chroma_weight
from cfl.av1.encoder.screen import looks_like_screen
from cfl.av1.encoder.tile_layout import tile_layout, tiles_by_size
from cfl.av1.headers.bits import BitWriter
from cfl.av1.headers.coded_frame import CodedFrame, frame_payload, sequence_header_payload
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import OBU_FRAME, OBU_SEQUENCE_HEADER, ObuHeader, encode_obu
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import (
    CP_BT_709,
    CP_UNSPECIFIED,
    CSP_UNKNOWN,
    MC_UNSPECIFIED,
    TC_SRGB,
    TC_UNSPECIFIED,
    ColorConfig,
    SequenceHeader,
)
from cfl.av1.headers.tile_group import Tile
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.speeds import DEFAULT_SPEED, settings_of
from cfl.av1.tables.constants import MC_IDENTITY
from cfl.av1.tunes import PSNR, tune_settings
from cfl.errors import FrameError
from cfl.frames import Frame, sample_dtype
from cfl.frames.frame import require_coded_depth
from cfl.threads import Bands, Progress

if TYPE_CHECKING:
    from cfl.av1.block_search.tiles import FoundTile
    from cfl.av1.reconstruction.frame_arrays import FrameArrays

MAX_SIDE = 65536
COARSEST_MATRIX = 14
DELTA_Q_RES = 2
"""Superblocks change the quantizer index in steps of four: finer ones cost more bits than they are worth."""
SMALLEST_UNIT = 64
LEAST_REPETITION = 0.03
"""The share of repeated blocks from which copies are worth more than in-loop filters."""
_POSITIONS = {"left": 1, "topleft": 2}
"""chroma_sample_position: CSP_VERTICAL and CSP_COLOCATED; the others have no code."""


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """What a user chooses.

    Parameters
    ----------
    qindex : int
        base_q_idx, 0…255; 0 is lossless.
    speed : int
        0 (tries everything) to 10.
    cfl : bool
        Whether blocks may be predicted from luma.
    tiles : (rows, columns), optional
        1…64 each; see `tile_layout`. By default the size decides: `tiles_by_size`.
    screen : bool, optional
        Whether blocks may have palettes. By default at speeds up to 8 where the picture looks like a screen.
    copies : bool, optional
        Whether blocks of such a picture may be copied from others, which excludes in-loop filters. By default
        they may if it is coded without loss, or if it repeats itself.
    finer : int
        Added to the indices of chroma's quantizers, or of luma's DC if there is no chroma; 0 or less. For a
        size between those of two indices.
    tune : {"psnr", "iq"}
        What the encoder aims at; see `cfl.av1.tunes`.

    Raises
    ------
    FrameError
        A value is out of range.
    """

    qindex: int = 100
    speed: int = DEFAULT_SPEED
    cfl: bool = True
    tiles: tuple[int, int] | None = None
    screen: bool | None = None
    copies: bool | None = None
    finer: int = 0
    tune: str = PSNR

    def __post_init__(self) -> None:
        if not 0 <= self.qindex <= 255:
            raise FrameError(f"qindex is {self.qindex}, not 0 to 255")
        settings_of(self.speed)  # raises FrameError if there is no such speed
        tune_settings(self.tune)  # or no such aim


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A coded frame.

    Attributes
    ----------
    header : FrameHeader
    obu : bytes
        OBU_FRAME, with its size.
    blocks : (n,) array of `cfl.av1.tile.state.BLOCK`
        The decisions, in the order of coding.
    planes : list of (height, width) arrays, optional
        What decoders show, of the picture's dtype.
    """

    header: FrameHeader
    obu: bytes
    blocks: np.ndarray
    planes: list[np.ndarray] | None


class Encoder:
    """Encodes pictures of one form.

    Parameters
    ----------
    form : Frame
        A picture with the size, subsampling, bit depth and colour of all; its alpha does not matter.
    options : EncoderOptions
    still : bool
        Whether there is one only, which then has reduced headers, as AVIF has them.
    frame_rate : Fraction, optional
        Of a stream, in frames a second; for its level.
    progress : callable, optional
        See `Progress`.

    Attributes
    ----------
    sequence : SequenceHeader
    sequence_obu : bytes
        OBU_SEQUENCE_HEADER, with its size.

    Raises
    ------
    FrameError
        AV1 cannot code such pictures.
    """

    def __init__(
        self,
        form: Frame,
        options: EncoderOptions,
        *,
        still: bool,
        frame_rate: Fraction | None = None,
        progress: Progress | None = None,
    ):
        require_coded_depth(form)
        self.options, self.progress = options, progress
        self._form = _form(form)
        self.sequence = _sequence_header(form, lossless=options.qindex == 0, still=still)
        sequence_header_payload(self.sequence)  # sets its derived fields
        self._header = self._first_header()
        rate = None if still else frame_rate
        self.sequence.operating_points[0].seq_level_idx = seq_level_idx(self._header, rate)
        payload = sequence_header_payload(self.sequence)
        self.sequence_obu = encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), payload)

    def encode(self, frame: Frame, *, threads: int = 1, reconstruct: bool = False) -> EncodedPicture:
        """Encode a picture; several may be encoded at a time, on threads.

        Parameters
        ----------
        frame : Frame
            Of the encoder's form.
        threads : int, optional
            To work on this picture with; the result does not depend on it.
        reconstruct : bool, optional
            Whether to give the planes that decoders show.

        Raises
        ------
        FrameError
            The picture is of another form.
        """
        from cfl.av1.tile.state import joined_blocks
        from cfl.av1.tile.tiles import encode_tiles, frame_buffers

        if _form(frame) != self._form:
            raise FrameError(f"{frame} is not like the pictures before it: size, format or colour differ")
        header = self.new_header()
        header.allow_screen_content_tools = int(self._is_screen(frame))
        planes = frame_buffers(CodedFrame(self.sequence, header, [], 0))
        source = tuple(
            _padded(plane, buffer.shape) for plane, buffer in zip(frame.planes, planes, strict=True)
        )
        links = self._allow_copies(header, source[0])
        found, arrays = self._search(header, source, planes, links, threads)
        del source
        decisions = [tile.decisions for tile in found]
        tiles = [tile.data for tile in found if tile.data is not None]
        if not tiles:
            tiles = encode_tiles(self.sequence, header, decisions, arrays, threads=threads)
        obu = self._frame_obu(header, tiles)
        blocks = joined_blocks([tile.blocks for tile in decisions])
        del found, decisions
        if not reconstruct:
            return EncodedPicture(header, obu, blocks, None)
        from cfl.av1.filters.postfilter import postfilter

        remaining = list(planes)
        del planes
        shown = postfilter(self.sequence, header, remaining, arrays, bands=Bands(threads))
        dtype = sample_dtype(frame.bit_depth)
        return EncodedPicture(header, obu, blocks, [np.ascontiguousarray(plane, dtype) for plane in shown])

    def new_header(self) -> FrameHeader:
        """A frame header with what all pictures have: all but screen content and filters."""
        return copy.deepcopy(self._header)

    def _first_header(self) -> FrameHeader:
        """The header that `new_header` copies, with its derived fields."""
        options, sequence = self.options, self.sequence
        header = FrameHeader(disable_frame_end_update_cdf=1)
        width, height = sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1
        rows, cols = options.tiles or tiles_by_size(width, height)
        header.tile_info = tile_layout(width, height, rows, cols)
        quantization = header.quantization
        quantization.base_q_idx = options.qindex
        delta = chroma_delta_q(options.qindex, sequence.color_config.subsampling, options.tune)
        if sequence.color_config.mono_chrome:
            quantization.delta_q_y_dc = options.finer
        else:
            delta += options.finer
        quantization.delta_q_u_dc = quantization.delta_q_u_ac = delta
        quantization.delta_q_v_dc = quantization.delta_q_v_ac = delta
        self._tune(header)
        # Arrays are made for the smallest units of loop restoration; their size is chosen later.
        header.lr.loop_restoration_size = [SMALLEST_UNIT] * 3
        self._derive(header)
        return header

    def _tune(self, header: FrameHeader) -> None:
        """Set the quantizer matrices, and whether superblocks change the quantizer."""
        options, tune, quantization = self.options, tune_settings(self.options.tune), header.quantization
        if options.qindex == 0:
            return
        if tune.matrix_levels:
            level = tune.matrix_level(options.qindex)
            quantization.using_qmatrix, quantization.qm_y = 1, level
            quantization.qm_u = quantization.qm_v = min(level + tune.chroma_matrix_offset, COARSEST_MATRIX)
        if tune.activity_deltas:
            header.delta.delta_q_present, header.delta.delta_q_res = 1, DELTA_Q_RES

    def _is_screen(self, frame: Frame) -> bool:
        """Whether to allow the tools for screen content."""
        if self.options.screen is not None:
            return self.options.screen
        return settings_of(self.options.speed).finds_screens and looks_like_screen(frame.y, frame.bit_depth)

    def _allow_copies(self, header: FrameHeader, luma: np.ndarray) -> np.ndarray | None:
        """Decide on intra block copy; return where the picture repeats itself, if blocks may be copied."""
        links = None
        if header.allow_screen_content_tools and self.options.copies is not False:
            from cfl.av1.block_search.intrabc_hash import repeated_share, repetitions

            links = repetitions(luma)
            wanted = self.options.copies or header.coded_lossless
            if not wanted and repeated_share(luma, links) < LEAST_REPETITION:
                links = None
        if links is not None:
            header.allow_intrabc = 1
            self._derive(header)
        return links

    def _derive(self, header: FrameHeader) -> None:
        """Set the derived fields of a header, by writing it."""
        uncompressed_header(BitWriter(), header, self.sequence, ReferenceState())

    def _search(
        self,
        header: FrameHeader,
        source: Sequence[np.ndarray],
        planes: Sequence[np.ndarray],
        links: np.ndarray | None,
        threads: int,
    ) -> tuple[list["FoundTile"], "FrameArrays"]:
        """Decide on blocks, then on filters."""
        from cfl.av1.block_search.tiles import SearchOptions, search_tiles
        from cfl.av1.filter_search.frame import filters_in_tiles, search_filters

        screen = bool(header.allow_screen_content_tools)
        speed, subsampling = self.options.speed, self.sequence.color_config.subsampling
        tune = self.options.tune
        options = SearchOptions(chroma_weight(subsampling), speed, self.options.cfl, screen, tune)
        found, arrays = search_tiles(
            self.sequence, header, source, planes, options=options, links=links,
            write=not filters_in_tiles(header, speed), threads=threads, progress=self.progress,
        )  # fmt: skip
        search_filters(self.sequence, header, source, planes, arrays, speed=speed, threads=threads, tune=tune)
        return found, arrays

    def _frame_obu(self, header: FrameHeader, tiles: list[bytes]) -> bytes:
        largest = max((len(tile) for tile in tiles[:-1]), default=1)
        header.tile_info.tile_size_bytes_minus_1 = max((largest - 1).bit_length() - 1, 0) // 8
        payload = frame_payload(
            header, self.sequence, ReferenceState(), [Tile(memoryview(tile)) for tile in tiles]
        )
        return encode_obu(ObuHeader(OBU_FRAME), payload)


def _form(frame: Frame) -> tuple[object, ...]:
    """What a sequence header says of a picture."""
    return (
        frame.width,
        frame.height,
        frame.subsampling,
        frame.bit_depth,
        frame.color_primaries,
        frame.transfer_characteristics,
        frame.matrix_coefficients,
        frame.full_range,
        frame.chroma_sample_position,
    )


def _sequence_header(frame: Frame, *, lossless: bool, still: bool) -> SequenceHeader:
    if max(frame.width, frame.height) > MAX_SIDE:
        raise FrameError(f"{frame.width}x{frame.height}: AV1 has at most {MAX_SIDE} samples a side")
    return SequenceHeader(
        seq_profile=_seq_profile(frame),
        still_picture=int(still),
        reduced_still_picture_header=int(still),
        frame_width_bits_minus_1=max((frame.width - 1).bit_length() - 1, 0),
        frame_height_bits_minus_1=max((frame.height - 1).bit_length() - 1, 0),
        max_frame_width_minus_1=frame.width - 1,
        max_frame_height_minus_1=frame.height - 1,
        enable_filter_intra=1,
        enable_intra_edge_filter=1,
        enable_cdef=int(not lossless),
        enable_restoration=int(not lossless),
        color_config=_color_config(frame),
    )


def _seq_profile(frame: Frame) -> int:
    """0: Main, 1: High, 2: Professional (6.4.1)."""
    if frame.bit_depth == 12 or frame.subsampling == "4:2:2":
        return 2
    return 1 if frame.subsampling == "4:4:4" else 0


def _color_config(frame: Frame) -> ColorConfig:
    """5.5.2."""
    monochrome = frame.subsampling == "4:0:0"
    codes = frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients
    if frame.matrix_coefficients == MC_IDENTITY and frame.subsampling not in ("4:4:4", "4:0:0"):
        raise FrameError(f"matrix_coefficients 0 (identity) is for 4:4:4 only, not {frame.subsampling}")
    if codes == (CP_BT_709, TC_SRGB, MC_IDENTITY) and not frame.full_range and not monochrome:
        codes = CP_UNSPECIFIED, TC_UNSPECIFIED, MC_IDENTITY  # these three together imply full range
    position = _POSITIONS.get(frame.chroma_sample_position, CSP_UNKNOWN)
    return ColorConfig(
        high_bitdepth=int(frame.bit_depth > 8),
        twelve_bit=int(frame.bit_depth == 12),
        mono_chrome=int(monochrome),
        color_description_present_flag=int(codes != (CP_UNSPECIFIED, TC_UNSPECIFIED, MC_UNSPECIFIED)),
        color_primaries=codes[0],
        transfer_characteristics=codes[1],
        matrix_coefficients=codes[2],
        color_range=int(frame.full_range),
        subsampling_x=frame.subsampling_x,
        subsampling_y=frame.subsampling_y,
        chroma_sample_position=position if frame.subsampling == "4:2:0" else CSP_UNKNOWN,
    )


def _padded(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The plane as uint16, its last column and row repeated up to `shape`."""
    height, width = plane.shape
    padded = np.empty(shape, np.uint16)
    padded[:height, :width] = plane
    padded[:height, width:] = plane[:, -1:]
    padded[height:] = padded[height - 1]
    return padded
