// The server's clock as the room shows it, and a falling price between two of the server's answers.
import { clockAhead, marketNow, remaining, say, wordsOf, type Words } from "./clock";
import { beijing } from "./curve";

export interface Ladder { price: number; step: number; floor: number; every: number; drop_at: number }

/** The market's time, and by how much the reader's own clock differs from it. */
export function showServerClock(root: HTMLElement, words: Words): void {
  const clock = root.querySelector<HTMLElement>("[data-server-clock]");
  if (clock) clock.textContent = beijing(marketNow());
  const offset = root.querySelector<HTMLElement>("[data-clock-offset]");
  if (!offset) return;
  const seconds = Math.round(clockAhead() / 1000);
  const text = Math.abs(seconds) < 1 ? say(words["same"])
    : say(words[seconds > 0 ? "ahead" : "behind_clock"], { gap: gapOf(Math.abs(seconds), words) });
  if (offset.textContent !== text) offset.textContent = text;
}

function gapOf(seconds: number, words: Words): string {
  if (seconds < 120) return say(words["seconds"], { s: seconds });
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return say(words["minutes"], { m: minutes });
  return say(words["hours"], { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** Let the price fall by the server's clock; answers the new price in 分 when it has just fallen. */
export function followLadder(root: HTMLElement, ladder: Ladder): number | null {
  const now = marketNow();
  let fell = false;
  while (now >= ladder.drop_at && ladder.price > ladder.floor) {
    ladder.price = Math.max(ladder.floor, ladder.price - ladder.step);
    ladder.drop_at += ladder.every;
    fell = true;
  }
  const shown = root.querySelector<HTMLElement>("[data-next-drop]");
  if (shown) {
    shown.textContent = ladder.price > ladder.floor
      ? remaining(ladder.drop_at, "clock", wordsOf(document.body)) : "—";
  }
  return fell ? ladder.price : null;
}
