"""Coded frames for the tests of inspection, and what the decoder makes of them."""

from typing import NamedTuple

import numpy as np
from av1_corpus import coded_frames, pillow, svt
from av1_pictures import mixed, screen, waves

from cfl.av1.headers.coded_frame import CodedFrame
from cfl.av1.headers.tile_group import Tile
from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, encode_tiles, frame_buffers

CASES = [
    pillow("420", size=(203, 141), quality=70, speed=4),
    pillow("422", waves, (203, 141), "422", quality=80, speed=4),
    pillow("444", mixed, (197, 139), "444", quality=60, speed=4),
    pillow("tiles", size=(256, 192), quality=80, tile_rows=1, tile_cols=1, autotiling=False),
    pillow("lossless 420", mixed, (64, 48), "420", quality=100, speed=6),
    pillow("lossless 444", mixed, (64, 48), "444", quality=100, speed=6),
    pillow("small blocks", mixed, (77, 51), quality=90, speed=4, advanced="max-partition-size=8"),
    pillow("screen", screen, (192, 128), "444", speed=4, advanced="tune-content=screen"),
    pillow("128", mixed, (200, 140), speed=4, quality=40, advanced="sb-size=128"),
    svt("10 bit", "keyint=1", waves, (101, 67), depth=10, preset="6"),
]


class Decoded(NamedTuple):
    """A frame, its planes before the in-loop filters, its records, and of each the start of its tile."""

    coded: CodedFrame
    planes: list
    records: np.ndarray
    places: list


def first_frame(case):
    """The first frame of a case."""
    return coded_frames(case)[0]


def decoded(coded):
    """Decode the tiles of a frame."""
    planes, recorder = list(frame_buffers(coded)), BlockRecorder()
    decode_tiles(coded, planes, recorder=recorder)
    info, places = coded.header.tile_info, []
    for i, tile in enumerate(recorder.tiles):
        row, column = divmod(i, info.tile_cols)
        places += [(info.mi_row_starts[row], info.mi_col_starts[column])] * len(tile.blocks)
    return Decoded(coded, planes, recorder.blocks, places)


def without_residual(coded, seed=0):
    """The frame with other α and no coefficients in its CfL blocks, written anew: pure prediction there."""
    recorder = BlockRecorder()
    arrays = decode_tiles(coded, frame_buffers(coded), recorder=recorder)
    arrays.mi_size[:] = -1  # nothing is written yet
    rng = np.random.default_rng(seed)
    for tile in recorder.tiles:
        chosen = tile.blocks["uv_mode"] == 13
        tile.blocks["skip"][chosen] = 1
        alphas = rng.integers(-16, 17, (2, chosen.sum()))
        alphas[0, (alphas == 0).all(0)] = 1
        tile.blocks["cfl_alpha_u"][chosen], tile.blocks["cfl_alpha_v"][chosen] = alphas
    tiles = [
        Tile(memoryview(data)) for data in encode_tiles(coded.sequence, coded.header, recorder.tiles, arrays)
    ]
    return CodedFrame(coded.sequence, coded.header, tiles, 0)
