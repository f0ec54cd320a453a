# ruff: noqa: PLR1714, PLR5501, PLW3301, SIM109 - conditions as the specification has them
"""Motion vector prediction in the words of the AV1 specification, 7.10, and its arithmetic: plain Python."""

from tests.spec.cfl_spec import Clip3, Round2Signed

NONE, INTRA_FRAME = -1, 0
(NEARESTMV, NEARMV, GLOBALMV, NEWMV, NEAREST_NEARESTMV, NEAR_NEARMV, NEAREST_NEWMV, NEW_NEARESTMV,
 NEAR_NEWMV, NEW_NEARMV, GLOBAL_GLOBALMV, NEW_NEWMV) = range(14, 26)  # fmt: skip
IDENTITY, TRANSLATION, ROTZOOM, AFFINE = range(4)
WARPEDMODEL_PREC_BITS = 16
MI_SIZE = 4
REF_CAT_LEVEL = 640
MAX_REF_MV_STACK_SIZE = 8
MV_BORDER = 128
LEAST_SQUARES_SAMPLES_MAX = 8
MV_JOINT_ZERO, MV_JOINT_HNZVZ, MV_JOINT_HZVNZ, MV_JOINT_HNZVNZ = range(4)
MV_CLASS_0, CLASS0_SIZE = 0, 2

Block_Width = [
    4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64, 128, 128, 4, 16, 8, 32, 16, 64,
]  # fmt: skip
Block_Height = [
    4, 8, 4, 8, 16, 8, 16, 32, 16, 32, 64, 32, 64, 128, 64, 128, 16, 4, 32, 8, 64, 16,
]  # fmt: skip
Num_4x4_Blocks_Wide = [w // 4 for w in Block_Width]
Num_4x4_Blocks_High = [h // 4 for h in Block_Height]


class Block:
    """A block whose vectors are predicted. The variables are attributes, by the specification's names.

    MiSizes, YModes, IsInters, RefFrames and Mvs are dictionaries by (row, column); a position that is
    missing has not been written for this frame. MotionFieldMvs is one by (reference, y, x).
    """

    def __init__(self, **variables):
        self.__dict__.update(variables)

    def is_inside(self, candR, candC):
        return (
            candC >= self.MiColStart
            and candC < self.MiColEnd
            and candR >= self.MiRowStart
            and candR < self.MiRowEnd
        )

    def find_mv_stack(self, isCompound):
        """Section 7.10.2."""
        bw4 = Num_4x4_Blocks_Wide[self.MiSize]
        bh4 = Num_4x4_Blocks_High[self.MiSize]
        self.RefStackMv = {}
        self.WeightStack = {}
        self.GlobalMvs = [None, None]
        self.NumMvFound = 0
        self.NewMvCount = 0
        self.GlobalMvs[0] = self.setup_global_mv(0)
        if isCompound == 1:
            self.GlobalMvs[1] = self.setup_global_mv(1)
        self.FoundMatch = 0
        self.scan_row(-1, isCompound)
        foundAboveMatch = self.FoundMatch
        self.FoundMatch = 0
        self.scan_col(-1, isCompound)
        foundLeftMatch = self.FoundMatch
        self.FoundMatch = 0
        if max(bw4, bh4) <= 16:
            self.scan_point(-1, bw4, isCompound)
        if self.FoundMatch == 1:
            foundAboveMatch = 1
        self.CloseMatches = foundAboveMatch + foundLeftMatch
        numNearest = self.NumMvFound
        numNew = self.NewMvCount
        if numNearest > 0:
            for idx in range(numNearest):
                self.WeightStack[idx] += REF_CAT_LEVEL
        self.ZeroMvContext = 0
        if self.use_ref_frame_mvs == 1:
            self.temporal_scan(isCompound)
        self.scan_point(-1, -1, isCompound)
        if self.FoundMatch == 1:
            foundAboveMatch = 1
        self.FoundMatch = 0
        self.scan_row(-3, isCompound)
        if self.FoundMatch == 1:
            foundAboveMatch = 1
        self.FoundMatch = 0
        self.scan_col(-3, isCompound)
        if self.FoundMatch == 1:
            foundLeftMatch = 1
        self.FoundMatch = 0
        if bh4 > 1:
            self.scan_row(-5, isCompound)
        if self.FoundMatch == 1:
            foundAboveMatch = 1
        self.FoundMatch = 0
        if bw4 > 1:
            self.scan_col(-5, isCompound)
        if self.FoundMatch == 1:
            foundLeftMatch = 1
        self.TotalMatches = foundAboveMatch + foundLeftMatch
        self.sorting(0, numNearest, isCompound)
        self.sorting(numNearest, self.NumMvFound, isCompound)
        if self.NumMvFound < 2:
            self.extra_search(isCompound)
        self.context_and_clamping(isCompound, numNew)

    def setup_global_mv(self, refList):
        """Section 7.10.2.1."""
        ref = self.RefFrame[refList]
        gm_params = self.gm_params
        if ref != INTRA_FRAME:
            typ = self.GmType[ref]
        bw = Block_Width[self.MiSize]
        bh = Block_Height[self.MiSize]
        mv = [0, 0]
        if ref == INTRA_FRAME or typ == IDENTITY:
            mv[0] = 0
            mv[1] = 0
        elif typ == TRANSLATION:
            mv[0] = gm_params[ref][0] >> (WARPEDMODEL_PREC_BITS - 3)
            mv[1] = gm_params[ref][1] >> (WARPEDMODEL_PREC_BITS - 3)
        else:
            x = self.MiCol * MI_SIZE + bw // 2 - 1
            y = self.MiRow * MI_SIZE + bh // 2 - 1
            xc = (
                (gm_params[ref][2] - (1 << WARPEDMODEL_PREC_BITS)) * x
                + gm_params[ref][3] * y
                + gm_params[ref][0]
            )
            yc = (
                gm_params[ref][4] * x
                + (gm_params[ref][5] - (1 << WARPEDMODEL_PREC_BITS)) * y
                + gm_params[ref][1]
            )
            if self.allow_high_precision_mv:
                mv[0] = Round2Signed(yc, WARPEDMODEL_PREC_BITS - 3)
                mv[1] = Round2Signed(xc, WARPEDMODEL_PREC_BITS - 3)
            else:
                mv[0] = Round2Signed(yc, WARPEDMODEL_PREC_BITS - 2) * 2
                mv[1] = Round2Signed(xc, WARPEDMODEL_PREC_BITS - 2) * 2
        self.lower_mv_precision(mv)
        return mv

    def scan_row(self, deltaRow, isCompound):
        """Section 7.10.2.2."""
        bw4 = Num_4x4_Blocks_Wide[self.MiSize]
        end4 = min(min(bw4, self.MiCols - self.MiCol), 16)
        deltaCol = 0
        useStep16 = bw4 >= 16
        if abs(deltaRow) > 1:
            deltaRow += self.MiRow & 1
            deltaCol = 1 - (self.MiCol & 1)
        i = 0
        while i < end4:
            mvRow = self.MiRow + deltaRow
            mvCol = self.MiCol + deltaCol + i
            if not self.is_inside(mvRow, mvCol):
                break
            len_ = min(bw4, Num_4x4_Blocks_Wide[self.MiSizes[mvRow, mvCol]])
            if abs(deltaRow) > 1:
                len_ = max(2, len_)
            if useStep16:
                len_ = max(4, len_)
            weight = len_ * 2
            self.add_ref_mv_candidate(mvRow, mvCol, isCompound, weight)
            i += len_

    def scan_col(self, deltaCol, isCompound):
        """Section 7.10.2.3."""
        bh4 = Num_4x4_Blocks_High[self.MiSize]
        end4 = min(min(bh4, self.MiRows - self.MiRow), 16)
        deltaRow = 0
        useStep16 = bh4 >= 16
        if abs(deltaCol) > 1:
            deltaRow = 1 - (self.MiRow & 1)
            deltaCol += self.MiCol & 1
        i = 0
        while i < end4:
            mvRow = self.MiRow + deltaRow + i
            mvCol = self.MiCol + deltaCol
            if not self.is_inside(mvRow, mvCol):
                break
            len_ = min(bh4, Num_4x4_Blocks_High[self.MiSizes[mvRow, mvCol]])
            if abs(deltaCol) > 1:
                len_ = max(2, len_)
            if useStep16:
                len_ = max(4, len_)
            weight = len_ * 2
            self.add_ref_mv_candidate(mvRow, mvCol, isCompound, weight)
            i += len_

    def scan_point(self, deltaRow, deltaCol, isCompound):
        """Section 7.10.2.4."""
        mvRow = self.MiRow + deltaRow
        mvCol = self.MiCol + deltaCol
        weight = 4
        if self.is_inside(mvRow, mvCol) == 1 and (mvRow, mvCol) in self.RefFrames:
            self.add_ref_mv_candidate(mvRow, mvCol, isCompound, weight)

    def temporal_scan(self, isCompound):
        """Section 7.10.2.5."""
        bw4 = Num_4x4_Blocks_Wide[self.MiSize]
        bh4 = Num_4x4_Blocks_High[self.MiSize]
        stepW4 = 4 if bw4 >= 16 else 2
        stepH4 = 4 if bh4 >= 16 else 2
        for deltaRow in range(0, min(bh4, 16), stepH4):
            for deltaCol in range(0, min(bw4, 16), stepW4):
                self.add_tpl_ref_mv(deltaRow, deltaCol, isCompound)
        allowExtension = (bh4 >= 2) and (bh4 < 16) and (bw4 >= 2) and (bw4 < 16)
        tplSamplePos = [[bh4, -2], [bh4, bw4], [bh4 - 2, bw4]]
        if allowExtension:
            for i in range(3):
                deltaRow = tplSamplePos[i][0]
                deltaCol = tplSamplePos[i][1]
                if self.check_sb_border(deltaRow, deltaCol):
                    self.add_tpl_ref_mv(deltaRow, deltaCol, isCompound)

    def check_sb_border(self, deltaRow, deltaCol):
        row = (self.MiRow & 15) + deltaRow
        col = (self.MiCol & 15) + deltaCol
        return row >= 0 and row < 16 and col >= 0 and col < 16

    def add_tpl_ref_mv(self, deltaRow, deltaCol, isCompound):
        """Section 7.10.2.6."""
        mvRow = (self.MiRow + deltaRow) | 1
        mvCol = (self.MiCol + deltaCol) | 1
        if self.is_inside(mvRow, mvCol) == 0:
            return
        x8 = mvCol >> 1
        y8 = mvRow >> 1
        if deltaRow == 0 and deltaCol == 0:
            self.ZeroMvContext = 1
        if not isCompound:
            candMv = list(self.MotionFieldMvs[self.RefFrame[0], y8, x8])
            if candMv[0] == -1 << 15:
                return
            self.lower_mv_precision(candMv)
            if deltaRow == 0 and deltaCol == 0:
                if abs(candMv[0] - self.GlobalMvs[0][0]) >= 16 or abs(candMv[1] - self.GlobalMvs[0][1]) >= 16:
                    self.ZeroMvContext = 1
                else:
                    self.ZeroMvContext = 0
            for idx in range(self.NumMvFound):
                if candMv[0] == self.RefStackMv[idx][0][0] and candMv[1] == self.RefStackMv[idx][0][1]:
                    self.WeightStack[idx] += 2
                    return
            if self.NumMvFound < MAX_REF_MV_STACK_SIZE:
                self.RefStackMv[self.NumMvFound] = [candMv, None]
                self.WeightStack[self.NumMvFound] = 2
                self.NumMvFound += 1
        else:
            candMv0 = list(self.MotionFieldMvs[self.RefFrame[0], y8, x8])
            if candMv0[0] == -1 << 15:
                return
            candMv1 = list(self.MotionFieldMvs[self.RefFrame[1], y8, x8])
            if candMv1[0] == -1 << 15:
                return
            self.lower_mv_precision(candMv0)
            self.lower_mv_precision(candMv1)
            if deltaRow == 0 and deltaCol == 0:
                if (
                    abs(candMv0[0] - self.GlobalMvs[0][0]) >= 16
                    or abs(candMv0[1] - self.GlobalMvs[0][1]) >= 16
                    or abs(candMv1[0] - self.GlobalMvs[1][0]) >= 16
                    or abs(candMv1[1] - self.GlobalMvs[1][1]) >= 16
                ):
                    self.ZeroMvContext = 1
                else:
                    self.ZeroMvContext = 0
            for idx in range(self.NumMvFound):
                if candMv0 == self.RefStackMv[idx][0] and candMv1 == self.RefStackMv[idx][1]:
                    self.WeightStack[idx] += 2
                    return
            if self.NumMvFound < MAX_REF_MV_STACK_SIZE:
                self.RefStackMv[self.NumMvFound] = [candMv0, candMv1]
                self.WeightStack[self.NumMvFound] = 2
                self.NumMvFound += 1

    def add_ref_mv_candidate(self, mvRow, mvCol, isCompound, weight):
        """Section 7.10.2.7."""
        if self.IsInters[mvRow, mvCol] == 0:
            return
        if isCompound == 0:
            for candList in range(2):
                if self.RefFrames[mvRow, mvCol][candList] == self.RefFrame[0]:
                    self.search_stack(mvRow, mvCol, candList, weight)
        elif (
            self.RefFrames[mvRow, mvCol][0] == self.RefFrame[0]
            and self.RefFrames[mvRow, mvCol][1] == self.RefFrame[1]
        ):
            self.compound_search_stack(mvRow, mvCol, weight)

    def search_stack(self, mvRow, mvCol, candList, weight):
        """Section 7.10.2.8."""
        candMode = self.YModes[mvRow, mvCol]
        candSize = self.MiSizes[mvRow, mvCol]
        large = min(Block_Width[candSize], Block_Height[candSize]) >= 8
        if (
            (candMode == GLOBALMV or candMode == GLOBAL_GLOBALMV)
            and self.GmType[self.RefFrame[0]] > TRANSLATION
            and large == 1
        ):
            candMv = list(self.GlobalMvs[0])
        else:
            candMv = list(self.Mvs[mvRow, mvCol][candList])
        self.lower_mv_precision(candMv)
        if has_newmv(candMode) == 1:
            self.NewMvCount = self.NewMvCount + 1
        self.FoundMatch = 1
        for idx in range(self.NumMvFound):
            if candMv == self.RefStackMv[idx][0]:
                self.WeightStack[idx] += weight
                return
        if self.NumMvFound < MAX_REF_MV_STACK_SIZE:
            self.RefStackMv[self.NumMvFound] = [candMv, None]
            self.WeightStack[self.NumMvFound] = weight
            self.NumMvFound = self.NumMvFound + 1

    def compound_search_stack(self, mvRow, mvCol, weight):
        """Section 7.10.2.9."""
        candMvs = [list(mv) for mv in self.Mvs[mvRow, mvCol]]
        candMode = self.YModes[mvRow, mvCol]
        if candMode == GLOBAL_GLOBALMV:
            for refList in range(2):
                if self.GmType[self.RefFrame[refList]] > TRANSLATION:
                    candMvs[refList] = list(self.GlobalMvs[refList])
        for i in range(2):
            self.lower_mv_precision(candMvs[i])
        self.FoundMatch = 1
        for idx in range(self.NumMvFound):
            if candMvs[0] == self.RefStackMv[idx][0] and candMvs[1] == self.RefStackMv[idx][1]:
                self.WeightStack[idx] += weight
                break
        else:
            if self.NumMvFound < MAX_REF_MV_STACK_SIZE:
                self.RefStackMv[self.NumMvFound] = candMvs
                self.WeightStack[self.NumMvFound] = weight
                self.NumMvFound = self.NumMvFound + 1
        if has_newmv(candMode) == 1:
            self.NewMvCount = self.NewMvCount + 1

    def lower_mv_precision(self, candMv):
        """Section 7.10.2.10."""
        if self.allow_high_precision_mv == 1:
            return
        for i in range(2):
            if self.force_integer_mv:
                a = abs(candMv[i])
                aInt = (a + 3) >> 3
                if candMv[i] > 0:
                    candMv[i] = aInt << 3
                else:
                    candMv[i] = -(aInt << 3)
            elif candMv[i] & 1:
                if candMv[i] > 0:
                    candMv[i] -= 1
                else:
                    candMv[i] += 1

    def sorting(self, start, end, isCompound):
        """Section 7.10.2.11; an entry of the stack is swapped with both its lists."""
        while end > start:
            newEnd = start
            for idx in range(start + 1, end):
                if self.WeightStack[idx - 1] < self.WeightStack[idx]:
                    for stack in (self.WeightStack, self.RefStackMv):
                        stack[idx - 1], stack[idx] = stack[idx], stack[idx - 1]
                    newEnd = idx
            end = newEnd

    def extra_search(self, isCompound):
        """Section 7.10.2.12."""
        self.RefIdCount = [0, 0]
        self.RefDiffCount = [0, 0]
        self.RefIdMvs = [{}, {}]
        self.RefDiffMvs = [{}, {}]
        w4 = min(16, Num_4x4_Blocks_Wide[self.MiSize])
        h4 = min(16, Num_4x4_Blocks_High[self.MiSize])
        w4 = min(w4, self.MiCols - self.MiCol)
        h4 = min(h4, self.MiRows - self.MiRow)
        num4x4 = min(w4, h4)
        for pass_ in range(2):
            idx = 0
            while idx < num4x4 and self.NumMvFound < 2:
                if pass_ == 0:
                    mvRow = self.MiRow - 1
                    mvCol = self.MiCol + idx
                else:
                    mvRow = self.MiRow + idx
                    mvCol = self.MiCol - 1
                if not self.is_inside(mvRow, mvCol):
                    break
                self.add_extra_mv_candidate(mvRow, mvCol, isCompound)
                if pass_ == 0:
                    idx += Num_4x4_Blocks_Wide[self.MiSizes[mvRow, mvCol]]
                else:
                    idx += Num_4x4_Blocks_High[self.MiSizes[mvRow, mvCol]]
        if isCompound == 1:
            combinedMvs = [[None, None], [None, None]]
            for list_ in range(2):
                compCount = 0
                for idx in range(self.RefIdCount[list_]):
                    combinedMvs[compCount][list_] = list(self.RefIdMvs[list_][idx])
                    compCount += 1
                idx = 0
                while idx < self.RefDiffCount[list_] and compCount < 2:
                    combinedMvs[compCount][list_] = list(self.RefDiffMvs[list_][idx])
                    compCount += 1
                    idx += 1
                while compCount < 2:
                    combinedMvs[compCount][list_] = list(self.GlobalMvs[list_])
                    compCount += 1
            if self.NumMvFound == 1:
                if combinedMvs[0][0] == self.RefStackMv[0][0] and combinedMvs[0][1] == self.RefStackMv[0][1]:
                    self.RefStackMv[self.NumMvFound] = [combinedMvs[1][0], combinedMvs[1][1]]
                else:
                    self.RefStackMv[self.NumMvFound] = [combinedMvs[0][0], combinedMvs[0][1]]
                self.WeightStack[self.NumMvFound] = 2
                self.NumMvFound += 1
            else:
                for idx in range(2):
                    self.RefStackMv[self.NumMvFound] = [combinedMvs[idx][0], combinedMvs[idx][1]]
                    self.WeightStack[self.NumMvFound] = 2
                    self.NumMvFound += 1
        else:
            for idx in range(self.NumMvFound, 2):
                self.RefStackMv[idx] = [list(self.GlobalMvs[0]), None]

    def add_extra_mv_candidate(self, mvRow, mvCol, isCompound):
        """Section 7.10.2.13."""
        if isCompound:
            for candList in range(2):
                candRef = self.RefFrames[mvRow, mvCol][candList]
                if candRef > INTRA_FRAME:
                    for list_ in range(2):
                        candMv = list(self.Mvs[mvRow, mvCol][candList])
                        if candRef == self.RefFrame[list_] and self.RefIdCount[list_] < 2:
                            self.RefIdMvs[list_][self.RefIdCount[list_]] = candMv
                            self.RefIdCount[list_] += 1
                        elif self.RefDiffCount[list_] < 2:
                            if self.RefFrameSignBias[candRef] != self.RefFrameSignBias[self.RefFrame[list_]]:
                                candMv[0] *= -1
                                candMv[1] *= -1
                            self.RefDiffMvs[list_][self.RefDiffCount[list_]] = candMv
                            self.RefDiffCount[list_] += 1
        else:
            for candList in range(2):
                candRef = self.RefFrames[mvRow, mvCol][candList]
                if candRef > INTRA_FRAME:
                    candMv = list(self.Mvs[mvRow, mvCol][candList])
                    if self.RefFrameSignBias[candRef] != self.RefFrameSignBias[self.RefFrame[0]]:
                        candMv[0] *= -1
                        candMv[1] *= -1
                    for idx in range(self.NumMvFound):
                        if candMv == self.RefStackMv[idx][0]:
                            break
                    else:
                        self.RefStackMv[self.NumMvFound] = [candMv, None]
                        self.WeightStack[self.NumMvFound] = 2
                        self.NumMvFound += 1

    def context_and_clamping(self, isCompound, numNew):
        """Section 7.10.2.14."""
        bw = Block_Width[self.MiSize]
        bh = Block_Height[self.MiSize]
        numLists = 2 if isCompound else 1
        self.DrlCtxStack = {}
        for idx in range(self.NumMvFound):
            z = 0
            if idx + 1 < self.NumMvFound:
                w0 = self.WeightStack[idx]
                w1 = self.WeightStack[idx + 1]
                if w0 >= REF_CAT_LEVEL:
                    if w1 < REF_CAT_LEVEL:
                        z = 1
                else:
                    z = 2
            self.DrlCtxStack[idx] = z
        for list_ in range(numLists):
            for idx in range(self.NumMvFound):
                refMv = list(self.RefStackMv[idx][list_])
                refMv[0] = self.clamp_mv_row(refMv[0], MV_BORDER + bh * 8)
                refMv[1] = self.clamp_mv_col(refMv[1], MV_BORDER + bw * 8)
                self.RefStackMv[idx][list_] = refMv
        if self.CloseMatches == 0:
            self.NewMvContext = min(self.TotalMatches, 1)
            self.RefMvContext = self.TotalMatches
        elif self.CloseMatches == 1:
            self.NewMvContext = 3 - min(numNew, 1)
            self.RefMvContext = 2 + self.TotalMatches
        else:
            self.NewMvContext = 5 - min(numNew, 1)
            self.RefMvContext = 5

    def clamp_mv_row(self, mvec, border):
        bh4 = Num_4x4_Blocks_High[self.MiSize]
        mbToTopEdge = -((self.MiRow * MI_SIZE) * 8)
        mbToBottomEdge = ((self.MiRows - bh4 - self.MiRow) * MI_SIZE) * 8
        return Clip3(mbToTopEdge - border, mbToBottomEdge + border, mvec)

    def clamp_mv_col(self, mvec, border):
        bw4 = Num_4x4_Blocks_Wide[self.MiSize]
        mbToLeftEdge = -((self.MiCol * MI_SIZE) * 8)
        mbToRightEdge = ((self.MiCols - bw4 - self.MiCol) * MI_SIZE) * 8
        return Clip3(mbToLeftEdge - border, mbToRightEdge + border, mvec)

    def has_overlappable_candidates(self):
        """Section 7.10.3."""
        if self.AvailU:
            w4 = Num_4x4_Blocks_Wide[self.MiSize]
            for x4 in range(self.MiCol, min(self.MiCols, self.MiCol + w4), 2):
                if self.RefFrames[self.MiRow - 1, x4 | 1][0] > INTRA_FRAME:
                    return 1
        if self.AvailL:
            h4 = Num_4x4_Blocks_High[self.MiSize]
            for y4 in range(self.MiRow, min(self.MiRows, self.MiRow + h4), 2):
                if self.RefFrames[y4 | 1, self.MiCol - 1][0] > INTRA_FRAME:
                    return 1
        return 0

    def find_warp_samples(self):
        """Section 7.10.4.1."""
        self.NumSamples = 0
        self.NumSamplesScanned = 0
        self.CandList = {}
        w4 = Num_4x4_Blocks_Wide[self.MiSize]
        h4 = Num_4x4_Blocks_High[self.MiSize]
        doTopLeft = 1
        doTopRight = 1
        if self.AvailU:
            srcSize = self.MiSizes[self.MiRow - 1, self.MiCol]
            srcW = Num_4x4_Blocks_Wide[srcSize]
            if w4 <= srcW:
                colOffset = -(self.MiCol & (srcW - 1))
                if colOffset < 0:
                    doTopLeft = 0
                if colOffset + srcW > w4:
                    doTopRight = 0
                self.add_sample(-1, 0)
            else:
                i = 0
                while i < min(w4, self.MiCols - self.MiCol):
                    srcSize = self.MiSizes[self.MiRow - 1, self.MiCol + i]
                    srcW = Num_4x4_Blocks_Wide[srcSize]
                    miStep = min(w4, srcW)
                    self.add_sample(-1, i)
                    i += miStep
        if self.AvailL:
            srcSize = self.MiSizes[self.MiRow, self.MiCol - 1]
            srcH = Num_4x4_Blocks_High[srcSize]
            if h4 <= srcH:
                rowOffset = -(self.MiRow & (srcH - 1))
                if rowOffset < 0:
                    doTopLeft = 0
                self.add_sample(0, -1)
            else:
                i = 0
                while i < min(h4, self.MiRows - self.MiRow):
                    srcSize = self.MiSizes[self.MiRow + i, self.MiCol - 1]
                    srcH = Num_4x4_Blocks_High[srcSize]
                    miStep = min(h4, srcH)
                    self.add_sample(i, -1)
                    i += miStep
        if doTopLeft:
            self.add_sample(-1, -1)
        if doTopRight and max(w4, h4) <= 16:
            self.add_sample(-1, w4)
        if self.NumSamples == 0 and self.NumSamplesScanned > 0:
            self.NumSamples = 1

    def add_sample(self, deltaRow, deltaCol):
        """Section 7.10.4.2."""
        if self.NumSamplesScanned >= LEAST_SQUARES_SAMPLES_MAX:
            return
        mvRow = self.MiRow + deltaRow
        mvCol = self.MiCol + deltaCol
        if self.is_inside(mvRow, mvCol) == 0:
            return
        if (mvRow, mvCol) not in self.RefFrames:
            return
        if self.RefFrames[mvRow, mvCol][0] != self.RefFrame[0]:
            return
        if self.RefFrames[mvRow, mvCol][1] != NONE:
            return
        candSz = self.MiSizes[mvRow, mvCol]
        candW4 = Num_4x4_Blocks_Wide[candSz]
        candH4 = Num_4x4_Blocks_High[candSz]
        candRow = mvRow & ~(candH4 - 1)
        candCol = mvCol & ~(candW4 - 1)
        midY = candRow * 4 + candH4 * 2 - 1
        midX = candCol * 4 + candW4 * 2 - 1
        threshold = Clip3(16, 112, max(Block_Width[self.MiSize], Block_Height[self.MiSize]))
        mvDiffRow = abs(self.Mvs[candRow, candCol][0][0] - self.Mv[0][0])
        mvDiffCol = abs(self.Mvs[candRow, candCol][0][1] - self.Mv[0][1])
        valid = (mvDiffRow + mvDiffCol) <= threshold
        cand = [
            midY * 8,
            midX * 8,
            midY * 8 + self.Mvs[candRow, candCol][0][0],
            midX * 8 + self.Mvs[candRow, candCol][0][1],
        ]
        self.NumSamplesScanned += 1
        if valid == 0 and self.NumSamplesScanned > 1:
            return
        self.CandList[self.NumSamples] = cand
        if valid == 1:
            self.NumSamples += 1


def assign_mv(block, i, compMode, RefMvIdx):
    """Section 5.11.26, without intra block copy: PredMv[ i ] of a `Block` that has its stack."""
    if compMode == GLOBALMV:
        PredMv = block.GlobalMvs[i]
    else:
        pos = 0 if (compMode == NEARESTMV) else RefMvIdx
        if compMode == NEWMV and block.NumMvFound <= 1:
            pos = 0
        PredMv = block.RefStackMv[pos][i]
    return PredMv


def has_newmv(mode):
    """Section 7.10.2.9."""
    return (
        mode == NEWMV
        or mode == NEW_NEWMV
        or mode == NEAR_NEWMV
        or mode == NEW_NEARMV
        or mode == NEAREST_NEWMV
        or mode == NEW_NEARESTMV
    )


def has_nearmv(YMode):
    """Section 5.11.23."""
    return YMode == NEARMV or YMode == NEAR_NEARMV or YMode == NEAR_NEWMV or YMode == NEW_NEARMV


def get_mode(YMode, refList):
    """Section 5.11.30."""
    if refList == 0:
        if YMode < NEAREST_NEARESTMV:
            compMode = YMode
        elif YMode == NEW_NEWMV or YMode == NEW_NEARESTMV or YMode == NEW_NEARMV:
            compMode = NEWMV
        elif YMode == NEAREST_NEARESTMV or YMode == NEAREST_NEWMV:
            compMode = NEARESTMV
        elif YMode == NEAR_NEARMV or YMode == NEAR_NEWMV:
            compMode = NEARMV
        else:
            compMode = GLOBALMV
    else:
        if YMode == NEW_NEWMV or YMode == NEAREST_NEWMV or YMode == NEAR_NEWMV:
            compMode = NEWMV
        elif YMode == NEAREST_NEARESTMV or YMode == NEW_NEARESTMV:
            compMode = NEARESTMV
        elif YMode == NEAR_NEARMV or YMode == NEW_NEARMV:
            compMode = NEARMV
        else:
            compMode = GLOBALMV
    return compMode


def read_mv_component(read, force_integer_mv, allow_high_precision_mv):
    """Section 5.11.32; `read` takes the name of a syntax element and returns its value."""
    mv_sign = read("mv_sign")
    mv_class = read("mv_class")
    if mv_class == MV_CLASS_0:
        mv_class0_bit = read("mv_class0_bit")
        if force_integer_mv:
            mv_class0_fr = 3
        else:
            mv_class0_fr = read("mv_class0_fr")
        if allow_high_precision_mv:
            mv_class0_hp = read("mv_class0_hp")
        else:
            mv_class0_hp = 1
        mag = ((mv_class0_bit << 3) | (mv_class0_fr << 1) | mv_class0_hp) + 1
    else:
        d = 0
        for i in range(mv_class):
            mv_bit = read("mv_bit")
            d |= mv_bit << i
        mag = CLASS0_SIZE << (mv_class + 2)
        if force_integer_mv:
            mv_fr = 3
        else:
            mv_fr = read("mv_fr")
        if allow_high_precision_mv:
            mv_hp = read("mv_hp")
        else:
            mv_hp = 1
        mag += ((d << 3) | (mv_fr << 1) | mv_hp) + 1
    return -mag if mv_sign else mag
