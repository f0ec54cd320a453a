# ruff: noqa: SIM114 - branches as the specification has them
"""Intra and palette prediction in the words of the AV1 specification, 7.11.2 and 7.11.4: plain Python."""

from tests.spec.cfl_spec import Clip1, Clip3, Round2, Round2Signed

(DC_PRED, V_PRED, H_PRED, D45_PRED, D135_PRED, D113_PRED, D157_PRED, D203_PRED, D67_PRED, SMOOTH_PRED,
 SMOOTH_V_PRED, SMOOTH_H_PRED, PAETH_PRED) = range(13)  # fmt: skip
ANGLE_STEP = 3
INTRA_FILTER_SCALE_BITS = 4
INTRA_EDGE_TAPS = 5

Sm_Weights = {
    4: [
        255, 149, 85, 64,
    ],
    8: [
        255, 197, 146, 105, 73, 50, 37, 32,
    ],
    16: [
        255, 225, 196, 170, 145, 123, 102, 84, 68, 54, 43, 33, 26, 20, 17, 16,
    ],
    32: [
        255, 240, 225, 210, 196, 182, 169, 157, 145, 133, 122, 111, 101, 92, 83, 74, 66, 59, 52, 45,
        39, 34, 29, 25, 21, 17, 14, 12, 10, 9, 8, 8,
    ],
    64: [
        255, 248, 240, 233, 225, 218, 210, 203, 196, 189, 182, 176, 169, 163, 156, 150, 144, 138, 133, 127,
        121, 116, 111, 106, 101, 96, 91, 86, 82, 77, 73, 69, 65, 61, 57, 54, 50, 47, 44, 41,
        38, 35, 32, 29, 27, 25, 22, 20, 18, 16, 15, 13, 12, 10, 9, 8, 7, 6, 6, 5,
        5, 4, 4, 4,
    ],
}  # fmt: skip

Mode_To_Angle = [0, 90, 180, 45, 135, 113, 157, 203, 67, 0, 0, 0, 0]

Dr_Intra_Derivative = [
    0, 0, 0, 1023, 0, 0, 547, 0, 0, 372, 0, 0, 0, 0, 273, 0, 0, 215, 0, 0,
    178, 0, 0, 151, 0, 0, 132, 0, 0, 116, 0, 0, 102, 0, 0, 0, 90, 0, 0, 80,
    0, 0, 71, 0, 0, 64, 0, 0, 57, 0, 0, 51, 0, 0, 45, 0, 0, 0, 40, 0,
    0, 35, 0, 0, 31, 0, 0, 27, 0, 0, 23, 0, 0, 19, 0, 0, 15, 0, 0, 0,
    0, 11, 0, 0, 7, 0, 0, 3, 0, 0,
]  # fmt: skip

# [ mode ][ output ][ neighbour ], flat
Intra_Filter_Taps_Flat = [
    -6, 10, 0, 0, 0, 12, 0, -5, 2, 10, 0, 0, 9, 0, -3, 1, 1, 10, 0, 7, 0, -3, 1, 1, 2, 10, 5, 0,
    -4, 6, 0, 0, 0, 2, 12, -3, 2, 6, 0, 0, 2, 9, -3, 2, 2, 6, 0, 2, 7, -3, 1, 2, 2, 6, 3, 5,
    -10, 16, 0, 0, 0, 10, 0, -6, 0, 16, 0, 0, 6, 0, -4, 0, 0, 16, 0, 4, 0, -2, 0, 0, 0, 16, 2, 0,
    -10, 16, 0, 0, 0, 0, 10, -6, 0, 16, 0, 0, 0, 6, -4, 0, 0, 16, 0, 0, 4, -2, 0, 0, 0, 16, 0, 2,
    -8, 8, 0, 0, 0, 16, 0, -8, 0, 8, 0, 0, 16, 0, -8, 0, 0, 8, 0, 16, 0, -8, 0, 0, 0, 8, 16, 0,
    -4, 4, 0, 0, 0, 0, 16, -4, 0, 4, 0, 0, 0, 16, -4, 0, 0, 4, 0, 0, 16, -4, 0, 0, 0, 4, 0, 16,
    -2, 8, 0, 0, 0, 10, 0, -1, 3, 8, 0, 0, 6, 0, -1, 2, 3, 8, 0, 4, 0, 0, 1, 2, 3, 8, 2, 0,
    -1, 4, 0, 0, 0, 3, 10, -1, 3, 4, 0, 0, 4, 6, -1, 2, 3, 4, 0, 4, 4, -1, 2, 2, 3, 4, 3, 3,
    -12, 14, 0, 0, 0, 14, 0, -10, 0, 14, 0, 0, 12, 0, -9, 0, 0, 14, 0, 11, 0, -8, 0, 0, 0, 14, 10, 0,
    -10, 12, 0, 0, 0, 0, 14, -9, 1, 12, 0, 0, 0, 12, -8, 0, 0, 12, 0, 1, 11, -7, 0, 0, 1, 12, 1, 9,
]  # fmt: skip
Intra_Filter_Taps = [
    [Intra_Filter_Taps_Flat[56 * m + 7 * k : 56 * m + 7 * k + 7] for k in range(8)] for m in range(5)
]


Intra_Edge_Kernel = [[0, 4, 8, 4, 0], [0, 5, 6, 5, 0], [2, 4, 4, 4, 2]]


class Block:
    """One invocation of the intra prediction process; `AboveRow` and `LeftCol` are dictionaries."""

    def __init__(
        self,
        CurrFrame,
        x,
        y,
        haveLeft,
        haveAbove,
        haveAboveRight,
        haveBelowLeft,
        log2W,
        log2H,
        maxX,
        maxY,
        BitDepth,
    ):
        self.haveLeft, self.haveAbove = haveLeft, haveAbove
        self.x, self.y, self.maxX, self.maxY = x, y, maxX, maxY
        self.log2W, self.log2H, self.BitDepth = log2W, log2H, BitDepth
        self.w = w = 1 << log2W
        self.h = h = 1 << log2H
        self.AboveRow, self.LeftCol = {}, {}
        for i in range(w + h):
            if not haveAbove and haveLeft:
                self.AboveRow[i] = int(CurrFrame[y][x - 1])
            elif not haveAbove and not haveLeft:
                self.AboveRow[i] = (1 << (BitDepth - 1)) - 1
            else:
                aboveLimit = min(maxX, x + (2 * w if haveAboveRight else w) - 1)
                self.AboveRow[i] = int(CurrFrame[y - 1][min(aboveLimit, x + i)])
        for i in range(w + h):
            if not haveLeft and haveAbove:
                self.LeftCol[i] = int(CurrFrame[y - 1][x])
            elif not haveLeft and not haveAbove:
                self.LeftCol[i] = (1 << (BitDepth - 1)) + 1
            else:
                leftLimit = min(maxY, y + (2 * h if haveBelowLeft else h) - 1)
                self.LeftCol[i] = int(CurrFrame[min(leftLimit, y + i)][x - 1])
        if haveAbove and haveLeft:
            self.AboveRow[-1] = int(CurrFrame[y - 1][x - 1])
        elif haveAbove:
            self.AboveRow[-1] = int(CurrFrame[y - 1][x])
        elif haveLeft:
            self.AboveRow[-1] = int(CurrFrame[y][x - 1])
        else:
            self.AboveRow[-1] = 1 << (BitDepth - 1)
        self.LeftCol[-1] = self.AboveRow[-1]
        self.pred = [[None] * w for _ in range(h)]

    def basic(self):
        for i in range(self.h):
            for j in range(self.w):
                base = self.AboveRow[j] + self.LeftCol[i] - self.AboveRow[-1]
                pLeft = abs(base - self.LeftCol[i])
                pTop = abs(base - self.AboveRow[j])
                pTopLeft = abs(base - self.AboveRow[-1])
                if pLeft <= pTop and pLeft <= pTopLeft:
                    self.pred[i][j] = self.LeftCol[i]
                elif pTop <= pTopLeft:
                    self.pred[i][j] = self.AboveRow[j]
                else:
                    self.pred[i][j] = self.AboveRow[-1]

    def recursive(self, filter_intra_mode):
        w4 = self.w >> 2
        h2 = self.h >> 1
        for i2 in range(h2):
            for j4 in range(w4):
                p = [0] * 7
                for i in range(7):
                    if i < 5:
                        if i2 == 0:
                            p[i] = self.AboveRow[(j4 << 2) + i - 1]
                        elif j4 == 0 and i == 0:
                            p[i] = self.LeftCol[(i2 << 1) - 1]
                        else:
                            p[i] = self.pred[(i2 << 1) - 1][(j4 << 2) + i - 1]
                    elif j4 == 0:
                        p[i] = self.LeftCol[(i2 << 1) + i - 5]
                    else:
                        p[i] = self.pred[(i2 << 1) + i - 5][(j4 << 2) - 1]
                for i1 in range(2):
                    for j1 in range(4):
                        pr = 0
                        for i in range(7):
                            pr += Intra_Filter_Taps[filter_intra_mode][(i1 << 2) + j1][i] * p[i]
                        self.pred[(i2 << 1) + i1][(j4 << 2) + j1] = Clip1(
                            Round2Signed(pr, INTRA_FILTER_SCALE_BITS), self.BitDepth
                        )

    def directional(self, mode, angleDelta, enable_intra_edge_filter, filterType):
        w, h, AboveRow, LeftCol, pred = self.w, self.h, self.AboveRow, self.LeftCol, self.pred
        pAngle = Mode_To_Angle[mode] + angleDelta * ANGLE_STEP
        upsampleAbove = 0
        upsampleLeft = 0
        if enable_intra_edge_filter == 1:
            if pAngle not in (90, 180):
                if pAngle > 90 and pAngle < 180 and (w + h) >= 24:
                    LeftCol[-1] = AboveRow[-1] = self.filter_corner()
                if self.haveAbove:
                    strength = edge_filter_strength(w, h, filterType, pAngle - 90)
                    numPx = min(w, self.maxX - self.x + 1) + (h if pAngle < 90 else 0) + 1
                    self.edge_filter(numPx, strength, 0)
                if self.haveLeft:
                    strength = edge_filter_strength(w, h, filterType, pAngle - 180)
                    numPx = min(h, self.maxY - self.y + 1) + (w if pAngle > 180 else 0) + 1
                    self.edge_filter(numPx, strength, 1)
            upsampleAbove = edge_upsample(w, h, filterType, pAngle - 90)
            numPx = w + (h if pAngle < 90 else 0)
            if upsampleAbove == 1:
                self.upsample(numPx, 0)
            upsampleLeft = edge_upsample(w, h, filterType, pAngle - 180)
            numPx = h + (w if pAngle > 180 else 0)
            if upsampleLeft == 1:
                self.upsample(numPx, 1)
        if pAngle < 90:
            dx = Dr_Intra_Derivative[pAngle]
        elif 90 < pAngle < 180:
            dx = Dr_Intra_Derivative[180 - pAngle]
        if 90 < pAngle < 180:
            dy = Dr_Intra_Derivative[pAngle - 90]
        elif pAngle > 180:
            dy = Dr_Intra_Derivative[270 - pAngle]
        for i in range(h):
            for j in range(w):
                if pAngle < 90:
                    idx = (i + 1) * dx
                    base = (idx >> (6 - upsampleAbove)) + (j << upsampleAbove)
                    shift = ((idx << upsampleAbove) >> 1) & 0x1F
                    maxBaseX = (w + h - 1) << upsampleAbove
                    if base < maxBaseX:
                        pred[i][j] = Round2(AboveRow[base] * (32 - shift) + AboveRow[base + 1] * shift, 5)
                    else:
                        pred[i][j] = AboveRow[maxBaseX]
                elif 90 < pAngle < 180:
                    idx = (j << 6) - (i + 1) * dx
                    base = idx >> (6 - upsampleAbove)
                    if base >= -(1 << upsampleAbove):
                        shift = ((idx << upsampleAbove) >> 1) & 0x1F
                        pred[i][j] = Round2(AboveRow[base] * (32 - shift) + AboveRow[base + 1] * shift, 5)
                    else:
                        idx = (i << 6) - (j + 1) * dy
                        base = idx >> (6 - upsampleLeft)
                        shift = ((idx << upsampleLeft) >> 1) & 0x1F
                        pred[i][j] = Round2(LeftCol[base] * (32 - shift) + LeftCol[base + 1] * shift, 5)
                elif pAngle > 180:
                    idx = (j + 1) * dy
                    base = (idx >> (6 - upsampleLeft)) + (i << upsampleLeft)
                    shift = ((idx << upsampleLeft) >> 1) & 0x1F
                    pred[i][j] = Round2(LeftCol[base] * (32 - shift) + LeftCol[base + 1] * shift, 5)
                elif pAngle == 90:
                    pred[i][j] = AboveRow[j]
                else:
                    pred[i][j] = LeftCol[i]

    def dc(self):
        w, h = self.w, self.h
        if self.haveLeft and self.haveAbove:
            total = 0
            for k in range(h):
                total += self.LeftCol[k]
            for k in range(w):
                total += self.AboveRow[k]
            total += (w + h) >> 1
            value = total // (w + h)
        elif self.haveLeft:
            total = 0
            for k in range(h):
                total += self.LeftCol[k]
            value = Clip1((total + (h >> 1)) >> self.log2H, self.BitDepth)
        elif self.haveAbove:
            total = 0
            for k in range(w):
                total += self.AboveRow[k]
            value = Clip1((total + (w >> 1)) >> self.log2W, self.BitDepth)
        else:
            value = 1 << (self.BitDepth - 1)
        self.pred = [[value] * w for _ in range(h)]

    def smooth(self, mode):
        w, h, AboveRow, LeftCol = self.w, self.h, self.AboveRow, self.LeftCol
        smWeightsX, smWeightsY = Sm_Weights[w], Sm_Weights[h]
        for i in range(h):
            for j in range(w):
                if mode == SMOOTH_PRED:
                    smoothPred = (
                        smWeightsY[i] * AboveRow[j]
                        + (256 - smWeightsY[i]) * LeftCol[h - 1]
                        + smWeightsX[j] * LeftCol[i]
                        + (256 - smWeightsX[j]) * AboveRow[w - 1]
                    )
                    self.pred[i][j] = Round2(smoothPred, 9)
                elif mode == SMOOTH_V_PRED:
                    smoothPred = smWeightsY[i] * AboveRow[j] + (256 - smWeightsY[i]) * LeftCol[h - 1]
                    self.pred[i][j] = Round2(smoothPred, 8)
                else:
                    smoothPred = smWeightsX[j] * LeftCol[i] + (256 - smWeightsX[j]) * AboveRow[w - 1]
                    self.pred[i][j] = Round2(smoothPred, 8)

    def filter_corner(self):
        s = self.LeftCol[0] * 5 + self.AboveRow[-1] * 6 + self.AboveRow[0] * 5
        return Round2(s, 4)

    def upsample(self, numPx, direction):
        buf = self.AboveRow if direction == 0 else self.LeftCol
        dup = [None] * (numPx + 3)
        dup[0] = buf[-1]
        for i in range(-1, numPx):
            dup[i + 2] = buf[i]
        dup[numPx + 2] = buf[numPx - 1]
        buf[-2] = dup[0]
        for i in range(numPx):
            s = -dup[i] + (9 * dup[i + 1]) + (9 * dup[i + 2]) - dup[i + 3]
            s = Clip1(Round2(s, 4), self.BitDepth)
            buf[2 * i - 1] = s
            buf[2 * i] = dup[i + 2]

    def edge_filter(self, sz, strength, left):
        assert sz <= 129
        if strength == 0:
            return
        buf = self.LeftCol if left else self.AboveRow
        edge = [buf[i - 1] for i in range(sz)]
        for i in range(1, sz):
            s = 0
            for j in range(INTRA_EDGE_TAPS):
                k = Clip3(0, sz - 1, i - 2 + j)
                s += Intra_Edge_Kernel[strength - 1][j] * edge[k]
            buf[i - 1] = (s + 8) >> 4


def edge_filter_strength(w, h, filterType, delta):
    d = abs(delta)
    blkWh = w + h
    strength = 0
    if filterType == 0:
        if blkWh <= 8:
            if d >= 56:
                strength = 1
        elif blkWh <= 12:
            if d >= 40:
                strength = 1
        elif blkWh <= 16:
            if d >= 40:
                strength = 1
        elif blkWh <= 24:
            if d >= 8:
                strength = 1
            if d >= 16:
                strength = 2
            if d >= 32:
                strength = 3
        elif blkWh <= 32:
            strength = 1
            if d >= 4:
                strength = 2
            if d >= 32:
                strength = 3
        else:
            strength = 3
    elif blkWh <= 8:
        if d >= 40:
            strength = 1
        if d >= 64:
            strength = 2
    elif blkWh <= 16:
        if d >= 20:
            strength = 1
        if d >= 48:
            strength = 2
    elif blkWh <= 24:
        if d >= 4:
            strength = 3
    else:
        strength = 3
    return strength


def edge_upsample(w, h, filterType, delta):
    d = abs(delta)
    blkWh = w + h
    if d <= 0 or d >= 40:
        return 0
    if filterType == 0:
        return int(blkWh <= 16)
    return int(blkWh <= 8)


def predict_intra(
    CurrFrame, x, y, haveLeft, haveAbove, haveAboveRight, haveBelowLeft, mode, angleDelta, filter_intra_mode,
    log2W, log2H, maxX, maxY, BitDepth, enable_intra_edge_filter, filterType,
):  # fmt: skip
    """Section 7.11.2; use_filter_intra is ``filter_intra_mode >= 0``."""
    block = Block(
        CurrFrame, x, y, haveLeft, haveAbove, haveAboveRight, haveBelowLeft, log2W, log2H, maxX, maxY,
        BitDepth,
    )  # fmt: skip
    if filter_intra_mode >= 0:
        block.recursive(filter_intra_mode)
    elif V_PRED <= mode <= D67_PRED:
        block.directional(mode, angleDelta, enable_intra_edge_filter, filterType)
    elif mode in (SMOOTH_PRED, SMOOTH_V_PRED, SMOOTH_H_PRED):
        block.smooth(mode)
    elif mode == DC_PRED:
        block.dc()
    else:
        block.basic()
    for i in range(block.h):
        for j in range(block.w):
            CurrFrame[y + i][x + j] = block.pred[i][j]


def predict_palette(CurrFrame, startX, startY, x, y, w, h, palette, ColorMap):
    """Section 7.11.4."""
    for i in range(h):
        for j in range(w):
            CurrFrame[startY + i][startX + j] = palette[ColorMap[y * 4 + i][x * 4 + j]]
