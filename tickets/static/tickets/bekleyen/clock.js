// Times that count, said as the server says them (spelled and left in rows.py). Quietly: no live region hears of them.
const EVERY = 15_000; // ms
const SOON = 3 * 60; // minutes before the time to write freely is over

export function clock(desk) {
  const tell = () => {
    for (const each of desk.querySelectorAll("[data-waits]")) each.textContent = spelled(minutesTo(Date.now(), each.dataset.waits));
    for (const each of desk.querySelectorAll("[data-left]")) each.textContent = spelled(-minutesTo(Date.now(), each.dataset.left));
    for (const each of desk.querySelectorAll("[data-free]")) free(each);
    for (const each of desk.querySelectorAll("#window [data-until]")) left(each);
  };
  tell();
  setInterval(tell, EVERY);
  document.addEventListener("tick", tell);
}

const minutesTo = (now, since) => Math.floor((now - Date.parse(since)) / 60_000);

export function spelled(minutes) {
  const whole = Math.max(minutes, 0);
  if (whole < 60) return `${whole} dk`;
  if (whole < 24 * 60) return `${Math.floor(whole / 60)} sa ${whole % 60} dk`;
  return `${Math.floor(whole / (24 * 60))} gün ${Math.floor(whole / 60) % 24} sa`;
}

function free(each) {
  const minutes = -minutesTo(Date.now(), each.dataset.free);
  each.classList.toggle("soon", minutes >= 0 && minutes < SOON);
  each.classList.toggle("shut", minutes < 0);
  each.lastElementChild.textContent = minutes < 0 ? "24 saat doldu" : precise(minutes);
}

// To the minute only when it presses.
const precise = (minutes) => (minutes < SOON ? spelled(minutes) : `${Math.floor(minutes / 60)} sa`);

function left(shown) {
  const minutes = -minutesTo(Date.now(), shown.dataset.until);
  shown.classList.toggle("soon", minutes < SOON);
  if (minutes >= 0) shown.querySelector("b").textContent = precise(minutes);
  else {
    shown.textContent = "24 saatlik süre doldu: onaylı şablonla gider";
    document.getElementById("window").dataset.shut = "";
  }
}
