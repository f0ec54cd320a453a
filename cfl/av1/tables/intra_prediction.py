"""The numbers of intra prediction, AV1 specification 7.11.2 and 10.3, in the form that kernels use."""

import numpy as np

DC_PRED, V_PRED, H_PRED, D45_PRED, D135_PRED, D113_PRED, D157_PRED, D203_PRED, D67_PRED = range(9)
SMOOTH_PRED, SMOOTH_V_PRED, SMOOTH_H_PRED, PAETH_PRED = range(9, 13)

ANGLE_STEP = 3
MODE_TO_ANGLE = np.array([0, 90, 180, 45, 135, 113, 157, 203, 67, 0, 0, 0, 0])

# By angle: every third from 3 to 87 but for gaps, 0 where no mode leads.
DR_INTRA_DERIVATIVE = np.zeros(90, np.int64)
for _angle, _derivative in {
    3: 1023, 6: 547, 9: 372, 14: 273, 17: 215, 20: 178, 23: 151, 26: 132, 29: 116, 32: 102, 36: 90, 39: 80,
    42: 71, 45: 64, 48: 57, 51: 51, 54: 45, 58: 40, 61: 35, 64: 31, 67: 27, 70: 23, 73: 19, 76: 15, 81: 11,
    84: 7, 87: 3,
}.items():  # fmt: skip
    DR_INTRA_DERIVATIVE[_angle] = _derivative

# Sm_Weights of all sizes, one after the other: those of n samples begin at n - 4.
SM_WEIGHTS = np.array(
    [
        255, 149, 85, 64,
        255, 197, 146, 105, 73, 50, 37, 32,
        255, 225, 196, 170, 145, 123, 102, 84, 68, 54, 43, 33, 26, 20, 17, 16,
        255, 240, 225, 210, 196, 182, 169, 157, 145, 133, 122, 111, 101, 92, 83, 74,
        66, 59, 52, 45, 39, 34, 29, 25, 21, 17, 14, 12, 10, 9, 8, 8,
        255, 248, 240, 233, 225, 218, 210, 203, 196, 189, 182, 176, 169, 163, 156, 150,
        144, 138, 133, 127, 121, 116, 111, 106, 101, 96, 91, 86, 82, 77, 73, 69,
        65, 61, 57, 54, 50, 47, 44, 41, 38, 35, 32, 29, 27, 25, 22, 20,
        18, 16, 15, 13, 12, 10, 9, 8, 7, 6, 6, 5, 5, 4, 4, 4,
    ],
    np.int32,
)  # fmt: skip

# Intra_Edge_Kernel without its symmetry: the outer, next and middle tap by strength.
INTRA_EDGE_KERNEL = np.array([(0, 0, 16), (0, 4, 8), (0, 5, 6), (2, 4, 4)])

# From which angle on the edge filter has strength 1, 2 and 3: [filterType][min((blkWh - 1) >> 3, 4)].
NEVER = 1000
INTRA_EDGE_THRESHOLDS = np.array(
    [
        [(56, NEVER, NEVER), (40, NEVER, NEVER), (8, 16, 32), (0, 4, 32), (0, 0, 0)],
        [(40, 64, NEVER), (20, 48, NEVER), (4, 4, 4), (0, 0, 0), (0, 0, 0)],
    ]
)

# Intra_Filter_Taps turned round, ``[filter_intra_mode][neighbour][output]``: eight outputs are eight lanes.
INTRA_FILTER_TAPS = np.array(
    [
        [
            [-6, -5, -3, -3, -4, -3, -3, -3],
            [10, 2, 1, 1, 6, 2, 2, 1],
            [0, 10, 1, 1, 0, 6, 2, 2],
            [0, 0, 10, 2, 0, 0, 6, 2],
            [0, 0, 0, 10, 0, 0, 0, 6],
            [12, 9, 7, 5, 2, 2, 2, 3],
            [0, 0, 0, 0, 12, 9, 7, 5],
        ],
        [
            [-10, -6, -4, -2, -10, -6, -4, -2],
            [16, 0, 0, 0, 16, 0, 0, 0],
            [0, 16, 0, 0, 0, 16, 0, 0],
            [0, 0, 16, 0, 0, 0, 16, 0],
            [0, 0, 0, 16, 0, 0, 0, 16],
            [10, 6, 4, 2, 0, 0, 0, 0],
            [0, 0, 0, 0, 10, 6, 4, 2],
        ],
        [
            [-8, -8, -8, -8, -4, -4, -4, -4],
            [8, 0, 0, 0, 4, 0, 0, 0],
            [0, 8, 0, 0, 0, 4, 0, 0],
            [0, 0, 8, 0, 0, 0, 4, 0],
            [0, 0, 0, 8, 0, 0, 0, 4],
            [16, 16, 16, 16, 0, 0, 0, 0],
            [0, 0, 0, 0, 16, 16, 16, 16],
        ],
        [
            [-2, -1, -1, 0, -1, -1, -1, -1],
            [8, 3, 2, 1, 4, 3, 2, 2],
            [0, 8, 3, 2, 0, 4, 3, 2],
            [0, 0, 8, 3, 0, 0, 4, 3],
            [0, 0, 0, 8, 0, 0, 0, 4],
            [10, 6, 4, 2, 3, 4, 4, 3],
            [0, 0, 0, 0, 10, 6, 4, 3],
        ],
        [
            [-12, -10, -9, -8, -10, -9, -8, -7],
            [14, 0, 0, 0, 12, 1, 0, 0],
            [0, 14, 0, 0, 0, 12, 0, 0],
            [0, 0, 14, 0, 0, 0, 12, 1],
            [0, 0, 0, 14, 0, 0, 0, 12],
            [14, 12, 11, 10, 0, 0, 1, 1],
            [0, 0, 0, 0, 14, 12, 11, 9],
        ],
    ],
    np.int32,
)
