// What is read aloud in the lot room: the newest sentence only, never in a flood; what cannot wait
// goes into a region of its own, once.

const QUIET_MS = 5000; // a screen reader hears the price at most this often

export interface Speech { say: (sentence: string) => void; now: (sentence: string) => void }

export function startSpeech(root: HTMLElement): Speech {
  const calm = root.querySelector<HTMLElement>("[data-announce]");
  const urgent = root.querySelector<HTMLElement>("[data-announce-now]");
  let heardAt = 0, pending = "", speaking = 0, last = "";
  return {
    say(sentence) {
      pending = sentence;
      clearTimeout(speaking);
      speaking = window.setTimeout(() => {
        if (calm) calm.textContent = pending;
        heardAt = Date.now();
      }, Math.max(0, heardAt + QUIET_MS - Date.now()));
    },
    now(sentence) {
      clearTimeout(speaking); // what waited is older than this
      heardAt = Date.now();
      if (!urgent || !sentence) return;
      // The same sentence again is a change only when the region was emptied before.
      if (sentence === last) urgent.textContent = "";
      last = sentence;
      urgent.textContent = sentence;
    },
  };
}
