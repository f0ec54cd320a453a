"""The YUV frame: planes, geometry and colour."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from cfl.arguments import flag, one_of, require, whole
from cfl.errors import FrameError
from cfl.frames.light import ContentLight, MasteringDisplay
from cfl.frames.transforms import AS_IT_IS, Transforms

SUBSAMPLINGS = {"4:2:0": (1, 1), "4:2:2": (1, 0), "4:4:4": (0, 0), "4:0:0": (1, 1)}
"""Names of subsamplings with AV1's (subsampling_x, subsampling_y), 1 for half as many chroma samples.

Both are 1 for 4:0:0 too, as in AV1's color_config."""

BIT_DEPTHS = (8, 10, 12)
"""Bits that a sample of AV1 can have."""
FRAME_BIT_DEPTHS = (*BIT_DEPTHS, 16)
"""Bits that a sample of a `Frame` can have: 16 is for pictures that are measured or converted, not coded."""

CHROMA_SAMPLE_POSITIONS = ("unknown", "left", "center", "topleft")
"""Where subsampled chroma can lie among the luma samples; see `Frame`."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture in YUV.

    Its fields cannot be set; `replace` makes a changed frame.

    Parameters
    ----------
    y : (height, width) array
        Luma: `uint8` at 8 bits, `uint16` above. Each sample is below ``2 ** bit_depth``.
    u : (ceil(height / 2^subsampling_y), ceil(width / 2^subsampling_x)) array, optional
        Chroma Cb, of the same dtype; None for 4:0:0.
    v : (ceil(height / 2^subsampling_y), ceil(width / 2^subsampling_x)) array, optional
        Chroma Cr, of the same dtype; None for 4:0:0.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}
        How many chroma samples there are; "4:0:0" has none.
    bit_depth : {8, 10, 12, 16}
        Bits of a sample. AV1 has no 16; such a frame can be measured and converted, but not coded.
    color_primaries : int, default 2
        Code point of CICP (ITU-T H.273), 0…255; 2 is unknown.
    transfer_characteristics : int, default 2
        Code point of CICP, 0…255; 2 is unknown.
    matrix_coefficients : int, default 2
        Code point of CICP, 0…255; 2 is unknown. With 0 (identity), `y`, `u` and `v` hold G, B and R.
    full_range : bool, default True
        If False, luma is 16…235 and chroma 16…240 (at 8 bits).
    chroma_sample_position : {"unknown", "left", "center", "topleft"}
        Where a subsampled chroma sample lies among its luma samples. "left": in the left column, vertically
        between the rows (MPEG-2, H.264); "center": in the middle of the four (JPEG); "topleft": on the top
        left one.
    alpha : (height, width) array, optional
        Opacity in full range, of the same dtype and bit depth.
    icc : bytes, optional
        ICC profile, carried along as it is.
    exif : bytes, optional
        Exif from the TIFF header on, carried along as it is.
    xmp : bytes, optional
        XMP packet, carried along as it is.
    premultiplied : bool, default False
        Whether the colours, as RGB, are multiplied by alpha. The planes stay so; `write_png` divides.
    transforms : Transforms
        Crop, rotation and mirror to show the picture with. The planes are as before them; `upright` and
        `write_png` apply them. An orientation in `exif` does not count.
    pixel_aspect : (int, int), optional
        Width to height of a pixel, both at least 1; None if unknown or square. Carried along, not applied.
    content_light : ContentLight, optional
        How bright an HDR picture is. Carried along, not applied.
    mastering_display : MasteringDisplay, optional
        The display that an HDR picture was made on. Carried along, not applied.

    Raises
    ------
    FrameError
        A plane has the wrong shape or dtype or holds a sample above the bit depth, or a parameter is not one
        of the above.

    See Also
    --------
    rgb_to_frame : Make a frame of an RGB picture.
    cfl.read : Make a frame of a file.
    frame_to_rgb : The frame as RGB.
    resample_chroma, convert_bit_depth : The frame in another format.

    Notes
    -----
    Planes that are C-contiguous already are not copied.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.frames import Frame
    >>> y, chroma = np.zeros((4, 6), np.uint8), np.full((2, 3), 128, np.uint8)
    >>> frame = Frame(y, chroma, chroma, "4:2:0")
    >>> frame
    Frame(6x4, 4:2:0, 8 bit)
    >>> frame.width, frame.height, frame.subsampling_x, frame.subsampling_y
    (6, 4, 1, 1)
    >>> [plane.shape for plane in frame.planes], frame.nbytes
    ([(4, 6), (2, 3), (2, 3)], 36)
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
    pixel_aspect: tuple[int, int] | None = None
    content_light: ContentLight | None = None
    mastering_display: MasteringDisplay | None = None

    def __post_init__(self) -> None:
        one_of("subsampling", self.subsampling, SUBSAMPLINGS)
        one_of("chroma_sample_position", self.chroma_sample_position, CHROMA_SAMPLE_POSITIONS)
        require("transforms", self.transforms, Transforms, "Transforms")
        for name in ("full_range", "premultiplied"):
            object.__setattr__(self, name, flag(name, getattr(self, name)))
        object.__setattr__(self, "bit_depth", whole("bit depth", self.bit_depth))
        if self.bit_depth not in FRAME_BIT_DEPTHS:
            raise FrameError(f"bit depth is {self.bit_depth}, not 8, 10, 12 or 16")
        for name in ("color_primaries", "transfer_characteristics", "matrix_coefficients"):
            object.__setattr__(self, name, whole(name, getattr(self, name), 0, 255))
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
        if self.pixel_aspect is not None:
            object.__setattr__(self, "pixel_aspect", _pair("pixel_aspect", self.pixel_aspect))

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
        """Luma rows.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> chroma = np.zeros((2, 3), np.uint8)
        >>> frame = Frame(np.zeros((4, 6), np.uint8), chroma, chroma)
        >>> frame.height
        4
        """
        return int(self.y.shape[0])

    @property
    def width(self) -> int:
        """Luma columns.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> chroma = np.zeros((2, 3), np.uint8)
        >>> frame = Frame(np.zeros((4, 6), np.uint8), chroma, chroma)
        >>> frame.width
        6
        """
        return int(self.y.shape[1])

    @property
    def planes(self) -> tuple[np.ndarray, ...]:
        """The planes (y, u, v), or (y,) of a 4:0:0 frame.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> chroma = np.zeros((2, 3), np.uint8)
        >>> frame = Frame(np.zeros((4, 6), np.uint8), chroma, chroma)
        >>> [plane.shape for plane in frame.planes]
        [(4, 6), (2, 3), (2, 3)]
        """
        return (self.y,) if self.u is None or self.v is None else (self.y, self.u, self.v)

    @property
    def subsampling_x(self) -> int:
        """1 if chroma has half the luma columns, else 0; 1 for 4:0:0 too, as in AV1.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> chroma = np.zeros((2, 3), np.uint8)
        >>> frame = Frame(np.zeros((4, 6), np.uint8), chroma, chroma)
        >>> frame.subsampling_x, frame.replace(subsampling="4:0:0", u=None, v=None).subsampling_x
        (1, 1)
        """
        return SUBSAMPLINGS[self.subsampling][0]

    @property
    def subsampling_y(self) -> int:
        """1 if chroma has half the luma rows, else 0; 1 for 4:0:0 too, as in AV1.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> chroma = np.zeros((4, 3), np.uint8)
        >>> frame = Frame(np.zeros((4, 6), np.uint8), chroma, chroma, "4:2:2")
        >>> frame.subsampling_x, frame.subsampling_y
        (1, 0)
        """
        return SUBSAMPLINGS[self.subsampling][1]

    @property
    def nbytes(self) -> int:
        """Bytes of all planes together, alpha included.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> chroma = np.zeros((2, 3), np.uint8)
        >>> frame = Frame(np.zeros((4, 6), np.uint8), chroma, chroma)
        >>> frame.nbytes, frame.replace(alpha=frame.y).nbytes
        (36, 60)
        """
        alpha = 0 if self.alpha is None else self.alpha.nbytes
        return sum(plane.nbytes for plane in self.planes) + alpha

    def replace(self, **changes: Any) -> Self:
        """Return a frame like this one, with some fields changed.

        Parameters
        ----------
        **changes : any
            New values, by the names of the parameters of `Frame`.

        Returns
        -------
        frame : Frame
            The new frame. It shares the planes that were not changed.

        Raises
        ------
        FrameError
            The result would not be a valid frame.
        TypeError
            `Frame` has no parameter of that name.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Frame
        >>> frame = Frame(np.zeros((2, 2), np.uint8), subsampling="4:0:0")
        >>> frame.replace(full_range=False).full_range
        False
        """
        return replace(self, **changes)

    def __repr__(self) -> str:
        return f"Frame({self.width}x{self.height}, {self.subsampling}, {self.bit_depth} bit)"

    def _repr_png_(self) -> bytes | None:
        """A thumbnail, for notebooks."""
        from cfl.frames.thumbnails import thumbnail

        return thumbnail(self)


def require_frame(name: str, value: object) -> None:
    """Raise a TypeError for what is no frame."""
    require(name, value, Frame, "a Frame (cfl.read makes one of a file)")


def require_coded_depth(frame: Frame) -> None:
    """Raise a FrameError if AV1 has no such bit depth."""
    if frame.bit_depth not in BIT_DEPTHS:
        raise FrameError(f"the frame has {frame.bit_depth} bits; AV1 has 8, 10 and 12 (convert_bit_depth)")


def sample_dtype(bit_depth: int) -> type[np.unsignedinteger[Any]]:
    """Return the dtype of a plane: `uint8` at 8 bits, `uint16` above.

    Parameters
    ----------
    bit_depth : int
        Bits of a sample.

    Returns
    -------
    dtype : type
        `numpy.uint8` or `numpy.uint16`.

    See Also
    --------
    chroma_shape : The shape of a chroma plane.

    Examples
    --------
    >>> from cfl.frames import sample_dtype
    >>> sample_dtype(8).__name__, sample_dtype(10).__name__
    ('uint8', 'uint16')
    """
    return np.uint8 if bit_depth == 8 else np.uint16


def chroma_shape(shape: tuple[int, ...], subsampling: str) -> tuple[int, int]:
    """Return the shape of a chroma plane: the luma plane's, divided by the subsampling, rounded up.

    Parameters
    ----------
    shape : (int, int)
        Height and width of luma.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}
        With "4:0:0" the answer is as for "4:2:0", although there is no chroma.

    Returns
    -------
    shape : (int, int)
        Height and width of chroma.

    See Also
    --------
    sample_dtype : The dtype of a plane.

    Examples
    --------
    >>> from cfl.frames import chroma_shape
    >>> chroma_shape((5, 7), "4:2:0"), chroma_shape((5, 7), "4:2:2")
    ((3, 4), (5, 4))
    """
    sx, sy = SUBSAMPLINGS[subsampling]
    return (shape[0] + sy) >> sy, (shape[1] + sx) >> sx


def _pair(name: str, value: Any) -> tuple[int, int]:
    """Two whole numbers of at least 1."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise TypeError(f"{name} must be two numbers, (width, height), not {type(value).__name__}")
    return whole(name, value[0], 1), whole(name, value[1], 1)
