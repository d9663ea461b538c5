// The bar below: what was done last, for as long as it can be taken back.
import { post } from "../page/post.js";

const SECONDS = 5;
const SNOOZED_FOR = 30; // a time that was chosen can be taken back for longer: nothing has left

export function undo(desk, { say, reopen }) {
  const button = document.getElementById("undo");
  let last = null;
  let timer;

  function offer(what, seconds, words) {
    clearTimeout(timer);
    last = what;
    button.hidden = !what;
    if (!what) return;
    setTimeout(() => say(words), 0); // after what was said of the next talk
    timer = setTimeout(() => {
      last = null;
      button.hidden = true;
    }, seconds * 1000);
  }

  async function takeBack() {
    if (!last) return;
    const { action, fields, address, text } = last;
    offer(null);
    const answer = await post(action, fields, { Accept: "application/json" }).catch(() => null);
    if (!answer?.ok) return say("Geri almak için geç: gitti. Düzeltmek için yeni bir mesaj yazın.");
    say(text ? "Geri alındı. Metin cevap kutusunda; hiçbir şey gitmedi." : "Geri alındı.");
    reopen(address, text);
  }

  button.addEventListener("click", takeBack);
  return {
    reply({ address, name, text, form }) {
      if (form) offer({ ...form, address, text }, SECONDS, `${name}: yanıtınız ${SECONDS} sn içinde gidecek.`);
      else offer(null);
    },
    snooze: ({ address, name, action }) => offer({ action, fields: {}, address }, SNOOZED_FOR, `${name} ertelendi.`),
    takeBack,
  };
}
