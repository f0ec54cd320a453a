"""Crop, rotation and mirror that a picture is to be shown with (MIAF: clean aperture, irot, imir).

A `Frame` carries them beside its planes, which stay as they are coded; `upright` applies them.
"""

from dataclasses import dataclass

import numpy as np

TOP_BOTTOM, LEFT_RIGHT = 0, 1
_ORIENTATION = 0x0112
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Transforms:
    """How to show a picture; the three are applied in this order.

    Parameters
    ----------
    crop : (left, top, width, height), optional
        The part to show, in luma samples, inside of the picture.
    turns : {0, 1, 2, 3}
        Rotations by 90° anti-clockwise.
    mirror : {0, 1}, optional
        0: top and bottom are exchanged; 1: left and right are.
    """

    crop: tuple[int, int, int, int] | None = None
    turns: int = 0
    mirror: int | None = None

    def __bool__(self) -> bool:
        return self != AS_IT_IS

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """Transform a (height, width, …) array; the result is a view."""
        return self.turned(samples if self.crop is None else _cropped(samples, self.crop))

    def turned(self, samples: np.ndarray) -> np.ndarray:
        """Rotate and mirror, but do not crop."""
        samples = np.rot90(samples, self.turns)
        if self.mirror is None:
            return samples
        return samples[::-1] if self.mirror == TOP_BOTTOM else samples[:, ::-1]

    def axes_reversed(self) -> tuple[bool, bool]:
        """Whether the picture's (vertical, horizontal) axis runs the other way in what is shown."""
        probe = self.turned(np.array([[0, 1], [2, 3]]))
        first = int(probe[0, 0])
        return first >= 2, first % 2 == 1


AS_IT_IS = Transforms()
"""No transforms."""


def _cropped(samples: np.ndarray, crop: tuple[int, int, int, int]) -> np.ndarray:
    left, top, width, height = crop
    return samples[top : top + height, left : left + width]


def exif_upright(exif: bytes) -> bytes:
    """The same Exif with the orientation 1: of a picture that is upright now.

    Parameters
    ----------
    exif : bytes
        From the TIFF header on. What is not understood stays as it is.
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
