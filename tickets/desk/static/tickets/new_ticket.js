// Looks things up while the clerk types; the form itself works without it.
import { Listbox, lines } from "./listbox.js";
import { subjects } from "./subject_select.js";

const form = document.getElementById("intake");
const field = (name) => form.elements.namedItem(name);
const PAUSE = 300; // ms without a key before something is looked up
let proposed = ""; // the category that was filled in and not chosen
const DIGITS = 4; // the last ones of a number find whoever may be seen

/** Asks for a fragment with the form as it stands; only the answer to the latest question is shown. */
function lookUp(address, into, after) {
  let latest = 0;
  return async () => {
    const mine = ++latest;
    const body = new FormData(form);
    if (proposed && body.get("category") === proposed) body.delete("category"); // nobody has chosen it
    const answer = await fetch(address, { method: "POST", body }).catch(() => null);
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

// --- the caller: by the number
const caller = document.getElementById("caller");
let filledName = ""; // the name that was filled in and not typed
const askCaller = later(
  lookUp(form.dataset.caller, caller, (shown) => {
    const name = shown.querySelector("[data-name]")?.dataset.name;
    if (name && !field("name").value) fillName(name);
    stillOffered(shown);
  }),
);
// A part of a number is nobody's: neither asked for nor kept.
const digits = () => field("phone").value.replace(/\D/g, "").length;
const asksFor = () => digits() === DIGITS || digits() >= 10;

function fillName(name) {
  filledName = field("name").value = name;
}

field("phone").addEventListener("input", () => {
  // Another number is somebody else: nothing of the one before is theirs.
  field("known").value = "";
  if (filledName && field("name").value === filledName) fillName("");
  addTo("");
  if (asksFor()) askCaller();
  else caller.replaceChildren();
});
field("name").addEventListener("input", () => {
  if (digits() === DIGITS && !field("known").value) askCaller(); // of many with these digits those of that name
});
field("phone").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey) return;
  event.preventDefault();
  field("description").focus();
});

// --- which ticket it is added to: always said, and chosen no longer where it is not offered any more
const suggestion = document.getElementById("suggestion");
const target = document.getElementById("added-to");
const unanswered = new Set(asksFor() ? [caller, suggestion] : [suggestion]); // sections that may yet offer it

function addTo(number, own = false) {
  field("same_as").value = number;
  for (const each of form.querySelectorAll("[name=same]")) each.checked = each.value === number;
  target.hidden = !number;
  target.querySelector("b").textContent = number;
  target.querySelector("span").textContent = own ? "başvurusuna eklenecek" : "ile aynı konu: yeni başvuru ona bağlanacak";
  document.getElementById("open").textContent = own ? "Başvuruya ekle" : "Başvuruyu aç";
  if (own && proposed && field("category").value === proposed) choose(""); // the ticket has a subject already
}

function stillOffered(shown) {
  unanswered.delete(shown);
  const number = field("same_as").value;
  if (!number) return;
  const offered = form.querySelector(`[name=same][value="${CSS.escape(number)}"]`);
  if (offered) addTo(number, caller.contains(offered));
  else if (!unanswered.size) addTo("");
}

target.querySelector("button").addEventListener("click", () => addTo(""));

// --- the subject: proposed as the clerk types, until they choose one themselves
subjects(form);
const askSuggestion = later(
  lookUp(form.dataset.suggestion, suggestion, (shown) => {
    const offer = shown.querySelector("[data-take]")?.dataset;
    const told = offer?.danger ? `Hattın anladığı: ${offer.danger}` : "";
    const danger = document.getElementById("read-danger");
    if (danger.textContent !== told) danger.textContent = told;
    stillOffered(shown);
    const own = caller.querySelector("[name=same]:checked");
    if (!own && (!field("category").value || field("category").value === proposed)) fill(offer && "sure" in offer ? offer : null);
  }),
);
for (const name of ["description", "pin"]) field(name).addEventListener("input", askSuggestion);
for (const name of ["category", "neighbourhood"]) field(name).addEventListener("change", askSuggestion);
field("category").addEventListener("change", () => (proposed = ""));
field("danger").addEventListener("change", () => {
  if (field("danger").value) field("urgent").checked = true;
});

function choose(category) {
  proposed = category;
  if (field("category").value === category) return;
  field("category").value = category;
  field("category").dispatchEvent(new Event("chosen"));
}

/** Fills in what is surely proposed; what is unsure after more words is taken out again. */
function fill(offer) {
  choose(offer?.category ?? "");
  if (offer?.neighbourhood && !field("neighbourhood").value) {
    field("neighbourhood").value = offer.neighbourhood;
    field("neighbourhood").dispatchEvent(new Event("change")); // the map goes there
  }
  document.getElementById("proposed").textContent = offer?.told ? `Hattın önerisi: ${offer.told}. Değilse düzeltin.` : "";
}

function take(offer) {
  if (!offer) return;
  fill(offer);
  proposed = ""; // chosen by now
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
  const button = event.target.closest("[data-take]");
  if (button) take(button.dataset);
});
form.addEventListener("change", ({ target: changed }) => {
  if (changed.name === "same") addTo(changed.value, caller.contains(changed));
  if (changed.name === "who") {
    field("known").value = changed.value;
    fillName(changed.dataset.who);
    addTo("");
    askCaller();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "F2") {
    event.preventDefault();
    take(form.querySelector("[data-take][data-sure]")?.dataset); // by a key only what is sure
  }
  if (event.key === "Enter" && event.ctrlKey && !event.repeat) form.requestSubmit();
});
let sent = false;
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
addEventListener("pageshow", () => (sent = false));
// A ringing telephone waits for no click; a mistake comes first.
(form.querySelector("[aria-invalid=true]") ?? field("phone")).focus();
if (field("same_as").value) addTo(field("same_as").value);
if (asksFor()) askCaller();
if (field("description").value || field("same_as").value) askSuggestion();
