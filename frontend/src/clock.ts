// The market's clock in the browser, and the countdowns that follow it. The reader's own clock
// may be wrong and is never shown: only its differences are used.

export interface Words { [key: string]: string }

/** Texts of the page's language, put into `data-words` by the template. */
export function wordsOf(element: HTMLElement | null): Words {
  return element?.dataset["words"] ? (JSON.parse(element.dataset["words"]) as Words) : {};
}

/** `{d} 天 {h} 小时` with facts put in. */
export const say = (text: string | undefined, facts: Record<string, string | number> = {}): string =>
  (text ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));

let ahead = 0; // the market's clock minus the reader's, in ms
const samples: number[] = [];

export const marketNow = (): number => Date.now() + ahead;

/** How far the market's clock is ahead of the reader's, in ms. */
export const clockAhead = (): number => ahead;

/** Take a reading of the server's clock; of the last ones the least delayed (the greatest) counts. */
export function learnServerNow(ms: number): void {
  samples.push(ms - Date.now());
  if (samples.length > 8) samples.shift();
  ahead = Math.max(...samples);
}

/** First reading: what the page was rendered with, at the instant its first byte arrived. */
function learnFromPage(): void {
  const rendered = Number(document.body.dataset["now"]);
  if (!rendered) return;
  const navigation = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  const arrived = performance.timeOrigin + (navigation?.responseStart ?? performance.now());
  ahead = rendered - arrived;
}

const two = (n: number): string => String(n).padStart(2, "0");

export function remaining(end: number, style: string | undefined, words: Words): string {
  const left = Math.max(0, Math.ceil((end - marketNow()) / 1000));
  const d = Math.floor(left / 86400);
  const h = Math.floor(left / 3600) % 24;
  const m = Math.floor(left / 60) % 60;
  const s = left % 60;
  if (style === "clock") {
    const clock = `${two(h)}:${two(m)}:${two(s)}`;
    return d ? say(words["days_clock"], { d, clock }) : clock;
  }
  if (!left) return words["ended"] ?? "";
  if (d) return say(words["days_hours"], { d, h });
  return h ? say(words["hours_minutes"], { h, m }) : say(words["minutes_seconds"], { m, s: two(s) });
}

/** Keep every `<time data-countdown>` current, also those that come later; once a second. */
export function startCountdowns(): void {
  learnFromPage();
  const words = wordsOf(document.body);
  const tick = (): void => {
    document.querySelectorAll<HTMLTimeElement>("time[data-countdown]").forEach((element) => {
      const end = Date.parse(element.dateTime);
      if (Number.isNaN(end)) return;
      const text = remaining(end, element.dataset["countdown"], words);
      if (element.textContent !== text) element.textContent = text;
      element.classList.toggle("is-short", end - marketNow() < 60_000);
    });
    setTimeout(tick, 1000 - (marketNow() % 1000) + 5);
  };
  tick();
}
