"""Streams of random bytes under random headers: what no encoder makes.

Any bytes are a tile: a symbol decoder finds each symbol in random ones as often as its CDF says.
So every mode, transform and context turns up, in any combination with what the headers allow. What is left
out are streams that no decoder need agree on: the quantizers are fine, so that no sum overflows its range.
"""

import copy

import numpy as np
from av1_streams import DELIMITER

from cfl.av1.headers.bits import BitWriter
from cfl.av1.headers.coded_frame import (
    CodedFrame,
    frame_header_payload,
    frame_payload,
    sequence_header_payload,
)
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import OBU_FRAME, OBU_FRAME_HEADER, OBU_SEQUENCE_HEADER, ObuHeader, encode_obu
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.headers.tile_group import Tile
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.tables.constants import MAX_SEGMENTS, TX_MODE_LARGEST, TX_MODE_SELECT
from cfl.errors import BitstreamError

_TOOLS = (
    "use_128x128_superblock",
    "enable_filter_intra",
    "enable_intra_edge_filter",
    "enable_cdef",
    "enable_restoration",
)
FORMATS = {"400": (1, 1), "420": (1, 1), "422": (1, 0), "444": (0, 0)}


class RandomStream:
    """A random stream of one seed; what is given by name is not drawn.

    Parameters
    ----------
    seed : int
    size : (int, int)
    chroma : {"400", "420", "422", "444"}
    depth : {8, 10, 12}
    lossless, screen, intrabc, superres, segments, deltas, tiles, grain : bool, optional
        Drawn where not given.
    base_q_idx : int, optional
    bytes_per_sample : float, optional
        The size of a tile's data; what is read behind them is zeros.
    """

    def __init__(self, seed, size=(64, 64), chroma="420", depth=8, bytes_per_sample=2.0, **choices):
        self.rng = np.random.default_rng(seed)
        self.choices = choices
        self.bytes_per_sample = bytes_per_sample
        self.references = ReferenceState()
        self.sequence = self._sequence(size, chroma, depth)

    def unit(self, **fields):
        """A temporal unit of one random key frame, with its sequence header."""
        return DELIMITER + self.sequence_obu() + self.frame_obu(self.header(**fields))

    def valid_unit(self, attempts=500):
        """A temporal unit of a random key frame that breaks no rule: for intra block copy and for 4:2:2.

        Where the decoder under test meets what is not allowed, the rest of the tile is drawn anew.
        """
        from cfl.av1.tile.tiles import decode_tiles, frame_buffers

        sequence, header = self.sequence_obu(), self.header()
        tiles = [bytearray(tile.data) for tile in self._tiles(header)]
        for _ in range(attempts):
            coded = [Tile(memoryview(bytes(data)), i << 24) for i, data in enumerate(tiles)]
            frame = CodedFrame(self.sequence, header, coded, 0)
            try:
                decode_tiles(frame, frame_buffers(frame))
            except BitstreamError as error:
                if "trailing bits" not in str(error):
                    i, at = divmod(error.offset, 1 << 24)
                    at = max(at - self._draw(8, 16), 0)
                    tiles[i][at:] = self.rng.bytes(len(tiles[i]) - at)
                    continue
            return DELIMITER + sequence + self.frame_obu(header, [bytes(tile) for tile in tiles])
        raise AssertionError("no valid stream drawn")

    def sequence_obu(self):
        return encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), sequence_header_payload(self.sequence))

    def frame_obu(self, header, data=None):
        """OBU_FRAME of random tiles, or of the tiles whose bytes are given."""
        tiles = [Tile(memoryview(tile)) for tile in data] if data else self._tiles(header)
        payload = frame_payload(header, self.sequence, self.references, tiles)
        self.references.update(header)
        return encode_obu(ObuHeader(OBU_FRAME), payload)

    def show_existing_obu(self, slot):
        """OBU_FRAME_HEADER that shows the frame of a slot."""
        header = FrameHeader(show_existing_frame=1, frame_to_show_map_idx=slot)
        payload = frame_header_payload(header, self.sequence, self.references)
        self.references.update(header)
        return encode_obu(ObuHeader(OBU_FRAME_HEADER), payload)

    def header(self, **fields):
        """A random frame header, a shown key frame's unless the fields say otherwise."""
        header = FrameHeader(**fields)
        self._size(header)
        header.disable_cdf_update = self._flip("no_cdf_update", 0.2)
        header.disable_frame_end_update_cdf = header.disable_cdf_update or self._flip("no_end_update")
        header.allow_screen_content_tools = self._flip("screen")
        if header.size.use_superres and header.size.upscaled_width <= 16:
            header.allow_screen_content_tools = 0  # dav1d takes it for scaled, and forgets allow_intrabc
        header.allow_intrabc = self._flip("intrabc", 0)
        header.reduced_tx_set = self._flip("reduced_tx_set", 0.2)
        header.tx_mode = TX_MODE_SELECT if self._flip("tx_mode_select", 0.8) else TX_MODE_LARGEST
        self._quantizers(header)
        self._segments(header)
        self._deltas(header)
        self._filters(header)
        if self.sequence.film_grain_params_present:
            self._grain(header)
        self._layout(header)
        return header

    def _flip(self, name, probability=0.5):
        drawn = int(self.rng.random() < probability)
        return int(self.choices.get(name, drawn))

    def _draw(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def _sequence(self, size, chroma, depth):
        sequence = SequenceHeader(max_frame_width_minus_1=size[0] - 1, max_frame_height_minus_1=size[1] - 1)
        color = sequence.color_config
        sequence.seq_profile = 2 if depth == 12 or chroma == "422" else int(chroma == "444")
        color.high_bitdepth, color.twelve_bit = int(depth > 8), int(depth == 12)
        color.mono_chrome = int(chroma == "400")
        color.subsampling_x, color.subsampling_y = FORMATS[chroma]
        color.color_range = self._draw(0, 1)
        color.separate_uv_delta_q = self._flip("separate_uv_delta_q")
        for name in _TOOLS:
            setattr(sequence, name, self._flip(name))
        sequence.enable_superres = self._flip("superres", 0.3)
        sequence.film_grain_params_present = self._flip("grain", 0.3)
        sequence.reduced_still_picture_header = sequence.still_picture = self._flip("reduced_header", 0.2)
        return sequence

    def _size(self, header):
        size = header.size
        size.upscaled_width = self.sequence.max_frame_width_minus_1 + 1
        size.frame_height = self.sequence.max_frame_height_minus_1 + 1
        size.use_superres = int(self.sequence.enable_superres)
        size.superres_denom = self._draw(9, 16) if size.use_superres else 8

    def _quantizers(self, header):
        q = header.quantization
        q.base_q_idx = int(self.choices.get("base_q_idx", self._draw(1, 40)))
        if self._flip("lossless", 0):
            q.base_q_idx = 0
        elif self._flip("delta_quantizers", 0.3):
            q.delta_q_y_dc, q.delta_q_u_dc, q.delta_q_u_ac = (self._draw(-10, 10) for _ in range(3))
            q.delta_q_v_dc, q.delta_q_v_ac = q.delta_q_u_dc, q.delta_q_u_ac
            if self.sequence.color_config.separate_uv_delta_q:
                q.diff_uv_delta, q.delta_q_v_dc, q.delta_q_v_ac = 1, self._draw(-10, 10), self._draw(-10, 10)
        q.using_qmatrix = self._flip("qmatrix", 0.3)
        q.qm_y, q.qm_u, q.qm_v = (self._draw(0, 15) for _ in range(3))

    def _segments(self, header):
        segmentation = header.segmentation
        segmentation.segmentation_enabled = self._flip("segments", 0.3)
        if not segmentation.segmentation_enabled:
            return
        features = [0, 1, 2, 3, 4] + ([6] if self._flip("skip_segments", 0.4) else [])
        for i in range(MAX_SEGMENTS):
            for j in features:
                segmentation.feature_enabled[i][j] = self._draw(0, 1)
                segmentation.feature_value[i][j] = self._draw(-20, 20) if j < 5 else 0
        if self._flip("few_segments", 0):
            segmentation.feature_enabled[3:] = [[0] * 8 for _ in range(5)]
        else:  # every segment_id is one that exists, for the last segment does something
            segmentation.feature_enabled[-1][1] = 1

    def _deltas(self, header):
        delta = header.delta
        lossy = header.quantization.base_q_idx > 0
        delta.delta_q_present = int(lossy and self._flip("deltas", 0.3))
        delta.delta_q_res = self._draw(0, 2)
        delta.delta_lf_present = int(
            delta.delta_q_present and not header.allow_intrabc and self._flip("delta_lf")
        )
        delta.delta_lf_res = self._draw(0, 3)
        delta.delta_lf_multi = self._flip("delta_lf_multi")

    def _filters(self, header):
        loop_filter, cdef, lr = header.loop_filter, header.cdef, header.lr
        if self._flip("deblock", 0.7):
            loop_filter.loop_filter_level = [self._draw(0, 63) for _ in range(4)]
        loop_filter.loop_filter_sharpness = self._draw(0, 7)
        cdef.cdef_bits = self._draw(0, 3)
        cdef.cdef_damping = self._draw(3, 6)
        for plane in ("y", "uv"):
            for i in range(1 << cdef.cdef_bits):
                getattr(cdef, f"cdef_{plane}_pri_strength")[i] = self._draw(0, 15)
                getattr(cdef, f"cdef_{plane}_sec_strength")[i] = (0, 1, 2, 4)[self._draw(0, 3)]
        planes = 1 if self.sequence.color_config.mono_chrome else 3
        lr.frame_restoration_type[:planes] = [self._draw(0, 3) for _ in range(planes)]
        lr.lr_unit_shift = self._draw(self.sequence.use_128x128_superblock, 2)
        lr.lr_uv_shift = self._draw(0, min(1, lr.lr_unit_shift))

    def _grain(self, header):
        grain = header.film_grain
        grain.apply_grain = 1
        grain.grain_seed = self._draw(0, 65535)
        grain.point_y = self._points(14)
        grain.chroma_scaling_from_luma = self._draw(0, 1)
        grain.point_cb, grain.point_cr = self._points(10, 1), self._points(10, 1)
        grain.grain_scaling_minus_8, grain.ar_coeff_lag = self._draw(0, 3), self._draw(0, 3)
        for plane in ("y", "cb", "cr"):
            coefficients = [self._draw(118, 138) for _ in range(25)]
            setattr(grain, f"ar_coeffs_{plane}_plus_128", coefficients)
        grain.ar_coeff_shift_minus_6, grain.grain_scale_shift = self._draw(0, 3), self._draw(0, 3)
        for plane in ("cb", "cr"):
            setattr(grain, f"{plane}_mult", self._draw(0, 255))
            setattr(grain, f"{plane}_luma_mult", self._draw(0, 255))
            setattr(grain, f"{plane}_offset", self._draw(0, 511))
        grain.overlap_flag, grain.clip_to_restricted_range = self._draw(0, 1), self._draw(0, 1)

    def _points(self, most, least=0):
        values = np.sort(self.rng.choice(256, self._draw(least, most), replace=False))
        return [(int(value), self._draw(0, 255)) for value in values]

    def _layout(self, header):
        """Tiles of random sizes; then the header is written once, which derives how many there are."""
        info = header.tile_info
        if self._flip("tiles", 0.3):
            info.uniform_tile_spacing_flag = self._flip("uniform_tiles")
            info.tile_cols_log2, info.tile_rows_log2 = self._draw(0, 2), self._draw(0, 2)
            info.width_in_sbs_minus_1 = [self._draw(0, 1) for _ in range(64)]
            info.height_in_sbs_minus_1 = [self._draw(0, 1) for _ in range(64)]
        else:
            info.uniform_tile_spacing_flag = 1
        for _ in range(20):
            try:
                uncompressed_header(BitWriter(), header, self.sequence, copy.deepcopy(self.references))
                return
            except ValueError:  # a size of what is left
                info.width_in_sbs_minus_1 = info.height_in_sbs_minus_1 = [0] * 64
        raise AssertionError("no layout of tiles")

    def _tiles(self, header):
        size, info = header.size, header.tile_info
        samples = size.frame_width * size.frame_height / info.num_tiles * 1.5
        count = int(samples * self.bytes_per_sample) + 60
        return [Tile(memoryview(self.rng.bytes(count - 1) + b"\x80")) for _ in range(info.num_tiles)]
