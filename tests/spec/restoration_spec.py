"""Superres and loop restoration of the AV1 specification (7.16, 7.17), transcribed.

`Upscaling` and `LoopRestoration` hold the variables of the standard as attributes; frames are lists of
planes, each a list of rows of integers.
"""

from spec.cfl_spec import Clip1, Clip3, Round2

MI_SIZE = 4
MI_SIZE_LOG2 = 2
FILTER_BITS = 7
RESTORE_NONE, RESTORE_WIENER, RESTORE_SGRPROJ = range(3)
SGRPROJ_RST_BITS = 4
SGRPROJ_PRJ_BITS = 7
SGRPROJ_MTABLE_BITS = 20
SGRPROJ_RECIP_BITS = 12
SGRPROJ_SGR_BITS = 8
SUPERRES_SCALE_BITS = 14
SUPERRES_SCALE_MASK = (1 << 14) - 1
SUPERRES_EXTRA_BITS = 8
SUPERRES_FILTER_TAPS = 8
SUPERRES_FILTER_OFFSET = 3

Sgr_Params = [
    [2, 12, 1, 4], [2, 15, 1, 6], [2, 18, 1, 8], [2, 21, 1, 9],
    [2, 24, 1, 10], [2, 29, 1, 11], [2, 36, 1, 12], [2, 45, 1, 13],
    [2, 56, 1, 14], [2, 68, 1, 15], [0, 0, 1, 5], [0, 0, 1, 8],
    [0, 0, 1, 11], [0, 0, 1, 14], [2, 30, 0, 0], [2, 75, 0, 0],
]  # fmt: skip


def divide(x, y):
    """The / of section 4.5: truncation toward 0."""
    return -(-x // y) if x < 0 else x // y


def upscale(frame, Upscale_Filter, FrameWidth, UpscaledWidth, FrameHeight, MiCols, subsampling, BitDepth):
    """7.16; the filter's table is passed in."""
    outputFrame = []
    for plane in range(len(frame)):
        subX, subY = subsampling if plane > 0 else (0, 0)
        downscaledPlaneW = Round2(FrameWidth, subX)
        upscaledPlaneW = Round2(UpscaledWidth, subX)
        planeH = Round2(FrameHeight, subY)
        stepX = divide((downscaledPlaneW << SUPERRES_SCALE_BITS) + divide(upscaledPlaneW, 2), upscaledPlaneW)
        err = upscaledPlaneW * stepX - (downscaledPlaneW << SUPERRES_SCALE_BITS)
        initialSubpelX = (
            divide(
                -((upscaledPlaneW - downscaledPlaneW) << (SUPERRES_SCALE_BITS - 1))
                + divide(upscaledPlaneW, 2),
                upscaledPlaneW,
            )
            + (1 << (SUPERRES_EXTRA_BITS - 1))
            - divide(err, 2)
        )
        initialSubpelX &= SUPERRES_SCALE_MASK
        miW = MiCols >> subX
        minX = 0
        maxX = miW * MI_SIZE - 1
        output = []
        for y in range(planeH):
            row = []
            for x in range(upscaledPlaneW):
                srcX = -(1 << SUPERRES_SCALE_BITS) + initialSubpelX + x * stepX
                srcXPx = srcX >> SUPERRES_SCALE_BITS
                srcXSubpel = (srcX & SUPERRES_SCALE_MASK) >> SUPERRES_EXTRA_BITS
                total = 0
                for k in range(SUPERRES_FILTER_TAPS):
                    sampleX = Clip3(minX, maxX, srcXPx + (k - SUPERRES_FILTER_OFFSET))
                    total += frame[plane][y][sampleX] * Upscale_Filter[srcXSubpel][k]
                row.append(Clip1(Round2(total, FILTER_BITS), BitDepth))
            output.append(row)
        outputFrame.append(output)
    return outputFrame


def count_units_in_frame(unitSize, frameSize):
    """5.11.57."""
    return max((frameSize + (unitSize >> 1)) // unitSize, 1)


class LoopRestoration:
    """7.17, with the variables it reads as attributes."""

    def __init__(self, **variables):
        self.__dict__.update(variables)

    def process(self):
        """7.17."""
        self.LrFrame = [[list(row) for row in plane] for plane in self.UpscaledCdefFrame]
        for y in range(0, self.FrameHeight, MI_SIZE):
            for x in range(0, self.UpscaledWidth, MI_SIZE):
                for plane in range(len(self.LrFrame)):
                    if self.FrameRestorationType[plane] != RESTORE_NONE:
                        self.block(plane, y >> MI_SIZE_LOG2, x >> MI_SIZE_LOG2)

    def block(self, plane, row, col):
        """7.17.1, the loop restore block process."""
        lumaY = row * MI_SIZE
        stripeNum = (lumaY + 8) // 64
        subX, subY = (self.subsampling_x, self.subsampling_y) if plane else (0, 0)
        self.StripeStartY = (-8 + stripeNum * 64) >> subY
        self.StripeEndY = self.StripeStartY + (64 >> subY) - 1
        unitSize = self.LoopRestorationSize[plane]
        unitRows = count_units_in_frame(unitSize, Round2(self.FrameHeight, subY))
        unitCols = count_units_in_frame(unitSize, Round2(self.UpscaledWidth, subX))
        unitRow = min(unitRows - 1, ((row * MI_SIZE + 8) >> subY) // unitSize)
        unitCol = min(unitCols - 1, (col * MI_SIZE >> subX) // unitSize)
        self.PlaneEndX = Round2(self.UpscaledWidth, subX) - 1
        self.PlaneEndY = Round2(self.FrameHeight, subY) - 1
        x = col * MI_SIZE >> subX
        y = row * MI_SIZE >> subY
        w = min(MI_SIZE >> subX, self.PlaneEndX - x + 1)
        h = min(MI_SIZE >> subY, self.PlaneEndY - y + 1)
        rType = self.LrType[plane][unitRow][unitCol]
        if rType == RESTORE_WIENER:
            self.wiener(plane, unitRow, unitCol, x, y, w, h)
        elif rType == RESTORE_SGRPROJ:
            self.self_guided(plane, unitRow, unitCol, x, y, w, h)

    def self_guided(self, plane, unitRow, unitCol, x, y, w, h):
        """7.17.2, the self guided filter process."""
        which = self.LrSgrSet[plane][unitRow][unitCol]
        flt0 = self.box(plane, x, y, w, h, which, 0)
        flt1 = self.box(plane, x, y, w, h, which, 1)
        w0, w1 = self.LrSgrXqd[plane][unitRow][unitCol]
        w2 = (1 << SGRPROJ_PRJ_BITS) - w0 - w1
        r0 = Sgr_Params[which][0]
        r1 = Sgr_Params[which][2]
        for i in range(h):
            for j in range(w):
                u = self.UpscaledCdefFrame[plane][y + i][x + j] << SGRPROJ_RST_BITS
                v = w1 * u
                v += w0 * flt0[i][j] if r0 else w0 * u
                v += w2 * flt1[i][j] if r1 else w2 * u
                s = Round2(v, SGRPROJ_RST_BITS + SGRPROJ_PRJ_BITS)
                self.LrFrame[plane][y + i][x + j] = Clip1(s, self.BitDepth)

    def box(self, plane, x, y, w, h, which, p):
        """7.17.3, the box filter process."""
        r = Sgr_Params[which][p * 2]
        if r == 0:
            return None
        eps = Sgr_Params[which][p * 2 + 1]
        A, B = {}, {}
        n = (2 * r + 1) * (2 * r + 1)
        n2e = n * n * eps
        s = ((1 << SGRPROJ_MTABLE_BITS) + n2e // 2) // n2e
        for i in range(-1, h + 1):
            for j in range(-1, w + 1):
                a = 0
                b = 0
                for dy in range(-r, r + 1):
                    for dx in range(-r, r + 1):
                        c = self.get_source_sample(plane, x + j + dx, y + i + dy)
                        a += c * c
                        b += c
                a = Round2(a, 2 * (self.BitDepth - 8))
                d = Round2(b, self.BitDepth - 8)
                q = max(0, a * n - d * d)
                z = Round2(q * s, SGRPROJ_MTABLE_BITS)
                if z >= 255:
                    a2 = 256
                elif z == 0:
                    a2 = 1
                else:
                    a2 = ((z << SGRPROJ_SGR_BITS) + (z // 2)) // (z + 1)
                oneOverN = ((1 << SGRPROJ_RECIP_BITS) + (n // 2)) // n
                b2 = ((1 << SGRPROJ_SGR_BITS) - a2) * b * oneOverN
                A[i, j] = a2
                B[i, j] = Round2(b2, SGRPROJ_RECIP_BITS)
        F = [[0] * w for _ in range(h)]
        for i in range(h):
            shift = 5
            if p == 0 and (i & 1):
                shift = 4
            for j in range(w):
                a = 0
                b = 0
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        if p == 0:
                            if (i + dy) & 1:
                                weight = 6 if dx == 0 else 5
                            else:
                                weight = 0
                        else:
                            weight = 4 if dx == 0 or dy == 0 else 3
                        a += weight * A[i + dy, j + dx]
                        b += weight * B[i + dy, j + dx]
                v = a * self.UpscaledCdefFrame[plane][y + i][x + j] + b
                F[i][j] = Round2(v, SGRPROJ_SGR_BITS + shift - SGRPROJ_RST_BITS)
        return F

    def wiener(self, plane, unitRow, unitCol, x, y, w, h):
        """7.17.4, the Wiener filter process."""
        InterRound0, InterRound1 = (5, 9) if self.BitDepth == 12 else (3, 11)  # 7.11.3.2
        vfilter = self.coefficients(self.LrWiener[plane][unitRow][unitCol][0])
        hfilter = self.coefficients(self.LrWiener[plane][unitRow][unitCol][1])
        offset = 1 << (self.BitDepth + FILTER_BITS - InterRound0 - 1)
        limit = (1 << (self.BitDepth + 1 + FILTER_BITS - InterRound0)) - 1
        intermediate = []
        for r in range(h + 6):
            row = []
            for c in range(w):
                s = 0
                for t in range(7):
                    s += hfilter[t] * self.get_source_sample(plane, x + c + t - 3, y + r - 3)
                row.append(Clip3(-offset, limit - offset, Round2(s, InterRound0)))
            intermediate.append(row)
        for r in range(h):
            for c in range(w):
                s = 0
                for t in range(7):
                    s += vfilter[t] * intermediate[r + t][c]
                self.LrFrame[plane][y + r][x + c] = Clip1(Round2(s, InterRound1), self.BitDepth)

    @staticmethod
    def coefficients(coeff):
        """7.17.5, the Wiener coefficient process."""
        taps = [0] * 7
        taps[3] = 128
        for i in range(3):
            c = coeff[i]
            taps[i] = c
            taps[6 - i] = c
            taps[3] -= 2 * c
        return taps

    def get_source_sample(self, plane, x, y):
        """7.17.6."""
        x = max(0, min(self.PlaneEndX, x))
        y = max(0, min(self.PlaneEndY, y))
        if y < self.StripeStartY:
            y = max(self.StripeStartY - 2, y)
            return self.UpscaledCurrFrame[plane][y][x]
        if y > self.StripeEndY:
            y = min(self.StripeEndY + 2, y)
            return self.UpscaledCurrFrame[plane][y][x]
        return self.UpscaledCdefFrame[plane][y][x]
