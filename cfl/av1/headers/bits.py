"""Fields of a header, in two directions: one description of the syntax both reads and writes it.

A header is a function over a `BitFields` and an object of values. Each field of it is one statement,

    header.show_frame = io.f(1, header.show_frame)

which over a `BitReader` takes the value from the stream and over a `BitWriter` puts it there. Every other
descriptor of the standard is built on `f`, so that its code too is the same in both directions.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from cfl.errors import BitstreamError

Bytes = bytes | bytearray | memoryview

MAX_LEB128 = (1 << 32) - 1
_LEB128_BYTES = 8


class BitFields(ABC):
    """What a syntax function sees: a reader or a writer of fields (AV1 specification 4.10).

    Attributes
    ----------
    position : int
        Bits read or written so far.
    """

    position: int

    @abstractmethod
    def f(self, n: int, value: int = 0) -> int:
        """An unsigned field of `n` bits, high to low: read and returned, or `value` written and returned."""

    @abstractmethod
    def byte_string(self, n: int, value: Bytes = b"") -> memoryview:
        """`n` whole bytes at a byte boundary: those of the stream, or those of `value`."""

    @abstractmethod
    def rest(self, size: int = 0) -> int:
        """Bytes from here to the end: those left to read, or `size`, what the writer will still write."""

    @property
    @abstractmethod
    def offset(self) -> int:
        """Byte offset of the current position from the start of the input, for messages."""

    def check(self, condition: bool, message: str) -> None:
        """Raise `BitstreamError` with the current offset unless `condition` holds."""
        if not condition:
            raise BitstreamError(message, self.offset)

    def known(self, n: int, value: int, name: str) -> int:
        """An unsigned field of `n` bits whose value follows from earlier ones: another one is an error."""
        found = self.f(n, value)
        self.check(found == value, f"{name} is {found}, not {value}")
        return found

    def fields(self, count: int, n: int, values: Sequence[int] = ()) -> list[int]:
        """`count` unsigned fields of `n` bits; values that are missing count as zero."""
        return [self.f(n, values[i] if i < len(values) else 0) for i in range(count)]

    def su(self, n: int, value: int = 0) -> int:
        """A two's complement field of `n` bits."""
        half = 1 << (n - 1)
        self.check(-half <= value < half, f"{value} does not fit a signed field of {n} bits")
        raw = self.f(n, value & (2 * half - 1))
        return raw - 2 * half if raw & half else raw

    def ns(self, n: int, value: int = 0) -> int:
        """A value below `n` in the non-symmetric code: its lower part takes one bit less."""
        self.check(0 <= value < n, f"{value} is not below {n}")
        w = n.bit_length()
        m = (1 << w) - n
        v = self.f(w - 1, value if value < m else (value + m) >> 1)
        if v < m:
            return v
        return (v << 1) - m + self.f(1, (value + m) & 1)

    def le(self, n: int, value: int = 0) -> int:
        """An unsigned little-endian number of `n` bytes."""
        self.check(0 <= value < 1 << 8 * n, f"{value} does not fit {n} bytes")
        return sum(self.f(8, value >> 8 * i & 0xFF) << 8 * i for i in range(n))

    def leb128(self, value: int = 0, least: int = 1) -> int:
        """A little-endian number of seven bits a byte, in at most 8 bytes and below 2³².

        At least `least` bytes are written: the standard allows padding with zeros.
        """
        self.check(0 <= value <= MAX_LEB128, f"leb128 value {value} is outside 0 to {MAX_LEB128}")
        result = 0
        for i in range(_LEB128_BYTES):
            rest = value >> 7 * i
            more = rest >> 7 > 0 or i + 1 < least
            leb128_byte = self.f(8, rest & 0x7F | more << 7)
            result |= (leb128_byte & 0x7F) << 7 * i
            if not leb128_byte & 0x80:
                self.check(result <= MAX_LEB128, f"leb128 value {result} exceeds {MAX_LEB128}")
                return result
        raise BitstreamError("leb128 number longer than 8 bytes", self.offset)

    def uvlc(self, value: int = 0) -> int:
        """An unsigned number below 2³² − 1 in the Exp-Golomb code.

        The standard lets 32 leading zeros or more stand for 2³² − 1, but its only uvlc element,
        num_ticks_per_picture_minus_1, must not have that value: here it is an error.
        """
        self.check(0 <= value < MAX_LEB128, f"uvlc value {value} is not below {MAX_LEB128}")
        length = (value + 1).bit_length() - 1
        leading_zeros = 0
        while not self.f(1, leading_zeros == length):
            leading_zeros += 1
            self.check(leading_zeros < 32, "uvlc value with 32 leading zeros")
        base = (1 << leading_zeros) - 1
        return self.f(leading_zeros, value - base) + base

    def byte_alignment(self) -> None:
        """Zero bits up to the next byte boundary (5.3.5)."""
        self.check(self.f(-self.position & 7) == 0, "zero_bit: a bit of alignment is 1")

    @abstractmethod
    def trailing_bits(self) -> None:
        """A one, then zeros up to the end of the unit (5.3.4)."""


class BitReader(BitFields):
    """Reads fields from a byte string.

    Parameters
    ----------
    data : bytes-like
    start, end : int, optional
        The part of `data` to read, in bytes. A read past `end` raises `BitstreamError`.
    base : int, optional
        Offset of ``data[0]`` in the whole input, for messages.

    Attributes
    ----------
    position : int
        Bits from ``data[0]`` to the next field.
    """

    def __init__(self, data: Bytes, start: int = 0, end: int | None = None, base: int = 0):
        self.data = memoryview(data).cast("B")
        self.end = len(self.data) if end is None else end
        if not 0 <= start <= self.end <= len(self.data):
            raise BitstreamError(f"a part from byte {start} to {self.end} of {len(self.data)} bytes", base)
        self.position = 8 * start
        self.base = base

    @property
    def offset(self) -> int:
        return self.base + (self.position >> 3)

    def f(self, n: int, value: int = 0) -> int:
        stop = self.position + n
        last = (stop + 7) >> 3
        if last > self.end:
            raise BitstreamError(f"the data end where {n} bits more are needed", self.base + self.end)
        word = int.from_bytes(self.data[self.position >> 3 : last])
        self.position = stop
        return word >> (8 * last - stop) & ((1 << n) - 1)

    def byte_string(self, n: int, value: Bytes = b"") -> memoryview:
        self.check(self.position & 7 == 0, "bytes are not aligned")
        first = self.position >> 3
        if n > self.end - first:
            raise BitstreamError(f"the data end {n - (self.end - first)} bytes early", self.base + self.end)
        self.position += 8 * n
        return self.data[first : first + n]

    def rest(self, size: int = 0) -> int:
        return self.end - ((self.position + 7) >> 3)

    def trailing_bits(self) -> None:
        self.check(self.position < 8 * self.end, "trailing_one_bit: the unit ends without trailing bits")
        self.check(self.f(1) == 1, "trailing_one_bit is 0")
        zeros = self.f(-self.position & 7) == 0 and not any(self.byte_string(self.rest()))
        self.check(zeros, "trailing_zero_bit is 1")


class BitWriter(BitFields):
    """Writes fields; `getvalue` is the byte string so far."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._partial = 0
        self.position = 0

    @property
    def offset(self) -> int:
        return self.position >> 3

    def f(self, n: int, value: int = 0) -> int:
        if not 0 <= value < 1 << n:
            raise BitstreamError(f"{value} does not fit a field of {n} bits", self.offset)
        word = self._partial << n | value
        self.position += n
        free = self.position & 7
        whole = word >> free
        count = (self.position >> 3) - len(self._bytes)
        self._bytes += whole.to_bytes(count)
        self._partial = word & ((1 << free) - 1)
        return int(value)

    def byte_string(self, n: int, value: Bytes = b"") -> memoryview:
        data = memoryview(value).cast("B")
        self.check(self.position & 7 == 0, "bytes are not aligned")
        self.check(len(data) == n, f"{len(data)} bytes where {n} are to be written")
        self._bytes += data
        self.position += 8 * n
        return data

    def rest(self, size: int = 0) -> int:
        return size

    def trailing_bits(self) -> None:
        self.f(1, 1)
        self.byte_alignment()

    def getvalue(self) -> bytes:
        """The bytes written; the last is filled with zeros."""
        tail = bytes([self._partial << (-self.position & 7)]) if self.position & 7 else b""
        return bytes(self._bytes) + tail
