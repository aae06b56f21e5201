// A picture from marks: what sketch.py wrote down, drawn as SVG. The axes stand still; marks with moving numbers move.

const ADL_SVG = "http://www.w3.org/2000/svg";
const ADL_FAR = 1e4; // pixels outside of the picture: far enough to be out of sight, near enough for every browser

function adlShape(tag, attributes = {}, parent = null) {
  const element = document.createElementNS(ADL_SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

/** From a panel's numbers to pixels. */
function adlScale(from, to, low, high, isLog) {
  const place = isLog ? Math.log10 : (value) => value;
  const start = place(from);
  const factor = (high - low) / (place(to) - start);
  return (value) => {
    const at = low + (place(value) - start) * factor;
    return Number.isNaN(at) ? NaN : Math.max(-ADL_FAR, Math.min(ADL_FAR, at));
  };
}

function adlAxes(svg, panel, clip) {
  const { left, top, width, height } = panel.box;
  const x = adlScale(...panel.x.limits, left, left + width, panel.x.log);
  const y = adlScale(...panel.y.limits, top + height, top, panel.y.log);
  const clipPath = adlShape("clipPath", { id: clip }, svg);
  adlShape("rect", { x: left, y: top, width, height }, clipPath);
  const back = adlShape("g", { class: "adl-sk-axes" }, svg);
  for (const [value, text] of panel.x.ticks) {
    const at = x(value).toFixed(1);
    adlShape("path", { d: `M${at} ${top}V${top + height}`, class: "adl-sk-grid" }, back);
    adlShape("text", { x: at, y: top + height + 18, "text-anchor": "middle" }, back).textContent = text;
  }
  for (const [value, text] of panel.y.ticks) {
    const at = y(value).toFixed(1);
    adlShape("path", { d: `M${left} ${at}H${left + width}`, class: "adl-sk-grid" }, back);
    adlShape("text", { x: left - 7, y: Number(at) + 4, "text-anchor": "end" }, back).textContent = text;
  }
  adlShape("path", { d: `M${left} ${top}V${top + height}H${left + width}`, class: "adl-sk-frame" }, back);
  const name = (text, attributes) => {
    if (text) adlShape("text", { class: "adl-sk-name", "text-anchor": "middle", ...attributes }, back).textContent = text;
  };
  name(panel.x.label, { x: left + width / 2, y: top + height + 40 });
  const middle = top + height / 2;
  const longest = Math.max(0, ...panel.y.ticks.map(([, text]) => text.length));
  const side = left - Math.max(48, 19 + 8 * longest);
  name(panel.y.label, { x: side, y: middle, transform: `rotate(-90 ${side} ${middle})` });
  name(panel.title, { x: left + width / 2, y: top - 10 });
  return { x, y, panel, group: adlShape("g", { "clip-path": `url(#${clip})` }, svg) };
}

const ADL_MARKERS = {
  o: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  ".": (r) => ADL_MARKERS.o(r / 2),
  s: (r) => `M${-r} ${-r}H${r}V${r}H${-r}Z`,
  D: (r) => `M0 ${-r}L${r} 0L0 ${r}L${-r} 0Z`,
  "^": (r) => `M0 ${-r}L${r} ${r}H${-r}Z`,
  v: (r) => `M0 ${r}L${r} ${-r}H${-r}Z`,
  x: (r) => `M${-r} ${-r}L${r} ${r}M${-r} ${r}L${r} ${-r}`,
  "+": (r) => `M${-r} 0H${r}M0 ${-r}V${r}`,
};

function adlListed(value) {
  return typeof value === "number" || value === null ? [value] : Array.from(value);
}

/** The points of a mark in pixels, broken where there is no number. */
function adlRuns(xs, ys, axes) {
  const left = adlListed(xs);
  const right = adlListed(ys);
  const count = Math.max(left.length, right.length);
  const runs = [];
  let run = [];
  for (let at = 0; at < count; at += 1) {
    const px = axes.x(left[left.length === 1 ? 0 : at] ?? NaN);
    const py = axes.y(right[right.length === 1 ? 0 : at] ?? NaN);
    if (Number.isNaN(px) || Number.isNaN(py)) {
      if (run.length) runs.push(run);
      run = [];
    } else run.push([px, py]);
  }
  if (run.length) runs.push(run);
  return runs;
}

const adlPathOf = (points) => points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** One drawer a kind of mark: makes its shapes once, and gives the function that moves them. */
const ADL_KINDS = {
  line(mark, axes) {
    const path = mark.width ? adlShape("path", { class: "adl-sk-line" }, axes.group) : null;
    const dots = mark.marker ? adlShape("path", { class: "adl-sk-marker" }, axes.group) : null;
    const stamp = dots && ADL_MARKERS[mark.marker](mark.size / 2);
    const move = (now) => {
      const runs = adlRuns(now(mark.x), now(mark.y), axes);
      path?.setAttribute("d", runs.map(adlPathOf).join(""));
      const spots = stamp ? runs.flat().map(([x, y]) => adlStamped(stamp, x, y)) : [];
      dots?.setAttribute("d", spots.join(""));
    };
    return { shapes: [path, dots], move };
  },
  through(mark, axes) {
    const path = adlShape("path", { class: "adl-sk-line" }, axes.group);
    const [from, to] = axes.panel.x.limits;
    const move = (now) => {
      const [x, y, slope] = [now(mark.x), now(mark.y), now(mark.slope)];
      const straight = [from, to].map((end) => [axes.x(end), axes.y(y + slope * (end - x))]);
      path.setAttribute("d", straight.flat().some(Number.isNaN) ? "" : adlPathOf(straight));
    };
    return { shapes: [path], move };
  },
  vertical(mark, axes) {
    const path = adlShape("path", { class: "adl-sk-line" }, axes.group);
    const { top, height } = axes.panel.box;
    const move = (now) => {
      const at = axes.x(now(mark.x));
      path.setAttribute("d", Number.isNaN(at) ? "" : `M${at.toFixed(1)} ${top}V${top + height}`);
    };
    return { shapes: [path], move };
  },
  area(mark, axes) {
    const path = adlShape("path", { class: "adl-sk-area" }, axes.group);
    const move = (now) => {
      const [xs, ys, base] = [adlListed(now(mark.x)), now(mark.y), adlListed(now(mark.base))];
      const floor = base.length === 1 ? xs.map(() => base[0]) : base;
      const [above, below] = [adlRuns(xs, ys, axes).flat(), adlRuns(xs, floor, axes).flat().reverse()];
      path.setAttribute("d", above.length ? `${adlPathOf([...above, ...below])}Z` : "");
    };
    return { shapes: [path], move };
  },
  bars(mark, axes) {
    const path = adlShape("path", { class: "adl-sk-area" }, axes.group);
    const move = (now) => {
      const [xs, heights, wide] = [adlListed(now(mark.x)), adlListed(now(mark.y)), now(mark.wide)];
      const bottom = axes.panel.y.log ? axes.panel.y.limits[0] : 0;
      const bar = (x, at) => {
        const corners = [[x - wide / 2, bottom], [x - wide / 2, heights[at]], [x + wide / 2, heights[at]], [x + wide / 2, bottom]];
        return `${adlPathOf(corners.map(([px, py]) => [axes.x(px), axes.y(py)]))}Z`;
      };
      path.setAttribute("d", xs.map(bar).filter((d) => !d.includes("NaN")).join(""));
    };
    return { shapes: [path], move };
  },
  text(mark, axes) {
    const text = adlShape("text", { class: "adl-sk-words", "font-size": mark.size * 1.25, "text-anchor": mark.anchor }, axes.group);
    if (mark.middle) text.setAttribute("dominant-baseline", "middle");
    const move = (now, fill) => {
      const [x, y] = [axes.x(now(mark.x)), axes.y(now(mark.y))];
      text.style.display = Number.isNaN(x + y) ? "none" : "";
      text.setAttribute("x", x);
      text.setAttribute("y", y);
      text.textContent = fill(mark.words);
    };
    return { shapes: [text], move };
  },
  arrow(mark, axes) {
    const path = adlShape("path", { class: "adl-sk-line" }, axes.group);
    const words = adlShape("text", { class: "adl-sk-words", "text-anchor": "middle" }, axes.group);
    const move = (now, fill) => {
      const [x, y, x2, y2] = [axes.x(now(mark.x)), axes.y(now(mark.y)), axes.x(now(mark.x2)), axes.y(now(mark.y2))];
      const length = Math.hypot(x2 - x, y2 - y);
      if (!Number.isFinite(length)) {
        path.setAttribute("d", "");
        words.textContent = "";
        return;
      }
      const head = Math.min(9, length / 2);
      const [dx, dy] = length ? [((x2 - x) / length) * head, ((y2 - y) / length) * head] : [0, 0];
      const barb = (turn) => `${x2 - dx + turn * dy * 0.5} ${y2 - dy - turn * dx * 0.5}`;
      path.setAttribute("d", `M${x} ${y}L${x2} ${y2}M${barb(1)}L${x2} ${y2}L${barb(-1)}`);
      words.setAttribute("x", x);
      words.setAttribute("y", y - 6);
      words.textContent = fill(mark.words);
    };
    return { shapes: [path, words], move };
  },
};

function adlStamped(stamp, x, y) {
  return stamp.replace(/([MLHV])(-?[\d.]+)(?: (-?[\d.]+))?/g, (_, code, first, second) => {
    if (code === "V") return `V${(Number(first) + y).toFixed(1)}`;
    if (code === "H") return `H${(Number(first) + x).toFixed(1)}`;
    return `${code}${(Number(first) + x).toFixed(1)} ${(Number(second) + y).toFixed(1)}`;
  });
}

function adlColour(element, mark) {
  const named = typeof mark.colour === "string" && mark.colour.startsWith("#") ? mark.colour : `var(--adl-sk-${mark.colour})`;
  element.style.setProperty("--adl-sk-colour", named);
  if (mark.width) element.style.strokeWidth = mark.width;
  if (mark.dashes && element.classList.contains("adl-sk-line")) element.style.strokeDasharray = mark.dashes;
  if (mark.alpha !== undefined && mark.alpha < 1) element.style.opacity = mark.alpha;
}

const adlMoves = (value) => value !== null && typeof value === "object" && (Array.isArray(value) ? value.some(adlMoves) : true);

/** The picture of `marks` on `panels`; `show(numbers)` moves it to these results of the graph. */
function makeSketch([width, height], panels, marks) {
  const svg = adlShape("svg", { class: "adl-sk", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  const axes = panels.map((panel) => adlAxes(svg, panel, uniqueId("adl-sk")));
  const legends = panels.map(() => []);
  const moving = [];
  let results = [];
  const now = (value) => {
    if (Array.isArray(value)) return value.map(now);
    return value !== null && typeof value === "object" ? results[value.out] : value ?? NaN;
  };
  const fill = (words) => adlFilled(words, results);
  for (const mark of marks) {
    const drawn = ADL_KINDS[mark.kind](mark, axes[mark.panel]);
    drawn.shapes.filter(Boolean).forEach((shape) => adlColour(shape, mark));
    const isMoving = Object.values(mark).some(adlMoves) || String(mark.words ?? "").includes("\u27e6");
    if (isMoving) moving.push(drawn.move);
    else drawn.move(now, fill);
    if (mark.label) legends[mark.panel].push(mark);
  }
  legends.forEach((labelled, at) => adlLegend(svg, panels[at], labelled));
  return {
    element: svg,
    show(numbers) {
      results = numbers;
      moving.forEach((move) => move(now, fill));
    },
  };
}

/** A row above the axes: a sample of each labelled mark, and its label. */
function adlLegend(svg, panel, labelled) {
  let at = panel.box.left + 2;
  const y = panel.box.top - (panel.title ? 26 : 12);
  for (const mark of labelled) {
    const sample = adlShape("path", { class: mark.kind === "area" || mark.kind === "bars" ? "adl-sk-area" : "adl-sk-line" }, svg);
    if (mark.kind === "line" && !mark.width) {
      sample.setAttribute("class", "adl-sk-marker");
      sample.setAttribute("d", adlStamped(ADL_MARKERS[mark.marker](mark.size / 2), at + 12, y - 4));
    } else sample.setAttribute("d", sample.getAttribute("class") === "adl-sk-area" ? `M${at} ${y - 9}h24v10h-24Z` : `M${at} ${y - 4}h24`);
    adlColour(sample, mark);
    const words = adlShape("text", { class: "adl-sk-words", x: at + 30, y, "font-size": 12.5 }, svg);
    words.textContent = mark.label;
    at += 30 + 7.2 * mark.label.length + 18;
  }
}
