"""What a CfL block of a decoded frame is predicted from, in the words of the AV1 specification.

`planes` are CurrFrame before the in-loop filters: nothing that a block's prediction reads changes later.
"""

import numpy as np

from spec import cfl_spec as spec

Tx_Width = [4, 8, 16, 32, 64, 4, 8, 8, 16, 16, 32, 32, 64, 4, 16, 8, 32, 16, 64]
Tx_Height = [4, 8, 16, 32, 64, 8, 4, 16, 8, 32, 16, 64, 32, 16, 4, 32, 8, 64, 16]
Block_Width = [4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64, 128, 128, 4, 16, 8, 32, 16, 64]
Block_Height = [4, 8, 4, 8, 16, 8, 16, 32, 16, 32, 64, 32, 64, 128, 64, 128, 16, 4, 32, 8, 64, 16]


def max_luma(MiRow, MiCol, MiSize, TxSize, MiRows, MiCols):
    """Sections 5.11.34 and 5.11.35: MaxLumaW and MaxLumaH after the luma of a block of at most 64x64."""
    MaxLumaW = MaxLumaH = None
    maxX, maxY = MiCols * 4, MiRows * 4
    for y in range(0, Block_Height[MiSize], Tx_Height[TxSize]):
        for x in range(0, Block_Width[MiSize], Tx_Width[TxSize]):
            startX, startY = MiCol * 4 + x, MiRow * 4 + y
            if startX >= maxX or startY >= maxY:
                continue
            MaxLumaW = startX + Tx_Width[TxSize]
            MaxLumaH = startY + Tx_Height[TxSize]
    return MaxLumaW, MaxLumaH


def available(MiRow, MiCol, MiSize, subX, subY, MiRowStart, MiColStart):
    """Sections 5.11.5 and 5.11.51: AvailUChroma and AvailLChroma of a block that has chroma."""
    bw4, bh4 = Block_Width[MiSize] // 4, Block_Height[MiSize] // 4

    def is_inside(candR, candC):  # the other two sides are never asked for
        return candC >= MiColStart and candR >= MiRowStart

    AvailUChroma, AvailLChroma = is_inside(MiRow - 1, MiCol), is_inside(MiRow, MiCol - 1)
    if subY and bh4 == 1:
        AvailUChroma = is_inside(MiRow - 2, MiCol)
    if subX and bw4 == 1:
        AvailLChroma = is_inside(MiRow, MiCol - 2)
    return AvailUChroma, AvailLChroma


def block_inputs(record, coded, planes, place):
    """(startX, startY, luma AC, DC of U, DC of V) of a block, given its record and its tile's place."""
    color, size = coded.sequence.color_config, coded.header.size
    subX, subY = color.subsampling_x, color.subsampling_y
    MiRow, MiCol, MiSize = int(record["mi_row"]), int(record["mi_col"]), int(record["mi_size"])
    startX, startY = (MiCol >> subX) * 4, (MiRow >> subY) * 4
    w, h = max(Block_Width[MiSize] >> subX, 4), max(Block_Height[MiSize] >> subY, 4)
    MaxLumaW, MaxLumaH = max_luma(MiRow, MiCol, MiSize, int(record["tx_size"]), size.mi_rows, size.mi_cols)
    ac = spec.luma_ac(planes[0], startX, startY, w, h, subX, subY, MaxLumaW, MaxLumaH)
    haveAbove, haveLeft = available(MiRow, MiCol, MiSize, subX, subY, *place)
    maxX, maxY = (size.mi_cols * 4 >> subX) - 1, (size.mi_rows * 4 >> subY) - 1
    dc = [
        spec.predict_dc(plane, startX, startY, w, h, haveLeft, haveAbove, maxX, maxY, color.bit_depth)
        for plane in planes[1:]
    ]
    return startX, startY, np.array(ac), *dc
