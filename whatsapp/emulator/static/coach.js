/** A scene under way on one telephone: shows the hint of the first step that is not done. */

import { attempt, h, iconButton } from "./dom.js";

export class Coach {
  constructor(scene, phone) {
    this.scene = scene;
    this.phone = phone;
    this.since = Math.max(0, ...phone.messages.map(({ seq }) => seq));
    this.show();
  }

  get chat() {
    return this.phone.messages.filter(({ seq }) => seq > this.since);
  }

  /** Draws the hint anew when the chat has moved on to another step. */
  show() {
    const { steps, title, end } = this.scene;
    const left = steps.findIndex((step) => !step.done(this.chat));
    if (left === this.shown) return;
    this.shown = left;
    const step = steps[left];
    const heading = step ? `${title} · adım ${left + 1}/${steps.length}` : `${title} · tamamlandı ✓`;
    this.phone.coach.replaceChildren(
      h("strong", {}, heading), iconButton("close", "Sahneyi bitir", () => this.phone.endScene(), "tool"),
      h("p", {}, step ? step.hint : end),
      ...(step ? controls(step, this) : []));
  }
}

function controls(step, coach) {
  const act = step.act && h("button", {
    type: "button", class: "main", onclick: () => attempt(() => step.act(coach.phone, coach.chat)),
  }, "Benim yerime yap");
  const link = step.link && h("a", { href: step.link[0], target: "_blank" }, step.link[1]);
  return [act, link].filter(Boolean);
}
