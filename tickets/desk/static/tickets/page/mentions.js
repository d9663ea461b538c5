// Colleagues offered while a note names one with @; only those who may see the ticket.
import { Listbox, lines } from "../listbox.js";

const AT = /(^|[\s(,;:])@([\p{L}\p{N}._+-]*)$/u; // up to the caret
const PAUSE_MS = 150; // after the last letter

export function mentions(note) {
  if (!note) return;
  let turn = 0;
  let later = 0;
  const list = new Listbox(note, document.getElementById("colleagues"), {
    draw: ({ name, username }, item) => lines(item, name, `@${username}`),
    pick: ({ username }) => {
      const typed = AT.exec(note.value.slice(0, note.selectionStart));
      note.setRangeText(`@${username} `, typed.index + typed[1].length, note.selectionStart, "end");
      note.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  note.addEventListener("input", () => {
    const mine = ++turn;
    const typed = AT.exec(note.value.slice(0, note.selectionStart));
    clearTimeout(later);
    if (typed) later = setTimeout(ask, PAUSE_MS, mine, typed);
    else list.hide();
  });

  async function ask(mine, typed) {
    const answer = await fetch(`${note.dataset.colleagues}?q=${encodeURIComponent(typed[2])}`, { headers: { "X-Background": "1" } }).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    list.show((await answer.json()).colleagues, "Bu başvuruyu görebilen böyle biri yok.");
  }
}
