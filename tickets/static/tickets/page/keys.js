// Everything by keyboard; the letters stand in the help window.
export function keys(page, photos, places) {
  const focus = (id) => () => document.getElementById(id)?.focus();
  const openMove = (name) => {
    const move = page.querySelector(`[data-move="${name}"]`);
    if (!move) return;
    move.open = true;
    move.scrollIntoView({ block: "nearest" });
    (move.querySelector("form :is(select, textarea, input:not([type=hidden]))") ?? move.querySelector("form button")).focus();
  };
  const commands = {
    r: focus("reply"),
    n: focus("note"),
    "/": () => document.getElementById("reply")?.dispatchEvent(new Event("canned")),
    a: () => openMove("a"),
    i: () => openMove("i"),
    k: () => openMove("k"),
    t: () => openMove("call"),
    d: () => page.querySelector("[data-claim-danger]")?.click(),
    m: () => places.focus(),
    f: () => photos.open(),
    o: () => page.querySelector("[data-accept]")?.click(),
    b: () => page.querySelector("[data-claim]")?.click(),
    p: () => page.querySelector("[data-print]")?.click(),
    z: () => page.querySelector("[data-undo]")?.click(),
    u: () => page.querySelector("[data-back]").click(),
    "?": () => document.getElementById("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], #map");
    if (event.key === "Escape" && typing) event.target.blur();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const command = /^[0-9]$/.test(event.key) ? () => openMove(event.key) : commands[event.key];
    if (!command) return;
    event.preventDefault();
    event.stopPropagation(); // the frame has letters of its own: t goes to its search
    command();
  });
}
