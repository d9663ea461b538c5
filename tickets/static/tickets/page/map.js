// The place: pin, border of the mahalle, open tickets near by. Works without any tiles.
const ZOOM = 17;

export function map(page) {
  const box = document.getElementById("map");
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const L = window.L;
  const canvas = L.map(box, { maxZoom: 19, attributionControl: Boolean(data.tiles), zoomControl: true });
  if (data.tiles) L.tileLayer(data.tiles, { maxZoom: 19 }).addTo(canvas);
  const border = data.boundary && L.geoJSON(data.boundary, { style: { color: "#1f6a96", weight: 2, fillOpacity: 0.06 } });
  border?.addTo(canvas);
  for (const each of data.near) {
    L.marker(each.at, { icon: L.divIcon({ className: "dot", iconSize: [12, 12] }), title: each.number, alt: each.number })
      .addTo(canvas)
      .on("click", () => window.location.assign(each.address));
  }
  const icon = L.divIcon({ className: "pin", iconSize: [26, 26], iconAnchor: [13, 22] });
  let pin = data.pin && L.marker(data.pin, { icon, draggable: data.movable, title: "Başvurunun yeri", alt: "Başvurunun yeri" }).addTo(canvas);
  look();
  const form = document.getElementById("place-form");
  if (data.movable) movable();

  function look() {
    if (data.pin) canvas.setView(data.pin, ZOOM);
    else if (border) canvas.fitBounds(border.getBounds());
    else canvas.setView(data.centre ?? [38.73, 35.5], data.centre ? 14 : 11);
  }

  function movable() {
    canvas.on("click", (event) => move(event.latlng));
    pin?.on("dragend", () => move(pin.getLatLng()));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === box) move(canvas.getCenter());
    });
    form.querySelector("[data-place-undo]").addEventListener("click", () => {
      form.hidden = true;
      if (data.pin) pin.setLatLng(data.pin);
      else {
        pin?.remove();
        pin = null;
      }
      look();
    });
  }

  function move(at) {
    if (pin) pin.setLatLng(at);
    else {
      pin = L.marker(at, { icon, draggable: true, title: "Başvurunun yeri", alt: "Başvurunun yeri" }).addTo(canvas);
      pin.on("dragend", () => move(pin.getLatLng()));
    }
    form.elements.lat.value = at.lat;
    form.elements.lon.value = at.lng;
    form.hidden = false;
  }

  return {
    focus: () => box.focus(),
    show(at) {
      box.scrollIntoView({ block: "nearest" });
      canvas.setView(at, ZOOM);
    },
  };
}
