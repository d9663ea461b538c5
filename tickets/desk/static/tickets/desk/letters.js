// One letter, one act, on all pages. A letter counts outside of text fields, in lower case by Turkish rules; with Shift it
// is another one ("K"). A key that is held down is pressed once. Who has switched single letters off has none of them (WCAG 2.1.4).
// What somebody looks at may change under their hands: while it does, and for a moment after it did without their asking,
// letters that act are held back, and so is what is typed on after one that was. Nobody means somebody they have not read.
const FIELDS = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select, [contenteditable], #map";

export const typing = (event) => Boolean(event.target.closest?.(FIELDS));

const REST = 800; // ms after which a press is meant for what has come
const DOUBLE = 500; // ms between the two presses of a double click
const COMES_WITHIN = 10_000; // ms; what takes longer does not come
const GOES = new Set(["j", "u", "q", "z", "?"]); // what acts on nobody here, or takes back what was just done
const FIELD = new Set(["r", "n"]); // what goes to a field: of what is coming, once it is there
let comingUntil = 0;
let heldUntil = 0;
let cameAt = -DOUBLE;
let amid = false; // a letter was held back: those that follow it at once are of the same word
const CHANGED = "Ekrandaki kişi değişti: tuş işlenmedi. Bakıp yeniden basın.";
let heldFor = CHANGED; // why letters are held back
let judged = {}; // the last key press, which more than one listens for
let onField = () => {};

const isComing = () => performance.now() < comingUntil;
const isHeld = () => isComing() || performance.now() < heldUntil;

/** Something else is coming: until it is released letters that act are held back, and `field` hears of R and N. */
export function hold(field = () => {}) {
  amid &&= isHeld();
  heldFor = CHANGED;
  comingUntil = performance.now() + COMES_WITHIN;
  onField = field;
}

/** What came is there. Where nobody asked for it, letters are held back a moment longer. */
export function release({ unasked = false } = {}) {
  comingUntil = 0;
  amid &&= unasked;
  cameAt = unasked ? performance.now() : -DOUBLE;
  heldUntil = unasked ? cameAt + REST : 0;
}

/** The field that a letter goes to is not there: what is typed on at once was meant for it, and acts on nobody. */
export function noField(words) {
  amid = true;
  heldFor = words;
  heldUntil = performance.now() + REST;
  hint(words);
}

/** Whether a press may still be the second one of a double click on what was there before. */
export const justCame = () => performance.now() < cameAt + DOUBLE;

addEventListener("pageshow", ({ persisted }) => persisted && release()); // back on a page that was left

function isHeldBack(event, letter) {
  if (judged.event === event) return judged.held;
  judged = { event, held: Boolean(letter) && isHeld() && (amid || !isMeant(letter)) };
  if (!judged.held) return false;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (FIELD.has(letter) && !amid) onField(letter);
  else {
    amid = true;
    hint(heldFor);
  }
  heldUntil = performance.now() + REST;
  return true;
}

// A danger is nobody's on the screen; a field of who has come waits for what is written to them.
const isMeant = (letter) => GOES.has(letter) || letter === "d" || (!isComing() && (letter === "/" || FIELD.has(letter)));

export function letterOf(event) {
  const letter = pressed(event);
  return isHeldBack(event, letter) ? "" : letter;
}

function pressed(event) {
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
