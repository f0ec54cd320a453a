// From values to colours, and the legends that say which is which.

const MAPS = {
  up: ["#00204d", "#31446b", "#666970", "#958f78", "#cab969", "#ffea46"],
  log: ["#000004", "#320a5e", "#781c6d", "#bc3754", "#ed6925", "#fbb61a", "#fcffa4"],
  "both ways": ["#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fddbc7", "#ef8a62", "#b2182b"],
};
const NAMED = [
  "#4e79a7", "#f28e2b", "#76b7b2", "#e15759", "#59a14f", "#edc948", "#b07aa1", "#9c755f", "#86bcb6", "#ff9da7",
  "#bab0ac", "#a0cbe8", "#ffbe7d", "#8cd17d", "#d4a6c8", "#d37295", "#79706e", "#b6992d", "#499894", "#fabfd2",
];
const BINS = 14;

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** A colour as ImageData has it in memory. */
function packed([r, g, b], a = 255) {
  return ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/** 256 colours from a few. */
function ramp(stops) {
  const colours = stops.map(channels);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (colours.length - 1), low = Math.min(Math.floor(at), colours.length - 2);
    return packed(colours[low].map((value, k) => Math.round(value + (colours[low + 1][k] - value) * (at - low))));
  });
}

const RAMPS = Object.fromEntries(Object.entries(MAPS).map(([name, stops]) => [name, ramp(stops)]));

function cssColour(value) {
  return `rgb(${value & 255} ${(value >> 8) & 255} ${(value >> 16) & 255})`;
}

/** The value at a share of sorted values. */
function quantile(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : NaN;
}

/** A layer of a frame: each block's value and colour, and the row of the legend that it belongs to. */
class Shading {
  /** `like`: a shading of the same layer whose colours and scale these blocks get, too. */
  constructor(layer, blocks, like = null) {
    this.layer = layer;
    this.like = like;
    this.values = evaluated(layer.value, blocks).slice();
    const has = layer.only ? evaluated(layer.only, blocks) : null;
    for (let i = 0; i < this.values.length; i++) {
      if (!Number.isFinite(this.values[i]) || (has && !has[i])) this.values[i] = NaN;
    }
    if (layer.scale === "names" || layer.scale === "steps") this.byValue(blocks);
    else this.byScale();
  }

  byValue(blocks) {
    const counts = new Map();
    for (const value of this.values) if (value === value) counts.set(value, (counts.get(value) ?? 0) + 1); // NaN is not itself
    const order = [...counts.keys()].sort((a, b) => (this.layer.scale === "steps" ? a - b : counts.get(b) - counts.get(a)));
    const fixed = index.colours[this.layer.value] ?? {};
    const colours = new Map(order.map((value, rank) => [value, this.like?.colourOfValue.get(value) ?? this.colourOf(value, rank, order.length, fixed)]));
    this.colourOfValue = colours;
    const ranks = new Map(order.map((value, rank) => [value, rank]));
    this.rowOf = Int16Array.from(this.values, (value) => ranks.get(value) ?? -1);
    this.colours = this.painted((value) => colours.get(value));
    this.rows = order.map((value) => ({ name: blocks.words(this.layer.value, value), colour: cssColour(colours.get(value)) }));
  }

  colourOf(value, rank, count, fixed) {
    if (fixed[value]) return packed(channels(fixed[value]));
    if (this.layer.scale === "steps") return RAMPS.up[Math.round((255 * rank) / Math.max(count - 1, 1))];
    return packed(channels(NAMED[rank % NAMED.length]));
  }

  byScale() {
    const known = this.values.filter((value) => !Number.isNaN(value)), { scale, limit } = this.layer;
    if (this.like) {
      ({ low: this.low, high: this.high } = this.like);
    } else if (scale === "both ways") {
      this.high = limit ?? (quantile(known.map(Math.abs).sort(), 0.95) || 1);
      this.low = -this.high;
    } else if (scale === "log") {
      const positive = known.filter((value) => value > 0).sort();
      this.low = quantile(positive, 0.02) || 0.001;
      this.high = Math.max(quantile(positive, 0.995) || 1, 2 * this.low);
    } else {
      const sorted = known.sort();
      this.low = sorted.length ? Math.min(sorted[0], 0) : 0;
      this.high = limit ?? (quantile(sorted, 0.995) || 1);
      if (sorted.length && sorted[0] > 0.5 * this.high) this.low = sorted[0];
      if (this.high <= this.low) this.high = this.low + 1;
    }
    const colours = RAMPS[scale];
    this.rowOf = Int16Array.from(this.values, (value) => (Number.isNaN(value) ? -1 : Math.min(BINS - 1, Math.floor(BINS * this.share(value)))));
    this.colours = this.painted((value) => colours[Math.round(255 * this.share(value))]);
    this.rows = Array.from({ length: BINS }, (_, bin) => this.bin(bin));
  }

  /** Where a value lies between the ends of the scale, 0 to 1. */
  share(value) {
    const { low, high } = this;
    const at = this.layer.scale === "log"
      ? (value > 0 ? Math.log(value / low) / Math.log(high / low) : 0)
      : (value - low) / (high - low);
    return Math.max(0, Math.min(1, at));
  }

  valueAt(share) {
    const { low, high } = this;
    return this.layer.scale === "log" ? low * (high / low) ** share : low + (high - low) * share;
  }

  bin(bin) {
    const from = this.valueAt(bin / BINS), to = this.valueAt((bin + 1) / BINS);
    const name = bin === 0 ? `below ${number(to)}` : bin === BINS - 1 ? `${number(from)} and more` : `${number(from)} to ${number(to)}`;
    return { name, colour: cssColour(RAMPS[this.layer.scale][Math.round((255 * (bin + 0.5)) / BINS)]) };
  }

  painted(colour) {
    return Uint32Array.from(this.values, (value) => (Number.isNaN(value) ? 0 : colour(value)));
  }

  /** Which blocks belong to a row of the legend. */
  members(row) {
    return Uint8Array.from(this.rowOf, (its) => (its === row ? 1 : 0));
  }
}
