"""The endings of the files that are taken of a folder."""

_PICTURES = (
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff", "bmp", "gif", "ppm", "pgm", "pnm", "tga",
    "jp2", "jxl", "heic", "heif", "y4m",
)  # fmt: skip
PICTURE_ENDINGS = tuple(f".{ending}" for ending in _PICTURES)
"""Of what can be encoded or predicted."""
CODED_ENDINGS = (".avif", ".avifs", ".ivf", ".obu", ".av1", ".annexb")
"""Of what can be decoded or inspected."""
