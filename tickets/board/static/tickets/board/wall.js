// The wall screen renews its figures; without a connection it says so, and once it was shut it shows nothing.

const wall = document.getElementById("wall");
const state = document.getElementById("wall-state");

async function look() {
  const response = await fetch(wall.dataset.figures, { cache: "no-store", redirect: "error" }).catch(() => null);
  if (response?.status === 403) return location.reload(); // it was shut: the page asks for a key
  const told = response?.ok;
  state.textContent = told ? "" : "Bağlantı yok: sayılar eski";
  wall.classList.toggle("stale", !told);
  if (told) wall.innerHTML = await response.text();
}

setInterval(look, wall.dataset.seconds * 1000);
