// The area of a rule, drawn: each click or Enter adds a corner, and the field holds the polygon as GeoJSON.
// Without the library the field alone does.

import { district } from "./map_district.js";
import { emptyMap } from "./map_ground.js";

const FAR = 12;
const DISTRICT = [38.73, 35.49];
const box = document.getElementById("area-map");
const bar = document.getElementById("area-bar");
const note = document.getElementById("area-note");
const field = document.getElementById("id_area");
let map, drawn, corners;

/** What the field says, drawn: several areas are shown, but only one can be drawn further. */
function show() {
  let area = null;
  try {
    area = JSON.parse(field.value || "null");
    drawn.clearLayers();
    if (area) drawn.addData(area);
  } catch {
    note.textContent = "Alan okunamadı: geçerli GeoJSON değil.";
    return;
  }
  corners = area?.type === "Polygon" && area.coordinates.length === 1 ? area.coordinates[0].slice(0, -1) : [];
  tell();
}

function tell() {
  const some = corners.length > 0 || drawn.getLayers().length > 0;
  bar.querySelector("[data-area-undo]").disabled = corners.length === 0;
  bar.querySelector("[data-area-clear]").disabled = !some;
  note.textContent = !some
    ? "Haritada köşelere sırayla tıklayın; üçüncü köşeden sonra alan oluşur. Boş bırakılırsa kural her yerde geçerlidir."
    : corners.length > 0 && corners.length < 3
      ? `${corners.length} köşe: en az üç köşe gerekir.`
      : "Alan çizildi; tıkladıkça köşe eklenir.";
}

function change(next) {
  corners = next;
  field.value = corners.length < 3 ? "" : JSON.stringify({ type: "Polygon", coordinates: [[...corners, corners[0]]] });
  drawn.clearLayers();
  const type = corners.length < 3 ? "MultiPoint" : "Polygon";
  if (corners.length) drawn.addData({ type, coordinates: type === "Polygon" ? [[...corners, corners[0]]] : corners });
  tell();
}

const add = ({ lat, lng }) => change([...corners, [Number(lng.toFixed(6)), Number(lat.toFixed(6))]]);

async function draw() {
  const [answer] = await Promise.all([fetch(box.dataset.source), import(box.dataset.library)]);
  const { L } = window; // the library is no module
  const { places } = answer.ok ? await answer.json() : { places: { features: [] } };
  field.after(box, bar);
  box.hidden = bar.hidden = false;
  if (field.value === "null") field.value = "";
  map = emptyMap(box, { maxZoom: 19, attributionControl: false }).setView(DISTRICT, FAR);
  district(map, places, JSON.parse(box.dataset.ground));
  const corner = (_, at) => L.circleMarker(at, { radius: 5, color: "#0b5a86" });
  drawn = L.geoJSON(null, { interactive: false, style: { color: "#0b5a86", weight: 2 }, pointToLayer: corner }).addTo(map);
  map.on("click", (event) => add(event.latlng));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== box) return;
    event.preventDefault();
    add(map.getCenter());
  });
  field.addEventListener("change", show);
  bar.querySelector("[data-area-undo]").addEventListener("click", () => change(corners.slice(0, -1)));
  bar.querySelector("[data-area-clear]").addEventListener("click", () => change([]));
  show();
  if (drawn.getLayers().length) map.fitBounds(drawn.getBounds(), { maxZoom: 15 });
}

if (field) draw().catch(() => {});
