"""The YUV frame: planes, geometry and colour."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from cfl.errors import FrameError
from cfl.frames.transforms import AS_IT_IS, Transforms

SUBSAMPLINGS = {"4:2:0": (1, 1), "4:2:2": (1, 0), "4:4:4": (0, 0), "4:0:0": (1, 1)}
"""Name to (subsampling_x, subsampling_y), as in AV1's color_config; monochrome has both set there too."""

BIT_DEPTHS = (8, 10, 12)
CHROMA_SAMPLE_POSITIONS = ("unknown", "left", "center", "topleft")


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture in YUV.

    Parameters
    ----------
    y : (height, width) array
        Luma. `uint8` at 8 bits, `uint16` at 10 and 12; each sample below ``2 ** bit_depth``.
    u, v : (ceil(height / 2^sy), ceil(width / 2^sx)) array, or None for 4:0:0
        Chroma (Cb and Cr), of the same dtype.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}
    bit_depth : {8, 10, 12}
    color_primaries, transfer_characteristics, matrix_coefficients : int
        Code points of CICP (ITU-T H.273), 2 where unknown. Matrix 0 (identity) holds G, B, R in y, u, v.
    full_range : bool
        False: luma 16…235 and chroma 16…240 (at 8 bits).
    chroma_sample_position : {"unknown", "left", "center", "topleft"}
        Where a subsampled chroma sample lies among its luma samples. "left": beside the left column,
        vertically between the rows (MPEG-2, H.264); "center": amid the four (JPEG); "topleft": on the
        top left one.
    alpha : (height, width) array, optional
        Opacity, full range, of the same dtype and bit depth.
    icc, exif, xmp : bytes, optional
        Carried along as they are.
    premultiplied : bool
        Whether the colours, as RGB, are multiplied by alpha. The planes stay so; `write_png` divides.
    transforms : Transforms
        Crop, rotation and mirror to show the picture with. The planes are without; `upright` and
        `write_png` apply them. An orientation in `exif` does not count.

    Raises
    ------
    FrameError
        A plane has the wrong shape or dtype or holds a sample above the bit depth, or a parameter is not
        one of the above.

    Notes
    -----
    The planes are not copied where they are C-contiguous already.
    """

    y: np.ndarray
    u: np.ndarray | None = None
    v: np.ndarray | None = None
    subsampling: str = "4:2:0"
    bit_depth: int = 8
    color_primaries: int = 2
    transfer_characteristics: int = 2
    matrix_coefficients: int = 2
    full_range: bool = True
    chroma_sample_position: str = "unknown"
    alpha: np.ndarray | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    premultiplied: bool = False
    transforms: Transforms = AS_IT_IS

    def __post_init__(self) -> None:
        if self.subsampling not in SUBSAMPLINGS:
            raise FrameError(f"subsampling is {self.subsampling!r}, not one of {', '.join(SUBSAMPLINGS)}")
        if self.bit_depth not in BIT_DEPTHS:
            raise FrameError(f"bit depth is {self.bit_depth}, not 8, 10 or 12")
        if self.chroma_sample_position not in CHROMA_SAMPLE_POSITIONS:
            raise FrameError(
                f"chroma_sample_position is {self.chroma_sample_position!r}, "
                f"not one of {', '.join(CHROMA_SAMPLE_POSITIONS)}"
            )
        for name in ("color_primaries", "transfer_characteristics", "matrix_coefficients"):
            if not 0 <= getattr(self, name) <= 255:
                raise FrameError(f"{name} is {getattr(self, name)}, not in 0…255")
        shape = np.shape(self.y)
        if len(shape) != 2 or 0 in shape:
            raise FrameError(f"plane y has shape {shape}; a plane is (height, width), both at least 1")
        if (self.u is None) != (self.subsampling == "4:0:0") or (self.u is None) != (self.v is None):
            raise FrameError(
                f"planes u and v are both needed, except in 4:0:0, which has none ({self.subsampling})"
            )
        chroma = chroma_shape(shape, self.subsampling)
        for name, expected in (("y", shape), ("u", chroma), ("v", chroma), ("alpha", shape)):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, self._checked(name, expected))
        self._check_crop()

    def _checked(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """The plane as a C-contiguous array, once its shape, dtype and range are right."""
        plane = np.ascontiguousarray(getattr(self, name))
        dtype = sample_dtype(self.bit_depth)
        if plane.shape != shape:
            raise FrameError(f"plane {name} has shape {plane.shape}, not {shape}")
        if plane.dtype != dtype:
            raise FrameError(f"plane {name} is {plane.dtype}, not {np.dtype(dtype)} ({self.bit_depth} bits)")
        if self.bit_depth > 8 and int(plane.max()) >> self.bit_depth:
            raise FrameError(f"plane {name} has a sample of {plane.max()}, above {self.bit_depth} bits")
        return plane

    def _check_crop(self) -> None:
        if self.transforms.crop is not None:
            left, top, width, height = self.transforms.crop
            inside = left >= 0 and top >= 0 and left + width <= self.width and top + height <= self.height
            if width < 1 or height < 1 or not inside:
                size = f"{self.width}x{self.height}"
                raise FrameError(f"crop {self.transforms.crop} is not in a picture of {size}")

    @property
    def height(self) -> int:
        """Luma rows."""
        return int(self.y.shape[0])

    @property
    def width(self) -> int:
        """Luma columns."""
        return int(self.y.shape[1])

    @property
    def planes(self) -> tuple[np.ndarray, ...]:
        """(y, u, v), or (y,) of a monochrome frame."""
        return (self.y,) if self.u is None or self.v is None else (self.y, self.u, self.v)

    @property
    def subsampling_x(self) -> int:
        """1 where chroma has half the luma columns."""
        return SUBSAMPLINGS[self.subsampling][0]

    @property
    def subsampling_y(self) -> int:
        """1 where chroma has half the luma rows."""
        return SUBSAMPLINGS[self.subsampling][1]

    @property
    def nbytes(self) -> int:
        """Bytes of all planes together."""
        alpha = 0 if self.alpha is None else self.alpha.nbytes
        return sum(plane.nbytes for plane in self.planes) + alpha

    def replace(self, **changes: Any) -> Self:
        """A frame like this one, with some fields changed."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        return f"Frame({self.width}x{self.height}, {self.subsampling}, {self.bit_depth} bit)"


def sample_dtype(bit_depth: int) -> type[np.unsignedinteger[Any]]:
    """The dtype of a plane: `uint8` at 8 bits, `uint16` above."""
    return np.uint8 if bit_depth == 8 else np.uint16


def chroma_shape(shape: tuple[int, ...], subsampling: str) -> tuple[int, int]:
    """(height, width) of a chroma plane: luma's, divided by the subsampling, rounded up."""
    sx, sy = SUBSAMPLINGS[subsampling]
    return (shape[0] + sy) >> sy, (shape[1] + sx) >> sx
