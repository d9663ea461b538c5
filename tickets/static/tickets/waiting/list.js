// The list of those who wait, kept up to date: rows change in place, new ones wait behind a button while somebody reads
// further down. Where it cannot be renewed the old one stays, marked with its time.
const RENEW_AFTER = 3_000; // ms: so often at most, however much happens

export function list(desk) {
  const box = document.getElementById("waiters");
  const none = { beside: () => null, first: () => null, has: () => false, drop() {}, mark() {}, renew() {}, now() {}, onNew() {} };
  if (!box) return none;
  const stale = document.getElementById("stale");
  const more = document.getElementById("more");
  const live = document.getElementById("live");
  const scroller = box.closest(".waiters");
  let stamp = box.querySelector("#waiting-list").dataset.stamp;
  let renewedAt = Date.now();
  let wanted = null;
  let seen; // the pulse's stamp of the list
  let here = []; // who has which talk open
  let waiting = null; // a newer list, while somebody reads further down
  let told = () => {};

  const rows = () => [...box.querySelectorAll("#people li")];
  const addressOf = (row) => row.querySelector("a").getAttribute("href");
  const find = (address) => rows().findIndex((row) => addressOf(row) === address);

  async function fetchList() {
    wanted = null;
    renewedAt = Date.now();
    const address = new URL(desk.dataset.list, location.origin);
    address.searchParams.set("live", "1");
    const answer = await fetch(address, { headers: { "If-None-Match": stamp, "X-Background": "1" } }).catch(() => null);
    if (answer?.status === 304) return fresh();
    if (!answer?.ok || answer.redirected) return failed();
    fresh();
    stamp = answer.headers.get("ETag");
    take(new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("waiting-list"));
    return null;
  }

  function take(next) {
    const known = new Set(rows().map((row) => row.dataset.key));
    const added = [...next.querySelectorAll("#people li")].filter((row) => !known.has(row.dataset.key));
    if (added.length) told(added);
    if (added.length && scroller.scrollTop > 40) {
      waiting = next;
      more.textContent = `↑ ${added.length} kişi daha bekliyor`;
      more.hidden = false;
      return;
    }
    put(next);
  }

  function put(next) {
    const marked = box.querySelector("[aria-current=true]")?.getAttribute("href");
    const focused = document.activeElement?.closest?.("#people a")?.getAttribute("href");
    box.replaceChildren(document.adoptNode(next));
    waiting = null;
    more.hidden = true;
    if (marked) mark(marked);
    if (focused) box.querySelector(`#people a[href="${CSS.escape(focused)}"]`)?.focus();
    showPresence();
    document.body.dataset.waiting = next.dataset.count;
    document.dispatchEvent(new CustomEvent("tick"));
  }

  function fresh() {
    stale.hidden = true;
    live.textContent = "Canlı";
    live.classList.remove("off");
  }

  function failed() {
    const at = new Date(renewedAt).toLocaleTimeString("tr", { hour: "2-digit", minute: "2-digit" }).replace(":", ".");
    if (stale.hidden) stale.querySelector("span").textContent = navigator.onLine ? `Liste yenilenemedi. Gördüğünüz ${at}’deki liste.` : `Bağlantı yok. Gördüğünüz ${at}’deki liste; yazdıklarınız saklanıyor.`;
    stale.hidden = false;
    live.textContent = "Bağlantı yok";
    live.classList.add("off");
    wanted ??= setTimeout(fetchList, RENEW_AFTER * 2);
  }

  // Soon, but not for each of many changes.
  function renew() {
    const rest = Math.max(0, renewedAt + RENEW_AFTER - Date.now());
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
  more.addEventListener("click", () => {
    scroller.scrollTop = 0;
    if (waiting) put(waiting);
  });
  document.addEventListener("pulse", ({ detail }) => {
    here = detail.here.filter((each) => String(each.user) !== desk.dataset.me);
    showPresence();
    if (detail.list !== seen) renew();
    seen = detail.list;
  });
  addEventListener("online", fetchList);
  document.body.dataset.waiting = box.querySelector("#waiting-list").dataset.count;

  return {
    first: () => (rows()[0] ? addressOf(rows()[0]) : null),
    beside(address, by) {
      const at = find(address);
      const row = at < 0 ? rows()[0] : rows()[at + by];
      return row ? addressOf(row) : null;
    },
    has: (address) => find(address) >= 0,
    now: fetchList,
    drop(address) {
      rows()[find(address)]?.remove();
      stamp = ""; // the list here is not the server's any more, even where that becomes again what it was
    },
    mark,
    renew,
    onNew: (listener) => {
      told = listener;
    },
  };
}
