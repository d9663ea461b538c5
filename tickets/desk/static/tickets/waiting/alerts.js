// Somebody new waits: a soft tone, and a desktop notification where the person has allowed it. They are asked once.
const ASKED = "desk-alerts-asked";
const TONE = "waiting-tone"; // of this browser: bell.js sounds it on other pages

export function alerts(waiters) {
  const tone = document.getElementById("tone");
  if (tone) {
    tone.checked = localStorage.getItem(TONE) === "on";
    tone.addEventListener("change", () => localStorage.setItem(TONE, tone.checked ? "on" : "off"));
  }
  const button = document.getElementById("alerts");
  const may = "Notification" in window;
  if (button && may && Notification.permission === "default" && !localStorage.getItem(ASKED)) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      localStorage.setItem(ASKED, "1");
      button.hidden = true;
      await Notification.requestPermission();
    });
  }
  waiters.onNew((count) => {
    document.dispatchEvent(new CustomEvent("somebody-waits"));
    if (!document.hidden || !may || Notification.permission !== "granted") return;
    try {
      // No name and no words: it may stand on a screen that others see.
      new Notification(count > 1 ? `${count} kişi bekliyor` : "Bir kişi bekliyor", { tag: "waiting" });
    } catch {
      return; // browsers of telephones have them only for service workers
    }
  });
}
