// How fast a voice message is played.
const SPEEDS = [1, 1.5, 2];

export function voice(page) {
  page.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-speed]");
    if (!button) return;
    const next = SPEEDS[(SPEEDS.indexOf(Number(button.dataset.speed)) + 1) % SPEEDS.length];
    button.dataset.speed = next;
    button.textContent = `${String(next).replace(".", ",")}×`;
    button.setAttribute("aria-label", `Hız: ${String(next).replace(".", ",")}`);
    const player = button.parentElement.querySelector("audio");
    player.defaultPlaybackRate = player.playbackRate = next; // also of what is loaded later
  });
}
