// Small conveniences of every page. Nothing here is needed: each page works without it.
import { startCountdowns } from "./clock";
import { suggest } from "./suggest";

function themeButton(button: HTMLButtonElement): void {
  const root = document.documentElement;
  const label = button.querySelector("span");
  const dark = (): boolean =>
    root.dataset["theme"] ? root.dataset["theme"] === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const show = (): void => {
    if (label) label.textContent = (dark() ? button.dataset["light"] : button.dataset["dark"]) ?? "";
    button.value = dark() ? "light" : "dark";
  };
  button.addEventListener("click", (event) => {
    event.preventDefault();
    const theme = dark() ? "light" : "dark";
    root.dataset["theme"] = theme;
    document.querySelector<HTMLMetaElement>("meta[name=color-scheme]")?.setAttribute("content", theme);
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    show();
  });
  show();
}

/** A form goes off once; a page brought back by the browser's history is fresh again. */
function guardSubmits(): void {
  const release = (form: HTMLFormElement): void => {
    delete form.dataset["sent"];
    form.querySelectorAll<HTMLButtonElement>("button[data-once]").forEach((button) => {
      button.removeAttribute("aria-disabled");
      if (button.dataset["label"]) button.textContent = button.dataset["label"];
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset["sent"]) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "1";
    const pressed = event.submitter as HTMLButtonElement | null;
    if (pressed?.matches("button[data-once]")) {
      pressed.dataset["label"] = pressed.textContent ?? "";
      pressed.textContent = pressed.dataset["busy"] ?? "";
      pressed.setAttribute("aria-disabled", "true");
    }
    setTimeout(() => release(form), 15_000);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form").forEach(release);
  });
}

function countCharacters(area: HTMLTextAreaElement): void {
  const counter = document.createElement("span");
  counter.className = "counter num";
  counter.setAttribute("aria-hidden", "true");
  area.after(counter);
  const most = area.maxLength;
  const show = (): void => {
    const length = [...area.value].length;
    counter.textContent = `${length} / ${most}`;
    counter.classList.toggle("is-over", length >= most);
  };
  area.addEventListener("input", show);
  show();
}

/** `<select data-autosubmit>` sends its form by itself. */
function submitOnChange(select: HTMLSelectElement): void {
  select.addEventListener("change", () => select.form?.requestSubmit());
}

/** `<div data-when="reserve_kind=open">` stands there only while that is chosen. */
function showWhenChosen(): void {
  const parts = document.querySelectorAll<HTMLElement>("[data-when]");
  const show = (): void => parts.forEach((part) => {
    const [name, value] = (part.dataset["when"] ?? "").split("=");
    const field = part.closest("form")?.elements.namedItem(name ?? "");
    const chosen = field instanceof RadioNodeList || field instanceof HTMLSelectElement ? field.value : null;
    part.hidden = chosen !== null && chosen !== value && !part.querySelector("[aria-invalid]");
  });
  if (!parts.length) return;
  document.addEventListener("change", show);
  show();
}

/** The summary above a refused form says of each sentence which field it is about. */
function nameFaults(link: HTMLAnchorElement): void {
  const field = document.getElementById(`f-${link.dataset["names"]}`);
  const label = field?.matches("fieldset") ? field.querySelector("legend") : document.querySelector(`label[for="${field?.id}"]`);
  const name = label?.firstChild?.textContent?.trim();
  const said = link.textContent ?? "";
  if (name && name.length < 30 && !said.includes(name)) link.textContent = `${name}${document.documentElement.lang.startsWith("zh") ? "：" : ": "}${said}`;
}

document.documentElement.classList.add("js"); // shows what only a script can do
document.querySelectorAll<HTMLButtonElement>("[data-theme-toggle]").forEach(themeButton);
document.querySelectorAll<HTMLInputElement>("input[data-suggest]").forEach(suggest);
document.querySelectorAll<HTMLTextAreaElement>("textarea[data-counter]").forEach(countCharacters);
document.querySelectorAll<HTMLSelectElement>("select[data-autosubmit]").forEach(submitOnChange);
if (matchMedia("(max-width: 900px)").matches) {
  document.querySelectorAll<HTMLDetailsElement>("details[data-collapse-narrow]").forEach((part) => { part.open = false; });
}
document.querySelectorAll<HTMLAnchorElement>("#error-summary a[data-names]").forEach(nameFaults);
document.querySelector<HTMLElement>("[data-focus]")?.focus();
showWhenChosen();
guardSubmits();
startCountdowns();
