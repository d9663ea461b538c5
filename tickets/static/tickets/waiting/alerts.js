// Somebody new waits: a soft tone, and a desktop notification where the person has allowed it. They are asked once.
const ASKED = "desk-alerts-asked";

export function alerts(waiters) {
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
