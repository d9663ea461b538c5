// Draws what the reports of the API say: nothing is counted here.
const page = document.getElementById("charts");
const query = new URLSearchParams(page.dataset.query);
const dark = document.documentElement.classList.contains("dark");
const INK = dark ? "#d1d5db" : "#374151";
const LINES = dark ? "rgb(255 255 255 / .12)" : "rgb(0 0 0 / .1)";
const BLUE = "#3387b4", GREEN = "#15803d", AMBER = "#d97706", RED = "#b91c1c", GREY = "#9ca3af";
const STARS = [RED, "#ea580c", AMBER, "#65a30d", GREEN];

Chart.defaults.color = INK;
Chart.defaults.borderColor = LINES;
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;

const number = (value, unit = "") =>
  value === null ? "–" : value.toLocaleString("tr", { maximumFractionDigits: 1 }) + unit;

async function report(section) {
  const name = section.dataset.report;
  const own = new URLSearchParams([...query, ...new URLSearchParams(section.dataset.query || "")]);
  const address = `/api/v1/reports/${name}/?${own}`;
  section.querySelector("code").textContent = address;
  section.querySelector("a[data-form=csv]").href = `${address}&format=csv`;
  section.querySelector("a[data-form=xlsx]").href = `${address}&format=xlsx`;
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return (await answer.json()).results;
}

function chart(section, config) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", section.querySelector("h2").textContent);
  section.querySelector(".drawing").replaceChildren(canvas);
  new Chart(canvas, config);
}

const stacked = { x: { stacked: true }, y: { stacked: true, beginAtZero: true, ticks: { precision: 0 } } };

const DRAWN = {
  trend(section, rows) {
    chart(section, {
      data: {
        labels: rows.map((row) => row.name),
        datasets: [
          { type: "line", label: "Çözülen", data: rows.map((row) => row.resolved), borderColor: GREEN, backgroundColor: GREEN, pointRadius: 2, tension: 0.2 },
          { type: "bar", label: "Gelen", data: rows.map((row) => row.opened), backgroundColor: BLUE },
        ],
      },
      options: { scales: { y: { beginAtZero: true, ticks: { precision: 0 } } } },
    });
  },

  backlog(section, rows) {
    const states = [["on_time", "Zamanında", GREEN], ["near", "Süresi doluyor", AMBER], ["overdue", "Gecikmiş", RED], ["waiting", "Bilgi bekleniyor", BLUE], ["no_target", "Hedefi yok", GREY]];
    chart(section, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.name),
        datasets: states.map(([state, label, colour]) => ({ label, data: rows.map((row) => row.clocks[state]), backgroundColor: colour })),
      },
      options: { scales: stacked },
    });
  },

  categories(section, rows) {
    const most = rows.filter((row) => row.opened).sort((a, b) => b.opened - a.opened);
    const all = most.reduce((sum, row) => sum + row.opened, 0);
    const shown = most.slice(0, 15);
    let sum = 0;
    const share = shown.map((row) => Math.round(((sum += row.opened) / all) * 1000) / 10);
    chart(section, {
      data: {
        labels: shown.map((row) => row.name),
        datasets: [
          { type: "line", label: "Birikimli pay (%)", data: share, yAxisID: "share", borderColor: AMBER, backgroundColor: AMBER, pointRadius: 3 },
          { type: "bar", label: "Gelen", data: shown.map((row) => row.opened), backgroundColor: BLUE },
        ],
      },
      options: {
        scales: {
          x: { ticks: { maxRotation: 50, autoSkip: false, callback(index) { const name = this.getLabelForValue(index); return name.length > 22 ? `${name.slice(0, 21)}…` : name; } } },
          y: { beginAtZero: true, ticks: { precision: 0 } },
          share: { position: "right", min: 0, max: 100, grid: { drawOnChartArea: false } },
        },
      },
    });
  },

  satisfaction(section, rows) {
    const rated = rows.filter((row) => row.count);
    if (!rated.length) return empty(section);
    chart(section, {
      type: "bar",
      data: {
        labels: rated.map((row) => `${row.name} (${number(row.mean)})`),
        datasets: STARS.map((colour, index) => ({ label: "★".repeat(index + 1), data: rated.map((row) => row.distribution[index + 1]), backgroundColor: colour })),
      },
      options: { indexAxis: "y", scales: { x: { stacked: true, ticks: { precision: 0 } }, y: { stacked: true } } },
    });
  },

  neighbourhoods(section, rows) {
    const places = JSON.parse(document.getElementById("places").textContent);
    const counts = new Map(rows.map((row) => [row.code, row]));
    const most = Math.max(1, ...rows.filter((row) => row.code).map((row) => row.opened));
    const shapes = places.map((place) => ({ ...place, row: counts.get(place.code), share: (counts.get(place.code)?.opened || 0) / most }));
    section.querySelector(".drawing").replaceChildren(heatMap(shapes));
  },

  summary(section, [row]) {
    const tiles = [
      ["Gelen", number(row.opened), row.compared && number(row.compared.opened)],
      ["Çözülen", number(row.resolved), row.compared && number(row.compared.resolved)],
      ["Açık", number(row.open_now)],
      ["Geciken", number(row.overdue_now)],
      ["İlk işlem, ortanca", number(row.first_action.median_hours, " saat"), row.compared && number(row.compared.first_action.median_hours, " saat")],
      ["Çözüm, ortanca", number(row.resolution.median_hours, " saat"), row.compared && number(row.compared.resolution.median_hours, " saat")],
      ["Hedefinde çözülen", percent(row.resolution.within_target), row.compared && percent(row.compared.resolution.within_target)],
      ["Memnuniyet", number(row.satisfaction.mean), row.compared && number(row.compared.satisfaction.mean)],
    ];
    section.querySelector(".tiles").replaceChildren(...tiles.map(([name, value, before]) => {
      const tile = element("div", { className: "tile" });
      tile.append(name, element("b", { textContent: value }), element("small", { textContent: before ? `önceki dönem ${before}` : "şu an" }));
      return tile;
    }));
  },
};

const percent = (share) => (share === null ? "–" : `%${Math.round(share * 100)}`);
const element = (name, facts) => Object.assign(document.createElement(name), facts);

function empty(section) {
  section.querySelector(".drawing").replaceChildren(element("p", { className: "empty", textContent: "Bu dönemde veri yok." }));
}

// Boundaries where they were imported, circles at the middle of each neighbourhood elsewhere; darker is more.
function heatMap(shapes) {
  const points = shapes.flatMap((shape) => (shape.boundary ? rings(shape.boundary).flat() : [[shape.lon, shape.lat]]));
  const lons = points.map(([lon]) => lon), lats = points.map(([, lat]) => lat);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const narrow = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = Math.min(960 / ((east - west) * narrow || 1), 560 / (north - south || 1));
  const place = ([lon, lat]) => [20 + (lon - west) * narrow * scale, 20 + (north - lat) * scale];
  const svg = drawn("svg", { viewBox: `0 0 ${40 + (east - west) * narrow * scale} ${40 + (north - south) * scale}`, role: "img", "aria-label": "Mahallelere göre yoğunluk" });
  for (const shape of shapes) {
    const look = { fill: shape.share ? BLUE : "none", "fill-opacity": 0.15 + 0.85 * shape.share, stroke: GREY, "stroke-width": 0.7 };
    const node = shape.boundary
      ? drawn("path", { ...look, d: rings(shape.boundary).map((ring) => `M${ring.map((point) => place(point).map((x) => x.toFixed(1)).join()).join("L")}Z`).join("") })
      : circle(place([shape.lon, shape.lat]), 4 + 16 * Math.sqrt(shape.share), look);
    const title = drawn("title", {});
    title.textContent = `${shape.name}: ${shape.row?.opened || 0} gelen, ${shape.row?.open_now || 0} açık, ${shape.row?.overdue_now || 0} geciken`;
    node.append(title);
    svg.append(node);
  }
  for (const shape of [...shapes].sort((a, b) => b.share - a.share).slice(0, 6)) {
    if (!shape.share) continue;
    const [x, y] = place([shape.lon, shape.lat]);
    const label = drawn("text", { x, y: y - 6, "text-anchor": "middle", "font-size": 15, fill: INK });
    label.textContent = `${shape.name} ${shape.row.opened}`;
    svg.append(label);
  }
  return svg;
}

const circle = ([cx, cy], r, look) => drawn("circle", { ...look, cx, cy, r });
const rings = (boundary) => (boundary.type === "MultiPolygon" ? boundary.coordinates : [boundary.coordinates]).map((shape) => shape[0]);

function drawn(name, facts) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(facts)) node.setAttribute(key, value);
  return node;
}

for (const section of page.querySelectorAll("[data-report]")) {
  report(section).then((rows) => DRAWN[section.dataset.report](section, rows)).catch((error) => {
    (section.querySelector(".drawing") || section.querySelector(".tiles")).replaceChildren(
      element("p", { className: "empty", textContent: error.message || "Rapor alınamadı. Sayfayı yenileyin." }));
  });
}
