/** The panel beside the telephones: scenes, faults, the clock, unusual messages, the log of webhooks. */

import * as control from "./control.js";
import { attempt, h, moment, sheet, toast } from "./dom.js";
import { FaultList } from "./faults.js";
import { pretty } from "./phone.js";
import { EXERCISES } from "./exercises.js";
import { UNUSUAL } from "./labels.js";

const SHOWN_DELIVERIES = 50;
const STEPS = [["+16 dakika: yarım başvuru açılır", 16 * 60], ["+4 saat: söz hatta döner", 4 * 3600 + 60], ["+25 saat: pencere kapanır", 25 * 3600],
  ["+8 gün: çözülen kapanır, dosyalar ölür", 8 * 86400]];

export class Panel {
  /** `on` holds `play(scene)` and `active()`, the telephone in front, if any. */
  constructor(on) {
    this.on = on;
    this.faults = new FaultList();
    this.time = h("output", { class: "now" });
    this.rows = h("tbody");
    this.log = section("Webhook günlüğü", this.deliveriesTable());
    this.log.addEventListener("toggle", () => this.showDeliveries());
    this.elements = [
      section("Sahneler", this.scenes(), true),
      section("Arızalar", this.faults.element),
      section("Saat", this.clock()),
      section("Sıra dışı mesajlar", this.unusual()),
      this.log,
    ];
  }

  /** Shows what the news say of time, faults and webhooks. */
  update({ now, faults, held }) {
    this.time.textContent = moment(now);
    this.faults.update(faults, held);
    this.showDeliveries();
  }

  scenes() {
    return [h("p", { class: "hint" }, "Üç kısa alıştırma. Her adımda telefonun altında bir ipucu çıkar."),
      h("ol", { class: "scenes" }, EXERCISES.map((scene) =>
        h("li", {}, h("button", { type: "button", onclick: () => attempt(() => this.on.play(scene)) },
          h("strong", {}, scene.title), h("small", {}, scene.about)))))];
  }

  clock() {
    this.line = h("input", { type: "checkbox", checked: true });
    return [h("p", {}, "Şimdi: ", this.time),
      h("p", { class: "hint" }, "Yalnızca ileri gider, geri alınmaz."),
      h("label", { class: "check" }, this.line, "Hattın saati de ilerlesin"),
      h("div", { class: "buttons" }, STEPS.map(([title, seconds]) =>
        h("button", { type: "button", onclick: () => this.forward(seconds) }, title))),
      h("form", { class: "inline", onsubmit: (event) => this.forwardMinutes(event) },
        h("label", {}, "Dakika", h("input", { name: "minutes", type: "number", min: "1", value: "10", required: true })),
        h("button", {}, "İlerlet"))];
  }

  forward(seconds) {
    return attempt(async () => {
      const { now } = await control.forward(seconds, this.line.checked);
      toast(`Saat ilerledi: ${moment(now)}`);
    });
  }

  forwardMinutes(event) {
    event.preventDefault();
    return this.forward(60 * Number(event.target.minutes.value));
  }

  unusual() {
    const change = h("form", { class: "inline", onsubmit: (event) => this.changeNumber(event) },
      h("label", {}, "Yeni numara", h("input", { name: "phone", type: "tel", required: true })),
      h("button", {}, "Numarası değişti"));
    return [h("p", { class: "hint" }, "Öndeki telefondan gönderilir."),
      h("div", { class: "buttons" }, UNUSUAL.map(([title, type, fields]) =>
        h("button", { type: "button", onclick: () => this.say(type, fields) }, title))), change];
  }

  async changeNumber(event) {
    event.preventDefault();
    const form = event.target;
    if (await this.say("number_change", { phone: form.phone.value })) form.reset();
  }

  say(type, fields) {
    const phone = this.on.active();
    if (!phone) return toast("Önce bir telefon açın.");
    return phone.say(type, fields);
  }

  deliveriesTable() {
    const head = ["No", "Zaman", "İçinde", "Sonuç"].map((title) => h("th", { scope: "col" }, title));
    return [h("p", { class: "hint" }, `Son ${SHOWN_DELIVERIES} webhook, yenisi üstte. Numaraya basınca gövdesi açılır.`),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Webhook günlüğü" },
        h("table", {}, h("thead", {}, h("tr", {}, head)), this.rows))];
  }

  async showDeliveries() {
    if (!this.log.open) return;
    const found = (await attempt(() => control.deliveries(SHOWN_DELIVERIES))) ?? [];
    const shown = JSON.stringify(found.map(({ id, tries, due_at, done_at }) => [id, tries.length, due_at, done_at]));
    if (shown === this.shown) return;
    this.shown = shown;
    this.rows.replaceChildren(...found.map((delivery) => h("tr", {},
      h("td", {}, h("button", { type: "button", class: "link", onclick: () => showDelivery(delivery) }, String(delivery.id))),
      h("td", {}, moment(delivery.created_at)), h("td", {}, delivery.changes.map(contents).join(" + ")),
      h("td", {}, result(delivery)))));
  }
}

const section = (title, content, open = false) =>
  h("details", { name: "panel", open }, h("summary", {}, title), h("div", { class: "body" }, content));

function contents({ field, value }) {
  const messages = (value.messages ?? []).map(({ type }) => type);
  const statuses = (value.statuses ?? []).map(({ status }) => status);
  return [...messages, ...statuses].join(", ") || field;
}

function result({ tries, due_at, done_at, forged }) {
  const codes = tries.map(({ status, error }) => status ?? error).join(", ");
  const state = done_at === null ? (due_at === null ? "tutuluyor" : "bekliyor") : "";
  return [codes, state, forged && "sahte imza"].filter(Boolean).join(" · ");
}

const showDelivery = (delivery) => sheet(`Webhook ${delivery.id}`, () => [
  h("h3", {}, "Denemeler"), pretty(delivery.tries), h("h3", {}, "Gövde"), pretty(JSON.parse(delivery.body)),
], "wide");
