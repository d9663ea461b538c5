/** The place picker: a map of the mahalleler under a pin that stands still, without any tile server. */

import { district } from "./control.js";
import { attempt, h, icon, sheet } from "./dom.js";

const START = [38.71072, 35.52151];
const ZOOM = 14;
const NAMES_FROM_ZOOM = 13;
const ROAD = { color: "#a8852a", weight: 3, opacity: 0.7, interactive: false };
const OUTLINE = { color: "#0b7a63", weight: 1.5, fillColor: "#cfe8dd", fillOpacity: 0.6, interactive: false };

/** Opens the map; resolves with `{latitude, longitude}`, undefined when dismissed. */
export async function pickPlace() {
  const [found] = await Promise.all([attempt(district), loadLeaflet()]);
  const known = found?.features ?? [];
  return sheet("Konum seçin", (close) => {
    const readout = h("output", { class: "readout" });
    const canvas = h("div", { class: "map" });
    const goTo = h("select", {}, h("option", { value: "" }, known.length ? "Seçin" : "Mahalle listesi yok"),
      known.map(({ properties }, index) => h("option", { value: index }, properties.name)));
    // The map measures its place, which it only has once the sheet is open.
    requestAnimationFrame(() => {
      const map = drawMap(canvas, known, found ?? {}, readout);
      goTo.addEventListener("change", () => {
        const { lat, lon } = known[goTo.value]?.properties ?? {};
        if (lat) map.setView([lat, lon], ZOOM + 1);
      });
      accept.addEventListener("click", () => {
        const { lat, lng } = map.getCenter();
        close({ latitude: rounded(lat), longitude: rounded(lng) });
      });
    });
    const accept = h("button", { type: "button", class: "main" }, "Bu konumu gönder");
    return [
      h("p", { class: "hint" }, "Haritayı iğnenin altında kaydırın: sürükleyin ya da ok tuşlarını kullanın."),
      h("div", { class: "map-frame" }, canvas, icon("pin", "icon map-pin")),
      h("label", {}, "Mahalleye git", goTo), readout, accept];
  }, "wide");
}

const rounded = (degrees) => Number(degrees.toFixed(6));

let loading;

/** Leaflet is fetched when a map is first wanted. */
function loadLeaflet() {
  if (!loading) {
    document.head.append(h("link", { rel: "stylesheet", href: "static/vendor/leaflet.css" }));
    loading = import("./vendor/leaflet.js");
  }
  return loading;
}

/** Streets from the line's own file, below everything else. */
async function drawStreets(map) {
  await new Promise((done, failed) => {
    // No module: it speaks to Leaflet as a variable of the window.
    const script = h("script", { src: "static/vendor/protomaps-leaflet.js" });
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  const { L, protomapsL } = window;
  L.control.attribution({ prefix: false }).addTo(map);
  const attribution = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap</a>';
  protomapsL.leafletLayer({ url: "streets.pmtiles", flavor: "light", lang: "tr", attribution, maxZoom: 19 }).addTo(map);
}

function drawMap(canvas, features, { roads = [], streets }, readout) {
  const { L } = window;
  const map = L.map(canvas, { attributionControl: false, zoomControl: false, minZoom: 10, maxZoom: 18 });
  L.control.zoom({ zoomInTitle: "Yakınlaştır", zoomOutTitle: "Uzaklaştır" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  if (streets) drawStreets(map).catch(() => null); // the outlines are a map without them
  for (const { lines } of roads) L.polyline(lines, ROAD).addTo(map);
  for (const { properties, geometry } of features) {
    const at = [properties.lat, properties.lon];
    L.geoJSON(geometry, { style: { ...OUTLINE, ...(streets && { fillOpacity: 0.1 }), dashArray: properties.approximate ? "4 3" : null } }).addTo(map);
    L.tooltip({ permanent: true, direction: "center", className: "mahalle", interactive: false })
      .setLatLng(at).setContent(h("span", {}, properties.name)).addTo(map);
  }
  map.on("zoomend", () => canvas.classList.toggle("far", map.getZoom() < NAMES_FROM_ZOOM));
  map.on("move", () => {
    const { lat, lng } = map.getCenter();
    readout.textContent = `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
  });
  map.setView(START, ZOOM);
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Harita");
  return map;
}
