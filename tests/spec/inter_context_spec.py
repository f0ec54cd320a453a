# ruff: noqa: PLR5501, RET505, SIM102 - branches as the specification has them
"""Contexts of inter blocks in the words of the AV1 specification, 8.3.2: plain Python."""

from tests.spec.motion_field_spec import get_relative_dist

(NONE, INTRA_FRAME, LAST_FRAME, LAST2_FRAME, LAST3_FRAME, GOLDEN_FRAME, BWDREF_FRAME, ALTREF2_FRAME,
 ALTREF_FRAME) = range(-1, 8)  # fmt: skip
COMP_NEWMV_CTXS = 5

Compound_Mode_Ctx_Map = [[0, 1, 1, 1, 1], [1, 2, 3, 4, 4], [4, 4, 5, 6, 7]]


class Contexts:
    """A block whose syntax elements are decoded. The variables are attributes, by the specification's names.

    Arrays by position are dictionaries by (row, column).
    """

    def __init__(self, **variables):
        self.__dict__.update(variables)
        above, left = (self.MiRow - 1, self.MiCol), (self.MiRow, self.MiCol - 1)
        # Section 5.11.18
        self.LeftRefFrame = [
            self.RefFrames[left][0] if self.AvailL else INTRA_FRAME,
            self.RefFrames[left][1] if self.AvailL else NONE,
        ]
        self.AboveRefFrame = [
            self.RefFrames[above][0] if self.AvailU else INTRA_FRAME,
            self.RefFrames[above][1] if self.AvailU else NONE,
        ]
        self.LeftIntra = self.LeftRefFrame[0] <= INTRA_FRAME
        self.AboveIntra = self.AboveRefFrame[0] <= INTRA_FRAME
        self.LeftSingle = self.LeftRefFrame[1] <= INTRA_FRAME
        self.AboveSingle = self.AboveRefFrame[1] <= INTRA_FRAME

    def is_inter(self):
        if self.AvailU and self.AvailL:
            ctx = 3 if (self.LeftIntra and self.AboveIntra) else self.LeftIntra or self.AboveIntra
        elif self.AvailU or self.AvailL:
            ctx = 2 * (self.AboveIntra if self.AvailU else self.LeftIntra)
        else:
            ctx = 0
        return ctx

    def comp_mode(self):
        if self.AvailU and self.AvailL:
            if self.AboveSingle and self.LeftSingle:
                ctx = check_backward(self.AboveRefFrame[0]) ^ check_backward(self.LeftRefFrame[0])
            elif self.AboveSingle:
                ctx = 2 + (check_backward(self.AboveRefFrame[0]) or self.AboveIntra)
            elif self.LeftSingle:
                ctx = 2 + (check_backward(self.LeftRefFrame[0]) or self.LeftIntra)
            else:
                ctx = 4
        elif self.AvailU:
            if self.AboveSingle:
                ctx = check_backward(self.AboveRefFrame[0])
            else:
                ctx = 3
        elif self.AvailL:
            if self.LeftSingle:
                ctx = check_backward(self.LeftRefFrame[0])
            else:
                ctx = 3
        else:
            ctx = 1
        return ctx

    def skip_mode(self):
        ctx = 0
        if self.AvailU:
            ctx += self.SkipModes[self.MiRow - 1, self.MiCol]
        if self.AvailL:
            ctx += self.SkipModes[self.MiRow, self.MiCol - 1]
        return ctx

    def count_refs(self, frameType):
        c = 0
        if self.AvailU:
            if self.AboveRefFrame[0] == frameType:
                c += 1
            if self.AboveRefFrame[1] == frameType:
                c += 1
        if self.AvailL:
            if self.LeftRefFrame[0] == frameType:
                c += 1
            if self.LeftRefFrame[1] == frameType:
                c += 1
        return c

    def comp_ref(self):
        last12Count = self.count_refs(LAST_FRAME) + self.count_refs(LAST2_FRAME)
        last3GoldCount = self.count_refs(LAST3_FRAME) + self.count_refs(GOLDEN_FRAME)
        return ref_count_ctx(last12Count, last3GoldCount)

    def comp_ref_p1(self):
        lastCount = self.count_refs(LAST_FRAME)
        last2Count = self.count_refs(LAST2_FRAME)
        return ref_count_ctx(lastCount, last2Count)

    def comp_ref_p2(self):
        last3Count = self.count_refs(LAST3_FRAME)
        goldCount = self.count_refs(GOLDEN_FRAME)
        return ref_count_ctx(last3Count, goldCount)

    def comp_bwdref(self):
        brfarf2Count = self.count_refs(BWDREF_FRAME) + self.count_refs(ALTREF2_FRAME)
        arfCount = self.count_refs(ALTREF_FRAME)
        return ref_count_ctx(brfarf2Count, arfCount)

    def comp_bwdref_p1(self):
        brfCount = self.count_refs(BWDREF_FRAME)
        arf2Count = self.count_refs(ALTREF2_FRAME)
        return ref_count_ctx(brfCount, arf2Count)

    def single_ref_p1(self):
        fwdCount = self.count_refs(LAST_FRAME)
        fwdCount += self.count_refs(LAST2_FRAME)
        fwdCount += self.count_refs(LAST3_FRAME)
        fwdCount += self.count_refs(GOLDEN_FRAME)
        bwdCount = self.count_refs(BWDREF_FRAME)
        bwdCount += self.count_refs(ALTREF2_FRAME)
        bwdCount += self.count_refs(ALTREF_FRAME)
        return ref_count_ctx(fwdCount, bwdCount)

    def uni_comp_ref_p1(self):
        last2Count = self.count_refs(LAST2_FRAME)
        last3GoldCount = self.count_refs(LAST3_FRAME) + self.count_refs(GOLDEN_FRAME)
        return ref_count_ctx(last2Count, last3GoldCount)

    def compound_mode(self):
        return Compound_Mode_Ctx_Map[self.RefMvContext >> 1][min(self.NewMvContext, COMP_NEWMV_CTXS - 1)]

    def interp_filter(self, dir_):
        ctx = ((dir_ & 1) * 2 + (self.RefFrame[1] > INTRA_FRAME)) * 4
        leftType = 3
        aboveType = 3
        above, left = (self.MiRow - 1, self.MiCol), (self.MiRow, self.MiCol - 1)
        if self.AvailL:
            if self.RefFrames[left][0] == self.RefFrame[0] or self.RefFrames[left][1] == self.RefFrame[0]:
                leftType = self.InterpFilters[left][dir_]
        if self.AvailU:
            if self.RefFrames[above][0] == self.RefFrame[0] or self.RefFrames[above][1] == self.RefFrame[0]:
                aboveType = self.InterpFilters[above][dir_]
        if leftType == aboveType:
            ctx += leftType
        elif leftType == 3:
            ctx += aboveType
        elif aboveType == 3:
            ctx += leftType
        else:
            ctx += 3
        return ctx

    def comp_ref_type(self):
        above0, above1 = self.AboveRefFrame
        left0, left1 = self.LeftRefFrame
        aboveCompInter = self.AvailU and not self.AboveIntra and not self.AboveSingle
        leftCompInter = self.AvailL and not self.LeftIntra and not self.LeftSingle
        aboveUniComp = aboveCompInter and is_samedir_ref_pair(above0, above1)
        leftUniComp = leftCompInter and is_samedir_ref_pair(left0, left1)
        if self.AvailU and not self.AboveIntra and self.AvailL and not self.LeftIntra:
            samedir = is_samedir_ref_pair(above0, left0)
            if not aboveCompInter and not leftCompInter:
                ctx = 1 + 2 * samedir
            elif not aboveCompInter:
                if not leftUniComp:
                    ctx = 1
                else:
                    ctx = 3 + samedir
            elif not leftCompInter:
                if not aboveUniComp:
                    ctx = 1
                else:
                    ctx = 3 + samedir
            else:
                if not aboveUniComp and not leftUniComp:
                    ctx = 0
                elif not aboveUniComp or not leftUniComp:
                    ctx = 2
                else:
                    ctx = 3 + ((above0 == BWDREF_FRAME) == (left0 == BWDREF_FRAME))
        elif self.AvailU and self.AvailL:
            if aboveCompInter:
                ctx = 1 + 2 * aboveUniComp
            elif leftCompInter:
                ctx = 1 + 2 * leftUniComp
            else:
                ctx = 2
        elif aboveCompInter:
            ctx = 4 * aboveUniComp
        elif leftCompInter:
            ctx = 4 * leftUniComp
        else:
            ctx = 2
        return ctx

    def comp_group_idx(self):
        ctx = 0
        if self.AvailU:
            if not self.AboveSingle:
                ctx += self.CompGroupIdxs[self.MiRow - 1, self.MiCol]
            elif self.AboveRefFrame[0] == ALTREF_FRAME:
                ctx += 3
        if self.AvailL:
            if not self.LeftSingle:
                ctx += self.CompGroupIdxs[self.MiRow, self.MiCol - 1]
            elif self.LeftRefFrame[0] == ALTREF_FRAME:
                ctx += 3
        return min(5, ctx)

    def compound_idx(self):
        fwd = abs(get_relative_dist(self.OrderHints[self.RefFrame[0]], self.OrderHint, self.OrderHintBits))
        bck = abs(get_relative_dist(self.OrderHints[self.RefFrame[1]], self.OrderHint, self.OrderHintBits))
        ctx = 3 if (fwd == bck) else 0
        if self.AvailU:
            if not self.AboveSingle:
                ctx += self.CompoundIdxs[self.MiRow - 1, self.MiCol]
            elif self.AboveRefFrame[0] == ALTREF_FRAME:
                ctx += 1
        if self.AvailL:
            if not self.LeftSingle:
                ctx += self.CompoundIdxs[self.MiRow, self.MiCol - 1]
            elif self.LeftRefFrame[0] == ALTREF_FRAME:
                ctx += 1
        return ctx


def check_backward(refFrame):
    return (refFrame >= BWDREF_FRAME) and (refFrame <= ALTREF_FRAME)


def ref_count_ctx(counts0, counts1):
    if counts0 < counts1:
        return 0
    elif counts0 == counts1:
        return 1
    else:
        return 2


def is_samedir_ref_pair(ref0, ref1):
    return (ref0 >= BWDREF_FRAME) == (ref1 >= BWDREF_FRAME)
