// A half-written reply outlives a note that is added meanwhile, a move, a look at another ticket, and is found on another
// device: the server keeps it. Here it is kept as long as the tab, and a note too. What has been sent is kept until the
// next page, which may be that of signing in (melikgazi/session.js).
import { post } from "./post.js";

const PAUSE = 1000; // ms after the last key

export function drafts(page) {
  for (const area of page.querySelectorAll("#composer textarea")) {
    const key = `${page.dataset.address}#${area.id}`;
    const kept = { text: sessionStorage.getItem(`draft:${key}`), at: Number(sessionStorage.getItem(`typed:${key}`)) };
    // Of what this tab and another device kept, the later one.
    if (kept.text && (!area.value || kept.at > 1000 * Number(area.dataset.draftAt ?? 0))) area.value = kept.text;
    const keep = area.dataset.draft ? server(area) : () => {};
    area.addEventListener("input", () => {
      sessionStorage.setItem(`draft:${key}`, area.value);
      sessionStorage.setItem(`typed:${key}`, Date.now());
      keep();
    });
    area.form.addEventListener("submit", () => {
      keep.stop?.();
      if (area.value) sessionStorage.setItem(`sent:${key}`, area.value);
      sessionStorage.removeItem(`draft:${key}`);
    });
  }
}

/** Hands what is typed to the server, and tells who else is writing. Without a connection the tab has it. */
function server(area) {
  let timer;
  const send = async () => {
    const answer = await post(area.dataset.draft, { text: area.value }, { "X-Background": "1" }).catch(() => null);
    if (!answer?.ok) return;
    const { writing } = await answer.json();
    document.getElementById("writing").textContent = writing.length ? `${writing.join(", ")} de bu vatandaşa yazıyor` : "";
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  };
  later.stop = () => clearTimeout(timer);
  return later;
}
