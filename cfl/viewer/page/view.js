// The canvas: what is drawn where, zoom and pan, and what a pointer or a key does.

const SCALES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
for (let scale = 1 / 64; scale < 1; scale *= 2) SCALES.push(scale, 1.5 * scale);
SCALES.sort((a, b) => a - b);
const PAINTING = 12; // ms of a frame
const EDGES = [1, 1, 0.6, 0.35]; // how strong edges are at each level; beyond, they would hide the picture
const LINES_FROM = 2; // the scale from which blocks are outlined by lines of one pixel

/** Shows sources from (x, y) on, `scale` screen pixels a sample; tells `events` of what is done with it. */
class View {
  constructor(canvas, events) {
    Object.assign(this, { canvas, events, x: 0, y: 0, scale: 1, width: 1, height: 1 });
    this.context = canvas.getContext("2d", { alpha: false });
    this.tiles = new Tiles();
    this.layers = []; // {source, alpha, isRight}
    this.outlines = this.otherOutlines = null; // {blocks, edges}
    this.swipe = 1; // the share of the width that is not the other file's
    this.marks = []; // {x, y, w, h, colour, dashed}
    this.pointers = new Map();
    this.listen();
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  /** The size of the picture in samples. */
  setSize(width, height) {
    const isNew = width !== this.width || height !== this.height;
    Object.assign(this, { width, height });
    if (isNew) this.fit();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1, { clientWidth, clientHeight } = this.canvas;
    const wasFitted = this.isFitted;
    this.canvas.width = Math.max(1, Math.round(clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    if (wasFitted) this.fit();
    this.redraw();
  }

  fit() {
    const { width, height } = this.canvas;
    const scale = Math.min(width / this.width, height / this.height);
    this.scale = scale >= 1 ? SCALES.findLast((step) => step <= scale) : scale;
    this.x = (this.width - width / this.scale) / 2;
    this.y = (this.height - height / this.scale) / 2;
    this.isFitted = true;
    this.changed();
  }

  changed() {
    this.events.moved?.(this);
    this.redraw();
  }

  redraw() {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.draw();
    });
  }

  // --- drawing ---

  draw() {
    const { context, canvas } = this, end = performance.now() + PAINTING;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = getComputedStyle(canvas).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.save();
    let painted = 0, isWhole = true;
    const mayPaint = () => painted++ === 0 || performance.now() < end;
    for (const { source, alpha, isRight } of this.layers) {
      this.clip(isRight);
      isWhole = this.drawSource(source, alpha, mayPaint) && isWhole;
    }
    for (const [outlines, isRight] of [[this.outlines, false], [this.swipe < 1 ? this.otherOutlines : null, true]]) {
      if (!outlines) continue;
      this.clip(isRight);
      isWhole = this.drawOutlines(outlines, mayPaint) && isWhole;
    }
    context.restore();
    this.drawMarks();
    if (this.swipe < 1) {
      context.fillStyle = "#ffffff";
      context.fillRect(Math.round(this.swipe * canvas.width) - 1, 0, 2, canvas.height);
    }
    this.isWhole = isWhole;
    if (!isWhole) this.redraw();
  }

  /** Draw only at the left, or only at the right of the swipe. */
  clip(isRight) {
    const { context, canvas } = this, at = Math.round(this.swipe * canvas.width);
    context.restore();
    context.save();
    context.beginPath();
    context.rect(isRight ? at : 0, 0, isRight ? canvas.width - at : at, canvas.height);
    context.clip();
  }

  levelOf(source) {
    const level = Math.max(0, Math.floor(Math.log2(1 / this.scale) + 1e-9));
    return Math.max(source.lowest, Math.min(level, 12));
  }

  drawSource(source, alpha, mayPaint) {
    const level = this.levelOf(source), { context, canvas } = this, size = source.sizeAt(level);
    const pixelX = 2 ** level * source.scaleX, pixelY = 2 ** level;
    const columns = this.span(this.x / pixelX / TILE, (this.x + canvas.width / this.scale) / pixelX / TILE, size.width);
    const rows = this.span(this.y / pixelY / TILE, (this.y + canvas.height / this.scale) / pixelY / TILE, size.height);
    context.globalAlpha = alpha;
    context.imageSmoothingEnabled = source.lowest === 0 && !source.isSharp && this.scale < 1;
    let isWhole = true;
    for (let row = rows[0]; row < rows[1]; row++) {
      for (let column = columns[0]; column < columns[1]; column++) {
        const tile = this.tiles.get(source, level, column, row, mayPaint);
        if (!tile) {
          isWhole = false;
          continue;
        }
        const left = this.toScreenX(column * TILE * pixelX), right = this.toScreenX((column * TILE + tile.width) * pixelX);
        const top = this.toScreenY(row * TILE * pixelY), bottom = this.toScreenY((row * TILE + tile.height) * pixelY);
        context.drawImage(tile, left, top, right - left, bottom - top);
      }
    }
    context.globalAlpha = 1;
    return isWhole;
  }

  span(from, to, size) {
    return [Math.max(0, Math.floor(from)), Math.min(Math.ceil(to), Math.ceil(size / TILE))];
  }

  toScreenX(x) {
    return Math.round((x - this.x) * this.scale);
  }

  toScreenY(y) {
    return Math.round((y - this.y) * this.scale);
  }

  drawOutlines({ blocks, edges }, mayPaint) {
    const level = this.levelOf(edges);
    if (this.scale < LINES_FROM) {
      return level > EDGES.length - 1 || this.drawSource(edges, EDGES[level], mayPaint);
    }
    const { context, canvas } = this, map = blocks.maps.luma, { across, down } = blocks;
    const left = Math.max(0, Math.floor(this.x / 4)), right = Math.min(across, Math.ceil((this.x + canvas.width / this.scale) / 4));
    const top = Math.max(0, Math.floor(this.y / 4)), bottom = Math.min(down, Math.ceil((this.y + canvas.height / this.scale) / 4));
    context.fillStyle = "rgb(255 255 255 / 0.55)";
    for (let row = top; row < bottom; row++) {
      const y = this.toScreenY(4 * row), nextY = this.toScreenY(4 * row + 4);
      for (let column = left; column < right; column++) {
        const here = map[row * across + column];
        const x = this.toScreenX(4 * column), nextX = this.toScreenX(4 * column + 4);
        if (row && here !== map[(row - 1) * across + column]) context.fillRect(x, y, nextX - x, 1);
        if (column && here !== map[row * across + column - 1]) context.fillRect(x, y, 1, nextY - y);
      }
    }
    return true;
  }

  drawMarks() {
    const { context } = this;
    for (const { x, y, w, h, colour, dashed, label } of this.marks) {
      const left = this.toScreenX(x), top = this.toScreenY(y), right = this.toScreenX(x + w), bottom = this.toScreenY(y + h);
      context.setLineDash(dashed ? [5, 4] : []);
      context.lineWidth = 4;
      context.strokeStyle = "rgb(0 0 0 / 0.6)";
      context.strokeRect(left, top, right - left, bottom - top);
      context.lineWidth = 2;
      context.strokeStyle = colour;
      context.strokeRect(left, top, right - left, bottom - top);
      if (!label) continue;
      context.font = "600 13px system-ui, sans-serif";
      context.fillStyle = colour;
      context.fillRect(left - 1, top - 18, 17, 17);
      context.fillStyle = "#000";
      context.fillText(label, left + 3, top - 5);
    }
    context.setLineDash([]);
  }

  // --- moving ---

  /** Zoom in (1) or out (-1) by a step, with the sample at a place of the screen staying there. */
  step(direction, screenX = this.canvas.width / 2, screenY = this.canvas.height / 2) {
    const next = direction > 0
      ? SCALES.find((scale) => scale > this.scale * 1.01)
      : SCALES.findLast((scale) => scale < this.scale * 0.99);
    if (next) this.zoomTo(next, screenX, screenY);
  }

  zoomTo(scale, screenX = this.canvas.width / 2, screenY = this.canvas.height / 2) {
    const x = this.x + screenX / this.scale, y = this.y + screenY / this.scale;
    this.scale = scale;
    this.x = x - screenX / scale;
    this.y = y - screenY / scale;
    this.isFitted = false;
    this.keepInside();
    this.changed();
  }

  pan(dx, dy) {
    this.x += dx / this.scale;
    this.y += dy / this.scale;
    this.isFitted = false;
    this.keepInside();
    this.changed();
  }

  centre(x, y) {
    this.x = x - this.canvas.width / this.scale / 2;
    this.y = y - this.canvas.height / this.scale / 2;
    this.isFitted = false;
    this.changed();
  }

  isInView({ x, y, w, h }) {
    return x >= this.x && y >= this.y && x + w <= this.x + this.canvas.width / this.scale && y + h <= this.y + this.canvas.height / this.scale;
  }

  /** Some of the picture stays in sight. */
  keepInside() {
    const across = this.canvas.width / this.scale, down = this.canvas.height / this.scale;
    this.x = Math.max(-across * 0.8, Math.min(this.x, this.width - across * 0.2));
    this.y = Math.max(-down * 0.8, Math.min(this.y, this.height - down * 0.2));
  }

  // --- pointers ---

  listen() {
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.forget(event));
    canvas.addEventListener("pointerleave", () => this.events.pointed?.(null));
    this.turned = 0;
  }

  /** Where an event is, in pixels of the screen. */
  place(event) {
    const box = this.canvas.getBoundingClientRect(), ratio = this.canvas.width / box.width;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
  }

  sampleAt({ x, y }) {
    return { x: Math.floor(this.x + x / this.scale), y: Math.floor(this.y + y / this.scale) };
  }

  wheel(event) {
    event.preventDefault();
    this.turned += event.deltaMode === 1 ? 40 * event.deltaY : event.deltaY;
    const { x, y } = this.place(event);
    const perStep = event.ctrlKey ? 12 : 50; // a pinch on a touch pad comes as a wheel with ctrl
    for (; this.turned <= -perStep; this.turned += perStep) this.step(1, x, y);
    for (; this.turned >= perStep; this.turned -= perStep) this.step(-1, x, y);
  }

  down(event) {
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const place = this.place(event);
    this.pointers.set(event.pointerId, place);
    this.pinch = this.pointers.size === 2 ? { distance: this.distance(), scale: this.scale } : null;
    this.drag = { start: place, last: place, moved: false, selecting: event.shiftKey };
  }

  distance() {
    const [a, b] = [...this.pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  }

  move(event) {
    const place = this.place(event);
    if (!this.pointers.has(event.pointerId)) {
      this.events.pointed?.(this.sampleAt(place));
      return;
    }
    this.pointers.set(event.pointerId, place);
    if (this.pinch && this.pointers.size === 2) {
      this.pinched();
      return;
    }
    const { drag } = this;
    if (!drag.moved && Math.hypot(place.x - drag.start.x, place.y - drag.start.y) < 4) return;
    drag.moved = true;
    if (drag.selecting) this.events.drawing?.(this.sampleAt(drag.start), this.sampleAt(place));
    else this.pan(drag.last.x - place.x, drag.last.y - place.y);
    drag.last = place;
  }

  pinched() {
    const [a, b] = [...this.pointers.values()], wanted = (this.pinch.scale * this.distance()) / this.pinch.distance;
    const scale = SCALES.reduce((best, step) => (Math.abs(Math.log(step / wanted)) < Math.abs(Math.log(best / wanted)) ? step : best));
    if (scale !== this.scale) this.zoomTo(scale, (a.x + b.x) / 2, (a.y + b.y) / 2);
    this.drag.moved = true;
  }

  up(event) {
    const { drag } = this, place = this.place(event);
    this.forget(event);
    if (!drag) return;
    if (drag.moved && drag.selecting) this.events.drawn?.(this.sampleAt(drag.start), this.sampleAt(place), event);
    else if (!drag.moved) this.events.clicked?.(this.sampleAt(place), event);
  }

  forget(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size < 2) this.pinch = null;
  }
}
