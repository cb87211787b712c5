// The amount of a bid: the next lawful amounts as buttons, steps up and down, and the keys of the
// field itself. Keys act only while the field has the focus, so they clash with no screen reader.
import { yuanShort } from "./curve";

type Tier = [since: number, step: number];

export interface Field {
  /** The least lawful amount above a price, in 分. */
  above: (price: number) => number;
  /** The least amount has changed: fill the field unless something was typed into it. */
  showLeast: (least: number) => void;
  /** Note what is being typed anywhere in the box; the answer puts it into the box's new rendering. */
  keep: () => () => void;
}

const KEYS: Record<string, number> = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

export function startField(root: HTMLElement): Field {
  const tiers = JSON.parse(root.dataset["tiers"] ?? "[]") as Tier[];
  const input = (): HTMLInputElement | null => root.querySelector<HTMLInputElement>("[data-amount]");
  const stepAt = (price: number): number =>
    ([...tiers].reverse().find(([since]) => since <= price) ?? tiers[0] ?? [0, 0])[1];
  const above = (price: number): number => price + stepAt(price);
  const below = (price: number): number => price - stepAt(Math.max(0, price - 1));

  const typed = (field: HTMLInputElement): number => {
    const amount = Math.round(Number(field.value.replace(/[,，¥￥\s]/g, "")) * 100);
    return Number.isFinite(amount) && amount > 0 ? amount : least(field);
  };
  const least = (field: HTMLInputElement): number => Number(field.dataset["least"]);
  const fill = (field: HTMLInputElement, minor: number): void => {
    field.value = plain(minor);
    field.dataset["typed"] = "1";
    field.form?.querySelector("[data-jump]")?.remove();
    field.setCustomValidity("");
  };
  /** So many steps up or down from what stands in the field, never below the least. */
  const move = (field: HTMLInputElement, steps: number): void => {
    let amount = typed(field);
    for (let i = 0; i < Math.abs(steps); i++) amount = steps > 0 ? above(amount) : below(amount);
    fill(field, Math.max(amount, least(field)));
  };
  const back = (field: HTMLInputElement): void => {
    field.value = plain(least(field));
    delete field.dataset["typed"];
  };

  const showAsks = (first: number): void => {
    let amount = first;
    root.querySelectorAll<HTMLButtonElement>("[data-ask]").forEach((button) => {
      button.dataset["ask"] = String(amount);
      button.textContent = yuanShort(amount);
      amount = above(amount);
    });
  };
  const showLeast = (minor: number): void => {
    root.querySelectorAll<HTMLElement>("[data-next]").forEach((element) => { element.textContent = yuanShort(minor); });
    showAsks(minor);
    const field = input();
    if (!field) return;
    field.dataset["least"] = String(minor);
    if (!field.dataset["typed"]) field.value = plain(minor);
  };

  root.addEventListener("input", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches("[data-amount]")) field.dataset["typed"] = "1";
    // what was confirmed was another amount
    if (field.name === "amount") field.form?.querySelector("[data-jump]")?.remove();
  });
  root.addEventListener("click", (event) => {
    const button = (event.target as HTMLElement).closest<HTMLElement>("[data-steps], [data-ask]");
    const field = input();
    if (!button || !field) return;
    if (button.dataset["ask"]) fill(field, Number(button.dataset["ask"]));
    else if (button.dataset["steps"] === "0") back(field);
    else move(field, Number(button.dataset["steps"]));
  });
  root.addEventListener("keydown", (event) => {
    const field = event.target as HTMLInputElement;
    if (!field.matches("[data-amount]") || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = KEYS[event.key];
    if (steps !== undefined) move(field, steps);
    else if (event.key === "Escape") back(field);
    else return;
    event.preventDefault();
  });

  const INPUTS = "form[data-bid] input:not([type=hidden])";
  const nameOf = (one: HTMLInputElement): string => `${one.form?.getAttribute("action")} ${one.name}`;
  const keep = (): (() => void) => {
    const held = new Map([...root.querySelectorAll<HTMLInputElement>(INPUTS)].map((one) => [nameOf(one), one]));
    const focused = document.activeElement;
    return () => {
      root.querySelectorAll<HTMLInputElement>(INPUTS).forEach((fresh) => {
        const old = held.get(nameOf(fresh));
        if (!old) return;
        const untouched = old.matches("[data-amount]") && !old.dataset["typed"];
        if (old.type === "checkbox") fresh.checked = old.checked;
        else if (old.value && !untouched) fresh.value = old.value;
        if (old.dataset["typed"]) fresh.dataset["typed"] = "1";
        if (old.value && !untouched) fresh.closest("details")?.setAttribute("open", "");
        if (old === focused) fresh.focus({ preventScroll: true });
      });
    };
  };
  return { above, showLeast, keep };
}

/** 分 as the field takes them: 3910000 or 3910000.50. */
function plain(minor: number): string {
  return minor % 100 ? (minor / 100).toFixed(2) : String(minor / 100);
}
