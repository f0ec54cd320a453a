"""The syntax of a tile, for reading and for writing (AV1 specification 5.11)."""
