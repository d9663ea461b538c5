// The live board: renews itself, and asks whom a shift is handed over to.

const board = document.getElementById("board");
const live = document.getElementById("board-live");
const dialog = document.getElementById("hand-over");
const state = document.getElementById("board-state");
let stamp = "";

/** Somebody who is choosing is not disturbed. */
const busy = () => live.contains(document.activeElement) && document.activeElement.matches("select, input");

async function look() {
  if (document.hidden || busy()) return;
  const response = await fetch(board.dataset.live, {
    headers: { "X-Background": "1", ...(stamp && { "If-None-Match": stamp }) },
    cache: "no-store",
    redirect: "error",
  }).catch(() => null); // offline: the next look will tell
  state.textContent = response ? "" : " · bağlantı yok, son hâli görünüyor";
  if (response?.status !== 200 || busy()) return;
  stamp = response.headers.get("ETag");
  const html = await response.text();
  const chosen = new Map(givers().map((form) => [subject(form), form.elements.assignee.value]));
  live.innerHTML = html;
  for (const form of givers()) form.elements.assignee.value = chosen.get(subject(form)) ?? "";
}

const givers = () => [...live.querySelectorAll("form.give")];
const subject = (form) => form.elements.what.value + form.elements.key.value;

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-hand-over]");
  if (button) {
    const giver = dialog.querySelector("[name=giver]");
    if (button.dataset.handOver) giver.value = button.dataset.handOver;
    dialog.showModal();
  }
  if (event.target.closest("[data-close]")) dialog.close();
});
setInterval(look, board.dataset.seconds * 1000);
document.addEventListener("visibilitychange", look);
