// The samples of a block: chroma against luma AC, with the coded line and that of least squares.

/** Luma AC, in luma's units, and the chroma samples of a block where it is visible. */
function blockSamples(blocks, i, unfiltered, target, plane) {
  const { frame } = blocks, [sx, sy] = frame.shifts, { x, y, w, h } = blocks.rectangle(i, true);
  const left = x >> sx, top = y >> sy, across = w >> sx, down = h >> sy;
  const chroma = target.planes[plane].levels[0], luma = unfiltered.planes[0].levels[0];
  const sums = [], points = [];
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      sums.push(lumaSum(luma, (left + column) << sx, (top + row) << sy, sx, sy));
    }
  }
  const mean = Math.round(sums.reduce((sum, value) => sum + value, 0) / sums.length);
  for (let row = 0; row < down && top + row < chroma.height; row++) {
    for (let column = 0; column < across && left + column < chroma.width; column++) {
      const sample = chroma.data[(top + row) * chroma.stride + left + column];
      points.push([(sums[row * across + column] - mean) / 8, sample]);
    }
  }
  return { points, isCut: left + across > chroma.width || top + down > chroma.height };
}

/** The luma of a chroma sample, in eighths; beyond the picture the last samples repeat. */
function lumaSum({ data, stride, width, height }, x, y, sx, sy) {
  let sum = 0;
  for (let dy = 0; dy <= sy; dy++) {
    for (let dx = 0; dx <= sx; dx++) {
      sum += data[Math.min(y + dy, height - 1) * stride + Math.min(x + dx, width - 1)];
    }
  }
  return sum << (3 - sx - sy);
}

/** The line through the points by least squares. */
function fitted(points) {
  const n = points.length, mx = points.reduce((s, [x]) => s + x, 0) / n, my = points.reduce((s, [, y]) => s + y, 0) / n;
  let xx = 0, xy = 0;
  for (const [x, y] of points) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
  }
  const slope = xx > 0 ? xy / xx : 0;
  return { slope, intercept: my - slope * mx };
}

const CHART = { width: 160, height: 132, left: 28, bottom: 18, top: 4, right: 2 };

/** Draw a scatter; `lines` are {slope, intercept, colour, dashed}. */
function drawScatter(canvas, points, lines, colour) {
  const ratio = window.devicePixelRatio || 1, context = canvas.getContext("2d"), style = getComputedStyle(canvas);
  canvas.width = CHART.width * ratio;
  canvas.height = CHART.height * ratio;
  context.scale(ratio, ratio);
  const reach = Math.max(1, ...points.map(([x]) => Math.abs(x))) * 1.05;
  const ys = [...points.map(([, y]) => y), ...lines.map(({ intercept }) => intercept)], low = Math.min(...ys) - 1, high = Math.max(...ys) + 1;
  const w = CHART.width - CHART.left - CHART.right, h = CHART.height - CHART.top - CHART.bottom;
  const toX = (x) => CHART.left + ((x + reach) / (2 * reach)) * w, toY = (y) => CHART.top + ((high - y) / (high - low)) * h;
  context.font = "10px system-ui, sans-serif";
  context.fillStyle = context.strokeStyle = style.color;
  context.globalAlpha = 0.25;
  context.strokeRect(CHART.left, CHART.top, w, h);
  context.beginPath();
  context.moveTo(toX(0), CHART.top);
  context.lineTo(toX(0), CHART.top + h);
  context.stroke();
  context.globalAlpha = 0.8;
  context.textAlign = "right";
  context.fillText(number(high), CHART.left - 4, CHART.top + 9);
  context.fillText(number(low), CHART.left - 4, CHART.top + h);
  context.textAlign = "center";
  context.fillText(number(-Math.round(reach)), CHART.left + 10, CHART.height - 5);
  context.fillText("luma AC", CHART.left + w / 2, CHART.height - 5);
  context.fillText(number(Math.round(reach)), CHART.left + w - 10, CHART.height - 5);
  context.save();
  context.beginPath();
  context.rect(CHART.left, CHART.top, w, h);
  context.clip();
  context.fillStyle = colour;
  context.globalAlpha = points.length > 300 ? 0.35 : 0.6;
  for (const [x, y] of points) {
    context.beginPath();
    context.arc(toX(x), toY(y), 2.2, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
  for (const line of lines) {
    context.strokeStyle = line.colour;
    context.lineWidth = 2;
    context.setLineDash(line.dashed ? [6, 4] : []);
    context.beginPath();
    context.moveTo(toX(-reach), toY(line.intercept - line.slope * reach));
    context.lineTo(toX(reach), toY(line.intercept + line.slope * reach));
    context.stroke();
  }
  context.restore();
}
