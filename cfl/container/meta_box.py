"""The meta box of an image file: its items, their properties and how they relate (ISO/IEC 14496-12 8.11).

Where the bytes of an item are is in `iloc`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from cfl.container.boxes import Box, entry_count, four_cc, full_box, string
from cfl.container.iloc import FILE, IDAT, MAX_EXTENTS, MAX_ITEMS, Location, read_iloc
from cfl.container.properties import parse_property
from cfl.errors import BitstreamError, UnsupportedFeature

_MAX_PROPERTIES = (1 << 15) - 1


@dataclass(slots=True)
class Item:
    """One item, as its infe box has it."""

    item_id: int
    item_type: str
    content_type: str = ""
    is_protected: bool = False
    offset: int = 0
    """Of its infe box in the file, for messages."""


@dataclass(slots=True)
class Meta:
    """What the boxes of `meta` say."""

    data: memoryview
    primary_id: int | None = None
    items: dict[int, Item] = field(default_factory=dict)
    locations: dict[int, Location] = field(default_factory=dict)
    references: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """(type, from item): to items."""
    property_boxes: list[Box] = field(default_factory=list)
    associations: dict[int, list[tuple[int, bool]]] = field(default_factory=dict)
    """Item: (index into `property_boxes` from 1, essential) in the file's order."""
    idat: Box | None = None

    _values: dict[int, Any] = field(default_factory=dict)
    _copied: int = 0

    def properties(self, item_id: int) -> list[tuple[str, Any, bool]]:
        """(type, value, essential) of each property of an item; the value of an unknown type is None."""
        result = []
        for index, essential in self.associations.get(item_id, ()):
            if not 1 <= index <= len(self.property_boxes):
                raise self._error(f"has property {index}, which ipco has not", item_id)
            box = self.property_boxes[index - 1]
            if index not in self._values:
                self._values[index] = parse_property(box)
            result.append((box.type, self._values[index], essential))
        return result

    def item_data(self, item_id: int) -> tuple[memoryview, int]:
        """The bytes of an item, and the offset of the first in the file.

        Raises
        ------
        BitstreamError
            It has no place, or one outside of the file, or extents that overlap so that all items together
            would be larger than the file.
        """
        location = self.locations.get(item_id)
        if location is None:
            raise self._error("has no location", item_id)
        if location.data_reference_index != 0:
            raise UnsupportedFeature(f"item {item_id} is in another file")
        parts = self._parts(location, item_id)
        if len(parts) == 1:
            first, end = parts[0]
            return self.data[first:end], first
        self._copied += sum(end - first for first, end in parts)
        if self._copied > len(self.data):
            raise self._error("has extents that are larger than the file, with those before", item_id)
        joined = b"".join(self.data[first:end] for first, end in parts)
        return memoryview(joined), parts[0][0] if parts else 0

    def _parts(self, location: Location, item_id: int) -> list[tuple[int, int]]:
        """Where each extent starts and ends in the file."""
        start, end = self._source(location, item_id)
        parts = []
        for offset, length in location.extents:
            first = start + offset
            last = end if length is None else first + length
            if not first <= last <= end:
                raise self._error("lies beyond the end of its source", item_id)
            parts.append((first, last))
        return parts

    def _source(self, location: Location, item_id: int) -> tuple[int, int]:
        if location.construction_method == FILE:
            return 0, len(self.data)
        if location.construction_method == IDAT:
            if self.idat is None:
                raise self._error("is in idat, which is missing", item_id)
            return self.idat.start, self.idat.end
        raise UnsupportedFeature(f"construction method {location.construction_method} of item {item_id}")

    def _error(self, problem: str, item_id: int) -> BitstreamError:
        item = self.items.get(item_id)
        return BitstreamError(f"item {item_id} {problem}", item.offset if item else None)


def read_meta(box: Box) -> Meta:
    """The contents of a `meta` box of handler pict.

    Raises
    ------
    BitstreamError
        A box is missing, twice there, or not as the standard has it.
    """
    full_box(box.reader(), "meta")
    children: dict[str, Box] = {}
    for child in box.children(skip=4):
        if child.type in ("hdlr", "pitm", "iinf", "iloc", "iprp", "iref", "idat") and child.type in children:
            raise BitstreamError(f"two boxes {child.type!r} in meta", child.start)
        children[child.type] = child
    _handler(children, box)
    meta = Meta(box.data, idat=children.get("idat"))
    if "pitm" in children:
        io = children["pitm"].reader()
        version, _ = full_box(io, "pitm", (0, 1))
        meta.primary_id = io.f(32 if version else 16)
    if "iinf" in children:
        meta.items = _item_infos(children["iinf"])
    if "iloc" in children:
        meta.locations = read_iloc(children["iloc"])
    if "iref" in children:
        meta.references = _references(children["iref"])
    if "iprp" in children:
        _properties(children["iprp"], meta)
    return meta


def _handler(children: dict[str, Box], meta: Box) -> None:
    if "hdlr" not in children:
        raise BitstreamError("meta has no hdlr", meta.start)
    io = children["hdlr"].reader()
    full_box(io, "hdlr")
    io.f(32)
    handler = four_cc(io)
    io.check(handler == "pict", f"meta is of handler {handler!r}, not 'pict'")


def _item_infos(box: Box) -> dict[int, Item]:
    io = box.reader()
    version, _ = full_box(io, "iinf", (0, 1))
    count = entry_count(io, 32 if version else 16, MAX_ITEMS, "iinf")
    items: dict[int, Item] = {}
    for child in box.children(8 if version else 6, MAX_ITEMS):
        if child.type == "infe":
            item = _item_info(child)
            io.check(item.item_id not in items, f"iinf: item {item.item_id} is there twice")
            items[item.item_id] = item
            count -= 1
    io.check(count == 0, "iinf: the number of its items is not what it says")
    return items


def _item_info(box: Box) -> Item:
    io = box.reader()
    version, _ = full_box(io, "infe", (2, 3))
    item_id = io.f(32 if version == 3 else 16)
    protection = io.f(16)
    item_type = four_cc(io)
    string(io)  # item_name
    content_type = string(io) if item_type == "mime" else ""
    return Item(item_id, item_type, content_type, protection != 0, box.start)


def _references(box: Box) -> dict[tuple[str, int], list[int]]:
    version, _ = full_box(box.reader(), "iref", (0, 1))
    bits = 32 if version else 16
    references: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    left = MAX_EXTENTS
    for child in box.children(4, MAX_ITEMS):
        io = child.reader()
        from_id = io.f(bits)
        count = entry_count(io, 16, left, "iref")
        references[child.type, from_id] += io.fields(count, bits)
        left -= count
    return dict(references)


def _properties(box: Box, meta: Meta) -> None:
    containers = [child for child in box.children() if child.type == "ipco"]
    if len(containers) != 1:
        raise BitstreamError(f"iprp has {len(containers)} boxes 'ipco' instead of one", box.start)
    meta.property_boxes = list(containers[0].children(limit=_MAX_PROPERTIES))
    for child in box.children():
        if child.type == "ipma":
            _associations(child, meta.associations)


def _associations(box: Box, associations: dict[int, list[tuple[int, bool]]]) -> None:
    io = box.reader()
    version, flags = full_box(io, "ipma", (0, 1))
    index_bits = 15 if flags & 1 else 7
    for _ in range(entry_count(io, 32, MAX_ITEMS, "ipma")):
        item_id = io.f(32 if version else 16)
        io.check(item_id not in associations, f"ipma: item {item_id} is there twice")
        pairs = []
        for _ in range(io.f(8)):
            essential = bool(io.f(1))
            index = io.f(index_bits)
            if index:
                pairs.append((index, essential))
        associations[item_id] = pairs
