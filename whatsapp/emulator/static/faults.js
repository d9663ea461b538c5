/** The list of faults: each can be set with its options, and says whether it is on. */

import * as control from "./control.js";
import { attempt, h, toast } from "./dom.js";
import { FAULT_GROUPS, FAULTS, OPTIONS, VALUES } from "./labels.js";

export class FaultList {
  constructor() {
    this.items = new Map();
    this.held = h("output", {}, "0");
    this.list = h("div", {});
    this.element = h("div", {},
      h("p", { class: "hint" }, "Tutulan webhook: ", this.held),
      h("div", { class: "buttons" },
        releaseButton("Bırak", {}), releaseButton("Karıştırarak bırak", { shuffle: true }),
        releaseButton("Tek gövdede bırak", { batch: true }),
        h("button", { type: "button", onclick: () => attempt(() => control.clearFault()) }, "Tüm arızaları kaldır")),
      this.list);
    attempt(() => this.load());
  }

  /** Asks the emulator which faults it knows. */
  async load() {
    const { kinds, choices } = await control.faults();
    this.list.append(...FAULT_GROUPS.map(([group, names]) => h("section", {}, h("h3", {}, group),
      names.map((kind) => this.draw(kind, kinds[kind], choices)))));
    this.update(this.active ?? [], this.held.value);
  }

  update(active, held) {
    this.active = active;
    this.held.textContent = held;
    const set = new Map(active.map((fault) => [fault.kind, fault]));
    for (const [kind, { badge, off }] of this.items) {
      const fault = set.get(kind);
      off.hidden = !fault;
      badge.textContent = fault ? (fault.left === null ? "açık" : `açık, ${fault.left} kez`) : "";
    }
  }

  draw(kind, options, choices) {
    const [title, about] = FAULTS[kind];
    const badge = h("span", { class: "badge" });
    const off = h("button", { type: "button", hidden: true, onclick: () => attempt(() => control.clearFault(kind)) }, "Kapat");
    this.items.set(kind, { badge, off });
    const form = h("form", { class: "inline", onsubmit: (event) => this.set(event, kind, options) },
      Object.entries(options).map(([name, usual]) => h("label", {}, OPTIONS[name], field(name, usual, choices))),
      h("label", {}, "Kaç kez", h("input", { name: "count", type: "number", min: "1", placeholder: "sürekli" })),
      h("button", {}, "Aç"), off);
    return h("details", { class: "fault", "data-kind": kind },
      h("summary", {}, title, badge), h("p", { class: "hint" }, about), form);
  }

  async set(event, kind, options) {
    event.preventDefault();
    const given = new FormData(event.target);
    const chosen = Object.entries(options).map(([name, usual]) =>
      [name, typeof usual === "number" ? Number(given.get(name)) : given.get(name)]);
    const count = given.get("count") ? Number(given.get("count")) : null;
    const set = await attempt(() => control.setFault({ kind, count, ...Object.fromEntries(chosen) }));
    if (!set) return;
    this.update([...this.active.filter((fault) => fault.kind !== kind), set], this.held.value);
    toast(`${FAULTS[kind][0]}: açık`);
  }
}

function field(name, usual, choices) {
  if (name in choices) {
    return h("select", { name }, choices[name].map((value) =>
      h("option", { value, selected: value === usual }, VALUES[value])));
  }
  const number = typeof usual === "number";
  return h("input", { name, type: number ? "number" : "text", step: number ? "any" : null, value: usual, required: true });
}

const releaseButton = (title, how) => h("button", {
  type: "button",
  onclick: () => attempt(async () => toast(`${(await control.release(how)).released} webhook bırakıldı.`)),
}, title);
