/** The page: who is there, which telephones lie open, and the news from the emulator. */

import * as control from "./control.js";
import { attempt, h, icon, sheet } from "./dom.js";
import { CAN, NAMES } from "./invented_people.js";
import { Panel } from "./panel.js";
import { Phone } from "./phone.js";

const WAIT_SECONDS = 20;
const PAUSE_MS = 1500;
const OPEN_PHONES = "phones";

const place = (id) => document.getElementById(id);
const messages = new Map();
const phones = new Map();
let latest;
let front = null;

const panel = new Panel({ play, active: () => phones.get(front) });

/** Opens the telephone of a person, or brings it to the front. */
function open(person) {
  if (!phones.has(person.id)) {
    const phone = new Phone(person, () => close(person.id));
    phones.set(person.id, phone);
    phone.element.addEventListener("focusin", () => bringForward(person.id));
    phone.element.addEventListener("pointerdown", () => bringForward(person.id));
    place("phones").append(phone.element);
  }
  bringForward(person.id);
  phones.get(person.id).element.scrollIntoView({ block: "nearest", inline: "nearest" });
  show();
  return phones.get(person.id);
}

function close(id) {
  phones.get(id).element.remove();
  phones.delete(id);
  bringForward([...phones.keys()].at(-1) ?? null);
  show();
}

function bringForward(id) {
  if (front === id && phones.get(id)?.element.classList.contains("front")) return;
  front = id;
  for (const [each, { element }] of phones) element.classList.toggle("front", each === id);
  const others = [...phones.keys()].filter((each) => each !== id);
  localStorage.setItem(OPEN_PHONES, JSON.stringify(phones.has(id) ? [...others, id] : others));
  drawPeople();
}

/** A scene on a fresh telephone: what somebody wrote a moment ago would change the line's answers. */
async function play(scene) {
  const before = phones.get(front);
  const phone = before && !before.messages.length ? before : await become(newcomer());
  phone.play(scene);
  if (narrow.matches) togglePanel(false);
}

function newcomer() {
  const taken = new Set(latest.people.map(({ name }) => name));
  const name = NAMES.find((each) => !taken.has(each)) ?? `Vatandaş ${taken.size + 1}`;
  return { name, phone: freshNumber() };
}

const freshNumber = () => `0555${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;

/** Adds somebody and opens their telephone. */
async function become(details) {
  const person = await control.addPerson(details);
  if (!latest.people.some(({ id }) => id === person.id)) latest.people.push(person);
  return open(person);
}

/** Opens the telephone of whoever has that name, or adds them. */
const startAs = (details) => attempt(() => {
  const known = latest.people.find(({ name }) => name === details.name);
  return known ? open(known) : become(details);
});

async function askPerson() {
  const details = await sheet("Yeni vatandaş", (done) => {
    const form = h("form", { onsubmit: (event) => { event.preventDefault(); done(Object.fromEntries(new FormData(form))); } },
      h("label", {}, "Ad soyad", h("input", { name: "name", required: true })),
      h("label", {}, "Telefon", h("input", { name: "phone", type: "tel", value: freshNumber() })),
      h("label", {}, "Kullanıcı adı", h("input", { name: "username", "aria-describedby": "username-note" })),
      h("p", { class: "hint", id: "username-note" }, "Kullanıcı adı olanın numarası hatta görünmez; yalnızca kullanıcı adı da yeter."),
      h("button", { class: "main" }, "Ekle"));
    return form;
  });
  if (!details) return;
  const given = Object.fromEntries(Object.entries(details).filter(([, value]) => value.trim()));
  await attempt(() => become(given));
}

function drawPeople() {
  const bar = place("names");
  const chips = (latest?.people ?? []).map((person) => h("button", {
    type: "button", class: "chip", "aria-pressed": String(person.id === front), onclick: () => open(person),
  }, person.name));
  const same = chips.length === bar.children.length && chips.every((chip, index) => chip.isEqualNode(bar.children[index]));
  if (!same) bar.replaceChildren(...chips);
  const beside = place("add-person"); // apart from the names, which scroll: it lies over none of them
  if (!beside.children.length) beside.append(h("button", { type: "button", class: "chip", onclick: askPerson }, icon("attach"), "Yeni vatandaş"));
}

const welcome = h("div", { class: "welcome" },
  h("h2", {}, "Bir vatandaş olun"),
  h("p", {}, "Buradan yazdıklarınız hatta gerçek bir telefondan gelmiş gibi ulaşır; gerçek WhatsApp’a hiçbir şey gitmez."),
  h("button", { type: "button", class: "main", onclick: () => startAs({ name: NAMES[0], phone: freshNumber() }) }, `${NAMES[0]} olarak başla`),
  h("button", { type: "button", onclick: () => startAs(CAN) }, "Can olarak başla: numarası gizli, kullanıcı adı var"));

/** Puts on the screen what is known. */
function show() {
  if (!latest) return;
  welcome.hidden = phones.size > 0;
  const chats = Map.groupBy(messages.values(), ({ person }) => person);
  for (const person of latest.people) {
    phones.get(person.id)?.update(person, chats.get(person.id) ?? [], latest.now);
  }
  panel.update(latest);
  drawPeople();
}

function reopen() {
  const known = JSON.parse(localStorage.getItem(OPEN_PHONES) ?? "[]");
  known.map((id) => latest.people.find((person) => person.id === id)).filter(Boolean).forEach(open);
}

/** Asks for news for as long as the page is seen; tries again after a pause when nobody answers. */
async function listen() {
  while (true) {
    await seen();
    const asked = performance.now();
    try {
      const found = await control.news(latest ?? { last: 0, mark: "" }, latest ? WAIT_SECONDS : 0);
      const first = !latest;
      const nothing = found.mark === latest?.mark && !found.messages.length;
      latest = found;
      found.messages.forEach((message) => messages.set(message.seq, message));
      if (first) reopen();
      show();
      connection("Canlı", true);
      // An answer without news that came at once means that too many others wait already.
      if (nothing && performance.now() - asked < PAUSE_MS) await pause();
    } catch {
      connection("Bağlantı yok, yeniden deneniyor", false);
      await pause();
    }
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

function seen() {
  return new Promise((resolve) => {
    if (!document.hidden) resolve();
    else document.addEventListener("visibilitychange", resolve, { once: true });
  });
}

function connection(text, live) {
  const state = place("connection");
  if (state.textContent !== text) state.textContent = text;
  state.classList.toggle("live", live);
}

const narrow = matchMedia("(max-width: 899px)");

function togglePanel(wanted) {
  place("panel").hidden = !wanted;
  place("panel-toggle").setAttribute("aria-expanded", String(wanted));
}

place("phones").append(welcome);
place("panel").append(...panel.elements);
place("panel-toggle").addEventListener("click", () => togglePanel(place("panel").hidden));
togglePanel(!narrow.matches);
narrow.addEventListener("change", () => togglePanel(!narrow.matches));
listen();
