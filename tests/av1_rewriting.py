"""Put the frames of an encoder's stream together anew: hidden, shown later, intra-only, in layers."""

import copy

from cfl.av1.headers.coded_frame import (
    frame_header_payload,
    frame_payload,
    read_frames,
    sequence_header_payload,
)
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import (
    OBU_FRAME,
    OBU_FRAME_HEADER,
    OBU_SEQUENCE_HEADER,
    OBU_TEMPORAL_DELIMITER,
    ObuHeader,
    encode_obu,
    iter_obus,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import OperatingPoint

DELIMITER = encode_obu(ObuHeader(OBU_TEMPORAL_DELIMITER), b"")


class Rewriting:
    """The key frames of a stream, and units of what becomes of them."""

    def __init__(self, stream):
        self.frames = list(read_frames(iter_obus(stream)))
        self.sequence = copy.deepcopy(self.frames[0].sequence)
        self.references = ReferenceState()
        self.units = []

    def layers(self, *idcs):
        """Set operating points of these operating_point_idc."""
        self.sequence.operating_points = [OperatingPoint(idc, seq_level_idx=8) for idc in idcs]

    def unit(self, *obus):
        """Add a temporal unit; each has the sequence header."""
        header = encode_obu(ObuHeader(OBU_SEQUENCE_HEADER), sequence_header_payload(self.sequence))
        self.units.append(b"".join((DELIMITER, header, *obus)))

    def frame(self, index, spatial_id=None, **changes):
        """The OBU of a frame, with changes to its header."""
        frame = self.frames[index]
        header = copy.deepcopy(frame.header)
        for name, value in changes.items():
            setattr(header, name, value)
        header.ref_order_hint = list(self.references.order_hints)
        layer = () if spatial_id is None else (0, spatial_id)
        payload = frame_payload(header, self.sequence, self.references, frame.tiles, *layer)
        self.references.update(header)
        return encode_obu(_obu_header(OBU_FRAME, spatial_id), payload)

    def hidden(self, index, **changes):
        """A frame that is not shown, but may be later; in slot 0, unless the changes say otherwise."""
        changes = {"show_frame": 0, "showable_frame": 1, "refresh_frame_flags": 1} | changes
        return self.frame(index, **changes)

    def existing(self, slot=0):
        """show_existing_frame of a slot."""
        header = FrameHeader(show_existing_frame=1, frame_to_show_map_idx=slot)
        payload = frame_header_payload(header, self.sequence, self.references)
        self.references.update(header)
        return encode_obu(_obu_header(OBU_FRAME_HEADER, None), payload)

    def stream(self):
        """The whole stream."""
        return b"".join(self.units)


def _obu_header(obu_type, spatial_id):
    extended = spatial_id is not None
    return ObuHeader(obu_type, obu_extension_flag=int(extended), spatial_id=spatial_id or 0)
