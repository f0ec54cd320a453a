"""Files that lie: only `CflError` comes out, soon, and without much memory."""

import io
import time
import tracemalloc

import numpy as np
import pytest
from av1_streams import avif, picture, svt_obu
from PIL import Image

from cfl.av1.headers.coded_frame import read_frames
from cfl.container import GridImage, IvfHeader, read_avif, read_ivf, read_obu_file, write_ivf
from cfl.container.boxes import make_box, make_full_box
from cfl.errors import BitstreamError, CflError

MUTATIONS = 500
TIFF = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"


def read_all_avif(data):
    file = read_avif(data)
    for image in (file.primary, file.alpha):
        if image is not None:
            for tile in image.tiles if isinstance(image, GridImage) else [image]:
                list(read_frames(tile.obus()))


def read_all_ivf(data):
    for frame in read_ivf(data)[1]:
        list(read_frames(read_obu_file(frame.data)))


def sequence_without_meta():
    out = io.BytesIO()
    frames = [Image.fromarray(picture(seed=i)) for i in range(2)]
    frames[0].save(out, "AVIF", save_all=True, append_images=frames[1:])
    return out.getvalue().replace(b"meta", b"free", 1)


FILES = {
    "avif": (lambda: avif(picture(channels=4), exif=TIFF, xmp=b"<x/>"), read_all_avif),
    "sequence": (sequence_without_meta, read_all_avif),
    "obu": (svt_obu, lambda data: list(read_frames(read_obu_file(data)))),
    "ivf": (lambda: write_ivf(IvfHeader(96, 64), [(0, svt_obu(frames=1))]), read_all_ivf),
}


@pytest.mark.parametrize(("make", "read"), FILES.values(), ids=FILES)
def test_mutations(make, read):
    data = make()
    read(data)
    rng = np.random.default_rng(20)
    outcomes = {"error": 0, "fine": 0}
    for _ in range(MUTATIONS):
        mutated = bytearray(data)
        for _ in range(rng.integers(1, 5)):
            # Most of what can go wrong is in the first bytes; the rest is coded samples.
            end = len(data) if rng.random() < 0.2 else min(len(data), 1200)
            mutated[rng.integers(end)] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
        try:
            read(bytes(mutated))
            outcomes["fine"] += 1
        except CflError as error:
            assert "\n" not in str(error)
            outcomes["error"] += 1
    assert min(outcomes.values()) > 0


@pytest.mark.parametrize(("make", "read"), FILES.values(), ids=FILES)
def test_truncations(make, read):
    data = make()
    for end in {*range(min(len(data), 150)), *range(0, min(len(data), 1200), 7), *range(0, len(data), 97)}:
        try:
            read(data[:end])
        except CflError as error:
            offset = getattr(error, "offset", None)
            assert offset is None or 0 <= offset <= end


def bounded(read, data, seconds=4.0, factor=40, base=4_000_000, measure_memory=True):
    """Read into an error, in bounded time and memory."""
    start = time.perf_counter()
    with pytest.raises(CflError):
        read(data)
    elapsed = time.perf_counter() - start
    assert elapsed < seconds
    if not measure_memory:
        return
    tracemalloc.start()  # slows everything down many times
    try:
        with pytest.raises(CflError):
            read(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < base + factor * len(data)


FTYP = make_box("ftyp", b"avif", bytes(4))
HDLR = make_full_box("hdlr", 0, 0, bytes(4), b"pict", bytes(13))
PITM = make_full_box("pitm", 0, 0, b"\0\1")


def meta(*boxes):
    return FTYP + make_full_box("meta", 0, 0, HDLR, PITM, *boxes)


def test_extents_that_take_no_bytes():
    entries = b"".join(i.to_bytes(4) + bytes(4) + b"\xff\xff" for i in range(5000))
    bounded(read_avif, meta(make_full_box("iloc", 2, 0, b"\0\0", (5000).to_bytes(4), entries)))


def test_extents_of_gigabytes():
    infe = make_full_box("infe", 2, 0, b"\0\1", bytes(2), b"av01", b"\0")
    iinf = make_full_box("iinf", 0, 0, b"\0\1", infe)
    config = make_box("av1C", b"\x81\0\0\0")
    ispe = make_full_box("ispe", 0, 0, (8).to_bytes(4), (8).to_bytes(4))
    ipma = make_full_box("ipma", 0, 0, (1).to_bytes(4), b"\0\1\2\1\x82")
    iprp = make_box("iprp", make_box("ipco", ispe, config), ipma)
    extents = ((0).to_bytes(4) + (100_000).to_bytes(4)) * 20_000
    iloc = make_full_box("iloc", 0, 0, b"\x44\0\0\1\0\1\0\0", (20_000).to_bytes(2), extents)
    data = meta(iinf, iprp, iloc)
    with pytest.raises(BitstreamError, match="larger than the file"):
        read_avif(data)
    bounded(read_avif, data)


def test_many_items():
    infes = b"".join(
        make_full_box("infe", 2, 0, i.to_bytes(2), bytes(2), b"grid", b"\0") for i in range(1, 4_000)
    )
    iinf = make_full_box("iinf", 0, 0, (3_999).to_bytes(2), infes)
    references = b"".join(make_box("auxl", i.to_bytes(2), b"\0\1\0\1") for i in range(2, 4_000))
    bounded(read_avif, meta(iinf, make_full_box("iref", 0, 0, references)))


def test_grid_of_the_largest_kind():
    """65,536 tiles that are one item, which is the grid itself."""
    infe = make_full_box("infe", 2, 0, b"\0\1", bytes(2), b"grid", b"\0")
    iloc = make_full_box("iloc", 1, 0, b"\x44\0\0\1\0\1\0\1\0\0\0\1", bytes(4), (8).to_bytes(4))
    dimg = make_box("dimg", b"\0\1", (65_535).to_bytes(2), b"\0\1" * 65_535)
    dimg += make_box("dimg", b"\0\1", b"\0\1\0\1")
    idat = make_box("idat", b"\0\0\xff\xff\xff\xff\xff\xff")
    boxes = (make_full_box("iinf", 0, 0, b"\0\1", infe), iloc, make_full_box("iref", 0, 0, dimg), idat)
    bounded(read_avif, meta(*boxes))


def test_more_of_everything_than_there_may_be():
    bounded(read_avif, FTYP + make_box("free") * 1_000_000, measure_memory=False)
    bounded(read_avif, FTYP + make_box("moov", make_box("trak") * 1_000_000), measure_memory=False)
    references = make_full_box("iref", 0, 0, make_box("dimg", bytes(4)) * 140_000)
    bounded(read_avif, meta(references), seconds=8, measure_memory=False)
    bounded(read_avif, meta(make_full_box("iinf", 1, 0, (1 << 20).to_bytes(4))))


def test_deep_nesting():
    data = b""
    for _ in range(3000):
        data = make_box("meta", bytes(4), data)
    bounded(read_avif, FTYP + data)
    nested = b""
    for _ in range(3000):
        nested = make_box("trak", nested)
    bounded(read_avif, FTYP + make_box("moov", nested))


def test_counts_that_lie():
    for name in ("iinf", "iloc"):
        bounded(read_avif, meta(make_full_box(name, 1, 0, b"\xff" * 8)))
    bounded(read_avif, meta(make_box("iprp", make_box("ipco"), make_full_box("ipma", 0, 0, b"\xff" * 6))))
    bounded(read_avif, meta(make_full_box("iref", 0, 0, make_box("dimg", b"\0\1\xff\xff\0\1"))))


def test_absurd_streams():
    """The largest frame with the most tiles on a few bytes, and sizes far beyond the data."""
    tiny = b"\x12\0\x0a\x0a\0\0\0\x03\xff\xff\xff\xff\xff\xff\x32\xff\xff\xff\xff\x0f\x10"
    bounded(lambda data: list(read_frames(read_obu_file(data))), tiny)
    bounded(
        lambda data: list(read_frames(read_obu_file(data))),
        b"\x12\0" + b"\x0a\x08" + bytes(8) + b"\x32\x01\0",
    )
