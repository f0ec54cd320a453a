"""The loop filter of the AV1 specification (7.14), transcribed: plain Python integers and its own names.

`LoopFilter` holds the variables of the standard as attributes; CurrFrame is a list of planes, each a list of
rows of integers, and is changed in place.
"""

from spec.cfl_spec import Clip3, Round2

INTRA_FRAME = 0
NEARESTMV = 13
GLOBALMV = 15
GLOBAL_GLOBALMV = 23
MAX_LOOP_FILTER = 63
MI_SIZE = 4
SEG_LVL_ALT_LF_Y_V = 1

Tx_Width = [4, 8, 16, 32, 64, 4, 8, 8, 16, 16, 32, 32, 64, 4, 16, 8, 32, 16, 64]
Tx_Height = [4, 8, 16, 32, 64, 8, 4, 16, 8, 32, 16, 64, 32, 16, 4, 32, 8, 64, 16]

BLOCK_NAMES = [
    "4X4", "4X8", "8X4", "8X8", "8X16", "16X8", "16X16", "16X32", "32X16", "32X32", "32X64", "64X32", "64X64",
    "64X128", "128X64", "128X128", "4X16", "16X4", "8X32", "32X8", "16X64", "64X16",
]  # fmt: skip
Block_Width = [int(name.split("X")[0]) for name in BLOCK_NAMES]
Block_Height = [int(name.split("X")[1]) for name in BLOCK_NAMES]


def Subsampled_Size(size, subx, suby):
    """5.11.38; sizes that the standard calls BLOCK_INVALID raise."""
    width, height = max(4, Block_Width[size] >> subx), max(4, Block_Height[size] >> suby)
    return BLOCK_NAMES.index(f"{width}X{height}")


class LoopFilter:
    """7.14, with the variables it reads as attributes."""

    def __init__(self, **variables):
        self.__dict__.update(variables)

    def process(self):
        """7.14.1."""
        NumPlanes = len(self.CurrFrame)
        for plane in range(NumPlanes):
            if plane == 0 or self.loop_filter_level[1 + plane]:
                for p in range(2):
                    rowStep = 1 if plane == 0 else 1 << self.subsampling_y
                    colStep = 1 if plane == 0 else 1 << self.subsampling_x
                    for row in range(0, self.MiRows, rowStep):
                        for col in range(0, self.MiCols, colStep):
                            self.edge(plane, p, row, col)

    def edge(self, plane, p, row, col):
        """7.14.2, the edge loop filter process."""
        subX, subY = (0, 0) if plane == 0 else (self.subsampling_x, self.subsampling_y)
        dx, dy = (1, 0) if p == 0 else (0, 1)
        x = col * MI_SIZE
        y = row * MI_SIZE
        row |= subY
        col |= subX
        onScreen = int(not (x >= self.FrameWidth or y >= self.FrameHeight))
        if (p == 0 and x == 0) or (p == 1 and y == 0):
            onScreen = 0
        if onScreen == 0:
            return
        xP = x >> subX
        yP = y >> subY
        prevRow = row - (dy << subY)
        prevCol = col - (dx << subX)
        MiSize = self.MiSizes[row][col]
        txSz = self.LoopfilterTxSizes[plane][row >> subY][col >> subX]
        planeSize = Subsampled_Size(MiSize, subX, subY)
        skip = self.Skips[row][col]
        isIntra = self.RefFrames[row][col][0] <= INTRA_FRAME
        prevTxSz = self.LoopfilterTxSizes[plane][prevRow >> subY][prevCol >> subX]
        isBlockEdge = xP % Block_Width[planeSize] == 0 if p == 0 else yP % Block_Height[planeSize] == 0
        isTxEdge = xP % Tx_Width[txSz] == 0 if p == 0 else yP % Tx_Height[txSz] == 0
        if isTxEdge == 0:
            applyFilter = 0
        elif isBlockEdge == 1 or skip == 0 or isIntra == 1:
            applyFilter = 1
        else:
            applyFilter = 0
        filterSize = self.filter_size(txSz, prevTxSz, p, plane)
        lvl, limit, blimit, thresh = self.strength(row, col, plane, p)
        if lvl == 0:
            lvl, limit, blimit, thresh = self.strength(prevRow, prevCol, plane, p)
        for i in range(MI_SIZE):
            if applyFilter == 1 and lvl > 0:
                self.sample(xP + dy * i, yP + dx * i, plane, limit, blimit, thresh, dx, dy, filterSize)

    def filter_size(self, txSz, prevTxSz, p, plane):
        """7.14.3."""
        if p == 0:
            baseSize = min(Tx_Width[prevTxSz], Tx_Width[txSz])
        else:
            baseSize = min(Tx_Height[prevTxSz], Tx_Height[txSz])
        return min(16, baseSize) if plane == 0 else min(8, baseSize)

    def strength(self, row, col, plane, p):
        """7.14.4, the adaptive filter strength process."""
        segment = self.SegmentIds[row][col]
        ref = self.RefFrames[row][col][0]
        mode = self.YModes[row][col]
        modeType = int(mode >= NEARESTMV and mode not in (GLOBALMV, GLOBAL_GLOBALMV))
        if self.delta_lf_multi == 0:
            deltaLF = self.DeltaLFs[row][col][0]
        else:
            deltaLF = self.DeltaLFs[row][col][p if plane == 0 else plane + 1]
        lvl = self.level(segment, ref, modeType, deltaLF, plane, p)
        sharpness = self.loop_filter_sharpness
        shift = 2 if sharpness > 4 else (1 if sharpness > 0 else 0)
        limit = Clip3(1, 9 - sharpness, lvl >> shift) if sharpness > 0 else max(1, lvl >> shift)
        blimit = 2 * (lvl + 2) + limit
        thresh = lvl >> 4
        return lvl, limit, blimit, thresh

    def level(self, segment, ref, modeType, deltaLF, plane, p):
        """7.14.5, the adaptive filter strength selection process."""
        i = p if plane == 0 else plane + 1
        lvlSeg = Clip3(0, MAX_LOOP_FILTER, deltaLF + self.loop_filter_level[i])
        feature = SEG_LVL_ALT_LF_Y_V + i
        if self.segmentation_enabled and self.FeatureEnabled[segment][feature]:
            lvlSeg = self.FeatureData[segment][feature] + lvlSeg
            lvlSeg = Clip3(0, MAX_LOOP_FILTER, lvlSeg)
        if self.loop_filter_delta_enabled == 1:
            nShift = lvlSeg >> 5
            if ref == INTRA_FRAME:
                lvlSeg = lvlSeg + (self.loop_filter_ref_deltas[INTRA_FRAME] << nShift)
            else:
                lvlSeg = (
                    lvlSeg
                    + (self.loop_filter_ref_deltas[ref] << nShift)
                    + (self.loop_filter_mode_deltas[modeType] << nShift)
                )
            lvlSeg = Clip3(0, MAX_LOOP_FILTER, lvlSeg)
        return lvlSeg

    def sample(self, x, y, plane, limit, blimit, thresh, dx, dy, filterSize):
        """7.14.6.1, the sample filtering process."""
        masks = self.masks(x, y, plane, limit, blimit, thresh, dx, dy, filterSize)
        hevMask, filterMask, flatMask, flatMask2 = masks
        if filterMask == 0:
            return
        if filterSize == 4 or not flatMask:
            self.narrow(hevMask, x, y, plane, dx, dy)
        elif filterSize == 8 or not flatMask2:
            self.wide(x, y, plane, dx, dy, 3)
        else:
            self.wide(x, y, plane, dx, dy, 4)

    def masks(self, x, y, plane, limit, blimit, thresh, dx, dy, filterSize):
        """7.14.6.2, the filter mask process."""
        frame = self.CurrFrame[plane]

        def q(n):
            return frame[y + dy * n][x + dx * n]

        def p(n):
            return frame[y - dy * (n + 1)][x - dx * (n + 1)]

        one = 1 << (self.BitDepth - 8)
        threshBd = thresh * one
        hevMask = abs(p(1) - p(0)) > threshBd or abs(q(1) - q(0)) > threshBd
        if filterSize == 4:
            filterLen = 4
        elif plane != 0:
            filterLen = 6
        elif filterSize == 8:
            filterLen = 8
        else:
            filterLen = 16
        limitBd = limit * one
        blimitBd = blimit * one
        mask = 0
        mask |= abs(p(1) - p(0)) > limitBd
        mask |= abs(q(1) - q(0)) > limitBd
        mask |= abs(p(0) - q(0)) * 2 + abs(p(1) - q(1)) // 2 > blimitBd
        if filterLen >= 6:
            mask |= abs(p(2) - p(1)) > limitBd
            mask |= abs(q(2) - q(1)) > limitBd
        if filterLen >= 8:
            mask |= abs(p(3) - p(2)) > limitBd
            mask |= abs(q(3) - q(2)) > limitBd
        filterMask = mask == 0
        flatMask = flatMask2 = None
        if filterSize >= 8:
            mask = 0
            mask |= abs(p(1) - p(0)) > one
            mask |= abs(q(1) - q(0)) > one
            mask |= abs(p(2) - p(0)) > one
            mask |= abs(q(2) - q(0)) > one
            if filterLen >= 8:
                mask |= abs(p(3) - p(0)) > one
                mask |= abs(q(3) - q(0)) > one
            flatMask = mask == 0
        if filterSize >= 16:
            mask = 0
            for n in (6, 5, 4):
                mask |= abs(p(n) - p(0)) > one
                mask |= abs(q(n) - q(0)) > one
            flatMask2 = mask == 0
        return hevMask, filterMask, flatMask, flatMask2

    def narrow(self, hevMask, x, y, plane, dx, dy):
        """7.14.6.3, the narrow filter process."""
        BitDepth = self.BitDepth
        frame = self.CurrFrame[plane]

        def filter4_clamp(value):
            return Clip3(-(1 << (BitDepth - 1)), (1 << (BitDepth - 1)) - 1, value)

        middle = 0x80 << (BitDepth - 8)
        ps1 = frame[y - dy * 2][x - dx * 2] - middle
        ps0 = frame[y - dy][x - dx] - middle
        qs0 = frame[y][x] - middle
        qs1 = frame[y + dy][x + dx] - middle
        f = filter4_clamp(ps1 - qs1) if hevMask else 0
        f = filter4_clamp(f + 3 * (qs0 - ps0))
        filter1 = filter4_clamp(f + 4) >> 3
        filter2 = filter4_clamp(f + 3) >> 3
        frame[y][x] = filter4_clamp(qs0 - filter1) + middle
        frame[y - dy][x - dx] = filter4_clamp(ps0 + filter2) + middle
        if not hevMask:
            f = Round2(filter1, 1)
            frame[y + dy][x + dx] = filter4_clamp(qs1 - f) + middle
            frame[y - dy * 2][x - dx * 2] = filter4_clamp(ps1 + f) + middle

    def wide(self, x, y, plane, dx, dy, log2Size):
        """7.14.6.4, the wide filter process."""
        frame = self.CurrFrame[plane]
        if log2Size == 4:
            n = 6
        elif plane == 0:
            n = 3
        else:
            n = 2
        n2 = 0 if log2Size == 3 and plane == 0 else 1
        F = {}
        for i in range(-n, n):
            t = 0
            for j in range(-n, n + 1):
                p = Clip3(-(n + 1), n, i + j)
                tap = 2 if abs(j) <= n2 else 1
                t += frame[y + p * dy][x + p * dx] * tap
            F[i] = Round2(t, log2Size)
        for i in range(-n, n):
            frame[y + i * dy][x + i * dx] = F[i]
