// The blocks of a frame: their columns, what follows from them, and which block lies where.

/** The columns of a frame, each unpacked or worked out when it is first asked for. */
class Blocks {
  constructor(frame, data) {
    this.frame = frame;
    this.data = data;
    this.size = frame.blocks;
    this.columns = new Map();
    this.places = new Map();
    let at = 0;
    for (const column of frame.columns) {
      this.places.set(column.name, { ...column, at });
      at += this.bytesOf(column);
    }
    const units = (size) => (size + 3) >> 2;
    this.across = units(frame.width);
    this.down = units(frame.height);
    this.maps = { luma: this.lumaMap(), chroma: null };
    if (frame.planes > 1) this.maps.chroma = this.chromaMap();
  }

  bytesOf({ kind, only }) {
    if (kind === "same") return 0;
    return (kind === "float" ? 3 : Number(kind[1])) * (only ? this.rowsWhere(...only).length : this.size);
  }

  unpackColumn({ kind, value, step, only, dropped, at }) {
    if (kind === "same") return new Float32Array(this.size).fill(value);
    const rows = only ? this.rowsWhere(...only) : null, count = rows ? rows.length : this.size;
    const read = kind === "float" ? floats(this.data, at, count, dropped) : integers(this.data, at, count, kind);
    if (step) for (let i = 0; i < count; i++) read[i] /= step;
    if (!rows) return read;
    const values = new Float32Array(this.size).fill(NaN);
    for (let i = 0; i < count; i++) values[rows[i]] = read[i];
    return values;
  }

  /** The rows in which a column has a value. */
  rowsWhere(name, value) {
    this.chosenRows ??= new Map();
    const key = `${name} ${value}`;
    if (!this.chosenRows.has(key)) {
      const column = this.column(name), rows = [];
      for (let i = 0; i < this.size; i++) if (column[i] === value) rows.push(i);
      this.chosenRows.set(key, rows);
    }
    return this.chosenRows.get(key);
  }

  /** The values of a column or of a definition. */
  column(name) {
    let values = this.columns.get(name);
    if (!values) {
      if (this.places.has(name)) values = this.unpackColumn(this.places.get(name));
      else if (Object.hasOwn(index.definitions, name)) values = evaluated(index.definitions[name], this);
      else throw new Error(`there is no column ${name}`);
      this.columns.set(name, values);
    }
    return values;
  }

  has(name) {
    return this.places.has(name) || Object.hasOwn(index.definitions, name);
  }

  /** The number that a name stands for in a column; UV_, _PRED and small letters do not matter. */
  code(name, text) {
    const plain = (word) => word.toUpperCase().replace(/^UV_/, "").replace(/_PRED$/, "");
    for (const [code, word] of Object.entries(index.names[name] ?? {})) {
      if (plain(word) === plain(text)) return Number(code);
    }
    throw new Error(`${name} has no value “${text}”`);
  }

  /** A value of a column in words. */
  words(name, value) {
    if (Number.isNaN(value)) return "";
    if (index.names[name]) return index.names[name][value] ?? (value < 0 ? "none" : number(value));
    if (!index.bitNames[name]) return number(value);
    const bits = Object.entries(index.bitNames[name]).filter(([bit]) => (value >> bit) & 1);
    return bits.map(([, word]) => word).join(" + ") || "none";
  }

  /** The rectangle of a block in luma samples: of its luma, or of the chroma that it codes. */
  rectangle(i, ofChroma = false) {
    let x = 4 * this.column("column")[i], y = 4 * this.column("row")[i], [w, h] = SIZES[this.column("size")[i]];
    if (ofChroma) {
      const [sx, sy] = this.frame.shifts, left = (x >> 2 >> sx << sx) << 2, top = (y >> 2 >> sy << sy) << 2;
      [w, h, x, y] = [Math.max(x + w - left, 4 << sx), Math.max(y + h - top, 4 << sy), left, top];
    }
    return { x, y, w, h };
  }

  /** The number of the block whose luma lies at each 4x4 luma samples. */
  lumaMap() {
    const map = new Int32Array(this.across * this.down), { across, down } = this;
    const column = this.column("column"), row = this.column("row"), size = this.column("size");
    for (let i = 0; i < this.size; i++) {
      const [w, h] = SIZES[size[i]], end = Math.min(column[i] + (w >> 2), across), bottom = Math.min(row[i] + (h >> 2), down);
      for (let y = row[i]; y < bottom; y++) for (let x = column[i]; x < end; x++) map[y * across + x] = i;
    }
    return map;
  }

  /** The number of the block that codes the chroma there: another one where several small blocks share it. */
  chromaMap() {
    const map = this.maps.luma.slice(), codesChroma = this.column("has_chroma"), size = this.column("size");
    for (let i = 0; i < this.size; i++) {
      const [w, h] = SIZES[size[i]];
      if (!codesChroma[i] || (w > 4 && h > 4)) continue;
      const place = this.rectangle(i, true);
      const end = Math.min((place.x + place.w) >> 2, this.across), bottom = Math.min((place.y + place.h) >> 2, this.down);
      for (let y = place.y >> 2; y < bottom; y++) map.fill(i, y * this.across + (place.x >> 2), y * this.across + end);
    }
    return map;
  }

  /** The block at a luma sample; -1 outside. */
  at(x, y, ofChroma = false) {
    if (x < 0 || y < 0 || x >= this.frame.width || y >= this.frame.height) return -1;
    const map = (ofChroma && this.maps.chroma) || this.maps.luma;
    return map[(y >> 2) * this.across + (x >> 2)];
  }

  /** The blocks in a rectangle of luma samples. */
  inside(x0, y0, x1, y1) {
    const found = new Uint8Array(this.size), clip = (value, end) => Math.max(0, Math.min(value, end));
    const left = clip(x0 >> 2, this.across - 1), right = clip(x1 >> 2, this.across - 1);
    for (let row = clip(y0 >> 2, this.down - 1); row <= clip(y1 >> 2, this.down - 1); row++) {
      for (let i = left; i <= right; i++) found[this.maps.luma[row * this.across + i]] = 1;
    }
    return found;
  }
}

/** Whole numbers whose lowest bytes come first, all of them, and then the next ones. */
function integers(data, at, count, kind) {
  const bytes = Number(kind[1]), isSigned = kind[0] === "i";
  if (bytes === 1) return Float32Array.from((isSigned ? new Int8Array(data.buffer) : data).subarray(at, at + count));
  const words = new (isSigned ? Int32Array : Uint32Array)(count), spare = isSigned ? 32 - 8 * bytes : 0;
  for (let byte = 0; byte < bytes; byte++) {
    const from = at + byte * count, shift = 8 * byte;
    for (let i = 0; i < count; i++) words[i] |= data[from + i] << shift;
  }
  if (spare) for (let i = 0; i < count; i++) words[i] = (words[i] << spare) >> spare;
  return Float32Array.from(words);
}

/** Floats of single precision, without the lowest bits of their mantissas. */
function floats(data, at, count, dropped) {
  const bits = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    bits[i] = (data[at + i] | (data[at + count + i] << 8) | (data[at + 2 * count + i] << 16)) << dropped;
  }
  return new Float32Array(bits.buffer);
}
