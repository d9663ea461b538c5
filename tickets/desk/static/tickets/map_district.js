// What a map of the district shows without asking anybody: borders of the mahalleler with their names, and main roads;
// below them streets or tiles, where the installation has them (departments/places/outlines.py, back_office/map_ground.py).

import { label } from "./label.js";
import { ground } from "./map_ground.js";

const LETTER = 6.5, LINE = 16; // pixels of a name: the width of a letter, the height of the line

/** Draws it, and returns the borders' layer. */
export function district(map, places, under) {
  const { L } = window;
  ground(map, under).catch(() => null); // the borders are a map without it
  const style = ({ properties }) => ({ color: "#7a8691", weight: 1, fillOpacity: 0.04, dashArray: properties.approximate ? "4 3" : null });
  const borders = L.geoJSON(places, { interactive: false, style }).addTo(map);
  roads(places.roads ?? []).addTo(map);
  const names = places.features.map(({ properties }) => ({ properties, marker: name(properties).addTo(map) }));
  map.on("zoomend", () => thinOut(map, names));
  map.whenReady(() => thinOut(map, names));
  return borders;
}

/** Main roads: a name, and lines. */
export function roads(found) {
  const drawn = found.map(({ name, lines }) =>
    window.L.polyline(lines, { color: "#a8852a", weight: 3, opacity: 0.7 }).bindTooltip(label(name), { sticky: true }));
  return window.L.layerGroup(drawn);
}

/** A mahalle's name at its middle: a marker, since a tooltip is measured one by one. Below what is counted. */
export function name({ name: words, lat, lon }) {
  const icon = window.L.divIcon({ className: "place", html: label(words), iconSize: [0, 0] });
  return window.L.marker([lat, lon], { icon, interactive: false, keyboard: false, pane: "shadowPane" });
}

// No name lies on another: the first by the alphabet stays, the others come as one goes nearer.
function thinOut(map, names) {
  const taken = [];
  for (const { properties, marker } of names) {
    const { x, y } = map.project([properties.lat, properties.lon]);
    const wide = properties.name.length * LETTER;
    const covered = taken.some((other) => Math.abs(other.y - y) < LINE && Math.abs(other.x - x) < (other.wide + wide) / 2);
    if (!covered) taken.push({ x, y, wide });
    const drawn = marker.getElement();
    if (drawn) drawn.hidden = covered;
  }
}
