// Says every few seconds that the page is open, and takes over what is new.
import { post, token } from "./post.js";

export function pulse(page) {
  const { pulse: address, leave, seconds } = page.dataset;
  const here = document.getElementById("here");
  const stale = document.getElementById("stale");
  const thread = document.getElementById("thread");

  async function beat() {
    if (document.hidden) return;
    let news;
    try {
      const answer = await post(address, { stamp: page.dataset.stamp });
      if (!answer.ok) return;
      news = await answer.json();
    } catch {
      return; // the next beat asks again
    }
    here.textContent = news.here.length ? `${news.here.join(", ")} de bu başvuruya bakıyor` : "";
    if (news.thread === undefined) return;
    const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    thread.innerHTML = news.thread;
    if (atEnd) thread.scrollTop = thread.scrollHeight;
    page.dataset.stamp = news.stamp;
    refresh(news);
  }

  // What was read may be answered: the composer goes with the thread. The moves stay with what they were made for.
  function refresh(news) {
    for (const form of document.querySelectorAll("#composer form")) {
      const version = form.querySelector("[data-version]");
      if (version) version.value = news.version;
      const seen = form.querySelector("[data-seen]");
      if (seen) seen.value = news.seen;
    }
    if (news.status !== page.dataset.status) {
      stale.textContent = "Başvurunun durumu değişti. İşlem yapmadan önce sayfayı yenileyin (F5).";
      stale.hidden = false;
    }
  }

  setInterval(beat, seconds * 1000);
  document.addEventListener("visibilitychange", beat);
  window.addEventListener("pagehide", () => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    navigator.sendBeacon(leave, body);
  });
}
