// Looks things up while the clerk types; the form itself works without it.
import { Listbox, lines } from "./listbox.js";
import { subjects } from "./subjects.js";

const form = document.getElementById("intake");
const field = (name) => form.elements.namedItem(name);
const PAUSE = 300; // ms without a key before something is looked up
const DIGITS = 4; // the last ones of a number find whoever may be seen

/** Asks for a fragment with the form as it stands; only the answer to the latest question is shown. */
function lookUp(address, into, after) {
  let latest = 0;
  return async () => {
    const mine = ++latest;
    const answer = await fetch(address, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (mine !== latest || !answer?.ok) return; // no connection: the next key asks again
    into.innerHTML = await answer.text();
    after?.(into);
  };
}

function later(look) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  };
}

const askCaller = later(
  lookUp(form.dataset.caller, document.getElementById("caller"), (shown) => {
    const name = shown.querySelector("[data-name]")?.dataset.name;
    if (name && !field("name").value) field("name").value = name;
  }),
);
// A part of a number is nobody's: neither asked for nor kept.
const asksFor = (typed) => typed.length === DIGITS || typed.length >= 10;
field("phone").addEventListener("input", () => {
  field("known").value = "";
  if (asksFor(field("phone").value.replace(/\D/g, ""))) askCaller();
  else document.getElementById("caller").replaceChildren();
});
field("phone").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey) return;
  event.preventDefault();
  field("description").focus();
});

// --- the subject: proposed as the clerk types, until they choose one themselves
subjects(form);
let proposed = ""; // the category that was filled in and not chosen
const askSuggestion = later(
  lookUp(form.dataset.suggestion, document.getElementById("suggestion"), (shown) => {
    const offer = shown.querySelector("[data-take][data-sure]")?.dataset;
    if (offer && (!field("category").value || field("category").value === proposed)) fill(offer);
  }),
);
for (const name of ["description", "pin"]) field(name).addEventListener("input", askSuggestion);
for (const name of ["category", "neighbourhood"]) field(name).addEventListener("change", askSuggestion);

function fill(offer) {
  proposed = offer.category;
  field("category").value = offer.category;
  field("category").dispatchEvent(new Event("chosen"));
  if (offer.neighbourhood && !field("neighbourhood").value) {
    field("neighbourhood").value = offer.neighbourhood;
    field("neighbourhood").dispatchEvent(new Event("change")); // the map goes there
  }
  document.getElementById("proposed").textContent = offer.told ? `Hattın önerisi: ${offer.told}. Değilse düzeltin.` : "";
}

function take() {
  const offer = form.querySelector("[data-take]")?.dataset;
  if (!offer) return;
  fill(offer);
  for (const name of ["neighbourhood", "kind"]) if (offer[name]) field(name).value = offer[name];
  if (offer.urgent) field("urgent").checked = true;
  field("neighbourhood").dispatchEvent(new Event("change"));
}

// --- the address: mahalleler, main roads and streets by what is typed of them
const address = field("address");
let turn = 0;
const places = new Listbox(address, document.getElementById("places"), {
  draw: ({ name, kind }, item) => lines(item, name, kind),
  pick: ({ address: street, mahalle }) => {
    address.value = street ? `${street} ` : "";
    if (!mahalle) return;
    field("neighbourhood").value = mahalle;
    field("neighbourhood").dispatchEvent(new Event("change"));
  },
});
address.addEventListener(
  "input",
  later(async () => {
    const mine = ++turn;
    const answer = await fetch(`${form.dataset.places}?q=${encodeURIComponent(address.value)}`).catch(() => null);
    if (mine !== turn || !answer?.ok) return;
    const { places: found } = await answer.json();
    if (document.activeElement === address) places.show(found);
  }),
);

form.addEventListener("click", (event) => {
  if (event.target.closest("[data-take]")) take();
});
form.addEventListener("change", ({ target }) => {
  if (target.name === "same") {
    field("same_as").value = target.value;
    for (const other of form.querySelectorAll("[name=same]")) if (other !== target) other.checked = false;
  }
  if (target.name === "who") {
    field("known").value = target.value;
    field("name").value = target.dataset.who;
    askCaller();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "F2") {
    event.preventDefault();
    take();
  }
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});
// A ringing telephone waits for no click; a mistake comes first.
(form.querySelector("[aria-invalid=true]") ?? field("phone")).focus();
if (asksFor(field("phone").value.replace(/\D/g, ""))) askCaller();
if (field("description").value) askSuggestion();
