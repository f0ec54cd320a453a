"""The motion field in the words of the AV1 specification, 7.9 and 7.19: plain Python."""

from tests.spec.cfl_spec import Clip3, Round2Signed

NONE, INTRA_FRAME, LAST_FRAME, LAST2_FRAME, GOLDEN_FRAME, BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME = (
    -1, 0, 1, 2, 4, 5, 6, 7,
)  # fmt: skip
KEY_FRAME, INTER_FRAME, INTRA_ONLY_FRAME = 0, 1, 2
MFMV_STACK_SIZE = 3
MAX_FRAME_DISTANCE = 31
MAX_OFFSET_WIDTH, MAX_OFFSET_HEIGHT = 8, 0
MI_SIZE_LOG2 = 2
REFMVS_LIMIT = (1 << 12) - 1

Div_Mult = [
    0, 16384, 8192, 5461, 4096, 3276, 2730, 2340, 2048, 1820, 1638, 1489, 1365, 1260, 1170, 1092, 1024, 963,
    910, 862, 819, 780, 744, 712, 682, 655, 630, 606, 585, 564, 546, 528,
]  # fmt: skip


def get_relative_dist(a, b, OrderHintBits):
    """Section 5.9.3, with order hints enabled."""
    diff = a - b
    m = 1 << (OrderHintBits - 1)
    return (diff & (m - 1)) - (diff & m)


def get_mv_projection(mv, numerator, denominator):
    """Section 7.9.3."""
    clippedDenominator = min(MAX_FRAME_DISTANCE, denominator)
    clippedNumerator = Clip3(-MAX_FRAME_DISTANCE, MAX_FRAME_DISTANCE, numerator)
    projMv = [0, 0]
    for i in range(2):
        scaled = Round2Signed(mv[i] * clippedNumerator * Div_Mult[clippedDenominator], 14)
        projMv[i] = Clip3(-(1 << 14) + 1, (1 << 14) - 1, scaled)
    return projMv


class MotionFieldEstimation:
    """One invocation of the motion field estimation process, 7.9.

    The variables that it reads are attributes, by the specification's names; `OrderHintBits` too.
    MotionFieldMvs is a dictionary, by reference, y and x.
    """

    def __init__(self, **variables):
        self.__dict__.update(variables)
        self.MotionFieldMvs = {}

    def dist(self, a, b):
        return get_relative_dist(a, b, self.OrderHintBits)

    def run(self):
        """Section 7.9.1."""
        w8, h8 = self.MiCols >> 1, self.MiRows >> 1
        for ref in range(LAST_FRAME, ALTREF_FRAME + 1):
            for y in range(h8):
                for x in range(w8):
                    self.MotionFieldMvs[ref, y, x] = [-1 << 15, -1 << 15]
        lastIdx = self.ref_frame_idx[0]
        curGoldOrderHint = self.OrderHints[GOLDEN_FRAME]
        lastAltOrderHint = self.SavedOrderHints[lastIdx][ALTREF_FRAME]
        useLast = lastAltOrderHint != curGoldOrderHint
        if useLast == 1:
            self.project(LAST_FRAME, -1)
        refStamp = MFMV_STACK_SIZE - 2
        useBwd = self.dist(self.OrderHints[BWDREF_FRAME], self.OrderHint) > 0
        if useBwd == 1:
            projOutput = self.project(BWDREF_FRAME, 1)
            if projOutput == 1:
                refStamp = refStamp - 1
        useAlt2 = self.dist(self.OrderHints[ALTREF2_FRAME], self.OrderHint) > 0
        if useAlt2 == 1:
            projOutput = self.project(ALTREF2_FRAME, 1)
            if projOutput == 1:
                refStamp = refStamp - 1
        useAlt = self.dist(self.OrderHints[ALTREF_FRAME], self.OrderHint) > 0
        if useAlt == 1 and refStamp >= 0:
            projOutput = self.project(ALTREF_FRAME, 1)
            if projOutput == 1:
                refStamp = refStamp - 1
        if refStamp >= 0:
            self.project(LAST2_FRAME, -1)
        return self.MotionFieldMvs

    def project(self, src, dstSign):
        """Section 7.9.2."""
        srcIdx = self.ref_frame_idx[src - LAST_FRAME]
        w8, h8 = self.MiCols >> 1, self.MiRows >> 1
        if (
            self.RefMiRows[srcIdx] != self.MiRows
            or self.RefMiCols[srcIdx] != self.MiCols
            or self.RefFrameType[srcIdx] == INTRA_ONLY_FRAME
            or self.RefFrameType[srcIdx] == KEY_FRAME
        ):
            return 0
        for y8 in range(h8):
            for x8 in range(w8):
                row = 2 * y8 + 1
                col = 2 * x8 + 1
                srcRef = self.SavedRefFrames[srcIdx][row][col]
                if srcRef > INTRA_FRAME:
                    refToCur = self.dist(self.OrderHints[src], self.OrderHint)
                    refOffset = self.dist(self.OrderHints[src], self.SavedOrderHints[srcIdx][srcRef])
                    posValid = (
                        abs(refToCur) <= MAX_FRAME_DISTANCE
                        and abs(refOffset) <= MAX_FRAME_DISTANCE
                        and refOffset > 0
                    )
                    if posValid:
                        mv = self.SavedMvs[srcIdx][row][col]
                        projMv = get_mv_projection(mv, refToCur * dstSign, refOffset)
                        posValid = self.get_block_position(x8, y8, dstSign, projMv)
                        if posValid:
                            for dst in range(LAST_FRAME, ALTREF_FRAME + 1):
                                refToDst = self.dist(self.OrderHint, self.OrderHints[dst])
                                projMv = get_mv_projection(mv, refToDst, refOffset)
                                self.MotionFieldMvs[dst, self.PosY8, self.PosX8] = projMv
        return 1

    def get_block_position(self, x8, y8, dstSign, projMv):
        """Section 7.9.4."""
        self.posValid = 1
        self.PosY8 = self.project8(y8, projMv[0], dstSign, self.MiRows >> 1, MAX_OFFSET_HEIGHT)
        self.PosX8 = self.project8(x8, projMv[1], dstSign, self.MiCols >> 1, MAX_OFFSET_WIDTH)
        return self.posValid

    def project8(self, v8, delta, dstSign, max8, maxOff8):
        """The function project of section 7.9.4."""
        base8 = (v8 >> 3) << 3
        if delta >= 0:
            offset8 = delta >> (3 + 1 + MI_SIZE_LOG2)
        else:
            offset8 = -((-delta) >> (3 + 1 + MI_SIZE_LOG2))
        v8 += dstSign * offset8
        if v8 < 0 or v8 >= max8 or v8 < base8 - maxOff8 or v8 >= base8 + 8 + maxOff8:
            self.posValid = 0
        return v8


def motion_vector_storage(
    MiRows, MiCols, RefFrames, Mvs, ref_frame_idx, RefOrderHint, OrderHint, OrderHintBits
):
    """Section 7.19: returns MfRefFrames and MfMvs."""
    MfRefFrames = [[NONE] * MiCols for _ in range(MiRows)]
    MfMvs = [[[0, 0] for _ in range(MiCols)] for _ in range(MiRows)]
    for row in range(MiRows):
        for col in range(MiCols):
            for list_ in range(2):
                r = RefFrames[row][col][list_]
                if r > INTRA_FRAME:
                    refIdx = ref_frame_idx[r - LAST_FRAME]
                    dist = get_relative_dist(RefOrderHint[refIdx], OrderHint, OrderHintBits)
                    if dist < 0:
                        mvRow = Mvs[row][col][list_][0]
                        mvCol = Mvs[row][col][list_][1]
                        if abs(mvRow) <= REFMVS_LIMIT and abs(mvCol) <= REFMVS_LIMIT:
                            MfRefFrames[row][col] = r
                            MfMvs[row][col][0] = mvRow
                            MfMvs[row][col][1] = mvCol
    return MfRefFrames, MfMvs
