// The list of those who wait, kept up to date: rows change in place, and what somebody reads stays where it is; new ones
// further down are told by a button. Where it cannot be renewed the old one stays, marked with its time.
import { clock } from "../dates.js";

const RENEW_AFTER = 3_000; // ms: so often at most, however much happens
const PATIENCE = 10_000; // ms for an answer
const NOW = "1"; // no stamp: the list as it is
const MISSED = 3; // pulses in a row after which nothing here is live

export function list(desk) {
  const box = document.getElementById("waiters");
  const stale = document.getElementById("stale");
  const more = document.getElementById("more");
  const live = document.getElementById("live");
  let missed = 0; // pulses in a row
  let renewedAt = Date.now();

  function fresh() {
    if (stale) stale.hidden = true;
    live.textContent = "Canlı";
    live.classList.remove("off");
  }

  function failed() {
    const at = clock(new Date(renewedAt));
    if (stale) {
      stale.querySelector("span").textContent = `${navigator.onLine ? "Liste yenilenemedi." : "Bağlantı yok; yazdıklarınız saklanıyor."} Gördüğünüz liste: ${at}`;
      stale.hidden = false;
    }
    live.textContent = "Bağlantı yok";
    live.classList.add("off");
  }

  document.addEventListener("pulse-state", ({ detail: ok }) => {
    const was = missed;
    missed = ok ? 0 : missed + 1;
    if (missed === MISSED) failed();
    if (ok && was >= MISSED) (box ? fetchList : fresh)();
  });
  if (!box) return { beside: () => null, first: () => null, further: () => null, has: () => false, drop() {}, mark() {}, renew() {}, now() {}, onNew() {} };

  const scroller = box.closest(".waiters");
  const shown = () => box.querySelector("#waiting-list");
  let { stamp } = shown().dataset;
  let keys = keysOf(shown()); // of all who wait, as the server said last
  let newest = Number(shown().dataset.newest);
  let askedAt = Date.now();
  let wanted = null;
  let heard = null; // the stamp of the list that is asked for; NOW where something was done here since
  let turn = 0; // an answer that another one overtook is not taken
  let latest = null;
  let seen; // the pulse's stamp of the list
  let here = []; // who has which talk open
  let unseen = new Set(); // the keys of new rows that nobody has scrolled to
  let told = () => {};

  const rows = () => [...box.querySelectorAll("#people li")];
  const addressOf = (row) => row.querySelector("a").getAttribute("href");
  const find = (address) => rows().findIndex((row) => addressOf(row) === address);
  const byKey = (key) => rows().find((row) => row.dataset.key === key);

  function fetchList() {
    clearTimeout(wanted);
    wanted = null;
    latest = ask((turn += 1), heard ?? NOW);
    heard = null;
    return latest;
  }

  async function ask(mine, stampHeard) {
    askedAt = Date.now();
    const address = new URL(desk.dataset.list, location.origin);
    address.searchParams.set("live", stampHeard); // many ask for the same one at once: the server reads it once
    address.searchParams.set("after", shown().dataset.read); // and no older one than this page has
    const options = { headers: { "If-None-Match": stamp, "X-Background": "1" }, signal: AbortSignal.timeout(PATIENCE) };
    const answer = await fetch(address, options).catch(() => null);
    const html = answer?.ok && !answer.redirected ? await answer.text().catch(() => null) : null;
    if (mine !== turn) return latest;
    if (answer?.status !== 304 && html === null) {
      failed();
      wanted ??= setTimeout(fetchList, RENEW_AFTER * 2);
      return null;
    }
    renewedAt = askedAt;
    if (missed < MISSED) fresh();
    if (html === null) return null;
    take(new DOMParser().parseFromString(html, "text/html").getElementById("waiting-list"));
    stamp = answer.headers.get("ETag");
    return null;
  }

  function take(next) {
    const before = keys;
    const last = newest;
    keys = keysOf(next);
    newest = Number(next.dataset.newest);
    const added = before.size && keys.size ? [...keys].filter((key) => !before.has(key)) : [];
    put(next, new Set(added));
    const count = added.length || Number(newest > last);
    if (count) told(count);
  }

  function put(next, added) {
    const marked = box.querySelector("[aria-current=true]")?.getAttribute("href");
    const focused = document.activeElement?.closest?.("#people a")?.getAttribute("href");
    const top = scroller.getBoundingClientRect().top;
    const read = scroller.scrollTop ? rows().find((row) => row.getBoundingClientRect().bottom > top) : null;
    const at = read?.getBoundingClientRect().top;
    box.replaceChildren(document.adoptNode(next));
    const again = read && byKey(read.dataset.key);
    if (again) scroller.scrollTop += again.getBoundingClientRect().top - at;
    if (marked) rows()[find(marked)]?.querySelector("a").setAttribute("aria-current", "true");
    if (focused) box.querySelector(`#people a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    unseen = new Set([...unseen, ...added]);
    tellUnseen();
    showPresence();
    document.body.dataset.waiting = next.dataset.waiting;
    document.dispatchEvent(new CustomEvent("tick"));
  }

  function tellUnseen() {
    const foot = scroller.getBoundingClientRect().bottom;
    unseen = new Set([...unseen].filter((key) => byKey(key)?.getBoundingClientRect().top > foot));
    more.hidden = !unseen.size;
    more.textContent = `↓ ${unseen.size} kişi daha bekliyor`;
  }

  // Until the list is renewed: nobody is counted who is not listed.
  function fewer(row) {
    const asleep = desk.dataset.list.includes("gorunum=ertelenen"); // they are counted there alone
    const counts = asleep ? ".tabs [aria-current] b" : row.classList.contains("mine") ? ".tabs b" : ".tabs a:first-child b";
    for (const each of box.querySelectorAll(counts)) {
      const left = Number(each.textContent) - 1; // of very many (99+) nobody knows
      if (left > 0) each.textContent = left;
      else if (left === 0) each.remove();
    }
    document.body.dataset.waiting = box.querySelector(".tabs a:first-child b")?.textContent ?? "";
  }

  // Soon, but not for each of many changes.
  function renew(to = NOW) {
    heard = heard === NOW ? NOW : to;
    const rest = Math.max(0, askedAt + RENEW_AFTER - Date.now());
    wanted ??= setTimeout(fetchList, rest);
  }

  function mark(address) {
    for (const each of box.querySelectorAll("[aria-current=true]")) each.removeAttribute("aria-current");
    const row = rows()[find(address)];
    row?.querySelector("a").setAttribute("aria-current", "true");
    row?.scrollIntoView({ block: "nearest" });
  }

  function showPresence() {
    for (const row of rows()) {
      const names = here.filter((each) => String(each.citizen) === row.dataset.citizen).map((each) => (each.writing ? `${each.name} yazıyor` : each.name));
      row.querySelector(".here").textContent = names.join(", ");
    }
  }

  document.getElementById("retry").addEventListener("click", fetchList);
  more.addEventListener("click", () => byKey([...unseen][0])?.scrollIntoView({ block: "center" }));
  scroller.addEventListener("scroll", () => unseen.size && tellUnseen(), { passive: true });
  document.addEventListener("pulse", ({ detail }) => {
    here = detail.here.filter((each) => String(each.user) !== desk.dataset.me);
    showPresence();
    if (detail.list !== seen) renew(detail.list);
    seen = detail.list;
  });
  addEventListener("online", fetchList);
  document.body.dataset.waiting = shown().dataset.waiting;

  return {
    first: () => (rows()[0] ? addressOf(rows()[0]) : null),
    beside(address, by) {
      const at = find(address);
      const row = at < 0 ? rows()[0] : rows()[at + by];
      return row ? addressOf(row) : null;
    },
    /** The next or previous page of a long list. */
    further: (by) => box.querySelector(by > 0 ? ".pages [rel=next]" : ".pages [rel=prev]")?.href,
    has: (address) => find(address) >= 0,
    now: fetchList,
    drop(address) {
      const row = rows()[find(address)];
      if (row) fewer(row);
      row?.remove();
      stamp = ""; // the list here is not the server's any more, even where that becomes again what it was
    },
    mark,
    renew,
    onNew: (listener) => {
      told = listener;
    },
  };
}

const keysOf = (listed) => new Set(listed.dataset.keys.split(" ").filter(Boolean));
