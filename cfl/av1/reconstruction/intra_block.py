"""What the intra prediction of a transform block depends on (the inputs of AV1 specification 7.11.2)."""

from typing import NamedTuple


class Place(NamedTuple):
    """Where a block lies in its plane, and its size."""

    x: int
    y: int
    log2w: int
    """2…6; 2…5 with filter-intra."""
    log2h: int


class Available(NamedTuple):
    """Which neighbours there are."""

    left: bool
    above: bool
    above_right: bool
    below_left: bool


class Mode(NamedTuple):
    """How to predict."""

    mode: int
    """0…12, DC_PRED to PAETH_PRED; UV_CFL_PRED's DC is DC_PRED."""
    angle_delta: int
    """-3…3; only directional modes use it."""
    filter_intra_mode: int
    """0…4, or -1 without filter-intra."""


class Limits(NamedTuple):
    """What the plane allows."""

    max_x: int
    """The last column of the plane that lies in the frame, rounded up to whole 4x4 luma blocks."""
    max_y: int
    """The last such row."""
    bit_depth: int
    """8, 10 or 12."""


class EdgeFilter(NamedTuple):
    """How directional modes filter their edges."""

    enabled: bool
    """enable_intra_edge_filter."""
    filter_type: int
    """1 if the block above or to the left uses a smooth mode (7.11.2.8), else 0."""
