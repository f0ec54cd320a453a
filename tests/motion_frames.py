"""Random frames of blocks: arrays for the kernels, and dictionaries for the specification's pseudo-code."""

import numpy as np

from cfl.av1.motion.mode_info import mode_info
from cfl.av1.motion.motion_field import motion_field
from cfl.av1.motion.state import BLOCK_FIELDS, FRAME_FIELDS
from tests.spec import motion_field_spec
from tests.spec.mv_spec import Block, Num_4x4_Blocks_High, Num_4x4_Blocks_Wide

FRAME = np.dtype([("mi_rows", "i8"), ("mi_cols", "i8"), *FRAME_FIELDS], align=True)
TILE = np.dtype(
    [
        (name, "i8")
        for name in ("mi_row_start", "mi_row_end", "mi_col_start", "mi_col_end", "avail_u", "avail_l")
    ]
)
BLOCK = np.dtype([("mi_row", "i4"), ("mi_col", "i4"), ("mi_size", "i1"), *BLOCK_FIELDS], align=True)

SIZES = {wh: size for size, wh in enumerate(zip(Num_4x4_Blocks_Wide, Num_4x4_Blocks_High, strict=True))}


def partitioned(rng, row, col, n, rows, cols, favourite):
    """Blocks (row, column, MiSize) of a square of n units of 4x4, in coding order.

    `rows` and `cols` are the frame's; `favourite`, "split" or "none", is more likely.
    """
    if row >= rows or col >= cols:
        return []
    half, quarter = n // 2, n // 4
    quarters = [(row + i, col + j) for i in (0, half) for j in (0, half)]
    kinds = ["split", "split"] + int(rng.integers(0, 9)) * [favourite]
    if row + half >= rows or col + half >= cols:
        kinds = ["split", "split"]
    if row + half < rows and col + half < cols:
        kinds += ["none", "none", "horz", "vert"]
        kinds += ["horz_a", "horz_b", "vert_a", "vert_b"] if n > 2 else []
        kinds += ["horz_4", "vert_4"] if 2 < n < 32 else []
    elif row + half < rows:
        kinds.append("vert")
    elif col + half < cols:
        kinds.append("horz")
    kind = kinds[rng.integers(0, len(kinds))]
    (a, b, c, d) = quarters
    wide, tall, square = (n, half), (half, n), (half, half)
    if kind == "split" and n > 2:
        return [
            block for place in quarters for block in partitioned(rng, *place, half, rows, cols, favourite)
        ]
    blocks = {
        "split": [(a, square), (b, square), (c, square), (d, square)],
        "none": [(a, (n, n))],
        "horz": [(a, wide), (c, wide)],
        "vert": [(a, tall), (b, tall)],
        "horz_a": [(a, square), (b, square), (c, wide)],
        "horz_b": [(a, wide), (c, square), (d, square)],
        "vert_a": [(a, square), (c, square), (b, tall)],
        "vert_b": [(a, tall), (b, square), (d, square)],
        "horz_4": [((row + i * quarter, col), (n, quarter)) for i in range(4)],
        "vert_4": [((row, col + i * quarter), (quarter, n)) for i in range(4)],
    }[kind]
    return [(r, c, SIZES[size]) for (r, c), size in blocks if r < rows and c < cols]


class RandomFrame:
    """A frame of which the blocks before one have been coded.

    Attributes
    ----------
    frame, tile, block : (1,) arrays
    info : ModeInfo
    field : MotionField
    spec : Block
        The same in the words of the specification.
    is_compound : int
    """

    def __init__(self, rng, *, intrabc=False, calm=False):
        """`intrabc` makes a frame of intra block copy, `calm` one of one reference and similar vectors."""
        self.rng = rng
        self.intrabc, self.calm = intrabc, calm
        self.rows, self.cols = (2 * int(rng.integers(1, 25)) for _ in range(2))
        count = 1 if calm else int(rng.integers(1, 4))
        self.refs = rng.choice(np.arange(1, 8), count, replace=False).tolist()
        self.frame = self._frame()
        self.pool = [self._vector() for _ in range(int(rng.integers(1, 6)))]
        self.info = mode_info(self.rows, self.cols)
        self.spec = Block(MiSizes={}, YModes={}, IsInters={}, RefFrames={}, Mvs={})
        self.tile, blocks = self._tile()
        coded = int(rng.integers(0, len(blocks)))
        if calm:  # a large block, which has many neighbours
            coded = max(rng.integers(0, len(blocks), 8).tolist(), key=lambda i: area(blocks[i][2]))
        for block in blocks[:coded]:
            self._code(block)
        self.block = self._block(blocks[coded])
        self.field = motion_field(self.rows, self.cols)
        self._fill_field()
        self._describe()

    def _frame(self):
        rng, frame = self.rng, np.zeros(1, FRAME)
        frame["mi_rows"], frame["mi_cols"] = self.rows, self.cols
        precision = 2 if self.intrabc else int(rng.integers(0, 3))
        frame["allow_high_precision_mv"], frame["force_integer_mv"] = precision == 0, precision == 2
        if self.intrabc:
            return frame
        frame["use_ref_frame_mvs"] = rng.integers(0, 2)
        frame["gm_type"][0, 1:] = rng.integers(0, 4, 7)
        bits = rng.integers(1, 13)
        frame["gm_params"][0] = rng.integers(-(1 << bits), 1 << bits, (8, 6))
        frame["gm_params"][0, :, :2] *= 1 << rng.integers(0, 7)
        frame["gm_params"][0, :, [2, 5]] += 1 << 16
        frame["ref_frame_sign_bias"][0, 1:] = rng.integers(0, 2, 7)
        frame["ref_frame_distance"][0, 1:] = rng.integers(-40, 41, 7)
        return frame

    def _vector(self):
        """A vector in the frame's precision: small, or long."""
        step = 8 if self.frame["force_integer_mv"][0] else 2 - int(self.frame["allow_high_precision_mv"][0])
        limit = (1 << int(self.rng.integers(3, 6 if self.calm else 15))) // step - 1
        return [step * int(v) for v in self.rng.integers(-limit, limit + 1, 2)]

    def _tile(self):
        """The tile: the whole frame, or a part that begins at a superblock; and its blocks."""
        rng, tile, n = self.rng, np.zeros(1, TILE), int(rng_choice(self.rng, [16, 32]))
        for length, start, end in (
            (self.rows, "mi_row_start", "mi_row_end"),
            (self.cols, "mi_col_start", "mi_col_end"),
        ):
            edges = [*range(0, length, n), length]
            first = int(rng.integers(0, len(edges) - 1)) if rng.integers(0, 2) else 0
            last = int(rng.integers(first + 1, len(edges))) if rng.integers(0, 2) else len(edges) - 1
            tile[start], tile[end] = edges[first], edges[last]
        inside, outside = [], []
        for row in range(0, self.rows, n):
            for col in range(0, self.cols, n):
                here = tile["mi_row_start"] <= row < tile["mi_row_end"] and (
                    tile["mi_col_start"] <= col < tile["mi_col_end"]
                )
                favourite = rng_choice(rng, ["split", "none"])
                blocks = partitioned(rng, row, col, n, self.rows, self.cols, favourite)
                (inside if here else outside).extend(blocks)
        for block in outside:  # other tiles, which must not be seen
            self._code(block)
        return tile, inside

    def _decisions(self):
        """is_inter, YMode, RefFrame and Mv of a block."""
        rng, pool = self.rng, self.pool
        mvs = [rng_choice(rng, pool) if rng.integers(0, 4) else self._vector() for _ in range(2)]
        if self.intrabc:
            return int(rng.integers(0, 2)), 0, [0, -1], [mvs[0], [0, 0]]
        kind = 2 if self.calm else rng.integers(0, 8)
        if kind == 0:
            return 0, int(rng.integers(0, 13)), [0, -1], [[0, 0], [0, 0]]
        ref = [int(rng_choice(rng, self.refs)) for _ in range(2)]
        if kind < 5:
            return 1, int(rng.integers(14, 18)), [ref[0], 0 if kind == 1 else -1], [mvs[0], [0, 0]]
        return 1, int(rng.integers(18, 26)), ref, mvs

    def _code(self, block):
        row, col, size = block
        is_inter, mode, ref, mv = self._decisions()
        info, spec = self.info, self.spec
        for r in range(row, min(row + Num_4x4_Blocks_High[size], self.rows)):
            for c in range(col, min(col + Num_4x4_Blocks_Wide[size], self.cols)):
                info.mi_sizes[r, c], info.y_modes[r, c], info.is_inters[r, c] = size, mode, is_inter
                info.ref_frames[r, c] = ref
                info.mvs[r, c] = packed(mv)
                spec.MiSizes[r, c], spec.YModes[r, c], spec.IsInters[r, c] = size, mode, is_inter
                spec.RefFrames[r, c], spec.Mvs[r, c] = ref, mv

    def _block(self, block):
        record = np.zeros(1, BLOCK)
        record["mi_row"], record["mi_col"], record["mi_size"] = block
        is_inter, mode, ref, mv = self._decisions()
        while not is_inter:
            is_inter, mode, ref, mv = self._decisions()
        record["is_inter"], record["y_mode"], record["ref_frame"], record["mv"] = is_inter, mode, [ref], [mv]
        self.is_compound = int(ref[1] > 0)
        row, col = block[:2]
        self.tile["avail_u"] = row > self.tile["mi_row_start"][0]
        self.tile["avail_l"] = col > self.tile["mi_col_start"][0]
        return record

    def _fill_field(self):
        rng, field = self.rng, self.field
        field.distances[:] = rng.integers(0, 4, field.distances.shape)
        many = rng.integers(0, 2, field.distances.shape, dtype=bool)
        field.distances[many] = rng.integers(0, 32, field.distances.shape)[many]
        limit = 1 << int(rng.integers(1, 13))
        field.mvs[:] = rng.integers(-limit + 1, limit, field.mvs.shape)

    def _describe(self):
        """Give the specification's side what it has not."""
        spec, frame, tile, block = self.spec, self.frame[0], self.tile[0], self.block[0]
        spec.MiRows, spec.MiCols = self.rows, self.cols
        spec.MiRowStart, spec.MiRowEnd = int(tile["mi_row_start"]), int(tile["mi_row_end"])
        spec.MiColStart, spec.MiColEnd = int(tile["mi_col_start"]), int(tile["mi_col_end"])
        spec.AvailU, spec.AvailL = int(tile["avail_u"]), int(tile["avail_l"])
        spec.MiRow, spec.MiCol, spec.MiSize = (
            int(block["mi_row"]),
            int(block["mi_col"]),
            int(block["mi_size"]),
        )
        spec.RefFrame, spec.Mv = block["ref_frame"].tolist(), block["mv"].tolist()
        for name in ("allow_high_precision_mv", "force_integer_mv", "use_ref_frame_mvs"):
            setattr(spec, name, int(frame[name]))
        spec.gm_params, spec.GmType = frame["gm_params"].tolist(), frame["gm_type"].tolist()
        spec.RefFrameSignBias = frame["ref_frame_sign_bias"].tolist()
        spec.MotionFieldMvs = FieldOfEveryReference(self.field, frame["ref_frame_distance"])


def rng_choice(rng, values):
    """One of a list."""
    return values[rng.integers(0, len(values))]


def area(size):
    """Of a MiSize, in units of 4x4."""
    return Num_4x4_Blocks_Wide[size] * Num_4x4_Blocks_High[size]


def packed(mv):
    """Both vectors of a block in one signed integer."""
    return int(np.array(mv, "<i2").reshape(4).view("<i8")[0])


class FieldOfEveryReference(dict):
    """MotionFieldMvs, by reference, y and x: a kernel's motion field, projected when it is looked at."""

    def __init__(self, field, ref_frame_distance):
        super().__init__()
        self.field, self.ref_frame_distance = field, ref_frame_distance

    def __missing__(self, key):
        ref, y, x = key
        distance, mv = int(self.field.distances[y, x]), self.field.mvs[y, x].tolist()
        if distance == 0:
            return [-1 << 15, -1 << 15]
        return motion_field_spec.get_mv_projection(mv, int(self.ref_frame_distance[ref]), distance)
