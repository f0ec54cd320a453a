"""Mutations of a file: the same for the same seed and number, and most of them within the data of tiles."""

import numpy as np
from av1_random import FORMATS, RandomStream

from fuzz.corpus import obu_file

_FRESH = 0.2
_EXTREME = np.array([0, 1, 0x7F, 0x80, 0xFE, 0xFF], np.uint8)


def mutation(files, seed, number):
    """One mutated file.

    Parameters
    ----------
    files : list of File
    seed, number : int

    Returns
    -------
    file : File
        What was mutated.
    data : bytes
    kind : str
        The name of the mutation.
    """
    rng = np.random.default_rng((seed, number))
    file = files[number % len(files)]
    if rng.random() < _FRESH:
        file = fresh_file(rng)
        if rng.random() < 0.5:
            return file, file.data, "fresh_file"
    kinds = [kind for kind, weight in _KINDS.items() for _ in range(weight)]
    kind = kinds[rng.integers(len(kinds))]
    data = kind(rng, file, files)
    if rng.random() < 0.1:
        data = _anything(rng, data)
    return file, bytes(data), kind.__name__


def fresh_file(rng):
    """Random bytes under random headers of their own."""
    size = (int(rng.integers(1, 65)), int(rng.integers(1, 65)))
    chroma, depth = rng.choice(list(FORMATS)), int(rng.choice([8, 10, 12]))
    choices = {"intrabc": int(rng.random() < 0.1), "lossless": int(rng.random() < 0.1)}
    random = RandomStream(int(rng.integers(1 << 40)), size, chroma, depth, 0.6, deltas=0, **choices)
    return obu_file("fresh", random.unit())


def _place(rng, ranges, length):
    """A byte within one of the ranges, each as likely as the other; or anywhere, if there is none."""
    start, end = ranges[rng.integers(len(ranges))] if ranges else (0, length)
    return int(rng.integers(start, max(min(end, length), start + 1)))


def flip_bits_of_tiles(rng, file, files):
    data = bytearray(file.data)
    for _ in range(rng.integers(1, 6)):
        data[_place(rng, file.tiles, len(data))] ^= 1 << rng.integers(8)
    return data


def random_tile_from_here(rng, file, files):
    """Everything from somewhere in a tile on is random: headers and tile sizes stay."""
    data = bytearray(file.data)
    start, end = _tile(rng, file)
    at = int(rng.integers(start, end))
    data[at:end] = rng.bytes(end - at)
    return data


def run_in_tile(rng, file, files):
    """A run of one byte within a tile."""
    data = bytearray(file.data)
    start, end = _tile(rng, file)
    at = int(rng.integers(start, end))
    length = min(int(rng.integers(1, 20)), end - at)
    data[at : at + length] = bytes([_EXTREME[rng.integers(6)]]) * length
    return data


def tile_of_another(rng, file, files):
    """A tile's bytes are those of another file's."""
    data = bytearray(file.data)
    start, end = _tile(rng, file)
    other = files[rng.integers(len(files))]
    from_, to = _tile(rng, other)
    piece = other.data[from_:to]
    length = end - start
    data[start:end] = (piece * (length // max(len(piece), 1) + 1))[:length]
    return data


def flip_bits_of_headers(rng, file, files):
    data = bytearray(file.data)
    for _ in range(rng.integers(1, 4)):
        data[_place(rng, file.headers, len(data))] ^= 1 << rng.integers(8)
    return data


def set_bytes_of_headers(rng, file, files):
    data = bytearray(file.data)
    for _ in range(rng.integers(1, 4)):
        data[_place(rng, file.headers, len(data))] = _byte(rng)
    return data


def edit_lengths(rng, file, files):
    """Sizes of OBUs, IVF frames and boxes that lie."""
    data = bytearray(file.data)
    for _ in range(rng.integers(1, 3)):
        at = _place(rng, [(i, i + 1) for i in file.lengths], len(data))
        data[at] = (data[at] + int(rng.integers(-3, 4))) & 255 if rng.random() < 0.5 else _byte(rng)
    return data


def edit_boxes(rng, file, files):
    """A box gets the type, the place or the bytes of another; in other files the same of any four bytes."""
    data = bytearray(file.data)
    starts = file.boxes or list(range(0, max(len(data) - 8, 1), 4))
    a, b = (int(starts[i]) for i in rng.integers(len(starts), size=2))
    length = int(rng.integers(4, 40))
    if rng.random() < 0.4:
        data[a + 4 : a + 8] = data[b + 4 : b + 8]
    else:
        data[a : a + length] = file.data[b : b + length]
    return data


def truncate(rng, file, files):
    return file.data[: rng.integers(len(file.data))]


def insert(rng, file, files):
    at, length = int(rng.integers(len(file.data))), int(rng.integers(1, 20))
    return file.data[:at] + rng.bytes(length) + file.data[at:]


def delete(rng, file, files):
    at, length = int(rng.integers(len(file.data))), int(rng.integers(1, 20))
    return file.data[:at] + file.data[at + length :]


def splice(rng, file, files):
    """The beginning of a file, and the end of another."""
    other = files[rng.integers(len(files))]
    return file.data[: rng.integers(len(file.data))] + other.data[rng.integers(len(other.data)) :]


def _anything(rng, data):
    data = bytearray(data)
    if data:
        data[rng.integers(len(data))] = _byte(rng)
    return data


def _byte(rng):
    return int(_EXTREME[rng.integers(6)]) if rng.random() < 0.5 else int(rng.integers(256))


def _tile(rng, file):
    start, end = file.tiles[rng.integers(len(file.tiles))]
    return start, max(end, start + 1)


_KINDS = {
    flip_bits_of_tiles: 5,
    random_tile_from_here: 5,
    run_in_tile: 3,
    tile_of_another: 2,
    flip_bits_of_headers: 3,
    set_bytes_of_headers: 2,
    edit_lengths: 2,
    edit_boxes: 1,
    truncate: 1,
    insert: 1,
    delete: 1,
    splice: 1,
}
