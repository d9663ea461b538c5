// The bar below: what was done last, for as long as it can be taken back. Which act that is says the server, as on every page.
import { post } from "../page/post.js";

export function undo({ say, reopen }) {
  const button = document.getElementById("undo");
  const { offered } = document.getElementById("act-bar").dataset;
  let last = null;
  let timer;

  function forget() {
    clearTimeout(timer);
    last = null;
    button.hidden = true;
  }

  /** What was done in that talk can be taken back; what was `written` and sent stands in its box again then. */
  async function offer({ address, written, words }) {
    forget();
    const answer = await fetch(offered, { headers: { "X-Background": "1" } }).catch(() => null);
    const { title, seconds, address: action } = answer?.ok ? await answer.json() : {};
    say(words || title || "Yapıldı.");
    if (!seconds) return;
    last = { action, address, written };
    button.hidden = false;
    timer = setTimeout(forget, seconds * 1000);
  }

  async function takeBack() {
    if (!last) return;
    const { action, address, written } = last;
    forget();
    const answer = await post(action, {}, { Accept: "application/json" }).catch(() => null);
    const told = answer ? await answer.json().catch(() => ({})) : {};
    say(told.said ?? told.reason ?? "Geri alınamadı: bağlantı yok.");
    if (answer?.ok) reopen(address, written);
  }

  button.addEventListener("click", takeBack);
  return { offer, takeBack };
}
