"""Read the structure of AVIF files (AVIF 1.1, MIAF, HEIF). Nothing is decoded here.

file ── boxes ──▶ items and properties ──▶ AvifFile: coded images, alpha, colour, transforms, metadata
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from cfl.av1.headers.bits import BitReader, Bytes
from cfl.av1.headers.obu import OBU_SEQUENCE_HEADER, Obu, iter_obus
from cfl.container.boxes import Box, file_boxes, four_cc
from cfl.container.brands import BRANDS, OTHER_PICTURES, SEQUENCE_BRAND
from cfl.container.image_track import ImageTrack, read_alpha_track, read_track
from cfl.container.meta_box import Item, Meta, read_meta
from cfl.container.properties import ALPHA_URNS, NOT_NEEDED, PARSERS, Av1Config, CleanAperture, Nclx
from cfl.errors import BitstreamError, CflError, UnsupportedFeature
from cfl.frames import ContentLight, MasteringDisplay
from cfl.frames.metadata import is_exif
from cfl.remarks import remark

XMP_TYPE = "application/rdf+xml"
ALL_LAYERS = 0xFFFF
_TRANSFORMS = ("clap", "irot", "imir")
_SHARED_BYTES = 1 << 20
"""Bytes that a grid's tiles, of which some may be the same item, can have in total beyond the file's size."""


@dataclass(frozen=True, slots=True)
class CodedImage:
    """One AV1 image of an AVIF file: an item `av01`, or the first sample of a track.

    Attributes
    ----------
    item_id : int
        Id of the item; 0 for a sample.
    data : memoryview
        Its OBUs, in the low-overhead format.
    offset : int
        Of the first byte, from the start of the file.
    config : Av1Config
        Its property av1C.
    width : int
        In samples, from ispe or the sample entry.
    height : int
        In samples, from ispe or the sample entry.
    bits_per_channel : tuple of int
        From pixi; empty without it.
    operating_point : int
        The operating point to decode, 0 to 31, from a1op.
    layer : int or None
        The spatial layer to show, from lsel; None for the last one that is decoded.
    is_layered : bool
        Whether there are several layers, as the property a1lx says.

    See Also
    --------
    read_avif : Finds the images of a file.
    GridImage : A picture made of several images.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 24, 3), np.uint8)), speed=10)
    >>> image = cfl.container.read_avif(data).primary
    >>> image.width, image.height, image.bits_per_channel
    (24, 16, (8, 8, 8))
    >>> [obu.header.obu_type for obu in image.obus()]  # a sequence header and a frame
    [1, 6]
    """

    item_id: int
    data: memoryview
    offset: int
    config: Av1Config
    width: int
    height: int
    bits_per_channel: tuple[int, ...] = ()
    operating_point: int = 0
    layer: int | None = None
    is_layered: bool = False

    def obus(self) -> Iterator[Obu]:
        """Yield the OBUs, with their offsets in the file.

        If only av1C has a sequence header, its OBUs come first.

        Yields
        ------
        obu : cfl.av1.headers.obu.Obu
            Header, payload and place of an OBU.

        Raises
        ------
        BitstreamError
            The data end within an OBU.

        See Also
        --------
        read_obu_file : The OBUs of a stream.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8)), speed=10)
        >>> image = cfl.container.read_avif(data).primary
        >>> [obu.header.obu_type for obu in image.obus()]  # a sequence header and a frame
        [1, 6]
        """
        if not any(obu.header.obu_type == OBU_SEQUENCE_HEADER for obu in self._own_obus()):
            yield from iter_obus(self.config.config_obus)
        yield from self._own_obus()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with the bytes."""
        values = {name.name: getattr(self, name.name) for name in fields(self)}
        return _unpickled, (values | {"data": bytes(self.data)},)

    def _own_obus(self) -> Iterator[Obu]:
        return iter_obus(self.data, self.offset, last_may_be_unsized=True)


def _unpickled(values: dict[str, Any]) -> CodedImage:
    return CodedImage(**values | {"data": memoryview(values["data"])})


@dataclass(frozen=True, slots=True)
class GridImage:
    """A picture made of tiles (item type `grid`).

    Attributes
    ----------
    rows : int
        Rows of tiles, 1 to 256.
    columns : int
        Columns of tiles, 1 to 256.
    width : int
        Of the picture, in samples. The tiles together may be larger; they are cut off.
    height : int
        Of the picture, in samples.
    tiles : list of CodedImage
        Row by row, all of one size.

    See Also
    --------
    CodedImage : A tile.
    read_avif : Finds the images of a file.

    Examples
    --------
    >>> from cfl.container import Av1Config, CodedImage, GridImage
    >>> tile = CodedImage(1, memoryview(b""), 0, Av1Config(), width=64, height=64)
    >>> grid = GridImage(1, 2, 100, 64, [tile, tile])
    >>> grid.columns * grid.tiles[0].width >= grid.width
    True
    """

    rows: int
    columns: int
    width: int
    height: int
    tiles: list[CodedImage]


@dataclass(frozen=True, slots=True)
class AvifFile:
    """What an AVIF file says about its picture; `read_avif` makes it.

    Attributes
    ----------
    brands : tuple of str
        The major brand, then the compatible ones.
    primary : CodedImage or GridImage
        The picture.
    alpha : CodedImage, GridImage or None
        Its alpha, if there is an alpha auxiliary item.
    premultiplied : bool
        Whether the colours are multiplied by alpha.
    nclx : Nclx or None
        Colour as CICP code points.
    icc : bytes or None
        Colour as an ICC profile; a file may have both.
    clap : CleanAperture or None
        The part to show. It is applied first, then `irot`, then `imir`.
    irot : int
        Turns by 90° anti-clockwise, 0 to 3.
    imir : int or None
        Mirror: 0 exchanges top and bottom, 1 left and right; None for no mirror.
    pixel_aspect : (int, int) or None
        Horizontal and vertical spacing of pixels.
    content_light : ContentLight or None
        How bright an HDR picture is.
    mastering_display : MasteringDisplay or None
        The display that an HDR picture was made on.
    exif : bytes or None
        Exif from the TIFF header on.
    xmp : bytes or None
        XMP packet.
    items : dict
        Every item of the file by its id.
    track : ImageTrack or None
        The image sequence, if the major brand is avis or there is no primary item.
    alpha_track : ImageTrack or None
        Alpha of the image sequence.

    See Also
    --------
    read_avif : Makes it.
    decode : The pictures themselves.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8)), speed=10)
    >>> file = cfl.container.read_avif(data)
    >>> file.brands[0], file.nclx.matrix_coefficients, file.alpha, file.irot
    ('avif', 6, None, 0)
    >>> file.is_first_of_track()
    False
    """

    brands: tuple[str, ...]
    primary: CodedImage | GridImage
    alpha: CodedImage | GridImage | None = None
    premultiplied: bool = False
    nclx: Nclx | None = None
    icc: bytes | None = None
    clap: CleanAperture | None = None
    irot: int = 0
    imir: int | None = None
    pixel_aspect: tuple[int, int] | None = None
    content_light: ContentLight | None = None
    mastering_display: MasteringDisplay | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    items: dict[int, Item] = field(default_factory=dict)
    track: ImageTrack | None = None
    alpha_track: ImageTrack | None = None

    def is_first_of_track(self) -> bool:
        """Return whether the primary image is the first sample of the track.

        Returns
        -------
        is_first : bool
            Usually True for an image sequence. False if the primary image is another one, or there is no
            track.

        See Also
        --------
        read_avif : Says which image is the primary one.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8)), speed=10)
        >>> cfl.container.read_avif(data).is_first_of_track()  # a file of one picture has no track
        False
        """
        first = None if self.track is None else next(self.track.samples(), None)
        return first is not None and isinstance(self.primary, CodedImage) and self.primary.data == first.data


def read_avif(data: Bytes) -> AvifFile:
    """Return what an AVIF file says about its picture.

    The picture is the primary item, or else the first sample of the AV1 track. The track is described too if
    the file is an image sequence. Nothing is decoded.

    Parameters
    ----------
    data : bytes-like
        The whole file.

    Returns
    -------
    file : AvifFile
        Coded images, alpha, colour, transforms and metadata.

    Raises
    ------
    BitstreamError
        The file breaks the rules of its boxes.
    UnsupportedFeature
        The picture needs an item type, an essential property or a derivation that is not supported; the
        message names it.

    See Also
    --------
    decode : The pictures themselves.
    write_avif : Make such a file.
    cfl.inspect : The decisions of the encoder.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Image File Format (AVIF)", version 1.1.0.
    .. [2] ISO/IEC 23008-12 (HEIF), ISO/IEC 23000-22 (MIAF).

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.rgb_to_frame(np.zeros((16, 24, 3), np.uint8)).replace(xmp=b"<x:xmpmeta/>")
    >>> file = cfl.container.read_avif(cfl.encode(frame, speed=10))
    >>> file.primary.width, file.primary.height, file.primary.config.subsampling, file.xmp
    (24, 16, '4:2:0', b'<x:xmpmeta/>')
    """
    boxes = _top_boxes(data)
    if "ftyp" not in boxes:
        raise BitstreamError("not an AVIF file: it does not start with ftyp", 0)
    brands = _brands(boxes["ftyp"])
    meta = read_meta(boxes["meta"]) if "meta" in boxes else None
    primary_id = None if meta is None else meta.primary_id
    track = alpha_track = None
    if "moov" in boxes and (primary_id is None or brands[0] == SEQUENCE_BRAND):
        track = read_track(boxes["moov"])
        alpha_track = read_alpha_track(boxes["moov"], track)
    if meta is not None and primary_id is not None:
        file = _primary_or_first(meta, primary_id, brands, track, alpha_track)
    elif track is not None:
        file = _first_samples(brands, track, alpha_track)
    else:
        raise BitstreamError("the file has neither a primary item nor a track", 0)
    return replace(file, track=track, alpha_track=alpha_track)


def _top_boxes(data: Bytes) -> dict[str, Box]:
    """The boxes of the file by type; bytes after those that are needed, which are no box, do not matter."""
    boxes: dict[str, Box] = {}
    try:
        for box in file_boxes(data):
            if box.type in ("ftyp", "meta", "moov") and box.type in boxes:
                raise BitstreamError(f"two boxes {box.type!r} in the file", box.start)
            if not boxes and box.type != "ftyp":
                break
            boxes[box.type] = box
    except BitstreamError as error:
        if "meta" not in boxes and "moov" not in boxes:
            raise
        remark(f"what follows the picture's boxes is ignored: {error}")
    return boxes


def _primary_or_first(
    meta: Meta,
    primary_id: int,
    brands: tuple[str, ...],
    track: ImageTrack | None,
    alpha_track: ImageTrack | None,
) -> AvifFile:
    """The primary item; if it is damaged, the first sample of the track, where there is one."""
    try:
        return _PictureItems(meta).describe(brands, primary_id)
    except CflError as error:
        if track is None:
            raise
        remark(f"the first frame of the sequence is shown in place of the primary item: {error}")
        return _first_samples(brands, track, alpha_track)


def _brands(box: Box) -> tuple[str, ...]:
    io = box.reader()
    major = four_cc(io)
    io.f(32)
    brands = (major, *(four_cc(io) for _ in range(io.rest() // 4)))
    if not any(brand in BRANDS for brand in brands):
        named = ", ".join(brands[:8])
        if any(brand in OTHER_PICTURES for brand in brands):
            raise BitstreamError(f"not an AVIF file: its brands are {named}", box.start)
        raise UnsupportedFeature(f"an MP4 file (its brands are {named}), not AVIF")
    return brands


def _first_samples(brands: tuple[str, ...], track: ImageTrack, alpha_track: ImageTrack | None) -> AvifFile:
    values = [value for _, value in track.properties]
    aspects = [value for name, value in track.properties if name == "pasp"]
    return AvifFile(
        brands,
        _first_sample(track),
        None if alpha_track is None else _first_sample(alpha_track),
        nclx=_first(values, Nclx),
        icc=_first(values, bytes),
        pixel_aspect=_first(aspects, tuple),
        content_light=_first(values, ContentLight),
        mastering_display=_first(values, MasteringDisplay),
    )


def _first_sample(track: ImageTrack) -> CodedImage:
    sample = next(track.samples(), None)
    if sample is None:
        raise BitstreamError("the track has no samples", track.start)
    return CodedImage(0, sample.data, sample.offset, track.config, track.width, track.height)


def _first(values: list[Any], kind: type) -> Any:
    return next((value for value in values if isinstance(value, kind)), None)


class _PictureItems:
    """Finds the items that make up the primary picture."""

    def __init__(self, meta: Meta):
        self.meta = meta
        self._said = False
        self._auxiliary: defaultdict[int, list[int]] | None = None

    def describe(self, brands: tuple[str, ...], primary_id: int) -> AvifFile:
        primary = self._image(primary_id)
        alpha, premultiplied = self._alpha(primary_id, primary)
        properties = self._properties(primary_id)
        if any(item.item_type == "tmap" for item in self.meta.items.values()):
            remark("the gain map is dropped; the picture is the one without it")
        colours = properties.get("colr", [])
        if isinstance(primary, GridImage) and not colours:
            colours = self._properties(primary.tiles[0].item_id).get("colr", [])
        return AvifFile(
            brands,
            primary,
            alpha,
            premultiplied=premultiplied,
            nclx=_first(colours, Nclx),
            icc=_first(colours, bytes),
            clap=self._only(properties, "clap"),
            irot=self._only(properties, "irot") or 0,
            imir=self._only(properties, "imir"),
            pixel_aspect=_first(properties.get("pasp", []), tuple),
            content_light=_first(properties.get("clli", []), ContentLight),
            mastering_display=_first(properties.get("mdcv", []), MasteringDisplay),
            exif=self._exif(primary_id),
            xmp=self._metadata(primary_id, "mime", XMP_TYPE),
            items=self.meta.items,
        )

    def _alpha(
        self, primary_id: int, primary: CodedImage | GridImage
    ) -> tuple[CodedImage | GridImage | None, bool]:
        """The alpha image, and whether the colours are multiplied by it."""
        alpha_id = self._alpha_id(primary_id)
        if alpha_id is None:
            return self._alpha_of_tiles(primary) if isinstance(primary, GridImage) else (None, False)
        alpha = self._image(alpha_id)
        if (alpha.width, alpha.height) != (primary.width, primary.height):
            sizes = f"{alpha.width}x{alpha.height}, not {primary.width}x{primary.height}"
            raise BitstreamError(f"the alpha item is {sizes}", self._item(alpha_id).offset)
        return alpha, alpha_id in self._references("prem", primary_id)

    def _alpha_of_tiles(self, grid: GridImage) -> tuple[GridImage | None, bool]:
        """The alpha items of a grid's tiles as a grid like that of the colours."""
        found = {tile_id: self._alpha_id(tile_id) for tile_id in {tile.item_id for tile in grid.tiles}}
        ids = {tile_id: alpha_id for tile_id, alpha_id in found.items() if alpha_id is not None}
        if len(ids) < len(found):
            if ids:
                remark(f"alpha is dropped: only {len(ids)} of the grid's {len(found)} tiles have it")
            return None, False
        coded = {tile_id: self._coded(self._item(alpha_id)) for tile_id, alpha_id in ids.items()}
        self._check_bytes([coded[tile.item_id] for tile in grid.tiles])
        premultiplied = all(ids[tile_id] in self._references("prem", tile_id) for tile_id in ids)
        return replace(grid, tiles=[coded[tile.item_id] for tile in grid.tiles]), premultiplied

    def _references(self, kind: str, from_id: int) -> list[int]:
        return self.meta.references.get((kind, from_id), [])

    def _properties(self, item_id: int) -> dict[str, list[Any]]:
        """Values by type; an essential property that is not understood is an error."""
        result: dict[str, list[Any]] = {}
        for name, value, essential in self.meta.properties(item_id):
            if name in PARSERS:
                result.setdefault(name, []).append(value)
            elif essential and name not in NOT_NEEDED:
                raise UnsupportedFeature(f"essential property {name!r} of item {item_id}")
        return result

    def _only(self, properties: dict[str, list[Any]], name: str) -> Any:
        values = properties.get(name, [])
        if len(values) > 1:
            raise BitstreamError(f"an item has {len(values)} properties {name!r}")
        return values[0] if values else None

    def _item(self, item_id: int) -> Item:
        item = self.meta.items.get(item_id)
        if item is None:
            raise BitstreamError(f"iinf: there is no item {item_id}")
        if item.is_protected:
            raise UnsupportedFeature(f"protected item {item_id}")
        return item

    def _image(self, item_id: int) -> CodedImage | GridImage:
        item = self._item(item_id)
        if item.item_type == "av01":
            return self._coded(item)
        if item.item_type == "grid":
            return self._grid(item)
        raise UnsupportedFeature(f"image of item type {item.item_type!r}")

    def _coded(self, item: Item) -> CodedImage:
        properties = self._properties(item.item_id)
        config = self._only(properties, "av1C")
        ispe = self._only(properties, "ispe")
        if config is None or ispe is None:
            missing = "av1C" if config is None else "ispe"
            raise BitstreamError(f"item {item.item_id} has no property {missing!r}", item.offset)
        layer = self._only(properties, "lsel")
        data, offset = self.meta.item_data(item.item_id)
        return CodedImage(
            item.item_id,
            data,
            offset,
            config,
            width=ispe[0],
            height=ispe[1],
            bits_per_channel=self._only(properties, "pixi") or (),
            operating_point=self._only(properties, "a1op") or 0,
            layer=None if layer == ALL_LAYERS else layer,
            is_layered="a1lx" in properties,
        )

    def _grid(self, item: Item) -> GridImage:
        rows, columns, width, height = self._grid_layout(item)
        ids = self._references("dimg", item.item_id)
        if len(ids) != rows * columns:
            raise BitstreamError(f"grid of {rows}x{columns} with {len(ids)} tiles", item.offset)
        tiles: dict[int, CodedImage] = {}
        for tile_id in ids:
            if tile_id not in tiles:
                tiles[tile_id] = self._grid_tile(tile_id, item.item_id)
        self._check_bytes([tiles[tile_id] for tile_id in ids])
        grid = GridImage(rows, columns, width, height, [tiles[tile_id] for tile_id in ids])
        tile_width, tile_height = grid.tiles[0].width, grid.tiles[0].height
        same = all((tile.width, tile.height) == (tile_width, tile_height) for tile in tiles.values())
        covers = tile_width * columns >= width and tile_height * rows >= height
        if not same or not covers:
            problem = "do not cover the picture" if same else "are of different sizes"
            raise BitstreamError(f"grid: its tiles {problem}", item.offset)
        return grid

    def _check_bytes(self, tiles: list[CodedImage]) -> None:
        """Tiles may be the same item, but not so that they take many times the file's bytes."""
        if sum(len(tile.data) for tile in tiles) > len(self.meta.data) + _SHARED_BYTES:
            raise BitstreamError("grid: its tiles together are larger than the file", tiles[0].offset)

    def _grid_layout(self, item: Item) -> tuple[int, int, int, int]:
        data, offset = self.meta.item_data(item.item_id)
        io = BitReader(data, base=offset)
        io.check(io.f(8) == 0, "grid: its version is not 0")
        bits = 32 if io.f(8) & 1 else 16
        rows, columns = io.f(8) + 1, io.f(8) + 1
        width, height = io.f(bits), io.f(bits)
        io.check(width > 0 and height > 0, f"grid: a picture of {width}x{height} does not exist")
        ispe = self._only(self._properties(item.item_id), "ispe")
        io.check(ispe in (None, (width, height)), "grid: its size is not that of its property ispe")
        return rows, columns, width, height

    def _grid_tile(self, tile_id: int, grid_id: int) -> CodedImage:
        """A tile. Some encoders repeat the grid's transforms on its tiles; the grid's own are what counts."""
        tile = self._item(tile_id)
        if tile.item_type != "av01":
            raise UnsupportedFeature(f"grid of items of type {tile.item_type!r}")
        own, grids = self._properties(tile_id), self._properties(grid_id)
        repeated = [name for name in _TRANSFORMS if name in own]
        if any(own[name] != grids.get(name) for name in repeated):
            raise UnsupportedFeature("grid of tiles that are transformed")
        if repeated and not self._said:
            self._said = True
            remark("the grid's tiles repeat its crop, rotation or mirror; it is applied once, to the whole")
        return self._coded(tile)

    def _alpha_id(self, image_id: int) -> int | None:
        """The alpha item of an image; None if it has none. The items of all images are listed once."""
        if self._auxiliary is None:
            self._auxiliary = defaultdict(list)
            for (kind, from_id), to_ids in self.meta.references.items():
                if kind == "auxl" and from_id in self.meta.items:
                    for to_id in to_ids:
                        self._auxiliary[to_id].append(from_id)
        return next((aux_id for aux_id in self._auxiliary.get(image_id, ()) if self._is_alpha(aux_id)), None)

    def _is_alpha(self, item_id: int) -> bool:
        properties = self.meta.properties(item_id)
        return any(name == "auxC" and value in ALPHA_URNS for name, value, _ in properties)

    def _exif(self, primary_id: int) -> bytes | None:
        block = self._metadata(primary_id, "Exif", "")
        if block is None:
            return None
        exif = block[int.from_bytes(block[:4]) + 4 :]
        if not is_exif(exif):
            remark("Exif is damaged and is left out")
            return None
        return exif

    def _metadata(self, primary_id: int, item_type: str, content_type: str) -> bytes | None:
        """The bytes of the first item of a type that describes the picture."""
        for item in self.meta.items.values():
            described = primary_id in self._references("cdsc", item.item_id)
            if described and (item.item_type, item.content_type) == (item_type, content_type):
                try:
                    return bytes(self.meta.item_data(item.item_id)[0])
                except CflError as error:
                    remark(f"{item_type if not content_type else 'XMP'} is damaged and is left out: {error}")
        return None
