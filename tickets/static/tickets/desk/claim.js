// D claims the danger that stands first in the strip, on any page; a page of a danger claims its own.
import { letterOf } from "./letters.js";

addEventListener(
  "keydown",
  (event) => {
    if (letterOf(event) !== "d" || event.defaultPrevented || document.querySelector("[data-claim-danger]")) return;
    const button = document.querySelector("#dangers li:not(.held) button:not([hidden])");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  },
  { capture: true },
);
