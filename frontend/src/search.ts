// What is ticked to be compared: counted, no more than fit, and kept for the next page of results.
const form = document.querySelector<HTMLFormElement>("form[data-compare]");
const said = form?.querySelector<HTMLElement>("[data-compare-said]");

if (form && said) {
  const most = form.dataset["compare"] ?? "4";
  const say = (sentence: string | undefined, count: number): void => {
    said.textContent = (sentence ?? "").replace("{n}", String(count)).replace("{most}", most);
  };
  form.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    const chosen = new FormData(form).getAll("item").filter((item) => item !== "");
    if (chosen.length > Number(most)) {
      box.checked = false;
      say(form.dataset["full"], chosen.length - 1);
      return;
    }
    say(form.dataset["said"], chosen.length);
    said.parentElement?.classList.toggle("is-chosen", chosen.length > 0);
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `compare=${chosen.join(".")}; Path=/; Max-Age=2592000; SameSite=Lax${secure}`;
  });
}
export {};
