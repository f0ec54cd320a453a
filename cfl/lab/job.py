"""One picture and its blocks, as predictors work on them; and what they find."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cfl.lab.block_data import Given
from cfl.lab.partition import Partition

if TYPE_CHECKING:
    from cfl.lab.rate import ResidualCoder


@dataclass(frozen=True, eq=False)
class Found:
    """The prediction of both planes.

    Attributes
    ----------
    predicted : two (height, width) uint16 arrays
    bits : (2, blocks) float64 array
        What the predictor sends. Where it sends for both planes at once, each has half.
    errors : (2, blocks) int64 array
        Squared error over visible samples.
    """

    predicted: tuple[np.ndarray, np.ndarray]
    bits: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True, eq=False)
class Job:
    """One picture and its blocks.

    Attributes
    ----------
    partition : Partition
    luma : (rows, columns) uint16 array
        That predictors see.
    chroma : two (height, width) uint16 arrays
        That predictors see beside a block.
    target : two (height, width) uint16 arrays
        The chroma to predict.
    subsampling : (int, int)
        subsampling_x, subsampling_y.
    bit_depth : int
    lam : float
        λ, in squared error a bit; 0 where only the error counts.
    coder : ResidualCoder, optional
        Codes the residual, where rate is measured.
    """

    partition: Partition
    luma: np.ndarray
    chroma: tuple[np.ndarray, np.ndarray]
    target: tuple[np.ndarray, np.ndarray]
    subsampling: tuple[int, int]
    bit_depth: int
    lam: float
    coder: "ResidualCoder | None" = None

    @cached_property
    def places(self) -> np.ndarray:
        """x, y, width, height and place in the order of coding of each block, (n, 5) int32."""
        of = self.partition.places
        return np.column_stack([of, np.arange(len(of), dtype=np.int32)])

    @cached_property
    def small(self) -> np.ndarray:
        """Luma at chroma's resolution in Q3 (AV1, 7.11.5); an odd last row or column counts twice."""
        sx, sy = self.subsampling
        (rows, columns), (height, width) = self.luma.shape, self.chroma[0].shape
        padding = (0, (height << sy) - rows), (0, (width << sx) - columns)
        total = np.pad(self.luma, padding, mode="edge") if any(map(any, padding)) else self.luma
        for axis, halved in ((1, sx), (0, sy)):
            if halved:
                total = np.take(total, np.arange(0, total.shape[axis], 2), axis) + np.take(
                    total, np.arange(1, total.shape[axis], 2), axis
                )
        return np.ascontiguousarray(total << (3 - sx - sy), np.uint16)

    def given(self, plane: int) -> Given:
        """What kernels take, of U (0) or V (1)."""
        return Given(
            self.luma, self.small, self.chroma[plane], self.target[plane], self.partition.order,
            *self.subsampling, self.bit_depth, plane, float(self.lam),
        )  # fmt: skip

    def empty(self) -> np.ndarray:
        """Room for the prediction of a plane."""
        return np.zeros(self.chroma[0].shape, np.uint16)

    def found(self, predicted: tuple[np.ndarray, np.ndarray], bits: np.ndarray) -> Found:
        """Put together what was found, with its errors."""
        from cfl.lab.block_kernels import square_errors

        errors = np.empty((2, len(self.places)), np.int64)
        for plane in range(2):
            square_errors(predicted[plane], self.target[plane], self.places, errors[plane])
        return Found(predicted, bits, errors)
