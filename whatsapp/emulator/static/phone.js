/** One telephone: the frame, the chat, the composer, and what a person can do with a message. */

import { drawBubble } from "./bubble.js";
import { bubbles, has, isTyping, summary } from "./chat.js";
import { Coach } from "./coach.js";
import { Composer } from "./composer.js";
import * as control from "./control.js";
import { attempt, choose, day, h, hour, icon, iconButton, moment, sheet, toast } from "./dom.js";
import { FIRST_MESSAGES } from "./first_messages.js";
import { pickPlace } from "./place.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

export class Phone {
  /** `leave()` is what its closing button does. */
  constructor(person, leave) {
    this.person = person;
    this.messages = [];
    this.drawn = new Map();
    this.reading = false;
    this.composer = new Composer((type, fields, files) => this.say(type, fields, files));
    this.clock = h("span", { class: "clock" });
    this.state = h("small", {});
    this.window = h("span", { class: "window" });
    this.list = h("ol", { onclick: () => this.draw() });
    this.log = h("div", { class: "log", role: "log", "aria-label": `${person.name}: sohbet`, tabindex: "0" }, this.list);
    this.keepAtEnd();
    this.openers = h("div", { class: "openers" }, FIRST_MESSAGES.map((text) =>
      h("button", { type: "button", onclick: () => this.say("text", { text }) }, text)));
    this.coach = h("div", { class: "coach", role: "status" });
    this.element = h("article", { class: "phone", "aria-label": `${person.name} adlı vatandaşın telefonu` },
      h("div", { class: "owner" }, h("h2", {}, person.name),
        h("span", {}, person.username ? `@${person.username}` : `+${person.phone}`), this.window,
        iconButton("close", `${person.name}: telefonu kapat`, leave, "tool")),
      h("div", { class: "screen" },
        h("div", { class: "bar" }, h("span", { class: "avatar", "aria-hidden": "true" }, "M"),
          h("div", { class: "title" }, h("strong", {}, "Melikgazi Belediyesi"), this.state), this.clock),
        this.log, this.openers, this.coach, this.composer.element));
  }

  /** Shows the chat as it is; marks it read when somebody can see it. `now` is the emulator's time. */
  update(person, messages, now) {
    this.person = person;
    this.messages = messages;
    this.clock.textContent = hour(now);
    this.state.textContent = isTyping(messages, now) ? "yazıyor…" : "İşletme hesabı";
    this.window.textContent = person.window_open ? "pencere açık" : "pencere kapalı";
    this.window.title = person.window_closes_at ? `24 saatlik pencerenin sonu: ${moment(person.window_closes_at)}` : "Henüz yazmadı";
    this.window.classList.toggle("shut", !person.window_open);
    this.draw();
    this.openers.hidden = messages.length > 0 || Boolean(this.scene);
    this.scene?.show();
    this.read();
  }

  /** Follows the chat as it grows, unless the person has scrolled up. */
  keepAtEnd() {
    const { log } = this;
    let atEnd = true;
    let last = 0;
    const follow = () => atEnd && log.scrollTo(0, log.scrollHeight);
    log.addEventListener("scroll", () => {
      const left = log.scrollHeight - log.scrollTop - log.clientHeight;
      // Only a person scrolls up; a chat that grows below does not.
      atEnd = left < 60 || (atEnd && log.scrollTop >= last);
      last = log.scrollTop;
    });
    log.addEventListener("load", follow, true); // a picture has got its height
    new ResizeObserver(follow).observe(log);
    new MutationObserver(follow).observe(this.list, { childList: true });
  }

  draw() {
    // A button that is replaced under a finger loses the tap; the click that ends the press draws.
    if (this.list.matches(":active")) return;
    let date;
    let previous = null;
    for (const bubble of bubbles(this.messages)) {
      const itsDay = day(bubble.message.at);
      if (itsDay !== date) previous = this.keep(`day ${itsDay}`, "", () => h("li", { class: "day" }, itsDay), previous);
      date = itsDay;
      previous = this.keep(bubble.key, bubble.version, () => drawBubble(bubble, this.actions), previous);
    }
  }

  /** Leaves an item alone while its version stays, so that focus and screen readers are not disturbed. */
  keep(key, version, make, previous) {
    const known = this.drawn.get(key);
    const element = known?.version === version ? known.element : make();
    if (known && known.element !== element) known.element.replaceWith(element);
    this.drawn.set(key, { version, element });
    const place = previous ? previous.nextSibling : this.list.firstChild;
    if (place !== element) this.list.insertBefore(element, place);
    return element;
  }

  async read() {
    const unread = this.messages.some((message) =>
      message.direction === "out" && !has(message, "read") && !has(message, "failed"));
    if (!unread || this.reading || document.hidden || this.element.offsetParent === null) return;
    this.reading = true;
    await attempt(() => control.read(this.person.id));
    this.reading = false;
  }

  play(scene) {
    this.scene = new Coach(scene, this);
    this.openers.hidden = true;
  }

  endScene() {
    this.scene = undefined;
    this.coach.replaceChildren();
    this.openers.hidden = this.messages.length > 0;
  }

  /** Sends a message of this person. */
  say(type, fields = {}, files = []) {
    return attempt(() => control.say(this.person.id, type, fields, files));
  }

  /** Lets the person choose a place and sends it, as an answer to `replyTo` (a wamid) if given. */
  async sendPlace(replyTo) {
    const place = await pickPlace();
    if (place) await this.say("location", { ...place, reply_to: replyTo });
  }

  actions = {
    json: (bubble) => this.showJson(bubble),
    options: (bubble) => this.showOptions(bubble),
    tap: (bubble, option) => this.tap(bubble, option),
    list: async (bubble, rows) => {
      const choices = rows.map(({ id, title, description }) => ({ value: id, title, note: description }));
      const choice = await choose(bubble.message.body.interactive.action.button, choices);
      if (choice) await this.say("tap", { choice });
    },
  };

  tap(bubble, option) {
    if (option.kind === "send_location") return this.sendPlace(bubble.message.wamid);
    if (option.kind === "request_contact_info") return this.say("contact_request", { reply_to: bubble.message.wamid });
    if (["button_reply", "button"].includes(option.kind)) return this.say("tap", { choice: option.id });
    return toast(`“${option.title}” düğmesi bu telefonda bir şey yapmaz.`);
  }

  async showOptions(bubble) {
    const message_id = bubble.message.wamid;
    const own = bubble.side === "mine" && !bubble.revoked;
    const taken = await sheet("Mesaj seçenekleri", (close) => [
      h("div", { class: "emoji" }, [...EMOJI, ""].map((emoji) => h("button", {
        type: "button", "aria-label": emoji ? `Tepki: ${emoji}` : "Tepkiyi kaldır", onclick: () => close({ emoji }),
      }, emoji || icon("close")))),
      h("ul", { class: "choices" }, [
        ["reply", "Yanıtla"],
        own && bubble.type === "text" && ["edit", "Düzenle"],
        own && ["revoke", "Herkesten sil"],
      ].filter(Boolean).map(([value, title]) =>
        h("li", {}, h("button", { type: "button", onclick: () => close({ value }) }, title))))]);
    if (!taken) return;
    if (taken.emoji !== undefined) await this.say("reaction", { message_id, emoji: taken.emoji });
    else if (taken.value === "reply") this.composer.replyTo(message_id, summary(bubble));
    else if (taken.value === "edit") this.composer.edit(message_id, bubble.text);
    else if (taken.value === "revoke") await this.say("revoke", { message_id });
  }

  /** What went over the wire, every part of the bubble and the webhooks that carried it. */
  async showJson(bubble) {
    const ids = new Set(bubble.parts.map((part) => part.wamid));
    const log = (await attempt(() => control.deliveries(200))) ?? [];
    const carried = log.filter(({ body }) => [...ids].some((id) => body.includes(id.replaceAll("/", "\\/"))));
    await sheet("Ham JSON", () => [
      ...bubble.parts.map((part) => [h("h3", {}, part.direction === "in" ? "Vatandaşın mesajı" : "Hattın mesajı"), pretty(part)]),
      ...carried.map((delivery) => [
        h("h3", {}, `Webhook ${delivery.id}: ${delivery.tries.map(({ status, error }) => status ?? error).join(", ") || "bekliyor"}`),
        pretty(JSON.parse(delivery.body))])].flat(), "wide");
  }
}

/** JSON for reading. */
export const pretty = (value) => h("pre", { tabindex: "0" }, JSON.stringify(value, null, 2));
