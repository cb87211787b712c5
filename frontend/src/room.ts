// The lot room (竞价厅), live. The page is complete without this script; here it follows the
// server's events, counts down by the server's clock and sends a bid without leaving the page.
import { learnServerNow, marketNow, remaining, say, wordsOf } from "./clock";
import { beijing, drawCurve, yuanShort, type CurveData } from "./curve";
import { live } from "./live";

interface BidEvent {
  seq: number; code: string; outcome: string; at: number;
  amount_minor: number | null; // null: refused, and nobody is told more
  price_minor: number | null; leader: string | null; closes_at: number | null;
}
interface StateEvent {
  state: string; phase_label: string; closes_at: number | null; price_minor: number | null;
  leader: string | null; next_minor: number | null; server_now: number; outcome: string | null;
}

const FEED_LENGTH = 200;
const QUIET_MS = 5000; // a screen reader hears the price at most this often
const room = document.querySelector<HTMLElement>("[data-room]");
if (room) startRoom(room);

function startRoom(root: HTMLElement): void {
  const find = <T extends HTMLElement>(name: string): T | null => root.querySelector<T>(`[data-${name}]`);
  const words = wordsOf(root);
  const step = Number(root.dataset["step"]);
  let seq = Number(root.dataset["seq"]);
  let state = root.dataset["state"] ?? "";
  let closesAt: number | null = null;
  let refreshing = 0;

  const put = (name: string, text: string): void => {
    root.querySelectorAll<HTMLElement>(`[data-${name}]`).forEach((element) => {
      if (element.textContent !== text) element.textContent = text;
    });
  };

  // ---- what is read aloud: the newest sentence only, never in a flood ----
  let heardAt = 0, pending = "", speaking = 0;
  const announce = (sentence: string, urgent = false): void => {
    pending = sentence;
    const wait = urgent ? 0 : Math.max(0, heardAt + QUIET_MS - Date.now());
    clearTimeout(speaking);
    speaking = window.setTimeout(() => { put("announce", pending); heardAt = Date.now(); }, wait);
  };

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
  setInterval(() => {
    if (closesAt === null || (state !== "limited" && state !== "free")) return;
    const left = Math.ceil((closesAt - marketNow()) / 1000);
    for (const mark of [60, 10]) {
      if (left <= mark && left > mark - 5 && warned !== mark) {
        warned = mark;
        announce(say(words["left"], { s: left }), true);
      }
    }
  }, 1000);

  // ---- the price, the next least bid, the feed, the curve ----
  const showNext = (next: number | null): void => {
    if (next === null) return;
    put("next", yuanShort(next));
    const amount = find<HTMLInputElement>("amount");
    if (!amount) return;
    amount.dataset["least"] = String(next);
    if (!amount.dataset["typed"]) amount.value = plain(next);
  };
  const showPrice = (minor: number | null, leader: string | null): void => {
    if (minor !== null && leader !== null) {
      put("price", yuanShort(minor));
      if (state !== "closed") put("price-label", words["highest"] ?? "");
    }
    put("leader", leader ?? words["nobody"] ?? "");
    root.classList.toggle("is-leading", leader !== null && leader === root.dataset["me"]);
  };
  let listed = Number(find("count")?.textContent);
  const addToFeed = (bid: BidEvent, amount: number): void => {
    const feed = find<HTMLOListElement>("feed");
    if (!feed) return;
    put("count", String(++listed));
    feed.querySelector("[data-none]")?.remove();
    const item = document.createElement("li");
    item.className = bid.outcome === "accepted" ? "is-new" : "is-new is-refused";
    const part = (name: string, className: string, text: string): void => {
      item.append(Object.assign(document.createElement(name), { className, textContent: text }));
    };
    part("b", "num", yuanShort(amount));
    part("span", "", bid.code + (bid.code === root.dataset["me"] ? say(words["mine"]) : "")
      + (bid.outcome === "accepted" ? "" : say(words["refused"])));
    part("time", "num", beijing(bid.at));
    feed.prepend(item);
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
  const onBid = (bid: BidEvent): void => {
    if (bid.seq <= seq) return; // sent again after a reconnection
    if (bid.seq > seq + 1) return connection.reconnect(); // one is missing: ask again from there
    seq = bid.seq;
    if (bid.amount_minor !== null) addToFeed(bid, bid.amount_minor);
    showPrice(bid.price_minor, bid.leader);
    if (bid.closes_at !== null) showEnd(bid.closes_at);
    if (bid.outcome !== "accepted" || bid.amount_minor === null) return;
    addToCurve(bid.at, bid.amount_minor);
    showNext(bid.amount_minor + step);
    announce(say(words["bid"], { price: yuanShort(bid.amount_minor), code: bid.code }));
  };
  const onState = (next: StateEvent): void => {
    learnServerNow(next.server_now);
    put("phase", next.phase_label);
    showPrice(next.price_minor, next.leader);
    showNext(next.next_minor);
    showEnd(next.closes_at);
    if (next.state === state) return;
    state = next.state;
    root.dataset["state"] = state;
    announce(next.phase_label, true);
    // Everybody's page changes at this instant; the requests are spread.
    clearTimeout(refreshing);
    refreshing = window.setTimeout(() => void refresh(location.href), Math.random() * 1500);
    if (state === "closed") endLive();
  };

  let lostAt = 0;
  const connection = live({
    url: root.dataset["src"] ?? "",
    after: () => seq,
    events: ["bid", "state", "clock"],
    onState: (up) => {
      const shown = find("conn");
      if (shown) shown.dataset["state"] = up ? "up" : "down";
      put("conn", (up ? words["up"] : words["down"]) ?? "");
      if (!up && !lostAt) lostAt = Date.now();
      if (up && lostAt && Date.now() - lostAt > 3000) announce(words["up"] ?? "");
      if (up) lostAt = 0;
    },
    onEvent: (name, data) => {
      const body: unknown = JSON.parse(data);
      if (name === "bid") onBid(body as BidEvent);
      else if (name === "state") onState(body as StateEvent);
      else learnServerNow((body as { server_now: number }).server_now);
    },
  });

  /** Nothing follows the end: give the connection back. */
  function endLive(): void {
    connection.stop();
    find("conn")?.remove();
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

  // ---- bidding ----
  root.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches("[data-amount]")) field.dataset["typed"] = "1";
  });
  root.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-steps]");
    const amount = find<HTMLInputElement>("amount");
    if (!button || !amount) return;
    const least = Number(amount.dataset["least"]);
    amount.value = plain(least + Number(button.dataset["steps"]) * step);
    amount.dataset["typed"] = "1";
  });
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-bid]")) return;
    event.preventDefault();
    if (form.dataset["sent"]) return;
    form.dataset["sent"] = "1";
    void sendBid(form);
  });

  /** Send with one key until there is an answer: a lost answer must not become a second bid. */
  async function sendBid(form: HTMLFormElement): Promise<void> {
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
    if (button) button.textContent = button.dataset["busy"] ?? "";
    for (let attempt = 0; attempt < 6; attempt++) {
      try {
        const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
        if (answer.status !== 503 && answer.status !== 502) {
          if (!takeOver(await answer.text())) break; // some other page, such as the login
          const result = find("bid-result");
          announce(result?.textContent?.trim() || (words["sent"] ?? ""), true);
          if (answer.ok) find<HTMLInputElement>("amount")?.focus();
          else result?.focus();
          return;
        }
      } catch {
        announce(words["unsure"] ?? "", true);
      }
      await new Promise((done) => setTimeout(done, 400 * 2 ** attempt));
    }
    form.submit(); // the browser shows what it is, with the same key
  }

  const shown = find<HTMLTimeElement>("countdown")?.dateTime;
  if (shown) closesAt = Date.parse(shown);
}

/** 分 as the field takes them: 3910000 or 3910000.50. */
function plain(minor: number): string {
  return minor % 100 ? (minor / 100).toFixed(2) : String(minor / 100);
}
