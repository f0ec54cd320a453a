"""The streams for browsers, decoded by libdav1d: the picture, and the samples before the filters."""

import numpy as np
import pytest
from av1_corpus import pillow, stream
from av1_oracle import dav1d_pictures
from av1_pictures import mixed, screen, waves

from cfl import encode
from cfl.frames import rgb_to_frame
from cfl.inspection import inspect
from cfl.viewer.streams import can_stand_alone, codec_of, stream_of, unfiltered_stream_of

CASES = [
    pillow("420", size=(203, 141), quality=60),
    pillow("tiles", size=(256, 192), quality=60, tile_rows=1, tile_cols=1, autotiling=False),
    pillow("444", mixed, (96, 64), "444", quality=60),
    pillow("mono", mixed, (96, 64), "400"),
    pillow("screen", screen, (192, 128), "444", quality=60, advanced="tune-content=screen"),
]


def decoded(data):
    """What libdav1d makes of a temporal unit."""
    [picture] = dav1d_pictures([data])
    return picture.planes


def same(picture, planes):
    for theirs, ours in zip(picture, planes, strict=True):
        np.testing.assert_array_equal(theirs, ours)


def check(inspection):
    """Both streams of an inspected frame show its planes."""
    coded = inspection.picture.parts[0].coded
    assert can_stand_alone(coded)
    same(decoded(stream_of(coded)), inspection.frame.planes)
    same(decoded(unfiltered_stream_of(coded)), inspection.reconstruction)
    return coded.header


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_other_encoders(case):
    check(inspect(stream(case)))


def test_loop_restoration_is_taken_out_of_the_tiles():
    frame = rgb_to_frame(waves(192, 128))
    header = check(inspect(encode(frame, speed=2, quality=50)))
    assert header.lr.uses_lr
    assert header.loop_filter.loop_filter_level[0]


def test_the_name_of_the_codec():
    """Profile, level and bits as in the AV1 codec ISO media file format binding, section 5."""
    coded = (
        inspect(encode(rgb_to_frame(waves(64, 48), subsampling="4:4:4", bit_depth=10))).picture.parts[0].coded
    )
    assert codec_of(coded).startswith("av01.1.")
    assert codec_of(coded).endswith("M.10")
