// The desk: who waits at the left, the open talk at the right. The list renews itself, what is done with a talk is done
// without leaving the page, and then the next one opens. On a narrow screen list and talk are pages, one after the other.
import { hint, hold, release, say } from "../desk/letters.js";
import { place } from "../desk/lists.js";
import { giveBack } from "../desk/restore_form.js";
import { alerts } from "./alerts.js";
import { clock } from "./clock.js";
import { keys } from "./keys.js";
import { list } from "./list.js";
import { talk } from "./talk.js";
import { undo } from "./undo.js";

const LIST = "/admin/bekleyenler/";
const desk = document.getElementById("desk");
const alone = desk.classList.contains("alone"); // one talk, without the list
const advance = document.getElementById("advance");
const ADVANCE = `desk-advance:${desk.dataset.user}`; // each person decides for themselves
const GIVEN_BACK = "desk:given-back"; // in the tab's store: text that the next page puts into the box of that talk
const CAME_UNASKED = "desk:came-unasked"; // in the tab's store: the next page is one that nobody asked for

const WIDE = matchMedia("(min-width: 901px)");

const waiters = list(desk);
const taken = undo({ reopen });
const talks = talk(desk, { say, done, taken, waiters });
const goesOn = () => localStorage.getItem(ADVANCE) !== "off";

if (advance) {
  advance.checked = goesOn();
  advance.addEventListener("change", () => localStorage.setItem(ADVANCE, advance.checked ? "on" : "off"));
}
alerts(waiters);
clock(desk);
keys(desk, { step, talks });

// What was taken back stands in the list again. Of an act of another page nothing is known but that it is undone.
async function reopen({ address, given }) {
  await waiters.now();
  if (!address) return talks.renew();
  if (alone ? address === talks.address() : WIDE.matches) return open(address, { given });
  sessionStorage.setItem(GIVEN_BACK, JSON.stringify({ address, given }));
  return location.assign(address);
}

function open(address, how) {
  waiters.mark(address);
  return talks.open(address, how);
}

// The talk before or after the open one, in the order of the list.
function step(by) {
  if (alone) return leave(place()?.[by > 0 ? "next" : "previous"] ?? LIST);
  const address = waiters.beside(talks.address(), by);
  if (address) return open(address);
  const further = waiters.further(by);
  if (further) return location.assign(further);
  return hint(by > 0 ? "Listenin sonundasınız." : "Listenin başındasınız.");
}

// Something was done that ends the waiting of that talk, the open one: the one after it opens, unless the person wants to stay.
async function done(here) {
  if (alone) return leave((goesOn() && place()?.next) || LIST, { unasked: true });
  const next = waiters.beside(here, 1) ?? waiters.beside(here, -1);
  waiters.drop(here);
  if (next && goesOn()) await open(next, { unasked: true });
  else talks.renew();
  waiters.renew();
  return null;
}

// To another page; until it is there no letter is for the talk that is left.
function leave(address, { unasked = false } = {}) {
  hold();
  if (unasked) sessionStorage.setItem(CAME_UNASKED, "1");
  return location.assign(address);
}

desk.addEventListener("click", (event) => {
  const by = event.target.closest("[data-along]");
  if (by) step(Number(by.dataset.along));
  const row = event.target.closest("#people a");
  if (!row || !WIDE.matches || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(row.getAttribute("href"));
});
if (sessionStorage.getItem(CAME_UNASKED)) {
  sessionStorage.removeItem(CAME_UNASKED);
  release({ unasked: true });
}
if (alone) {
  const { address, given } = JSON.parse(sessionStorage.getItem(GIVEN_BACK) ?? "{}");
  sessionStorage.removeItem(GIVEN_BACK);
  if (given && address === talks.address()) giveBack(given);
}
// On a wide screen the one who has waited longest is open from the start; on a telephone the list is.
const first = waiters.first();
if (first && WIDE.matches) open(first, { focus: false });
