// Times that count. Quietly: no live region hears of them.
import { SOON, minutesSince, precise, timeLeft, waited } from "../page/time_left.js";

const EVERY = 15_000; // ms

export function clock(desk) {
  const tell = () => {
    for (const each of desk.querySelectorAll("[data-waits]")) each.textContent = waited(minutesSince(each.dataset.waits));
    for (const each of desk.querySelectorAll("[data-free]")) free(each);
    timeLeft(desk.querySelector("#window [data-until]"));
  };
  tell();
  setInterval(tell, EVERY);
  document.addEventListener("tick", tell);
}

function free(each) {
  const minutes = -minutesSince(each.dataset.free);
  each.classList.toggle("soon", minutes >= 0 && minutes < SOON);
  each.classList.toggle("shut", minutes < 0);
  each.lastElementChild.textContent = minutes < 0 ? "24 saat doldu" : precise(minutes);
}
