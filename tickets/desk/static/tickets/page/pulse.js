// Says now and then that the page is open, shows who else has it open, and has what is new taken over: at once where the
// pulse of all pages (bell.js) names this ticket or somebody else at its citizen.
import { renew } from "./live.js";
import { post, token } from "./post.js";

const REST = 2_000; // ms from one beat to the next at least, however much happens

export function pulse(page) {
  const { pulse: address, leave, seconds, citizen } = page.dataset;
  const { user } = document.getElementById("act-bar").dataset;
  let beatAt = 0;
  let soon = null;
  let others = "[]";

  async function beat() {
    clearTimeout(soon);
    soon = null;
    if (document.hidden) return;
    beatAt = Date.now();
    try {
      const answer = await post(address, {}, { "X-Background": "1" });
      if (!answer.ok) return;
      const news = await answer.json();
      if (news.stamp !== page.dataset.stamp) await renew(page);
      const writing = document.getElementById("writing");
      if (writing) writing.textContent = news.writing.length ? `Bu vatandaşa yazan: ${news.writing.join(", ")}` : "";
      document.getElementById("here").textContent = news.here.length ? `Başvuruya bakan: ${news.here.join(", ")}` : "";
    } catch {
      return; // the next beat asks again
    }
  }

  document.addEventListener("pulse", ({ detail }) => {
    const now = JSON.stringify(detail.here.filter((each) => String(each.citizen) === citizen && String(each.user) !== user));
    if (now !== others || detail.tickets.includes(Number(page.dataset.ticket))) soon ??= setTimeout(beat, Math.max(0, beatAt + REST - Date.now()));
    others = now;
  });
  setInterval(beat, seconds * 1000);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    navigator.sendBeacon(leave, body);
  });
  return beat;
}
