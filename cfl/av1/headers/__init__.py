"""OBUs, sequence headers and frame headers, read and written (AV1 specification 5.3 to 5.10)."""
