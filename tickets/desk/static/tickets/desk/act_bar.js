// What was done last is said once and can be taken back while its seconds run, by its button or by Z. The words that were
// sent with it stand in their fields again. Pages that act without being loaded anew say so by the event "acted", with
// what to say of it; what such a page has taken back by itself it tells by "taken-back".
import { letterOf, say } from "./letters.js";
import { giveBack, written } from "./restore_form.js";

const bar = document.getElementById("act-bar");
const form = document.getElementById("act-undo");
const left = document.getElementById("act-left");
const SENT = "act:sent"; // in the tab's store: where a form was sent from and what was written in it
const GIVEN_BACK = "act:given-back";
let timer;
let asking = 0; // looks at what can be taken back that have no answer yet
let wanted = false; // Z was pressed meanwhile
let latest = form.getAttribute("action"); // the address of the act that was offered last

function offer({ title, seconds, address }, words = title) {
  clearInterval(timer);
  form.hidden = !seconds;
  if (words) say(words);
  if (!seconds) return;
  latest = address;
  form.action = address;
  let n = seconds;
  const tell = () => {
    left.textContent = `${n} sn`;
    if (n-- > 0) return;
    clearInterval(timer);
    form.hidden = true;
    say("");
    document.dispatchEvent(new CustomEvent("act-over"));
  };
  tell();
  timer = setInterval(tell, 1000);
}

async function lookAgain({ detail: words }) {
  offer({}, words);
  asking += 1;
  const answer = await fetch(bar.dataset.offered, { headers: { "X-Background": "1" } }).catch(() => null);
  const act = answer?.ok ? await answer.json().catch(() => ({})) : {};
  asking -= 1;
  // What leaves at once is no act: then the one that is offered is an earlier one, and not what was just said.
  if (act.address !== latest && act.seconds) offer(act, words || act.title);
  else if (words === "") say("Yapıldı.");
  if (wanted && !asking && !form.hidden) form.requestSubmit();
  wanted &&= asking > 0;
}

// An empty live region is read out when it is filled: a moment after the page has come.
if (!form.hidden) setTimeout(offer, 50, { title: form.dataset.title, seconds: Number(form.dataset.seconds), address: latest });
document.addEventListener("taken-back", ({ detail: words }) => offer({}, words));
document.addEventListener("acted", lookAgain);

addEventListener("keydown", (event) => {
  if (letterOf(event) !== "z" || (form.hidden && !asking)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.hidden) wanted = true;
  else form.requestSubmit();
}, { capture: true });

// Where a form's buttons do different things, Enter in a field would press the first of them: nobody chose that.
addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[data-no-enter] input:not([type=file])")) event.preventDefault();
});

// A telephone rings: a new request from any page, for whoever may open one.
addEventListener("keydown", (event) => {
  const page = bar.dataset.newTicket;
  if (letterOf(event) !== "q" || !page || location.pathname === page) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  location.assign(page);
}, { capture: true });

// --- words ---------------------------------------------------------------------------------------------------

addEventListener("submit", (event) => {
  const sent = event.target;
  if (sent === form) sessionStorage.setItem(GIVEN_BACK, sessionStorage.getItem(SENT) ?? "");
  else if (sent.method === "post") sessionStorage.setItem(SENT, JSON.stringify({ page: location.pathname, ...written(sent, event.submitter) }));
});

const kept = JSON.parse(sessionStorage.getItem(GIVEN_BACK) || "null");
sessionStorage.removeItem(GIVEN_BACK);
if (kept?.page === location.pathname && "takenBack" in bar.dataset) giveBack(kept);

// --- keys ----------------------------------------------------------------------------------------------------

const help = bar.querySelector("[data-help]");
if (help && document.querySelector("dialog.help")) {
  help.hidden = false;
  help.addEventListener("click", () => document.querySelector("dialog.help").showModal());
}

for (const box of document.querySelectorAll("[data-single-letters]")) {
  box.checked = bar.dataset.letters === "on";
  box.addEventListener("change", () => {
    bar.dataset.letters = box.checked ? "on" : "off";
    const body = new FormData();
    body.append("letters", bar.dataset.letters);
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    fetch(bar.dataset.switch, { method: "POST", body });
  });
}
