// The desk by keyboard. Letters of the open talk that are not the desk's own are those of the ticket's page.
import { letterOf } from "../desk/letters.js";
import { keys as pageKeys } from "../page/keys.js";

export function keys(desk, { step, talks }) {
  const pane = document.getElementById("talk");
  const commands = { j: () => step(1), u: () => step(-1) };

  function leave(event) {
    const menu = pane.querySelector("details[open]");
    if (menu?.contains(event.target)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (event.target.closest("input, textarea, select")) event.target.blur();
    else if (matchMedia("(max-width: 900px)").matches) location.assign("/admin/bekleyenler/");
    else document.querySelector("#people [aria-current=true], #people a")?.focus();
  }

  // Before the page's own letters, of which the desk has some for itself.
  document.addEventListener(
    "keydown",
    (event) => {
      if (document.querySelector("dialog[open]")) return;
      if (event.key === "Escape") return leave(event);
      const command = commands[letterOf(event)];
      if (!command) return;
      event.preventDefault();
      event.stopPropagation();
      command();
    },
    { capture: true },
  );
  pageKeys(pane, talks.photos, talks.places);
}
