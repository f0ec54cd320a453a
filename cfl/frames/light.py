"""What a picture says of the light it is meant for: content light level, mastering display."""

from typing import NamedTuple


class ContentLight(NamedTuple):
    """Content light level of HDR pictures, in cd/m² (CTA-861.3; clli in AVIF, cLLI in PNG).

    Attributes
    ----------
    max_content : int
        MaxCLL: the brightest pixel, 0…65535; 0 is unknown.
    max_average : int
        MaxFALL: the brightest mean of a picture, 0…65535; 0 is unknown.

    See Also
    --------
    MasteringDisplay : The display that the picture was made on.
    Frame : Has it as ``content_light``.

    Examples
    --------
    >>> from cfl.frames import ContentLight
    >>> ContentLight(1000, 400)
    ContentLight(max_content=1000, max_average=400)
    """

    max_content: int
    max_average: int


class MasteringDisplay(NamedTuple):
    """The display that an HDR picture was made on (SMPTE ST 2086; mdcv in AVIF, mDCV in PNG).

    Attributes
    ----------
    red : (int, int)
        Chromaticity x and y, in units of 0.00002.
    green : (int, int)
        Likewise.
    blue : (int, int)
        Likewise.
    white : (int, int)
        Likewise.
    max_luminance : int
        In units of 0.0001 cd/m².
    min_luminance : int
        In units of 0.0001 cd/m².

    See Also
    --------
    ContentLight : How bright the picture is.
    Frame : Has it as ``mastering_display``.

    Examples
    --------
    A display with the primaries of BT.2020 and 1000 cd/m²:

    >>> from cfl.frames import MasteringDisplay
    >>> bt2020 = (35400, 14600), (8500, 39850), (6550, 2300), (15635, 16450)
    >>> MasteringDisplay(*bt2020, 10_000_000, 1).red
    (35400, 14600)
    """

    red: tuple[int, int]
    green: tuple[int, int]
    blue: tuple[int, int]
    white: tuple[int, int]
    max_luminance: int
    min_luminance: int
