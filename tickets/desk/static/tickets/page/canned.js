// Canned answers and macros, by a slash at the beginning of a line of the reply; what a macro does is shown before it is done.
import { found } from "../fuzzy.js";
import { Listbox, lines } from "../listbox.js";

const LANGUAGES = { tr: "", en: "İngilizce", ar: "Arapça" };
const SLASH = /(^|\n)\/([^\n]*)$/; // up to the caret

export function canned(page, text) {
  const form = text.form;
  const macro = form.elements.macro;
  const panel = document.getElementById("macro");
  const send = form.querySelector("[data-send]");
  const reply = form.action;
  let known; // the answers, asked for when they are first needed
  const list = new Listbox(text, document.getElementById("answers"), {
    draw: ({ title, text: words, does, language }, item) => {
      lines(item, [does ? "Makro: " : "", title, LANGUAGES[language] && ` (${LANGUAGES[language]})`].join(""), [does, words].filter(Boolean).join(" · "));
    },
    pick,
  });

  text.addEventListener("canned", () => {
    text.focus();
    text.selectionStart = text.selectionEnd = text.value.length;
    text.setRangeText(`${text.value && !text.value.endsWith("\n") ? "\n" : ""}/`, text.value.length, text.value.length, "end");
    offer();
  });
  form.querySelector("[data-canned]").addEventListener("click", () => text.dispatchEvent(new Event("canned")));
  text.addEventListener("input", offer);
  panel.querySelector("[data-no-macro]").addEventListener("click", () => setMacro(null));
  form.addEventListener("previewed", look);
  page.addEventListener("renewed", () => (known = undefined));

  // A macro that was refused, or taken back, is still one: sent again, it does the same.
  macro.addEventListener("input", resume);
  if (macro.value) resume();

  async function resume() {
    const id = macro.value;
    setMacro({ id, title: "Makro", text: text.value });
    const row = (await answers())?.find((each) => String(each.id) === id);
    if (row && macro.value === id) panel.querySelector("b").textContent = row.title;
    form.dispatchEvent(new Event("input", { bubbles: true })); // the preview says what it does
  }

  function answers() {
    known ??= fetch(text.dataset.answers, { headers: { "X-Background": "1" } })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
      .then(({ answers: rows }) => rows)
      .catch(() => {
        known = undefined;
        return null;
      });
    return known;
  }

  async function offer() {
    const typed = SLASH.exec(text.value.slice(0, text.selectionStart));
    if (!typed) {
      list.hide();
      return;
    }
    const rows = await answers();
    const query = SLASH.exec(text.value.slice(0, text.selectionStart));
    if (!query) return;
    if (!rows) list.show([], "Hazır cevaplar alınamadı. Yeniden deneyin.");
    else list.show(found(rows, query[2], ({ title, text: words }) => [title, words]), "Böyle bir hazır cevap yok.");
  }

  function pick(row) {
    const typed = SLASH.exec(text.value.slice(0, text.selectionStart));
    const from = typed ? typed.index + typed[1].length : text.selectionStart;
    text.setRangeText(row.text, from, text.selectionStart, "end");
    setMacro(row.does ? row : null);
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function setMacro(row) {
    macro.disabled = !row;
    macro.value = row?.id ?? "";
    form.elements.stamp.value = "";
    text.required = !row || Boolean(row.text);
    panel.hidden = !row;
    send.querySelector("span").textContent = row ? "Uygula" : "Gönder";
    form.action = row ? send.dataset.macroAction : reply; // not the button's: Ctrl+Enter presses none
    panel.querySelector("ul").replaceChildren();
    panel.querySelector("b").textContent = row?.title ?? "";
  }

  /** What it changes besides, and why it may not be done, if it may not. */
  function look({ detail: { changes = [], reason = "", stamp = "" } }) {
    form.elements.stamp.value = stamp;
    const told = [...changes, ...(reason ? [`Yapılamaz: ${reason}`] : [])];
    panel.querySelector("ul").replaceChildren(...told.map((each) => Object.assign(document.createElement("li"), { textContent: each })));
  }
}
