/** What a chat looks like on the telephone. Pure: messages of the control API in, bubbles out. */

/** The type a message has on the wire; one that the line sends may leave out "text". */
export const typeOf = (message) => message.body.type ?? "text";
export const has = (message, status) => message.statuses.some((each) => each.status === status);
const failure = (message) => message.statuses.find((each) => each.status === "failed");

const NOTICES = {
  system: (body) => (body.system.type === "user_changed_number" ? "Telefon numarası değişti" : "Kullanıcı kimliği değişti"),
  request_welcome: () => "Sohbet ilk kez açıldı",
};
const CHANGES = {
  reaction: ({ reaction }, side) => [reaction.message_id, (bubble) => bubble.reactions.set(side, reaction.emoji ?? "")],
  edit: ({ edit }) => [edit.original_message_id, (bubble) => Object.assign(bubble, { text: edit.message.text.body, edited: true })],
  revoke: ({ revoke }) => [revoke.original_message_id, (bubble) => Object.assign(bubble, { revoked: true })],
};

/**
 * The chat from top to bottom: `{key, side, type, text, message, parts, quoted, notice, edited, revoked, failed,
 * reactions, version}`. `side` is "mine" for what the person wrote; `parts` are all messages that made the bubble;
 * `version` changes with anything that is seen.
 */
export function bubbles(messages) {
  const found = new Map();
  for (const message of [...messages].sort((one, other) => one.seq - other.seq)) {
    const side = message.direction === "in" ? "mine" : "theirs";
    const [target, change] = CHANGES[typeOf(message)]?.(message.body, side) ?? [];
    const changed = found.get(target);
    if (changed) {
      change(changed);
      changed.parts.push(message);
    } else if (!change) {
      add(found, message, side);
    }
  }
  return [...found.values()].map((bubble) => ({ ...bubble, version: version(bubble) }));
}

function add(found, message, side) {
  const type = typeOf(message);
  const context = message.body.context ?? {};
  const earlier = found.get(message.wamid);
  // The real message may follow an "unavailable" one under the same id and takes its place.
  found.set(message.wamid, {
    key: earlier?.key ?? message.seq,
    side,
    type,
    message,
    parts: [...(earlier?.parts ?? []), message],
    text: textOf(message, side),
    notice: NOTICES[type]?.(message.body),
    quoted: found.get(context.id ?? context.message_id),
    forwarded: context.forwarded,
    failed: side === "theirs" ? failure(message)?.errors?.[0] : undefined,
    reactions: new Map(),
  });
}

function version(bubble) {
  const marks = bubble.parts.map((part) => part.changed);
  return [...marks, bubble.quoted?.text, bubble.quoted?.revoked].join(" ");
}

const TEXTS = {
  text: (body) => body.text.body,
  button: (body) => body.button.text,
  interactive: ({ interactive }) =>
    interactive ? (interactive.button_reply ?? interactive.list_reply)?.title ?? "Form dolduruldu" : "Okunamayan düğme cevabı",
  unsupported: (body) => `Desteklenmeyen mesaj (${body.errors[0].code})`,
  order: (body) => `Sipariş: ${body.order.product_items.length} ürün`,
  contacts: (body) => body.contacts.map((each) => each.name.formatted_name).join(", "),
  location: (body) => body.location.name ?? body.location.address ?? "",
};

function textOf(message, side) {
  if (side === "theirs") return message.shown.text ?? "";
  const { body } = message;
  return TEXTS[body.type]?.(body) ?? body[body.type]?.caption ?? "";
}

const LABELS = {
  image: "Fotoğraf", video: "Video", audio: "Sesli mesaj", document: "Belge", sticker: "Çıkartma",
  location: "Konum", contacts: "Kişi",
};

/** One line that stands for a bubble where it is quoted. */
export function summary(bubble) {
  if (bubble.revoked) return "Silinen mesaj";
  return [LABELS[bubble.type], bubble.text].filter(Boolean).join(": ");
}

/** Whether the line shows "is writing": asked for after the last thing that was said, and not long ago. */
export function isTyping(messages, now) {
  const writing = Math.max(0, ...messages.flatMap(({ statuses }) =>
    statuses.filter(({ status }) => status === "typing").map(({ at }) => at)));
  const spoke = Math.max(0, ...messages.filter(({ direction }) => direction === "out").map(({ at }) => at));
  return writing > spoke && now - writing < 25;
}
