// A number is opened on demand, and who saw it is kept; it stays open until the page is left, though its part is drawn anew.
import { post } from "./post.js";

const PATIENCE = 4_000; // ms: while somebody waits to copy, a browser lets them do so for five seconds

export function phone(page) {
  let opened;

  function show() {
    if (!opened) return;
    for (const each of page.querySelectorAll("#phone, [data-phone]")) each.textContent = opened;
    for (const each of page.querySelectorAll("[data-unmask]")) each.remove();
  }

  /** Whether the number stands there now. */
  async function open(button) {
    const answer = await post(button.dataset.unmask, {}, {}, AbortSignal.timeout(PATIENCE)).catch(() => null);
    const told = (await answer?.json().catch(() => null)) ?? { reason: "Numara açılamadı: bağlantı yok." };
    opened = told.phone;
    show();
    const shown = page.querySelector("#phone");
    if (!opened && shown) shown.textContent = told.reason;
    return Boolean(opened);
  }

  page.addEventListener("renewed", show);
  page.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-unmask]");
    if (button) open(button);
  });
  return open;
}
