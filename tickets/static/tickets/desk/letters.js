// One letter, one act, on all pages. A letter counts outside of text fields, in lower case by Turkish rules; with Shift it
// is another one ("K"). A key that is held down is pressed once. Who has switched single letters off has none of them (WCAG 2.1.4).
const FIELDS = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select, [contenteditable], #map";

export const typing = (event) => Boolean(event.target.closest?.(FIELDS));

export function letterOf(event) {
  if (event.repeat || typing(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return "";
  if (document.getElementById("act-bar")?.dataset.letters === "off") return "";
  if (event.key.length !== 1) return "";
  const letter = event.key.toLocaleLowerCase("tr").replace("ı", "i");
  return event.shiftKey && letter !== event.key.toLocaleUpperCase("tr") ? letter.toUpperCase() : letter;
}

/** Says something in the bar at the foot of the page. */
export function say(words) {
  const said = document.getElementById("act-said");
  if (said) said.textContent = words;
}

/** Says it until the next key or press. */
export function hint(words) {
  say(words);
  const over = new AbortController();
  const end = () => {
    over.abort();
    if (document.getElementById("act-said")?.textContent === words) say("");
  };
  for (const each of ["keydown", "pointerdown"]) addEventListener(each, end, { capture: true, signal: over.signal });
}
