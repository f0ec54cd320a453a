"""Filters that follow the decoding of a tile row by row give the picture of those that wait for the frame."""

import numpy as np
import pytest
from av1_clips import KEPT
from av1_oracle import first_difference

from cfl import encode_frames, rgb_to_frame
from cfl.av1.decoder import decode_obus
from cfl.av1.filters.postfilter import postfilter
from cfl.av1.filters.row_filters import RowFilters
from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import iter_obus
from cfl.av1.tile.tiles import decode_tiles, frame_buffers
from cfl.threads import Follower

UNKNOWN = 7777


def stream_of(width, height, subsampling="4:2:0", bit_depth=8):
    """A picture of texture and flat areas, coarse enough that every filter has work."""
    rng = np.random.default_rng(height)
    y, x = np.mgrid[:height, :width]
    texture = (128 + 60 * np.sin(x / 9 + y / 23) + rng.normal(0, 12, (height, width))).clip(0, 255)
    rgb = np.stack([texture, np.roll(texture, 30, 1), 255 - texture], 2).astype(np.uint8)
    rgb[height // 3 : height // 2, width // 4 :] = (200, 80, 40)
    frame = rgb_to_frame(rgb, subsampling=subsampling, bit_depth=bit_depth)
    (encoded,) = encode_frames([frame], quality=30, speed=8)
    return encoded.data


def filtered_late(coded, steps):
    """The picture if rows, and what is known of them, appear only when they are decoded."""
    whole = frame_buffers(coded)
    arrays = decode_tiles(coded, whole)
    planes = [np.full_like(plane, UNKNOWN) for plane in whole]
    names = ("skip", "segment_id", "delta_lf", "tx_size_y", "tx_size_uv", "cdef_idx")
    known = {name: getattr(arrays, name).copy() for name in names}
    for name in names:
        getattr(arrays, name)[:] = 1
    filters = RowFilters(coded.sequence, coded.header, planes, arrays)
    rows, before = known["cdef_idx"].shape[0], 0
    for row in [*(step for step in steps if step < rows), rows]:
        for target, source in [
            *zip(planes, whole, strict=True), *((getattr(arrays, name), known[name]) for name in names),
        ]:  # fmt: skip
            unit = source.shape[0] / rows if source is known["cdef_idx"] else _unit(source, whole, known)
            part = slice(int(before * unit), int(row * unit))
            target[part] = source[part]
        filters.advance(row)
        before = row
        if row < rows:  # the row of blocks below is predicted from the last line, as it was decoded
            for plane, source in zip(planes, whole, strict=True):
                line = row * _unit(source, whole, known) - 1
                assert np.array_equal(plane[line], source[line])
    return filters.picture()


def _unit(array, whole, known):
    """How many rows of an array 64 luma rows are."""
    for i, plane in enumerate(whole):
        if array is plane:
            return 64 * plane.shape[0] // whole[0].shape[0] if i else 64
    return 16 * whole[-1].shape[0] // whole[0].shape[0] if array is known["tx_size_uv"] else 16


@pytest.mark.parametrize("steps", [range(1, 9), (3, 4), (2, 5), ()])
@pytest.mark.parametrize(
    ("width", "height", "subsampling", "bit_depth"),
    [(150, 330, "4:2:0", 8), (70, 257, "4:4:4", 10), (90, 320, "4:2:2", 8), (64, 450, "4:0:0", 8),
     (100, 60, "4:2:0", 8)],
)  # fmt: skip
def test_picture_of_rows_that_come_late(width, height, subsampling, bit_depth, steps):
    (coded,) = read_frames(iter_obus(stream_of(width, height, subsampling, bit_depth)))
    planes = list(frame_buffers(coded))
    arrays = decode_tiles(coded, planes)
    wanted = postfilter(coded.sequence, coded.header, planes, arrays)
    assert first_difference(filtered_late(coded, steps), wanted) is None


def test_every_filter_has_work():
    (coded,) = read_frames(iter_obus(stream_of(150, 330)))
    header = coded.header
    assert all(header.loop_filter.loop_filter_level[:2])
    assert any(header.cdef.cdef_y_pri_strength)
    assert any(header.lr.frame_restoration_type)


@pytest.mark.parametrize("threads", [2, 3])
def test_pictures_of_two_threads(threads):
    """Also of inter frames, of superres, and of sizes that change."""
    streams = [stream_of(150, 330), *(path.read_bytes() for path in KEPT)]
    for stream in streams:
        wanted = decode_obus(iter_obus(stream))
        for picture, other in zip(decode_obus(iter_obus(stream), threads=threads), wanted, strict=True):
            assert first_difference(picture.planes, other.planes) is None


def test_follower_ends_with_the_last_number_and_raises():
    follower, seen = Follower(), []
    for _ in range(3):
        seen.clear()
        follower.start(seen.append)
        for number in range(1, 50):
            follower.put(number)
        follower.finish()
        assert seen[-1] == 49 and seen == sorted(seen)
    follower.start(lambda number: 1 // number)
    follower.put(0)
    with pytest.raises(ZeroDivisionError):
        follower.finish()
    follower.start(seen.append)
    follower.finish()
