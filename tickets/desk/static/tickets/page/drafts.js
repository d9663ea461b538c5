// A half-written reply outlives a note that is added meanwhile, a move, a look at another ticket, and is found on another
// device: the server keeps it, for each user and citizen. Here it is kept as long as the tab, a note too, until it is known
// to have arrived: where a form leads to a new page, the next one says so (melikgazi/session.js); where not, `sent`.
import { post } from "./post.js";

const PAUSE = 1000; // ms after the last key

const boxes = (page) => [...page.querySelectorAll("#composer textarea")];
const keyOf = (page, area) => {
  const { user } = document.getElementById("act-bar").dataset;
  return `${user}:${area.id}:${area.id === "reply" ? page.dataset.citizen : page.dataset.ticket}`;
};

export function drafts(page) {
  for (const area of boxes(page)) {
    const key = keyOf(page, area);
    const kept = JSON.parse(sessionStorage.getItem(`draft:${key}`) ?? "null");
    const at = 1000 * Number(area.dataset.draftAt ?? 0); // when the server got what it has
    // Of what this tab and another device kept, the later one. What the server had when this page was read, and has no more,
    // was sent elsewhere; what it got while the page was on its way is kept.
    if (kept?.saved && !at && kept.saved <= Number(area.dataset.readAt)) sessionStorage.removeItem(`draft:${key}`);
    else if (kept?.text && (!area.value || kept.at > at)) area.value = kept.text;
    const keep = (saved = 0) => sessionStorage.setItem(`draft:${key}`, JSON.stringify({ text: area.value, at: Date.now(), saved }));
    const later = area.dataset.draft ? server(area, keep) : () => {};
    const typed = () => {
      keep();
      later();
    };
    area.addEventListener("input", typed);
    area.form.addEventListener("submit", () => {
      later.stop?.();
      if (area.value) sessionStorage.setItem(`sent:${key}`, JSON.stringify({ text: area.value, at: Date.now(), saved: false }));
      sessionStorage.removeItem(`draft:${key}`);
    });
    area.addEventListener("refused", typed); // it stands in its box again, or still
    if (area.value && document.getElementById("refusal")) typed();
  }
}

/** What these boxes held has arrived: no draft any more. */
export function sent(page, form) {
  for (const area of boxes(page).filter((each) => each.form === form)) {
    area.value = "";
    for (const kind of ["draft", "sent"]) sessionStorage.removeItem(`${kind}:${keyOf(page, area)}`);
  }
}

/** What these boxes hold was refused: a draft as before. */
export function refused(page, form) {
  for (const area of boxes(page).filter((each) => each.form === form && each.value)) {
    sessionStorage.removeItem(`sent:${keyOf(page, area)}`);
    area.dispatchEvent(new Event("refused"));
  }
}

/** Hands what is typed to the server, and tells who else is writing. Without a connection the tab has it. */
function server(area, keep) {
  let timer;
  const send = async () => {
    const text = area.value;
    const answer = await post(area.dataset.draft, { text }, { "X-Background": "1" }).catch(() => null);
    if (!answer?.ok) return;
    const { writing, at } = await answer.json();
    if (area.value === text && text.trim()) keep(at);
    const shown = document.getElementById("writing");
    if (shown && area.isConnected) shown.textContent = writing.length ? `Bu vatandaşa yazan: ${writing.join(", ")}` : "";
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  };
  later.stop = () => clearTimeout(timer);
  return later;
}
