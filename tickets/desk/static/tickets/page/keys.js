// Everything by keyboard; the letters stand in the help window and mean the same on every page. A letter whose act is not
// offered now says why at the foot of the page.
import { place } from "../desk/lists.js";
import { hint, hold, letterOf, noField, typing } from "../desk/letters.js";

const NOTHING = "Bu tuşun burada yapacağı bir şey yok. Tuşlar için: ?";

export function keys(page, photos, places) {
  const inField = (id, enter) => (letter) => {
    const field = document.getElementById(id);
    if (field) enter(field);
    else noField(document.querySelector("#composer .notice")?.textContent ?? NOTHING);
  };
  const focus = (field) => field.focus();
  const press = (...selectors) => (letter) => {
    const button = selectors.map((each) => page.querySelector(each)).find(Boolean);
    if (button) button.click();
    else nothing(letter);
  };
  const why = () => JSON.parse(document.getElementById("why")?.textContent ?? "{}");
  const nothing = (letter) => hint(why()[letter] ?? NOTHING);
  const step = (letter) => {
    const found = page.querySelector(`[data-step="${letter}"]`);
    if (!found) return nothing(letter);
    if (found.matches("form")) return found.requestSubmit();
    found.closest("[data-more]")?.setAttribute("open", "");
    found.open = true;
    found.scrollIntoView({ block: "nearest" });
    firstField(found).focus();
  };
  // By the mouse, too: what is typed next is for its field, and no letter of the page.
  page.addEventListener("click", ({ target }) => {
    const fold = target.closest("details[data-step] > summary")?.parentElement;
    if (!fold || fold.open || !matchMedia("(pointer: fine)").matches) return;
    fold.addEventListener("toggle", () => fold.open && firstField(fold).focus(), { once: true });
  });
  const go = (way, words) => () => {
    const to = place()?.[way];
    if (!to) return hint(words);
    hold(); // what is pressed until then is not for the one that is left
    return location.assign(to);
  };
  const more = () => {
    const all = page.querySelector("[data-more]");
    if (!all) return nothing(".");
    all.open = !all.open;
    if (all.open) all.querySelector(":scope > .moves :is(summary, button)")?.focus();
  };
  function snooze(letter) {
    const asleep = page.querySelector("[data-act=wake] button");
    if (asleep) return asleep.click();
    const menu = document.getElementById("snooze");
    if (!menu) return nothing(letter);
    menu.open = true;
    return menu.querySelector("form button").focus();
  }
  const commands = {
    j: go("next", "Listenin sonu: başka başvuru yok."),
    u: go("previous", "Listenin başı: önceki başvuru yok."),
    d: press("[data-claim-danger]"),
    b: press("[data-claim]", "[data-act=take] button"),
    e: snooze,
    z: () => hint("Geri alınacak bir işlem yok."), // else the bar at the foot has it
    r: inField("reply", focus),
    n: inField("note", focus),
    "/": inField("reply", (field) => field.dispatchEvent(new Event("canned"))),
    o: (letter) => (page.querySelector('[data-step="o"]') ? step(letter) : press("[data-accept]")(letter)),
    w: press("[form=hand-back]", "[form=take-over]"),
    f: () => photos.open(),
    h: () => places.focus(),
    ".": more,
    "?": () => document.getElementById("help").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && escape(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.repeat) event.target.form?.requestSubmit();
    const letter = letterOf(event);
    if (!letter || event.defaultPrevented) return;
    const act = commands[letter] ?? (/^\p{L}$/u.test(letter) ? step : null);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // the frame has letters of its own: t goes to its search
    act(letter);
  });
}

function firstField(fold) {
  const fields = "form :is(select, textarea, input:not([type=hidden]))";
  return fold.querySelector(`${fields}:required`) ?? fold.querySelector(fields) ?? fold.querySelector("form button");
}

/** Out of the field, then out of what is open, then back to the list. */
function escape(event) {
  if (document.querySelector("dialog[open]")) return false;
  if (typing(event)) event.target.blur();
  else {
    const open = event.target.closest("details[open]") ?? document.querySelector("#moves details[open]");
    if (open) open.open = false;
    else document.querySelector("[data-back]")?.click();
  }
  return true;
}
