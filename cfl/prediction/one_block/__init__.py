"""Chroma from luma for one block at a time: what the codec calls."""
