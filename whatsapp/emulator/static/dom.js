/** The few words the page is built with: elements, icons, sheets, notices. */

const ICONS = {
  attach: "M12 5v14M5 12h14",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Z",
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM6 11a6 6 0 0 0 12 0M12 17v4",
  stop: "M7 7h10v10H7Z",
  more: "M7 10l5 5 5-5",
  close: "M6 6l12 12M18 6 6 18",
  pin: "M12 21s-7-6.5-7-11a7 7 0 0 1 14 0c0 4.5-7 11-7 11ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  reply: "M10 7 5 12l5 5M5 12h8a6 6 0 0 1 6 6",
  list: "M5 7h14M5 12h14M5 17h14",
  sent: "M6 12.5l4 4 8-9",
  arrived: "M2 12.5l4 4 8-9M11 16l1 .5 9-9",
  file: "M7 3h7l4 4v14H7ZM14 3v4h4",
};

/**
 * An element. Attributes named on… are listeners, those that are false, null or undefined are left out;
 * children are nodes or texts, empty ones are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false && child !== ""));
  return element;
}

/** A picture for the eye only; whoever uses it names the control. */
export function icon(name, className = "icon") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICONS[name]);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

/** A button that shows only a picture: `label` is its name. */
export function iconButton(name, label, onclick, className = "round") {
  return h("button", { type: "button", class: className, "aria-label": label, title: label, onclick }, icon(name));
}

/**
 * Opens a modal sheet and resolves with what `close(value)` was called with, undefined when it was dismissed.
 * `fill(close)` returns its content.
 */
export function sheet(title, fill, className = "") {
  return new Promise((resolve) => {
    // The browser tells of a closed dialog only later: what is written until then must not be missed.
    const close = (value) => {
      dialog.close();
      resolve(value);
    };
    const heading = h("h2", { id: "sheet-title" }, title);
    const top = h("div", { class: "sheet-top" }, heading, iconButton("close", "Kapat", () => close()));
    const dialog = h("dialog", { class: `sheet ${className}`, "aria-labelledby": "sheet-title" }, top);
    dialog.append(...[fill(close)].flat());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    dialog.querySelector("input, .choices button")?.setAttribute("autofocus", "");
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A sheet of choices; resolves with the `value` of the one taken. A choice is `{value, title, note?}`. */
export function choose(title, choices) {
  return sheet(title, (close) =>
    h("ul", { class: "choices" }, choices.map(({ value, title: name, note }) =>
      h("li", {}, h("button", { type: "button", onclick: () => close(value) },
        h("strong", {}, name), note && h("small", {}, note))))));
}

let fading;

/** Says something for a few seconds at the foot of the page, to screen readers at once. */
export function toast(text) {
  const place = document.querySelector("#toast");
  place.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (place.textContent = ""), 6000);
}

/** Runs what a control does; a refusal is said instead of thrown. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return undefined;
  }
}

const IN_KAYSERI = { timeZone: "Europe/Istanbul" };
const HOUR = new Intl.DateTimeFormat("tr", { ...IN_KAYSERI, hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("tr", { ...IN_KAYSERI, day: "numeric", month: "long", year: "numeric" });
const MOMENT = new Intl.DateTimeFormat("tr", {
  ...IN_KAYSERI, day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** Times of the emulator are seconds since 1970. */
export const hour = (at) => HOUR.format(at * 1000);
export const day = (at) => DAY.format(at * 1000);
export const moment = (at) => MOMENT.format(at * 1000);
