// The tables at the sides: fields of blocks, totals, counts, the legend. All text is set as text.

const PINS = [{ label: "A", colour: "#ffd166" }, { label: "B", colour: "#06d6a0" }];
const HOVER = "#ffffff";
const PLANE_COLOURS = { u: "#3b82f6", v: "#ef4444" };
const LINE_COLOURS = { coded: "#f59e0b", fitted: "#10b981" };
/** The fields of a block's panel that stand first; the others follow in the order of the columns. */
const FIRST_FIELDS = ["x", "y", "size", "partition", "y_mode", "chroma", "cfl_alpha_u", "cfl_alpha_v", "alpha_ls_u", "alpha_ls_v", "r2_u", "r2_v", "r2_ls_u", "r2_ls_v", "gain", "bits"];
const HIDDEN_FIELDS = ["column", "row", "w", "h", "area", "cfl"];

/** All fields of a block's panel, in order. */
function fieldNames(blocks) {
  const names = [...blocks.frame.columns.map((column) => column.name), ...Object.keys(index.definitions)];
  const rest = names.filter((name) => !FIRST_FIELDS.includes(name) && !HIDDEN_FIELDS.includes(name));
  return [...FIRST_FIELDS, ...new Set(rest)];
}

function isName(name) {
  return name in index.names || name in index.bitNames;
}

/** Fill the table of fields; `shown` has {label, block, colour} for each column. */
function fillFields(table, blocks, shown) {
  const head = element("tr", {}, element("th", { scope: "col" }, "field"));
  for (const { label, block } of shown) {
    head.append(element("th", { scope: "col", className: "number" }, `${label} #${number(block)}`));
  }
  const rows = fieldNames(blocks).map((name) => fieldRow(name, blocks, shown)).filter(Boolean);
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...rows);
}

function fieldRow(name, blocks, shown) {
  const values = shown.map(({ block }) => blocks.column(name)[block]);
  if (values.every(Number.isNaN)) return null;
  const row = element("tr", { title: index.fields[name] ?? "" }, element("th", { scope: "row" }, name));
  const differ = values.length > 1 && values.some((value) => !Object.is(value, values[0]));
  row.dataset.field = name;
  if (differ) row.className = "differs";
  for (const value of values) {
    const cell = element("td", { className: isName(name) ? "" : "number" }, blocks.words(name, value));
    row.append(cell);
  }
  return row;
}

/** The scatters of a block, one for each chroma plane. */
function scatterFigures(blocks, pin, unfiltered, target) {
  const figures = [], { block, label } = pin;
  if (!blocks.column("has_chroma")[block]) return figures;
  for (const [plane, letter] of [[1, "u"], [2, "v"]]) {
    const { points, isCut } = blockSamples(blocks, block, unfiltered, target, plane);
    if (!points.length) continue;
    const { lines, words } = linesOf(blocks, block, letter, points);
    const canvas = element("canvas", { className: "scatter", role: "img" });
    const name = `${label}: ${letter.toUpperCase()} of ${points.length} samples against luma AC`;
    canvas.setAttribute("aria-label", `${name}. ${words}`);
    const edge = isCut ? " The block crosses the edge: its mean of luma is estimated." : "";
    figures.push({ canvas, points, lines, colour: PLANE_COLOURS[letter], caption: `${name}. ${words}${edge}` });
  }
  return figures;
}

function linesOf(blocks, block, letter, points) {
  const of = (name) => blocks.column(`${name}_${letter}`)[block];
  if (!blocks.column("cfl")[block] || Number.isNaN(of("dc"))) {
    const line = fitted(points);
    return {
      lines: [{ ...line, colour: LINE_COLOURS.fitted, dashed: true }],
      words: `Not CfL. Dashed: least squares, α ${number(8 * line.slope)} eighths.`,
    };
  }
  return {
    lines: [
      { slope: of("alpha_ls") / 8, intercept: of("dc"), colour: LINE_COLOURS.fitted, dashed: true },
      { slope: of("cfl_alpha") / 8, intercept: of("dc"), colour: LINE_COLOURS.coded },
    ],
    words: `Solid: coded α ${number(of("cfl_alpha"))}; dashed: least squares ${number(of("alpha_ls"))} eighths.`,
  };
}

// --- totals of some or all blocks ---

/** What holds of the chosen blocks, or of all. */
function totals(blocks, chosen) {
  const sum = (name) => {
    const column = blocks.column(name);
    let total = 0;
    for (let i = 0; i < blocks.size; i++) if ((!chosen || chosen[i]) && !Number.isNaN(column[i])) total += column[i];
    return total;
  };
  let count = 0;
  for (let i = 0; i < blocks.size; i++) if (!chosen || chosen[i]) count++;
  return { count, sum };
}

function fillBits(table, blocks, chosen) {
  const { count, sum } = totals(blocks, chosen), { bits } = blocks.frame;
  const rows = index.bits.map(({ name, value, colour }) => [name, sum(value), colour]);
  if (!chosen) rows.push(["Partition, restoration, padding", bits.other, "#9a9a96"]);
  const total = rows.reduce((total, [, value]) => total + value, 0);
  table.tBodies[0].replaceChildren(...rows.map(([name, value, colour]) => element(
    "tr", {},
    element("th", { scope: "row" }, swatch(colour), name),
    element("td", { className: "number" }, number(Math.round(value))),
    element("td", { className: "number" }, percent(value, total)),
  )));
  const area = sum("area"), facts = [
    `${number(count)} of ${number(blocks.size)} blocks`,
    `${number(Math.round(total))} bits`,
    `${number(total / Math.max(area, 1))} bits a sample`,
  ];
  byId("selection-words").textContent = facts.join(" · ");
  bar(byId("bits-bar"), rows.map(([, value, colour]) => [value / total, colour]));
}

function percent(value, total) {
  return total > 0 ? `${((100 * value) / total).toFixed(1)} %` : "";
}

function swatch(colour) {
  const made = element("span", { className: "swatch", ariaHidden: "true" });
  made.style.background = colour;
  return made;
}

function bar(holder, shares) {
  holder.replaceChildren(...shares.map(([share, colour]) => {
    const part = element("span");
    part.style.width = `${100 * share}%`;
    part.style.background = colour;
    return part;
  }));
}

const MOST_ROWS = 12;

/** Rows of a table of counts: {name, count, weight, has(i)}, the largest first. */
function countRows(count, blocks, chosen) {
  const values = count.values.map((value) => evaluated(value, blocks)), weight = evaluated(count.weight, blocks);
  const only = count.only ? evaluated(count.only, blocks) : null, groups = new Map(), [first, second] = values;
  let key = NaN, group = null;
  for (let i = 0; i < blocks.size; i++) {
    if ((chosen && !chosen[i]) || (only && !only[i]) || !(weight[i] > 0)) continue;
    const its = second ? 65536 * first[i] + second[i] : first[i];
    if (its !== key) {
      key = its;
      group = groups.get(key);
      if (!group) groups.set(key, (group = { first: i, count: 0, weight: 0 }));
    }
    group.count++;
    group.weight += weight[i];
  }
  const total = [...groups.values()].reduce((sum, group) => sum + group.weight, 0);
  return [...groups.values()].sort((a, b) => b.weight - a.weight).map((group) => ({
    name: count.values.map((value, k) => blocks.words(value, values[k][group.first])).join(", "),
    count: group.count,
    share: group.weight / total,
    members: () => Uint8Array.from({ length: blocks.size }, (_, i) =>
      (!only || only[i]) && weight[i] > 0 && values.every((value) => value[i] === value[group.first]) ? 1 : 0),
  }));
}

/** A table whose rows can be chosen: {name, colour?, count, share, members()}. */
function choiceTable(caption, shareWord, rows, choose, chosenNames) {
  const table = element("table", { className: "choices" }, element("caption", {}, caption));
  table.append(element("thead", {}, element(
    "tr", {}, element("th", { scope: "col" }, ""), element("th", { scope: "col", className: "number" }, "blocks"),
    element("th", { scope: "col", className: "number" }, shareWord),
  )));
  const most = Math.max(...rows.map((row) => row.share), 1e-9);
  table.append(element("tbody", {}, ...rows.map((row) => choiceRow(caption, row, most, choose, chosenNames))));
  return table;
}

function choiceRow(caption, row, most, choose, chosenNames) {
  const key = `${caption}: ${row.name}`, button = element("button", { type: "button" });
  if (row.colour) button.append(swatch(row.colour));
  button.append(row.name);
  button.setAttribute("aria-pressed", String(chosenNames.has(key)));
  button.addEventListener("click", (event) => choose(key, row, event.shiftKey || event.ctrlKey || event.metaKey));
  const share = element("td", { className: "number share" }, percent(row.share, 1));
  const strip = element("span", { className: "strip" });
  strip.style.width = `${(100 * row.share) / most}%`;
  share.prepend(strip);
  return element("tr", {}, element("th", { scope: "row" }, button), element("td", { className: "number" }, number(row.count)), share);
}
