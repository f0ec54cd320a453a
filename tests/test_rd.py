"""Compression does not get worse: bytes, PSNR and SSIMULACRA 2 of small pictures against a committed table.

All are deterministic; time is not looked at. The table is no promise: `python -m tests.rd_table` renews it.
"""

import numpy as np
import pytest
from rd_table import EQUAL, PICTURES, QUALITIES, SETTINGS, change, changes, curve, table, told

MEAN, EACH = 0.5, 2.5
"""By how many per cent the bytes may grow at equal quality: in the mean over the pictures, and of one."""


def test_the_table_is_of_these_pictures():
    expected = {(picture, setting): list(QUALITIES) for setting in SETTINGS for picture in PICTURES}
    assert {key: [point.quality for point in points] for key, points in table().items()} == expected


@pytest.mark.parametrize("quality", EQUAL)
@pytest.mark.parametrize("setting", SETTINGS)
def test_compression(setting, quality):
    percents = changes(table(), setting, quality)
    words = f"{setting}: bytes at equal {EQUAL[quality]} against the table {told(percents)}"
    print(words)
    renew = f"{words}; if that is on purpose, `python -m tests.rd_table` writes the table anew"
    assert np.mean(list(percents.values())) <= MEAN, renew
    assert max(percents.values()) <= EACH, renew


def test_cfl_saves_bits():
    """At equal PSNR of all planes, and of the chroma: the aim of the whole."""
    savings = {"bytes": [], "bytes for the chroma's PSNR": [], "chroma's bits": []}
    for picture in PICTURES:
        curves = [curve(picture, setting) for setting in ("without CfL", "default")]
        for percents, measure in zip(
            savings.values(), (("bytes", "yuv"), ("bytes", "uv"), ("chroma_bits", "uv")), strict=True
        ):
            percents.append(change(*curves, *measure))
    print(savings)
    total, for_chroma, chroma_bits = savings.values()
    assert max(total) < 0 and np.mean(total) < -2
    assert max(for_chroma) < -4 and np.mean(for_chroma) < -10
    assert np.mean(chroma_bits) < -15
