/** The foot of a telephone: text, files, place, contact, voice. */

import { attempt, choose, h, icon, iconButton, sheet, toast } from "./dom.js";
import { drawnPhoto } from "./photo.js";
import { pickPlace } from "./place.js";
import { Recorder } from "./recorder.js";

const ATTACHMENTS = [
  { value: "image", title: "Fotoğraf", note: "Birden çok seçilebilir: albüm olur", accept: "image/*" },
  { value: "drawn", title: "Örnek fotoğraf", note: "Bu sayfa bir yol çukuru çizer" },
  { value: "location", title: "Konum", note: "Haritadan seçilir" },
  { value: "voice", title: "Ses dosyası", note: "Sesli mesaj olarak gönderilir", accept: "audio/*" },
  { value: "video", title: "Video", accept: "video/*" },
  { value: "document", title: "Belge", accept: "" },
  { value: "sticker", title: "Çıkartma", note: "WebP", accept: "image/webp" },
  { value: "contacts", title: "Kişi kartı" },
];
const CAPTIONED = new Set(["image", "video", "document"]);

export class Composer {
  /** `say(type, fields, files)` sends. */
  constructor(say) {
    this.send = say;
    this.mode = {};
    this.text = h("textarea", {
      rows: "1", placeholder: "Mesaj", "aria-label": "Mesaj",
      oninput: () => this.refresh(),
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          this.submit();
        } else if (event.key === "Escape") this.cancel();
      },
    });
    this.banner = h("div", { class: "banner", hidden: true });
    this.button = h("button", { type: "button", class: "round go", onclick: () => this.go() });
    this.element = h("div", { class: "composer" }, this.banner,
      h("div", { class: "row" }, iconButton("attach", "Ekle", () => this.attach()), this.text, this.button));
    this.refresh();
  }

  /** The next text answers that message. */
  replyTo(wamid, summary) {
    this.setMode({ reply: wamid }, `Yanıt: ${summary}`);
  }

  /** The next text replaces what was written. */
  edit(wamid, text) {
    this.setMode({ edit: wamid }, "Mesajı düzenliyorsunuz");
    this.text.value = text;
    this.refresh();
  }

  setMode(mode, label) {
    this.mode = mode;
    this.label = label;
    this.banner.hidden = !label;
    this.banner.replaceChildren(...(label ? [h("span", {}, label), iconButton("close", "Vazgeç", () => this.cancel(), "tool")] : []));
    this.text.focus();
  }

  refresh() {
    const [symbol, label] = this.recorder ? ["stop", "Kaydı bitir ve gönder"]
      : this.text.value.trim() ? ["send", "Gönder"] : ["mic", "Ses kaydet"];
    this.button.replaceChildren(icon(symbol));
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.text.style.height = "";
    if (this.text.value) this.text.style.height = `${this.text.scrollHeight}px`;
  }

  go() {
    return this.text.value.trim() && !this.recorder ? this.submit() : this.record();
  }

  /** The field is free for the next message at once; what could not be sent comes back unless more was written. */
  async submit() {
    const text = this.text.value.trim();
    if (!text) return;
    const { mode, label } = this;
    this.text.value = "";
    this.setMode({});
    this.refresh();
    const sent = mode.edit
      ? await this.send("edit", { message_id: mode.edit, text })
      : await this.send("text", { text, reply_to: mode.reply });
    if (sent || this.text.value) return;
    this.setMode(mode, label);
    this.text.value = text;
    this.refresh();
  }

  async record() {
    if (!this.recorder) {
      try {
        this.recorder = await Recorder.start();
      } catch {
        toast("Mikrofon kullanılamıyor; “Ekle” ile bir ses dosyası seçebilirsiniz.");
        return;
      }
      this.setMode(this.mode, "Kaydediliyor… Bitirmek için kare düğmeye basın.");
      this.refresh();
      return;
    }
    const file = await this.stopRecording();
    await this.sendNow("voice", {}, [file]);
  }

  async stopRecording() {
    const { recorder } = this;
    this.recorder = undefined;
    this.refresh();
    return recorder?.finish();
  }

  /** Back to an ordinary message: no answer, no edit, no recording. */
  cancel() {
    if (this.mode.edit) this.text.value = "";
    this.setMode({});
    return this.stopRecording();
  }

  async attach() {
    const kind = await choose("Ekle", ATTACHMENTS);
    if (!kind) return;
    if (kind === "location") {
      const place = await pickPlace();
      if (place) await this.sendNow("location", place);
    } else if (kind === "contacts") {
      const card = await askContact();
      if (card) await this.sendNow("contacts", card);
    } else if (kind === "drawn") {
      await this.preview("image", [await drawnPhoto()]);
    } else {
      const files = await pickFiles(ATTACHMENTS.find(({ value }) => value === kind).accept, kind === "image");
      if (files.length) await this.preview(kind, files);
    }
  }

  sendNow(type, fields, files) {
    const reply_to = this.mode.reply;
    this.setMode({});
    return this.send(type, { ...fields, reply_to }, files);
  }

  /** Shows what will be sent; a caption where the kind has one. */
  async preview(kind, files) {
    const addresses = files.map((file) => URL.createObjectURL(file));
    const caption = await sheet("Önizleme", (close) => {
      const words = h("input", { name: "caption", maxlength: "1024", value: this.text.value });
      return h("form", { onsubmit: (event) => { event.preventDefault(); close(words.value); } },
        h("div", { class: "previews" }, files.map((file, index) =>
          kind === "image" || kind === "sticker"
            ? h("img", { src: addresses[index], alt: file.name })
            : h("p", { class: "card" }, icon("file"), file.name))),
        CAPTIONED.has(kind) && h("label", {}, "Açıklama", words),
        h("button", { class: "main" }, "Gönder"));
    });
    addresses.forEach((address) => URL.revokeObjectURL(address));
    if (caption === undefined) return;
    this.text.value = "";
    this.refresh();
    await attempt(() => this.sendNow(kind, CAPTIONED.has(kind) ? { caption } : {}, files));
  }
}

function pickFiles(accept, multiple) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept, multiple, "aria-label": "Dosya" });
    input.addEventListener("change", () => resolve([...input.files]));
    input.addEventListener("cancel", () => resolve([]));
    input.click();
  });
}

function askContact() {
  return sheet("Kişi kartı", (close) => {
    const name = h("input", { name: "name", required: true, value: "Mehmet Kaya" });
    const phone = h("input", { name: "phone", type: "tel", required: true, value: "0555 000 00 00" });
    return h("form", { onsubmit: (event) => { event.preventDefault(); close({ name: name.value, phone: phone.value }); } },
      h("label", {}, "Ad", name), h("label", {}, "Telefon", phone), h("button", { class: "main" }, "Gönder"));
  });
}
