// The data of the page: an index in JSON, and chunks of bytes as text, 15 bits a character.

const index = JSON.parse(document.getElementById("index").textContent);
const FIRST = 0x3400;

/** The bytes of a chunk; see cfl.viewer.packing. */
function unpack(number) {
  const text = document.getElementById(`chunk-${number}`).textContent;
  const bytes = new Uint8Array(index.chunks[number]);
  let kept = 0, count = 0, at = 0;
  for (let i = 0; at < bytes.length; i++) {
    kept = (kept << 15) | (text.charCodeAt(i) - FIRST);
    count += 15;
    while (count >= 8 && at < bytes.length) {
      count -= 8;
      bytes[at++] = kept >> count;
    }
    kept &= (1 << count) - 1;
  }
  return bytes;
}

/** The bytes of several chunks, joined. */
function unpackAll(numbers) {
  const parts = numbers.map(unpack);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** What zlib has compressed. */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** An element with properties and children; strings become text, never markup. */
function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const byId = (id) => document.getElementById(id);

const FORMATS = Array.from({ length: 7 }, (_, digits) => new Intl.NumberFormat("en", { maximumFractionDigits: digits }));

/** A number in few digits: whole ones with separators, others with four that count. */
function number(value) {
  if (Number.isNaN(value)) return "";
  if (Number.isInteger(value)) return FORMATS[0].format(value);
  return FORMATS[Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(Math.abs(value)))))].format(value);
}
