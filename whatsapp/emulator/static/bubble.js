/** Draws one bubble of a chat. */

import { has, summary } from "./chat.js";
import { mediaAddress } from "./control.js";
import { h, hour, icon, iconButton } from "./dom.js";

const MARKS = { "*": "b", _: "i", "~": "s", "`": "code" };
const MARKED = /(https?:\/\/[^\s]+)|(^|[\s(])([*_~`])(\S(?:[^\n]*?\S)?)\3(?=$|[\s.,;:!?)])/gm;
const STATES = { read: "okundu", played: "dinlendi", delivered: "iletildi", sent: "gönderildi" };

/** A text as WhatsApp shows it: *bold*, _italic_, ~struck~, `code`, links. */
export function formatted(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, link, before = "", mark, inner] = match;
    parts.push(text.slice(end, match.index) + before);
    parts.push(link ? h("a", { href: link, target: "_blank", rel: "noreferrer" }, link) : h(MARKS[mark], {}, inner));
    end = match.index + whole.length;
  }
  return [...parts, text.slice(end)];
}

/**
 * The list item of a bubble. `on` holds what its controls do: `options(bubble)`, `json(bubble)`,
 * `tap(bubble, option)`, `list(bubble, rows)`.
 */
export function drawBubble(bubble, on) {
  const { message } = bubble;
  if (bubble.notice) return h("li", { class: "notice" }, bubble.notice, jsonButton(bubble, on));
  const author = bubble.side === "mine" ? "Siz" : "Belediye";
  const body = bubble.revoked ? [h("p", { class: "gone" }, "Bu mesajı sildiniz")] : content(bubble);
  const tools = h("span", { class: "tools" }, jsonButton(bubble, on),
    iconButton("more", "Mesaj seçenekleri", () => on.options(bubble), "tool"));
  return h("li", { class: `line ${bubble.side}${bubble.failed ? " failed" : ""}` },
    h("div", { class: "bubble" },
      h("span", { class: "hidden" }, `${author}: `),
      bubble.forwarded && h("small", { class: "forwarded" }, "İletildi"),
      bubble.quoted && h("blockquote", {}, summary(bubble.quoted)),
      body,
      bubble.failed && h("p", { class: "why" }, `Telefona ulaşmadı (${bubble.failed.code})`),
      h("span", { class: "foot" }, bubble.edited && !bubble.revoked && "düzenlendi ", tools,
        h("time", { datetime: new Date(message.at * 1000).toISOString() }, hour(message.at)), ticks(bubble))),
    options(bubble, on), reactions(bubble));
}

const jsonButton = (bubble, on) => h("button", {
  type: "button", class: "tool json", "aria-label": "Ham JSON", title: "Ham JSON", onclick: () => on.json(bubble),
}, "{ }");

function ticks({ side, message }) {
  const known = side === "mine" ? ["read"] : ["played", "read", "delivered", "sent"];
  const state = known.find((status) => has(message, status)) ?? (side === "mine" ? "delivered" : undefined);
  if (!state) return null;
  const seen = state === "read" || state === "played";
  const label = side === "mine" ? STATES[state] : `hatta bildirilen: ${STATES[state]}`;
  return h("span", { class: `ticks${seen ? " seen" : ""}`, role: "img", "aria-label": label, title: label },
    icon(state === "sent" ? "sent" : "arrived"));
}

function reactions({ reactions: given }) {
  const shown = [...given.values()].filter(Boolean);
  return shown.length > 0 && h("span", { class: "reactions" }, h("span", { class: "hidden" }, "Tepki: "), shown.join(" "));
}

function content(bubble) {
  const { message, type } = bubble;
  const part = message.body[type];
  const text = bubble.text && h("p", { class: "text" }, formatted(bubble.text));
  if (type === "contacts") return [h("p", { class: "card" }, icon("file"), bubble.text)];
  if (type === "location") return [place(part), text];
  if (type === "template") return [headerFile(part.components), text];
  if (type === "interactive") return [part?.header && file(part.header.type, part.header[part.header.type]), text];
  return [part && file(type, part), text];
}

function headerFile(components = []) {
  const given = components.find((each) => each.type === "header")?.parameters?.[0];
  return given && file(given.type, given[given.type]);
}

function file(type, part) {
  const source = part.id ? mediaAddress(part.id) : null;
  if (!source && ["image", "video", "audio", "document", "sticker"].includes(type)) {
    return h("p", { class: "card" }, icon("file"), part.link);
  }
  switch (type) {
    case "image":
    case "sticker":
      return h("img", { class: type, src: source, alt: part.caption || "Gönderilen görsel" });
    case "video":
      return h("video", { src: source, controls: true, preload: "metadata", "aria-label": "Video" });
    case "audio":
      return h("audio", { src: source, controls: true, preload: "metadata", "aria-label": "Sesli mesaj" });
    case "document":
      return h("a", { class: "card", href: source, download: part.filename ?? "belge" }, icon("file"), part.filename ?? "Belge");
    default:
      return null;
  }
}

function place({ latitude, longitude }) {
  const at = [latitude, longitude].map((degrees) => Number(degrees).toFixed(5)).join(", ");
  return h("p", { class: "place" }, icon("pin"), h("span", {}, at));
}

/** Buttons below an outgoing message; a list opens as a sheet, as on the telephone. */
function options(bubble, on) {
  const given = bubble.side === "theirs" ? bubble.message.shown.options ?? [] : [];
  if (!given.length) return null;
  if (given[0].kind === "list_reply") {
    const label = bubble.message.body.interactive.action.button;
    return h("div", { class: "options" }, optionButton(label, () => on.list(bubble, given), "list"));
  }
  const symbol = { send_location: "pin" };
  return h("div", { class: "options" }, given.map((option) =>
    option.kind === "url"
      ? h("a", { href: option.id, target: "_blank", rel: "noreferrer" }, option.title)
      : optionButton(option.title, () => on.tap(bubble, option), symbol[option.kind])));
}

const optionButton = (title, onclick, symbol) =>
  h("button", { type: "button", onclick }, symbol && icon(symbol), title);
