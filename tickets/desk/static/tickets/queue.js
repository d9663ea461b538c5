// The queue in the browser: keys, selection, bulk changes, and rows that keep themselves up to date.
import { letterOf, typing } from "./desk/letters.js";

const queue = document.getElementById("queue");
const live = document.getElementById("queue-live");
const help = document.getElementById("queue-help");
const search = queue.querySelector("input[name=q]");
const bulk = document.getElementById("queue-bulk");
const fields = bulk.querySelector("[data-fields]"); // none for who may only read
const failed = bulk.querySelector(".bulk-failed");
const letters = JSON.parse(document.getElementById("queue-letters").textContent);
const MINUTE = 60_000; // ms
const failures = new Map(); // the key of a ticket → what the last bulk change says of it
let needs = null; // which fields each action takes, once they are there
let here = null; // the key of the row that the keyboard is on
let stamp = "";
let changed = false; // something, somewhere, since the last look
let lookedAt = Date.now();

const rows = () => [...live.querySelectorAll("tr[data-row]")];
const rowOf = (key) => live.querySelector(`tr[data-row="${key}"]`);
const box = (row) => row.querySelector("input[name=ticket]");
const chosen = () => rows().filter((row) => box(row).checked);

function goTo(row) {
  live.querySelector("tr.here")?.classList.remove("here");
  here = row?.dataset.row ?? null;
  row?.classList.add("here");
  row?.scrollIntoView({ block: "nearest" });
  row?.querySelector("a.number").focus({ preventScroll: true });
}

/** One row on; beyond the last or before the first one, the page that is there. */
function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.row === here);
  if (at < 0) return all[0] && goTo(all[0]);
  if (all[at + by]) return goTo(all[at + by]);
  live.querySelector(by > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
}

function open(row) {
  if (row) location.href = row.querySelector("a.number").href;
}

function selectionChanged() {
  const count = chosen().length;
  bulk.hidden = !count && !failures.size;
  bulk.querySelector("output").textContent = `${count} başvuru seçili`;
  for (const row of rows()) row.classList.toggle("chosen", box(row).checked);
  if (count && fields && !needs) loadFields();
  actionChanged();
}

function selectNone() {
  for (const each of live.querySelectorAll("input[type=checkbox]")) each.checked = false;
  failures.clear();
  showFailures();
  selectionChanged();
}

/** What can be done is asked for when the first row is chosen: most pages are only read. */
async function loadFields() {
  needs = {};
  const response = await fetch(fields.dataset.fields).catch(() => null);
  if (!response?.ok) return (needs = null); // tried again with the next choice
  fields.innerHTML = await response.text();
  needs = JSON.parse(document.getElementById("queue-needs").textContent);
  bulk.elements.do.addEventListener("change", () => (showErrors({}), actionChanged()));
  for (const button of fields.querySelectorAll("[data-do]"))
    button.addEventListener("click", () => choose(button.dataset.do));
}

/** Shows the fields that the chosen action takes, and only those; the button says what it will do to how many. */
function actionChanged() {
  const select = bulk.elements.do;
  if (!select) return;
  const { takes = [], required = [] } = needs[select.value] ?? {};
  for (const label of fields.querySelectorAll("[data-field]")) {
    label.hidden = !takes.includes(label.dataset.field);
    const field = label.querySelector("input, select, textarea");
    field.disabled = label.hidden;
    field.required = required.includes(label.dataset.field);
  }
  for (const button of fields.querySelectorAll("[data-do]"))
    button.setAttribute("aria-pressed", button.dataset.do === select.value);
  const act = fields.querySelector("[data-act]");
  act.hidden = !select.value;
  const what = select.selectedOptions[0]?.textContent ?? "";
  act.firstChild.textContent = `${chosen().length} başvuruya uygula: ${what} `;
}

/** The action of a letter or a button; the first thing that it needs to know is asked for at once. */
async function choose(action) {
  if (!chosen().length || !fields) return;
  if (!bulk.elements.do) await loadFields();
  const select = bulk.elements.do;
  if (![...select.options].some((option) => option.value === action)) {
    return say("Seçilenlerle bu işlemi siz yapamazsınız.");
  }
  select.value = action;
  showErrors({});
  actionChanged();
  (fields.querySelector("[data-field]:not([hidden]) [name]:required") ?? fields.querySelector("[data-field]:not([hidden]) [name]"))?.focus();
}

/** What is wrong with the fields, beside each of them. */
function showErrors(errors) {
  for (const label of fields.querySelectorAll("[data-field]")) {
    const said = (errors[label.dataset.field] ?? []).join(" ");
    const error = label.querySelector(".bulk-error");
    error.hidden = !said;
    error.textContent = said;
    if (said) label.hidden = false;
  }
}

/** Which were not done and why: in their rows, and below the form, where those stand that are on no page any more. */
function showFailures() {
  for (const row of rows()) {
    const failure = failures.get(row.dataset.row);
    const said = row.querySelector(".failure");
    said.hidden = !failure;
    said.textContent = failure?.reason ?? "";
  }
  failed.hidden = !failures.size;
  failed.querySelector("p").textContent = `${failures.size} başvuruda yapılamadı; seçili duruyor:`;
  failed.querySelector("ul").replaceChildren(...[...failures].map(([key, failure]) => {
    const line = document.createElement("li");
    const leave = document.createElement("button");
    leave.type = "button";
    leave.className = "leave";
    leave.textContent = "Seçimden çıkar";
    leave.addEventListener("click", () => {
      failures.delete(key);
      const row = rowOf(key);
      if (row) box(row).checked = false;
      showFailures();
      selectionChanged();
    });
    line.append(`${failure.number || "Bir başvuru"}: ${failure.reason} `, leave);
    return line;
  }));
}

function say(sentence) {
  document.getElementById("queue-done").textContent = sentence;
}

async function send() {
  const act = fields.querySelector("[data-act]");
  act.disabled = true;
  const response = await fetch(bulk.action, { method: "POST", body: new FormData(bulk), redirect: "error" }).catch(() => null);
  act.disabled = false;
  if (!response || (![200, 400, 404].includes(response.status) || !response.headers.get("Content-Type")?.includes("json"))) {
    return say(response ? "Yapılamadı. Seçim duruyor; sayfayı yenileyip yeniden deneyin." : "Bağlantı yok. Seçim duruyor; yeniden deneyin.");
  }
  const { done, failed: left, errors, said } = await response.json();
  failures.clear();
  for (const each of left) failures.set(String(each.key), each);
  for (const key of done) if (rowOf(key)) box(rowOf(key)).checked = false;
  if (done.length && !left.length) bulk.elements.do.value = "";
  await look(true);
  selectionChanged();
  showErrors(errors);
  say(said);
  if (done.length) document.dispatchEvent(new Event("acted")); // the bar at the foot offers to take it back
  fields.querySelector("label:not([hidden]):has(.bulk-error:not([hidden])) [name]")?.focus();
}

bulk.addEventListener("submit", (event) => {
  if (event.submitter?.matches("[data-export]")) return;
  event.preventDefault();
  send();
});

const KEYS = {
  j: () => step(1),
  u: () => step(-1),
  x: () => here && rowOf(here) && box(rowOf(here)).click(),
  "/": () => search.select(),
  "?": () => help.showModal(),
  ".": () => bulk.hidden || bulk.elements.do?.focus(),
};

function escape(writing, target) {
  const picks = queue.querySelectorAll("details[open]");
  if (picks.length) return picks.forEach((each) => (each.open = false));
  if (writing) return target.blur();
  if (!bulk.hidden) selectNone();
}

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return escape(typing(event), event.target);
  if (event.key === "Enter" && event.ctrlKey && !event.repeat && !bulk.hidden && bulk.elements.do?.value) return bulk.requestSubmit(fields.querySelector("[data-act]"));
  const key = letterOf(event);
  const tab = /^[1-9]$/.test(key) && live.querySelector(`[data-tab="${key}"]`);
  const bulkAct = chosen().length ? letters[key] : null;
  const act = tab ? () => tab.click() : bulkAct ? () => choose(bulkAct) : KEYS[key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation(); // the frame has letters of its own
  act();
});

live.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row && !event.target.closest("a, input, label")) open(row);
});

live.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) rows().forEach((row) => (box(row).checked = event.target.checked));
  // What is taken out of the selection failed no more, or the next renewal would choose it again.
  for (const row of rows()) if (!box(row).checked) failures.delete(row.dataset.row);
  if (!event.target.matches("input[type=checkbox]")) return;
  showFailures();
  selectionChanged();
});

bulk.querySelector("[data-none]").addEventListener("click", selectNone);
document.addEventListener("click", (event) => {
  queue.querySelectorAll("details.pick[open]").forEach((each) => each.contains(event.target) || (each.open = false));
});

/** Puts the new rows in the place of the old, with the same ones chosen and the keyboard where it was. */
function renew(html) {
  const kept = new Set(chosen().map((row) => row.dataset.row));
  const known = new Map(rows().map((row) => [row.dataset.row, row.dataset.version]));
  const focused = live.contains(document.activeElement);
  const scrolled = live.querySelector(".queue-table")?.scrollTop ?? 0;
  live.innerHTML = html;
  let news = 0;
  for (const row of rows()) {
    box(row).checked = kept.has(row.dataset.row) || failures.has(row.dataset.row);
    if (known.get(row.dataset.row) === row.dataset.version) continue;
    row.classList.add("fresh");
    news += !known.has(row.dataset.row);
  }
  if (news) document.getElementById("queue-news").textContent = `${news} yeni başvuru geldi.`;
  live.querySelector(".queue-table")?.scrollTo({ top: scrolled });
  const row = here && rowOf(here);
  if (row) row.classList.add("here");
  if (row && focused) row.querySelector("a.number").focus({ preventScroll: true });
  showFailures();
  selectionChanged();
}

async function look(anew = false) {
  if (document.hidden && !anew) return;
  changed = false;
  lookedAt = Date.now();
  const response = await fetch(queue.dataset.live, {
    headers: { "X-Background": "1", ...(stamp && !anew && { "If-None-Match": stamp }) },
    cache: "no-store",
    redirect: "error",
  }).catch(() => null); // offline: the next look will tell
  queue.classList.toggle("stale", !response);
  if (response?.status !== 200) return;
  stamp = response.headers.get("ETag");
  renew(await response.text());
}

selectionChanged(); // the browser may have kept the boxes of the page that one came back to
// What the pulse of all pages (bell.js) does not tell, ages for one, is looked at once a minute.
document.addEventListener("pulse", () => (changed = true));
document.addEventListener("pulse-state", ({ detail: ok }) => (changed ||= !ok));
setInterval(() => (changed || Date.now() - lookedAt >= MINUTE) && look(), queue.dataset.seconds * 1000);
document.addEventListener("visibilitychange", () => look());
