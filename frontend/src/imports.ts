// An import's page while the worker has it: what has changed is fetched and put in its place every
// second or two. Without script the page asks for itself anew.

const QUICK_MS = 1000;
const SLOW_MS = 5000;

async function follow(): Promise<void> {
  let failures = 0;
  for (;;) {
    const wait = document.hidden || failures ? SLOW_MS : QUICK_MS;
    await new Promise((done) => setTimeout(done, wait));
    const shown = document.getElementById("import");
    if (!shown || shown.dataset["poll"] === undefined) return;
    try {
      const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("import");
      if (!fresh || fresh.dataset["state"] !== shown.dataset["state"]) {
        location.replace(location.pathname);
        return;
      }
      failures = 0;
      put(shown, fresh);
    } catch {
      failures += 1;
    }
  }
}

/** Only the bar and the sentence: a button that has the focus keeps it. */
function put(shown: HTMLElement, fresh: HTMLElement): void {
  const bar = shown.querySelector("progress");
  const next = fresh.querySelector("progress");
  if (bar && next) {
    bar.max = next.max;
    if (next.hasAttribute("value")) bar.value = next.value;
  }
  const said = shown.querySelector("#import-state");
  const now = fresh.querySelector("#import-state")?.textContent ?? "";
  if (said && said.textContent !== now) said.textContent = now;
}

void follow();
