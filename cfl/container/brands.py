"""The brands of files in ISO's boxes: what a file's first box says it is (ISO/IEC 14496-12)."""

SEQUENCE_BRAND = "avis"
BRANDS = ("avif", SEQUENCE_BRAND, "mif1", "miaf")
"""Of files that may be AVIF."""
OTHER_PICTURES = ("heic", "heix", "heim", "heis", "hevc", "jpeg", "avci", "j2ki", "crx ", "jxl ", "jp2 ")


def brands_of(head: bytes) -> tuple[str, ...]:
    """The major and the compatible brands of a file, from its first bytes; none if they are not ftyp."""
    if head[4:8] != b"ftyp":
        return ()
    size = min(int.from_bytes(head[:4]), len(head))
    codes = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    return tuple(bytes(code).decode("latin-1") for code in codes)
