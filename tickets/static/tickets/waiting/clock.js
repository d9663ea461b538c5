// Times that count, said as the server says them (waited in durations.py, left in rows.py). Quietly: no live region hears of them.
const EVERY = 15_000; // ms
const PRECISE_HOURS = 10; // up to so many, minutes are said beside hours
const SOON = 3 * 60; // minutes before the time to write freely is over

export function clock(desk) {
  const tell = () => {
    for (const each of desk.querySelectorAll("[data-waits]")) each.textContent = waited(minutesTo(Date.now(), each.dataset.waits));
    for (const each of desk.querySelectorAll("[data-left]")) each.textContent = waited(-minutesTo(Date.now(), each.dataset.left));
    for (const each of desk.querySelectorAll("[data-free]")) free(each);
    for (const each of desk.querySelectorAll("#window [data-until]")) left(each);
  };
  tell();
  setInterval(tell, EVERY);
  document.addEventListener("tick", tell);
}

const minutesTo = (now, since) => Math.floor((now - Date.parse(since)) / 60_000);

function waited(minutes) {
  const whole = Math.max(minutes, 0);
  const hours = Math.floor(whole / 60);
  if (!hours) return `${whole} dk`;
  if (hours < PRECISE_HOURS && whole % 60) return `${hours} sa ${whole % 60} dk`;
  return hours < 24 ? `${hours} sa` : `${Math.floor(hours / 24)} gün`;
}

function free(each) {
  const minutes = -minutesTo(Date.now(), each.dataset.free);
  each.classList.toggle("soon", minutes >= 0 && minutes < SOON);
  each.classList.toggle("shut", minutes < 0);
  each.lastElementChild.textContent = minutes < 0 ? "24 saat doldu" : precise(minutes);
}

// To the minute only when it presses.
const precise = (minutes) => (minutes < SOON ? waited(minutes) : `${Math.floor(minutes / 60)} sa`);

function left(shown) {
  const minutes = -minutesTo(Date.now(), shown.dataset.until);
  shown.classList.toggle("soon", minutes < SOON);
  if (minutes >= 0) shown.querySelector("b").textContent = precise(minutes);
  else {
    shown.textContent = "24 saatlik süre doldu: onaylı şablonla gider";
    document.getElementById("window").dataset.shut = "";
  }
}
