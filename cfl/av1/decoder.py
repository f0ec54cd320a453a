"""From coded frames to the pictures that a stream shows (AV1 specification 7.4, 7.18, 7.20, 7.21).

OBUs ── FrameReader ──▶ CodedFrame ── tiles ──▶ ── post-filters ──▶ ── film grain ──▶ Picture
                                          ▲                   └──▶ slots, for later frames
                                          └── slots: the references
"""

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.av1.filters.film_grain import FilmGrain, add_film_grain
from cfl.av1.headers.coded_frame import CodedFrame, shown
from cfl.av1.headers.film_grain import FilmGrainParams
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import Obu
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.tables.constants import NUM_REF_FRAMES
from cfl.errors import FrameError
from cfl.threads import Bands, Follower

if TYPE_CHECKING:
    from cfl.av1.reconstruction.frame_arrays import FrameArrays
    from cfl.av1.tile.frame_context import FrameContext, SavedFrame


@dataclass(slots=True)
class Picture:
    """A frame as it is shown.

    Attributes
    ----------
    planes : list of one or three (height, width) uint16 arrays
        UpscaledWidth x FrameHeight, rounded up in chroma, with film grain. They may be views, and may be
        taken off the list to free their memory. Those that later frames may need cannot be written.
    sequence : SequenceHeader
    header : FrameHeader
        Of what shows the frame: where that is show_existing_frame, only its size and film grain are set.
    spatial_id : int
    """

    planes: list[np.ndarray]
    sequence: SequenceHeader
    header: FrameHeader
    spatial_id: int = 0


@dataclass(slots=True)
class Timings:
    """Seconds that each stage has taken, by its name."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start


class Decoder:
    """Decodes the frames of one stream, in coding order.

    Parameters
    ----------
    max_pixels : int, optional
        Width times height above which a frame is refused before memory is taken for it; None: no limit.
    threads : int, optional
    timings : Timings, optional
        To be added to.
    """

    def __init__(self, *, max_pixels: int | None = None, threads: int = 1, timings: Timings | None = None):
        self.max_pixels = max_pixels
        self.threads = threads
        self._bands = Bands(threads)
        self._follower = Follower()
        self.timings = Timings() if timings is None else timings
        self._slots: list[SavedFrame | None] = [None] * NUM_REF_FRAMES
        """What later frames may be predicted from, or show."""

    def decode(self, coded: CodedFrame) -> Picture | None:
        """Decode a frame; the picture if it is shown.

        Raises
        ------
        BitstreamError
            The data of a tile break the rules of their syntax.
        FrameError
            The frame has more than `max_pixels`.
        """
        header = coded.header
        if header.show_existing_frame:
            planes = self._existing(header)
        else:
            self._check_size(header)
            if header.frame_is_intra:  # what this frame replaces is not needed to decode it
                self._refresh(header, None)
            planes = self._decoded(coded)
            if not header.show_frame:
                return None
        if coded.sequence.film_grain_params_present and header.film_grain.apply_grain:
            with self.timings.measure("film grain"):
                planes = with_grain(planes, coded.sequence, header)
        return Picture(planes, coded.sequence, header, coded.spatial_id)

    def _check_size(self, header: FrameHeader) -> None:
        width, height = header.size.upscaled_width, header.size.frame_height
        if self.max_pixels is not None and width * height > self.max_pixels:
            raise FrameError(
                f"{width}x{height} is {width * height} pixels; the limit (max_pixels) is {self.max_pixels}"
            )

    def _decoded(self, coded: CodedFrame) -> list[np.ndarray]:
        from cfl.av1.tile.frame_context import saved_frame

        sequence, header = coded.sequence, coded.header
        with self.timings.measure("tiles"):
            context = self.context(coded)
        if self.threads > 1 and len(coded.tiles) == 1 and not header.size.is_upscaled:
            planes, arrays = self._filtered_meanwhile(coded, context)
        else:
            planes, arrays = self._filtered_after(coded, context)
        if header.refresh_frame_flags and not sequence.still_picture:
            for plane in planes:
                plane.flags.writeable = False
            with self.timings.measure("tiles"):
                self._refresh(header, saved_frame(sequence, header, context, arrays, planes))
        return planes

    def _filtered_after(
        self, coded: CodedFrame, context: "FrameContext"
    ) -> "tuple[list[np.ndarray], FrameArrays]":
        """Decode all tiles, as many at a time as there are threads; then filter in bands."""
        from cfl.av1.filters.postfilter import postfilter
        from cfl.av1.tile.tiles import decode_tiles, frame_buffers

        with self.timings.measure("tiles"):
            planes = list(frame_buffers(coded))
            arrays = decode_tiles(coded, planes, threads=self.threads, context=context)
        with self.timings.measure("filters"):
            return postfilter(coded.sequence, coded.header, planes, arrays, bands=self._bands), arrays

    def _filtered_meanwhile(
        self, coded: CodedFrame, context: "FrameContext"
    ) -> "tuple[list[np.ndarray], FrameArrays]":
        """Decode the only tile, while another thread filters the rows that are decoded."""
        from cfl.av1.filters.row_filters import RowFilters
        from cfl.av1.tile.tiles import decode_tiles, frame_buffers, tile_frame

        with self.timings.measure("tiles"):
            planes, prepared = list(frame_buffers(coded)), tile_frame(coded, context)
        filters = RowFilters(coded.sequence, coded.header, planes, prepared.arrays)
        self._follower.start(filters.advance)
        try:
            with self.timings.measure("tiles"):
                decode_tiles(coded, planes, context=context, prepared=prepared, row_done=self._follower.put)
        finally:
            with self.timings.measure("filters"):
                self._follower.finish()
        return filters.picture(), prepared.arrays

    def context(self, coded: CodedFrame) -> "FrameContext":
        """What the tiles of the next frame begin with, from the frames decoded before it."""
        from cfl.av1.tile.frame_context import frame_context

        return frame_context(coded.sequence, coded.header, self._slots)

    def _refresh(self, header: FrameHeader, frame: "SavedFrame | None") -> None:
        """The reference frame update process (7.20)."""
        for i in range(NUM_REF_FRAMES):
            if header.refresh_frame_flags >> i & 1:
                self._slots[i] = frame

    def _existing(self, header: FrameHeader) -> list[np.ndarray]:
        """The planes of the frame that the header shows; a key frame goes to every slot (7.21)."""
        frame = self._slots[header.frame_to_show_map_idx]
        if frame is None:  # the frame reader has made sure that the slot may be shown
            raise FrameError(f"frame_to_show_map_idx: slot {header.frame_to_show_map_idx} holds no picture")
        self._refresh(header, frame)
        return list(frame.planes)


def with_grain(planes: list[np.ndarray], sequence: SequenceHeader, header: FrameHeader) -> list[np.ndarray]:
    """New planes with film grain; the list of the old ones is emptied."""
    color = sequence.color_config
    for i, plane in enumerate(planes):
        planes[i] = np.ascontiguousarray(plane)
    result = add_film_grain(
        planes,
        film_grain_of(header.film_grain),
        subsampling_x=color.subsampling_x,
        subsampling_y=color.subsampling_y,
        bit_depth=color.bit_depth,
        matrix_coefficients=color.matrix_coefficients,
    )
    planes.clear()
    return list(result)


def film_grain_of(params: FilmGrainParams) -> FilmGrain:
    """The header's film grain as the synthesis takes it."""
    fields: dict[str, Any] = {}
    for name in ("point_y", "point_cb", "point_cr"):
        points: list[tuple[int, int]] = getattr(params, name)
        fields[f"{name}_value"] = [value for value, _ in points]
        fields[f"{name}_scaling"] = [scaling for _, scaling in points]
    for name in set(FilmGrain._fields) - fields.keys():
        fields[name] = getattr(params, name)
    return FilmGrain(**fields)


def decode_obus(
    obus: Iterable[Obu],
    *,
    operating_point: int = 0,
    layer: int | None = None,
    max_pixels: int | None = None,
    threads: int = 1,
    timings: Timings | None = None,
) -> Iterator[Picture]:
    """The pictures that a stream shows, in order.

    Parameters
    ----------
    obus, operating_point, layer
        See `cfl.av1.headers.coded_frame.shown`.
    max_pixels, threads, timings : optional
        See `Decoder`.

    Raises
    ------
    BitstreamError, FrameError, UnsupportedFeature
        See `FrameReader` and `Decoder`; when the consumer asks for the picture after those before the fault.
    """
    decoder = Decoder(max_pixels=max_pixels, threads=threads, timings=timings)
    return shown(obus, decoder.decode, operating_point=operating_point, layer=layer)
