// What a map writes: Leaflet takes a string for HTML, so names are handed over as an element that holds them as text.

export function label(words) {
  const element = document.createElement("span");
  element.textContent = words;
  return element;
}
