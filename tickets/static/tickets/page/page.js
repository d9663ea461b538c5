// The page of one ticket: stays up to date, shows who else is here, answers to the keyboard.
import { composer } from "./composer.js";
import { gallery } from "./gallery.js";
import { keys } from "./keys.js";
import { map } from "./map.js";
import { pulse } from "./pulse.js";

const page = document.getElementById("ticket");
const photos = gallery(page);
const places = map(page);
composer(page);
keys(page, photos, places);
pulse(page);

const thread = document.getElementById("thread");
thread.scrollTop = thread.scrollHeight;
page.addEventListener("click", (event) => {
  const photo = event.target.closest("[data-open-photo]");
  if (photo) photos.open(photo.dataset.openPhoto);
  const place = event.target.closest("[data-show-place]");
  if (place) places.show(place.dataset.showPlace.split(",").map(Number));
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
});
