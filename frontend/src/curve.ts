// Redraws the bid curve after each bid, as frontend/charts.py draws it for the page.

export interface CurveData { start: number; from: number; to: number; bids: [number, number][] }

const WIDTH = 520, HEIGHT = 260, LEFT = 62, RIGHT = 14, TOP = 14, BOTTOM = 30, DOTS_UP_TO = 60;

function ticksOf(low: number, high: number): number[] {
  if (low === high) {
    const step = Math.max(100, 10 ** Math.max(0, String(low).length - 2));
    return [Math.max(0, low - step), low, low + step];
  }
  const rough = (high - low) / 4;
  const power = 10 ** (String(Math.floor(rough)).length - 1);
  const step = power * ([1, 2, 5, 10].find((m) => power * m >= rough) ?? 10);
  const ticks = [Math.floor(low / step) * step];
  while (ticks[ticks.length - 1]! < high) ticks.push(ticks[ticks.length - 1]! + step);
  return ticks;
}

export function yuanShort(minor: number): string {
  const cents = Math.abs(minor) % 100;
  const whole = Math.floor(Math.abs(minor) / 100).toLocaleString("en-US");
  return `${minor < 0 ? "−" : ""}¥${whole}${cents ? `.${String(cents).padStart(2, "0")}` : ""}`;
}

const UNITS = [[1e10, "亿"], [1e6, "万"]] as const;
const UNITS_EN = [[1e8, "M"]] as const;

function axis(minor: number): string {
  if (minor === 0) return "0";
  const units = document.documentElement.lang === "en" ? UNITS_EN : UNITS;
  for (const [size, unit] of units) {
    if (minor >= size && minor % (size / 1e4) === 0) return String(Number((minor / size).toFixed(4))) + unit;
  }
  return yuanShort(minor);
}

/** Beijing's clock of an instant, `18:30:05`; for a long span `18:30` or `11-22`. */
export function beijing(ms: number, span = 0): string {
  const text = new Date(ms + 8 * 3600_000).toISOString();
  if (span > 172_800_000) return text.slice(5, 10);
  return span > 300_000 ? text.slice(11, 16) : text.slice(11, 19);
}

function add(parent: Element, name: string, attributes: Record<string, string | number>, text = ""): Element {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text) made.textContent = text;
  parent.append(made);
  return made;
}

export function drawCurve(svg: SVGElement, data: CurveData): void {
  const { start, bids } = data;
  const times = bids.map(([at]) => at), prices = bids.map(([, minor]) => minor);
  const first = Math.min(data.from, ...times);
  const last = Math.max(data.to, first + 1000, ...times);
  const ticks = ticksOf(Math.min(start, ...prices), Math.max(start, ...prices));
  const top = ticks[ticks.length - 1]!, span = top - ticks[0]! || 1;
  const x = (at: number): string => (LEFT + ((WIDTH - LEFT - RIGHT) * (at - first)) / (last - first)).toFixed(1);
  const y = (minor: number): string => (TOP + ((HEIGHT - TOP - BOTTOM) * (top - minor)) / span).toFixed(1);

  svg.querySelectorAll("line, path, circle, text").forEach((old) => old.remove());
  for (const tick of ticks) {
    add(svg, "line", { class: "chart-grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) });
    add(svg, "text", { class: "chart-text", x: LEFT - 8, y: Number(y(tick)) + 4, "text-anchor": "end" }, axis(tick));
  }
  for (let i = 0; i < 5; i++) {
    const at = first + ((last - first) * i) / 4;
    const anchor = i === 0 ? "start" : i === 4 ? "end" : "middle";
    add(svg, "text", { class: `chart-text${i % 2 ? " chart-between" : ""}`, x: x(at), y: HEIGHT - 9, "text-anchor": anchor }, beijing(at, last - first));
  }
  const line = `M${x(first)} ${y(start)}${bids.map(([at, minor]) => `H${x(at)}V${y(minor)}`).join("")}H${x(last)}`;
  if (bids.length) add(svg, "path", { class: "chart-area", d: `${line}V${HEIGHT - BOTTOM}H${x(first)}Z` });
  add(svg, "path", { class: "chart-line", d: line });
  const shown = bids.length > DOTS_UP_TO ? bids.slice(-1) : bids;
  for (const bid of shown) {
    const isLast = bid === bids[bids.length - 1];
    const dot = add(svg, "circle", { class: `chart-dot${isLast ? " is-last" : ""}`, cx: x(bid[0]), cy: y(bid[1]), r: isLast ? 4.5 : 3.2 });
    add(dot, "title", {}, yuanShort(bid[1]));
  }
}
