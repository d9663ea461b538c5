// The list that a page was opened from, kept in the tab: next and previous go along it, Esc goes back to it. A list is
// what is marked `data-list`, its rows' links `data-item`; the queue's rows are known. The page of a ticket that was
// opened from its talk stands in that list as the talk.
const KEPT = "desk:list";
const LINKS = "[data-list] a[data-item], #queue-live tr[data-row] a.number";

const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "null");

addEventListener("pagehide", () => {
  const items = [...document.querySelectorAll(LINKS)].map((each) => each.pathname);
  const list = items.length ? { address: location.pathname + location.search, items } : kept();
  const talk = document.querySelector("#desk #ticket")?.dataset.address;
  if (talk && list) list.talk = { address: talk, ticket: document.querySelector("#talk-head [data-of-ticket]")?.pathname };
  if (items.length || talk) sessionStorage.setItem(KEPT, JSON.stringify(list));
});

/** Where the list is, and what stands before and after this page in it; null where the page was opened by itself. */
export function place() {
  const list = kept();
  const here = list?.talk?.ticket === location.pathname ? list.talk.address : location.pathname;
  const at = list?.items.indexOf(here) ?? -1;
  if (at < 0) return null;
  return { address: list.address, previous: list.items[at - 1], next: list.items[at + 1], number: at + 1, of: list.items.length };
}

/** Where one came from last, though this page is not in it. */
export const lastList = () => kept()?.address;
