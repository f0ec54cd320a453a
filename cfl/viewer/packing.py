"""Bytes as text that stays what it is in a page of HTML: 15 bits a character."""

import numpy as np

FIRST = 0x3400
"""Of 32,768 code points in a row: ideographs, syllables and letters, none of which HTML treats specially.

In UTF-16, which `cfl.viewer` writes files in, a character takes 16 bits, so the text is 6.7 % larger than the
bytes. Base64 would be 33 % larger."""


def text_of(data: bytes) -> str:
    """Return bytes as text; the page's `unpack` is the reverse, and is told how many bytes there are.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    text : str
        Eight characters for 15 bytes, the last of them filled up with zeros.

    Examples
    --------
    >>> from cfl.viewer.packing import text_of
    >>> len(text_of(bytes(30)))
    16
    """
    groups = -(-len(data) // 15)
    padded = np.zeros((groups, 16), np.uint32)  # the 16th is beyond the group, where the last word ends
    flat = np.zeros(15 * groups, np.uint8)
    flat[: len(data)] = np.frombuffer(data, np.uint8)
    padded[:, :15] = flat.reshape(groups, 15)
    words = np.empty((groups, 8), "<u2")
    for i in range(8):
        byte, bit = divmod(15 * i, 8)
        three = padded[:, byte] << 16 | padded[:, byte + 1] << 8 | padded[:, min(byte + 2, 15)]
        words[:, i] = (three >> 9 - bit & 0x7FFF) + FIRST
    return words.tobytes().decode("utf-16-le")
