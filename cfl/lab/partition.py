"""The blocks of a picture that predictors are compared on, in the order of coding."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cfl.errors import FrameError
from cfl.frames import Frame

UNIT = 4
"""Blocks of chroma begin at multiples of this."""
LARGEST = 32
"""Side of the largest block of chroma that has a transform of its own."""


@dataclass(frozen=True, eq=False)
class Partition:
    """Blocks that cover the chroma of a picture, in the order of coding.

    Parameters
    ----------
    width : int
        Of the chroma plane, in samples.
    height : int
        Of the chroma plane, in samples.
    places : (n, 4) int array
        Of each block x, y, width and height, in chroma samples. A block may reach beyond the right and bottom
        edge.

    See Also
    --------
    evaluate : Compares predictors on it.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> frame = cfl.rgb_to_frame(np.zeros((32, 48, 3), np.uint8))
    >>> partition = cfl.lab.Partition.of(frame, 32)
    >>> partition.places.tolist()
    [[0, 0, 16, 16], [16, 0, 16, 16]]
    """

    width: int
    height: int
    places: np.ndarray

    def __post_init__(self) -> None:
        places = np.asarray(self.places)
        if places.ndim != 2 or places.shape[1] != 4 or places.dtype.kind not in "iu" or not len(places):
            raise FrameError("a partition is an (n, 4) array of integers: x, y, width and height of blocks")
        object.__setattr__(self, "places", np.ascontiguousarray(places, np.int32))
        self._check()

    def _check(self) -> None:
        """Blocks have sizes of transforms, and cover the plane once."""
        x, y, w, h = self.places.T
        sizes = np.array([4, 8, 16, 32])
        if not (np.isin(w, sizes).all() and np.isin(h, sizes).all()):
            raise FrameError("blocks of a partition have sides of 4, 8, 16 or 32 chroma samples")
        if ((x % UNIT) | (y % UNIT)).any() or not self._covers_once():
            raise FrameError(
                f"the blocks of a partition cover {self.width}x{self.height} chroma samples once, from "
                "multiples of 4 on"
            )

    def _covers_once(self) -> bool:
        x, y, w, h = self.places.T.astype(np.int64)
        if (x < 0).any() or (y < 0).any() or (x >= self.width).any() or (y >= self.height).any():
            return False
        rows, columns = -(-self.height // UNIT) + LARGEST, -(-self.width // UNIT) + LARGEST
        steps = np.zeros((rows + 1, columns + 1), np.int64)
        top, left, bottom, right = y // UNIT, x // UNIT, (y + h) // UNIT, (x + w) // UNIT
        for r, c, sign in ((top, left, 1), (top, right, -1), (bottom, left, -1), (bottom, right, 1)):
            np.add.at(steps, (r, c), sign)
        cover = steps.cumsum(axis=0).cumsum(axis=1)
        return bool((cover[: -(-self.height // UNIT), : -(-self.width // UNIT)] == 1).all())

    @classmethod
    def of(cls, frame: Frame, block: Any = 8) -> "Partition":
        """Return the partition of a frame for a block size.

        Parameters
        ----------
        frame : Frame
            With chroma.
        block : int, str or Partition, default 8
            A block size as `cfl.predict` takes it; "auto" for the quadtree that it chooses; or a partition,
            which must be of the frame's size.

        Returns
        -------
        partition : Partition
            The blocks, in the order of coding.

        Raises
        ------
        FrameError
            The block size is impossible, or the partition is of another size.

        See Also
        --------
        evaluate : Takes the same.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> import cfl.lab
        >>> frame = cfl.rgb_to_frame(np.zeros((64, 64, 3), np.uint8))
        >>> len(cfl.lab.Partition.of(frame, "8x16").places), len(cfl.lab.Partition.of(frame, "auto").places)
        (32, 4)
        """
        from cfl.prediction.frame_prediction import grid_of, parse_block, predict

        height, width = _chroma(frame).shape
        if isinstance(block, Partition):
            if (block.width, block.height) != (width, height):
                raise FrameError(
                    f"the partition is of {block.width}x{block.height} chroma samples, "
                    f"the picture has {width}x{height}"
                )
            return block
        if isinstance(block, str) and block == "auto":
            rows = predict(frame, "auto").blocks
            shifts = frame.subsampling_x, frame.subsampling_y, frame.subsampling_x, frame.subsampling_y
            places = np.stack([rows[name] >> shift for name, shift in zip("xywh", shifts, strict=True)], 1)
        else:
            grid = grid_of(frame, *parse_block(block))
            y, x = np.indices((grid.rows, grid.columns)).reshape(2, -1)
            places = np.stack([x * grid.w, y * grid.h, np.full_like(x, grid.w), np.full_like(x, grid.h)], 1)
        order = _coding_order(places[:, 0] << frame.subsampling_x, places[:, 1] << frame.subsampling_y)
        return cls(width, height, places[order])

    @classmethod
    def of_file(cls, path: Any) -> "Partition":
        """Return the blocks of chroma that an AV1 file has.

        Parameters
        ----------
        path : path-like, bytes or binary file
            AVIF, IVF, OBUs or what else `cfl.inspect` takes; its first picture.

        Returns
        -------
        partition : Partition
            Of blocks in the order of coding. Chroma of more than 32 samples a side is cut into 32x32, as its
            transforms are.

        Raises
        ------
        FrameError, BitstreamError, UnsupportedFeature
            As `cfl.inspect`; or the picture has no chroma.

        See Also
        --------
        cfl.inspect : All that a file's encoder decided.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> import cfl.lab
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> cfl.lab.Partition.of_file(cfl.encode(frame, speed=10)).places.tolist()
        [[0, 0, 8, 8]]
        """
        from cfl.inspection.blocks import chroma_rectangles
        from cfl.inspection.inspection import inspect

        inspection = inspect(path)
        frame = inspection.frame
        height, width = _chroma(frame).shape
        table = inspection.blocks[inspection.blocks["has_chroma"] == 1]
        places = np.stack(chroma_rectangles(table, frame.subsampling_x, frame.subsampling_y), axis=1)
        places = np.concatenate([_cut(*place) for place in places.tolist()])
        return cls(width, height, places[(places[:, 0] < width) & (places[:, 1] < height)])

    @cached_property
    def by_size(self) -> dict[tuple[int, int], np.ndarray]:
        """The indices of the blocks of each width and height, narrow blocks first.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> import cfl.lab
        >>> frame = cfl.rgb_to_frame(np.zeros((16, 32, 3), np.uint8))
        >>> {size: blocks.tolist() for size, blocks in cfl.lab.Partition.of(frame, 16).by_size.items()}
        {(8, 8): [0, 1]}
        """
        width, height = self.places[:, 2], self.places[:, 3]
        codes, group = np.unique(width.astype(np.int64) << 32 | height, return_inverse=True)
        return {
            (code >> 32, code & 0xFFFFFFFF): np.flatnonzero(group == k)
            for k, code in enumerate(codes.tolist())
        }

    @cached_property
    def order(self) -> np.ndarray:
        """When each 4x4 samples of chroma are coded: the index of their block, (rows, columns) int32.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> import cfl.lab
        >>> frame = cfl.rgb_to_frame(np.zeros((16, 32, 3), np.uint8))
        >>> cfl.lab.Partition.of(frame, 16).order.tolist()
        [[0, 0, 1, 1], [0, 0, 1, 1]]
        """
        rows, columns = -(-self.height // UNIT), -(-self.width // UNIT)
        order = np.empty((rows, columns), np.int32)
        units = self.places // UNIT
        for (w, h), chosen in self.by_size.items():
            for i in range(h // UNIT):
                for j in range(w // UNIT):
                    r, c = units[chosen, 1] + i, units[chosen, 0] + j
                    inside = (r < rows) & (c < columns)
                    order[r[inside], c[inside]] = chosen[inside]
        return order


def _chroma(frame: Frame) -> np.ndarray:
    if frame.u is None:
        raise FrameError("a 4:0:0 frame has no chroma to predict")
    return frame.u


def _cut(x: int, y: int, w: int, h: int) -> np.ndarray:
    """A block as blocks of at most 32x32, row by row."""
    side_w, side_h = min(w, LARGEST), min(h, LARGEST)
    rows, columns = np.indices((h // side_h, w // side_w)).reshape(2, -1)
    sizes = np.full_like(rows, side_w), np.full_like(rows, side_h)
    return np.stack([x + columns * side_w, y + rows * side_h, *sizes], axis=1)


def _coding_order(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Indices that sort blocks as AV1 codes them: by superblocks of 64x64 luma samples, then by quadtree."""
    inside = np.zeros(len(x), np.int64)
    for bit in range(2, 6):
        inside |= ((x >> bit & 1) << (2 * bit)) | ((y >> bit & 1) << (2 * bit + 1))
    return np.lexsort((inside, x >> 6, y >> 6))
