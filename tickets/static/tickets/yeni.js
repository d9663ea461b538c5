// Looks things up while the clerk types; the form itself works without it.

const form = document.getElementById("intake");
const field = (name) => form.elements.namedItem(name);
const PAUSE = 400; // ms without a key before something is looked up

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
const askSuggestion = later(lookUp(form.dataset.suggestion, document.getElementById("suggestion")));

field("phone").addEventListener("input", askCaller);
for (const name of ["description", "pin"]) field(name).addEventListener("input", askSuggestion);
for (const name of ["category", "neighbourhood"]) field(name).addEventListener("change", askSuggestion);

function take() {
  const offer = form.querySelector("[data-take]")?.dataset;
  if (!offer) return;
  for (const name of ["category", "neighbourhood", "kind"]) if (offer[name]) field(name).value = offer[name];
  if (offer.urgent) field("urgent").checked = true;
  field("neighbourhood").dispatchEvent(new Event("change")); // the map goes there, the suggestion is asked for again
}

form.addEventListener("click", (event) => {
  if (event.target.closest("[data-take]")) take();
});
form.addEventListener("change", (event) => {
  if (event.target.name === "same") field("duplicate_of").value = event.target.value;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "F2") {
    event.preventDefault();
    take();
  }
  if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
});
if (field("phone").value) askCaller();
if (field("description").value) askSuggestion();
