"""Encode a picture to a size or a quality: the search for the quantizer."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from cfl.arguments import real, require, whole
from cfl.av1.speeds import DEFAULT_SPEED, MAX_SPEED
from cfl.encoding import DEFAULT_TUNE, Encoded, alpha_options, encode_prepared, encoder_options, prepared
from cfl.errors import FrameError
from cfl.metrics.planes import ssim
from cfl.picturing import Picture, as_frame

_SIZE_TOLERANCE = 0.01
"""A size is near enough if it is at most this share below the target."""
_FINEST = -24
"""The finest step of chroma's quantizers below the usual ones, to use up the rest of a size."""
_NEAR = 3
"""How near to the answer the fast passes search, in quantizer indices."""
_SLOPES = {"size": -0.016, "psnr": -0.07, "ssim": -0.02, "ssimulacra2": -0.35}
"""First guesses of what one index changes: log of the size, dB, log of 1 − SSIM, points."""
_WORDS = {"psnr": "PSNR", "ssim": "SSIM", "ssimulacra2": "SSIMULACRA 2"}


@dataclass(frozen=True)
class Target:
    """What a file is to reach: one of these.

    Parameters
    ----------
    size : int, optional
        Bytes of the file, at most.
    psnr : float, optional
        PSNR in dB of all planes (`Encoded.psnr`, "yuv"), at least.
    ssim : float, optional
        SSIM of luma, at least; below 1.
    ssimulacra2 : float, optional
        Score of SSIMULACRA 2 (`Encoded.ssimulacra2`), at least; below 100.

    Raises
    ------
    FrameError
        None or several are given, or one is out of range.

    See Also
    --------
    encode_to_target : Reaches it.

    Examples
    --------
    >>> import cfl
    >>> cfl.Target(size=50_000)
    Target(size=50000, psnr=None, ssim=None, ssimulacra2=None)
    """

    size: int | None = None
    psnr: float | None = None
    ssim: float | None = None
    ssimulacra2: float | None = None

    def __post_init__(self) -> None:
        if sum(getattr(self, name) is not None for name in _SLOPES) != 1:
            raise FrameError("a target is one of size, psnr, ssim and ssimulacra2")
        if self.size is not None:
            object.__setattr__(self, "size", whole("target size", self.size, 1))
        for name, top in (("psnr", math.inf), ("ssim", 1), ("ssimulacra2", 100)):
            value = getattr(self, name)
            if value is not None and not 0 < real(f"target {name}", value) < top:
                end = "" if top == math.inf else f" and below {top}"
                raise FrameError(f"target {name} is {value}, not above 0{end}")


@dataclass(frozen=True, eq=False)
class Found:
    """What a search has found.

    Attributes
    ----------
    encoded : Encoded
        The file, which keeps the target.
    encodes : int
        How many encodes it took at the wanted speed.
    fast_encodes : int
        How many it took at the fastest speed, to know where to search.

    See Also
    --------
    encode_to_target : Makes it.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> rgb = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    >>> found = cfl.encode_to_target(rgb, cfl.Target(psnr=30), speed=10)
    >>> found.encoded.psnr["yuv"] >= 30, found.encodes < 12
    (True, True)
    """

    encoded: Encoded
    encodes: int
    fast_encodes: int


def encode_to_target(
    frame: Picture,
    target: Target,
    *,
    speed: int = DEFAULT_SPEED,
    cfl: bool = True,
    tune: str = DEFAULT_TUNE,
    tiles: tuple[int, int] | None = None,
    threads: int = 1,
    quality_alpha: int | None = None,
    keep_hidden_colour: bool = False,
    progress: Callable[[], object] | None = None,
) -> Found:
    """Encode a picture so that its file keeps a size, or reaches a quality with as few bytes as it can.

    Parameters
    ----------
    frame : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        The picture; see `cfl.encode`.
    target : Target
        A size is kept to within 1 % where the picture allows it, and never exceeded. A quality is reached
        with the largest quantizer index that reaches it.
    speed : int, default 6
        0 (slowest, smallest file) to 10 (fastest).
    cfl : bool, default True
        Whether chroma may be predicted from luma.
    tune : {"iq", "psnr"}, default "iq"
        The aim: what people see, or the least squared error; see `cfl.encode`.
    tiles : (rows, columns), optional
        1…64 each; see `cfl.encode`.
    threads : int, default 1
        Threads to use. The bytes do not depend on it.
    quality_alpha : int, optional
        Quality of alpha, 0…100; see `cfl.encode_frame`.
    keep_hidden_colour : bool, default False
        Whether colour under alpha 0 is coded as it is; see `cfl.encode_frame`.
    progress : callable, optional
        Called after each encode.

    Returns
    -------
    found : Found
        The file, and how many encodes it took.

    Raises
    ------
    FrameError
        The target cannot be reached; or see `cfl.encode`.

    See Also
    --------
    cfl.encode_frame : With a given quality.

    Notes
    -----
    The fastest speed shows where the answer is about, in cheap encodes. From there the search goes on at the
    wanted speed: each encode is at the index where a line through the nearest known ones, of the logarithm
    of the size or of dB, meets the target. An index is 1 to 3 % of the size. The rest of a size is used up by
    finer quantizers of chroma (of luma's DC in gray pictures).

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:64, :64]
    >>> rgb = np.stack([4 * column, 4 * row, (row * column) % 251], axis=-1).astype(np.uint8)
    >>> found = cfl.encode_to_target(rgb, cfl.Target(size=1500), speed=10)
    >>> 1485 <= len(found.encoded.data) <= 1500
    True
    """
    require("target", target, Target, "a Target")
    options = encoder_options(None, None, False, speed, cfl, tiles, tune)
    threads = whole("threads", threads, 1)
    picture = prepared(as_frame(frame), options, keep_hidden_colour)

    def encode(index: int, *, fast: bool = False, finer: int = 0) -> Encoded:
        chosen = replace(options, qindex=index, finer=finer, speed=MAX_SPEED if fast else options.speed)
        encoded = encode_prepared(picture, chosen, alpha_options(chosen, quality_alpha), threads)
        if progress is not None:
            progress()
        return encoded

    search = _Search(target, encode)
    search.start(is_fast_enough=options.speed >= MAX_SPEED - 1)
    best = search.finish()
    return Found(best, search.encodes, search.fast_encodes)


def _kind(target: Target) -> str:
    """Which of them it is."""
    return next(name for name in _SLOPES if getattr(target, name) is not None)


def _excess(target: Target, encoded: Encoded) -> float:
    """How much more an encode has than the target, on a scale that falls about evenly with the index.

    At least 0 where a quality is reached; at most 0 where a size is kept.
    """
    if target.size is not None:
        return math.log(len(encoded.data) / target.size)
    if target.psnr is not None:
        return encoded.psnr["yuv"] - target.psnr
    if target.ssimulacra2 is not None:
        if encoded.ssimulacra2 is None:
            raise FrameError("SSIMULACRA 2 needs 8 rows and columns, and a matrix that converts to RGB")
        return encoded.ssimulacra2 - target.ssimulacra2
    assert target.ssim is not None
    frame = encoded.source
    value = ssim(frame.y, encoded.reconstruction.y, frame.bit_depth)
    return math.inf if value == 1 else math.log((1 - target.ssim) / (1 - value))


class _Curve:
    """Excess by quantizer index, at one speed; it falls as the index rises."""

    def __init__(self, slope: float):
        self.points: dict[int, float] = {}
        self._slope = slope

    def bracket(self) -> tuple[int, int]:
        """The largest index above the target and the smallest one below; 0 and 256 are beyond both ends."""
        above = max((index for index, excess in self.points.items() if excess > 0), default=0)
        below = min(
            (index for index, excess in self.points.items() if excess <= 0 and index > above), default=256
        )
        return above, below

    def guess(self) -> int:
        """The index where the excess should be 0, strictly between those of the bracket."""
        above, below = self.bracket()
        known = [(index, self.points[index]) for index in (above, below) if index in self.points]
        if len(known) == 2 and math.isfinite(known[0][1]) and known[0][1] > known[1][1]:
            (first, high), (last, low) = known
            index = first + high * (last - first) / (high - low)
        elif known and math.isfinite(known[0][1]):
            index = known[0][0] - known[0][1] / self._slope
        else:
            index = (above + below) / 2
        return min(max(round(index), above + 1), below - 1)


class _Search:
    """The search for the index: first with fast encodes, then with those that count."""

    def __init__(self, target: Target, encode: Callable[..., Encoded]):
        self._target, self._encode = target, encode
        self._fast, self._real = _Curve(_SLOPES[_kind(target)]), _Curve(_SLOPES[_kind(target)])
        self._kept: dict[int, Encoded] = {}
        self.encodes = self.fast_encodes = 0

    def start(self, *, is_fast_enough: bool) -> None:
        """Find about where the answer is."""
        index = 100
        if not is_fast_enough:
            while True:
                self._fast.points[index] = _excess(self._target, self._encode(index, fast=True))
                self.fast_encodes += 1
                above, below = self._fast.bracket()
                if below - above <= _NEAR or abs(self._fast.points[index]) < _SIZE_TOLERANCE:
                    break
                index = self._fast.guess()
            index = self._fast.guess() if below - above > 1 else max(above, 1)
        self._try(index)

    def finish(self) -> Encoded:
        """The answer, once the indices beside it are known."""
        while True:
            above, below = self._real.bracket()
            if below - above == 1 or self._is_near(below):
                break
            self._try(self._guess())
        wanted = below if self._target.size is not None else above
        if wanted not in self._kept:
            raise FrameError(self._unreachable())
        best = self._kept[wanted]
        has_rest = self._target.size is not None and wanted > 1
        return self._used_up(wanted, best) if has_rest else best

    def _guess(self) -> int:
        """At first, as far from the last index as the fast curve says."""
        if len(self._real.points) == 1 and len(self._fast.points) > 1:
            [(index, excess)] = self._real.points.items()
            step = excess / -self._fast_slope()
            above, below = self._real.bracket()
            away = math.ceil(step) if step > 0 else math.floor(step)
            return min(max(index + away, above + 1), below - 1)
        return self._real.guess()

    def _fast_slope(self) -> float:
        points = sorted((i, e) for i, e in self._fast.points.items() if math.isfinite(e))
        (first, high), (last, low) = min(pairwise(points), key=lambda pair: abs(pair[0][1]) + abs(pair[1][1]))
        slope = (low - high) / (last - first)
        return slope if slope < 0 else _SLOPES[_kind(self._target)]

    def _try(self, index: int) -> None:
        encoded = self._encode(index)
        self.encodes += 1
        self._kept[index] = encoded
        self._real.points[index] = _excess(self._target, encoded)
        above, below = self._real.bracket()
        self._kept = {i: kept for i, kept in self._kept.items() if i in (above, below)}

    def _is_near(self, index: int) -> bool:
        return self._target.size is not None and -_SIZE_TOLERANCE <= self._real.points.get(index, -1) <= 0

    def _used_up(self, index: int, best: Encoded) -> Encoded:
        """Use finer quantizers for a part of the picture, as far as the size allows."""
        coarse, fine = 0, _FINEST - 1
        excess = {0: _excess(self._target, best)}
        while excess[coarse] < -_SIZE_TOLERANCE and coarse - fine > 1:
            middle = (coarse + fine) // 2 if coarse else max(fine + 1, coarse - 6)
            encoded = self._encode(index, finer=middle)
            self.encodes += 1
            excess[middle] = _excess(self._target, encoded)
            if excess[middle] <= 0:
                coarse = middle
                best = max(best, encoded, key=lambda each: len(each.data))
            else:
                fine = middle
        return best

    def _unreachable(self) -> str:
        target = self._target
        if target.size is not None:
            return (
                f"{target.size} bytes are too few: the coarsest quantizer needs {len(self._kept[255].data)}"
            )
        kind = _kind(target)
        return f"{_WORDS[kind]} {getattr(target, kind)} is not reached at the finest quantizer"
