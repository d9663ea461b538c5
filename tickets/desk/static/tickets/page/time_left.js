// Times that count, said as the server says them (departments/common/durations.py).
const PRECISE_HOURS = 10; // up to so many, minutes are said beside hours
export const SOON = 3 * 60; // minutes before the time to write freely is over

export const minutesSince = (moment) => Math.floor((Date.now() - Date.parse(moment)) / 60_000);

export function waited(minutes) {
  const whole = Math.max(minutes, 0);
  const hours = Math.floor(whole / 60);
  if (!hours) return `${whole} dk`;
  if (hours < PRECISE_HOURS && whole % 60) return `${hours} sa ${whole % 60} dk`;
  return hours < 24 ? `${hours} sa` : `${Math.floor(hours / 24)} gün`;
}

/** To the minute only when it presses. */
export const precise = (minutes) => (minutes < SOON ? waited(minutes) : `${Math.floor(minutes / 60)} sa`);

/** What stands above the answer box: how long one may still write freely. */
export function timeLeft(shown) {
  if (!shown) return;
  const minutes = -minutesSince(shown.dataset.until);
  shown.classList.toggle("soon", minutes < SOON);
  const count = shown.querySelector("b");
  if (minutes >= 0) count.textContent = precise(minutes);
  else if (count) {
    shown.textContent = "24 saatlik süre doldu: onaylı şablonla gider";
    document.getElementById("window").dataset.shut = "";
  }
}
