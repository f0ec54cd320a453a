"""`inspect`: an AV1 file and everything that its encoder decided."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cfl.arguments import whole
from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, sample_dtype
from cfl.frames._input import naming
from cfl.frames.matrices import IDENTITY
from cfl.inspection import summary
from cfl.inspection.blocks import table_of
from cfl.inspection.cfl_blocks import Reconstruction, measure_cfl
from cfl.inspection.coded_pictures import CodedPicture, Part, read_coded_picture
from cfl.inspection.headers import in_plain_words
from cfl.sources import Source, as_source

if TYPE_CHECKING:
    import pandas
    import pyarrow


class FilterChoices(NamedTuple):
    """What the tiles of a coded frame say of its in-loop filters.

    Attributes
    ----------
    cdef_idx : (rows, columns) int8 array
        For each 64x64 luma samples; -1 where CDEF is off.
    lr_type : (3, rows, columns) int8 array
        For each restoration unit of each plane: 0 none, 1 Wiener, 2 self-guided.
    """

    cdef_idx: np.ndarray
    lr_type: np.ndarray


@dataclass(frozen=True, eq=False)
class Inspection:
    """A coded picture: its headers, its blocks and its decoded samples; `inspect` makes it.

    Attributes
    ----------
    picture : CodedPicture
        The headers, as they are coded.
    blocks : structured array
        One row for each block, in coding order. `cfl.inspection.BLOCK_FIELDS` explains the columns. Modes,
        partitions and transforms are numbers, named by `cfl.inspection.IntraMode` and its like. Blocks may
        reach beyond the picture's edge: it is coded up to a multiple of 8 samples, and a grid is cut.
    frame : Frame
        The decoded picture, without film grain, crop and rotation.
    reconstruction : list of (height, width) uint16 arrays
        One or three planes of the coded picture before the in-loop filters. The blocks lie on their grid:
        with superres it is narrower than `frame`.
    has_reference : bool
        Whether errors are measured against a reference; if not, they are measured against `reconstruction`.
    part_of_block : (blocks,) int array, optional
        Which of ``picture.parts`` each block belongs to; None: the first.
    remarks : list of str
        How the reference was converted, a line each.
    reference : Frame, optional
        The reference in the form of the coded picture.
    filters : list of FilterChoices
        What the tiles say of the in-loop filters, for each of ``picture.parts``.

    See Also
    --------
    inspect : Makes it.
    cfl.inspection.draw : Draws it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3))
    >>> u, v = (np.round(chroma).astype(np.uint8) for chroma in (100 + half / 2, 200 - half / 4))
    >>> frame = cfl.Frame(luma, u, v)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ramp.avif")
    ...     _ = path.write_bytes(cfl.encode(frame, quality=80, speed=10, tune="psnr"))
    ...     inspection = cfl.inspect(path)
    >>> inspection
    Inspection(AVIF, Frame(16x16, 4:2:0, 8 bit), 1 blocks)
    >>> inspection.headers["quantizer"].split(",")[0]
    'base_q_idx 52 of 255'
    >>> inspection.summary["uv_modes"]
    {'UV_CFL_PRED': {'blocks': 1, 'samples': 64, 'share': 1.0}}
    >>> inspection.map("cfl_alpha_u", chroma=True).tolist()
    [[4, 4, 4, 4], [4, 4, 4, 4], [4, 4, 4, 4], [4, 4, 4, 4]]
    >>> inspection.block_map().shape, inspection.chroma_samples.tolist(), inspection.as_dict()["format"]
    ((4, 4), [64], 'AVIF')
    """

    picture: CodedPicture
    blocks: np.ndarray
    frame: Frame
    reconstruction: list[np.ndarray]
    has_reference: bool = False
    part_of_block: np.ndarray | None = None
    remarks: list[str] = field(default_factory=list)
    reference: Frame | None = None
    filters: list[FilterChoices] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Inspection({self.picture.format}, {self.frame!r}, {len(self.blocks)} blocks)"

    def _repr_html_(self) -> str:
        """The picture, its chroma modes and what they come to, for notebooks."""
        from cfl.inspection.notebook import markup

        return markup(self)

    @property
    def headers(self) -> dict[str, str]:
        """The headers in words, by subject.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.avif")
        ...     _ = path.write_bytes(cfl.encode(frame, speed=10, tune="psnr"))
        ...     inspection = cfl.inspect(path)
        >>> inspection.headers["picture"]
        '16x16, 4:2:0, 8 bit'
        """
        return in_plain_words(self.picture)

    @property
    def chroma_samples(self) -> np.ndarray:
        """How many visible samples of a chroma plane each block codes; (n,) int64.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.avif")
        ...     _ = path.write_bytes(cfl.encode(frame, speed=10, tune="psnr"))
        ...     inspection = cfl.inspect(path)
        >>> int(inspection.chroma_samples.sum())
        64
        """
        height, width = self.reconstruction[0].shape
        return self._chroma_samples(width, height)

    @property
    def summary(self) -> dict[str, Any]:
        """Shares of the chroma's area by uv_mode, frequent pairs of α, bits, and the gain of CfL.

        Blocks without a visible sample are left out. The bits of a coded frame that a grid shows several
        times are counted once.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.avif")
        ...     _ = path.write_bytes(cfl.encode(frame, speed=10, tune="psnr"))
        ...     inspection = cfl.inspect(path)
        >>> sorted(inspection.summary)
        ['alpha_pairs', 'bits', 'blocks', 'cfl', 'target', 'uv_modes']
        """
        samples = self.chroma_samples
        first = self._first_showings()
        parts = [self.picture.parts[index] for index in first]
        tile_bytes = sum(len(tile.data) for part in parts for tile in part.coded.tiles)
        frame_bytes = sum(part.coded.size for part in parts)
        coded = self.blocks[np.isin(self._parts(), first)]
        return {
            "target": "reference" if self.has_reference else "reconstruction",
            "blocks": len(self.blocks),
            "uv_modes": summary.uv_mode_shares(self.blocks, samples),
            "alpha_pairs": summary.alpha_pairs(self.blocks, samples),
            "bits": summary.bits_spent(coded, tile_bytes, frame_bytes, self.picture.file_size),
            "cfl": summary.cfl_gain(self.blocks, samples, self._chroma_samples(_FAR, _FAR)),
        }

    def _parts(self) -> np.ndarray:
        """Which of the picture's parts each block is of."""
        return np.zeros(len(self.blocks), np.int64) if self.part_of_block is None else self.part_of_block

    def _first_showings(self) -> list[int]:
        """The parts, but of those that are the same coded frame in the file the first."""
        places = [part.coded.offset for part in self.picture.parts]
        return [index for index, place in enumerate(places) if places.index(place) == index]

    def _chroma_samples(self, width: int, height: int) -> np.ndarray:
        """The chroma samples of each block inside its coded frame, and inside this many luma samples."""
        if self.frame.subsampling == "4:0:0":
            return np.zeros(len(self.blocks), np.int64)
        shifts = self.frame.subsampling_x, self.frame.subsampling_y
        sizes = [(part, part.coded.header.size) for part in self.picture.parts]
        right = np.array([min(part.x + size.frame_width, width) for part, size in sizes])
        bottom = np.array([min(part.y + size.frame_height, height) for part, size in sizes])
        of_block = self._parts()
        return summary.chroma_samples(self.blocks, shifts, right[of_block], bottom[of_block])

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the blocks and the samples, for JSON.

        Returns
        -------
        report : dict
            Size, format, headers in words and as they are coded, and the summary.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.avif")
        ...     _ = path.write_bytes(cfl.encode(frame, speed=10, tune="psnr"))
        ...     inspection = cfl.inspect(path)
        >>> report = inspection.as_dict()
        >>> report["format"], report["width"], report["summary"]["blocks"]
        ('AVIF', 16, 1)
        """
        return {
            "format": self.picture.format,
            "width": self.picture.width,
            "height": self.picture.height,
            "subsampling": self.frame.subsampling,
            "bit_depth": self.frame.bit_depth,
            "headers": self.headers,
            "summary": self.summary,
            "remarks": self.remarks,
            "sequence_header": asdict(self.picture.sequence),
            "frame_headers": [asdict(part.coded.header) for part in self.picture.parts],
        }

    def to_html(self, title: str = "") -> str:
        """Make a page of HTML to look around in: the picture, every block, layers, tables, and a search.

        Parameters
        ----------
        title : str, default ""
            For instance the file's name.

        Returns
        -------
        page : str
            It needs a browser and nothing else. Write it with ``path.write_text(page, encoding="utf-16")``;
            UTF-8 works as well, and makes a larger file.

        See Also
        --------
        cfl.viewer.html_page : The same, of several frames.
        cfl.inspection.draw : A figure that does not move.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> inspection = cfl.inspect(cfl.encode(frame, speed=10))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.html")
        ...     _ = path.write_text(inspection.to_html("gray"), encoding="utf-16")
        """
        from cfl.viewer import html_page

        return html_page(self, title)

    def to_arrow(self) -> "pyarrow.Table":
        """Return the blocks as a table of Arrow.

        Returns
        -------
        table : pyarrow.Table
            A row for each block, with the columns of `blocks`. Modes, partitions and transform sizes are
            dictionaries of names, null where there is none; `tx_types` stays a number.

        See Also
        --------
        to_pandas : The same for pandas.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> table = cfl.inspect(cfl.encode(frame, speed=10)).to_arrow()
        >>> table.num_rows, table["uv_mode"].to_pylist()
        (1, ['DC_PRED'])
        """
        from cfl.inspection.notebook import arrow_table

        return arrow_table(self.blocks)

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the blocks as a table of pandas, which must be installed.

        Returns
        -------
        table : pandas.DataFrame
            As `to_arrow`, with categories for names.

        See Also
        --------
        to_arrow : The same for Arrow.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> table = cfl.inspect(cfl.encode(frame, speed=10)).to_pandas()
        >>> table.loc[0, "uv_mode"], int(table.loc[0, "w"])
        ('DC_PRED', 16)
        """
        return self.to_arrow().to_pandas()

    def map(self, field: str, *, chroma: bool = False) -> np.ndarray:
        """Return a column of `blocks` as a picture, one pixel for each 4x4 luma samples.

        Parameters
        ----------
        field : str
            Name of a column of `blocks`.
        chroma : bool, default False
            Whether to take the block that codes the chroma there, not the luma. They differ in small blocks.

        Returns
        -------
        map : (rows, columns) array
            Of the column's dtype.

        Raises
        ------
        ValueError
            There is no column of that name.

        See Also
        --------
        block_map : Which block lies where.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.avif")
        ...     _ = path.write_bytes(cfl.encode(frame, speed=10, tune="psnr"))
        ...     inspection = cfl.inspect(path)
        >>> inspection.map("qindex")[0].tolist()
        [100, 100, 100, 100]
        """
        return self.blocks[field][self.block_map(chroma=chroma)]

    def block_map(self, *, chroma: bool = False) -> np.ndarray:
        """Return the index of the block at each 4x4 luma samples.

        Parameters
        ----------
        chroma : bool, default False
            Whether to take the block that codes the chroma there, not the luma.

        Returns
        -------
        index : (rows, columns) int64 array
            Rows of `blocks`.

        See Also
        --------
        map : A column of the blocks as a picture.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import numpy as np
        >>> import cfl
        >>> frame = cfl.rgb_to_frame(np.full((16, 16, 3), 200, np.uint8))
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "gray.avif")
        ...     _ = path.write_bytes(cfl.encode(frame, speed=10, tune="psnr"))
        ...     inspection = cfl.inspect(path)
        >>> inspection.block_map()[0].tolist()
        [0, 0, 0, 0]
        """
        height, width = self.reconstruction[0].shape
        index = np.zeros((height + 3 >> 2, width + 3 >> 2), np.int64)
        shifts = self.frame.subsampling_x, self.frame.subsampling_y
        for i, (x, y, w, h, has_chroma) in enumerate(self.blocks[_PLACE].tolist()):
            row, column = y >> 2, x >> 2
            end_row, end_column = row + (h >> 2), column + (w >> 2)
            if chroma:
                if not has_chroma:
                    continue
                column, row = column >> shifts[0] << shifts[0], row >> shifts[1] << shifts[1]
            index[row:end_row, column:end_column] = i
        return index


_FAR = 1 << 30
"""Beyond any picture, in luma samples."""
_POSITIONS = {1: "left", 2: "topleft"}
"""chroma_sample_position; 0 is unknown."""

_PLACE = ["x", "y", "w", "h", "has_chroma"]


def inspect(
    path: Source,
    *,
    reference: Source | Frame | None = None,
    frame: int = 0,
    max_pixels: int | None = DEFAULT_MAX_PIXELS,
) -> Inspection:
    """Read what the encoder of an AV1 file decided in each block.

    Parameters
    ----------
    path : path-like, bytes or binary file
        An AVIF, IVF, Section 5 OBU or Annex B file.
    reference : path-like, bytes, binary file or Frame, optional
        The original, to measure errors against. It is converted to the range, matrix, subsampling, bit depth
        and colour of the coded picture.
    frame : int, default 0
        Which of the frames that the file shows; the first is 0. The others are not decoded.
    max_pixels : int or None, default 178,956,970
        Width times height above which a picture is refused before memory is allocated for it; None for no
        limit.

    Returns
    -------
    inspection : Inspection
        Headers, blocks and samples.

    Raises
    ------
    BitstreamError
        The file is damaged or is not AV1.
    UnsupportedFeature
        The file needs a feature that is not supported; see `cfl.container.decode`.
    FrameError
        The file cannot be read, has no such frame or is too large, or the reference does not fit.

    See Also
    --------
    cfl.inspection.draw : A figure of the result.
    cfl.inspection.BLOCK_FIELDS : What the columns of the blocks mean.
    cfl.predict : What CfL could do for a picture.

    Notes
    -----
    The target of CfL is the reference's chroma. Without a reference it is the coded chroma before the in-loop
    filters: prediction plus residual. Then the squared error of a prediction is the energy of the residual
    that had to be coded, and a block without coefficients has an error of 0 by definition. The output of the
    filters is not used, because they mix blocks, and with superres their output does not lie on the blocks'
    grid.

    The bits of a block come from the state of the range decoder, fractions included. A tile's partition
    symbols and loop restoration units belong to no block; the summary has them as `other`.

    Examples
    --------
    Cb of this picture rises with luma, by half as much. The encoder found that α, 4 eighths:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3))
    >>> u, v = (np.round(chroma).astype(np.uint8) for chroma in (100 + half / 2, 200 - half / 4))
    >>> frame = cfl.Frame(luma, u, v)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "ramp.avif")
    ...     _ = path.write_bytes(cfl.encode(frame, quality=80, speed=10, tune="psnr"))
    ...     inspection = cfl.inspect(path, reference=frame)
    >>> inspection.blocks[["x", "y", "w", "h", "cfl_alpha_u", "cfl_alpha_v"]].tolist()
    [(0, 0, 16, 16, 4, -2)]
    >>> bool((inspection.blocks["sse_u"] < inspection.blocks["sse_dc_u"]).all())
    True
    """
    path = as_source(path)
    frame = whole("frame", frame, 0)
    max_pixels = None if max_pixels is None else whole("max_pixels", max_pixels, 1)
    picture = read_coded_picture(path, frame, max_pixels)
    original, remarks = (None, []) if reference is None else _reference(reference, picture, max_pixels)
    tables, filters = [], []
    planes, decoded = _empty_planes(picture, False), _empty_planes(picture, True)
    for part in picture.parts:
        with naming(str(path)):
            table, of, filtered, choices = _inspect_part(part, original)
        tables.append(table)
        filters.append(choices)
        _place(planes, of.crop(), part, picture)
        _place(decoded, filtered, part, picture)
    frame_ = _frame_of(picture, decoded)
    of_part = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    return Inspection(
        picture, np.concatenate(tables), frame_, planes, reference is not None, of_part, remarks, original,
        filters,
    )  # fmt: skip


def _inspect_part(
    part: Part, original: Frame | None
) -> tuple[np.ndarray, Reconstruction, list[np.ndarray], FilterChoices]:
    """The table of a coded frame, placed in the picture; its reconstruction, decoded planes and filters."""
    from cfl.av1.decoder import Decoder
    from cfl.av1.filters.postfilter import postfilter
    from cfl.av1.tile.tiles import BlockRecorder, decode_tiles, frame_buffers

    coded = part.coded
    recorder = BlockRecorder()
    planes = list(frame_buffers(coded))
    decoder = Decoder()
    for earlier in part.needed:
        decoder.decode(earlier)
    arrays = decode_tiles(coded, planes, recorder=recorder, context=decoder.context(coded))
    of = Reconstruction(coded, [plane.copy() for plane in planes])
    filtered = postfilter(coded.sequence, coded.header, planes, arrays)
    table = table_of(recorder.blocks)
    if len(of.planes) > 1:
        target = None if original is None else _cut(original, part, of)
        measure_cfl(table, of, target)
    table["x"] += part.x
    table["y"] += part.y
    return table, of, filtered, FilterChoices(arrays.cdef_idx, arrays.lr_type)


def _cut(original: Frame, part: Part, of: Reconstruction) -> list[np.ndarray]:
    """The chroma of the original where a part lies; beyond the picture its last samples repeat."""
    sx, sy = of.shifts
    planes = []
    for plane, coded in zip(original.planes[1:], of.crop()[1:], strict=True):
        here = plane[part.y >> sy :, part.x >> sx :][: coded.shape[0], : coded.shape[1]]
        beyond = [(0, full - size) for full, size in zip(coded.shape, here.shape, strict=True)]
        planes.append(np.pad(here, beyond, mode="edge"))
    return planes


def _reference(
    reference: Source | Frame, picture: CodedPicture, max_pixels: int | None
) -> tuple[Frame, list[str]]:
    """The original in the form of the coded picture, and what was done for it."""
    from cfl.frames.conversion import Description, convert, words
    from cfl.reading import read

    color = picture.sequence.color_config
    if picture.parts[0].coded.header.size.use_superres:
        raise UnsupportedFeature("a reference for a picture with superres: it is coded at another width")
    if not isinstance(reference, Frame):
        reference = as_source(reference)
    name = "the reference" if isinstance(reference, Frame) else str(reference)
    if isinstance(reference, Frame):
        frame = reference
    else:
        if picture.is_transformed:
            raise UnsupportedFeature(
                "a reference file for a picture that is cropped, turned or mirrored to be shown"
            )
        limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
        frame = read(reference, keep_rgb=True, max_pixels=limit)
    primaries, transfer, matrix, full_range = _cicp(picture)
    position = _POSITIONS.get(color.chroma_sample_position, "unknown")
    to = Description(matrix, full_range, color.subsampling, color.bit_depth, primaries, transfer, position)
    changes = [] if frame.matrix_coefficients == IDENTITY else words(Description.of(frame), to)
    with naming(name):
        frame = convert(frame.replace(alpha=None, premultiplied=False), to)
    ours = picture.width, picture.height, color.subsampling, color.bit_depth
    theirs = frame.width, frame.height, frame.subsampling, frame.bit_depth
    if ours != theirs:
        forms = ["{}x{} {} {} bit".format(*form) for form in (theirs, ours)]
        raise FrameError(f"{name}: {forms[0]}, but the coded picture is {forms[1]}")
    said = (
        [f"the reference is converted to the coded picture's form: {', '.join(changes)}"] if changes else []
    )
    return frame, said


def _cicp(picture: CodedPicture) -> tuple[int, int, int, bool]:
    """Primaries, transfer, matrix and range, as the container or else the stream has them."""
    color, nclx = picture.sequence.color_config, picture.nclx
    codes = color if nclx is None else nclx
    full_range = bool(color.color_range) if nclx is None else nclx.full_range
    return codes.color_primaries, codes.transfer_characteristics, codes.matrix_coefficients, full_range


def _empty_planes(picture: CodedPicture, upscaled: bool) -> list[np.ndarray]:
    """Planes for the whole picture, at its coded or its upscaled width."""
    color, size = picture.sequence.color_config, picture.parts[0].coded.header.size
    height, width = picture.height, picture.width
    if not upscaled and size.use_superres:
        if len(picture.parts) > 1:
            raise UnsupportedFeature("a grid of images with superres")
        width = size.frame_width
    chroma = (
        height + color.subsampling_y >> color.subsampling_y,
        width + color.subsampling_x >> color.subsampling_x,
    )
    return [np.zeros(shape, np.uint16) for shape in [(height, width), chroma, chroma][: color.num_planes]]


def _place(
    target: Sequence[np.ndarray], planes: Sequence[np.ndarray], part: Part, picture: CodedPicture
) -> None:
    """Copy the planes of a part to their place in the picture."""
    color = picture.sequence.color_config
    for i, (target_plane, plane) in enumerate(zip(target, planes, strict=True)):
        sx, sy = (color.subsampling_x, color.subsampling_y) if i else (0, 0)
        here = target_plane[part.y >> sy :, part.x >> sx :][: plane.shape[0], : plane.shape[1]]
        here[:] = plane[: here.shape[0], : here.shape[1]]


def _frame_of(picture: CodedPicture, planes: list[np.ndarray]) -> Frame:
    color = picture.sequence.color_config
    primaries, transfer, matrix, full_range = _cicp(picture)
    samples = [plane.astype(sample_dtype(color.bit_depth)) for plane in planes]
    y, u, v = samples if len(samples) == 3 else (samples[0], None, None)
    return Frame(
        y,
        u,
        v,
        subsampling=color.subsampling,
        bit_depth=color.bit_depth,
        color_primaries=primaries,
        transfer_characteristics=transfer,
        matrix_coefficients=matrix,
        full_range=full_range,
    )
