// The dashboard's charts (Chart.js comes with Unfold's pages) and the map of open tickets.

import { label } from "./label.js";
import { ground } from "./map_ground.js";
import { mapData } from "./map_data.js";

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
const APART_FROM_ZOOM = 17; // from here on no ticket is drawn with another
const SQUARE = 56; // pixels
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
  const [found] = await Promise.all([mapData(box.dataset.source), import(box.dataset.library)]);
  const { L } = window; // the library is no module
  if (!found) return (note.textContent = "Harita yüklenemedi. Sayfayı yenileyin.");
  const { places, tickets, more } = found;
  const map = L.map(box, { preferCanvas: true, maxZoom: 18, attributionControl: false });
  ground(map, JSON.parse(box.dataset.ground)).catch(() => null); // the boundaries are a map without it
  const style = ({ properties }) => ({ color: "#64748b", weight: 1, fillOpacity: 0.04, dashArray: properties.approximate ? "4 3" : null });
  const shapes = L.geoJSON(places, { style }).addTo(map);
  const points = tickets.map((each) => each.at);
  map.fitBounds(points.length ? points : shapes.getBounds(), { padding: [20, 20], maxZoom: 15 });
  for (const { properties } of places.features) {
    L.tooltip({ permanent: true, direction: "center", className: "place", pane: "shadowPane" }) // below what is counted
      .setLatLng([properties.lat, properties.lon])
      .setContent(label(properties.name))
      .addTo(map);
  }
  const showNames = () => box.classList.toggle("far", map.getZoom() < NAMES_FROM_ZOOM);
  map.on("zoomend", showNames);
  showNames();
  const told = more ? `En yeni ${tickets.length} açık başvuru` : `${tickets.length} başvurunun yeri belli`;
  offerFilters(tickets);
  const drawn = L.layerGroup().addTo(map);
  const show = () => {
    const chosen = tickets.filter(isChosen);
    drawn.clearLayers();
    for (const group of gathered(map, chosen)) drawn.addLayer(group.length > 1 ? cluster(map, group) : point(group[0]));
    note.textContent = chosen.length === tickets.length ? told : `${chosen.length} başvuru seçildi`;
  };
  let reading = false; // a popup that moves the map into view is not closed by that
  map.on("popupopen", () => (reading = true));
  map.on("popupclose", () => (reading = false));
  map.on("zoomend moveend", () => reading || show());
  for (const field of [subject, age]) field.addEventListener("change", show);
  show();
}

const subject = document.getElementById("map-subject");
const age = document.getElementById("map-age");

function offerFilters(tickets) {
  const names = [...new Set(tickets.map((each) => each.category))].sort((a, b) => a.localeCompare(b, "tr"));
  subject.append(...names.map((name) => new Option(name, name)));
  subject.closest("[hidden]").hidden = false;
}

function isChosen(ticket) {
  if (subject.value && ticket.category !== subject.value) return false;
  if (!age.value) return true;
  const [from, to] = age.value.split("-");
  return ticket.days >= Number(from) && (!to || ticket.days <= Number(to));
}

// The tickets in view by squares of the screen; what is nearest to the eye is drawn one by one.
function gathered(map, tickets) {
  const view = map.getBounds().pad(0.1);
  const apart = map.getZoom() >= APART_FROM_ZOOM;
  const squares = new Map();
  for (const ticket of tickets) {
    if (!view.contains(ticket.at)) continue;
    const { x, y } = map.project(ticket.at);
    const square = apart ? ticket.id : `${Math.floor(x / SQUARE)} ${Math.floor(y / SQUARE)}`;
    if (!squares.has(square)) squares.set(square, []);
    squares.get(square).push(ticket);
  }
  return squares.values();
}

function point(ticket) {
  const look = { radius: 6, weight: 1, color: "#fff", fillColor: COLOURS[ticket.clock], fillOpacity: 0.9 };
  return window.L.circleMarker(ticket.at, look).bindPopup(() => link(ticket));
}

function cluster(map, group) {
  const mean = (axis) => group.reduce((sum, each) => sum + each.at[axis], 0) / group.length;
  const size = Math.round(20 + 4 * Math.log2(group.length));
  const late = group.some((each) => each.clock === "late" || each.clock === "urgent");
  const icon = window.L.divIcon({ className: late ? "cluster late" : "cluster", html: String(group.length), iconSize: [size, size] });
  const name = `${group.length} açık başvuru${late ? ", geciken var" : ""}; yakınlaştır`;
  const closer = () => map.setView([mean(0), mean(1)], Math.min(map.getZoom() + 2, 18));
  return window.L.marker([mean(0), mean(1)], { icon, title: name, alt: name }).on("click", closer);
}

draw().catch(() => (note.textContent = "Harita yüklenemedi. Sayfayı yenileyin."));
