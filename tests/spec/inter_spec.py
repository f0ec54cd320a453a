# ruff: noqa: SIM114 - branches as the specification has them
"""Inter prediction in the words of the AV1 specification, 7.11.3: plain Python integers, sample by sample."""

import math

from tests.spec.cfl_spec import Clip1, Clip3, Round2, Round2Signed
from tests.spec.inter_tables import (
    Div_Lut,
    Ii_Weights_1d,
    Obmc_Mask_2,
    Obmc_Mask_4,
    Obmc_Mask_8,
    Obmc_Mask_16,
    Obmc_Mask_32,
    Quant_Dist_Lookup,
    Quant_Dist_Weight,
    Subpel_Filters,
    Warped_Filters,
    Wedge_Codebook,
    Wedge_Master_Oblique_Even,
    Wedge_Master_Oblique_Odd,
    Wedge_Master_Vertical,
)

MI_SIZE = 4
MAX_SB_SIZE = 128
REF_SCALE_SHIFT = 14
SUBPEL_BITS = 4
SUBPEL_MASK = 15
SCALE_SUBPEL_BITS = 10
FILTER_BITS = 7
MAX_FRAME_DISTANCE = 31
WARPEDMODEL_PREC_BITS = 16
WARPEDMODEL_TRANS_CLAMP = 1 << 23
WARPEDMODEL_NONDIAGAFFINE_CLAMP = 1 << 13
WARPEDPIXEL_PREC_SHIFTS = 1 << 6
WARPEDDIFF_PREC_BITS = 10
WARP_PARAM_REDUCE_BITS = 6
DIV_LUT_BITS = 8
DIV_LUT_PREC_BITS = 14
LS_MV_MAX = 256
MASK_MASTER_SIZE = 64
WEDGE_TYPES = 16
WEDGE_HORIZONTAL, WEDGE_VERTICAL, WEDGE_OBLIQUE27, WEDGE_OBLIQUE63, WEDGE_OBLIQUE117, WEDGE_OBLIQUE153 = (
    range(6)
)
EIGHTTAP, EIGHTTAP_SMOOTH, EIGHTTAP_SHARP, BILINEAR = range(4)
INTRA_FRAME, LAST_FRAME = 0, 1
GLOBALMV, GLOBAL_GLOBALMV = 16, 24
TRANSLATION = 1
SIMPLE, OBMC, LOCALWARP = range(3)
COMPOUND_WEDGE, COMPOUND_DIFFWTD, COMPOUND_AVERAGE, COMPOUND_INTRA, COMPOUND_DISTANCE = range(5)
II_DC_PRED, II_V_PRED, II_H_PRED, II_SMOOTH_PRED = range(4)
BLOCK_8X8, BLOCK_SIZES = 3, 22

Block_Width = [4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64, 128, 128, 4, 16, 8, 32, 16, 64]
Block_Height = [4, 8, 4, 8, 16, 8, 16, 32, 16, 32, 64, 32, 64, 128, 64, 128, 16, 4, 32, 8, 64, 16]
Num_4x4_Blocks_Wide = [w // 4 for w in Block_Width]
Num_4x4_Blocks_High = [h // 4 for h in Block_Height]
Wedge_Bits = [0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0]


def FloorLog2(x):
    """Section 4.7."""
    return x.bit_length() - 1


def resolve_divisor(d):
    """7.11.3.7: (divShift, divFactor)."""
    n = FloorLog2(abs(d))
    e = abs(d) - (1 << n)
    if n > DIV_LUT_BITS:
        f = Round2(e, n - DIV_LUT_BITS)
    else:
        f = e << (DIV_LUT_BITS - n)
    return n + DIV_LUT_PREC_BITS, -Div_Lut[f] if d < 0 else Div_Lut[f]


def setup_shear(warpParams):
    """7.11.3.6: (warpValid, alpha, beta, gamma, delta)."""
    alpha0 = Clip3(-32768, 32767, warpParams[2] - (1 << WARPEDMODEL_PREC_BITS))
    beta0 = Clip3(-32768, 32767, warpParams[3])
    divShift, divFactor = resolve_divisor(warpParams[2])
    v = warpParams[4] << WARPEDMODEL_PREC_BITS
    gamma0 = Clip3(-32768, 32767, Round2Signed(v * divFactor, divShift))
    w = warpParams[3] * warpParams[4]
    delta0 = Clip3(
        -32768,
        32767,
        warpParams[5] - Round2Signed(w * divFactor, divShift) - (1 << WARPEDMODEL_PREC_BITS),
    )
    alpha, beta, gamma, delta = (
        Round2Signed(z, WARP_PARAM_REDUCE_BITS) << WARP_PARAM_REDUCE_BITS
        for z in (alpha0, beta0, gamma0, delta0)
    )
    warpValid = 1
    if 4 * abs(alpha) + 7 * abs(beta) >= (1 << WARPEDMODEL_PREC_BITS):
        warpValid = 0
    if 4 * abs(gamma) + 4 * abs(delta) >= (1 << WARPEDMODEL_PREC_BITS):
        warpValid = 0
    return warpValid, alpha, beta, gamma, delta


def ls_product(a, b):
    """7.11.3.8."""
    return ((a * b) >> 2) + (a + b)


def warp_estimation(MiRow, MiCol, MiSize, Mv, NumSamples, CandList):
    """7.11.3.8: (LocalValid, LocalWarpParams), the latter None if there are none."""
    A = [[0, 0], [0, 0]]
    Bx, By = [0, 0], [0, 0]
    w4 = Num_4x4_Blocks_Wide[MiSize]
    h4 = Num_4x4_Blocks_High[MiSize]
    midY = MiRow * 4 + h4 * 2 - 1
    midX = MiCol * 4 + w4 * 2 - 1
    suy = midY * 8
    sux = midX * 8
    duy = suy + Mv[0][0]
    dux = sux + Mv[0][1]
    for i in range(NumSamples):
        sy = CandList[i][0] - suy
        sx = CandList[i][1] - sux
        dy = CandList[i][2] - duy
        dx = CandList[i][3] - dux
        if abs(sx - dx) < LS_MV_MAX and abs(sy - dy) < LS_MV_MAX:
            A[0][0] += ls_product(sx, sx) + 8
            A[0][1] += ls_product(sx, sy) + 4
            A[1][1] += ls_product(sy, sy) + 8
            Bx[0] += ls_product(sx, dx) + 8
            Bx[1] += ls_product(sy, dx) + 4
            By[0] += ls_product(sx, dy) + 4
            By[1] += ls_product(sy, dy) + 8
    det = A[0][0] * A[1][1] - A[0][1] * A[0][1]
    if det == 0:
        return 0, None
    divShift, divFactor = resolve_divisor(det)
    divShift -= WARPEDMODEL_PREC_BITS
    if divShift < 0:
        divFactor = divFactor << (-divShift)
        divShift = 0

    def nondiag(v):
        return Clip3(
            -WARPEDMODEL_NONDIAGAFFINE_CLAMP + 1,
            WARPEDMODEL_NONDIAGAFFINE_CLAMP - 1,
            Round2Signed(v * divFactor, divShift),
        )

    def diag(v):
        return Clip3(
            (1 << WARPEDMODEL_PREC_BITS) - WARPEDMODEL_NONDIAGAFFINE_CLAMP + 1,
            (1 << WARPEDMODEL_PREC_BITS) + WARPEDMODEL_NONDIAGAFFINE_CLAMP - 1,
            Round2Signed(v * divFactor, divShift),
        )

    LocalWarpParams = [0] * 6
    LocalWarpParams[2] = diag(A[1][1] * Bx[0] - A[0][1] * Bx[1])
    LocalWarpParams[3] = nondiag(-A[0][1] * Bx[0] + A[0][0] * Bx[1])
    LocalWarpParams[4] = nondiag(A[1][1] * By[0] - A[0][1] * By[1])
    LocalWarpParams[5] = diag(-A[0][1] * By[0] + A[0][0] * By[1])
    mvx = Mv[0][1]
    mvy = Mv[0][0]
    vx = mvx * (1 << (WARPEDMODEL_PREC_BITS - 3)) - (
        midX * (LocalWarpParams[2] - (1 << WARPEDMODEL_PREC_BITS)) + midY * LocalWarpParams[3]
    )
    vy = mvy * (1 << (WARPEDMODEL_PREC_BITS - 3)) - (
        midX * LocalWarpParams[4] + midY * (LocalWarpParams[5] - (1 << WARPEDMODEL_PREC_BITS))
    )
    LocalWarpParams[0] = Clip3(-WARPEDMODEL_TRANS_CLAMP, WARPEDMODEL_TRANS_CLAMP - 1, vx)
    LocalWarpParams[1] = Clip3(-WARPEDMODEL_TRANS_CLAMP, WARPEDMODEL_TRANS_CLAMP - 1, vy)
    return 1, LocalWarpParams


def initialise_wedge_mask_table():
    """7.11.3.11: WedgeMasks[ bsize ][ flipSign ][ wedge ], of the sizes that have wedges."""
    w = h = MASK_MASTER_SIZE
    MasterMask = [[[0] * w for _ in range(h)] for _ in range(6)]
    for j in range(w):
        shift = MASK_MASTER_SIZE // 4
        for i in range(0, h, 2):
            MasterMask[WEDGE_OBLIQUE63][i][j] = Wedge_Master_Oblique_Even[
                Clip3(0, MASK_MASTER_SIZE - 1, j - shift)
            ]
            shift -= 1
            MasterMask[WEDGE_OBLIQUE63][i + 1][j] = Wedge_Master_Oblique_Odd[
                Clip3(0, MASK_MASTER_SIZE - 1, j - shift)
            ]
            MasterMask[WEDGE_VERTICAL][i][j] = Wedge_Master_Vertical[j]
            MasterMask[WEDGE_VERTICAL][i + 1][j] = Wedge_Master_Vertical[j]
    for i in range(h):
        for j in range(w):
            msk = MasterMask[WEDGE_OBLIQUE63][i][j]
            MasterMask[WEDGE_OBLIQUE27][j][i] = msk
            MasterMask[WEDGE_OBLIQUE117][i][w - 1 - j] = 64 - msk
            MasterMask[WEDGE_OBLIQUE153][w - 1 - j][i] = 64 - msk
            MasterMask[WEDGE_HORIZONTAL][j][i] = MasterMask[WEDGE_VERTICAL][i][j]
    WedgeMasks = {}
    for bsize in range(BLOCK_8X8, BLOCK_SIZES):
        if Wedge_Bits[bsize] > 0:
            w, h = Block_Width[bsize], Block_Height[bsize]
            WedgeMasks[bsize] = [[None] * WEDGE_TYPES for _ in range(2)]
            for wedge in range(WEDGE_TYPES):
                shape = 0 if h > w else 1 if h < w else 2
                direction, xoff, yoff = Wedge_Codebook[shape][wedge]
                xoff = MASK_MASTER_SIZE // 2 - ((xoff * w) >> 3)
                yoff = MASK_MASTER_SIZE // 2 - ((yoff * h) >> 3)
                total = 0
                for i in range(w):
                    total += MasterMask[direction][yoff][xoff + i]
                for i in range(1, h):
                    total += MasterMask[direction][yoff + i][xoff]
                avg = (total + (w + h - 1) // 2) // (w + h - 1)
                flipSign = int(avg < 32)
                mask = [MasterMask[direction][yoff + i][xoff : xoff + w] for i in range(h)]
                WedgeMasks[bsize][flipSign][wedge] = mask
                WedgeMasks[bsize][1 - flipSign][wedge] = [[64 - m for m in row] for row in mask]
    return WedgeMasks


def get_obmc_mask(length):
    """7.11.3.9."""
    return {2: Obmc_Mask_2, 4: Obmc_Mask_4, 8: Obmc_Mask_8, 16: Obmc_Mask_16}.get(length, Obmc_Mask_32)


class Inter:
    """The variables of a frame and a block that inter prediction reads, by the specification's names.

    Set as attributes. FrameStore[ refIdx ][ plane ], CurrFrame[ plane ] and the arrays by 4x4 block are
    indexed as there; so is RefFrameWidth and the like.
    """

    use_intrabc = 0
    interintra = 0
    IsInterIntra = 0
    motion_mode = SIMPLE
    compound_type = COMPOUND_AVERAGE
    force_integer_mv = 0
    OrderHintBits = 7

    def __init__(self, **variables):
        self.__dict__.update(variables)

    def get_relative_dist(self, a, b):
        """7.9.2 and 5.9.3."""
        diff = a - b
        m = 1 << (self.OrderHintBits - 1)
        return (diff & (m - 1)) - (diff & m)

    def subsampling(self, plane):
        return (self.subsampling_x, self.subsampling_y) if plane else (0, 0)

    def scales(self, refIdx):
        xScale = (
            (self.RefUpscaledWidth[refIdx] << REF_SCALE_SHIFT) + self.FrameWidth // 2
        ) // self.FrameWidth
        yScale = (
            (self.RefFrameHeight[refIdx] << REF_SCALE_SHIFT) + self.FrameHeight // 2
        ) // self.FrameHeight
        return xScale, yScale

    def is_scaled(self, refFrame):
        """5.11.27."""
        noScale = 1 << REF_SCALE_SHIFT
        return self.scales(self.ref_frame_idx[refFrame - LAST_FRAME]) != (noScale, noScale)

    def rounding_variables(self, isCompound):
        """7.11.3.2."""
        self.InterRound0 = 3
        self.InterRound1 = 7 if isCompound else 11
        if self.BitDepth == 12:
            self.InterRound0 += 2
        if self.BitDepth == 12 and not isCompound:
            self.InterRound1 -= 2
        self.InterPostRound = 2 * FILTER_BITS - (self.InterRound0 + self.InterRound1)

    def motion_vector_scaling(self, plane, refIdx, x, y, mv):
        """7.11.3.3: (startX, startY, stepX, stepY)."""
        xScale, yScale = self.scales(refIdx)
        subX, subY = self.subsampling(plane)
        halfSample = 1 << (SUBPEL_BITS - 1)
        origX = (x << SUBPEL_BITS) + ((2 * mv[1]) >> subX) + halfSample
        origY = (y << SUBPEL_BITS) + ((2 * mv[0]) >> subY) + halfSample
        baseX = origX * xScale - (halfSample << REF_SCALE_SHIFT)
        baseY = origY * yScale - (halfSample << REF_SCALE_SHIFT)
        off = (1 << (SCALE_SUBPEL_BITS - SUBPEL_BITS)) // 2
        startX = Round2Signed(baseX, REF_SCALE_SHIFT + SUBPEL_BITS - SCALE_SUBPEL_BITS) + off
        startY = Round2Signed(baseY, REF_SCALE_SHIFT + SUBPEL_BITS - SCALE_SUBPEL_BITS) + off
        stepX = Round2Signed(xScale, REF_SCALE_SHIFT - SCALE_SUBPEL_BITS)
        stepY = Round2Signed(yScale, REF_SCALE_SHIFT - SCALE_SUBPEL_BITS)
        return startX, startY, stepX, stepY

    def last_sample(self, plane, refIdx):
        subX, subY = self.subsampling(plane)
        lastX = ((self.RefUpscaledWidth[refIdx] + subX) >> subX) - 1
        lastY = ((self.RefFrameHeight[refIdx] + subY) >> subY) - 1
        return lastX, lastY

    def block_inter_prediction(self, plane, refIdx, x, y, xStep, yStep, w, h, candRow, candCol):
        """7.11.3.4: pred."""
        ref = self.CurrFrame[plane] if refIdx == -1 else self.FrameStore[refIdx][plane]
        lastX, lastY = self.last_sample(plane, refIdx)
        intermediateHeight = (((h - 1) * yStep + (1 << SCALE_SUBPEL_BITS) - 1) >> SCALE_SUBPEL_BITS) + 8

        def filter_of(direction, side):
            interpFilter = self.InterpFilters[candRow][candCol][direction]
            if side <= 4:
                if interpFilter in (EIGHTTAP, EIGHTTAP_SHARP):
                    interpFilter = 4
                elif interpFilter == EIGHTTAP_SMOOTH:
                    interpFilter = 5
            return Subpel_Filters[interpFilter]

        taps = filter_of(1, w)
        intermediate = []
        for r in range(intermediateHeight):
            row = ref[Clip3(0, lastY, (y >> 10) + r - 3)]
            line = []
            for c in range(w):
                s = 0
                p = x + xStep * c
                for t in range(8):
                    s += taps[(p >> 6) & SUBPEL_MASK][t] * int(row[Clip3(0, lastX, (p >> 10) + t - 3)])
                line.append(Round2(s, self.InterRound0))
            intermediate.append(line)
        taps = filter_of(0, h)
        pred = [[0] * w for _ in range(h)]
        for r in range(h):
            p = (y & 1023) + yStep * r
            for c in range(w):
                s = 0
                for t in range(8):
                    s += taps[(p >> 6) & SUBPEL_MASK][t] * intermediate[(p >> 10) + t][c]
                pred[r][c] = Round2(s, self.InterRound1)
        return pred

    def block_warp(self, warpParams, plane, refIdx, x, y, i8, j8, w, h, pred):
        """7.11.3.5: a section of pred."""
        ref = self.FrameStore[refIdx][plane]
        subX, subY = self.subsampling(plane)
        lastX, lastY = self.last_sample(plane, refIdx)
        srcX = (x + j8 * 8 + 4) << subX
        srcY = (y + i8 * 8 + 4) << subY
        dstX = warpParams[2] * srcX + warpParams[3] * srcY + warpParams[0]
        dstY = warpParams[4] * srcX + warpParams[5] * srcY + warpParams[1]
        _, alpha, beta, gamma, delta = setup_shear(warpParams)
        x4 = dstX >> subX
        y4 = dstY >> subY
        ix4 = x4 >> WARPEDMODEL_PREC_BITS
        sx4 = x4 & ((1 << WARPEDMODEL_PREC_BITS) - 1)
        iy4 = y4 >> WARPEDMODEL_PREC_BITS
        sy4 = y4 & ((1 << WARPEDMODEL_PREC_BITS) - 1)
        intermediate = [[0] * 8 for _ in range(15)]
        for i1 in range(-7, 8):
            for i2 in range(-4, 4):
                sx = sx4 + alpha * i2 + beta * i1
                offs = Round2(sx, WARPEDDIFF_PREC_BITS) + WARPEDPIXEL_PREC_SHIFTS
                s = 0
                for i3 in range(8):
                    s += Warped_Filters[offs][i3] * int(
                        ref[Clip3(0, lastY, iy4 + i1)][Clip3(0, lastX, ix4 + i2 - 3 + i3)]
                    )
                intermediate[i1 + 7][i2 + 4] = Round2(s, self.InterRound0)
        for i1 in range(-4, min(4, h - i8 * 8 - 4)):
            for i2 in range(-4, min(4, w - j8 * 8 - 4)):
                sy = sy4 + gamma * i2 + delta * i1
                offs = Round2(sy, WARPEDDIFF_PREC_BITS) + WARPEDPIXEL_PREC_SHIFTS
                s = 0
                for i3 in range(8):
                    s += Warped_Filters[offs][i3] * intermediate[i1 + i3 + 4][i2 + 4]
                pred[i8 * 8 + i1 + 4][j8 * 8 + i2 + 4] = Round2(s, self.InterRound1)

    def compute_prediction(self, plane):
        """5.11.33, of one plane of an inter block."""
        subX, subY = self.subsampling(plane)
        MiRow, MiCol, MiSize = self.MiRow, self.MiCol, self.MiSize
        num4x4W = max(1, Num_4x4_Blocks_Wide[MiSize] >> subX)
        num4x4H = max(1, Num_4x4_Blocks_High[MiSize] >> subY)
        baseX = (MiCol >> subX) * MI_SIZE
        baseY = (MiRow >> subY) * MI_SIZE
        candRow = (MiRow >> subY) << subY
        candCol = (MiCol >> subX) << subX
        predW = Block_Width[MiSize] >> subX
        predH = Block_Height[MiSize] >> subY
        someUseIntra = 0
        for r in range(num4x4H << subY):
            for c in range(num4x4W << subX):
                if self.RefFrames[candRow + r][candCol + c][0] == INTRA_FRAME:
                    someUseIntra = 1
        if someUseIntra:
            predW = num4x4W * 4
            predH = num4x4H * 4
            candRow = MiRow
            candCol = MiCol
        for r, y in enumerate(range(0, num4x4H * 4, predH)):
            for c, x in enumerate(range(0, num4x4W * 4, predW)):
                self.predict_inter(plane, baseX + x, baseY + y, predW, predH, candRow + r, candCol + c)

    def predict_inter(self, plane, x, y, w, h, candRow, candCol):
        """7.11.3.1: samples of CurrFrame[ plane ]."""
        isCompound = self.RefFrames[candRow][candCol][1] > INTRA_FRAME
        self.rounding_variables(isCompound)
        if plane == 0 and self.motion_mode == LOCALWARP:
            self.LocalValid, self.LocalWarpParams = warp_estimation(
                self.MiRow, self.MiCol, self.MiSize, self.Mv, self.NumSamples, self.CandList
            )
            if self.LocalValid == 1:
                self.LocalValid = setup_shear(self.LocalWarpParams)[0]
        preds = []
        for refList in range(1 + isCompound):
            refFrame = self.RefFrames[candRow][candCol][refList]
            isGlobal = self.YMode in (GLOBALMV, GLOBAL_GLOBALMV) and self.GmType[refFrame] > TRANSLATION
            globalValid = setup_shear(self.gm_params[refFrame])[0] if isGlobal else 0
            if w < 8 or h < 8:
                useWarp = 0
            elif self.force_integer_mv == 1:
                useWarp = 0
            elif self.motion_mode == LOCALWARP and self.LocalValid == 1:
                useWarp = 1
            elif isGlobal and not self.is_scaled(refFrame) and globalValid == 1:
                useWarp = 2
            else:
                useWarp = 0
            mv = self.Mvs[candRow][candCol][refList]
            if self.use_intrabc == 0:
                refIdx = self.ref_frame_idx[refFrame - LAST_FRAME]
            else:
                refIdx = -1
                self.RefFrameWidth[-1] = self.FrameWidth
                self.RefFrameHeight[-1] = self.FrameHeight
                self.RefUpscaledWidth[-1] = self.UpscaledWidth
            startX, startY, stepX, stepY = self.motion_vector_scaling(plane, refIdx, x, y, mv)
            if self.use_intrabc == 1:
                self.RefFrameWidth[-1] = self.MiCols * MI_SIZE
                self.RefFrameHeight[-1] = self.MiRows * MI_SIZE
                self.RefUpscaledWidth[-1] = self.MiCols * MI_SIZE
            if useWarp != 0:
                pred = [[0] * w for _ in range(h)]
                warpParams = self.LocalWarpParams if useWarp == 1 else self.gm_params[refFrame]
                for i8 in range(((h - 1) >> 3) + 1):
                    for j8 in range(((w - 1) >> 3) + 1):
                        self.block_warp(warpParams, plane, refIdx, x, y, i8, j8, w, h, pred)
            else:
                pred = self.block_inter_prediction(
                    plane, refIdx, startX, startY, stepX, stepY, w, h, candRow, candCol
                )
            preds.append(pred)
        if self.compound_type == COMPOUND_WEDGE and plane == 0:
            self.wedge_mask(w, h)
        elif self.compound_type == COMPOUND_INTRA:
            self.intra_mode_variant_mask(w, h)
        elif self.compound_type == COMPOUND_DIFFWTD and plane == 0:
            self.difference_weight_mask(preds, w, h)
        if self.compound_type == COMPOUND_DISTANCE:
            self.distance_weights(candRow, candCol)
        CurrFrame, BitDepth, post = self.CurrFrame[plane], self.BitDepth, self.InterPostRound
        if not isCompound and not self.IsInterIntra:
            for i in range(h):
                for j in range(w):
                    CurrFrame[y + i][x + j] = Clip1(preds[0][i][j], BitDepth)
        elif self.compound_type == COMPOUND_AVERAGE:
            for i in range(h):
                for j in range(w):
                    CurrFrame[y + i][x + j] = Clip1(
                        Round2(preds[0][i][j] + preds[1][i][j], 1 + post), BitDepth
                    )
        elif self.compound_type == COMPOUND_DISTANCE:
            for i in range(h):
                for j in range(w):
                    s = self.FwdWeight * preds[0][i][j] + self.BckWeight * preds[1][i][j]
                    CurrFrame[y + i][x + j] = Clip1(Round2(s, 4 + post), BitDepth)
        else:
            self.mask_blend(preds, plane, x, y, w, h)
        if self.motion_mode == OBMC:
            self.overlapped_motion_compensation(plane, w, h)

    def overlapped_motion_compensation(self, plane, w, h):
        """7.11.3.9."""
        subX, subY = self.subsampling(plane)
        MiSize, MiRow, MiCol = self.MiSize, self.MiRow, self.MiCol
        residual_w = max(4, Block_Width[MiSize] >> subX)
        residual_h = max(4, Block_Height[MiSize] >> subY)
        if self.AvailU and self.size_of(residual_w, residual_h) >= BLOCK_8X8:
            passes = 0
            w4 = Num_4x4_Blocks_Wide[MiSize]
            x4 = MiCol
            y4 = MiRow
            nCount = 0
            nLimit = min(4, int(math.log2(w4)))
            while nCount < nLimit and x4 < min(self.MiCols, MiCol + w4):
                candRow = MiRow - 1
                candCol = x4 | 1
                candSz = self.MiSizes[candRow][candCol]
                step4 = Clip3(2, 16, Num_4x4_Blocks_Wide[candSz])
                if self.RefFrames[candRow][candCol][0] > INTRA_FRAME:
                    nCount += 1
                    predW = min(w, (step4 * MI_SIZE) >> subX)
                    predH = min(h >> 1, 32 >> subY)
                    mask = get_obmc_mask(predH)
                    self.predict_overlap(plane, candRow, candCol, x4, y4, predW, predH, passes, mask)
                x4 += step4
        if self.AvailL:
            passes = 1
            h4 = Num_4x4_Blocks_High[MiSize]
            x4 = MiCol
            y4 = MiRow
            nCount = 0
            nLimit = min(4, int(math.log2(h4)))
            while nCount < nLimit and y4 < min(self.MiRows, MiRow + h4):
                candCol = MiCol - 1
                candRow = y4 | 1
                candSz = self.MiSizes[candRow][candCol]
                step4 = Clip3(2, 16, Num_4x4_Blocks_High[candSz])
                if self.RefFrames[candRow][candCol][0] > INTRA_FRAME:
                    nCount += 1
                    predW = min(w >> 1, 32 >> subX)
                    predH = min(h, (step4 * MI_SIZE) >> subY)
                    mask = get_obmc_mask(predW)
                    self.predict_overlap(plane, candRow, candCol, x4, y4, predW, predH, passes, mask)
                y4 += step4

    @staticmethod
    def size_of(w, h):
        """The block size of these sides."""
        return list(zip(Block_Width, Block_Height, strict=True)).index((w, h))

    def predict_overlap(self, plane, candRow, candCol, x4, y4, predW, predH, passes, mask):
        """7.11.3.9 and 7.11.3.10."""
        subX, subY = self.subsampling(plane)
        mv = self.Mvs[candRow][candCol][0]
        refIdx = self.ref_frame_idx[self.RefFrames[candRow][candCol][0] - LAST_FRAME]
        predX = (x4 * 4) >> subX
        predY = (y4 * 4) >> subY
        startX, startY, stepX, stepY = self.motion_vector_scaling(plane, refIdx, predX, predY, mv)
        obmcPred = self.block_inter_prediction(
            plane, refIdx, startX, startY, stepX, stepY, predW, predH, candRow, candCol
        )
        CurrFrame = self.CurrFrame[plane]
        for i in range(predH):
            for j in range(predW):
                m = mask[i] if passes == 0 else mask[j]
                CurrFrame[predY + i][predX + j] = Round2(
                    m * int(CurrFrame[predY + i][predX + j])
                    + (64 - m) * Clip1(obmcPred[i][j], self.BitDepth),
                    6,
                )

    def wedge_mask(self, w, h):
        """7.11.3.11."""
        mask = self.WedgeMasks[self.MiSize][self.wedge_sign][self.wedge_index]
        self.Mask = [[mask[i][j] for j in range(w)] for i in range(h)]

    def difference_weight_mask(self, preds, w, h):
        """7.11.3.12."""
        self.Mask = [[0] * w for _ in range(h)]
        for i in range(h):
            for j in range(w):
                diff = abs(preds[0][i][j] - preds[1][i][j])
                diff = Round2(diff, (self.BitDepth - 8) + self.InterPostRound)
                m = Clip3(0, 64, 38 + diff // 16)
                if self.mask_type:
                    self.Mask[i][j] = 64 - m
                else:
                    self.Mask[i][j] = m

    def intra_mode_variant_mask(self, w, h):
        """7.11.3.13."""
        sizeScale = MAX_SB_SIZE // max(h, w)
        self.Mask = [[0] * w for _ in range(h)]
        for i in range(h):
            for j in range(w):
                if self.interintra_mode == II_V_PRED:
                    self.Mask[i][j] = Ii_Weights_1d[i * sizeScale]
                elif self.interintra_mode == II_H_PRED:
                    self.Mask[i][j] = Ii_Weights_1d[j * sizeScale]
                elif self.interintra_mode == II_SMOOTH_PRED:
                    self.Mask[i][j] = Ii_Weights_1d[min(i, j) * sizeScale]
                else:
                    self.Mask[i][j] = 32

    def mask_blend(self, preds, plane, dstX, dstY, w, h):
        """7.11.3.14."""
        subX, subY = self.subsampling(plane)
        Mask, CurrFrame, BitDepth, post = self.Mask, self.CurrFrame[plane], self.BitDepth, self.InterPostRound
        for y in range(h):
            for x in range(w):
                if (not subX and not subY) or (self.interintra and not self.wedge_interintra):
                    m = Mask[y][x]
                elif subX and not subY:
                    m = Round2(Mask[y][2 * x] + Mask[y][2 * x + 1], 1)
                else:
                    m = Round2(
                        Mask[2 * y][2 * x]
                        + Mask[2 * y][2 * x + 1]
                        + Mask[2 * y + 1][2 * x]
                        + Mask[2 * y + 1][2 * x + 1],
                        2,
                    )
                if self.interintra:
                    pred0 = Clip1(Round2(preds[0][y][x], post), BitDepth)
                    pred1 = int(CurrFrame[y + dstY][x + dstX])
                    CurrFrame[y + dstY][x + dstX] = Round2(m * pred1 + (64 - m) * pred0, 6)
                else:
                    pred0 = preds[0][y][x]
                    pred1 = preds[1][y][x]
                    CurrFrame[y + dstY][x + dstX] = Clip1(
                        Round2(m * pred0 + (64 - m) * pred1, 6 + post), BitDepth
                    )

    def distance_weights(self, candRow, candCol):
        """7.11.3.15."""
        dist = [0, 0]
        for refList in range(2):
            h = self.OrderHints[self.RefFrames[candRow][candCol][refList]]
            dist[refList] = Clip3(0, MAX_FRAME_DISTANCE, abs(self.get_relative_dist(h, self.OrderHint)))
        d0 = dist[1]
        d1 = dist[0]
        order = int(d0 <= d1)
        if d0 == 0 or d1 == 0:
            self.FwdWeight = Quant_Dist_Lookup[3][order]
            self.BckWeight = Quant_Dist_Lookup[3][1 - order]
        else:
            i = 0
            while i < 3:
                c0 = Quant_Dist_Weight[i][order]
                c1 = Quant_Dist_Weight[i][1 - order]
                if order:
                    if d0 * c0 > d1 * c1:
                        break
                elif d0 * c0 < d1 * c1:
                    break
                i += 1
            self.FwdWeight = Quant_Dist_Lookup[i][order]
            self.BckWeight = Quant_Dist_Lookup[i][1 - order]
