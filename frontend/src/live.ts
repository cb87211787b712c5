// One EventSource that never gives up: the browser's own stops for good at the first answer that
// is not 200, and resumes by a header proxies may drop. We resume by `?after=`.

/** What a reader is told: nothing has come for a while is `stale`, no connection is `offline`. */
export type LiveState = "connecting" | "live" | "stale" | "offline";

export interface LiveOptions {
  /** Address without query. */
  url: string;
  /** Number of the last event taken; the server sends what came after it. */
  after: () => number;
  /** Names of the events to hear. */
  events: string[];
  onEvent: (name: string, data: string) => void;
  onState: (state: LiveState) => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const DOUBT = 20_000; // the server says its clock every 10 s
const SILENCE = 35_000;
const UNSEEN = 60_000; // browsers allow six connections a site: hidden pages give theirs back

export function live(options: LiveOptions): { reconnect: () => void; stop: () => void } {
  let source: EventSource | undefined;
  let failures = 0;
  let timer = 0;
  let watchdog = 0;
  let doubt = 0;
  let doubted = false;
  let unseen = 0;
  let stopped = false;

  const close = (): void => {
    clearTimeout(watchdog);
    clearTimeout(doubt);
    clearTimeout(timer);
    source?.close();
    source = undefined;
  };
  const alive = (): void => {
    clearTimeout(watchdog);
    clearTimeout(doubt);
    watchdog = window.setTimeout(retry, SILENCE);
    doubt = window.setTimeout(() => { doubted = true; options.onState("stale"); }, DOUBT);
    if (doubted && source?.readyState === EventSource.OPEN) options.onState("live");
    doubted = false;
  };
  const retry = (): void => {
    close();
    options.onState("offline");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++);
    timer = window.setTimeout(open, wait * (0.7 + Math.random() * 0.6));
  };
  const open = (): void => {
    close();
    source = new EventSource(`${options.url}?after=${options.after()}`);
    source.onopen = () => {
      failures = 0;
      alive();
      options.onState("live");
    };
    source.onerror = retry;
    for (const name of options.events) {
      source.addEventListener(name, (event) => {
        alive();
        options.onEvent(name, (event as MessageEvent<string>).data);
      });
    }
    alive();
  };
  const reconnect = (): void => {
    if (stopped) return;
    failures = 0;
    open();
  };
  const stop = (): void => {
    stopped = true;
    close();
  };

  addEventListener("online", reconnect);
  // A connection that was open may still speak, or hang: one that is said to be lost is given up.
  addEventListener("offline", () => { if (!stopped) retry(); });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    if (document.hidden) unseen = window.setTimeout(close, UNSEEN);
    // A phone that slept may hold a dead connection without knowing.
    else if (source?.readyState !== EventSource.OPEN) reconnect();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) reconnect();
  });
  options.onState("connecting");
  open();
  return { reconnect, stop };
}
