// A danger's page: what was done is ticked off by its digit, and that 112's words were taken is kept.
import { letterOf } from "./desk/letters.js";
import { post } from "./page/post.js";

document.addEventListener("click", (event) => {
  if (event.target.closest("#copy-112")) post(document.querySelector("[data-copied]").dataset.copied, {}, {}).catch(() => null);
});
// Before the page's own digits: while life is in danger they are the steps.
document.addEventListener(
  "keydown",
  (event) => {
    const digit = letterOf(event);
    const step = /^[1-9]$/.test(digit) && document.querySelector(`[data-step="${digit}"]:not(:disabled)`);
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step.click();
  },
  { capture: true },
);
