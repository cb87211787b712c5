// The lot room (竞价厅), live. The page is complete without this script; here it follows the
// server's events, counts down by the server's clock and sends without leaving the page.
import { learnServerNow, marketNow, remaining, say, wordsOf } from "./clock";
import { beijing, drawCurve, yuanShort, type CurveData } from "./curve";
import { live } from "./live";
import { startField } from "./room-field";
import { startSpeech } from "./room-speech";
import { followLadder, showServerClock, type Ladder } from "./room-clock";

interface BidEvent {
  seq: number; code: string; outcome: string; act: string; mark: string; at: number;
  amount_minor: number | null; // null: refused or sealed, and nobody is told more
  price_minor: number | null; leader: string | null; closes_at: number | null;
}
interface StepEvent { seq: number; at: number; text: string }
interface StateEvent {
  state: string; phase_label: string; closes_at: number | null; price_minor: number | null;
  leader: string | null; next_minor: number | null; server_now: number; outcome: string | null;
  asking_minor: number | null; ladder: Ladder | null;
}

const FEED_LENGTH = 200;
const RUNNING = new Set(["limited", "free", "confirming", "exercising"]);
const room = document.querySelector<HTMLElement>("[data-room]");
if (room) startRoom(room);

function startRoom(root: HTMLElement): void {
  const find = <T extends HTMLElement>(name: string): T | null => root.querySelector<T>(`[data-${name}]`);
  const words = wordsOf(root);
  const me = root.dataset["me"] ?? "";
  const rising = root.dataset["way"] === "rising";
  let seq = Number(root.dataset["seq"]);
  let state = root.dataset["state"] ?? "";
  let leads = root.classList.contains("is-leading");
  let closesAt: number | null = null;
  let refreshing = 0;

  const put = (name: string, text: string): void => {
    root.querySelectorAll<HTMLElement>(`[data-${name}]`).forEach((element) => {
      if (element.textContent !== text) element.textContent = text;
    });
  };
  const speech = startSpeech(root);
  const field = startField(root);

  // ---- the clock ----
  let warned = 0;
  const showEnd = (end: number | null): void => {
    closesAt = end;
    warned = 0;
    const clock = find<HTMLTimeElement>("countdown");
    if (!clock) return;
    clock.dateTime = end === null ? "" : new Date(end).toISOString();
    if (end === null) clock.textContent = "—";
    else clock.textContent = remaining(end, clock.dataset["countdown"], wordsOf(document.body));
  };
  const showAsking = (minor: number): void => {
    put("price", yuanShort(minor));
    root.querySelectorAll<HTMLInputElement>("[data-asking]").forEach((input) => { input.value = String(minor / 100); });
  };
  let ladder = JSON.parse(root.dataset["ladder"] ?? "null") as Ladder | null;
  showServerClock(root, words);
  setInterval(() => {
    showServerClock(root, words);
    if (ladder && state === "free") {
      const fell = followLadder(root, ladder);
      if (fell !== null) {
        showAsking(fell);
        speech.say(say(words["fell"], { price: yuanShort(fell) }));
      }
    }
    if (closesAt === null || !RUNNING.has(state)) return;
    const left = Math.ceil((closesAt - marketNow()) / 1000);
    for (const mark of [60, 10]) {
      if (left <= mark && left > mark - 5 && warned !== mark) {
        warned = mark;
        speech.now(say(words["left"], { s: left }));
      }
    }
  }, 1000);

  // ---- the price, the feed, the curve ----
  const showPrice = (minor: number | null, leader: string | null): void => {
    if (minor !== null && leader !== null && rising) {
      put("price", yuanShort(minor));
      if (state !== "closed") put("price-label", words["highest"] ?? "");
    }
    put("leader", leader ?? words["nobody"] ?? "");
    const leading = leader !== null && leader === me;
    root.classList.toggle("is-leading", leading);
    if (rising && me && leader !== null) put("my-place", (leading ? words["leading"] : words["behind"]) ?? "");
    if (leads && !leading && leader !== null && minor !== null && RUNNING.has(state)) {
      speech.now(say(words["outbid"], { price: yuanShort(minor) })); // once: what matters most
    }
    leads = leading;
  };
  let listed = Number(find("count")?.textContent);
  const addToFeed = (item: { at: number; text: string; code?: string; amount?: number | null }): void => {
    const feed = find<HTMLOListElement>("feed");
    if (!feed) return;
    feed.querySelector("[data-none]")?.remove();
    const line = document.createElement("li");
    line.className = "is-new";
    const part = (name: string, className: string, text: string): void => {
      line.append(Object.assign(document.createElement(name), { className, textContent: text }));
    };
    if (item.amount != null) {
      put("count", String(++listed));
      part("b", "num", yuanShort(item.amount));
      part("span", "", (item.code ?? "") + (item.code === me ? say(words["mine"]) : "") + item.text);
    } else {
      line.classList.add("is-step");
      part("span", "", (item.code ? `${item.code}${document.documentElement.lang === "en" ? ": " : "："}` : "") + item.text);
    }
    part("time", "num", beijing(item.at));
    feed.prepend(line);
    while (feed.children.length > FEED_LENGTH) feed.lastElementChild?.remove();
  };
  const svg = root.querySelector<SVGElement>("[data-curve] svg");
  const curve = JSON.parse(find("curve")?.dataset["curve"] ?? "null") as CurveData | null;
  const addToCurve = (at: number, amount: number): void => {
    if (!svg || !curve) return;
    curve.bids.push([at, amount]);
    curve.to = Math.max(curve.to, at);
    drawCurve(svg, curve);
  };

  // ---- events ----
  /** Take a number; false for what was sent again. One that is missing is asked for. */
  const take = (number: number): boolean => {
    if (number <= seq) return false;
    if (number > seq + 1) {
      connection.reconnect();
      return false;
    }
    seq = number;
    return true;
  };
  const onBid = (bid: BidEvent): void => {
    if (!take(bid.seq)) return;
    const accepted = bid.outcome === "accepted";
    if (accepted && bid.act !== "store") {
      addToFeed({ at: bid.at, text: bid.mark, code: bid.code, amount: bid.amount_minor });
    }
    if (accepted && bid.amount_minor !== null) {
      addToCurve(bid.at, bid.amount_minor);
      field.showLeast(field.above(bid.amount_minor));
      if (bid.code !== me && bid.leader !== me && !leads) {
        speech.say(say(words["bid"], { price: yuanShort(bid.amount_minor), code: bid.code }));
      }
    }
    showPrice(bid.price_minor, bid.leader);
    if (bid.closes_at !== null) showEnd(bid.closes_at);
  };
  const onState = (next: StateEvent): void => {
    learnServerNow(next.server_now);
    const entered = next.state !== state;
    if (entered) state = root.dataset["state"] = next.state;
    put("phase", next.phase_label);
    ladder = next.ladder;
    if (next.asking_minor !== null && next.price_minor === null) showAsking(next.asking_minor);
    showPrice(next.price_minor, next.leader);
    if (next.next_minor !== null) field.showLeast(next.next_minor);
    showEnd(next.closes_at);
    if (entered) speech.now(next.phase_label);
    // Everybody's page changes at this instant; the requests are spread.
    if (entered || next.state === "exercising") {
      clearTimeout(refreshing);
      refreshing = window.setTimeout(() => void refresh(location.pathname), Math.random() * 1500);
    }
    if (state === "closed") endLive();
  };

  let lostAt = 0;
  const connection = live({
    url: root.dataset["src"] ?? "",
    after: () => seq,
    events: ["bid", "step", "state", "clock"],
    onState: (how) => {
      const shown = find("conn");
      if (shown) shown.dataset["state"] = how;
      put("conn", words[how] ?? "");
      if (how === "live") {
        if (lostAt && Date.now() - lostAt > 3000) speech.say(words["live"] ?? "");
        lostAt = 0;
      } else if (how !== "connecting") lostAt ||= Date.now();
    },
    onEvent: (name, data) => {
      const body: unknown = JSON.parse(data);
      if (name === "bid") onBid(body as BidEvent);
      else if (name === "step") {
        const step = body as StepEvent;
        if (take(step.seq)) addToFeed(step);
      } else if (name === "state") onState(body as StateEvent);
      else learnServerNow((body as { server_now: number }).server_now);
    },
  });

  /** Nothing follows the end: give the connection back. */
  function endLive(): void {
    connection.stop();
    find("conn")?.remove();
    find("drop")?.remove();
  }
  if (state === "closed") endLive();

  // ---- the server's parts of the page, taken over from another rendering of it ----
  const takeOver = (html: string): boolean => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    root.querySelectorAll<HTMLElement>("[data-swap]").forEach((old) => {
      const made = fresh.querySelector(`[data-swap="${old.dataset["swap"]}"]`);
      if (made) old.replaceWith(document.importNode(made, true));
    });
    return fresh.querySelector("[data-room]") !== null;
  };
  async function refresh(url: string): Promise<void> {
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (answer.ok) takeOver(await answer.text());
    } catch {
      connection.reconnect(); // offline: the events will tell when the page is back
    }
  }

  // ---- sending ----
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-bid]")) return;
    event.preventDefault();
    if (form.dataset["sent"]) return;
    form.dataset["sent"] = "1";
    void send(form);
  });

  /** Send with one key until there is an answer: a lost answer must not become a second bid. */
  async function send(form: HTMLFormElement): Promise<void> {
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) button.textContent = button.dataset["busy"] ?? "";
    for (let attempt = 0; attempt < 6; attempt++) {
      try {
        const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
        if (answer.status !== 503 && answer.status !== 502) {
          if (!takeOver(await answer.text())) break; // some other page, such as the login
          const result = root.querySelector<HTMLElement>("[data-told]")
            ?? [...root.querySelectorAll<HTMLElement>("[data-bid-result]")].find((one) => one.textContent?.trim());
          speech.now(result?.textContent?.trim() || (words["sent"] ?? ""));
          if (answer.ok) find<HTMLInputElement>("amount")?.focus();
          else (root.querySelector<HTMLElement>("[name=confirm_jump]") ?? result)?.focus();
          return;
        }
      } catch {
        speech.now(words["unsure"] ?? "");
      }
      await new Promise((done) => setTimeout(done, 400 * 2 ** attempt));
    }
    form.submit(); // the browser shows what it is, with the same key
  }

  const shown = find<HTMLTimeElement>("countdown")?.dateTime;
  if (shown) closesAt = Date.parse(shown);
}
