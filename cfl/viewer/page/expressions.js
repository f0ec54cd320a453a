// A small language for values of blocks: `uv_mode == "CFL" and gain < 0`. It is parsed here, as the page's
// policy forbids eval, and becomes a function of a block's number.

const TOKEN = /\s*(?:(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*)|"([^"]*)"|'([^']*)'|(==|!=|<=|>=|&&|\|\||[-+*\/%<>=!(),−×]))/uy;
const WORDS = { "&&": "and", "||": "or", "!": "not", "=": "==", "−": "-", "×": "*" };
const FUNCTIONS = {
  abs: Math.abs, min: Math.min, max: Math.max, sqrt: Math.sqrt, log2: Math.log2, log10: Math.log10,
  round: Math.round, floor: Math.floor,
  r2: (error, spread) => (spread > 0 ? 1 - error / spread : spread === 0 ? (error === 0 ? 1 : 0) : NaN),
  width_of: (size) => SIZES[size][0],
  height_of: (size) => SIZES[size][1],
};
const SIZES = Object.values(index.names.size).map((name) => name.split("x").map(Number));

function tokens(text) {
  const found = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex, match = TOKEN.exec(text);
    if (!match) throw new Error(`not understood from “${text.slice(at).trim()}” on`);
    const [, digits, name, double, single, sign] = match;
    if (digits !== undefined) found.push({ kind: "number", value: Number(digits) });
    else if (sign !== undefined) found.push({ kind: "sign", value: WORDS[sign] ?? sign });
    else if (name === undefined) found.push({ kind: "text", value: double ?? single });
    else if (["and", "or", "not", "in"].includes(name)) found.push({ kind: "sign", value: name });
    else found.push({ kind: "name", value: name });
  }
  return found;
}

/** Turns a text into a function of a block's number; `table` has `column(name)` and `code(name, text)`. */
class Parser {
  constructor(text, table) {
    this.rest = tokens(text);
    this.table = table;
  }

  whole() {
    const value = this.or();
    if (this.rest.length) throw new Error(`“${this.rest[0].value}” is not expected here`);
    if (value.text !== undefined) throw new Error("a text is no value of a block");
    return value.of;
  }

  take(...signs) {
    const next = this.rest[0];
    if (next?.kind !== "sign" || !signs.includes(next.value)) return null;
    return this.rest.shift().value;
  }

  need(sign) {
    if (!this.take(sign)) throw new Error(`“${sign}” is missing`);
  }

  or() {
    let left = this.and();
    while (this.take("or")) {
      const a = left.of, b = this.and().of;
      left = { of: (i) => a(i) || b(i) };
    }
    return left;
  }

  and() {
    let left = this.not();
    while (this.take("and")) {
      const a = left.of, b = this.not().of;
      left = { of: (i) => a(i) && b(i) };
    }
    return left;
  }

  not() {
    if (!this.take("not")) return this.comparison();
    const a = this.not().of;
    return { of: (i) => !a(i) };
  }

  comparison() {
    const left = this.sum();
    if (this.take("in")) return this.membership(left);
    const sign = this.take("==", "!=", "<=", ">=", "<", ">");
    if (!sign) return left;
    return this.compared(left, sign, this.sum());
  }

  compared(left, sign, right) {
    const [a, b] = this.numbers(left, right, sign);
    switch (sign) {
      case "==": return { of: (i) => a(i) === b(i) };
      case "!=": return { of: (i) => a(i) !== b(i) };
      case "<": return { of: (i) => a(i) < b(i) };
      case ">": return { of: (i) => a(i) > b(i) };
      case "<=": return { of: (i) => a(i) <= b(i) };
      default: return { of: (i) => a(i) >= b(i) };
    }
  }

  membership(left) {
    this.need("(");
    const tests = [];
    do tests.push(this.compared(left, "==", this.sum()).of);
    while (this.take(","));
    this.need(")");
    return { of: (i) => tests.some((test) => test(i)) };
  }

  /** Both sides as numbers: a text beside a column with names is the number that it names. */
  numbers(left, right, sign) {
    if (left.text === undefined && right.text === undefined) return [left.of, right.of];
    const column = left.name ?? right.name, text = left.text ?? right.text;
    if (column === undefined || (sign !== "==" && sign !== "!=")) {
      throw new Error(`“${text}” can only be compared, by == or !=, with a column that has names`);
    }
    const code = this.table.code(column, text);
    return [left.text === undefined ? left.of : () => code, right.text === undefined ? right.of : () => code];
  }

  sum() {
    let left = this.product(), sign;
    while ((sign = this.take("+", "-"))) {
      const a = left.of, b = this.product().of;
      left = { of: sign === "+" ? (i) => a(i) + b(i) : (i) => a(i) - b(i) };
    }
    return left;
  }

  product() {
    let left = this.unary(), sign;
    while ((sign = this.take("*", "/", "%"))) {
      const a = left.of, b = this.unary().of;
      if (sign === "*") left = { of: (i) => a(i) * b(i) };
      else if (sign === "/") left = { of: (i) => a(i) / b(i) };
      else left = { of: (i) => a(i) % b(i) };
    }
    return left;
  }

  unary() {
    if (!this.take("-")) return this.primary();
    const a = this.unary().of;
    return { of: (i) => -a(i) };
  }

  primary() {
    if (this.take("(")) {
      const inside = this.or();
      this.need(")");
      return inside;
    }
    const next = this.rest.shift();
    if (!next) throw new Error("a value is missing at the end");
    if (next.kind === "number") return { of: () => next.value };
    if (next.kind === "text") return { text: next.value, of: () => NaN };
    if (next.kind !== "name") throw new Error(`a value is missing before “${next.value}”`);
    if (this.take("(")) return this.call(next.value);
    const column = this.table.column(next.value);
    return { name: next.value, of: (i) => column[i] };
  }

  call(name) {
    if (!Object.hasOwn(FUNCTIONS, name)) throw new Error(`there is no function ${name}`);
    const values = [];
    if (!this.take(")")) {
      do values.push(this.or().of);
      while (this.take(","));
      this.need(")");
    }
    const [a, b] = values, call = FUNCTIONS[name];
    if (values.length === 1) return { of: (i) => call(a(i)) };
    if (values.length === 2) return { of: (i) => call(a(i), b(i)) };
    return { of: (i) => call(...values.map((value) => value(i))) };
  }
}

/** The value of an expression for each block. It may be a column itself: do not change it. */
function evaluated(text, table) {
  if (/^\w+$/.test(text) && table.has(text)) return table.column(text);
  const value = new Parser(text, table).whole(), values = new Float64Array(table.size);
  for (let i = 0; i < values.length; i++) values[i] = Number(value(i));
  return values;
}

/** The names of columns in an expression. */
function namesIn(text) {
  const found = tokens(text);
  return found.filter(({ kind, value }, i) => kind === "name" && !(found[i + 1]?.value === "(" && Object.hasOwn(FUNCTIONS, value)))
    .map(({ value }) => value);
}
