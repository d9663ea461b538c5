// Fields that search while one types are drawn by a library that does not name them: they get their label's words.

function nameFields() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = document.querySelector(`label[for="${select.id}"]`)?.textContent.trim().replace(/\*$/, "");
    const drawn = select.nextElementSibling;
    if (!label || !drawn) continue;
    for (const each of drawn.querySelectorAll("[role=combobox], [role=textbox], input")) {
      each.removeAttribute("aria-labelledby");
      each.setAttribute("aria-label", label);
    }
  }
}

addEventListener("DOMContentLoaded", () => {
  // The library's frame has no main part, to which screen readers jump.
  if (!document.querySelector("main, [role=main]")) (document.getElementById("main") || document.getElementById("page"))?.setAttribute("role", "main");
  if (!document.querySelector(".admin-autocomplete")) return;
  new MutationObserver(nameFields).observe(document.body, { childList: true, subtree: true });
  nameFields();
});

// The library hides the whole page until it has begun, and what is hidden gets no focus: `autofocus` is done again then.
document.addEventListener("alpine:initialized", () =>
  requestAnimationFrame(() => document.activeElement === document.body && document.querySelector("[autofocus]")?.focus()));
