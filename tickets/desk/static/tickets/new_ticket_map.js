// The map of the intake form: a click, a drag or Enter sets the place; what is written in the field moves the pin.
// Without the library or the data the field alone does.

import { label } from "./label.js";
import { mapData } from "./map_data.js";
import { district } from "./map_district.js";
import { emptyMap } from "./map_ground.js";
import { CLOCKS } from "./map_and_chart_colours.js";

const FAR = 12, NEAR = 16;
const DISTRICT = [38.73, 35.49];
const box = document.getElementById("intake-map");
const note = document.getElementById("intake-map-note");
const form = document.getElementById("intake");
const field = form.elements.namedItem("pin");
const mahalle = form.elements.namedItem("neighbourhood");
let map, pin;

/** [lat, lon] of “38,7212 35,4892” or “38.7212, 35.4892”; null where it is no place. */
function written() {
  const parts = field.value.includes(" ") || field.value.includes(";") ? field.value.split(/[;\s]+/) : field.value.split(",");
  const place = parts.map((part) => Number(part.replace(/,$/, "").replace(",", ".")));
  return place.length === 2 && place.every((each) => each > 0 && each < 90) ? place : null;
}

function put(at) {
  if (pin) return pin.setLatLng(at);
  const icon = window.L.divIcon({ className: "pin", html: "<i></i>", iconSize: [26, 26], iconAnchor: [13, 30] });
  pin = window.L.marker(at, { icon, draggable: true, keyboard: false, alt: "Başvurunun yeri" }).addTo(map);
  pin.on("dragend", () => set(pin.getLatLng()));
}

/** The place as the form sends it; everything that looks things up hears of it. */
function set(at) {
  put(at);
  field.value = `${at.lat.toFixed(6)}, ${at.lng.toFixed(6)}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  note.textContent = "Konum işaretlendi.";
}

function follow() {
  const place = written();
  if (place) {
    put(place);
    if (!map.getBounds().contains(place)) map.setView(place, NEAR);
  } else if (!field.value.trim()) {
    pin?.remove();
    pin = null;
  }
}

async function draw() {
  const [found] = await Promise.all([mapData(box.dataset.source), import(box.dataset.library)]);
  const { L } = window; // the library is no module
  const { places, tickets } = found ?? { places: { features: [] }, tickets: [] };
  map = emptyMap(box, { preferCanvas: true, maxZoom: 19, attributionControl: false }).setView(DISTRICT, FAR);
  district(map, places, JSON.parse(box.dataset.ground));
  for (const ticket of tickets) {
    L.circleMarker(ticket.at, { radius: 5, weight: 1, color: "#fff", fillColor: CLOCKS[ticket.clock], fillOpacity: 1 })
      .bindTooltip(label(`${ticket.number} · ${ticket.category}`))
      .addTo(map);
  }
  map.on("click", (event) => set(event.latlng));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.target !== box) return;
    event.preventDefault();
    set(map.getCenter());
  });
  field.addEventListener("input", follow);
  mahalle.addEventListener("change", () => {
    const chosen = mahalle.selectedOptions[0].textContent.trim();
    const found = places.features.find(({ properties }) => properties.name === chosen);
    if (found && !pin) map.setView([found.properties.lat, found.properties.lon], NEAR - 1);
  });
  follow();
}

draw().catch(() => (note.textContent = "Harita yüklenemedi. Konumu yazabilirsiniz."));
