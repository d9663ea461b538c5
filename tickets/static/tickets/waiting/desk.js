// The desk: who waits at the left, the open talk at the right. The list renews itself, what is done with a talk is done
// without leaving the page, and then the next one opens.
import { alerts } from "./alerts.js";
import { clock } from "./clock.js";
import { keys } from "./keys.js";
import { list } from "./list.js";
import { talk } from "./talk.js";
import { undo } from "./undo.js";

const desk = document.getElementById("desk");
const said = document.getElementById("said");
const advance = document.getElementById("advance");
const ADVANCE = `desk-advance:${desk.dataset.user}`; // each person decides for themselves

const WIDE = matchMedia("(min-width: 901px)"); // else list and talk are pages, one after the other

const say = (words) => {
  said.textContent = words;
};
const waiters = list(desk);
const taken = undo({ say, reopen });
const talks = talk(desk, { say, done, taken, waiters });

if (advance) {
  advance.checked = localStorage.getItem(ADVANCE) !== "off";
  advance.addEventListener("change", () => localStorage.setItem(ADVANCE, advance.checked ? "on" : "off"));
}
alerts(desk, waiters);
clock(desk);
keys(desk, { step, talks, taken });

// What was taken back stands in the list again.
async function reopen(address, written) {
  await waiters.now();
  return open(address, { written });
}

function open(address, { written, focus = true } = {}) {
  waiters.mark(address);
  return talks.open(address, { written, focus });
}

// The talk before or after the open one, in the order of the list; without a list (one talk alone) the list itself.
function step(by) {
  const address = waiters.beside(talks.address(), by);
  if (address) return open(address);
  if (desk.classList.contains("alone")) location.assign("/admin/bekleyenler/");
  else say(by > 0 ? "Listenin sonundasınız." : "Listenin başındasınız.");
  return null;
}

// Something was done that ends the waiting of the open talk: the one after it opens, unless the person wants to stay.
async function done(words) {
  const here = talks.address();
  const next = waiters.beside(here, 1) ?? waiters.beside(here, -1);
  waiters.drop(here);
  say(words);
  if (desk.classList.contains("alone")) return location.assign("/admin/bekleyenler/");
  if (next && (advance?.checked ?? true)) await open(next);
  else talks.renew();
  waiters.renew();
  return null;
}

desk.addEventListener("click", (event) => {
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  const by = event.target.closest("[data-along]");
  if (by) step(Number(by.dataset.along));
  const row = event.target.closest("#people a");
  if (!row || !WIDE.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(row.getAttribute("href"));
});
// On a wide screen the one who has waited longest is open from the start; on a telephone the list is.
const first = waiters.first();
if (first && WIDE.matches) open(first, { focus: false });
