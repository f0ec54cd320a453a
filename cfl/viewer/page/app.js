// The page: which frame, samples and layer are shown, which blocks are chosen, and what follows from it.

class App {
  constructor() {
    this.view = new View(byId("canvas"), {
      pointed: (at) => this.pointed(at),
      clicked: (at) => this.pin(this.blocks.at(at.x, at.y)),
      drawing: (a, b) => this.drawRectangle(a, b),
      drawn: (a, b) => this.chooseRectangle(a, b),
      moved: (view) => { byId("zoom").textContent = view.scale >= 1 ? `${view.scale}×` : `${(100 * view.scale).toFixed(0)} %`; },
    });
    this.pins = [];
    this.current = -1;
    this.chosen = null; // which blocks, as a Uint8Array; null: all
    this.chosenNames = new Set();
    this.version = 0;
    this.frames = index.frames.map((frame) => ({ frame, samples: new Samples(frame) }));
    if (index.isPair) {
      this.frames[0].samples.partner = this.frames[1].samples;
      this.frames[1].samples.partner = this.frames[0].samples;
      byId("swipe-line").hidden = false;
    }
    document.title = index.title || "cfl";
    byId("title").textContent = index.title || "cfl";
    byId("version").textContent = `cfl ${index.version}`;
    this.listen();
    this.makeStrip();
  }

  // --- frames, samples and layers ---

  async show(number) {
    this.number = number;
    const one = this.frames[number];
    this.frame = one.frame;
    this.samples = one.samples;
    this.busy(`unpacking ${this.frame.name}`);
    one.samples.get("decoded").catch(() => {}); // begins now; what goes wrong is said when it is shown
    const blocks = await this.blocksOf(one);
    if (index.isPair) {
      this.other = this.frames[1 - number];
      this.otherBlocks = await this.blocksOf(this.other);
      byId("other").textContent = this.other.frame.name;
    }
    if (this.number !== number) return;
    this.blocks = blocks;
    this.pins = [];
    this.current = -1;
    this.dim = this.chosen = null;
    this.view.setSize(this.frame.width, this.frame.height);
    this.showOutlines(byId("outlines").checked);
    this.fillHeaders();
    this.fillBases();
    this.fillLayers();
    this.showLayer();
    this.mark();
    for (const button of byId("frames").children) button.setAttribute("aria-current", String(button.value === String(number)));
    performance.mark("blocks");
    await this.showBase();
    performance.mark("picture");
    await new Promise((done) => { setTimeout(done); }); // the picture first, then the tables
    if (this.number !== number) return;
    this.forgetChoice();
    this.refreshBlocks();
    performance.mark("ready");
    document.body.dataset.state = "ready";
    document.body.dataset.readyAfter = performance.now().toFixed(0);
  }

  blocksOf(one) {
    one.blocks ??= inflate(unpack(one.frame.table)).then((data) => new Blocks(one.frame, data));
    return one.blocks;
  }

  showOutlines(areShown) {
    const of = (number, blocks) => ({ blocks, edges: new EdgeSource(`edges ${number}`, blocks) });
    this.view.outlines = areShown ? of(this.number, this.blocks) : null;
    this.view.otherOutlines = areShown && index.isPair ? of(1 - this.number, this.otherBlocks) : null;
    this.view.redraw();
  }

  fillBases() {
    const select = byId("base"), before = select.value || "Picture";
    const bases = index.bases.filter((base) => this.samples.has(base.samples) && (base.plane < 1 || this.frame.planes > 1));
    select.replaceChildren(...bases.map(({ name }) => element("option", { value: name }, name)), element("option", { value: "" }, "Nothing"));
    select.value = bases.some(({ name }) => name === before) ? before : "Picture";
  }

  async showBase() {
    const base = index.bases.find(({ name }) => name === byId("base").value), number = this.number;
    if (!base) {
      this.base = null;
      this.say("");
    } else {
      this.busy("decoding");
      try {
        const set = await this.samples.get(base.samples);
        if (this.number !== number || byId("base").value !== base.name) return;
        this.base = new SampleSource(`${number} ${base.samples} ${base.plane}`, set, base.plane, this.frame);
        await this.showOtherBase(base);
        this.say("");
      } catch (error) {
        this.base = null;
        this.say(`No samples: ${error.message}. Layers and tables work without them.`);
      }
    }
    this.compose();
  }

  /** The same samples of the other file, for the right of the swipe. */
  async showOtherBase(base) {
    if (!index.isPair || this.view.swipe === 1) return;
    const set = await this.other.samples.get(base.samples);
    this.otherBase = new SampleSource(`${1 - this.number} ${base.samples} ${base.plane}`, set, base.plane, this.other.frame);
  }

  fillLayers() {
    const select = byId("layer"), before = select.value || "Chroma mode", groups = new Map(), same = [];
    const constant = new Set(this.frame.columns.filter(({ kind }) => kind === "same").map(({ name }) => name));
    for (const layer of index.layers) {
      const names = namesIn(layer.value);
      if ((layer.of === "chroma" && this.frame.planes === 1) || !names.every((name) => this.blocks.has(name))) continue;
      if (names.every((name) => constant.has(name)) && layer.name !== before) same.push(layer);
      else groups.set(layer.group, [...(groups.get(layer.group) ?? []), layer]);
    }
    groups.set("The same everywhere", same);
    const option = ({ name }) => element("option", { value: name }, name);
    select.replaceChildren(element("option", { value: "" }, "None"));
    for (const [group, layers] of groups) {
      if (layers.length) select.append(element("optgroup", { label: group }, ...layers.map(option)));
    }
    select.value = before;
    if (select.selectedIndex < 0) select.value = "";
  }

  /** The colours of a layer, made once for each frame. */
  shading(layer, one = this.frames[this.number], blocks = this.blocks) {
    one.shadings ??= new Map();
    if (!one.shadings.has(layer)) {
      const first = this.frames[0], isSecond = index.isPair && one !== first;
      const like = isSecond ? this.shading(layer, first, this.number ? this.otherBlocks : this.blocks) : null;
      one.shadings.set(layer, new Shading(layer, blocks, like));
    }
    return one.shadings.get(layer);
  }

  get layer() {
    return index.layers.find(({ name }) => name === byId("layer").value);
  }

  showLayer() {
    const { layer } = this, shading = layer && this.shading(layer);
    this.overlay = shading ? new BlockSource(`${this.number} ${layer.name}`, shading.colours, this.blocks, layer.of) : null;
    this.fillLegend();
    this.compose();
  }

  compose() {
    const layers = [], { view } = this;
    if (this.base) layers.push({ source: this.base, alpha: 1 });
    if (this.overlay) layers.push({ source: this.overlay, alpha: Number(byId("opacity").value) / 100 });
    if (this.dim) layers.push({ source: this.dim, alpha: 1 });
    if (view.swipe < 1) layers.push(...this.otherLayers());
    view.layers = layers;
    view.redraw();
  }

  otherLayers() {
    const layers = [], { layer } = this;
    if (this.base && this.otherBase) layers.push({ source: this.otherBase, alpha: 1, isRight: true });
    if (layer) {
      const { colours } = this.shading(layer, this.other, this.otherBlocks);
      const source = new BlockSource(`${1 - this.number} ${layer.name}`, colours, this.otherBlocks, layer.of);
      layers.push({ source, alpha: Number(byId("opacity").value) / 100, isRight: true });
    }
    return layers;
  }

  async setSwipe(share) {
    this.view.swipe = share;
    await this.showBase();
  }

  // --- chosen blocks ---

  choose(members, names) {
    this.chosen = members;
    this.chosenNames = new Set(names);
    this.version++;
    if (members) {
      const shade = packed([10, 10, 14], 190), colours = Uint32Array.from(members, (is) => (is ? 0 : shade));
      this.dim = new BlockSource(`${this.number} chosen ${this.version}`, colours, this.blocks, this.chosenOf);
    } else {
      this.dim = null;
    }
    byId("clear").hidden = !members;
    this.fillLegend();
    this.fillTotals();
    this.compose();
  }

  forgetChoice() {
    this.chosenOf = "luma";
    this.members = new Map();
    this.choose(null, []);
  }

  /** A row of a table is clicked: choose its blocks, or add them, or leave them out again. */
  chooseRow(key, row, adds, of) {
    const isOnly = this.chosenNames.size === 1 && this.chosenNames.has(key);
    if (isOnly || (adds && this.chosenNames.has(key) && this.chosenNames.size === 1)) {
      this.forgetChoice();
      return;
    }
    if (!adds) this.members = new Map();
    if (adds && this.members.has(key)) this.members.delete(key);
    else this.members.set(key, row.members());
    const all = new Uint8Array(this.blocks.size);
    for (const some of this.members.values()) for (let i = 0; i < all.length; i++) all[i] |= some[i];
    this.chosenOf = of;
    this.choose(all, this.members.keys());
  }

  drawRectangle(a, b) {
    this.rectangle = { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x) + 1, h: Math.abs(a.y - b.y) + 1 };
    this.mark();
  }

  chooseRectangle(a, b) {
    this.drawRectangle(a, b);
    const { x, y, w, h } = this.rectangle;
    this.rectangle = null;
    this.members = new Map();
    this.chosenOf = "luma";
    this.choose(this.blocks.inside(x, y, x + w - 1, y + h - 1), []);
    this.mark();
  }

  find(text) {
    const out = byId("find-words");
    out.classList.remove("wrong");
    if (!text.trim()) {
      out.textContent = "";
      this.forgetChoice();
      return;
    }
    try {
      const members = Uint8Array.from(evaluated(text, this.blocks), (value) => (value && !Number.isNaN(value) ? 1 : 0));
      const count = members.reduce((sum, is) => sum + is, 0);
      out.textContent = `${number(count)} blocks`;
      this.members = new Map();
      this.chosenOf = "luma";
      this.choose(members, []);
    } catch (error) {
      out.classList.add("wrong");
      out.textContent = error.message;
    }
  }

  /** Go to the next or previous of the chosen blocks, or of all. */
  walk(step) {
    const { size } = this.blocks;
    for (let k = 1; k <= size; k++) {
      const i = (((this.current < 0 && step < 0 ? 0 : this.current) + k * step) % size + size) % size;
      if (!this.chosen || this.chosen[i]) return this.goTo(i);
    }
    return undefined;
  }

  goTo(i) {
    this.current = i;
    const place = this.blocks.rectangle(i);
    if (!this.view.isInView(place)) this.view.centre(place.x + place.w / 2, place.y + place.h / 2);
    this.refreshBlocks();
    this.announce(i);
  }

  /** The block beside the current one. */
  neighbour(dx, dy) {
    const { view, blocks } = this;
    if (this.current < 0) {
      const x = Math.floor(view.x + view.canvas.width / view.scale / 2), y = Math.floor(view.y + view.canvas.height / view.scale / 2);
      this.goTo(Math.max(0, blocks.at(x, y)));
      return;
    }
    const { x, y, w, h } = blocks.rectangle(this.current);
    const next = blocks.at(dx > 0 ? x + w : dx < 0 ? x - 1 : x, dy > 0 ? y + h : dy < 0 ? y - 1 : y);
    if (next >= 0) this.goTo(next);
  }

  announce(i) {
    const { x, y } = this.blocks.rectangle(i), words = (name) => this.blocks.words(name, this.blocks.column(name)[i]);
    byId("announcer").textContent = `Block ${i}, ${words("size")} at ${x}, ${y}, luma ${words("y_mode")}, chroma ${words("chroma")}`;
  }

  // --- the block pointed at, and pinned ones ---

  pointed(at) {
    if (!this.blocks) return;
    const i = at ? this.blocks.at(at.x, at.y) : -1;
    byId("readout").textContent = i < 0 ? "" : this.readout(at, i);
    if (i < 0 || i === this.current) return;
    this.current = i;
    this.refreshBlocks();
  }

  readout(at, i) {
    const values = [], set = this.base?.set, { layer } = this;
    set?.planes.forEach((plane, number) => {
      const [sx, sy] = plane.shifts, x = Math.floor(at.x / this.base.scaleX);
      values.push(`${"YUV"[number]} ${plane.at(x >> sx, at.y >> sy)}`);
    });
    const parts = [`${at.x}, ${at.y}`, values.join(" ")];
    if (layer && this.shading(layer)) {
      const owner = this.blocks.at(at.x, at.y, layer.of === "chroma");
      const words = this.blocks.words(layer.value, this.shading(layer).values[owner]);
      parts.push(`${layer.name}: ${words || "none"}${words && layer.unit ? ` ${layer.unit}` : ""}`);
    }
    return [...parts.filter(Boolean), `block ${i}`].join("  ·  ");
  }

  pin(i) {
    if (i < 0) return;
    const at = this.pins.indexOf(i);
    if (at >= 0) this.pins.splice(at, 1);
    else this.pins = [...this.pins, i].slice(-2);
    this.refreshBlocks();
  }

  /** The panel of the block pointed at and the pinned ones, at most once for each picture on the screen. */
  refreshBlocks() {
    this.mark();
    if (this.isRefreshing) return;
    this.isRefreshing = true;
    requestAnimationFrame(() => {
      this.isRefreshing = false;
      this.fillBlocks();
    });
  }

  shown() {
    const pinned = this.pins.map((block, k) => ({ ...PINS[k], block }));
    if (this.current < 0 || this.pins.includes(this.current) || pinned.length === 2) return pinned;
    return [...pinned, { label: "here", block: this.current, colour: HOVER }];
  }

  fillBlocks() {
    const shown = this.shown();
    byId("no-block").hidden = shown.length > 0;
    byId("fields").hidden = !shown.length;
    fillFields(byId("fields"), this.blocks, shown);
    this.fillScatters(shown);
  }

  async fillScatters(shown) {
    const holder = byId("scatters"), asked = (this.asked = {}), target = this.frame.target === "reference" ? "reference" : "unfiltered";
    if (!shown.length || this.frame.planes === 1) {
      holder.replaceChildren();
      return;
    }
    try {
      const [unfiltered, aim] = await Promise.all([this.samples.get("unfiltered"), this.samples.get(target)]);
      if (this.asked !== asked) return;
      const figures = shown.flatMap((one) => scatterFigures(this.blocks, one, unfiltered, aim));
      this.figures = figures;
      holder.replaceChildren(...figures.map(({ canvas, caption }) => element("figure", {}, canvas, element("figcaption", {}, caption))));
      for (const { canvas, points, lines, colour } of figures) drawScatter(canvas, points, lines, colour);
    } catch (error) {
      holder.replaceChildren(element("p", { className: "soft" }, `No samples: ${error.message}.`));
    }
  }

  mark() {
    const marks = this.shown().map(({ block, colour, label }) => ({ ...this.blocks.rectangle(block), colour, label: label.length === 1 ? label : "" }));
    for (const { block, colour } of this.shown()) {
      const chroma = this.blocks.rectangle(block, true), luma = this.blocks.rectangle(block);
      if (this.blocks.column("has_chroma")[block] && (chroma.w !== luma.w || chroma.h !== luma.h)) marks.push({ ...chroma, colour, dashed: true });
    }
    if (this.rectangle) marks.push({ ...this.rectangle, colour: "#ffffff", dashed: true });
    this.view.marks = marks;
    this.view.redraw();
  }

  // --- tables ---

  fillLegend() {
    const holder = byId("legend"), { layer } = this, shading = layer && this.blocks && this.shading(layer);
    if (!shading) {
      holder.replaceChildren();
      return;
    }
    const area = this.blocks.column(layer.of === "chroma" ? "chroma_samples" : "area");
    const counts = new Float64Array(shading.rows.length), weights = new Float64Array(shading.rows.length);
    shading.rowOf.forEach((row, i) => {
      if (row < 0) return;
      counts[row]++;
      weights[row] += area[i];
    });
    const all = weights.reduce((sum, weight) => sum + weight, 0) || 1;
    const rows = shading.rows.map((row, k) => ({ ...row, count: counts[k], share: weights[k] / all, members: () => shading.members(k) }));
    const caption = layer.unit ? `${layer.name}, ${layer.unit}` : layer.name;
    const most = shading.layer.scale === "names" ? 24 : rows.length;
    holder.replaceChildren(choiceTable(caption, `of ${layer.of}`, rows.slice(0, most), (key, row, adds) => this.chooseRow(key, row, adds, layer.of), this.chosenNames));
  }

  fillTotals() {
    if (!this.blocks) return;
    fillBits(byId("bits"), this.blocks, this.chosen);
    const tables = [];
    for (const count of index.counts) {
      if (this.frame.planes === 1 && count.weight === "chroma_samples") continue;
      const rows = countRows(count, this.blocks, this.chosenNames.size ? null : this.chosen).slice(0, MOST_ROWS);
      const of = count.weight === "chroma_samples" ? "chroma" : "luma";
      if (rows.length) tables.push(choiceTable(count.title, `of ${count.share_of}`, rows, (key, row, adds) => this.chooseRow(key, row, adds, of), this.chosenNames));
    }
    byId("counts").replaceChildren(...tables);
  }

  fillHeaders() {
    const rows = this.frame.headers.map(([name, words]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, words)));
    byId("headers").tBodies[0].replaceChildren(...rows);
    const { width, height, bits, remarks } = this.frame;
    byId("summary").textContent = [
      this.frames.length > 1 ? this.frame.name : "", `${width}x${height}`, `${number(this.blocks.size)} blocks`,
      `${number(Math.round(bits.frame / 8))} bytes, ${number(bits.frame / (width * height))} bits a pixel`, ...remarks,
    ].filter(Boolean).join(" · ");
  }

  makeStrip() {
    const strip = byId("frames");
    if (this.frames.length < 2) return;
    strip.hidden = false;
    const most = Math.max(...index.frames.map((frame) => frame.bits.frame));
    index.frames.forEach((frame, place) => {
      const bar = element("span", { className: "frame-bits", ariaHidden: "true" });
      bar.style.height = `${(100 * frame.bits.frame) / most}%`;
      const button = element("button", { type: "button", value: String(place), title: `${number(frame.bits.frame)} bits` }, bar, frame.name);
      button.addEventListener("click", () => this.show(place));
      strip.append(button);
    });
  }

  // --- words and keys ---

  say(words) {
    byId("status").textContent = words;
    byId("status").hidden = !words;
  }

  busy(words) {
    this.say(`${words} …`);
  }

  listen() {
    byId("base").addEventListener("change", () => this.showBase());
    byId("layer").addEventListener("change", () => this.showLayer());
    byId("opacity").addEventListener("input", () => this.compose());
    byId("swipe").addEventListener("input", (event) => this.setSwipe(Number(event.target.value) / 100));
    byId("outlines").addEventListener("change", (event) => {
      this.showOutlines(event.target.checked);
    });
    byId("find").addEventListener("submit", (event) => {
      event.preventDefault();
      this.find(byId("expression").value);
    });
    byId("next").addEventListener("click", () => this.walk(1));
    byId("previous").addEventListener("click", () => this.walk(-1));
    byId("clear").addEventListener("click", () => this.forgetChoice());
    byId("in").addEventListener("click", () => this.view.step(1));
    byId("out").addEventListener("click", () => this.view.step(-1));
    byId("fit").addEventListener("click", () => this.view.fit());
    byId("one").addEventListener("click", () => this.view.zoomTo(1));
    byId("help").addEventListener("click", () => byId("help-words").showModal());
    byId("canvas").addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const actions = {
      "+": () => this.view.step(1), "=": () => this.view.step(1), "-": () => this.view.step(-1),
      0: () => this.view.fit(), 1: () => this.view.zoomTo(1),
      n: () => this.walk(1), p: () => this.walk(-1),
      Enter: () => this.pin(this.current), "?": () => byId("help-words").showModal(),
      "/": () => byId("expression").focus(),
      Escape: () => { this.pins = []; this.forgetChoice(); this.refreshBlocks(); },
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrows && event.shiftKey) this.neighbour(...arrows);
    else if (arrows) this.view.pan(80 * arrows[0], 80 * arrows[1]);
    else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
  }
}

performance.mark("script");
const app = new App();
window.viewer = app;
app.show(0);
