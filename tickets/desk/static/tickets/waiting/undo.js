// What was done on the desk is taken back by the bar at the foot, as on every page; here the talk opens again, with the
// text that was sent (desk/restore_form.js).
import { post } from "../page/post.js";

const LAST = "act:talk"; // in the tab's store, for where the next page has the bar

export function undo({ reopen }) {
  const form = document.getElementById("act-undo");
  let last = form.hidden ? null : JSON.parse(sessionStorage.getItem(LAST) ?? "null"); // the talk, and what was written in it
  sessionStorage.removeItem(LAST);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const undone = last ?? {};
    last = null;
    form.hidden = true;
    const answer = await post(form.action, {}, { Accept: "application/json" }).catch(() => null);
    const told = answer ? await answer.json().catch(() => ({})) : {};
    document.dispatchEvent(new CustomEvent("taken-back", { detail: told.said ?? "Geri alınamadı: bağlantı yok." }));
    if (answer?.ok) reopen(undone);
  });

  return {
    /** What was done in that talk can be taken back, as long as the bar says so. */
    offer({ address, given, words }) {
      last = { address, given };
      sessionStorage.setItem(LAST, JSON.stringify(last));
      document.dispatchEvent(new CustomEvent("acted", { detail: words }));
    },
  };
}
