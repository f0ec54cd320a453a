"""Shared by the tests of `cfl.frames`."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from cfl.frames import Frame, chroma_shape, sample_dtype


def random_frame(rng, width, height, subsampling="4:2:0", bit_depth=8, **fields):
    """A frame of noise."""
    dtype, top = sample_dtype(bit_depth), 2**bit_depth
    shapes = [(height, width)]
    if subsampling != "4:0:0":
        shapes += [chroma_shape((height, width), subsampling)] * 2
    planes = [rng.integers(0, top, shape, dtype=dtype) for shape in shapes]
    return Frame(*planes, subsampling=subsampling, bit_depth=bit_depth, **fields)


def same_samples(a, b):
    return len(a.planes) == len(b.planes) and all(map(np.array_equal, a.planes, b.planes))


@pytest.fixture
def rng():
    return np.random.default_rng(20240607)


@pytest.fixture
def noise_frame():
    return random_frame


@pytest.fixture
def same():
    return same_samples


@pytest.fixture(scope="session")
def oracle():
    spec = importlib.util.spec_from_file_location("frames_oracle", Path(__file__).with_name("oracle.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
