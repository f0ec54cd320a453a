"""Chroma from luma for eight blocks side by side: the fast path of whole planes."""
