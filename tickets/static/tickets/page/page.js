// The page of one ticket: stays up to date, shows who else is here, answers to the keyboard.
import { composer } from "./composer.js";
import { drafts } from "./drafts.js";
import { gallery } from "./gallery.js";
import { place as placeInList } from "../desk/lists.js";
import { keys } from "./keys.js";
import { map } from "./map.js";
import { numbered } from "./numbered.js";
import { post } from "./post.js";
import { previews } from "./previews.js";
import { pulse } from "./pulse.js";
import { subjects } from "../subjects.js";
import { voice } from "./voice.js";

const page = document.getElementById("ticket");
const photos = gallery(page);
const places = map(page);
drafts(page);
composer(page);
previews(page);
numbered(page);
voice(page);
subjects(page);
page.addEventListener("renewed", () => subjects(page));
keys(page, photos, places);
const look = pulse(page);
document.addEventListener("act-over", () => setTimeout(look, 2000)); // what left shows what became of it

const thread = document.getElementById("thread");
// The newest words stay in sight while pictures and letters come in, unless somebody reads further up.
let atEnd = true;
let tall = 0; // when it was last looked at: a scroll within a thread that grew since is not the reader's
const stay = () => {
  if (atEnd) thread.scrollTop = thread.scrollHeight;
  tall = thread.scrollHeight;
};
thread.addEventListener("scroll", () => {
  if (thread.scrollHeight !== tall) return stay();
  atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
});
thread.addEventListener("load", stay, { capture: true });
page.addEventListener("renewed", stay);
// Along the list that the ticket was opened from.
function neighbours() {
  const here = placeInList();
  for (const way of ["previous", "next"]) {
    const link = page.querySelector(`[data-go=${way}]`);
    if (!link) continue;
    link.hidden = !here;
    if (here?.[way]) link.href = here[way];
    else link.removeAttribute("href");
  }
  const number = page.querySelector("[data-number]");
  if (number && here) number.textContent = `${here.number} / ${here.of}`;
}
neighbours();
page.addEventListener("renewed", neighbours);
// A number that was opened stays open when the part it stands in is drawn anew.
let opened;
page.addEventListener("renewed", () => {
  if (opened) for (const each of page.querySelectorAll("[data-phone]")) each.textContent = opened;
});
document.fonts.ready.then(stay);
new ResizeObserver(stay).observe(thread);
stay();
page.addEventListener("click", (event) => {
  const photo = event.target.closest("[data-open-photo]");
  if (photo) photos.open(photo.dataset.openPhoto);
  const place = event.target.closest("[data-show-place]");
  if (place) places.show(place.dataset.showPlace.split(",").map(Number));
  const back = event.target.closest("[data-back]"); // to the list as it was left
  if (back) back.href = placeInList()?.address ?? back.pathname + (sessionStorage.getItem("queue") ?? "");
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  const masked = event.target.closest("[data-unmask]");
  if (masked) unmask(masked);
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(document.getElementById(copied.dataset.copy));
});
// Just claimed: what to tell 112 is what comes next.
if (location.hash === "#ustlenildi") {
  document.getElementById("copy-112")?.focus();
  history.replaceState(null, "", location.pathname + location.search);
}

// The number stays until the page is left: each time it is asked for is kept.
async function unmask(button) {
  const answer = await post(button.dataset.unmask, {});
  const told = await answer.json();
  document.getElementById("phone").textContent = told.phone ?? told.reason;
  if (told.phone) for (const each of page.querySelectorAll("[data-phone]")) each.textContent = told.phone;
  for (const each of page.querySelectorAll("[data-unmask]")) each.remove();
  opened = told.phone;
}

async function copy(text) {
  const said = document.getElementById("copied");
  const masked = page.querySelector("[data-unmask]");
  if (masked && text.querySelector("[data-phone]")) await unmask(masked);
  try {
    await navigator.clipboard.writeText(text.textContent);
    said.textContent = "Kopyalandı.";
  } catch {
    // Browsers copy by themselves only on https: then it is selected for the keyboard.
    getSelection().selectAllChildren(text);
    said.textContent = "Seçildi: Ctrl+C ile kopyalayın.";
  }
}
