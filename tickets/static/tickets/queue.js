// The queue in the browser: keys, selection, and rows that keep themselves up to date.

const queue = document.getElementById("queue");
const live = document.getElementById("queue-live");
const help = document.getElementById("queue-help");
const search = queue.querySelector("input[name=q]");
const bulk = document.getElementById("queue-bulk");
const fields = bulk.querySelector("[data-fields]"); // none for who may only read
let needs = null; // which fields each action takes, once they are there
let here = null; // the key of the row that the keyboard is on
let stamp = "";

const rows = () => [...live.querySelectorAll("tr[data-row]")];
const rowOf = (key) => live.querySelector(`tr[data-row="${key}"]`);
const box = (row) => row.querySelector("input[name=ticket]");

function goTo(row) {
  live.querySelector("tr.here")?.classList.remove("here");
  here = row?.dataset.row ?? null;
  row?.classList.add("here");
  row?.scrollIntoView({ block: "nearest" });
  row?.querySelector("a.number").focus({ preventScroll: true });
}

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === here);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1);
  if (all[next]) goTo(all[next]);
}

function open(row) {
  if (row) location.href = row.querySelector("a.number").href;
}

function selectionChanged() {
  const count = rows().filter((row) => box(row).checked).length;
  bulk.hidden = !count;
  bulk.querySelector("output").textContent = `${count} başvuru seçili`;
  if (count && fields && !needs) loadFields();
}

/** What can be done is asked for when the first row is chosen: most pages are only read. */
async function loadFields() {
  needs = {};
  const response = await fetch(fields.dataset.fields).catch(() => null);
  if (!response?.ok) return (needs = null); // tried again with the next choice
  fields.innerHTML = await response.text();
  needs = JSON.parse(document.getElementById("queue-needs").textContent);
  bulk.elements.do.addEventListener("change", actionChanged);
}

/** Shows the fields that the chosen action takes, and only those. */
function actionChanged() {
  const wanted = needs[bulk.elements.do.value] ?? [];
  for (const label of fields.querySelectorAll("[data-field]")) label.hidden = !wanted.includes(label.dataset.field);
  fields.querySelector("[data-act]").hidden = !bulk.elements.do.value;
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  x: () => here && box(rowOf(here))?.click(),
  n: () => live.querySelector("a[rel=next]")?.click(),
  p: () => live.querySelector("a[rel=prev]")?.click(),
  "/": () => search.select(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  const writing = event.target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (event.key === "Escape" && writing) return event.target.blur();
  if (event.key === "Escape") return queue.querySelectorAll("details[open]").forEach((each) => (each.open = false));
  if (writing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const tab = /^[1-8]$/.test(event.key) && live.querySelector(`[data-tab="${event.key}"]`);
  const act = tab ? () => tab.click() : KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

live.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row && !event.target.closest("a, input, label")) open(row);
});

live.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) rows().forEach((row) => (box(row).checked = event.target.checked));
  if (event.target.matches("input[type=checkbox]")) selectionChanged();
});

bulk.querySelector("[data-none]").addEventListener("click", () => {
  for (const each of live.querySelectorAll("input[type=checkbox]")) each.checked = false;
  selectionChanged();
});
queue.querySelector("[data-help]").addEventListener("click", () => help.showModal());
queue.querySelector(".queue-order select").addEventListener("change", (event) => event.target.form.submit());
document.addEventListener("click", (event) => {
  queue.querySelectorAll("details.pick[open]").forEach((each) => each.contains(event.target) || (each.open = false));
});

/** Puts the new rows in the place of the old, with the same ones chosen and the keyboard where it was. */
function renew(html) {
  const chosen = new Set(rows().filter((row) => box(row).checked).map((row) => row.dataset.row));
  const known = new Map(rows().map((row) => [row.dataset.row, row.dataset.version]));
  const focused = live.contains(document.activeElement);
  live.innerHTML = html;
  let news = 0;
  for (const row of rows()) {
    box(row).checked = chosen.has(row.dataset.row);
    if (known.get(row.dataset.row) === row.dataset.version) continue;
    row.classList.add("fresh");
    news += !known.has(row.dataset.row);
  }
  if (news) document.getElementById("queue-news").textContent = `${news} yeni başvuru geldi.`;
  const row = here && rowOf(here);
  if (row) row.classList.add("here");
  if (row && focused) row.querySelector("a.number").focus({ preventScroll: true });
  selectionChanged();
}

async function look() {
  if (document.hidden) return;
  const response = await fetch(queue.dataset.live, {
    headers: { "X-Background": "1", ...(stamp && { "If-None-Match": stamp }) },
    cache: "no-store",
    redirect: "error",
  }).catch(() => null); // offline: the next look will tell
  queue.classList.toggle("stale", !response);
  if (response?.status !== 200) return;
  stamp = response.headers.get("ETag");
  renew(await response.text());
}

sessionStorage.setItem("queue", location.search); // a ticket's page leads back to the same tab and filters
selectionChanged(); // the browser may have kept the boxes of the page that one came back to
setInterval(look, queue.dataset.seconds * 1000);
document.addEventListener("visibilitychange", look);
