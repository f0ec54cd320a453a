"""The scale of quality is libavif's: read from the headers of what Pillow writes."""

import pytest
from av1_pictures import noise, photo
from av1_streams import avif

from cfl.av1.encoder.quality import qindex_of_quality
from cfl.av1.headers.coded_frame import read_frames
from cfl.container import read_avif


@pytest.mark.parametrize("content", [photo, noise])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_like_libavif(content, subsampling):
    samples = content(16, 16)
    for quality in range(100):
        options = {"quality": quality, "speed": 10, "subsampling": subsampling, "advanced": {"tune": "psnr"}}
        (frame,) = read_frames(read_avif(avif(samples, **options)).primary.obus())
        assert qindex_of_quality(quality) == frame.header.quantization.base_q_idx, quality


def test_the_best_is_not_lossless():
    assert qindex_of_quality(100) == 1
