// What the citizen will read of what is typed: of a reply once the window is shut, of a move that tells them something.
import { post } from "./post.js";

const PAUSE = 300; // ms after the last key
const NOTHING = "Mesaj gitmez: vatandaş WhatsApp’tan yazmamış ya da ara haber istememiş.";

export function previews(page) {
  const waiting = new WeakMap();
  const asked = new WeakMap();
  const told = (target) => target.closest?.("form[data-told]");
  page.addEventListener("input", (event) => {
    const form = told(event.target);
    if (!form) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(show, PAUSE, form));
  });
  const opened = (event) => event.target.matches(".move") && all(event.target);
  page.addEventListener("toggle", opened, { capture: true });
  page.addEventListener("renewed", () => all(page));
  all(page);

  function all(within) {
    within.querySelectorAll("form[data-told]").forEach(show);
  }

  function wanted(form) {
    const move = form.closest(".move");
    if (move) return move.open;
    if (form.matches(".step")) return true;
    if (form.elements.macro?.disabled === false) return true;
    return form.elements.text.value.trim() && document.getElementById("window").hasAttribute("data-shut");
  }

  async function show(form) {
    const box = form.querySelector(".preview");
    const turn = (asked.get(form) ?? 0) + 1;
    asked.set(form, turn);
    if (!wanted(form)) {
      box.hidden = true;
      return;
    }
    const typed = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    const answer = await post(page.dataset.preview, Object.fromEntries(typed)).catch(() => null);
    if (!answer || turn !== asked.get(form)) return;
    const told = await answer.json().catch(() => ({}));
    form.dispatchEvent(new CustomEvent("previewed", { detail: told }));
    if (!answer.ok) return;
    const { text, template } = told;
    const how = template ? "Vatandaşın okuyacağı (onaylı şablonla)" : "Vatandaşın okuyacağı";
    box.querySelector(".faint").textContent = text ? how : NOTHING;
    box.querySelector(".text").textContent = text;
    box.hidden = false;
  }
}
