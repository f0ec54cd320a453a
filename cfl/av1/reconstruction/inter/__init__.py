"""Inter prediction (AV1 specification 7.11.3): blocks from decoded frames."""
