"""The inverse transform in the words of the AV1 specification, section 7.13 and the end of 7.12.3.

Each ``T[ i ]`` is an int64 array with one element a transform: all rows (or columns) of a block at once, so
that the transcription is slow only by its order. Where the specification forbids a value ("requirement of
bitstream conformance"), `Transform.conforming` becomes False, and the value wraps at 32 bits.
"""

import numpy as np

Tx_Width_Log2 = [2, 3, 4, 5, 6, 2, 3, 3, 4, 4, 5, 5, 6, 2, 4, 3, 5, 4, 6]
Tx_Height_Log2 = [2, 3, 4, 5, 6, 3, 2, 4, 3, 5, 4, 6, 5, 4, 2, 5, 3, 6, 4]
Transform_Row_Shift = [0, 1, 2, 2, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]

Cos128_Lookup = [
    4096, 4095, 4091, 4085, 4076, 4065, 4052, 4036, 4017, 3996, 3973, 3948, 3920, 3889, 3857, 3822,
    3784, 3745, 3703, 3659, 3612, 3564, 3513, 3461, 3406, 3349, 3290, 3229, 3166, 3102, 3035, 2967,
    2896, 2824, 2751, 2675, 2598, 2520, 2440, 2359, 2276, 2191, 2106, 2019, 1931, 1842, 1751, 1660,
    1567, 1474, 1380, 1285, 1189, 1092, 995, 897, 799, 700, 601, 501, 401, 301, 201, 101, 0,
]  # fmt: skip

SINPI_1_9, SINPI_2_9, SINPI_3_9, SINPI_4_9 = 1321, 2482, 3344, 3803

(DCT_DCT, ADST_DCT, DCT_ADST, ADST_ADST, FLIPADST_DCT, DCT_FLIPADST, FLIPADST_FLIPADST, ADST_FLIPADST,
 FLIPADST_ADST, IDTX, V_DCT, H_DCT, V_ADST, H_ADST, V_FLIPADST, H_FLIPADST) = range(16)  # fmt: skip

ROW_DCT = (DCT_DCT, ADST_DCT, FLIPADST_DCT, H_DCT)
ROW_ADST = (
    DCT_ADST,
    ADST_ADST,
    DCT_FLIPADST,
    FLIPADST_FLIPADST,
    ADST_FLIPADST,
    FLIPADST_ADST,
    H_ADST,
    H_FLIPADST,
)
COLUMN_DCT = (DCT_DCT, DCT_ADST, DCT_FLIPADST, V_DCT)
COLUMN_ADST = (
    ADST_DCT,
    ADST_ADST,
    FLIPADST_DCT,
    FLIPADST_FLIPADST,
    ADST_FLIPADST,
    FLIPADST_ADST,
    V_ADST,
    V_FLIPADST,
)


def cos128(angle):
    angle2 = angle & 255
    if angle2 <= 64:
        return Cos128_Lookup[angle2]
    if angle2 <= 128:
        return Cos128_Lookup[128 - angle2] * -1
    if angle2 <= 192:
        return Cos128_Lookup[angle2 - 128] * -1
    return Cos128_Lookup[256 - angle2]


def sin128(angle):
    return cos128(angle - 64)


def brev(numBits, x):
    t = 0
    for i in range(numBits):
        bit = (x >> i) & 1
        t += bit << (numBits - 1 - i)
    return t


def Round2(x, n):
    return x if n == 0 else (x + (1 << (n - 1))) >> n


def wrap32(x):
    return (x + (1 << 31)) % (1 << 32) - (1 << 31)


class Transform:
    """The array T, and the processes of section 7.13.2 upon it."""

    def __init__(self, T, r):
        self.T, self.r, self.conforming = T, r, True

    def fits(self, value, bits):
        if (value < -(1 << (bits - 1))).any() or (value > (1 << (bits - 1)) - 1).any():
            self.conforming = False

    def B(self, a, b, angle, flip):
        T = self.T
        x = T[a] * cos128(angle) - T[b] * sin128(angle)
        y = T[a] * sin128(angle) + T[b] * cos128(angle)
        self.fits(Round2(x, 12), self.r)
        self.fits(Round2(y, 12), self.r)
        T[a] = wrap32(x + 2048) >> 12
        T[b] = wrap32(y + 2048) >> 12
        if flip:
            T[a], T[b] = T[b], T[a]

    def H(self, a, b, flip):
        if flip:
            self.H(b, a, 0)
            return
        x, y = self.T[a], self.T[b]
        self.T[a] = np.clip(x + y, -(1 << (self.r - 1)), (1 << (self.r - 1)) - 1)
        self.T[b] = np.clip(x - y, -(1 << (self.r - 1)), (1 << (self.r - 1)) - 1)

    def inverse_dct(self, n):
        B, H = self.B, self.H
        copyT = list(self.T)
        for i in range(1 << n):
            self.T[i] = copyT[brev(n, i)]
        if n == 6:  # step 2
            for i in range(16):
                B(32 + i, 63 - i, 63 - 4 * brev(4, i), 0)
        if n >= 5:
            for i in range(8):
                B(16 + i, 31 - i, 6 + (brev(3, 7 - i) << 3), 0)
        if n == 6:
            for i in range(16):
                H(32 + i * 2, 33 + i * 2, i & 1)
        if n >= 4:
            for i in range(4):
                B(8 + i, 15 - i, 12 + (brev(2, 3 - i) << 4), 0)
        if n >= 5:
            for i in range(8):
                H(16 + 2 * i, 17 + 2 * i, i & 1)
        if n == 6:
            for i in range(4):
                for j in range(2):
                    B(62 - i * 4 - j, 33 + i * 4 + j, 60 - 16 * brev(2, i) + 64 * j, 1)
        if n >= 3:
            for i in range(2):
                B(4 + i, 7 - i, 56 - 32 * i, 0)
        if n >= 4:
            for i in range(4):
                H(8 + 2 * i, 9 + 2 * i, i & 1)
        if n >= 5:
            for i in range(2):
                for j in range(2):
                    B(30 - 4 * i - j, 17 + 4 * i + j, 24 + (j << 6) + ((1 - i) << 5), 1)
        if n == 6:
            for i in range(8):
                for j in range(2):
                    H(32 + i * 4 + j, 35 + i * 4 - j, i & 1)
        for i in range(2):  # step 12
            B(2 * i, 2 * i + 1, 32 + 16 * i, 1 - i)
        if n >= 3:
            for i in range(2):
                H(4 + 2 * i, 5 + 2 * i, i)
        if n >= 4:
            for i in range(2):
                B(14 - i, 9 + i, 48 + 64 * i, 1)
        if n >= 5:
            for i in range(4):
                for j in range(2):
                    H(16 + 4 * i + j, 19 + 4 * i - j, i & 1)
        if n == 6:
            for i in range(2):
                for j in range(4):
                    B(61 - i * 8 - j, 34 + i * 8 + j, 56 - i * 32 + (j >> 1) * 64, 1)
        for i in range(2):
            H(i, 3 - i, 0)
        if n >= 3:
            B(6, 5, 32, 1)
        if n >= 4:
            for i in range(2):
                for j in range(2):
                    H(8 + 4 * i + j, 11 + 4 * i - j, i)
        if n >= 5:
            for i in range(4):
                B(29 - i, 18 + i, 48 + (i >> 1) * 64, 1)
        if n == 6:
            for i in range(4):
                for j in range(4):
                    H(32 + 8 * i + j, 39 + 8 * i - j, i & 1)
        if n >= 3:  # step 22
            for i in range(4):
                H(i, 7 - i, 0)
        if n >= 4:
            for i in range(2):
                B(13 - i, 10 + i, 32, 1)
        if n >= 5:
            for i in range(2):
                for j in range(4):
                    H(16 + i * 8 + j, 23 + i * 8 - j, i)
        if n == 6:
            for i in range(8):
                B(59 - i, 36 + i, 48 if i < 4 else 112, 1)
        if n >= 4:
            for i in range(8):
                H(i, 15 - i, 0)
        if n >= 5:
            for i in range(4):
                B(27 - i, 20 + i, 32, 1)
        if n == 6:
            for i in range(8):
                H(32 + i, 47 - i, 0)
                H(48 + i, 63 - i, 1)
        if n >= 5:
            for i in range(16):
                H(i, 31 - i, 0)
        if n == 6:
            for i in range(8):
                B(55 - i, 40 + i, 32, 1)
        if n == 6:
            for i in range(32):
                H(i, 63 - i, 0)

    def adst_input_permutation(self, n):
        n0 = 1 << n
        copyT = list(self.T)
        for i in range(n0):
            idx = (i - 1) if (i & 1) else (n0 - i - 1)
            self.T[i] = copyT[idx]

    def adst_output_permutation(self, n):
        copyT = list(self.T)
        for i in range(1 << n):
            a = (i >> 3) & 1
            b = ((i >> 2) & 1) ^ ((i >> 3) & 1)
            c = ((i >> 1) & 1) ^ ((i >> 2) & 1)
            d = (i & 1) ^ ((i >> 1) & 1)
            idx = ((d << 3) | (c << 2) | (b << 1) | a) >> (4 - n)
            self.T[i] = (-copyT[idx]) if (i & 1) else copyT[idx]

    def inverse_adst4(self):
        T, r = self.T, self.r
        s, x = [0] * 7, [0] * 4
        s[0] = SINPI_1_9 * T[0]
        s[1] = SINPI_2_9 * T[0]
        s[2] = SINPI_3_9 * T[1]
        s[3] = SINPI_4_9 * T[2]
        s[4] = SINPI_1_9 * T[2]
        s[5] = SINPI_2_9 * T[3]
        s[6] = SINPI_4_9 * T[3]
        a7 = T[0] - T[2]
        b7 = a7 + T[3]
        self.fits(a7, r + 1)
        self.fits(b7, r)
        for value in s:
            self.fits(value, r + 12)
        s[0] = s[0] + s[3]
        s[1] = s[1] - s[4]
        s[3] = s[2]
        s[2] = SINPI_3_9 * b7
        for value in s:
            self.fits(value, r + 12)
        s[0] = s[0] + s[5]
        s[1] = s[1] - s[6]
        x[0] = s[0] + s[3]
        x[1] = s[1] + s[3]
        x[2] = s[2]
        x[3] = s[0] + s[1]
        for value in s + x:
            self.fits(value, r + 12)
        x[3] = x[3] - s[3]
        self.fits(x[3], r + 12)
        for i in range(4):
            T[i] = Round2(wrap32(x[i]), 12)

    def inverse_adst8(self):
        B, H = self.B, self.H
        self.adst_input_permutation(3)
        for i in range(4):
            B(2 * i, 2 * i + 1, 60 - 16 * i, 1)
        for i in range(4):
            H(i, 4 + i, 0)
        for i in range(2):
            B(4 + 3 * i, 5 + i, 48 - 32 * i, 1)
        for i in range(2):
            for j in range(2):
                H(4 * j + i, 2 + 4 * j + i, 0)
        for i in range(2):
            B(2 + 4 * i, 3 + 4 * i, 32, 1)
        self.adst_output_permutation(3)

    def inverse_adst16(self):
        B, H = self.B, self.H
        self.adst_input_permutation(4)
        for i in range(8):
            B(2 * i, 2 * i + 1, 62 - 8 * i, 1)
        for i in range(8):
            H(i, 8 + i, 0)
        for i in range(2):
            B(8 + 2 * i, 9 + 2 * i, 56 - 32 * i, 1)
            B(13 + 2 * i, 12 + 2 * i, 8 + 32 * i, 1)
        for i in range(4):
            for j in range(2):
                H(8 * j + i, 4 + 8 * j + i, 0)
        for i in range(2):
            for j in range(2):
                B(4 + 8 * j + 3 * i, 5 + 8 * j + i, 48 - 32 * i, 1)
        for i in range(2):
            for j in range(4):
                H(4 * j + i, 2 + 4 * j + i, 0)
        for i in range(4):
            B(2 + 4 * i, 3 + 4 * i, 32, 1)
        self.adst_output_permutation(4)

    def inverse_adst(self, n):
        if n == 2:
            self.inverse_adst4()
        elif n == 3:
            self.inverse_adst8()
        else:
            assert n == 4
            self.inverse_adst16()

    def inverse_wht(self, shift):
        T = self.T
        a = T[0] >> shift
        c = T[1] >> shift
        d = T[2] >> shift
        b = T[3] >> shift
        a = a + c
        d = d - b
        e = (a - d) >> 1
        b = e - b
        c = e - c
        a = a - b
        d = d + c
        T[0] = a
        T[1] = b
        T[2] = c
        T[3] = d

    def inverse_identity(self, n):
        for i in range(1 << n):
            if n == 2:
                self.T[i] = Round2(self.T[i] * 5793, 12)
            elif n == 3:
                self.T[i] = self.T[i] * 2
            elif n == 4:
                self.T[i] = Round2(self.T[i] * 11586, 12)
            else:
                assert n == 5
                self.T[i] = self.T[i] * 4


def inverse_transform_2d(Dequant, txSz, PlaneTxType, Lossless, BitDepth):
    """Section 7.13.3: Residual, and whether the block conforms."""
    log2W = Tx_Width_Log2[txSz]
    log2H = Tx_Height_Log2[txSz]
    w = 1 << log2W
    h = 1 << log2H
    rowShift = 0 if Lossless else Transform_Row_Shift[txSz]
    colShift = 0 if Lossless else 4
    rowClampRange = BitDepth + 8
    colClampRange = max(BitDepth + 6, 16)
    Residual = np.zeros((h, w), np.int64)
    Residual[: min(32, h), : min(32, w)] = Dequant
    T = [Residual[:, j].copy() for j in range(w)]
    if abs(log2W - log2H) == 1:
        T = [Round2(t * 2896, 12) for t in T]
    rows = Transform(T, rowClampRange)
    if Lossless:
        rows.inverse_wht(2)
    elif PlaneTxType in ROW_DCT:
        rows.inverse_dct(log2W)
    elif PlaneTxType in ROW_ADST:
        rows.inverse_adst(log2W)
    else:
        rows.inverse_identity(log2W)
    for j in range(w):
        Residual[:, j] = Round2(rows.T[j], rowShift)
    Residual = np.clip(Residual, -(1 << (colClampRange - 1)), (1 << (colClampRange - 1)) - 1)
    columns = Transform([Residual[i].copy() for i in range(h)], colClampRange)
    if Lossless:
        columns.inverse_wht(0)
    elif PlaneTxType in COLUMN_DCT:
        columns.inverse_dct(log2H)
    elif PlaneTxType in COLUMN_ADST:
        columns.inverse_adst(log2H)
    else:
        columns.inverse_identity(log2H)
    for i in range(h):
        Residual[i] = Round2(columns.T[i], colShift)
    return Residual, rows.conforming and columns.conforming


def reconstruct(CurrFrame, y, x, Dequant, txSz, PlaneTxType, Lossless, BitDepth):
    """Section 7.12.3, steps 2 and 3, on a plane of int64; returns whether the block conforms."""
    w = 1 << Tx_Width_Log2[txSz]
    h = 1 << Tx_Height_Log2[txSz]
    flipUD = PlaneTxType in (FLIPADST_DCT, FLIPADST_ADST, V_FLIPADST, FLIPADST_FLIPADST)
    flipLR = PlaneTxType in (DCT_FLIPADST, ADST_FLIPADST, H_FLIPADST, FLIPADST_FLIPADST)
    Residual, conforming = inverse_transform_2d(Dequant, txSz, PlaneTxType, Lossless, BitDepth)
    for i in range(h):
        for j in range(w):
            xx = (w - j - 1) if flipLR else j
            yy = (h - i - 1) if flipUD else i
            value = int(CurrFrame[y + yy][x + xx]) + int(Residual[i][j])
            CurrFrame[y + yy][x + xx] = min(max(value, 0), (1 << BitDepth) - 1)
    return conforming
