// The dashboard's charts (Chart.js comes with Unfold's pages) and the map of open tickets.

import { label } from "./label.js";

const COLOURS = { fine: "#16a34a", near: "#eab308", late: "#dc2626", urgent: "#7e22ce", paused: "#94a3b8" };

for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const stacked = "stacked" in canvas.dataset;
  new Chart(canvas, {
    type: canvas.dataset.chart,
    data: JSON.parse(canvas.dataset.figures),
    options: {
      animation: false,
      maintainAspectRatio: false,
      plugins: { legend: { position: "bottom", labels: { boxWidth: 12 } } },
      scales: { x: { stacked }, y: { stacked, beginAtZero: true, ticks: { precision: 0 } } },
    },
  });
}

const NAMES_FROM_ZOOM = 12;
const box = document.getElementById("map");
const note = document.getElementById("map-note");

function link(ticket) {
  const anchor = document.createElement("a");
  anchor.href = box.dataset.page.replace("/0/", `/${ticket.id}/`);
  anchor.textContent = ticket.number;
  const popup = document.createElement("div");
  popup.append(anchor, document.createElement("br"), `${ticket.category} · ${ticket.text}`);
  return popup;
}

async function draw() {
  const [answer] = await Promise.all([fetch(box.dataset.source), import(box.dataset.library)]);
  const { L } = window; // the library is no module
  if (!answer.ok) return (note.textContent = "Harita yüklenemedi. Sayfayı yenileyin.");
  const { places, tickets, more } = await answer.json();
  const map = L.map(box, { preferCanvas: true, maxZoom: 18, attributionControl: false });
  if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map);
  const style = ({ properties }) => ({ color: "#64748b", weight: 1, fillOpacity: 0.04, dashArray: properties.approximate ? "4 3" : null });
  const shapes = L.geoJSON(places, { style }).addTo(map);
  const points = tickets.map((each) => each.at);
  map.fitBounds(points.length ? points : shapes.getBounds(), { padding: [20, 20], maxZoom: 15 });
  for (const { properties } of places.features) {
    L.tooltip({ permanent: true, direction: "center", className: "place" })
      .setLatLng([properties.lat, properties.lon])
      .setContent(label(properties.name))
      .addTo(map);
  }
  const showNames = () => box.classList.toggle("far", map.getZoom() < NAMES_FROM_ZOOM);
  map.on("zoomend", showNames);
  showNames();
  for (const ticket of tickets) {
    L.circleMarker(ticket.at, { radius: 6, weight: 1, color: "#fff", fillColor: COLOURS[ticket.clock], fillOpacity: 0.9 })
      .bindPopup(() => link(ticket))
      .addTo(map);
  }
  note.textContent = more ? `En yeni ${tickets.length} açık başvuru` : `${tickets.length} başvurunun yeri belli`;
}

draw().catch(() => (note.textContent = "Harita yüklenemedi. Sayfayı yenileyin."));
