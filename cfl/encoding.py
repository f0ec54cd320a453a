"""Encode one frame as an AVIF file, or many as the key frames of an AV1 stream.

Frame ──▶ colour ── Encoder ──▶ OBUs ─┬─▶ AVIF
     └──▶ alpha  ── Encoder ──▶ OBUs ─┘
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice
from numbers import Rational
from typing import Any, TypeVar

import numpy as np

from cfl.arguments import flag, one_of, optional_whole, require, whole
from cfl.av1.encoder.frames import EncodedPicture, Encoder, EncoderOptions
from cfl.av1.encoder.quality import qindex_of_quality
from cfl.av1.headers.obu import OBU_TEMPORAL_DELIMITER, ObuHeader, encode_obu
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.speeds import DEFAULT_SPEED, MAX_SPEED
from cfl.av1.tables.constants import UV_CFL_PRED
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH
from cfl.av1.tunes import IQ, PSNR, TUNES
from cfl.container.avif_writer import write_avif
from cfl.container.frame_rate import DEFAULT_FRAME_RATE
from cfl.container.light_obus import light_obus
from cfl.container.properties import Nclx
from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import Frame
from cfl.frames.alpha import without_hidden_colour, without_opaque_alpha
from cfl.frames.metadata import fitting, say_what_is_dropped
from cfl.metrics import ciede2000, frame_psnr, json_ready
from cfl.metrics.decibels import ciede2000_db, combined_psnr
from cfl.metrics.perceptual import ssimulacra2_or_none
from cfl.picturing import Picture, as_frame
from cfl.threads import Progress

_log = logging.getLogger("cfl")
Result = TypeVar("Result")
DEFAULT_QUALITY = 60
DEFAULT_TUNE = IQ
LOSSLESS_ALPHA_FROM = 30
LOSSY_ALPHA_QUALITY = 90
_MAX_RATE = 1 << 31
_DELIMITER = encode_obu(ObuHeader(OBU_TEMPORAL_DELIMITER), b"")


@dataclass(frozen=True, eq=False)
class Encoded:
    """An encoded frame, its reconstruction and its statistics; `encode_frame` makes it.

    Attributes
    ----------
    data : bytes
        From `encode_frame` an AVIF file; from `encode_frames` a temporal unit: OBUs, the first a delimiter.
    source : Frame
        What was encoded: without alpha that is opaque, and without colour under alpha 0.
    reconstruction : Frame
        What every decoder shows.
    blocks : (n,) structured array
        The encoder's decisions, a row for each block, in coding order; fields have the specification's names.
    qindex : int
        The quantizer index base_q_idx, 0…255.
    tune : {"iq", "psnr"}
        What the encoder aimed at.
    coded_bytes : int
        Bytes of the colour's OBUs, headers included.
    alpha_bytes : int
        Bytes of alpha's OBUs, headers included; 0 without alpha.
    seconds : float
        Time spent on encoding, reconstruction included.

    See Also
    --------
    encode_frame, encode_frames : Make it.
    cfl.inspect : The same from a file.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
    >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
    >>> encoded.bits_per_pixel == 8 * encoded.coded_bytes / (16 * 16)
    True
    >>> encoded.psnr["y"] > 40 and encoded.ciede2000_db > 35
    True
    >>> encoded.cfl_share, encoded.cfl_alpha_bits > 0, encoded.as_dict()["blocks"]
    (1.0, True, 1)
    """

    data: bytes
    source: Frame
    reconstruction: Frame
    blocks: np.ndarray
    qindex: int
    tune: str
    coded_bytes: int
    alpha_bytes: int
    seconds: float

    def __repr__(self) -> str:
        return f"Encoded({self.source!r}, {len(self.data)} bytes, qindex {self.qindex})"

    def _repr_html_(self) -> str:
        """The reconstruction and what it took, for notebooks."""
        from cfl.frames.thumbnails import thumbnail
        from cfl.markup import facts, picture

        frame = self.reconstruction
        rows = [
            ("picture", f"{frame.width}x{frame.height}, {frame.subsampling}, {frame.bit_depth} bit"),
            ("bytes", f"{len(self.data):,}"),
            ("bits per pixel", f"{self.bits_per_pixel:.3f}"),
            ("base_q_idx", str(self.qindex)),
            ("blocks", f"{len(self.blocks):,}"),
            ("seconds", f"{self.seconds:.2f}"),
        ]
        small = thumbnail(frame)
        return facts("Encoded", rows) + ("" if small is None else picture(small, "the reconstruction"))

    @property
    def bits_per_pixel(self) -> float:
        """Bits of colour and alpha per pixel, without the container.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> encoded.bits_per_pixel == 8 * encoded.coded_bytes / (16 * 16)
        True
        """
        return 8 * (self.coded_bytes + self.alpha_bytes) / self.source.y.size

    @cached_property
    def psnr(self) -> dict[str, float]:
        """PSNR of "y", "u", "v" and "yuv" in dB; see `cfl.metrics.frame_psnr`.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> list(encoded.psnr), encoded.psnr["y"] > 40
        (['y', 'u', 'v', 'yuv'], True)
        """
        return frame_psnr(self.source, self.reconstruction)

    @cached_property
    def ciede2000_db(self) -> float | None:
        """CIEDE2000 in dB; None if the matrix has no conversion to RGB. Takes almost 1 s for 1 Mpx.

        See Also
        --------
        cfl.metrics.ciede2000 : Of any two frames.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> encoded.ciede2000_db > 35
        True
        """
        try:
            return ciede2000(self.source, self.reconstruction).db
        except UnsupportedFeature:
            return None

    @property
    def cfl_share(self) -> float:
        """Share of the chroma's area that is predicted from luma, 0…1; 0 without chroma.

        See Also
        --------
        cfl.ablate : What CfL is worth in bytes.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> encoded.cfl_share
        1.0
        """
        areas = self._chroma_areas()
        total = int(areas.sum())
        return int(areas[self.blocks["uv_mode"] == UV_CFL_PRED].sum()) / total if total else 0.0

    @property
    def cfl_alpha_bits(self) -> float:
        """Bits spent on all α of CfL.

        See Also
        --------
        cfl.prediction.alpha_bits : Bits of a pair of α under the default CDFs.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> 0 < encoded.cfl_alpha_bits < 8 * encoded.coded_bytes
        True
        """
        return float(self.blocks["bits_cfl_alpha"].sum(dtype=np.float64))

    def _chroma_areas(self) -> np.ndarray:
        """Return how many chroma samples of each block lie in the picture."""
        frame, blocks = self.source, self.blocks
        if frame.u is None:
            return np.zeros(len(blocks), np.int64)
        height, width = frame.u.shape
        sides = []
        for side, start, shift, end in (
            (BLOCK_WIDTH, blocks["mi_col"], frame.subsampling_x, width),
            (BLOCK_HEIGHT, blocks["mi_row"], frame.subsampling_y, height),
        ):
            length = np.maximum(side[blocks["mi_size"]] >> shift, 4)
            first = (start.astype(np.int64) >> shift) * 4
            sides.append(np.clip(end - first, 0, length))
        return sides[0] * sides[1] * (blocks["has_chroma"] != 0)

    @cached_property
    def ssimulacra2(self) -> float | None:
        """SSIMULACRA 2, at most 100; None below 8 rows or columns, or if the matrix has no conversion to RGB.

        See Also
        --------
        cfl.metrics.ssimulacra2 : Of any two frames.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> 60 < encoded.ssimulacra2 < 100
        True
        """
        try:
            return ssimulacra2_or_none(self.source, self.reconstruction)
        except UnsupportedFeature:
            return None

    def as_dict(self, *, perceptual: bool = True) -> dict[str, Any]:
        """Return all numbers for JSON; infinite ones are the text "inf".

        Parameters
        ----------
        perceptual : bool, default True
            Whether to compute CIEDE2000 and SSIMULACRA 2 too, which take longest; if not, they are None.

        Returns
        -------
        report : dict
            Size and format of the frame, bytes, PSNR, CIEDE2000, SSIMULACRA 2, blocks, CfL and seconds.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> row, column = np.mgrid[:16, :16]
        >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
        >>> encoded = cfl.encode_frame(cfl.rgb_to_frame(rgb), speed=10)
        >>> report = encoded.as_dict()
        >>> report["width"], report["blocks"], report["bytes"] == len(encoded.data)
        (16, 1, True)
        """
        frame = self.source
        return json_ready(
            {
                "width": frame.width,
                "height": frame.height,
                "subsampling": frame.subsampling,
                "bit_depth": frame.bit_depth,
                "qindex": self.qindex,
                "tune": self.tune,
                "bytes": len(self.data),
                "coded_bytes": self.coded_bytes,
                "alpha_bytes": self.alpha_bytes,
                "bits_per_pixel": self.bits_per_pixel,
                "psnr": self.psnr,
                "ciede2000_db": self.ciede2000_db if perceptual else None,
                "ssimulacra2": self.ssimulacra2 if perceptual else None,
                "blocks": len(self.blocks),
                "cfl_share": self.cfl_share,
                "cfl_alpha_bits": self.cfl_alpha_bits,
                "seconds": self.seconds,
            }
        )


def encode(
    frame: Picture,
    *,
    quality: int | None = None,
    qindex: int | None = None,
    lossless: bool = False,
    speed: int = DEFAULT_SPEED,
    cfl: bool = True,
    tune: str = DEFAULT_TUNE,
    tiles: tuple[int, int] | None = None,
    threads: int = 1,
    quality_alpha: int | None = None,
    keep_hidden_colour: bool = False,
) -> bytes:
    """Encode a frame as an AVIF file.

    Parameters
    ----------
    frame : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        The picture. An array is gray, gray and alpha, RGB or RGBA, as for `rgb_to_frame`; a file is read as
        by `read`. Alpha, colour, ICC profile, Exif, XMP and transforms are written too.
    quality : int, optional
        0…100, by default 60; the scale is that of avifenc and Pillow.
    qindex : int, optional
        The quantizer index itself, 0…255, instead of a quality; 0 is lossless.
    lossless : bool, default False
        Whether to keep every sample. RGB of an array, an image or a file is then coded as RGB.
    speed : int, default 6
        0 (slowest, smallest file) to 10 (fastest).
    cfl : bool, default True
        Whether chroma may be predicted from luma.
    tune : {"iq", "psnr"}, default "iq"
        The aim: "iq" for what people see, with finer quantizers where the picture is smooth and coarser ones
        for fine detail; "psnr" for the least squared error. They have scales of quality of their own, on
        which a quality looks about the same. Without loss, and for alpha, they are one.
    tiles : (rows, columns), optional
        1…64 each. More are made if a tile would be larger than the standard allows. By default there is one
        tile below 2 Mpx, and up to 16 of at least 1 Mpx above.
    threads : int, default 1
        Threads to use. The bytes do not depend on it.
    quality_alpha : int, optional
        Quality of alpha, 0…100; 100 is lossless. By default alpha is lossless from quality 30 on, and below
        has quality 90. Alpha that is opaque everywhere is not written.
    keep_hidden_colour : bool, default False
        Whether colour under alpha 0 is coded as it is; `lossless` implies it. Otherwise it is replaced by
        what costs few bits.

    Returns
    -------
    data : bytes
        The whole file.

    Raises
    ------
    FrameError
        The picture cannot be read, an option is out of range, two of `quality`, `qindex` and `lossless` are
        given, or AV1 cannot code such a frame.

    See Also
    --------
    encode_frame : With the reconstruction and statistics.
    encode_frames : Many frames, for a stream.
    read : Read a file.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Image File Format (AVIF)", version 1.1.0.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
    >>> frame = cfl.rgb_to_frame(rgb)
    >>> data = cfl.encode(frame, quality=80, speed=10)
    >>> data[4:12]
    b'ftypavif'
    >>> [decoded] = cfl.container.decode(data)
    >>> round(cfl.metrics.frame_psnr(frame, decoded)["y"]) > 40
    True
    """
    options = encoder_options(quality, qindex, lossless, speed, cfl, tiles, tune)
    threads = whole("threads", threads, 1)
    still = prepared(as_frame(frame, keep_rgb=lossless), options, keep_hidden_colour)
    return _still(still, options, alpha_options(options, quality_alpha), threads, reconstruct=False)[0]


def encode_frame(
    frame: Picture,
    *,
    quality: int | None = None,
    qindex: int | None = None,
    lossless: bool = False,
    speed: int = DEFAULT_SPEED,
    cfl: bool = True,
    tune: str = DEFAULT_TUNE,
    tiles: tuple[int, int] | None = None,
    threads: int = 1,
    quality_alpha: int | None = None,
    keep_hidden_colour: bool = False,
    progress: Progress | None = None,
) -> Encoded:
    """Encode a frame as an AVIF file, and return its reconstruction and statistics too.

    Parameters
    ----------
    frame : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        The picture. An array is gray, gray and alpha, RGB or RGBA, as for `rgb_to_frame`; a file is read as
        by `read`. Alpha, colour, ICC profile, Exif, XMP and transforms are written too.
    quality : int, optional
        0…100, by default 60; see `encode`.
    qindex : int, optional
        The quantizer index itself, 0…255, instead of a quality; 0 is lossless.
    lossless : bool, default False
        Whether to keep every sample. RGB of an array, an image or a file is then coded as RGB.
    speed : int, default 6
        0 (slowest, smallest file) to 10 (fastest).
    cfl : bool, default True
        Whether chroma may be predicted from luma.
    tune : {"iq", "psnr"}, default "iq"
        The aim: what people see, or the least squared error; see `encode`.
    tiles : (rows, columns), optional
        1…64 each; see `encode`.
    threads : int, default 1
        Threads to use. The bytes do not depend on it.
    quality_alpha : int, optional
        Quality of alpha, 0…100; 100 is lossless. By default alpha is lossless from quality 30 on, and below
        has quality 90. Alpha that is opaque everywhere is not written.
    keep_hidden_colour : bool, default False
        Whether colour under alpha 0 is coded as it is; `lossless` implies it. Otherwise it is replaced by
        what costs few bits.
    progress : callable, optional
        Called, from any thread, with the number of samples that were decided since the last call: first of
        luma, then of alpha. That is most of the work; filters and writing follow.

    Returns
    -------
    encoded : Encoded
        The file, its reconstruction and statistics.

    Raises
    ------
    FrameError
        See `encode`.

    See Also
    --------
    encode : Only the file.
    cfl.ablate : With and without CfL at several qualities.

    Examples
    --------
    Chroma that is not predicted from luma takes more bytes here:

    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3))
    >>> u, v = (np.round(chroma).astype(np.uint8) for chroma in (100 + half / 2, 200 - half / 4))
    >>> frame = cfl.Frame(luma, u, v)
    >>> with_cfl, without = (cfl.encode_frame(frame, speed=10, cfl=use) for use in (True, False))
    >>> with_cfl.coded_bytes < without.coded_bytes, with_cfl.cfl_share, without.cfl_share
    (True, 1.0, 0.0)
    """
    options = encoder_options(quality, qindex, lossless, speed, cfl, tiles, tune)
    threads = whole("threads", threads, 1)
    still = prepared(as_frame(frame, keep_rgb=lossless), options, keep_hidden_colour)
    return encode_prepared(still, options, alpha_options(options, quality_alpha), threads, progress)


def encode_prepared(
    frame: Frame,
    options: EncoderOptions,
    alpha_how: EncoderOptions,
    threads: int = 1,
    progress: Progress | None = None,
) -> Encoded:
    """`encode_frame` of what `prepared` returns, with the encoder's own options for colour and alpha."""
    start = time.perf_counter()
    data, color, alpha = _still(frame, options, alpha_how, threads, reconstruct=True, progress=progress)
    encoded = encoded_of(data, frame, color, alpha, options, time.perf_counter() - start)
    words = "%r: qindex %d at speed %d makes %d bytes in %.2f s"
    _log.info(words, frame, options.qindex, options.speed, len(data), encoded.seconds)
    return encoded


def encode_frames(
    frames: Iterable[Frame],
    *,
    quality: int | None = None,
    qindex: int | None = None,
    lossless: bool = False,
    speed: int = DEFAULT_SPEED,
    cfl: bool = True,
    tune: str = DEFAULT_TUNE,
    tiles: tuple[int, int] | None = None,
    threads: int = 1,
    frame_rate: Fraction = DEFAULT_FRAME_RATE,
) -> Iterator[Encoded]:
    """Encode frames as the key frames of a stream, one frame per thread at a time.

    Parameters
    ----------
    frames : iterable of Frame
        All of one size, format and colour. Few more than `threads` are in memory. Alpha, metadata and the
        shape of pixels are left out, as a stream cannot hold them; a warning says so. Content light level and
        mastering display are those of the first frame.
    quality : int, optional
        0…100, by default 60; see `encode`.
    qindex : int, optional
        The quantizer index itself, 0…255, instead of a quality; 0 is lossless.
    lossless : bool, default False
        Whether to keep every sample. RGB of an array, an image or a file is then coded as RGB.
    speed : int, default 6
        0 (slowest, smallest file) to 10 (fastest).
    cfl : bool, default True
        Whether chroma may be predicted from luma.
    tune : {"iq", "psnr"}, default "iq"
        The aim: what people see, or the least squared error; see `encode`.
    tiles : (rows, columns), optional
        1…64 each; see `encode`.
    threads : int, default 1
        Threads to use. The bytes do not depend on it.
    frame_rate : Fraction, default 25
        Frames per second; decides the stream's level.

    Returns
    -------
    encoded : iterator of Encoded
        In the frames' order. The `data` of each is a temporal unit for an IVF or OBU file.

    Raises
    ------
    FrameError
        See `encode`; or, from the iterator, a frame differs from the first in size, format or colour.

    See Also
    --------
    encode : One picture, as AVIF.
    cfl.container.write_ivf : Put the units in a file.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> frames = [cfl.rgb_to_frame(np.full((16, 16, 3), level, np.uint8)) for level in (50, 100)]
    >>> units = [encoded.data for encoded in cfl.encode_frames(frames, speed=10)]
    >>> stream = b"".join(units)
    >>> cfl.container.file_format(stream), len(list(cfl.container.decode(stream)))
    ('OBU', 2)
    """
    options = encoder_options(quality, qindex, lossless, speed, cfl, tiles, tune)
    threads = whole("threads", threads, 1)
    require("frames", frames, Iterable, "an iterable of frames")
    require("frame_rate", frame_rate, Rational, "a Fraction")
    if not 0 < frame_rate <= _MAX_RATE:
        raise FrameError(f"frame_rate is {frame_rate}, not above 0 and at most {_MAX_RATE}")
    return _key_frames(frames, options, threads, frame_rate)


def _key_frames(
    frames: Iterable[Frame], options: EncoderOptions, threads: int, frame_rate: Fraction
) -> Iterator[Encoded]:
    rest = (as_frame(frame) for frame in frames)
    first = list(islice(rest, 2))
    if not first:
        return
    say_what_is_dropped(first[0], "an AV1 stream", has_cicp=True, keeps_light=True)
    light = light_obus(first[0].content_light, first[0].mastering_display)
    encoder = Encoder(first[0], options, still=False, frame_rate=frame_rate)
    frame_threads = threads if len(first) == 1 else 1

    def work(frame: Frame) -> Encoded:
        start = time.perf_counter()
        frame = frame.replace(alpha=None, premultiplied=False)
        picture = encoder.encode(frame, threads=frame_threads, reconstruct=True)
        data = _DELIMITER + encoder.sequence_obu + light + picture.obu
        color = Part(encoder.sequence, encoder.sequence_obu + picture.obu, picture)
        return encoded_of(data, frame, color, None, options, time.perf_counter() - start)

    yield from in_order(work, chain(first, rest), threads if len(first) > 1 else 1)


def encoder_options(
    quality: int | None = None,
    qindex: int | None = None,
    lossless: bool = False,
    speed: int = DEFAULT_SPEED,
    cfl: bool = True,
    tiles: tuple[int, int] | None = None,
    tune: str = DEFAULT_TUNE,
) -> EncoderOptions:
    """Check the options of `encode`, and turn the quality into a quantizer index."""
    lossless = flag("lossless", lossless)
    if (quality is not None) + (qindex is not None) + lossless > 1:
        raise FrameError("only one of quality, qindex and lossless can be given")
    qindex, tune = optional_whole("qindex", qindex, 0, 255), one_of("tune", tune, TUNES)
    if qindex is None:
        quality = whole("quality", DEFAULT_QUALITY if quality is None else quality, 0, 100)
        qindex = 0 if lossless else qindex_of_quality(quality, tune)
    speed = whole("speed", speed, 0, MAX_SPEED)
    return EncoderOptions(qindex, speed, flag("cfl", cfl), _tiles(tiles), tune=tune)


def _tiles(tiles: tuple[int, int] | None) -> tuple[int, int] | None:
    """As two numbers of 1 to 64."""
    if tiles is None:
        return None
    if not hasattr(tiles, "__len__") or isinstance(tiles, str) or np.shape(tiles) != (2,):
        raise TypeError(f"tiles must be two numbers, (rows, columns), not {type(tiles).__name__}")
    return whole("tiles", tiles[0], 1, 64), whole("tiles", tiles[1], 1, 64)


def alpha_options(options: EncoderOptions, quality: int | None = None) -> EncoderOptions:
    """The options of alpha: without loss where the colour is good enough, unless a quality is given.

    It is no picture that people see, so it is always coded for the least squared error.

    Alpha with hard edges is as small without loss. A soft shadow is not, so below the quality 30 alpha has
    `LOSSY_ALPHA_QUALITY`, with which what is transparent stays within 2 of 255.
    """
    quality = optional_whole("quality_alpha", quality, 0, 100)
    if quality is not None:
        qindex = 0 if quality == 100 else qindex_of_quality(quality)
    else:
        fine = options.qindex <= qindex_of_quality(LOSSLESS_ALPHA_FROM, options.tune)
        qindex = 0 if fine else qindex_of_quality(LOSSY_ALPHA_QUALITY)
    return replace(options, qindex=qindex, finer=0, tune=PSNR)


def prepared(frame: Frame, options: EncoderOptions, keep_hidden_colour: bool) -> Frame:
    """The frame as it is coded: without what cannot be seen or must not be written."""
    keep_hidden_colour = flag("keep_hidden_colour", keep_hidden_colour)
    frame = without_opaque_alpha(fitting(frame))
    return frame if keep_hidden_colour or options.qindex == 0 else without_hidden_colour(frame)


@dataclass(frozen=True, slots=True)
class Part:
    """A coded image: colour or alpha."""

    sequence: SequenceHeader
    obus: bytes
    picture: EncodedPicture


def _still(
    frame: Frame,
    options: EncoderOptions,
    alpha_how: EncoderOptions,
    threads: int,
    reconstruct: bool,
    progress: Progress | None = None,
) -> tuple[bytes, Part, Part | None]:
    """The AVIF file, and its parts."""
    how = threads, reconstruct, progress
    color = _part(frame, options, *how)
    alpha = None if frame.alpha is None else _part(alpha_as_frame(frame), alpha_how, *how)
    nclx = Nclx(
        frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients, frame.full_range
    )
    data = write_avif(
        color.obus,
        sequence=color.sequence,
        alpha_obus=None if alpha is None else alpha.obus,
        alpha_sequence=None if alpha is None else alpha.sequence,
        premultiplied=frame.premultiplied,
        nclx=nclx,
        icc=frame.icc,
        exif=frame.exif,
        xmp=frame.xmp,
        transforms=frame.transforms,
        pixel_aspect=frame.pixel_aspect,
        content_light=frame.content_light,
        mastering_display=frame.mastering_display,
    )
    return data, color, alpha


def _part(
    frame: Frame, options: EncoderOptions, threads: int, reconstruct: bool, progress: Progress | None
) -> Part:
    encoder = Encoder(frame, options, still=True, progress=progress)
    picture = encoder.encode(frame, threads=threads, reconstruct=reconstruct)
    return Part(encoder.sequence, encoder.sequence_obu + picture.obu, picture)


def alpha_as_frame(frame: Frame) -> Frame:
    """The alpha plane as a picture of its own."""
    assert frame.alpha is not None
    return Frame(frame.alpha, subsampling="4:0:0", bit_depth=frame.bit_depth)


def encoded_of(
    data: bytes,
    frame: Frame,
    color: Part,
    alpha: Part | None,
    options: EncoderOptions,
    seconds: float,
) -> Encoded:
    """The report of a frame whose parts were reconstructed."""
    assert color.picture.planes is not None
    y, u, v = (*color.picture.planes, None, None)[:3]
    assert y is not None
    opacity = None
    if alpha is not None:
        assert alpha.picture.planes is not None
        opacity = alpha.picture.planes[0]
    return Encoded(
        data=data,
        source=frame,
        reconstruction=frame.replace(y=y, u=u, v=v, alpha=opacity),
        blocks=color.picture.blocks,
        qindex=options.qindex,
        tune=options.tune,
        coded_bytes=len(color.obus),
        alpha_bytes=0 if alpha is None else len(alpha.obus),
        seconds=seconds,
    )


def in_order(work: Callable[[Frame], Result], frames: Iterable[Frame], threads: int) -> Iterator[Result]:
    """Results in the frames' order. Few frames are taken ahead."""
    if threads <= 1:
        yield from map(work, frames)
        return
    waiting: deque[Future[Result]] = deque()
    with ExitStack() as stack:
        pool = ThreadPoolExecutor(threads)
        stack.callback(pool.shutdown, cancel_futures=True)
        for frame in frames:
            waiting.append(pool.submit(work, frame))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def total(encoded: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One report for many frames (`Encoded.as_dict`): sums of bytes, bits, blocks, seconds; else means."""
    reports = list(encoded)
    first = reports[0]
    result: dict[str, Any] = {"frames": len(reports)}
    for name, value in first.items():
        values = [report[name] for report in reports]
        if name in ("width", "height", "subsampling", "bit_depth", "qindex", "tune") or value is None:
            result[name] = value
        elif name in ("bytes", "coded_bytes", "alpha_bytes", "blocks", "cfl_alpha_bits", "seconds"):
            result[name] = sum(values)
        elif name == "psnr":
            result[name] = {key: _mean_psnr([part[key] for part in values]) for key in value}
        elif name == "ciede2000_db":
            deltas = [100 * 10 ** (-float(decibels) / 20) for decibels in values]
            result[name] = json_ready(ciede2000_db(sum(deltas) / len(deltas)))
        else:
            result[name] = sum(values) / len(values)
    return result


def _mean_psnr(values: list[Any]) -> Any:
    """PSNR of the mean squared error over frames. In a report, infinite ones are strings."""
    return json_ready(combined_psnr(map(float, values)))
