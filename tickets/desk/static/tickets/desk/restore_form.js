// What was written in a form that was sent, kept so that it stands there again when the act is taken back; of a reply its
// macro and its hour, too: else another reply would leave than the one that was taken back.
import { say } from "./letters.js";

const KEPT = "textarea, input[type=text], input:not([type]), input[name=macro]:enabled, #due-at";

/** The form, and what it holds as it is sent. */
export function written(form, submitter) {
  const fields = [...form.elements].filter((each) => each.matches(KEPT) && each.value);
  const words = Object.fromEntries(fields.map((each) => [each.name || each.id, each.value]));
  if (submitter?.name === "due_at") words["due-at"] = submitter.value.replace(" ", "T");
  const file = Boolean(form.elements.file?.files.length);
  return { form: form.id, action: new URL(form.action).pathname, to: form.elements.to?.value ?? "", words, file };
}

/** Puts it into the same form of the page, where nothing else is written by now; returns whether there was anything. */
export function giveBack({ form: id, action = "", to = "", words, file = false }) {
  const named = id && document.getElementById(id); // a reply and a macro leave from the same box
  const same = named || [...document.forms].find((each) => new URL(each.action).pathname === action && (each.elements.to?.value ?? "") === to);
  let first;
  for (const [name, value] of Object.entries(words)) {
    const field = same?.elements[name];
    if (!field || field.value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const folded = field.closest("details");
    if (folded) folded.open = true;
    first ??= field;
  }
  if (file && first) say("Metin geri geldi. Dosyayı yeniden seçin.");
  first?.focus();
  return Boolean(first);
}
