// The page of one ticket: stays up to date, shows who else is here, answers to the keyboard.
import { composer } from "./composer.js";
import { drafts } from "./drafts.js";
import { gallery } from "./gallery.js";
import { lastList, place as placeInList } from "../desk/lists.js";
import { keys } from "./keys.js";
import { map } from "./map.js";
import { numbered } from "./duplicate_lookup.js";
import { phone } from "./phone.js";
import { previews } from "./previews.js";
import { pulse } from "./pulse.js";
import { subjects } from "../subject_select.js";
import { thread } from "./thread.js";
import { voice } from "./voice.js";

const page = document.getElementById("ticket");
const photos = gallery(page);
const places = map(page);
const openNumber = phone(page);
thread(page);
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
page.addEventListener("click", (event) => {
  const photo = event.target.closest("[data-open-photo]");
  if (photo) photos.open(photo.dataset.openPhoto);
  const place = event.target.closest("[data-show-place]");
  if (place) places.show(place.dataset.showPlace.split(",").map(Number));
  const back = event.target.closest("[data-back]"); // to the list as it was left
  if (back) back.href = placeInList()?.address ?? lastList() ?? back.pathname;
  const copied = event.target.closest("[data-copy]");
  if (copied) copy(document.getElementById(copied.dataset.copy));
});
// Just claimed: what to tell 112 is what comes next.
if (location.hash === "#ustlenildi") {
  document.getElementById("copy-112")?.focus();
  history.replaceState(null, "", location.pathname + location.search);
}

// With the number, if that can be had: what 112 needs most is the place and the words.
async function copy(text) {
  const said = document.getElementById("copied");
  const masked = text.querySelector("[data-phone]") && page.querySelector("[data-unmask]");
  const without = masked && !(await openNumber(masked)) ? "Numara açılamadı; numarasız " : "";
  try {
    await navigator.clipboard.writeText(text.textContent);
    said.textContent = without ? `${without}kopyalandı.` : "Kopyalandı.";
  } catch {
    // Browsers copy by themselves only on https: then it is selected for the keyboard.
    getSelection().selectAllChildren(text);
    said.textContent = without ? `${without}seçildi: Ctrl+C ile kopyalayın.` : "Seçildi: Ctrl+C ile kopyalayın.";
  }
}
