// The bell of the back office: unseen notices in the menu, and each danger that nobody has claimed on top of whatever
// page is open, with a sound until somebody has.

const PAGE = "/admin/bildirimler/";
const EVERY = 5_000; // ms
const BEEP_EVERY = 3_000; // ms
const MUTE_FOR = 60_000; // ms
const MUTED = "dangers-muted-until"; // in the browser's store: all its pages fall silent together
const MANY = 4; // more than so many do not all fit on the page: their number is told
const FAILED_LOOKS = 2; // after so many in a row the page says that it does not know

const title = document.title;
const known = new Map(); // the dangers on the page, by their keys
let bar;
let live;
let sound;
let failed = 0;

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
    made("button", { textContent: "Üstleniyorum", hidden: !danger.claim }),
    made("a", { href: danger.page, textContent: "Aç" }),
  );
  const item = made("li", {},
    made("b", { className: "danger-name" }),
    made("span", { className: "danger-place" }),
    made("span", { className: "danger-since" }),
    made("b", { className: "danger-flag" }),
    made("b", { className: "danger-unheard", textContent: "Hiçbir görevliye ulaşmadı" }),
    made("span", { className: "danger-words", dir: "auto" }),
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
    say(`${danger.name}: üstlenildi.`);
  }
  dangers.forEach((danger, place) => {
    let item = list.querySelector(`[data-key="${danger.key}"]`);
    if (!item) {
      item = row(danger);
      say(`Acil bildirim: ${danger.name}${danger.place ? `, ${danger.place}` : ""}.`);
    }
    for (const part of ["name", "place", "words"]) {
      const shown = item.querySelector(`.danger-${part}`);
      if (shown.textContent !== danger[part]) shown.textContent = danger[part];
    }
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

// As the page says it (span() in queue/rows.py).
function inMinutes(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 60_000));
  if (minutes < 60) return `${minutes} dk`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} sa` : `${Math.floor(minutes / (24 * 60))} gün`;
}

// Once a second: what counts, and what the switch says.
function tick() {
  for (const [key, danger] of known) {
    const since = bar.querySelector(`[data-key="${key}"] .danger-since`);
    if (since) since.textContent = lasted(danger.since);
  }
  for (const each of document.querySelectorAll("[data-since]")) each.textContent = inMinutes(each.dataset.since);
  bar.hidden = !known.size && failed < FAILED_LOOKS;
  bar.classList.toggle("only-failed", !known.size);
  document.title = known.size ? `(${known.size} ACİL) ${title}` : title;
  const many = bar.querySelector(".many");
  many.hidden = known.size < MANY;
  many.textContent = `${known.size} acil bildirim bekliyor`;
  const mute = bar.querySelector(".mute");
  mute.hidden = !known.size;
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
  if (!known.size) return;
  sound ??= new AudioContext();
  sound.onstatechange = tick;
  if (blocked()) sound.resume().catch(() => null);
  if (silent()) return tick();
  [0, 0.25].forEach((after) => {
    const at = sound.currentTime + after;
    const tone = new OscillatorNode(sound, { type: "square", frequency: 880 });
    const volume = new GainNode(sound, { gain: 0 });
    volume.gain.setValueAtTime(0.15, at);
    volume.gain.linearRampToValueAtTime(0, at + 0.18);
    tone.connect(volume).connect(sound.destination);
    tone.start(at);
    tone.stop(at + 0.2);
  });
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

// Looks on while the page is hidden, too: the sound and the tab's title are what somebody notices then.
async function look() {
  const answer = await fetch(`${PAGE}durum/${document.hidden ? "" : "?visible"}`, { headers: { Accept: "application/json", "X-Background": "1" } }).catch(() => null);
  const heard = answer?.ok && !answer.redirected;
  failed = heard ? 0 : failed + 1;
  bar.querySelector(".failed").hidden = failed < FAILED_LOOKS;
  if (!heard) return tick();
  const { unseen, dangers } = await answer.json();
  count(unseen);
  show(dangers);
}

if (!/\/(login|giris)\//.test(location.pathname)) {
  addEventListener("DOMContentLoaded", () => {
    build();
    look();
    setInterval(look, EVERY);
    setInterval(beep, BEEP_EVERY);
    setInterval(tick, 1000);
  });
  addEventListener("visibilitychange", () => bar && look());
}
