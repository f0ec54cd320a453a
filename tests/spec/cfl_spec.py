"""Chroma from luma in the words of the AV1 specification: plain Python integers and its own names.

Each function names the section that it transcribes. Arrays are lists of rows, or anything else that
``array[y][x]`` indexes; each sample is made a Python integer as it is read, so nothing can overflow.
"""

import math

CFL_SIGN_ZERO = 0
CFL_SIGN_NEG = 1
CFL_SIGN_POS = 2

Default_Cfl_Sign_Cdf = [1418, 2123, 13340, 18405, 26972, 28343, 32294, 32768, 0]

Default_Cfl_Alpha_Cdf = [
    [7637, 20719, 31401, 32481, 32657, 32688, 32692, 32696, 32700,
     32704, 32708, 32712, 32716, 32720, 32724, 32768, 0],
    [14365, 23603, 28135, 31168, 32167, 32395, 32487, 32573, 32620,
     32647, 32668, 32672, 32676, 32680, 32684, 32768, 0],
    [11532, 22380, 28445, 31360, 32349, 32523, 32584, 32649, 32673,
     32677, 32681, 32685, 32689, 32693, 32697, 32768, 0],
    [26990, 31402, 32282, 32571, 32692, 32696, 32700, 32704, 32708,
     32712, 32716, 32720, 32724, 32728, 32732, 32768, 0],
    [17248, 26058, 28904, 30608, 31305, 31877, 32126, 32321, 32394,
     32464, 32516, 32560, 32576, 32593, 32622, 32768, 0],
    [14738, 21678, 25779, 27901, 29024, 30302, 30980, 31843, 32144,
     32413, 32520, 32594, 32622, 32656, 32660, 32768, 0],
]  # fmt: skip


def Round2(x, n):
    """Section 4.7."""
    if n == 0:
        return x
    return (x + (1 << (n - 1))) >> n


def Round2Signed(x, n):
    """Section 4.7."""
    return Round2(x, n) if x >= 0 else -Round2(-x, n)


def Clip3(x, y, z):
    """Section 4.7."""
    if z < x:
        return x
    if z > y:
        return y
    return z


def Clip1(x, BitDepth):
    """Section 4.7."""
    return Clip3(0, (1 << BitDepth) - 1, x)


def log2(x):
    """The base 2 logarithm of a power of two: Tx_Width_Log2 and Tx_Height_Log2 of a transform's side."""
    assert x & (x - 1) == 0
    return x.bit_length() - 1


def subsampled_luma(curr_frame_luma, startX, startY, w, h, subX, subY, MaxLumaW, MaxLumaH):
    """Section 7.11.5, the array L and the variable lumaAvg (both with 3 fractional bits)."""
    L = [[0] * w for _ in range(h)]
    lumaAvg = 0
    for i in range(h):
        lumaY = (startY + i) << subY
        lumaY = min(lumaY, MaxLumaH - (1 << subY))
        for j in range(w):
            lumaX = (startX + j) << subX
            lumaX = min(lumaX, MaxLumaW - (1 << subX))
            t = 0
            for dy in range(subY + 1):
                for dx in range(subX + 1):
                    t += int(curr_frame_luma[lumaY + dy][lumaX + dx])
            v = t << (3 - subX - subY)
            L[i][j] = v
            lumaAvg += v
    lumaAvg = Round2(lumaAvg, log2(w) + log2(h))
    return L, lumaAvg


def luma_ac(curr_frame_luma, startX, startY, w, h, subX, subY, MaxLumaW, MaxLumaH):
    """Section 7.11.5, the term L[ i ][ j ] - lumaAvg of every sample."""
    L, lumaAvg = subsampled_luma(curr_frame_luma, startX, startY, w, h, subX, subY, MaxLumaW, MaxLumaH)
    return [[L[i][j] - lumaAvg for j in range(w)] for i in range(h)]


def scale_and_add(ac, pred_dc, alpha, BitDepth):
    """Section 7.11.5, the predicted samples, from L - lumaAvg and the DC prediction of each sample."""
    h, w = len(ac), len(ac[0])
    CurrFrame = [[0] * w for _ in range(h)]
    for i in range(h):
        for j in range(w):
            dc = int(pred_dc[i][j])
            scaledLuma = Round2Signed(alpha * int(ac[i][j]), 6)
            CurrFrame[i][j] = Clip1(dc + scaledLuma, BitDepth)
    return CurrFrame


def predict_chroma_from_luma(
    curr_frame_luma, pred_dc_plane, startX, startY, w, h, subX, subY, alpha, MaxLumaW, MaxLumaH, BitDepth
):
    """Section 7.11.5: the w x h samples that take the place of `pred_dc_plane` (h rows of w samples)."""
    ac = luma_ac(curr_frame_luma, startX, startY, w, h, subX, subY, MaxLumaW, MaxLumaH)
    return scale_and_add(ac, pred_dc_plane, alpha, BitDepth)


def edges(CurrFrame, x, y, w, h, haveLeft, haveAbove, maxX, maxY, BitDepth):
    """Section 7.11.2, AboveRow[ 0..w-1 ] and LeftCol[ 0..h-1 ] of one plane, all that DC_PRED reads.

    haveAboveRight and haveBelowLeft matter only from AboveRow[ w ] and LeftCol[ h ] on; they are 0 here.
    """
    if not haveAbove and haveLeft:
        AboveRow = [int(CurrFrame[y][x - 1]) for i in range(w)]
    elif not haveAbove and not haveLeft:
        AboveRow = [(1 << (BitDepth - 1)) - 1 for i in range(w)]
    else:
        aboveLimit = min(maxX, x + w - 1)
        AboveRow = [int(CurrFrame[y - 1][min(aboveLimit, x + i)]) for i in range(w)]
    if not haveLeft and haveAbove:
        LeftCol = [int(CurrFrame[y - 1][x]) for i in range(h)]
    elif not haveLeft and not haveAbove:
        LeftCol = [(1 << (BitDepth - 1)) + 1 for i in range(h)]
    else:
        leftLimit = min(maxY, y + h - 1)
        LeftCol = [int(CurrFrame[min(leftLimit, y + i)][x - 1]) for i in range(h)]
    return AboveRow, LeftCol


def dc_intra_prediction(AboveRow, LeftCol, haveLeft, haveAbove, w, h, BitDepth):
    """Section 7.11.2.5: the one value of every pred[ i ][ j ]."""
    if haveLeft and haveAbove:
        total = 0
        for k in range(h):
            total += LeftCol[k]
        for k in range(w):
            total += AboveRow[k]
        total += (w + h) >> 1
        return total // (w + h)
    if haveLeft:
        total = 0
        for k in range(h):
            total += LeftCol[k]
        return Clip1((total + (h >> 1)) >> log2(h), BitDepth)
    if haveAbove:
        total = 0
        for k in range(w):
            total += AboveRow[k]
        return Clip1((total + (w >> 1)) >> log2(w), BitDepth)
    return 1 << (BitDepth - 1)


def predict_dc(CurrFrame, x, y, w, h, haveLeft, haveAbove, maxX, maxY, BitDepth):
    """Sections 7.11.2 and 7.11.2.5 together, for one plane."""
    AboveRow, LeftCol = edges(CurrFrame, x, y, w, h, haveLeft, haveAbove, maxX, maxY, BitDepth)
    return dc_intra_prediction(AboveRow, LeftCol, haveLeft, haveAbove, w, h, BitDepth)


def read_cfl_alphas(read_symbol):
    """Section 5.11.45: (CflAlphaU, CflAlphaV) from `read_symbol(name, ctx)`; the signs have no ctx."""
    cfl_alpha_signs = read_symbol("cfl_alpha_signs", None)
    signU = (cfl_alpha_signs + 1) // 3
    signV = (cfl_alpha_signs + 1) % 3
    if signU != CFL_SIGN_ZERO:
        cfl_alpha_u = read_symbol("cfl_alpha_u", ctx_cfl_alpha_u(signU, signV))
        CflAlphaU = 1 + cfl_alpha_u
        if signU == CFL_SIGN_NEG:
            CflAlphaU = -CflAlphaU
    else:
        CflAlphaU = 0
    if signV != CFL_SIGN_ZERO:
        cfl_alpha_v = read_symbol("cfl_alpha_v", ctx_cfl_alpha_v(signU, signV))
        CflAlphaV = 1 + cfl_alpha_v
        if signV == CFL_SIGN_NEG:
            CflAlphaV = -CflAlphaV
    else:
        CflAlphaV = 0
    return CflAlphaU, CflAlphaV


def ctx_cfl_alpha_u(signU, signV):
    """Section 8.3.2, cfl_alpha_u."""
    return (signU - 1) * 3 + signV


def ctx_cfl_alpha_v(signU, signV):
    """Section 8.3.2, cfl_alpha_v."""
    return (signV - 1) * 3 + signU


def symbol_bits(cdf, symbol):
    """The information of a symbol under a CDF of section 9.4 (32768 times the cumulative probability)."""
    below = cdf[symbol - 1] if symbol > 0 else 0
    return -math.log2((cdf[symbol] - below) / 32768)


def parsed_alphas():
    """Every series of symbols that read_cfl_alphas can read: (symbols, ctxs, alphas, bits), in a list.

    `symbols` and `ctxs` map each syntax element that was read to its value and its context.
    """
    result = []
    for signs in range(8):
        for u in range(16):
            for v in range(16):
                series = {"cfl_alpha_signs": signs, "cfl_alpha_u": u, "cfl_alpha_v": v}
                symbols, ctxs, bits = {}, {}, []

                def read_symbol(name, ctx, series=series, symbols=symbols, ctxs=ctxs, bits=bits):
                    cdf = Default_Cfl_Sign_Cdf if ctx is None else Default_Cfl_Alpha_Cdf[ctx]
                    symbols[name], ctxs[name] = series[name], ctx
                    bits.append(symbol_bits(cdf, series[name]))
                    return series[name]

                alphas = read_cfl_alphas(read_symbol)
                if (symbols, ctxs, alphas, sum(bits)) not in result[-16:]:
                    result.append((symbols, ctxs, alphas, sum(bits)))
    return result
