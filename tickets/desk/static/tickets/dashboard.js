// The dashboard's charts (Chart.js comes with Unfold's pages) and the map of open tickets.

import { offerCopies } from "./copy_figures.js";
import { mapData } from "./map_data.js";
import { district } from "./map_district.js";
import { emptyMap } from "./map_ground.js";
import { CLOCKS, INK, LINES, TONES } from "./map_and_chart_colours.js";

function drawChart(canvas) {
  const stacked = "stacked" in canvas.dataset;
  const data = JSON.parse(canvas.dataset.figures);
  const table = canvas.closest("section").querySelector(".figures-table tbody");
  const list = ([hit]) => hit && table.rows[hit.index].cells[hit.datasetIndex + 1].querySelector("a");
  for (const set of data.datasets) Object.assign(set, { backgroundColor: TONES[set.tone], borderColor: TONES[set.tone] });
  new Chart(canvas, {
    type: canvas.dataset.chart,
    data,
    options: {
      animation: false,
      maintainAspectRatio: false,
      onClick: (_event, hits) => list(hits)?.click(),
      onHover: ({ native }, hits) => { native.target.style.cursor = list(hits) ? "pointer" : ""; },
      plugins: { legend: { position: "bottom", labels: { boxWidth: 12, color: INK } } },
      scales: {
        x: { stacked, grid: { color: LINES }, ticks: { color: INK } },
        y: { stacked, beginAtZero: true, grid: { color: LINES }, ticks: { precision: 0, color: INK } },
      },
    },
  });
}

offerCopies(document.querySelector(".panel"));

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
  const map = emptyMap(box, { preferCanvas: true, maxZoom: 18, attributionControl: false });
  const shapes = district(map, places, JSON.parse(box.dataset.ground));
  const points = tickets.map((each) => each.at);
  map.fitBounds(points.length ? points : shapes.getBounds(), { padding: [20, 20], maxZoom: 15 });
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
  const urgent = ticket.clock === "urgent";
  const look = { radius: urgent ? 8 : 6, weight: urgent ? 3 : 1, color: urgent ? INK : "#fff", fillColor: CLOCKS[ticket.clock], fillOpacity: 1 };
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
document.querySelectorAll("canvas[data-chart]").forEach(drawChart); // while the map's data are on their way
