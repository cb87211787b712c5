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
const ANSWERED_MS = 250;
const BY_RIGHT = new Set(["match", "exercise"]);
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
  let refreshing = 0, passing = 0;
  let lastStep = "";
  // what the events told last, once they have: shows it again
  let heard = (): void => undefined;
  let heardLeast = (): void => undefined;

  const put = (name: string, text: string): void => {
    root.querySelectorAll<HTMLElement>(`[data-${name}]`).forEach((element) => {
      if (element.textContent !== text) element.textContent = text;
    });
  };
  const speech = startSpeech(root);
  const field = startField(root);

  // ---- the clock ----
  let warnings: number[] = [];
  const showEnd = (end: number | null): void => {
    // of a span that is hardly longer than what a warning would say, nothing is said
    if (end !== closesAt) warnings = end === null ? [] : [10, 60].filter((mark) => end - marketNow() > mark * 1300);
    closesAt = end;
    const clock = find<HTMLTimeElement>("countdown");
    if (!clock) return;
    clock.dateTime = end === null ? "" : new Date(end).toISOString();
    if (end === null) clock.textContent = "—";
    else clock.textContent = remaining(end, clock.dataset["countdown"], wordsOf(document.body));
  };
  const showAsking = (minor: number): void => {
    put("price", yuanShort(minor));
    put("asked", yuanShort(minor));
    if (asked !== null && minor < asked) {
      addToCurve(marketNow(), minor);
      speech.say(say(words["fell"], { price: yuanShort(minor) }));
    }
    asked = minor;
    root.querySelectorAll<HTMLInputElement>("[data-asking]").forEach((input) => { input.value = String(minor / 100); });
  };
  let ladder = JSON.parse(root.dataset["ladder"] ?? "null") as Ladder | null;
  let asked = ladder?.price ?? null; // told by the ladder or by the server, whichever is first
  showServerClock(root, words);
  setInterval(() => {
    showServerClock(root, words);
    if (ladder && state === "free") {
      const fell = followLadder(root, ladder);
      if (fell !== null) showAsking(fell);
    }
    if (closesAt === null || !RUNNING.has(state)) return;
    const left = Math.ceil((closesAt - marketNow()) / 1000);
    const due = warnings.filter((mark) => left <= mark);
    if (!due.length) return;
    warnings = warnings.filter((mark) => left > mark);
    if (left > 0) speech.now(say(words["left"], { s: left }));
  }, 1000);

  // ---- the price, the feed, the curve ----
  const showPrice = (minor: number | null, leader: string | null, passed = "outbid"): void => {
    heard = () => showPrice(minor, leader, passed);
    if (minor !== null && leader !== null && rising) {
      put("price", yuanShort(minor));
      if (state !== "closed") put("price-label", words["highest"] ?? "");
    }
    put("leader", leader ?? words["nobody"] ?? "");
    const leading = leader !== null && leader === me;
    root.classList.toggle("is-leading", leading);
    if (rising && me && leader !== null) put("my-place", (leading ? words["leading"] : words["behind"]) ?? "");
    if (leading) {
      root.classList.remove("is-behind");
      clearTimeout(passing);
    } else if (leads && leader !== null && minor !== null && RUNNING.has(state)) {
      root.classList.add("is-behind");
      dropGoodNews();
      // Once, for it matters most; and not while one's own maximum is answering.
      clearTimeout(passing);
      passing = window.setTimeout(() => speech.now(say(words[passed], { price: yuanShort(minor) })), ANSWERED_MS);
    }
    leads = leading;
  };
  /** What was accepted is not the highest any more; a notice that says so itself stays. */
  const dropGoodNews = (): void => find("told")?.querySelector(".alert-good")?.remove();
  const showLeast = (minor: number): void => {
    heardLeast = () => field.showLeast(minor);
    heardLeast();
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
      showLeast(field.above(bid.amount_minor));
      if (bid.code !== me && bid.leader !== me && !leads) {
        speech.say(say(words["bid"], { price: yuanShort(bid.amount_minor), code: bid.code }));
      }
    }
    showPrice(bid.price_minor, bid.leader, BY_RIGHT.has(bid.act) ? "by_right" : "outbid");
    if (bid.closes_at !== null) showEnd(bid.closes_at);
    if (accepted && root.dataset["holder"]) refreshSoon(); // whether he may take this price
  };
  const onState = (next: StateEvent): void => {
    learnServerNow(next.server_now);
    const entered = next.state !== state;
    if (entered) state = root.dataset["state"] = next.state;
    put("phase", next.phase_label);
    ladder = next.ladder;
    if (next.asking_minor !== null && next.price_minor === null) showAsking(next.asking_minor);
    showPrice(next.price_minor, next.leader);
    if (next.next_minor !== null) showLeast(next.next_minor);
    showEnd(next.closes_at);
    if (entered) {
      const left = next.closes_at === null ? "" : remaining(next.closes_at, undefined, wordsOf(document.body));
      speech.now(state === "closed" && lastStep ? lastStep : `${next.phase_label} ${left}`.trim());
    }
    if (entered || next.state === "exercising") refreshSoon();
    if (state === "closed") {
      endLive();
      // the deal and the papers of the sale are made after its end
      setTimeout(() => void refresh(location.pathname), 6000 + Math.random() * 3000);
    }
  };
  /** The server's parts of the page anew. Everybody's changes at one instant: requests are spread. */
  function refreshSoon(): void {
    clearTimeout(refreshing);
    refreshing = window.setTimeout(() => {
      // a question that waits for an answer is not taken away from under the reader
      if (root.querySelector("[data-jump]")) refreshSoon();
      else void refresh(location.pathname);
    }, 200 + Math.random() * 1300);
  }

  let lostAt = 0, telling = 0;
  /** What is shown may be old: said beside the price, and aloud when it stays so. */
  const showLost = (lost: boolean): void => {
    const note = find("lost");
    if (note) note.hidden = !lost;
    clearTimeout(telling);
    if (lost) telling = window.setTimeout(() => speech.now(words["offline"] ?? ""), 3000);
  };
  const connection = live({
    url: root.dataset["src"] ?? "",
    after: () => seq,
    events: ["bid", "step", "state", "clock"],
    onState: (how) => {
      const shown = find("conn");
      if (shown) shown.dataset["state"] = how;
      put("conn", words[how] ?? "");
      if (how !== "connecting") showLost(how !== "live");
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
        if (take(step.seq)) {
          addToFeed(step);
          lastStep = step.text;
        }
      } else if (name === "state") onState(body as StateEvent);
      else learnServerNow((body as { server_now: number }).server_now);
    },
  });

  /** Nothing follows the end: give the connection back. */
  function endLive(): void {
    connection.stop();
    clearTimeout(telling);
    for (const name of ["conn", "lost", "drop", "server"]) find(name)?.remove();
    root.classList.remove("is-behind");
  }
  if (state === "closed") endLive();

  // ---- the server's parts of the page, taken over from another rendering of it ----
  const takeOver = (html: string): boolean => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const drawn = fresh.querySelector<HTMLElement>("[data-room]");
    const ended = drawn?.dataset["state"] === "closed";
    root.querySelectorAll<HTMLElement>("[data-swap]").forEach((old) => {
      if (old.dataset["swap"] === "ended" && !ended) return; // the countdown goes on by itself
      const made = fresh.querySelector(`[data-swap="${old.dataset["swap"]}"]`);
      if (made) old.replaceWith(document.importNode(made, true));
    });
    // Bids made since it was drawn were heard already, and are not unsaid by it.
    if (Number(drawn?.dataset["seq"]) < seq) {
      heard();
      heardLeast();
      if (root.classList.contains("is-behind")) dropGoodNews();
    }
    return drawn !== null;
  };
  async function refresh(url: string): Promise<void> {
    try {
      const answer = await fetch(url, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const keep = field.keep();
      takeOver(await answer.text());
      keep();
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
    if (button) {
      button.dataset["label"] = button.textContent ?? "";
      button.textContent = button.dataset["busy"] ?? "";
      button.setAttribute("aria-disabled", "true");
    }
    holdInputs(form, true);
    let heard = false;
    for (let attempt = 0; attempt < 6; attempt++) {
      try {
        const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
        heard = true;
        if (answer.status !== 503 && answer.status !== 502) {
          if (!takeOver(await answer.text())) break; // some other page, such as the login
          const result = root.querySelector<HTMLElement>("[data-told]")
            ?? [...root.querySelectorAll<HTMLElement>("[data-bid-result], .wrong")].find((one) => one.textContent?.trim());
          speech.now(result?.textContent?.trim() || (answer.ok ? words["sent"] ?? "" : ""));
          if (answer.ok) (form.matches("#bid") ? find<HTMLInputElement>("amount") : result)?.focus();
          else (root.querySelector<HTMLElement>("[name=confirm_jump]") ?? result)?.focus();
          return;
        }
      } catch {
        heard = false;
        speech.now(words["unsure"] ?? "");
      }
      await new Promise((done) => setTimeout(done, 400 * 2 ** attempt));
    }
    if (heard) form.submit(); // the browser shows what it is, with the same key
    else giveBack(form, button);
  }

  /** What was sent stands still until there is an answer. */
  function holdInputs(form: HTMLFormElement, hold: boolean): void {
    form.querySelectorAll<HTMLInputElement>("input[name=amount], input[name=amount_again]").forEach((input) => { input.readOnly = hold; });
  }

  /** Nobody answered: the form stands as it was sent, with its key, to be sent again. */
  function giveBack(form: HTMLFormElement, button: HTMLButtonElement | null): void {
    delete form.dataset["sent"];
    if (button) {
      button.textContent = button.dataset["label"] ?? "";
      button.removeAttribute("aria-disabled");
    }
    holdInputs(form, false);
    const result = form.querySelector<HTMLElement>("[data-bid-result]");
    result?.replaceChildren(Object.assign(document.createElement("p"), { className: "wrong", textContent: words["unanswered"] ?? "" }));
    speech.now(words["unanswered"] ?? "");
  }

  const shown = find<HTMLTimeElement>("countdown")?.dateTime;
  if (shown) closesAt = Date.parse(shown);
}
