// The page of a citizen: the newest words first in sight, the number on demand, t for a call.
import { letterOf } from "./desk/letters.js";
import { post } from "./page/post.js";

const page = document.getElementById("citizen");
const talk = page.querySelector(".talk");
if (talk) talk.scrollTop = talk.scrollHeight;

page.querySelector("[data-unmask]")?.addEventListener("click", async ({ target }) => {
  const answer = await post(target.dataset.unmask, {});
  const { phone, reason } = await answer.json();
  document.getElementById("phone").textContent = phone ?? reason;
  target.remove();
});

document.addEventListener("keydown", (event) => {
  if (letterOf(event) !== "t") return;
  event.preventDefault();
  event.stopPropagation();
  page.querySelector("[data-call] [name=note]")?.focus();
});
