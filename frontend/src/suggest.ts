// Ways to go on with what is typed: a list below the field, walked by the arrow keys. Not while an
// input method works; without script the field is a field.

const WAIT_MS = 150;

export function suggest(field: HTMLInputElement): void {
  const form = field.form;
  if (!form) return;
  const list = Object.assign(document.createElement("ul"), { id: `${field.id}-list`, className: "suggestions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset["suggested"] ?? field.labels?.[0]?.textContent ?? "");
  form.classList.add("suggesting");
  form.append(list);
  const wear = { role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" };
  Object.entries(wear).forEach(([name, value]) => field.setAttribute(name, value));
  let timer = 0;
  let asked = "";
  let at = -1;

  const point = (to: number): void => {
    at = to;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    const chosen = list.children[at];
    if (chosen) {
      field.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  };
  const open = (shown: boolean): void => {
    list.hidden = !shown;
    field.setAttribute("aria-expanded", String(shown));
    Object.assign(list.style, { left: `${field.offsetLeft}px`, top: `${field.offsetTop + field.offsetHeight}px`, width: `${field.offsetWidth}px` });
    point(-1);
  };
  const ask = async (): Promise<void> => {
    const typed = field.value.trim();
    if (!typed) return open(false);
    if (typed === asked) return open(list.children.length > 0);
    asked = typed;
    try {
      const answer = await fetch(`${field.dataset["suggest"]}?q=${encodeURIComponent(typed)}`);
      if (!answer.ok || asked !== typed) return;
      const { suggestions } = (await answer.json()) as { suggestions: string[] };
      list.replaceChildren(...suggestions.map((text, place) => {
        const option = Object.assign(document.createElement("li"), { id: `${list.id}-${place}`, textContent: text });
        option.setAttribute("role", "option");
        return option;
      }));
      open(suggestions.length > 0 && document.activeElement === field);
    } catch {
      asked = ""; // offline: the next letter asks again
    }
  };
  const take = (option: Element | undefined): void => {
    field.value = option?.textContent ?? field.value;
    open(false);
    form.requestSubmit();
  };

  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!(event as InputEvent).isComposing) timer = window.setTimeout(() => void ask(), WAIT_MS);
  });
  field.addEventListener("compositionend", () => void ask());
  field.addEventListener("blur", () => open(false));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) return void ask();
      const count = list.children.length + 1; // one place more: none of them
      point(((at + 1 + step + count) % count) - 1);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // the browser would empty the field
      open(false);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest("li");
    if (option) take(option);
  });
}
