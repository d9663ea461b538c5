// What the plain forms cannot: keep what was written over a lost connection, shrink photos, sort by the way there.

const LARGEST = 1600; // pixels; the server keeps no more
const state = document.getElementById("line-state");
const refusal = document.getElementById("refusal");

function say(text) {
  state.textContent = text;
  state.hidden = !text;
  if (text) state.scrollIntoView({ block: "nearest" });
}

// --- forms ---------------------------------------------------------------------------------------------------

async function shrunk(file) {
  if (!file.type.startsWith("image/")) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 500_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob ? new File([blob], "foto.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // a format this browser cannot draw: the server says whether it can
  }
}

async function body(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data]) {
    if (!(value instanceof File)) continue;
    if (value.size) data.set(name, await shrunk(value));
    else data.delete(name);
  }
  return data;
}

async function send(form) {
  const button = form.querySelector("button");
  const title = button.textContent;
  button.disabled = true;
  button.textContent = form.dataset.sent;
  refusal.replaceChildren();
  say("");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: await body(form),
      headers: { "X-Requested-With": "fetch" },
    });
    const next = answer.headers.get("X-Next");
    if (next) {
      if (form.dataset.keep) localStorage.removeItem(form.dataset.keep);
      location.assign(next);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const why = page.querySelectorAll("#refusal p");
    if (why.length) refusal.replaceChildren(...why);
    else say("Kaydedilemedi. Sayfayı yenileyip yeniden deneyin; yazdıklarınız duruyor.");
    refusal.scrollIntoView({ block: "nearest" });
    // The ticket may have moved on: what the person now knows of is what the next try goes by.
    const version = page.querySelector("[name=version]");
    if (version) for (const field of document.querySelectorAll("[name=version]")) field.value = version.value;
  } catch {
    say("Bağlantı yok. Yazdıklarınız ve fotoğraf bu sayfada duruyor; bağlantı gelince kendiliğinden gönderilecek.");
    addEventListener("online", () => send(form), { once: true });
  }
  button.disabled = false;
  button.textContent = title;
}

for (const form of document.querySelectorAll("form[data-sent]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  const text = form.querySelector("textarea");
  if (!text) continue;
  text.value ||= localStorage.getItem(form.dataset.keep) ?? "";
  text.addEventListener("input", () => localStorage.setItem(form.dataset.keep, text.value));
}

// --- the way there ---------------------------------------------------------------------------------------------

const near = document.getElementById("near");
const jobs = document.getElementById("jobs");

function metres(here, row) {
  const radians = Math.PI / 180;
  const north = (row.dataset.lat - here.latitude) * 111_200;
  const east = (row.dataset.lon - here.longitude) * 111_200 * Math.cos(here.latitude * radians);
  return Math.hypot(north, east);
}

function sortBy(here) {
  const rows = [...jobs.querySelectorAll("li")];
  const away = new Map(rows.map((row) => [row, row.dataset.lat ? metres(here, row) : Infinity]));
  const first = (row) => ("danger" in row.dataset ? 0 : 1); // however far: life goes before the way there
  for (const row of rows.sort((a, b) => first(a) - first(b) || away.get(a) - away.get(b))) {
    const far = away.get(row);
    if (Number.isFinite(far)) {
      row.querySelector(".distance").textContent = far < 1000 ? `${Math.round(far / 10) * 10} m` : `${(far / 1000).toFixed(1).replace(".", ",")} km`;
    }
    jobs.append(row);
  }
}

if (near && navigator.geolocation) {
  near.hidden = false;
  const look = () =>
    navigator.geolocation.getCurrentPosition(
      (found) => {
        sortBy(found.coords);
        near.textContent = "Yakınlığa göre sıralandı · yenile";
      },
      () => say("Konumunuz alınamadı; işler süresine göre sıralı. Tarayıcıda konum iznini açabilirsiniz."),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  near.addEventListener("click", look);
  navigator.permissions?.query({ name: "geolocation" }).then((allowed) => allowed.state === "granted" && look());
}
