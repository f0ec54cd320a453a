"""What is mutated: small files of every kind, made on the spot, with where their parts lie."""

import functools
import io
from dataclasses import dataclass, field

from av1_clips import KEPT
from av1_corpus import pillow, stream, svt
from av1_oracle import OracleError, dav1d_pictures, temporal_units
from av1_pictures import mixed, photo, screen, waves
from av1_random import RandomStream
from av1_streams import DELIMITER
from avif_files import sequence_file
from PIL import Image

from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import encode_annexb, iter_annexb_temporal_units, iter_obus
from cfl.av1.tables.constants import INTRA_ONLY_FRAME
from cfl.container import GridImage, IvfHeader, read_avif, read_ivf, write_ivf
from cfl.container.boxes import file_boxes

# Boxes of boxes, and how many bytes come before these.
_CONTAINERS = {"meta": 4, "iinf": 6, "iref": 4} | dict.fromkeys(
    ("moov", "trak", "mdia", "minf", "stbl", "iprp", "ipco"), 0
)


@dataclass(frozen=True)
class File:
    """A file of the corpus.

    Attributes
    ----------
    tiles : list of (start, end)
        Where the data of tiles lie.
    headers : list of (start, end)
        The rest of the OBUs.
    boxes : list of int
        Where boxes begin, in an AVIF file.
    lengths : list of int
        Bytes that are part of a length: of OBUs, IVF frames, boxes.
    is_bare : bool
        It is a low-overhead stream.
    """

    name: str
    data: bytes
    tiles: list[tuple[int, int]] = field(default_factory=list)
    headers: list[tuple[int, int]] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    is_bare: bool = False


@functools.cache
def corpus():
    """The files, always the same in the same order."""
    files = [obu_file(f"obu {name}", data) for name, data in _random_streams().items()]
    files += [obu_file(f"obu {case.name}", stream(case)) for case in _cases()]
    files += [obu_file(f"obu {path.stem}", path.read_bytes()) for path in KEPT]
    two = stream(svt("fuzz two", "keyint=1", mixed, (32, 24), frames=2))
    units = temporal_units(two)
    files.append(_ivf_file(write_ivf(IvfHeader(32, 24), list(enumerate(units)))))
    files.append(_annexb_file(units))
    files += [_avif_file(name, data) for name, data in _avifs().items()]
    return files


def _cases():
    small = "tune-content=screen"
    return [
        pillow("fuzz 420", mixed, (64, 48), quality=85, speed=4),
        pillow("fuzz 444", mixed, (33, 47), "444", quality=90, speed=4),
        pillow("fuzz 422", waves, (40, 30), "422", quality=60, speed=4),
        pillow("fuzz gray", photo, (16, 16), "400", quality=50),
        pillow("fuzz lossless", waves, (24, 20), "444", quality=100, speed=4),
        pillow("fuzz screen", screen, (64, 64), "444", quality=80, speed=3, advanced=small),
        pillow("fuzz screen 420", screen, (64, 64), quality=60, speed=3, advanced=small),
        pillow("fuzz grain", photo, (32, 32), advanced="film-grain-test=3"),
        svt("fuzz", "", mixed, (64, 64), preset="5"),
        svt("fuzz 10 bits", "", mixed, (64, 64), depth=10, preset="5"),
        svt("fuzz segments", "aq-mode=1", mixed, (64, 64)),
        svt("fuzz superres", "superres-mode=1:superres-kf-denom=13", waves, (64, 64)),
        svt("fuzz screen", "scm=1", screen, (64, 64), preset="4"),
        svt("fuzz clip", "keyint=9", mixed, (64, 48), frames=5, preset="4"),
        svt("fuzz clip low delay", "keyint=9:pred-struct=1", mixed, (48, 40), frames=4, preset="8", crf="8"),
        svt("fuzz clip 10 bits", "keyint=9", mixed, (64, 64), frames=4, depth=10, preset="5", crf="5"),
        svt("fuzz clip superres", "keyint=9:superres-mode=2", mixed, (96, 64), frames=4, preset="8"),
    ]


def _random_streams():
    """Of each what no encoder makes; without deltas of the quantizer, which would make it coarse."""
    streams = {}
    for seed, (chroma, depth) in enumerate((c, d) for c in ("400", "420", "444", "422") for d in (8, 10, 12)):
        size, superres = (48 + seed, 64 - seed), seed & 1
        for attempt in range(seed, 1000, 100):  # until 4:2:2 has chroma blocks for each partition
            unit = RandomStream(attempt, size, chroma, depth, 0.6, deltas=0, superres=superres).unit()
            if _is_accepted(unit):
                break
        streams[f"random {chroma} {depth}"] = unit
    common = {"bytes_per_sample": 0.6, "deltas": 0, "superres": 0}
    streams["random 128"] = RandomStream(90, (140, 70), use_128x128_superblock=1, **common).unit()
    streams["random tiles"] = RandomStream(
        91, (130, 140), use_128x128_superblock=0, tiles=1, uniform_tiles=1, **common
    ).unit()
    streams["random intrabc"] = RandomStream(92, (40, 40), screen=1, intrabc=1, **common).unit()
    random = RandomStream(93, (30, 30), "444", reduced_header=0, **common)
    unit = random.unit()
    hidden = random.header(frame_type=INTRA_ONLY_FRAME, show_frame=0, showable_frame=1, refresh_frame_flags=8)
    unit += DELIMITER + random.frame_obu(hidden) + random.show_existing_obu(3)
    streams["random intra-only"] = unit
    return streams


def _is_accepted(unit):
    try:
        return bool(dav1d_pictures([unit]))
    except OracleError:
        return False


def _avifs():
    plain, sequence = io.BytesIO(), io.BytesIO()
    samples, opacities = (_samples(channels) for channels in ("RGB", "L"))
    exif = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
    image = Image.fromarray(mixed(40, 30)).convert("RGBA")
    image.putalpha(Image.fromarray(waves(40, 30)[..., 0]))
    image.save(plain, "AVIF", exif=exif, xmp=b"<x/>", icc_profile=b"icc" * 9, quality=80, speed=8)
    frames = [Image.fromarray(mixed(24 + i, 24)[:, i:]) for i in range(3)]
    frames[0].save(sequence, "AVIF", save_all=True, append_images=frames[1:], speed=8)
    track = sequence_file(samples, opacities)
    return {"avif alpha": plain.getvalue(), "avif sequence": sequence.getvalue(), "avif track": track}


def _samples(mode):
    """Key frames, as the samples of a track."""
    samples = []
    for i in range(3):
        still = io.BytesIO()
        Image.fromarray(mixed(24 + i, 24)[:, i:]).convert(mode).save(still, "AVIF", speed=8)
        samples.append(bytes(read_avif(still.getvalue()).primary.data))
    return samples


# --- Where the parts lie


def _add_obus(file, obus):
    """The tiles and headers of OBUs, whose offsets are in the file."""
    obus = list(obus)
    file.headers.extend((obu.offset, obu.payload_offset + min(len(obu.payload), 40)) for obu in obus)
    for obu in obus:
        file.lengths.extend(range(obu.offset + 1, obu.payload_offset))
    for frame in read_frames(obus):
        file.tiles.extend((tile.offset, tile.offset + len(tile.data)) for tile in frame.tiles)


def obu_file(name, data):
    """The description of a low-overhead stream."""
    file = File(name, data, is_bare=True)
    _add_obus(file, iter_obus(data))
    return file


def _ivf_file(data):
    file = File("ivf", data)
    for frame in read_ivf(data)[1]:
        file.lengths.extend(range(frame.offset - 12, frame.offset - 8))
        _add_obus(file, iter_obus(frame.data, frame.offset))
    file.headers.append((0, 44))
    return file


def _annexb_file(units):
    data = encode_annexb(
        [[unit[obu.offset : obu.payload_offset + len(obu.payload)] for obu in iter_obus(unit)]]
        for unit in units
    )
    file = File("annexb", data)
    for obus in iter_annexb_temporal_units(data):
        file.lengths.append(obus[0].offset - 1)
        _add_obus(file, obus)
    return file


def _avif_file(name, data):
    file = File(name, data)
    _add_boxes(file, file_boxes(data))
    picture = read_avif(data)
    for image in (picture.primary, picture.alpha):
        if image is not None and not isinstance(image, GridImage):
            _add_obus(file, image.obus())
    return file


def _add_boxes(file, boxes):
    for box in boxes:
        start = box.start - 8
        file.boxes.append(start)
        file.lengths.extend(range(start, start + 4))
        if box.type != "mdat":
            file.headers.append((start, min(box.end, start + 80)))
        if box.type in _CONTAINERS:
            _add_boxes(file, box.children(_CONTAINERS[box.type]))
