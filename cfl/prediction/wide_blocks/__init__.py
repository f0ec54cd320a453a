"""Chroma from luma for blocks of 32 samples a row, in 4:4:4."""
