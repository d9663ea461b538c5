// The list that a ticket was opened from, kept in the tab: next and previous go along it, Esc goes back to it. A list is
// what is marked `data-list`, its rows' links `data-item`; the queue's rows are known.
const KEPT = "desk:list";
const LINKS = "[data-list] a[data-item], #queue-live tr[data-row] a.number";

addEventListener("pagehide", () => {
  const items = [...document.querySelectorAll(LINKS)].map((each) => each.pathname);
  if (items.length) sessionStorage.setItem(KEPT, JSON.stringify({ address: location.pathname + location.search, items }));
});

/** Where the list is, and what stands before and after this page in it; null where the page was opened by itself. */
export function place() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const at = kept?.items.indexOf(location.pathname) ?? -1;
  if (at < 0) return null;
  return { address: kept.address, previous: kept.items[at - 1], next: kept.items[at + 1], number: at + 1, of: kept.items.length };
}
