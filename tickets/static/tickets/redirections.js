// One key confirms what is ticked.
const form = document.getElementById("proposals");

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "o" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) form.requestSubmit();
});
