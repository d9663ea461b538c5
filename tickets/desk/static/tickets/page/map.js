// The place: pin, border of the mahalle, main roads, open tickets near by. Works without any tiles.
import { name, roads } from "../map_district.js";
import { emptyMap, ground } from "../map_ground.js";

const NEAR = 17;
const FARTHER = 15; // where nothing but borders and main roads is drawn, and a border is always in sight
const DISTRICT = [38.73, 35.5];

export function map(page) {
  const L = window.L;
  const box = document.getElementById("map");
  const form = document.getElementById("place-form"); // only for those who may move the pin
  const told = () => JSON.parse(document.getElementById("map-data").textContent);
  let data = told();
  const grounded = Boolean(data.ground.tiles || data.ground.streets);
  const canvas = emptyMap(box, { maxZoom: 19, attributionControl: Boolean(data.ground.tiles) });
  ground(canvas, data.ground).catch(() => null); // the boundaries are a map without it
  L.control.scale({ imperial: false }).addTo(canvas);
  const around = L.layerGroup().addTo(canvas);
  const icon = L.divIcon({ className: "pin", iconSize: [26, 26], iconAnchor: [13, 22] });
  const pin = L.marker(DISTRICT, { icon, draggable: Boolean(form), title: "Başvurunun yeri", alt: "Başvurunun yeri" });
  draw();
  look();
  if (form) movable();
  page.addEventListener("renewed", () => {
    if (form && !form.hidden) return; // a pin that is being moved stays, with the version it was seen on
    const before = JSON.stringify(data.pin);
    data = told();
    draw();
    if (JSON.stringify(data.pin) !== before) look();
    for (const field of form?.querySelectorAll("[data-version], [data-seen]") ?? []) {
      field.value = page.querySelector(`#composer [name=${field.name}]`)?.value ?? field.value;
    }
  });

  function draw() {
    around.clearLayers();
    if (data.border) {
      const { approximate } = data.border.properties;
      L.geoJSON(data.border, { style: { className: "own-border", weight: 2, fillOpacity: 0.06, dashArray: approximate ? "4 3" : null } }).addTo(around);
      name(data.border.properties).addTo(around);
    }
    roads(data.roads).addTo(around);
    for (const { at, number, address } of data.near) {
      L.marker(at, { icon: L.divIcon({ className: "dot", iconSize: [12, 12] }), title: number, alt: number })
        .addTo(around)
        .on("click", () => window.location.assign(address));
    }
    if (data.pin) pin.setLatLng(data.pin).addTo(canvas);
    else pin.remove();
  }

  function look() {
    if (data.pin) lookAt(data.pin);
    else if (data.border) canvas.fitBounds(L.geoJSON(data.border).getBounds());
    else canvas.setView(data.centre ?? DISTRICT, data.centre ? 14 : 11);
  }

  function lookAt(at) {
    const ring = data.border && L.geoJSON(data.border).getBounds();
    if (grounded || !ring) canvas.setView(at, grounded ? NEAR : FARTHER);
    else canvas.fitBounds(ring.extend(at), { maxZoom: FARTHER, padding: [24, 24] });
  }

  function movable() {
    canvas.on("click", (event) => move(event.latlng));
    pin.on("dragend", () => move(pin.getLatLng()));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === box) move(canvas.getCenter());
    });
    form.querySelector("[data-place-undo]").addEventListener("click", () => {
      form.hidden = true;
      draw();
      look();
    });
  }

  function move(at) {
    pin.setLatLng(at).addTo(canvas);
    form.elements.lat.value = at.lat;
    form.elements.lon.value = at.lng;
    form.hidden = false;
  }

  return {
    focus: () => box.focus(),
    remove: () => canvas.remove(), // it listens to the window
    show(at) {
      box.scrollIntoView({ block: "nearest" });
      lookAt(at);
    },
  };
}
