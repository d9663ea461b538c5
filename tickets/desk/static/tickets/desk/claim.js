// D claims what stands first in the strip, on any page: the row that shows the letter (bell.js). A page of a danger claims
// its own.
import { letterOf } from "./letters.js";

addEventListener(
  "keydown",
  (event) => {
    if (letterOf(event) !== "d" || event.defaultPrevented || document.querySelector("[data-claim-danger]")) return;
    const button = document.querySelector("#dangers button:has(kbd:not([hidden]))");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    button.click();
  },
  { capture: true },
);
