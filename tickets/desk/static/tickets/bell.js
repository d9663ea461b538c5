// The bell of the back office: unseen notices in the menu, and each danger that nobody has claimed on top of whatever
// page is open, with a sound until somebody has; who has claimed one is said to all.
//
// Each second it asks whether anything changed at all (melikgazi/web/pulse.py), and looks when something did. Pages that
// show more listen for "pulse" on the document: its detail holds what changed, and who has which talk open.

const PAGE = "/admin/bildirimler/";
const PULSE = "/admin/nabiz/";
const LOOK_AFTER = 60_000; // ms since the last look, where something that it shows may be another by now
const COUNT_AFTER = 10_000; // ms, of a page that somebody looks at: its number of those who wait is that of the list
const LOOK_ANYWAY = 300_000; // ms, though nothing seems to have changed
const FAILED_EVERY = 5_000; // ms from one look to the next while they fail
const BEEP_EVERY = 3; // seconds
const MUTE_FOR = 60_000; // ms
const MUTED = "dangers-muted-until"; // in the browser's store: all its pages fall silent together
const MANY = 4; // more than so many do not all fit on the page: their number is told
const TONE = "waiting-tone"; // in the browser's store: a tone for somebody new on every page, not on the list alone
const TONE_AFTER = 3_000; // ms from one look for it to the next
const FAILED_LOOKS = 2; // after so many in a row the page says that it does not know
const KEY_AFTER = 900; // ms that a danger stands first before D claims it, where another one stood there
const PATIENCE = 5_000; // ms for an answer: a server that is silent counts as one that is down

const SCRIPT = document.currentScript.src;
const title = document.title;
const known = new Map(); // the dangers on the page, by their keys
const loud = () => [...known.values()].filter((danger) => !danger.holder); // those that nobody has
let pulseToken; // lets the page ask for the pulse
let stamp = "";
let bell = ""; // the stamp of what the bell shows
let listed; // that of the list of who waits; none before the first
let counted = true; // the number of those who wait is the present one
let lookedAt = 0;
let looking = false;
let again = false; // something changed while it was looking
let keyed = null; // the danger that stands first, and since when (ms)
let keyedAt = 0;
let bar;
let live;
let sound;
let failed = 0;
let quiet = false; // off duty: shown without a sound
let newest; // since when the one waits who has waited shortest
let arrived = false; // somebody may be new: looked at soon

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

function made(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// Both stand on the page from the start, the live region empty: only what changes in it is read out.
function build() {
  live = made("div", { className: "dangers-live" });
  live.setAttribute("aria-live", "assertive");
  bar = made("div", { id: "dangers", hidden: true });
  bar.setAttribute("role", "region");
  bar.setAttribute("aria-label", "Üstlenilmemiş acil bildirimler");
  const mute = made("button", { type: "button", className: "mute" });
  mute.addEventListener("click", () => {
    if (silent()) unmute();
    else localStorage.setItem(MUTED, Date.now() + MUTE_FOR);
    tick();
  });
  bar.append(made("p", { className: "failed", hidden: true, textContent: "Uyarılar alınamıyor: bağlantıyı denetleyin ya da yeniden giriş yapın." }), made("p", { className: "many", hidden: true }), made("ul"), mute);
  document.body.prepend(live, bar);
  new ResizeObserver(() => document.documentElement.style.setProperty("--dangers", `${bar.offsetHeight}px`)).observe(bar);
}

function row(danger) {
  const form = made("form", { method: "post", action: danger.claim },
    made("input", { type: "hidden", name: "csrfmiddlewaretoken", value: token() }),
    made("button", {}, "Üstleniyorum ", made("kbd", { textContent: "D" })),
    made("a", { href: danger.page, textContent: "Aç" }),
  );
  const item = made("li", {},
    made("b", { className: "danger-name" }),
    made("span", { className: "danger-place" }),
    made("span", { className: "danger-since" }),
    made("b", { className: "danger-flag" }),
    made("b", { className: "danger-unheard", textContent: "Hiçbir görevliye ulaşmadı" }),
    made("span", { className: "danger-reason" }),
    made("span", { className: "danger-holder" }),
    form,
  );
  item.dataset.key = danger.key;
  return item;
}

function show(dangers) {
  const list = bar.querySelector("ul");
  const now = new Map(dangers.map((danger) => [danger.key, danger]));
  for (const [key, danger] of known) {
    if (now.has(key)) continue;
    list.querySelector(`[data-key="${key}"]`)?.remove();
    known.delete(key);
    if (!danger.holder) say(`${danger.name}: üstlenildi.`);
  }
  dangers.forEach((danger, place) => {
    let item = list.querySelector(`[data-key="${danger.key}"]`);
    if (!item) {
      item = row(danger);
      if (!danger.holder) {
        say(`Acil bildirim: ${danger.name}${danger.place ? `, ${danger.place}` : ""}.`);
        notify(danger);
      }
    }
    const before = known.get(danger.key);
    if (danger.holder && before && before.holder !== danger.holder) say(`${danger.name}: ${danger.holder} üstlendi.`);
    for (const part of ["name", "place", "reason"]) {
      const shown = item.querySelector(`.danger-${part}`);
      if (shown.textContent !== danger[part]) shown.textContent = danger[part];
    }
    item.classList.toggle("held", Boolean(danger.holder));
    item.querySelector(".danger-holder").textContent = danger.holder ? `${danger.holder} üstlendi, ${danger.held_since}` : "";
    item.querySelector("button").hidden = !danger.claim;
    item.querySelector("form").action = danger.claim;
    item.querySelector(".danger-unheard").hidden = !danger.unheard;
    const flag = item.querySelector(".danger-flag");
    if (flag.textContent !== danger.flag) {
      flag.textContent = danger.flag;
      if (danger.flag) say(`${danger.name}: ${danger.flag}.`);
    }
    flag.hidden = !danger.flag;
    if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
    known.set(danger.key, danger);
  });
  tick();
}

function say(words) {
  live.append(made("p", { textContent: words }));
  while (live.children.length > 3) live.firstChild.remove();
}

function lasted(since) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return `${hours ? `${hours}:` : ""}${two(minutes)}:${two(seconds % 60)}`;
}

// As the page says it (span() in desk/queue/rows.py).
function inMinutes(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 60_000));
  if (minutes < 60) return `${minutes} dk`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} sa` : `${Math.floor(minutes / (24 * 60))} gün`;
}

// The letter stands in the row that it claims, and only there (desk/claim.js); a page of a danger claims its own. Where
// another danger takes the first place it comes a moment later: who presses it then has seen which one it claims.
function showKey() {
  const claimable = document.getElementById("act-bar") && !document.querySelector("[data-claim-danger]");
  const first = (claimable && bar.querySelector("li:not(.held)")) || null;
  if (first !== keyed) {
    keyedAt = keyed ? performance.now() : -KEY_AFTER;
    keyed = first;
  }
  const isSeen = performance.now() >= keyedAt + KEY_AFTER;
  for (const key of bar.querySelectorAll("kbd")) key.hidden = !isSeen || key.closest("li") !== first;
}

// Once a second: what counts, and what the switch says.
function tick() {
  showKey();
  for (const [key, danger] of known) {
    const since = bar.querySelector(`[data-key="${key}"] .danger-since`);
    if (since) since.textContent = lasted(danger.since);
  }
  for (const each of document.querySelectorAll("[data-since]")) each.textContent = inMinutes(each.dataset.since);
  const waiting = loud().length;
  bar.hidden = !known.size && failed < FAILED_LOOKS;
  bar.classList.toggle("only-failed", !known.size);
  bar.classList.toggle("only-held", known.size > 0 && !waiting);
  const count = document.body.dataset.waiting; // of those who wait for a person, as the call centre sees them
  const badge = document.querySelector(".waiting-count");
  if (badge && count !== undefined) {
    badge.textContent = count;
    badge.hidden = !count;
  }
  document.title = waiting ? `(${waiting} ACİL) ${title}` : count ? `(${count}) ${title}` : title;
  const many = bar.querySelector(".many");
  many.hidden = waiting < MANY;
  many.textContent = `${waiting} acil bildirim bekliyor`;
  const mute = bar.querySelector(".mute");
  mute.hidden = !waiting;
  mute.textContent = blocked() ? "Tarayıcı sesi engelliyor: sesi açmak için basın" : silent() ? "Ses 1 dk kapalı: aç" : "Sesi 1 dk kapat";
  mute.classList.toggle("blocked", blocked());
}

const muted = () => Number(localStorage.getItem(MUTED) ?? 0) > Date.now();
const blocked = () => sound?.state === "suspended";
const silent = () => muted() || blocked();

// A browser lets a page sound only after somebody has pressed something on it.
function unmute() {
  localStorage.removeItem(MUTED);
  sound?.resume();
}

function beep() {
  if (quiet || !loud().length) return;
  play("square", 880, [0, 0.25]);
}

// The list of those who wait has its own tone; other pages have one where it was switched on there.
const tonesHere = () => localStorage.getItem(TONE) === "on" && !document.querySelector("#desk:not(.alone)");

function hear(since) {
  if (since === undefined) return;
  if (newest !== undefined && since > newest) document.dispatchEvent(new CustomEvent("somebody-waits"));
  newest = Math.max(newest ?? 0, since);
}

// Somebody new waits: one soft tone. The page that lists them asks for it.
document.addEventListener("somebody-waits", () => play("sine", 660, [0]));

function play(type, frequency, times) {
  sound ??= new AudioContext();
  sound.onstatechange = tick;
  if (blocked()) sound.resume().catch(() => null);
  if (silent()) return tick();
  for (const after of times) {
    const at = sound.currentTime + after;
    const tone = new OscillatorNode(sound, { type, frequency });
    const volume = new GainNode(sound, { gain: 0 });
    volume.gain.setValueAtTime(0.15, at);
    volume.gain.linearRampToValueAtTime(0, at + 0.18);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.2);
  }
}

// Only where somebody has allowed it (on the page of those who wait), and only while they look elsewhere.
function notify(danger) {
  if (!document.hidden || window.Notification?.permission !== "granted") return;
  try {
    new Notification("Acil bildirim", { body: [danger.name, danger.place].filter(Boolean).join(", "), tag: `danger-${danger.key}` });
  } catch {
    return; // browsers of telephones have them only for service workers; the strip and the sound remain
  }
}

function count(unseen) {
  const entry = document.querySelector(`a[href="${PAGE}"]`);
  if (!entry) return;
  let badge = entry.querySelector(".unseen");
  if (!badge) {
    badge = made("span", { className: "unseen" });
    entry.append(badge);
  }
  badge.textContent = unseen > 99 ? "99+" : String(unseen);
  badge.hidden = !unseen;
  badge.setAttribute("aria-label", `${unseen} yeni bildirim`);
}

const ask = (address, headers) => fetch(address, { headers, signal: AbortSignal.timeout(PATIENCE) });

// The list of those who wait knows better.
const countsItself = () => Boolean(document.querySelector("#desk:not(.alone)"));

// Looks on while the page is hidden, too: the sound and the tab's title are what somebody notices then.
async function look() {
  again = looking;
  if (looking) return;
  looking = true;
  arrived = false;
  lookedAt = Date.now();
  counted = true; // or soon: what the pulse says meanwhile comes after it
  try {
    const wanted = [document.hidden ? "" : "visible", tonesHere() ? "newest" : "", countsItself() ? "uncounted" : ""].filter(Boolean).join("&");
    const answer = await ask(`${PAGE}durum/?${wanted}`, { Accept: "application/json", "X-Background": "1" });
    const state = await answer.json(); // of a page of signing in or of an error this fails
    pulseToken = state.token;
    bell = state.bell;
    failed = 0;
    count(state.unseen);
    if (!countsItself()) document.body.dataset.waiting = state.waiting;
    quiet = state.quiet;
    show(state.dangers);
    hear(state.newest);
  } catch {
    failed += 1;
  } finally {
    looking = false;
    bar.querySelector(".failed").hidden = failed < FAILED_LOOKS;
    tick();
  }
  if (again) await look();
}

// The talk that somebody has before their eyes: it counts as open as long as the page says so.
function openTalk() {
  const shown = document.hidden ? null : document.querySelector("#desk #ticket");
  if (!shown) return "";
  const { citizen = "", ticket } = shown.dataset;
  return `&acik=${citizen}${ticket ? `.${ticket}` : ""}`;
}

// Whether anything changed since the last time; without an answer to that, the looks say how things are.
async function beat() {
  const since = () => Date.now() - lookedAt;
  if (arrived && since() > TONE_AFTER) look();
  const uncounted = document.hidden ? LOOK_AFTER : COUNT_AFTER;
  const rest = counted ? (quiet ? LOOK_AFTER : LOOK_ANYWAY) : uncounted; // off duty ends by the clock
  if (since() > (failed || !pulseToken ? FAILED_EVERY : rest)) look();
  if (!pulseToken) return;
  const answer = await ask(`${PULSE}?damga=${stamp}${openTalk()}`, { "X-Pulse-Token": pulseToken }).catch(() => null);
  document.dispatchEvent(new CustomEvent("pulse-state", { detail: Boolean(answer?.ok) }));
  if (answer?.status === 403) pulseToken = undefined;
  if (!answer?.ok && since() > FAILED_EVERY) look(); // what is wrong is told soon, not with the next look
  if (answer?.status !== 200) return;
  const news = await answer.json();
  stamp = news.stamp;
  arrived ||= tonesHere() && listed !== undefined && news.list !== listed;
  if (news.list !== listed) counted = countsItself();
  listed = news.list;
  if (news.bell !== bell) look();
  document.dispatchEvent(new CustomEvent("pulse", { detail: news }));
}

let seconds = 0;
let asking = false;

// Each second; a slow server is not asked twice at a time.
async function everySecond() {
  seconds += 1;
  tick();
  if (seconds % BEEP_EVERY === 0) beep();
  if (asking) return;
  asking = true;
  await beat().catch(() => null);
  asking = false;
}

// A worker keeps the time: of a page that nobody looks at browsers slow the timers down to one a minute.
function keepTime() {
  const alone = () => setInterval(everySecond, 1_000);
  try {
    const clock = new Worker(new URL("every_second.js", SCRIPT));
    clock.addEventListener("message", everySecond);
    clock.addEventListener("error", alone, { once: true });
  } catch {
    alone();
  }
}

if (!/\/(login|giris)\//.test(location.pathname)) {
  addEventListener("DOMContentLoaded", () => {
    build();
    look();
    keepTime();
  });
  addEventListener("visibilitychange", () => bar && look());
}
