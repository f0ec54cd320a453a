"""Rate and distortion of predictions without a bitstream, and what a decoder has at a quality."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from cfl.av1.block_search.settings import SearchOptions, search_settings
from cfl.av1.block_search.state import BEST, SCRATCH, Search
from cfl.av1.encoder.frames import Encoder, EncoderOptions
from cfl.av1.encoder.quality import chroma_weight, qindex_of_quality
from cfl.av1.entropy.cdfs import default_context
from cfl.av1.entropy.costs import cdf_lists
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH, SUBSAMPLED_SIZE, TX_HEIGHT, TX_WIDTH
from cfl.av1.tile.state import BLOCK, frame_parameters, tile_state
from cfl.errors import FrameError
from cfl.frames import Frame
from cfl.lab.job import Found, Job

STRIP = 4096
"""The widest tile, in luma samples."""
TAPE = 32 * 32 + 2


@dataclass(frozen=True, eq=False)
class Coded:
    """The residual of a prediction, coded.

    Attributes
    ----------
    bits : (2, blocks) float64 array
        Of the coefficients.
    errors : (2, blocks) int64 array
        Squared error of the reconstruction, over visible samples.
    """

    bits: np.ndarray
    errors: np.ndarray


class ResidualCoder:
    """Transforms, quantizers and costs of a picture at a quality.

    Parameters
    ----------
    frame : Frame
    quality : int
        0…100, as for `cfl.encode`.
    """

    def __init__(self, frame: Frame, quality: int):
        self.quality, self.qindex = quality, qindex_of_quality(quality)
        encoder = Encoder(frame, EncoderOptions(self.qindex), still=True)
        self._frame = frame_parameters(encoder.sequence, encoder.new_header())
        self._shifts = frame.subsampling_x, frame.subsampling_y
        options = SearchOptions(chroma_weight(frame.subsampling))
        self._settings = search_settings(options, int(self._frame["ac_qlookup"][0, self.qindex]))

    @property
    def lam(self) -> float:
        """λ of chroma, in squared error a bit."""
        return float(self._settings["lam"][0, 1])

    @cached_property
    def _costs_are_set(self) -> bool:
        from cfl.av1.entropy.costs import update_costs

        lists = cdf_lists()
        cdfs = default_context(self.qindex)
        update_costs(cdfs, lists.start, lists.symbols, self._settings["costs"][0])
        return True

    def code(self, job: Job, found: Found) -> Coded:
        """Code the residual of both planes."""
        assert self._costs_are_set
        bits = np.zeros((2, len(job.places)))
        reconstructed = tuple(
            self._code_plane(job, plane, found.predicted[plane], bits[plane]) for plane in range(2)
        )
        return Coded(bits, job.found((reconstructed[0], reconstructed[1]), bits).errors)

    def _code_plane(self, job: Job, plane: int, predicted: np.ndarray, bits: np.ndarray) -> np.ndarray:
        """Return the reconstruction of a plane, and set the bits."""
        from cfl.lab.rate_kernels import code_plane

        height, width = predicted.shape
        source, samples = _padded(job.target[plane]), _padded(predicted)
        block = np.zeros(1, BLOCK)
        block["qindex"] = self.qindex
        tape = np.zeros(TAPE, np.int32)
        sizes = _sizes(job, self._shifts)
        for tile, chosen in self._strips(job):
            search = Search(self._settings, np.zeros(1, BEST), np.zeros(1, SCRATCH), self._frame, tile)
            part = np.zeros(len(chosen))
            code_plane(
                search, block, source, samples, plane + 1, job.places[chosen], sizes[chosen], tape, part
            )
            bits[chosen] = part
        return np.ascontiguousarray(samples[:height, :width])

    def _strips(self, job: Job) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Tiles as high as the picture and at most as wide as tiles can be, and the blocks in each."""
        rows, columns = int(self._frame["mi_rows"][0]), int(self._frame["mi_cols"][0])
        x = job.places[:, 0].astype(np.int64) << self._shifts[0]
        for first in range(0, columns, STRIP // 4):
            tile = tile_state(0, rows, first, min(first + STRIP // 4, columns), self.qindex)
            yield tile, np.flatnonzero(x // STRIP == first * 4 // STRIP)


def _padded(plane: np.ndarray) -> np.ndarray:
    """The plane with room for every block whole: its last row and column are repeated."""
    height, width = plane.shape
    return np.ascontiguousarray(np.pad(plane, ((0, -height % 64), (0, -width % 64)), mode="edge"))


def _sizes(job: Job, shifts: tuple[int, int]) -> np.ndarray:
    """Transform size and MiSize of each block, (n, 2) int64."""
    sizes = np.empty((len(job.places), 2), np.int64)
    for (w, h), chosen in job.partition.by_size.items():
        sizes[chosen] = _size_of(w, h, shifts)
    return sizes


@lru_cache(maxsize=64)
def _size_of(w: int, h: int, shifts: tuple[int, int]) -> tuple[int, int]:
    """Transform size and MiSize of a block whose chroma is w x h."""
    transforms = np.flatnonzero((np.asarray(TX_WIDTH) == w) & (np.asarray(TX_HEIGHT) == h))
    for mi_size in range(len(BLOCK_WIDTH) - 1, -1, -1):
        size = int(SUBSAMPLED_SIZE[mi_size, shifts[0], shifts[1]])
        if size < len(BLOCK_WIDTH) and (BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) == (w, h) and len(transforms):
            return int(transforms[0]), mi_size
    raise FrameError(f"AV1 has no block with {w}x{h} chroma samples in this subsampling")


def reconstruct(frame: Frame, quality: int, *, speed: int = 8) -> Frame:
    """Return what a decoder predicts chroma from: a picture that was encoded, before the in-loop filters.

    Parameters
    ----------
    frame : Frame
        With chroma.
    quality : int
        0…100, as for `cfl.encode`.
    speed : int, default 8
        0…10, as for `cfl.encode`.

    Returns
    -------
    frame : Frame
        The reconstruction.

    Raises
    ------
    FrameError
        AV1 cannot code the frame, or a value is out of range.

    See Also
    --------
    evaluate : Takes it as `decoded`.

    Notes
    -----
    Intra prediction sees samples before deblocking, CDEF and loop restoration; the picture that is shown has
    passed them.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> row, column = np.mgrid[:16, :16]
    >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
    >>> decoded = cfl.lab.reconstruct(cfl.rgb_to_frame(rgb), 60)
    >>> decoded
    Frame(16x16, 4:2:0, 8 bit)
    """
    from cfl.av1.block_search.tiles import search_tiles
    from cfl.av1.headers.coded_frame import CodedFrame
    from cfl.av1.tile.tiles import frame_buffers

    encoder = Encoder(frame, EncoderOptions(qindex_of_quality(quality), speed), still=True)
    header = encoder.new_header()
    planes = frame_buffers(CodedFrame(encoder.sequence, header, [], 0))
    source = tuple(_extended(plane, buffer.shape) for plane, buffer in zip(frame.planes, planes, strict=True))
    options = SearchOptions(chroma_weight(frame.subsampling), speed)
    search_tiles(encoder.sequence, header, source, planes, options=options)
    shown: dict[str, Any] = {
        name: np.ascontiguousarray(plane[: each.shape[0], : each.shape[1]], each.dtype)
        for name, plane, each in zip("yuv", planes, frame.planes, strict=False)
    }
    return frame.replace(**shown, alpha=None, premultiplied=False)


def _extended(plane: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The plane as uint16, its last column and row repeated up to a shape."""
    padding = [(0, full - side) for full, side in zip(shape, plane.shape, strict=True)]
    return np.pad(plane.astype(np.uint16), padding, mode="edge")
