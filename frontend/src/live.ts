// One EventSource that never gives up: the browser's own stops for good at the first answer that
// is not 200, and resumes by a header proxies may drop. We resume by `?after=`.

export interface LiveOptions {
  /** Address without query. */
  url: string;
  /** Number of the last event taken; the server sends what came after it. */
  after: () => number;
  /** Names of the events to hear. */
  events: string[];
  onEvent: (name: string, data: string) => void;
  onState: (up: boolean) => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const SILENCE = 35_000; // the server says its clock at least every 15 s

export function live(options: LiveOptions): { reconnect: () => void } {
  let source: EventSource | undefined;
  let failures = 0;
  let timer = 0;
  let watchdog = 0;

  const alive = (): void => {
    clearTimeout(watchdog);
    watchdog = window.setTimeout(retry, SILENCE);
  };
  const retry = (): void => {
    source?.close();
    clearTimeout(watchdog);
    clearTimeout(timer);
    options.onState(false);
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++);
    timer = window.setTimeout(open, wait * (0.7 + Math.random() * 0.6));
  };
  const open = (): void => {
    source?.close();
    source = new EventSource(`${options.url}?after=${options.after()}`);
    source.onopen = () => {
      failures = 0;
      alive();
      options.onState(true);
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
    failures = 0;
    clearTimeout(timer);
    open();
  };

  addEventListener("online", reconnect);
  document.addEventListener("visibilitychange", () => {
    // A phone that slept may hold a dead connection without knowing.
    if (!document.hidden && source?.readyState !== EventSource.OPEN) reconnect();
  });
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) reconnect();
  });
  open();
  return { reconnect };
}
