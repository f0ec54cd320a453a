// The samples of a frame, exact: decoded by the browser's own AV1 decoder, or unpacked.

/** One plane, and its halves for smaller scales. */
class Plane {
  constructor(data, width, height, stride, shifts = [0, 0]) {
    this.levels = [{ data, width, height, stride }];
    this.shifts = shifts;
  }

  at(x, y) {
    const { data, stride } = this.levels[0];
    return data[y * stride + x];
  }

  /** The plane at 1 / 2^level of luma's size: means of the samples. Level 0 is the plane as it is. */
  level(number) {
    while (this.levels.length <= number) {
      const first = this.levels.length === 1, [sx, sy] = first ? this.shifts : [0, 0];
      this.levels.push(sx && sy ? this.levels[0] : reduced(this.levels.at(-1), 1 - sx, 1 - sy));
    }
    return this.levels[number];
  }
}

/** Half as wide and half as high, or one of them. */
function reduced({ data, width, height, stride }, acrossShift, downShift) {
  const w = (width + acrossShift) >> acrossShift, h = (height + downShift) >> downShift;
  const out = new data.constructor(w * h), shift = acrossShift + downShift, half = (1 << shift) >> 1;
  for (let y = 0; y < h; y++) {
    const above = (y << downShift) * stride;
    const below = Math.min((y << downShift) + downShift, height - 1) * stride;
    for (let x = 0; x < w; x++) {
      const left = x << acrossShift, right = Math.min(left + acrossShift, width - 1);
      let sum = data[above + left];
      if (acrossShift) sum += data[above + right];
      if (downShift) sum += data[below + left];
      if (acrossShift && downShift) sum += data[below + right];
      out[y * w + x] = (sum + half) >> shift;
    }
  }
  return { data: out, width: w, height: h, stride: w };
}

/** The sets of samples of a frame, each decoded when it is first asked for. */
class Samples {
  constructor(frame) {
    this.frame = frame;
    this.made = new Map();
    this.ready = new Map();
  }

  has(name) {
    const sets = this.frame.samples;
    if (name === "difference") return Boolean(this.partner);
    return name === "filters" || (name === "reference" ? "error" in sets : name in sets);
  }

  /** A promise of {width, height, planes}. */
  get(name) {
    if (!this.made.has(name)) {
      const made = this.make(name);
      made.then((set) => this.ready.set(name, set), () => this.made.delete(name));
      this.made.set(name, made);
    }
    return this.made.get(name);
  }

  async make(name) {
    if (name === "filters") return this.combined("decoded", "unfiltered", (a, b) => a - b, Int16Array);
    if (name === "difference") return this.combined("decoded", () => this.partner.get("decoded"), (a, b) => a - b, Int16Array);
    if (name === "reference") return this.combined("decoded", "error", (a, b) => a + b, Uint16Array);
    const set = this.frame.samples[name];
    return set.streams ? this.decoded(set) : this.unpacked(set, name === "error");
  }

  async combined(first, second, join, kind) {
    const [a, b] = await Promise.all([this.get(first), typeof second === "string" ? this.get(second) : second()]);
    const planes = a.planes.map((plane, number) => {
      const one = plane.levels[0], other = b.planes[number].levels[0];
      const data = new kind(one.width * one.height);
      for (let y = 0; y < one.height; y++) {
        for (let x = 0; x < one.width; x++) {
          const theirs = other.data[Math.min(y, other.height - 1) * other.stride + Math.min(x, other.width - 1)];
          data[y * one.width + x] = join(one.data[y * one.stride + x], theirs);
        }
      }
      return new Plane(data, one.width, one.height, one.width, plane.shifts);
    });
    return { width: a.width, height: a.height, planes };
  }

  shapes({ width, height }) {
    const [sx, sy] = this.frame.shifts, chroma = [(width + sx) >> sx, (height + sy) >> sy];
    return [[width, height], chroma, chroma].slice(0, this.frame.planes);
  }

  plane(number, data, width, height, stride) {
    return new Plane(data, width, height, stride, number ? this.frame.shifts : [0, 0]);
  }

  async unpacked(set, isSigned) {
    const bytes = await inflate(unpack(set.packed)), planes = [];
    let at = 0;
    for (const [number, [width, height]] of this.shapes(set).entries()) {
      const count = width * height;
      const data = isSigned ? new Int16Array(count) : new Uint16Array(count);
      for (let y = 0, i = 0; y < height; y++) {
        for (let x = 0, sample = 0; x < width; x++, i++) {
          const step = set.bytes === 2 ? bytes[at + i] | (bytes[at + count + i] << 8) : bytes[at + i];
          sample = (sample + (set.bytes === 2 ? (step << 16) >> 16 : (step << 24) >> 24)) | 0;
          data[i] = sample;
        }
      }
      planes.push(this.plane(number, data, width, height, width));
      at += set.bytes * count;
    }
    return { width: set.width, height: set.height, planes };
  }

  async decoded(set) {
    const pictures = [];
    for (const stream of set.streams) pictures.push(await decodedStream(unpackAll(stream.chunks), set.codec));
    const shapes = this.shapes(set);
    if (pictures.length === 1) {
      const { planes } = pictures[0];
      return {
        width: set.width, height: set.height,
        planes: shapes.map(([w, h], i) => this.plane(i, planes[i].data, w, h, planes[i].stride)),
      };
    }
    const whole = shapes.map(([w, h]) => new pictures[0].planes[0].data.constructor(w * h));
    pictures.forEach(({ planes }, part) => this.place(set.streams[part], planes, whole, shapes));
    return { width: set.width, height: set.height, planes: shapes.map(([w, h], i) => this.plane(i, whole[i], w, h, w)) };
  }

  /** Copy the planes of an image of a grid to their place. */
  place({ x, y }, planes, whole, shapes) {
    shapes.forEach(([width, height], number) => {
      const [sx, sy] = number ? this.frame.shifts : [0, 0], left = x >> sx, top = y >> sy;
      const { data, stride, width: w, height: h } = planes[number];
      for (let row = 0; row < Math.min(h, height - top); row++) {
        const line = data.subarray(row * stride, row * stride + Math.min(w, width - left));
        whole[number].set(line, (top + row) * width + left);
      }
    });
  }
}

/** The planes of a stream of one frame, as the browser's decoder makes them. */
async function decodedStream(data, codec) {
  if (typeof VideoDecoder === "undefined") throw new Error("this browser cannot decode AV1 (it has no VideoDecoder)");
  const config = { codec, hardwareAcceleration: "prefer-software" };
  const isSupported = async () => (await VideoDecoder.isConfigSupported(config)).supported;
  if (!(await isSupported())) {
    config.hardwareAcceleration = "no-preference";
    if (!(await isSupported())) throw new Error(`this browser cannot decode ${codec}`);
  }
  let picture = null;
  const decoder = new VideoDecoder({ output: (frame) => { picture = frame; }, error: () => {} });
  try {
    decoder.configure(config);
    decoder.decode(new EncodedVideoChunk({ type: "key", timestamp: 0, data }));
    await decoder.flush();
    if (!picture) throw new Error("this browser's decoder shows nothing");
    return await planesOf(picture);
  } finally {
    picture?.close();
    if (decoder.state !== "closed") decoder.close();
  }
}

async function planesOf(picture) {
  const { format, visibleRect } = picture;
  const match = /^(I420|I422|I444|NV12)(P10)?$/.exec(format ?? "");
  if (!match) throw new Error(`this browser decodes to ${format ?? "an unknown format"}, not to planes`);
  const buffer = new Uint8Array(picture.allocationSize());
  const layout = await picture.copyTo(buffer);
  const bytes = match[2] ? 2 : 1, kind = bytes === 2 ? Uint16Array : Uint8Array;
  const [sx, sy] = { I420: [1, 1], NV12: [1, 1], I422: [1, 0], I444: [0, 0] }[match[1]];
  const size = (number) => [(visibleRect.width + (number && sx)) >> (number && sx), (visibleRect.height + (number && sy)) >> (number && sy)];
  const plane = (number, { offset, stride }) => {
    const [width, height] = size(number);
    return { data: new kind(buffer.buffer, offset, (stride / bytes) * height), stride: stride / bytes, width, height };
  };
  if (match[1] !== "NV12") return { planes: layout.map((place, number) => plane(number, place)) };
  const [width, height] = size(1), { offset, stride } = layout[1];
  const split = [0, 1].map((which) => {
    const data = new kind(width * height);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = buffer[offset + y * stride + 2 * x + which];
    return { data, stride: width, width, height };
  });
  return { planes: [plane(0, layout[0]), ...split] };
}
