"""Crop, rotation and mirror to show a picture with (MIAF: clean aperture, irot, imir).

A `Frame` carries them beside its planes, which stay as they are coded; `upright` applies them.
"""

from dataclasses import dataclass

import numpy as np

TOP_BOTTOM, LEFT_RIGHT = 0, 1
_ORIENTATION = 0x0112
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Transforms:
    """How to show a picture: crop it, then rotate it, then mirror it.

    Parameters
    ----------
    crop : (left, top, width, height), optional
        The part to show, in luma samples; it lies inside the picture.
    turns : {0, 1, 2, 3}
        Rotations by 90° anti-clockwise.
    mirror : {0, 1}, optional
        0 exchanges top and bottom, 1 exchanges left and right.

    See Also
    --------
    upright : Applies the transforms of a frame.

    Notes
    -----
    These are the clean aperture, irot and imir of MIAF (ISO/IEC 23000-22), applied in the order that MIAF
    7.3.6.7 demands.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.frames import Transforms
    >>> samples = np.array([[1, 2], [3, 4], [5, 6]])
    >>> Transforms(crop=(0, 0, 2, 2), turns=1).apply(samples)
    array([[2, 4],
           [1, 3]])
    >>> bool(Transforms()), bool(Transforms(turns=1))
    (False, True)
    """

    crop: tuple[int, int, int, int] | None = None
    turns: int = 0
    mirror: int | None = None

    def __bool__(self) -> bool:
        return self != AS_IT_IS

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """Crop, rotate and mirror an array.

        Parameters
        ----------
        samples : (height, width, ...) array
            Samples in the resolution that `crop` is in.

        Returns
        -------
        shown : array
            A view of the samples.

        See Also
        --------
        turned : The same without the crop.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Transforms
        >>> samples = np.array([[1, 2], [3, 4], [5, 6]])
        >>> Transforms(crop=(0, 1, 2, 2), mirror=1).apply(samples)
        array([[4, 3],
               [6, 5]])
        """
        return self.turned(samples if self.crop is None else _cropped(samples, self.crop))

    def turned(self, samples: np.ndarray) -> np.ndarray:
        """Rotate and mirror an array, but do not crop it.

        Parameters
        ----------
        samples : (height, width, ...) array
            Samples.

        Returns
        -------
        turned : array
            A view of the samples.

        See Also
        --------
        apply : The same after the crop.

        Examples
        --------
        >>> import numpy as np
        >>> from cfl.frames import Transforms
        >>> Transforms(turns=1).turned(np.array([[1, 2], [3, 4]]))
        array([[2, 4],
               [1, 3]])
        """
        samples = np.rot90(samples, self.turns)
        if self.mirror is None:
            return samples
        return samples[::-1] if self.mirror == TOP_BOTTOM else samples[:, ::-1]

    def axes_reversed(self) -> tuple[bool, bool]:
        """Return whether each axis of the picture runs the other way when it is shown.

        Returns
        -------
        reversed : (bool, bool)
            For the vertical and the horizontal axis of the coded picture.

        Examples
        --------
        >>> from cfl.frames import Transforms
        >>> Transforms(turns=2).axes_reversed(), Transforms(mirror=1).axes_reversed()
        ((True, True), (False, True))
        """
        probe = self.turned(np.array([[0, 1], [2, 3]]))
        first = int(probe[0, 0])
        return first >= 2, first % 2 == 1


AS_IT_IS = Transforms()
"""No transforms."""

BY_ORIENTATION = {
    2: Transforms(mirror=LEFT_RIGHT),
    3: Transforms(turns=2),
    4: Transforms(mirror=TOP_BOTTOM),
    5: Transforms(turns=1, mirror=TOP_BOTTOM),
    6: Transforms(turns=3),
    7: Transforms(turns=1, mirror=LEFT_RIGHT),
    8: Transforms(turns=1),
}
"""What makes a picture of each Exif orientation upright."""


def _cropped(samples: np.ndarray, crop: tuple[int, int, int, int]) -> np.ndarray:
    left, top, width, height = crop
    return samples[top : top + height, left : left + width]


def exif_upright(exif: bytes) -> bytes:
    """Return the same Exif with orientation 1, for a picture that is upright now.

    Parameters
    ----------
    exif : bytes
        Exif from the TIFF header on.

    Returns
    -------
    exif : bytes
        Unchanged where it has no orientation, or is not understood.
    """
    order = {b"II": "little", b"MM": "big"}.get(exif[:2])
    if order is None:
        return exif

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], order)  # type: ignore[arg-type]

    ifd = number(4, 4)
    for entry in range(ifd + 2, min(ifd + 2 + 12 * number(ifd, 2), len(exif) - 11), 12):
        if number(entry, 2) == _ORIENTATION and number(entry + 2, 2) == _SHORT:
            return exif[: entry + 8] + (1).to_bytes(2, order) + exif[entry + 10 :]  # type: ignore[arg-type]
    return exif
