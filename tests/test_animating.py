"""Animated AVIF files, as Pillow (libavif) and FFmpeg read them."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

import cfl
from cfl.container import decode, read_avif
from cfl.errors import FrameError
from cfl.frames import ContentLight

DURATIONS = [Fraction(1, 10), Fraction(1, 25), Fraction(3, 10)]
FOREVER = (1 << 64) - 1


def pictures(count=3, width=40, height=24, channels=3):
    row, column = np.mgrid[:height, :width]
    for i in range(count):
        rgb = np.stack([4 * column + 20 * i, 5 * row, 255 - 3 * column], axis=-1)
        alpha = np.where((row > 4 * i) & (column > 3), 255, 90)[..., None]
        yield np.concatenate([rgb, alpha], axis=-1)[..., :channels].clip(0, 255).astype(np.uint8)


def by_pillow(data):
    """Pictures and milliseconds."""
    with Image.open(io.BytesIO(data)) as image:
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            yield np.asarray(image), image.info["duration"]


@pytest.mark.parametrize("channels", [3, 4])
def test_pillow_sees_the_pictures_and_their_times(channels):
    data = cfl.encode_animation(pictures(channels=channels), DURATIONS, quality=95, speed=10)
    seen = list(by_pillow(data))
    assert [milliseconds for _, milliseconds in seen] == [100, 40, 300]
    for (theirs, _), ours in zip(seen, pictures(channels=channels), strict=True):
        assert theirs.shape == ours.shape
        assert np.abs(theirs.astype(int) - ours)[..., :3].mean() < 2
        assert np.array_equal(theirs[..., 3:], ours[..., 3:])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_samples_are_dav1ds(channels):
    frames = pictures(channels=channels) if channels > 1 else (rgb[..., 0] for rgb in pictures())
    data = cfl.encode_animation(frames, Fraction(1, 12), speed=10)
    ours = list(decode(data))
    with av.open(io.BytesIO(data)) as container:
        track = next(stream for stream in container.streams.video if stream.frames == 3)
        assert track.average_rate == 12
        theirs = [picture.to_ndarray() for picture in container.decode(track)]
    for frame, planes in zip(ours, theirs, strict=True):
        samples = np.concatenate([plane.reshape(-1) for plane in frame.planes])
        assert np.array_equal(samples, planes.reshape(-1))


def test_what_the_file_says_of_the_picture():
    frame, *others = (cfl.rgb_to_frame(rgb).replace(color_primaries=9) for rgb in pictures())
    light = ContentLight(900, 300)
    described = frame.replace(xmp=b"<x:xmpmeta/>", pixel_aspect=(2, 1), content_light=light)
    data = cfl.encode_animation([described, *others], Fraction(1, 5), speed=10)
    file = read_avif(data)
    assert file.track is not None
    assert (file.xmp, file.pixel_aspect, file.content_light) == (b"<x:xmpmeta/>", (2, 1), light)
    assert file.nclx.color_primaries == 9
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["xmp"] == b"<x:xmpmeta/>"


def test_alpha_of_some_frames_only():
    rgb, *_ = pictures()
    _, rgba, _ = pictures(channels=4)
    frames = [cfl.rgb_to_frame(picture) for picture in (rgb, rgba, rgb)]
    assert [frame.alpha is None for frame in frames] == [True, False, True]
    seen = [picture for picture, _ in by_pillow(cfl.encode_animation(frames, Fraction(1), speed=10))]
    for theirs, alpha in zip(seen, [255, rgba[..., 3], 255], strict=True):
        assert np.array_equal(theirs[..., 3], np.broadcast_to(alpha, theirs.shape[:2]))


def test_opaque_alpha_is_not_written():
    frames = [np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]) for rgb in pictures()]
    data = cfl.encode_animation(frames, Fraction(1), speed=10)
    assert read_avif(data).alpha_track is None
    assert data == cfl.encode_animation(pictures(), Fraction(1), speed=10)


@pytest.mark.parametrize(("repetitions", "in_all"), [(-1, FOREVER), (0, 44), (2, 3 * 44)])
def test_repetitions(repetitions, in_all):
    """The edit list is repeated (its flag is 1) until the track's duration is over."""
    data = cfl.encode_animation(pictures(), DURATIONS, repetitions=repetitions, speed=10)
    at = data.index(b"elst")
    assert int.from_bytes(data[at + 5 : at + 8]) == 1
    assert int.from_bytes(data[at + 12 : at + 20]) == 22
    at = data.index(b"tkhd")
    assert int.from_bytes(data[at + 32 : at + 40]) == (in_all if in_all == FOREVER else in_all // 2)
    assert read_avif(data).track.repetitions == repetitions


def test_bytes_do_not_depend_on_threads():
    one, three = (
        cfl.encode_animation(pictures(5, channels=4), Fraction(1, 10), speed=10, threads=threads)
        for threads in (1, 3)
    )
    assert one == three


def test_one_frame_and_lossless():
    data = cfl.encode_animation(pictures(1), Fraction(1), lossless=True, speed=10)
    [(theirs, _)] = [(np.asarray(Image.open(io.BytesIO(data))), 0)]
    assert np.array_equal(theirs, next(iter(pictures())))


@pytest.mark.parametrize(
    ("frames", "durations", "message"),
    [
        ([], Fraction(1), "no frames"),
        (list(pictures()), [Fraction(1)], "3 frames have 1 durations"),
        (list(pictures()), Fraction(0), "0 s, not above 0"),
        (list(pictures()), Fraction(1 << 33), "too long"),
        (
            [next(iter(pictures())), np.zeros((8, 8, 3), np.uint8)],
            Fraction(1),
            "size, format or colour differ",
        ),
    ],
)
def test_bad_input(frames, durations, message):
    with pytest.raises(FrameError, match=message):
        cfl.encode_animation(frames, durations, speed=10)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [((3, Fraction(1)), TypeError), (([np.zeros((8, 8, 3), np.uint8)], "1"), TypeError)],
)
def test_bad_types(arguments, error):
    with pytest.raises(error):
        cfl.encode_animation(*arguments, speed=10)
