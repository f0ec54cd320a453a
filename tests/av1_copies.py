"""Streams full of intra block copy, which encoders use little and random bytes seldom get right.

The blocks of a random stream are written again, many of them as copies with vectors that the standard allows
(`is_allowed`, from its text) and with other decisions on the tape.
"""

import copy

import numpy as np
from av1_random import RandomStream
from av1_streams import DELIMITER

import cfl.av1.tile.tiles as tile_module
from cfl.av1.headers.bits import BitWriter
from cfl.av1.headers.coded_frame import CodedFrame
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.av1.reconstruction.frame_arrays import frame_arrays
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH
from cfl.av1.tile.state import frame_parameters
from cfl.av1.tile.tiles import (
    BlockRecorder,
    TileBlocks,
    decode_tiles,
    encode_tiles,
    frame_buffers,
    tile_places,
)

ROOM = 4096
"""Decisions of a block of the greatest size, at most, if each transform block has one coefficient."""


class Copies:
    """A random frame whose blocks may become copies.

    Parameters
    ----------
    seed, size, chroma, choices
        See `RandomStream`.
    """

    def __init__(self, seed, size, chroma, **choices):
        fixed = {"screen": 1, "intrabc": 0, "superres": 0, "deltas": 0, "tx_mode_select": 1, "grain": 0,
                 "reduced_tx_set": 0, "segments": 0}  # fmt: skip
        self.stream = RandomStream(seed, size, chroma, 8, 1.0, **{**fixed, **choices})
        self.rng = np.random.default_rng(seed)
        self.stream.sequence_obu()  # for what is derived
        self.header = self.stream.header()
        self.tiles = self._blocks()
        self.header.allow_intrabc = 1
        self.places = list(tile_places(self.header))

    def _blocks(self):
        frame = CodedFrame(self.stream.sequence, self.header, self.stream._tiles(self.header), 0)
        recorder = BlockRecorder()
        check, tile_module.trailing_bits_conform = tile_module.trailing_bits_conform, lambda coder: True
        try:
            decode_tiles(frame, frame_buffers(frame), recorder=recorder)
        finally:
            tile_module.trailing_bits_conform = check
        return [_with_tail(tile) for tile in recorder.tiles]

    def unit(self):
        """The temporal unit."""
        sequence, header = self.stream.sequence, copy.deepcopy(self.header)
        obu = self.stream.sequence_obu()
        references = copy.deepcopy(self.stream.references)
        uncompressed_header(BitWriter(), header, sequence, references)  # for what is derived
        arrays = frame_arrays(frame_parameters(sequence, header))
        planes = frame_buffers(CodedFrame(sequence, header, [], 0))
        data = encode_tiles(sequence, header, self.tiles, arrays, planes)
        return DELIMITER + obu + self.stream.frame_obu(header, data)

    def copy(self, share=0.7, decisions=0):
        """Let a share of the blocks be copies; without coefficients, or with these decisions on tape."""
        for tile, place in zip(self.tiles, self.places, strict=True):
            for block in tile.blocks:
                if self.rng.random() < share:
                    vector = self._vector(block, place)
                    if vector is not None:
                        make_copy(tile, block, vector, decisions)
        return self

    def _vector(self, block, place):
        """A random vector that is allowed, in eighths of a sample, if one is found."""
        for _ in range(20):
            y = self.rng.integers(4 * place.mi_row_start, 4 * block["mi_row"] + 1)
            x = self.rng.integers(4 * place.mi_col_start, 4 * place.mi_col_end)
            vector = 8 * (int(y) - 4 * int(block["mi_row"])), 8 * (int(x) - 4 * int(block["mi_col"]))
            if is_allowed(block, vector, place, self.stream.sequence):
                return vector
        return None

    def first_copy(self, at_the_left=False):
        """The first block that could be a copy, with its tile and a vector; perhaps of a row's first only."""
        for tile, place in zip(self.tiles, self.places, strict=True):
            for block in tile.blocks:
                far = at_the_left and block["mi_col"] - place.mi_col_start >= 16
                vector = None if far else self._vector(block, place)
                if vector is not None:
                    return tile, block, vector
        raise AssertionError("no block can be a copy")


def _with_tail(tile):
    """The tape with room behind it for one that all copies share; and without what cannot stay.

    What is on tape of a palette depends on the palettes beside it, and blocks beside it become copies. With
    levels above all eobs sums may overflow, where decoders need not agree.
    """
    blocks, ends = tile.blocks, [*tile.blocks["tape"][1:], len(tile.tape)]
    for block, end in zip(blocks, ends, strict=True):
        has_palette = block["palette_size_y"] or block["palette_size_uv"]
        if has_palette or (abs(tile.tape[block["tape"] : end]) > 1024).any():
            block["skip"] = 1
    blocks["palette_size_y"] = blocks["palette_size_uv"] = 0
    return TileBlocks(blocks, np.concatenate((tile.tape, np.zeros(ROOM, np.int32))))


def make_copy(tile, block, vector, decisions=0):
    """Make a block a copy; `decisions` are the values of all that is on its tape: splits, coefficients."""
    tile.tape[-ROOM:] = decisions
    block["use_intrabc"], block["mv"][0], block["skip"] = 1, vector, decisions == 0
    block["tape"] = len(tile.tape) - ROOM


def is_allowed(block, vector, place, sequence):
    """is_mv_valid and the rules of assign_mv for intra block copy (5.11.26, 6.10.25)."""
    color = sequence.color_config
    width, height = int(BLOCK_WIDTH[block["mi_size"]]), int(BLOCK_HEIGHT[block["mi_size"]])
    row, col = int(block["mi_row"]), int(block["mi_col"])
    if any(abs(part) >= 1 << 14 or part % 8 for part in vector):
        return False
    delta_row, delta_col = vector[0] >> 3, vector[1] >> 3
    top, left = 4 * row + delta_row, 4 * col + delta_col
    bottom, right = top + height, left + width
    if block["has_chroma"]:
        left -= 4 if width < 8 and color.subsampling_x else 0
        top -= 4 if height < 8 and color.subsampling_y else 0
    inside = top >= 4 * place.mi_row_start and left >= 4 * place.mi_col_start
    if not inside or bottom > 4 * place.mi_row_end or right > 4 * place.mi_col_end:
        return False
    size = 128 if sequence.use_128x128_superblock else 64
    per_row = ((place.mi_col_end - place.mi_col_start - 1) >> 4) + 1
    active, source = (4 * row // size, 4 * col // 64), ((bottom - 1) // size, (right - 1) // 64)
    if source[0] * per_row + source[1] >= active[0] * per_row + active[1] - 4:
        return False
    behind = (5 + sequence.use_128x128_superblock) * (active[0] - source[0])
    return source[0] <= active[0] and source[1] < active[1] - 4 + behind


CASES = {
    "64": (0, (330, 140), "420", {}, 0),
    "64 420": (2, (330, 140), "420", {}, 1),
    "64 444": (0, (330, 140), "444", {}, 1),
    "128 444": (0, (400, 270), "444", {"use_128x128_superblock": 1}, 1),
    "128 420": (0, (400, 270), "420", {"use_128x128_superblock": 1}, 1),
    "128x128": (44, (400, 256), "444", {"use_128x128_superblock": 1}, 1),
    "wide": (0, (840, 140), "420", {}, 1),
}
"""Seed, size, chroma, choices, and the decisions on the copies' tape."""


def copies(name):
    """The stream of a case."""
    seed, size, chroma, choices, decisions = CASES[name]
    choices = {"tiles": 0, "use_128x128_superblock": 0, **choices}
    return Copies(seed, size, chroma, **choices).copy(0.8 if name != "128x128" else 1, decisions).unit()


BROKEN = {
    "up by 2048": (-(1 << 14), 0),
    "left by 2048": (0, -(1 << 14)),
    "down out of the tile": (8 * 256, 0),
    "beyond the wavefront": (-8 * 64, 8 * 64),
}
"""Vectors that are not allowed, by the rule that they break; the last of a block at the left."""


def broken_copy(name):
    """A stream with one copy, whose vector is not allowed."""
    frame = Copies(3, (460, 140), "444", tiles=0, use_128x128_superblock=0)
    tile, block, _ = frame.first_copy(at_the_left="wavefront" in name)
    make_copy(tile, block, BROKEN[name])
    return frame.unit()


def endless_golomb():
    """A stream with a coefficient whose Golomb code has more than 20 bits."""
    frame = Copies(3, (460, 140), "444", tiles=0, use_128x128_superblock=0)
    (tile,) = frame.tiles
    for block in tile.blocks:
        if not block["skip"] and tile.tape[block["tape"]]:  # eob, the type, the coefficients
            tile.tape[block["tape"] + 2] = 1 << 21
            return frame.unit()
    raise AssertionError("no coefficients")
