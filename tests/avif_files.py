"""AVIF files put together of items and properties, for what no encoder in Python's packages writes."""

from cfl.av1.headers.bits import BitWriter
from cfl.av1.headers.obu import iter_obus
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.container.avif_writer import av1_config_of
from cfl.container.boxes import make_box, make_full_box
from cfl.container.properties import ALPHA_URNS, av1_config_payload

ALPHA = (make_full_box("auxC", 0, 0, ALPHA_URNS[0].encode() + b"\0"), True)


def ispe(width, height):
    """The property of the size."""
    return make_full_box("ispe", 0, 0, width.to_bytes(4), height.to_bytes(4)), False


def coded(obus, *properties):
    """An `av01` item."""
    sequence = SequenceHeader()
    obu = next(obu for obu in iter_obus(obus) if obu.header.obu_type == 1)
    sequence_header_obu(obu.reader(), sequence)
    size = sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1
    config = make_box("av1C", av1_config_payload(av1_config_of(sequence))), True
    given = [name for name, _ in properties]
    own = [config] if any(box[4:8] == b"ispe" for box in given) else [config, ispe(*size)]
    return "av01", bytes(obus), [*own, *properties]


def grid(rows, columns, width, height, *properties):
    """A `grid` item; its tiles are to be named by a reference `dimg`."""
    data = bytes([0, 0, rows - 1, columns - 1]) + width.to_bytes(2) + height.to_bytes(2)
    return "grid", data, [ispe(width, height), *properties]


def clap(width, height, right, down):
    """The property of the clean aperture; each a fraction (numerator, denominator)."""
    io = BitWriter()
    for numerator, denominator in (width, height, right, down):
        io.f(32, numerator & 0xFFFFFFFF)
        io.f(32, denominator)
    return make_box("clap", io.getvalue()), True


def irot(turns):
    """The property of the rotation."""
    return make_box("irot", bytes([turns])), True


def imir(axis):
    """The property of the mirror."""
    return make_box("imir", bytes([axis])), True


def nclx(primaries, transfer, matrix, full_range):
    """The property of the colour by its code points."""
    codes = b"".join(code.to_bytes(2) for code in (primaries, transfer, matrix))
    return make_box("colr", b"nclx", codes, bytes([full_range << 7])), False


def avif_file(items, references=(), primary=1):
    """A file.

    Parameters
    ----------
    items : dict of int to (type, data, list of (property box, essential))
    references : sequence of (type, from, list of to)
    primary : int
    """
    ftyp = make_box("ftyp", b"avif", bytes(4), b"avifmif1miaf")
    start = len(ftyp) + len(_meta(items, references, primary, 0)) + 8
    data = b"".join(item[1] for item in items.values())
    return ftyp + _meta(items, references, primary, start) + make_box("mdat", data)


def _meta(items, references, primary, start):
    boxes, ipma, iloc, infes = [], b"", b"", b""
    for item_id, (kind, data, properties) in items.items():
        number = item_id.to_bytes(2)
        infes += make_full_box("infe", 2, 0, number, bytes(2), kind.encode(), b"\0")
        iloc += number + bytes(2) + (1).to_bytes(2) + start.to_bytes(4) + len(data).to_bytes(4)
        start += len(data)
        ipma += number + bytes([len(properties)])
        for box, essential in properties:
            boxes.append(box)
            ipma += (essential << 15 | len(boxes)).to_bytes(2)
    irefs = [
        make_box(kind, a.to_bytes(2), len(b).to_bytes(2), *(i.to_bytes(2) for i in b))
        for kind, a, b in references
    ]
    count = len(items)
    return make_full_box(
        "meta", 0, 0,
        make_full_box("hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
        make_full_box("pitm", 0, 0, primary.to_bytes(2)),
        make_full_box("iloc", 0, 0, b"\x44\x00", count.to_bytes(2), iloc),
        make_full_box("iinf", 0, 0, count.to_bytes(2), infes),
        make_full_box("iref", 0, 0, *irefs) if irefs else b"",
        make_box(
            "iprp", make_box("ipco", *boxes), make_full_box("ipma", 0, 1, count.to_bytes(4), ipma)
        ),
    )  # fmt: skip


def sequence_file(samples, alpha=(), samples_per_chunk=2):
    """An image sequence without items: a track of samples (bytes), and one of alpha samples."""
    ftyp = make_box("ftyp", b"avis", bytes(4), b"avifavismif1miaf")
    start = len(ftyp) + 8
    tracks = [(1, b"pict", samples, b"")]
    if alpha:
        tracks.append((2, b"auxv", alpha, make_box("tref", make_box("auxl", (1).to_bytes(4)))))
    boxes = b""
    for number, handler, own, extra in tracks:
        boxes += _track(number, handler, own, start, samples_per_chunk, extra)
        start += sum(map(len, own))
    data = b"".join(b"".join(own) for _, _, own, _ in tracks)
    return ftyp + make_box("mdat", data) + make_box("moov", boxes)


def _track(number, handler, samples, start, samples_per_chunk, extra):
    sequence = SequenceHeader()
    obu = next(obu for obu in iter_obus(samples[0]) if obu.header.obu_type == 1)
    sequence_header_obu(obu.reader(), sequence)
    size = sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1
    entry = make_box(
        "av01", bytes(24), size[0].to_bytes(2), size[1].to_bytes(2), bytes(50),
        make_box("av1C", av1_config_payload(av1_config_of(sequence))),
        make_full_box("auxi", 0, 0, ALPHA_URNS[0].encode() + b"\0") if handler == b"auxv" else b"",
    )  # fmt: skip
    samples_per_chunk = min(samples_per_chunk, len(samples))
    chunks = range(0, len(samples), samples_per_chunk)
    offsets = [start + sum(map(len, samples[:first])) for first in chunks]
    runs = [(1, samples_per_chunk, 1)]
    if len(samples) % samples_per_chunk:
        runs.append((len(chunks), len(samples) % samples_per_chunk, 1))
    table = make_box(
        "stbl",
        make_full_box("stsd", 0, 0, (1).to_bytes(4), entry),
        make_full_box("stsz", 0, 0, bytes(4), _words([len(samples)]), _words(map(len, samples))),
        make_full_box("stsc", 0, 0, _words([len(runs)]), *map(_words, runs)),
        make_full_box("stco", 0, 0, _words([len(offsets)]), _words(offsets)),
    )
    return make_box(
        "trak",
        make_full_box("tkhd", 0, 0, bytes(8), number.to_bytes(4), bytes(68)),
        extra,
        make_box("mdia", make_full_box("hdlr", 0, 0, bytes(4), handler, bytes(13)), make_box("minf", table)),
    )


def _words(values):
    return b"".join(value.to_bytes(4) for value in values)
