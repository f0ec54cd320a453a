"""Film grain synthesis of the AV1 specification (7.18.3), transcribed.

`FilmGrainSynthesis` holds the variables of the standard as attributes; OutY, OutU and OutV are lists of rows
of integers, and are changed in place.
"""

from spec.cfl_spec import Clip1, Clip3, Round2

MC_IDENTITY = 0


class FilmGrainSynthesis:
    """7.18.3, with the variables it reads as attributes."""

    def __init__(self, **variables):
        self.__dict__.update(variables)

    def process(self, w, h, subX, subY):
        """7.18.3.1."""
        self.RandomRegister = self.grain_seed
        self.GrainCenter = 128 << (self.BitDepth - 8)
        self.GrainMin = -self.GrainCenter
        self.GrainMax = (256 << (self.BitDepth - 8)) - 1 - self.GrainCenter
        self.generate_grain()
        self.scaling_lookup()
        self.add_noise(w, h, subX, subY)

    def get_random_number(self, bits):
        """7.18.3.2."""
        r = self.RandomRegister
        bit = ((r >> 0) ^ (r >> 1) ^ (r >> 3) ^ (r >> 12)) & 1
        r = (r >> 1) | (bit << 15)
        self.RandomRegister = r
        return (r >> (16 - bits)) & ((1 << bits) - 1)

    def white(self, height, width, present):
        shift = 12 - self.BitDepth + self.grain_scale_shift
        grain = []
        for _ in range(height):
            row = []
            for _ in range(width):
                g = self.Gaussian_Sequence[self.get_random_number(11)] if present else 0
                row.append(Round2(g, shift))
            grain.append(row)
        return grain

    def generate_grain(self):
        """7.18.3.3."""
        self.LumaGrain = LumaGrain = self.white(73, 82, self.num_y_points > 0)
        shift = self.ar_coeff_shift_minus_6 + 6
        lag = self.ar_coeff_lag
        if self.num_y_points > 0:  # else the coefficients are not there, and the result is not read
            for y in range(3, 73):
                for x in range(3, 82 - 3):
                    s = 0
                    pos = 0
                    for deltaRow in range(-lag, 1):
                        for deltaCol in range(-lag, lag + 1):
                            if deltaRow == 0 and deltaCol == 0:
                                break
                            c = self.ar_coeffs_y_plus_128[pos] - 128
                            s += LumaGrain[y + deltaRow][x + deltaCol] * c
                            pos += 1
                    LumaGrain[y][x] = Clip3(self.GrainMin, self.GrainMax, LumaGrain[y][x] + Round2(s, shift))
        if self.mono_chrome:
            return
        chromaW = 44 if self.subsampling_x else 82
        chromaH = 38 if self.subsampling_y else 73
        from_luma = self.chroma_scaling_from_luma
        self.RandomRegister = self.grain_seed ^ 0xB524
        self.CbGrain = self.white(chromaH, chromaW, self.num_cb_points > 0 or from_luma)
        self.RandomRegister = self.grain_seed ^ 0x49D8
        self.CrGrain = self.white(chromaH, chromaW, self.num_cr_points > 0 or from_luma)
        for grain, coeffs, present in (
            (self.CbGrain, self.ar_coeffs_cb_plus_128, self.num_cb_points > 0 or from_luma),
            (self.CrGrain, self.ar_coeffs_cr_plus_128, self.num_cr_points > 0 or from_luma),
        ):
            if not present:
                continue
            for y in range(3, chromaH):
                for x in range(3, chromaW - 3):
                    s0 = 0
                    pos = 0
                    for deltaRow in range(-lag, 1):
                        for deltaCol in range(-lag, lag + 1):
                            if deltaRow == 0 and deltaCol == 0:
                                if self.num_y_points > 0:
                                    c0 = coeffs[pos] - 128
                                    luma = 0
                                    lumaX = ((x - 3) << self.subsampling_x) + 3
                                    lumaY = ((y - 3) << self.subsampling_y) + 3
                                    for i in range(self.subsampling_y + 1):
                                        for j in range(self.subsampling_x + 1):
                                            luma += LumaGrain[lumaY + i][lumaX + j]
                                    luma = Round2(luma, self.subsampling_x + self.subsampling_y)
                                    s0 += luma * c0
                                break
                            c0 = coeffs[pos] - 128
                            s0 += grain[y + deltaRow][x + deltaCol] * c0
                            pos += 1
                    grain[y][x] = Clip3(self.GrainMin, self.GrainMax, grain[y][x] + Round2(s0, shift))

    def points(self, plane):
        if plane == 0 or self.chroma_scaling_from_luma:
            return self.num_y_points, self.point_y_value, self.point_y_scaling
        if plane == 1:
            return self.num_cb_points, self.point_cb_value, self.point_cb_scaling
        return self.num_cr_points, self.point_cr_value, self.point_cr_scaling

    def scaling_lookup(self):
        """7.18.3.4."""
        self.ScalingLut = []
        for plane in range(1 if self.mono_chrome else 3):
            numPoints, get_x, get_y = self.points(plane)
            lut = [0] * 256
            if numPoints > 0:
                for x in range(get_x[0]):
                    lut[x] = get_y[0]
                for i in range(numPoints - 1):
                    deltaY = get_y[i + 1] - get_y[i]
                    deltaX = get_x[i + 1] - get_x[i]
                    delta = deltaY * ((65536 + (deltaX >> 1)) // deltaX)
                    for x in range(deltaX):
                        lut[get_x[i] + x] = get_y[i] + ((x * delta + 32768) >> 16)
                for x in range(get_x[numPoints - 1], 256):
                    lut[x] = get_y[numPoints - 1]
            self.ScalingLut.append(lut)

    def scale_lut(self, plane, index):
        shift = self.BitDepth - 8
        x = index >> shift
        rem = index - (x << shift)
        if self.BitDepth == 8 or x == 255:
            return self.ScalingLut[plane][x]
        start = self.ScalingLut[plane][x]
        end = self.ScalingLut[plane][x + 1]
        return start + Round2((end - start) * rem, shift)

    def add_noise(self, w, h, subX, subY):
        """7.18.3.5."""
        NumPlanes = 1 if self.mono_chrome else 3
        grains = [self.LumaGrain] if self.mono_chrome else [self.LumaGrain, self.CbGrain, self.CrGrain]
        noiseStripe = []
        lumaNum = 0
        for _ in range(0, (h + 1) // 2, 16):
            self.RandomRegister = self.grain_seed
            self.RandomRegister ^= ((lumaNum * 37 + 178) & 255) << 8
            self.RandomRegister ^= (lumaNum * 173 + 105) & 255
            stripe = [[[0] * (w + 64) for _ in range(34)] for _ in range(NumPlanes)]
            for x in range(0, (w + 1) // 2, 16):
                rand = self.get_random_number(8)
                offsetX = rand >> 4
                offsetY = rand & 15
                for plane in range(NumPlanes):
                    planeSubX = subX if plane > 0 else 0
                    planeSubY = subY if plane > 0 else 0
                    planeOffsetX = 6 + offsetX if planeSubX else 9 + offsetX * 2
                    planeOffsetY = 6 + offsetY if planeSubY else 9 + offsetY * 2
                    for i in range(34 >> planeSubY):
                        for j in range(34 >> planeSubX):
                            g = grains[plane][planeOffsetY + i][planeOffsetX + j]
                            if planeSubX == 0:
                                if j < 2 and self.overlap_flag and x > 0:
                                    old = stripe[plane][i][x * 2 + j]
                                    g = old * 27 + g * 17 if j == 0 else old * 17 + g * 27
                                    g = Clip3(self.GrainMin, self.GrainMax, Round2(g, 5))
                                stripe[plane][i][x * 2 + j] = g
                            else:
                                if j == 0 and self.overlap_flag and x > 0:
                                    old = stripe[plane][i][x + j]
                                    g = old * 23 + g * 22
                                    g = Clip3(self.GrainMin, self.GrainMax, Round2(g, 5))
                                stripe[plane][i][x + j] = g
            noiseStripe.append(stripe)
            lumaNum += 1  # noqa: SIM113 - as the standard has it
        noiseImage = []
        for plane in range(NumPlanes):
            planeSubX = subX if plane > 0 else 0
            planeSubY = subY if plane > 0 else 0
            image = []
            for y in range((h + planeSubY) >> planeSubY):
                lumaNum = y >> (5 - planeSubY)
                i = y - (lumaNum << (5 - planeSubY))
                row = []
                for x in range((w + planeSubX) >> planeSubX):
                    g = noiseStripe[lumaNum][plane][i][x]
                    if planeSubY == 0:
                        if i < 2 and lumaNum > 0 and self.overlap_flag:
                            old = noiseStripe[lumaNum - 1][plane][i + 32][x]
                            g = old * 27 + g * 17 if i == 0 else old * 17 + g * 27
                            g = Clip3(self.GrainMin, self.GrainMax, Round2(g, 5))
                    elif i < 1 and lumaNum > 0 and self.overlap_flag:
                        old = noiseStripe[lumaNum - 1][plane][i + 16][x]
                        g = old * 23 + g * 22
                        g = Clip3(self.GrainMin, self.GrainMax, Round2(g, 5))
                    row.append(g)
                image.append(row)
            noiseImage.append(image)
        self.blend(w, h, subX, subY, noiseImage)

    def blend(self, w, h, subX, subY, noiseImage):
        """The end of 7.18.3.5."""
        BitDepth = self.BitDepth
        if self.clip_to_restricted_range:
            minValue = 16 << (BitDepth - 8)
            maxLuma = 235 << (BitDepth - 8)
            maxChroma = maxLuma if self.matrix_coefficients == MC_IDENTITY else 240 << (BitDepth - 8)
        else:
            minValue = 0
            maxLuma = (256 << (BitDepth - 8)) - 1
            maxChroma = maxLuma
        ScalingShift = self.grain_scaling_minus_8 + 8
        chroma = ()
        if not self.mono_chrome:
            chroma = (
                (1, self.OutU, self.num_cb_points, self.cb_luma_mult, self.cb_mult, self.cb_offset),
                (2, self.OutV, self.num_cr_points, self.cr_luma_mult, self.cr_mult, self.cr_offset),
            )
        for plane, Out, num_points, luma_mult, mult, offset in chroma:
            for y in range((h + subY) >> subY):
                for x in range((w + subX) >> subX):
                    lumaX = x << subX
                    lumaY = y << subY
                    lumaNextX = min(lumaX + 1, w - 1)
                    if subX:
                        averageLuma = Round2(self.OutY[lumaY][lumaX] + self.OutY[lumaY][lumaNextX], 1)
                    else:
                        averageLuma = self.OutY[lumaY][lumaX]
                    if num_points > 0 or self.chroma_scaling_from_luma:
                        orig = Out[y][x]
                        if self.chroma_scaling_from_luma:
                            merged = averageLuma
                        else:
                            combined = averageLuma * (luma_mult - 128) + orig * (mult - 128)
                            merged = Clip1((combined >> 6) + (offset - 256) * (1 << (BitDepth - 8)), BitDepth)
                        noise = noiseImage[plane][y][x]
                        noise = Round2(self.scale_lut(plane, merged) * noise, ScalingShift)
                        Out[y][x] = Clip3(minValue, maxChroma, orig + noise)
        for y in range(h):
            for x in range(w):
                orig = self.OutY[y][x]
                noise = noiseImage[0][y][x]
                noise = Round2(self.scale_lut(0, orig) * noise, ScalingShift)
                if self.num_y_points > 0:
                    self.OutY[y][x] = Clip3(minValue, maxLuma, orig + noise)
