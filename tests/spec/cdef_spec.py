"""CDEF of the AV1 specification (7.15), transcribed: plain Python integers and its own names.

`Cdef` holds the variables of the standard as attributes; CurrFrame and CdefFrame are lists of planes, each a
list of rows of integers.
"""

from spec.cfl_spec import Clip3

MI_SIZE = 4
MI_SIZE_LOG2 = 2

Cdef_Uv_Dir = [
    [[0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 2, 2, 3, 4, 6, 0]],
    [[7, 0, 2, 4, 5, 6, 6, 6], [0, 1, 2, 3, 4, 5, 6, 7]],
]
Div_Table = [0, 840, 420, 280, 210, 168, 140, 120, 105]
Cdef_Pri_Taps = [[4, 2], [3, 3]]
Cdef_Sec_Taps = [[2, 1], [2, 1]]
Cdef_Directions = [
    [[-1, 1], [-2, 2]],
    [[0, 1], [-1, 2]],
    [[0, 1], [0, 2]],
    [[0, 1], [1, 2]],
    [[1, 1], [2, 2]],
    [[1, 0], [2, 1]],
    [[1, 0], [2, 0]],
    [[1, 0], [2, -1]],
]


def FloorLog2(x):
    """Section 4.7."""
    return x.bit_length() - 1


def constrain(diff, threshold, damping):
    """7.15.3."""
    if not threshold:
        return 0
    dampingAdj = max(0, damping - FloorLog2(threshold))
    sign = -1 if diff < 0 else 1
    return sign * Clip3(0, abs(diff), threshold - (abs(diff) >> dampingAdj))


class Cdef:
    """7.15, with the variables it reads as attributes."""

    def __init__(self, **variables):
        self.__dict__.update(variables)

    def process(self):
        """7.15."""
        self.CdefFrame = [[list(row) for row in plane] for plane in self.CurrFrame]
        for r in range(0, self.MiRows, 2):
            for c in range(0, self.MiCols, 2):
                baseR = r & ~15
                baseC = c & ~15
                self.block(r, c, self.cdef_idx[baseR][baseC])

    def block(self, r, c, idx):
        """7.15.1; the copy has been made."""
        if idx == -1:
            return
        coeffShift = self.BitDepth - 8
        Skips = self.Skips
        skip = Skips[r][c] and Skips[r + 1][c] and Skips[r][c + 1] and Skips[r + 1][c + 1]
        if skip:
            return
        yDir, var = self.direction(r, c)
        priStr = self.cdef_y_pri_strength[idx] << coeffShift
        secStr = self.cdef_y_sec_strength[idx] << coeffShift
        direction = 0 if priStr == 0 else yDir
        varStr = min(FloorLog2(var >> 6), 12) if var >> 6 else 0
        priStr = (priStr * (4 + varStr) + 8) >> 4 if var else 0
        damping = self.CdefDamping + coeffShift
        self.filter(0, r, c, priStr, secStr, damping, direction)
        if len(self.CurrFrame) == 1:
            return
        priStr = self.cdef_uv_pri_strength[idx] << coeffShift
        secStr = self.cdef_uv_sec_strength[idx] << coeffShift
        direction = 0 if priStr == 0 else Cdef_Uv_Dir[self.subsampling_x][self.subsampling_y][yDir]
        damping = self.CdefDamping + coeffShift - 1
        self.filter(1, r, c, priStr, secStr, damping, direction)
        self.filter(2, r, c, priStr, secStr, damping, direction)

    def direction(self, r, c):
        """7.15.2, the CDEF direction process."""
        cost = [0] * 8
        partial = [[0] * 15 for _ in range(8)]
        bestCost = 0
        yDir = 0
        x0 = c << MI_SIZE_LOG2
        y0 = r << MI_SIZE_LOG2
        for i in range(8):
            for j in range(8):
                x = (self.CurrFrame[0][y0 + i][x0 + j] >> (self.BitDepth - 8)) - 128
                partial[0][i + j] += x
                partial[1][i + j // 2] += x
                partial[2][i] += x
                partial[3][3 + i - j // 2] += x
                partial[4][7 + i - j] += x
                partial[5][3 - i // 2 + j] += x
                partial[6][j] += x
                partial[7][i // 2 + j] += x
        for i in range(8):
            cost[2] += partial[2][i] * partial[2][i]
            cost[6] += partial[6][i] * partial[6][i]
        cost[2] *= Div_Table[8]
        cost[6] *= Div_Table[8]
        for i in range(7):
            for k in (0, 4):
                squares = partial[k][i] * partial[k][i] + partial[k][14 - i] * partial[k][14 - i]
                cost[k] += squares * Div_Table[i + 1]
        cost[0] += partial[0][7] * partial[0][7] * Div_Table[8]
        cost[4] += partial[4][7] * partial[4][7] * Div_Table[8]
        for i in range(1, 8, 2):
            for j in range(4 + 1):
                cost[i] += partial[i][3 + j] * partial[i][3 + j]
            cost[i] *= Div_Table[8]
            for j in range(4 - 1):
                squares = partial[i][j] * partial[i][j] + partial[i][10 - j] * partial[i][10 - j]
                cost[i] += squares * Div_Table[2 * j + 2]
        for i in range(8):
            if cost[i] > bestCost:
                bestCost = cost[i]
                yDir = i
        var = (bestCost - cost[(yDir + 4) & 7]) >> 10
        return yDir, var

    def filter(self, plane, r, c, priStr, secStr, damping, direction):
        """7.15.3, the CDEF filter process."""
        coeffShift = self.BitDepth - 8
        subX = self.subsampling_x if plane > 0 else 0
        subY = self.subsampling_y if plane > 0 else 0
        x0 = (c * MI_SIZE) >> subX
        y0 = (r * MI_SIZE) >> subY
        w = 8 >> subX
        h = 8 >> subY
        for i in range(h):
            for j in range(w):
                total = 0
                x = self.CurrFrame[plane][y0 + i][x0 + j]
                largest = x
                smallest = x
                for k in range(2):
                    for sign in (-1, 1):
                        p = self.get_at(plane, x0, y0, i, j, direction, k, sign, subX, subY)
                        if p is not None:
                            tap = Cdef_Pri_Taps[(priStr >> coeffShift) & 1][k]
                            total += tap * constrain(p - x, priStr, damping)
                            largest = max(p, largest)
                            smallest = min(p, smallest)
                        for dirOff in (-2, 2):
                            s = self.get_at(
                                plane, x0, y0, i, j, (direction + dirOff) & 7, k, sign, subX, subY
                            )
                            if s is not None:
                                tap = Cdef_Sec_Taps[(priStr >> coeffShift) & 1][k]
                                total += tap * constrain(s - x, secStr, damping)
                                largest = max(s, largest)
                                smallest = min(s, smallest)
                value = x + ((8 + total - (total < 0)) >> 4)
                self.CdefFrame[plane][y0 + i][x0 + j] = Clip3(smallest, largest, value)

    def get_at(self, plane, x0, y0, i, j, direction, k, sign, subX, subY):
        """7.15.3's cdef_get_at; None where CdefAvailable would be 0."""
        y = y0 + i + sign * Cdef_Directions[direction][k][0]
        x = x0 + j + sign * Cdef_Directions[direction][k][1]
        candidateR = (y << subY) >> MI_SIZE_LOG2
        candidateC = (x << subX) >> MI_SIZE_LOG2
        if 0 <= candidateC < self.MiCols and 0 <= candidateR < self.MiRows:  # is_inside_filter_region
            return self.CurrFrame[plane][y][x]
        return None
