"""An oracle for headers: FFmpeg's own AV1 header parser, in PyAV's wheels, says every field of a stream.

Its filter `trace_headers` logs a line for each field: position in the OBU, name, bits, value.
"""

import io
import re
from typing import NamedTuple

import av
import av.logging
from av.bitstream import BitStreamFilterContext

from cfl.container import IvfHeader, write_ivf

_FIELD = re.compile(r"(\d+)\s+(\S+)\s+([01]*)\s*= (-?\d+)\n?$")
_TITLES = ("Extradata", "Packet:")


class Field(NamedTuple):
    """One field: the bit at which it starts, its name with indices, its bits and its value."""

    position: int
    name: str
    bits: int
    value: int


def trace(temporal_units):
    """Fields of each OBU of each temporal unit: a list of units of lists of OBUs of lists of `Field`."""
    ivf = write_ivf(IvfHeader(64, 64), list(enumerate(temporal_units)))
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        with av.logging.Capture(local=True) as logs, av.open(io.BytesIO(ivf), format="ivf") as container:
            stream = container.streams.video[0]
            trace_filter = BitStreamFilterContext("trace_headers", stream)
            for packet in container.demux(stream):
                trace_filter.filter(packet)
    finally:
        av.logging.set_level(level)
    return _units(text for _, name, text in logs if name == "trace_headers")


def _units(lines):
    units = []
    for line in lines:
        if line.startswith(_TITLES):
            units.append([])
        elif line.startswith("OBU header"):
            units[-1].append([])
        elif match := _FIELD.match(line):
            position, name, bits, value = match.groups()
            units[-1][-1].append(Field(int(position), name, len(bits), int(value)))
    return units[1:] if units and len(units[0]) and units[0][0][1].value == 1 else units
