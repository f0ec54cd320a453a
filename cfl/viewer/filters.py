"""What the in-loop filters do where a block begins."""

import numpy as np

from cfl.av1.headers.filters import units_in_frame
from cfl.inspection.coded_pictures import Part
from cfl.inspection.inspection import Inspection

FILTER_FIELDS = {
    "cdef_y": "CDEF of luma: 4 × primary + secondary strength where the block begins; −1: not filtered",
    "cdef_uv": "CDEF of chroma, the same",
    "restoration_y": "loop restoration of luma where the block begins: 0 none, 1 Wiener, 2 self-guided",
    "restoration_u": "loop restoration of U",
    "restoration_v": "loop restoration of V",
}
_SECONDARY = np.array([0, 1, 2, 3, 3])
"""A secondary strength of 4 is coded as 3."""


def filter_columns(inspection: Inspection) -> dict[str, np.ndarray]:
    """Columns of the blocks, by the names of `FILTER_FIELDS`."""
    blocks = inspection.blocks
    columns = {name: np.zeros(len(blocks), np.int64) for name in FILTER_FIELDS}
    of_block = (
        np.zeros(len(blocks), np.int64) if inspection.part_of_block is None else inspection.part_of_block
    )
    for index, (part, choices) in enumerate(zip(inspection.picture.parts, inspection.filters, strict=True)):
        chosen = np.flatnonzero(of_block == index)
        x, y = blocks["x"][chosen] - part.x, blocks["y"][chosen] - part.y
        for planes in ("y", "uv"):
            columns[f"cdef_{planes}"][chosen] = _cdef(part, planes, choices.cdef_idx[y >> 6, x >> 6])
        for plane in range(part.coded.sequence.color_config.num_planes):
            if part.coded.header.lr.frame_restoration_type[plane]:
                name = f"restoration_{'yuv'[plane]}"
                columns[name][chosen] = _restoration(part, plane, choices.lr_type[plane], x, y)
    return columns


def _cdef(part: Part, planes: str, index: np.ndarray) -> np.ndarray:
    header = part.coded.header.cdef
    primary = np.array(getattr(header, f"cdef_{planes}_pri_strength"))[index]
    secondary = np.array(getattr(header, f"cdef_{planes}_sec_strength"))[index]
    return np.where(index < 0, -1, 4 * primary + _SECONDARY[secondary])


def _restoration(part: Part, plane: int, kinds: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The types of the restoration units at these places of the luma before superres (7.17)."""
    color, header = part.coded.sequence.color_config, part.coded.header
    sx, sy = (color.subsampling_x, color.subsampling_y) if plane else (0, 0)
    unit, size = header.lr.loop_restoration_size[plane], header.size
    x = x * size.upscaled_width // size.frame_width
    rows = np.minimum((y >> sy) // unit, units_in_frame(unit, size.frame_height + sy >> sy) - 1)
    columns = np.minimum((x >> sx) // unit, units_in_frame(unit, size.upscaled_width + sx >> sx) - 1)
    return kinds[rows, columns]
