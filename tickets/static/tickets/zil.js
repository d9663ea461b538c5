// The bell of the back office: unseen notices in the menu, and a danger on top of whatever page is open.

const PAGE = "/admin/bildirimler/";
const EVERY = 30_000; // ms

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? /csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

function banner(dangers) {
  const room = document.documentElement.style; // what the strip takes of the screen
  document.getElementById("dangers")?.remove();
  room.removeProperty("--dangers");
  if (!dangers.length || location.pathname === PAGE) return;
  const bar = document.createElement("div");
  bar.id = "dangers";
  bar.setAttribute("role", "alert");
  for (const danger of dangers) {
    const line = document.createElement("form");
    line.method = "post";
    line.action = danger.take;
    const link = document.createElement("a");
    link.href = danger.page;
    link.textContent = danger.text;
    const button = document.createElement("button");
    button.textContent = "Üstleniyorum";
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken", value: token() });
    line.append(field, link, button);
    bar.append(line);
  }
  document.body.prepend(bar);
  room.setProperty("--dangers", `${bar.offsetHeight}px`);
}

function count(unseen) {
  const entry = document.querySelector(`a[href="${PAGE}"]`);
  if (!entry) return;
  let badge = entry.querySelector(".unseen");
  if (!badge) {
    badge = document.createElement("span");
    badge.className = "unseen";
    entry.append(badge);
  }
  badge.textContent = unseen > 99 ? "99+" : String(unseen);
  badge.hidden = !unseen;
  badge.setAttribute("aria-label", `${unseen} yeni bildirim`);
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch(`${PAGE}durum/`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // signed out, or no connection: the next look will tell
  const { unseen, dangers } = await answer.json();
  count(unseen);
  banner(dangers);
}

if (!location.pathname.includes("/login/")) {
  addEventListener("DOMContentLoaded", look);
  addEventListener("visibilitychange", look);
  setInterval(look, EVERY);
}
