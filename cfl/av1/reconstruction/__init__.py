"""Prediction and inverse transforms of one block (AV1 specification 7.11, 7.13)."""
