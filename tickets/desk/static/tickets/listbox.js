// A list under a field that keeps the focus: arrows go through it, Enter or Tab picks, Escape closes it.

export class Listbox {
  /** `draw(row, item)` fills the item of a row; `pick(row)` is told which was chosen. */
  constructor(field, list, { draw, pick }) {
    Object.assign(this, { field, list, draw, pick, rows: [], at: -1 });
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.hide());
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]:not(.nothing)");
      if (item) this.choose(this.items().indexOf(item));
    });
  }

  get open() {
    return !this.list.hidden;
  }

  items() {
    return [...this.list.querySelectorAll("[role=option]:not(.nothing)")];
  }

  /** Shows these rows, the first of them marked; `nothing` is said where there are none. */
  show(rows, nothing = "") {
    this.rows = rows;
    this.list.replaceChildren(...rows.map((row, place) => this.item(row, place)));
    if (!rows.length && nothing) this.list.append(none(nothing));
    this.list.hidden = !rows.length && !nothing;
    if (this.field.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", String(this.open));
    this.mark(rows.length ? 0 : -1);
  }

  hide() {
    this.show([]);
  }

  item(row, place) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    this.draw(row, item);
    return item;
  }

  mark(at) {
    this.at = at;
    this.items().forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    const marked = this.items()[at];
    if (marked) this.field.setAttribute("aria-activedescendant", marked.id);
    else this.field.removeAttribute("aria-activedescendant");
    marked?.scrollIntoView({ block: "nearest" });
  }

  choose(at) {
    const row = this.rows[at];
    this.hide();
    if (row !== undefined) this.pick(row);
  }

  key(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.rows.length) this.mark((this.at + step + this.rows.length) % this.rows.length);
    else if (event.key === "Enter" && this.at >= 0) this.choose(this.at);
    else if (event.key === "Tab" && this.at >= 0 && !event.shiftKey) {
      this.choose(this.at);
      return; // and on to the next field
    } else if (event.key === "Escape") this.hide();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function none(words) {
  const item = Object.assign(document.createElement("li"), { textContent: words, className: "nothing" });
  item.setAttribute("role", "option");
  item.setAttribute("aria-disabled", "true");
  return item;
}

/** Two lines of a row: what is read first, and beside it. */
export function lines(item, first, beside = "") {
  item.append(Object.assign(document.createElement("b"), { textContent: first }));
  if (beside) item.append(Object.assign(document.createElement("span"), { textContent: beside }));
}
