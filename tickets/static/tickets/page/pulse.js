// Says every few seconds that the page is open, shows who else has it open, and has what is new taken over.
import { renew } from "./live.js";
import { post, token } from "./post.js";

export function pulse(page) {
  const { pulse: address, leave, seconds } = page.dataset;

  async function beat() {
    if (document.hidden) return;
    try {
      const answer = await post(address, {}, { "X-Background": "1" });
      if (!answer.ok) return;
      const news = await answer.json();
      if (news.stamp !== page.dataset.stamp) await renew(page);
      const writing = document.getElementById("writing");
      if (writing) writing.textContent = news.writing.length ? `${news.writing.join(", ")} de bu vatandaşa yazıyor` : "";
      document.getElementById("here").textContent = news.here.length ? `${news.here.join(", ")} de bu başvuruya bakıyor` : "";
    } catch {
      return; // the next beat asks again
    }
  }

  setInterval(beat, seconds * 1000);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    navigator.sendBeacon(leave, body);
  });
  return beat;
}
