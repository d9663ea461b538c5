// The reply box: canned answers, files, later, the time left to write freely.
import { canned } from "./canned.js";
import { mentions } from "./mentions.js";
import { timeLeft } from "./time_left.js";

export function composer(page) {
  const text = document.getElementById("reply");
  mentions(document.getElementById("note"));
  if (!text) return;
  canned(page, text);
  again(page, text);
  file(text);
  later(text.form);
  countdown(page);
}

// What did not leave, or was called off, stands in the box again.
function again(page, text) {
  page.addEventListener("click", (event) => {
    const said = event.target.closest("[data-again]")?.closest(".bubble").querySelector(".text").innerText.trim();
    if (!said || text.value.includes(said)) return;
    text.value = [text.value.trim(), said].filter(Boolean).join("\n");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });
}

// One photo or PDF goes with the words: chosen, or pasted into the box.
function file(text) {
  const field = document.getElementById("file");
  const none = document.getElementById("file-none");
  const name = document.getElementById("file-name");
  field.hasChangeListener = true; // or Unfold, too, would tell its name, in a box that is not here
  const show = () => {
    name.textContent = field.files[0]?.name ?? "Fotoğraf, PDF";
    none.hidden = !field.files.length;
  };
  field.addEventListener("change", show);
  none.addEventListener("click", () => {
    field.value = "";
    show();
  });
  text.addEventListener("paste", (event) => {
    const sent = (each) => each.type.startsWith("image/") || each.type === "application/pdf";
    if (![...event.clipboardData.files].some(sent)) return;
    event.preventDefault();
    field.files = event.clipboardData.files;
    show();
  });
}

// The hour of one's own choice is the button's value. While it is open and chosen, Ctrl+Enter sends then and not now.
function later(form) {
  const at = document.getElementById("due-at");
  const button = form.querySelector("[data-due-at]");
  const menu = document.getElementById("send-later");
  const chosen = () => (button.value = at.value.replace("T", " "));
  at.addEventListener("input", chosen);
  chosen();
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === at && !event.ctrlKey) button.click();
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  button.addEventListener("click", (event) => {
    if (chosen()) return;
    event.preventDefault();
    at.focus();
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter || !menu.open || !at.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => form.requestSubmit(button)); // not while the form is being sent
  });
}

function countdown(page) {
  const tell = () => timeLeft(page.querySelector("#window [data-until]"));
  tell();
  const timer = setInterval(() => (page.isConnected ? tell() : clearInterval(timer)), 20000);
  page.addEventListener("renewed", tell);
}
