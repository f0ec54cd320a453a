// Pictures in tiles of 256 x 256 pixels, painted when they come into view and kept for a while.

const TILE = 256;
const KEPT = 500;

class Tiles {
  constructor() {
    this.kept = new Map();
  }

  /** The tile, painted now if there is time; null if not. */
  get(source, level, column, row, mayPaint) {
    const key = `${source.key}/${level}/${column}/${row}`;
    let tile = this.kept.get(key);
    if (tile) {
      this.kept.delete(key); // and put last
    } else {
      if (!mayPaint()) return null;
      tile = painted(source, level, column, row);
    }
    this.kept.set(key, tile);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
    return tile;
  }
}

function painted(source, level, column, row) {
  const { width, height } = source.sizeAt(level), x = column * TILE, y = row * TILE;
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(TILE, width - x);
  canvas.height = Math.min(TILE, height - y);
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  source.paint(new Uint32Array(image.data.buffer), level, x, y, canvas.width, canvas.height);
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Samples in colours. A pixel of level n is 2^n samples wide. */
class SampleSource {
  constructor(key, set, plane, frame) {
    Object.assign(this, { key, set, plane, frame, lowest: 0 });
    this.scaleX = frame.width / set.width; // not 1 with superres
  }

  sizeAt(level) {
    const round = (1 << level) - 1;
    return { width: (this.set.width + round) >> level, height: (this.set.height + round) >> level };
  }

  paint(out, level, x, y, w, h) {
    if (this.plane < 0 && this.set.planes.length === 3) this.paintColour(out, level, x, y, w, h);
    else this.paintPlane(out, level, x, y, w, h, Math.max(this.plane, 0));
  }

  /** The rows and columns of chroma that belong to those of luma. */
  shiftsAt(level, plane) {
    return plane && level === 0 ? this.frame.shifts : [0, 0];
  }

  paintColour(out, level, x, y, w, h) {
    const [luma, cb, cr] = this.set.planes.map((plane) => plane.level(level));
    const [sx, sy] = this.shiftsAt(level, 1), { matrix: m, offset } = this.frame.colour;
    const clamped = new Uint8ClampedArray(out.buffer);
    const [[ry, ru, rv], [gy, gu, gv], [by, bu, bv]] = m;
    for (let row = 0, to = 0; row < h; row++) {
      const atLuma = (y + row) * luma.stride + x, atChroma = ((y + row) >> sy) * cb.stride;
      for (let i = 0; i < w; i++, to += 4) {
        const Y = luma.data[atLuma + i], at = atChroma + ((x + i) >> sx), U = cb.data[at], V = cr.data[at];
        clamped[to] = ry * Y + ru * U + rv * V + offset[0];
        clamped[to + 1] = gy * Y + gu * U + gv * V + offset[1];
        clamped[to + 2] = by * Y + bu * U + bv * V + offset[2];
        clamped[to + 3] = 255;
      }
    }
  }

  paintPlane(out, level, x, y, w, h, number) {
    const plane = this.set.planes[number].level(level), [sx, sy] = this.shiftsAt(level, number);
    const isDifference = plane.data instanceof Int16Array;
    const grey = isDifference ? RAMPS["both ways"] : GREYS, reach = differenceReach(this.frame.depth);
    const factor = isDifference ? 127.5 / reach : 255 / ((1 << this.frame.depth) - 1), zero = isDifference ? 127.5 : 0;
    for (let row = 0, to = 0; row < h; row++) {
      const at = ((y + row) >> sy) * plane.stride;
      for (let i = 0; i < w; i++, to++) {
        const value = zero + factor * plane.data[at + ((x + i) >> sx)];
        out[to] = grey[value < 0 ? 0 : value > 255 ? 255 : (value + 0.5) | 0];
      }
    }
  }
}

const GREYS = ramp(["#000000", "#ffffff"]);
/** The difference of samples that has the strongest colour. */
const differenceReach = (depth) => 16 << (depth - 8);

/** A colour for each block; a pixel of level n is 2^n samples wide, and n is at least 2. */
class BlockSource {
  constructor(key, colours, blocks, of) {
    Object.assign(this, { key, colours, blocks, lowest: 2, scaleX: 1 });
    this.map = (of === "chroma" && blocks.maps.chroma) || blocks.maps.luma;
  }

  sizeAt(level) {
    const round = (1 << (level - 2)) - 1;
    return { width: (this.blocks.across + round) >> (level - 2), height: (this.blocks.down + round) >> (level - 2) };
  }

  paint(out, level, x, y, w, h) {
    const step = level - 2, { map, colours } = this, { across } = this.blocks;
    for (let row = 0, to = 0; row < h; row++) {
      const at = ((y + row) << step) * across;
      for (let i = 0; i < w; i++) out[to++] = colours[map[at + ((x + i) << step)]];
    }
  }
}

const EDGE = packed([255, 255, 255], 110);

/** Lines where blocks begin. At levels 0 and 1 an area of 4x4 samples is several pixels, and a line is one. */
class EdgeSource extends BlockSource {
  constructor(key, blocks) {
    super(key, null, blocks, "luma");
    this.lowest = 0;
    this.isSharp = true;
  }

  sizeAt(level) {
    if (level >= 2) return super.sizeAt(level);
    return { width: this.blocks.across << (2 - level), height: this.blocks.down << (2 - level) };
  }

  paint(out, level, x, y, w, h) {
    const step = Math.max(level - 2, 0), side = 4 >> Math.min(level, 2), { map } = this, { across } = this.blocks;
    for (let top = 0; top < h; top += side) {
      const row = ((y + top) / side) << step, at = row * across, above = row ? at - (across << step) : at;
      for (let left = 0; left < w; left += side) {
        const column = ((x + left) / side) << step, here = map[at + column], to = top * w + left;
        if (here !== map[above + column]) out.fill(EDGE, to, to + side);
        if (column && here !== map[at + column - (1 << step)]) for (let i = 0; i < side; i++) out[to + i * w] = EDGE;
      }
    }
  }
}
