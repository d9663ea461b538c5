// A map, and what lies under it: raster tiles, streets from the installation's own PMTiles file, or nothing (back_office/map_ground.py).

const SOURCE = '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap</a>';

/** A map with nothing on it yet; its buttons say in Turkish what they do. */
export function emptyMap(box, options) {
  const { L } = window;
  const map = L.map(box, { ...options, zoomControl: false });
  L.control.zoom({ zoomInTitle: "Yakınlaştır", zoomOutTitle: "Uzaklaştır" }).addTo(map);
  return map;
}

/** Adds it to the map; what cannot be loaded leaves the map as it was. */
export async function ground(map, { tiles, streets, library }) {
  const { L } = window;
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  if (!streets) return;
  await loaded(library);
  const flavor = document.documentElement.classList.contains("dark") ? "dark" : "light";
  if (!map.attributionControl) L.control.attribution({ prefix: false }).addTo(map);
  window.protomapsL.leafletLayer({ url: streets, flavor, lang: "tr", attribution: SOURCE, maxZoom: 19 }).addTo(map);
}

let loading;

/** The library is no module: it speaks to the maps' own as a variable of the window. */
function loaded(library) {
  loading ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = library;
    script.addEventListener("load", done);
    script.addEventListener("error", failed);
    document.head.append(script);
  });
  return loading;
}
