// A danger's page: what was done is ticked off by its digit, and that 112's words were taken is kept.
import { post } from "./page/post.js";

document.addEventListener("click", (event) => {
  if (event.target.closest("#copy-112")) post(document.querySelector("[data-copied]").dataset.copied, {}, {}).catch(() => null);
});
// Before the page's own digits: while life is in danger they are the steps.
document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const step = /^[1-9]$/.test(event.key) && document.querySelector(`[data-step="${event.key}"]:not(:disabled)`);
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    step.click();
  },
  { capture: true },
);
