"""The symbol decoder of the AV1 specification (8.2), bit by bit, and the descriptors and syntax built on it.

Transcribed literally, in plain integers. A CDF is a list of N + 1: the standard's form, the counter last.
"""

EC_PROB_SHIFT = 6
EC_MIN_PROB = 4


def floor_log2(x: int) -> int:
    s = 0
    while x != 0:
        x = x >> 1
        s += 1
    return s - 1


class SymbolDecoder:
    """init_symbol( sz ) on a tile's bytes, and the processes that follow."""

    def __init__(self, data: bytes, disable_cdf_update: bool = False) -> None:
        self.data = data
        self.bit_position = 0
        self.disable_cdf_update = disable_cdf_update
        sz = len(data)
        num_bits = min(sz * 8, 15)
        buf = self.f(num_bits)
        padded_buf = buf << (15 - num_bits)
        self.symbol_value = ((1 << 15) - 1) ^ padded_buf
        self.symbol_range = 1 << 15
        self.symbol_max_bits = 8 * sz - 15

    def f(self, n: int) -> int:
        x = 0
        for _ in range(n):
            x = 2 * x + (self.data[self.bit_position >> 3] >> (7 - (self.bit_position & 7)) & 1)
            self.bit_position += 1
        return x

    def read_symbol(self, cdf: list[int]) -> int:
        n = len(cdf) - 1
        cur = self.symbol_range
        symbol = -1
        while True:
            symbol += 1
            prev = cur
            f = (1 << 15) - cdf[symbol]
            cur = ((self.symbol_range >> 8) * (f >> EC_PROB_SHIFT)) >> (7 - EC_PROB_SHIFT)
            cur += EC_MIN_PROB * (n - symbol - 1)
            if not self.symbol_value < cur:
                break
        self.symbol_range = prev - cur
        self.symbol_value = self.symbol_value - cur

        bits = 15 - floor_log2(self.symbol_range)
        self.symbol_range = self.symbol_range << bits
        num_bits = min(bits, max(0, self.symbol_max_bits))
        new_data = self.f(num_bits)
        padded_data = new_data << (bits - num_bits)
        self.symbol_value = padded_data ^ (((self.symbol_value + 1) << bits) - 1)
        self.symbol_max_bits = self.symbol_max_bits - bits

        if not self.disable_cdf_update:
            rate = 3 + (cdf[n] > 15) + (cdf[n] > 31) + min(floor_log2(n), 2)
            tmp = 0
            for i in range(n - 1):
                tmp = (1 << 15) if i == symbol else tmp
                if tmp < cdf[i]:
                    cdf[i] -= (cdf[i] - tmp) >> rate
                else:
                    cdf[i] += (tmp - cdf[i]) >> rate
            cdf[n] += cdf[n] < 32
        return symbol

    def read_bool(self) -> int:
        return self.read_symbol([1 << 14, 1 << 15, 0])

    def read_literal(self, n: int) -> int:
        x = 0
        for _ in range(n):
            x = 2 * x + self.read_bool()
        return x

    def exit_symbol(self) -> bool:
        """Return whether the requirements of bitstream conformance hold."""
        if self.symbol_max_bits < -14:
            return False
        trailing_bit_position = self.bit_position - min(15, self.symbol_max_bits + 15)
        self.bit_position += max(0, self.symbol_max_bits)
        padding_end_position = self.bit_position
        assert padding_end_position == 8 * len(self.data)
        self.bit_position = trailing_bit_position
        tail = [self.f(1) for _ in range(padding_end_position - trailing_bit_position)]
        return tail[:1] == [1] and not any(tail[1:])

    def ns(self, n: int) -> int:
        """NS(n)."""
        w = floor_log2(n) + 1
        m = (1 << w) - n
        v = self.read_literal(w - 1)
        if v < m:
            return v
        extra_bit = self.read_literal(1)
        return (v << 1) - m + extra_bit

    def golomb(self) -> int:
        """The x of the coefficients syntax."""
        length = 0
        while True:
            length += 1
            golomb_length_bit = self.read_literal(1)
            if golomb_length_bit:
                break
        x = 1
        for _ in range(length - 2, -1, -1):
            golomb_data_bit = self.read_literal(1)
            x = (x << 1) | golomb_data_bit
        return x

    def decode_signed_subexp_with_ref_bool(self, low: int, high: int, k: int, r: int) -> int:
        x = self.decode_unsigned_subexp_with_ref_bool(high - low, k, r - low)
        return x + low

    def decode_unsigned_subexp_with_ref_bool(self, mx: int, k: int, r: int) -> int:
        v = self.decode_subexp_bool(mx, k)
        if (r << 1) <= mx:
            return inverse_recenter(r, v)
        return mx - 1 - inverse_recenter(mx - 1 - r, v)

    def decode_subexp_bool(self, num_syms: int, k: int) -> int:
        i = 0
        mk = 0
        while True:
            b2 = k + i - 1 if i else k
            a = 1 << b2
            if num_syms <= mk + 3 * a:
                return self.ns(num_syms - mk) + mk
            if self.read_literal(1):
                i += 1
                mk += a
            else:
                return self.read_literal(b2) + mk


def inverse_recenter(r: int, v: int) -> int:
    if v > 2 * r:
        return v
    if v & 1:
        return r - ((v + 1) >> 1)
    return r + (v >> 1)
