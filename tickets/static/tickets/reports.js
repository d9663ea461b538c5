// Draws what the reports of the API say: nothing is counted here.
const page = document.getElementById("charts");
const query = new URLSearchParams(page.dataset.query);
const dark = document.documentElement.classList.contains("dark");
const INK = dark ? "#d1d5db" : "#374151";
const LINES = dark ? "rgb(255 255 255 / .12)" : "rgb(0 0 0 / .1)";
const BLUE = "#3387b4", PALE = dark ? "#64748b" : "#b6c4d1", GREEN = "#15803d", AMBER = "#d97706", RED = "#b91c1c", GREY = "#9ca3af";
const STARS = [RED, "#ea580c", AMBER, "#65a30d", GREEN];
const ROWS = 12; // of a chart by category or by neighbourhood
const narrow = page.clientWidth < 600;
const compared = query.has("compare");

Chart.defaults.color = INK;
Chart.defaults.borderColor = LINES;
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;

const number = (value, unit = "") =>
  value === null ? "–" : value.toLocaleString("tr", { maximumFractionDigits: 1 }) + unit;
const percent = (share) => (share === null ? "–" : `%${Math.round(share * 100)}`);
const element = (name, facts, ...inside) => {
  const node = Object.assign(document.createElement(name), facts);
  node.append(...inside);
  return node;
};
// Departments are all called so; on the axis it only takes room.
const short = (name, most) => {
  const bare = name.replace(/ Müdürlüğü$/, "");
  return bare.length > most ? `${bare.slice(0, most - 1)}…` : bare;
};
const days = (row, rows) => {
  const month = rows.length > 1 && rows[1].code.slice(8) === "01" && rows.every((each, index) => !index || each.code.slice(8) === "01");
  const day = new Date(`${row.code}T12:00`);
  return day.toLocaleDateString("tr", month ? { month: "short", year: "2-digit" } : { day: "numeric", month: "short" });
};
const whole = { beginAtZero: true, ticks: { precision: 0 } };
const share = (facts) => ({ min: 0, max: 100, ticks: { callback: (value) => `%${value}` }, grid: { drawOnChartArea: false }, ...facts });
const inHundred = (value) => (value === null ? null : Math.round(value * 1000) / 10);

async function report(section) {
  const taken = (section.dataset.takes || "from to department compare").split(" ");
  const own = new URLSearchParams([...query].filter(([name]) => taken.includes(name)));
  for (const [name, value] of new URLSearchParams(section.dataset.query || "")) own.set(name, value);
  const address = `/api/v1/reports/${section.dataset.report}/${own.size ? `?${own}` : ""}`;
  const file = (form) => `${address}${own.size ? "&" : "?"}format=${form}`;
  const api = section.querySelector("a[data-form=json]");
  api.textContent = decodeURIComponent(address);
  api.href = address;
  for (const form of ["csv", "xlsx"]) section.querySelector(`a[data-form=${form}]`).href = file(form);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

function chart(section, says, config) {
  const canvas = element("canvas", { role: "img", ariaLabel: `${section.querySelector("h2").textContent}. ${says}` });
  section.querySelector(".drawing").replaceChildren(canvas);
  new Chart(canvas, config);
}

function tell(section, text) {
  const drawing = section.querySelector(".drawing");
  drawing.classList.add("nothing");
  drawing.replaceChildren(element("p", { className: "empty", textContent: text }));
}

const bars = (label, data, backgroundColor, more = {}) => ({ type: "bar", label, data, backgroundColor, order: 2, ...more });
const line = (label, data, colour, more = {}) => ({ type: "line", label, data, borderColor: colour, backgroundColor: colour, pointRadius: 2, tension: 0.2, order: 1, ...more });
const total = (rows, figure) => rows.reduce((sum, row) => sum + (row[figure] || 0), 0);

const DRAWN = {
  summary(section, { results: [row] }) {
    const before = row.compared;
    const tiles = [
      ["Gelen", (figures) => number(figures.opened)],
      ["Çözülen", (figures) => number(figures.resolved)],
      ["Şu an açık", null, number(row.open_now)],
      ["Şu an geciken", null, number(row.overdue_now)],
      ["İlk işlem, ortanca", (figures) => number(figures.first_action.median_hours, " saat")],
      ["Çözüm, ortanca", (figures) => number(figures.resolution.median_hours, " saat")],
      ["Hedefinde çözülen", (figures) => percent(figures.resolution.within_target)],
      ["Memnuniyet", (figures) => number(figures.satisfaction.mean, figures.satisfaction.mean === null ? "" : " / 5")],
    ];
    section.querySelector(".drawing").replaceChildren(...tiles.map(([name, of, now]) =>
      element("div", { className: "tile" }, name, element("b", { textContent: of ? of(row) : now }),
        element("small", { textContent: of && before ? `karşılaştırılan dönem: ${of(before)}` : "" }))));
  },

  trend(section, { results: rows }) {
    if (!total(rows, "opened") && !total(rows, "resolved")) return tell(section, "Bu dönemde başvuru gelmedi, çözülen de olmadı.");
    const far = (figure) => rows.map((row) => (row.code > page.dataset.today ? null : row[figure])); // a day to come has no figures
    const then = compared ? [line("Gelen, karşılaştırılan dönem", rows.map((row) => row.compared?.opened ?? null), PALE, { borderDash: [5, 4] })] : [];
    chart(section, `${total(rows, "opened")} gelen, ${total(rows, "resolved")} çözülen.`, {
      data: {
        labels: rows.map((row) => days(row, rows)),
        datasets: [bars("Gelen", far("opened"), BLUE), line("Çözülen", far("resolved"), GREEN), ...then],
      },
      options: { interaction: { mode: "index" }, scales: { x: { grid: { display: false } }, y: whole }, plugins: { tooltip: { callbacks: { title: ([point]) => rows[point.dataIndex].name } } } },
    });
  },

  backlog(section, { results: rows }) {
    if (!total(rows, "open")) return tell(section, "Açık başvuru yok.");
    const states = [["on_time", "Zamanında", GREEN], ["near", "Süresi doluyor", AMBER], ["overdue", "Gecikmiş", RED], ["waiting", "Bilgi bekleniyor", BLUE], ["no_target", "Hedefi yok", GREY]];
    chart(section, rows.map((row) => `${row.name}: ${row.open}`).join(", "), {
      data: {
        labels: rows.map((row) => row.code.replace("0-1", "1’den az").replace("-", "–")),
        datasets: states.map(([state, label, colour]) => bars(label, rows.map((row) => row.clocks[state]), colour)),
      },
      options: { scales: { x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkip: false }, title: { display: true, text: "gün" } }, y: { stacked: true, ...whole } } },
    });
  },

  satisfaction(section, { results: rows }) {
    const rated = rows.filter((row) => row.count).sort((a, b) => b.count - a.count).slice(0, ROWS);
    if (!rated.length) return tell(section, "Bu dönemde değerlendirme yapılmadı.");
    chart(section, rated.map((row) => `${row.name}: ${number(row.mean)}`).join(", "), {
      data: {
        labels: rated.map((row) => `${short(row.name, narrow ? 16 : 30)} · ${number(row.mean)}`),
        datasets: STARS.map((colour, index) => bars("★".repeat(index + 1), rated.map((row) => row.distribution[index + 1]), colour)),
      },
      options: { indexAxis: "y", scales: { x: { stacked: true, ...whole }, y: { stacked: true, grid: { display: false }, ticks: { autoSkip: false } } } },
    });
  },

  categories(section, { results: rows }) {
    const most = rows.filter((row) => row.opened).sort((a, b) => b.opened - a.opened);
    const all = total(most, "opened");
    if (!all) return tell(section, "Bu dönemde başvuru gelmedi.");
    const shown = most.slice(0, ROWS);
    let sum = 0;
    const shares = shown.map((row) => Math.round(((sum += row.opened) / all) * 1000) / 10);
    chart(section, shown.map((row) => `${row.name}: ${row.opened}`).join(", "), {
      data: {
        labels: shown.map((row) => short(row.name, narrow ? 16 : 34)),
        datasets: [
          bars("Gelen", shown.map((row) => row.opened), BLUE),
          line("Birikimli pay", shares, AMBER, { xAxisID: "share", pointRadius: 3, tension: 0 }),
        ],
      },
      options: {
        indexAxis: "y",
        scales: { x: { ...whole, position: "bottom" }, share: share({ axis: "x", position: "top" }), y: { grid: { display: false }, ticks: { autoSkip: false } } },
      },
    });
  },

  routing(section, { results: rows, confusions }) {
    if (!total(rows, "judged")) return tell(section, "Bu dönemde yönlendirici bir öneride bulunmadı ya da önerilerine göre işlem yapılmadı.");
    chart(section, "Birimde ve konuda isabet.", {
      data: {
        labels: rows.map((row) => days(row, rows)),
        datasets: [
          line("Birim doğru", rows.map((row) => inHundred(row.department)), BLUE, { spanGaps: true }),
          line("Konu doğru", rows.map((row) => inHundred(row.category)), AMBER, { spanGaps: true }),
        ],
      },
      options: { interaction: { mode: "index" }, scales: { x: { grid: { display: false } }, y: share({ grid: {} }) } },
    });
    const worst = confusions.slice(0, 3).map((each) => `${each.said_name} → ${each.right_name} (${each.count})`);
    section.querySelector(".drawing").after(element("p", { className: "note", textContent: worst.length ? `En çok karışanlar: ${worst.join("; ")}` : "Hiç karıştırma yok." }));
  },

  neighbourhoods(section, { results: rows }) {
    const places = JSON.parse(document.getElementById("places").textContent);
    const counts = new Map(rows.map((row) => [row.code, row]));
    const known = rows.filter((row) => row.code && row.opened).sort((a, b) => b.opened - a.opened);
    if (!known.length) return tell(section, "Bu dönemde yeri bilinen başvuru gelmedi.");
    const shapes = places.map((place) => ({ ...place, row: counts.get(place.code), share: (counts.get(place.code)?.opened || 0) / known[0].opened }));
    const head = ["Mahalle", "Gelen", "Açık", "Geciken"];
    const cells = (row) => [row.name, row.opened, row.open_now, row.overdue_now];
    const tr = (texts, name) => element("tr", {}, ...texts.map((text) => element(name, { textContent: text })));
    section.querySelector(".drawing").replaceChildren(
      element("div", {}, heatMap(shapes.sort((a, b) => a.share - b.share))),
      element("table", {}, element("thead", {}, tr(head, "th")), element("tbody", {}, ...known.slice(0, ROWS).map((row) => tr(cells(row), "td")))));
  },
};

// Boundaries where they were imported, circles at the middle of each neighbourhood elsewhere; darker is more.
function heatMap(shapes) {
  const points = shapes.flatMap((shape) => (shape.boundary ? rings(shape.boundary).flat() : [[shape.lon, shape.lat]]));
  const lons = points.map(([lon]) => lon), lats = points.map(([, lat]) => lat);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const shrink = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = Math.min(660 / ((east - west) * shrink || 1), 400 / (north - south || 1));
  const place = ([lon, lat]) => [40 + (lon - west) * shrink * scale, 40 + (north - lat) * scale];
  const svg = drawn("svg", { viewBox: `0 0 ${80 + (east - west) * shrink * scale} ${60 + (north - south) * scale}`, role: "img", "aria-label": "Mahallelere göre yoğunluk" });
  for (const shape of shapes) {
    const look = { fill: shape.share ? heat(shape.share) : "none", "fill-opacity": 0.9, stroke: GREY, "stroke-width": 0.7 };
    const node = shape.boundary
      ? drawn("path", { ...look, d: rings(shape.boundary).map((ring) => `M${ring.map((point) => place(point).map((x) => x.toFixed(1)).join()).join("L")}Z`).join("") })
      : circle(place([shape.lon, shape.lat]), 3 + 15 * Math.sqrt(shape.share), look);
    const title = drawn("title", {});
    title.textContent = `${shape.name}: ${shape.row?.opened || 0} gelen, ${shape.row?.open_now || 0} açık, ${shape.row?.overdue_now || 0} geciken`;
    node.append(title);
    svg.append(node);
  }
  svg.append(...labels(shapes, place));
  return svg;
}

// The names of those with most, as long as none lies on another.
function labels(shapes, place) {
  const taken = [];
  const found = [];
  for (const shape of [...shapes].reverse().slice(0, 25)) {
    if (!shape.share || found.length > 7) continue;
    const [x, y] = place([shape.lon, shape.lat]);
    const box = { x, y: y - 18, wide: shape.name.length * 7 };
    if (taken.some((other) => Math.abs(other.y - box.y) < 16 && Math.abs(other.x - box.x) < (other.wide + box.wide) / 2)) continue;
    taken.push(box);
    const label = drawn("text", { x, y: y - 16 * Math.sqrt(shape.share) - 5, "text-anchor": "middle", "font-size": 13, fill: INK });
    label.textContent = shape.name;
    found.push(label);
  }
  return found;
}

const heat = (part) => `hsl(${45 - 40 * part} 90% ${dark ? 40 + 20 * part : 72 - 30 * part}%)`; // pale yellow to deep red
const circle = ([cx, cy], r, look) => drawn("circle", { ...look, cx, cy, r });
const rings = (boundary) => (boundary.type === "MultiPolygon" ? boundary.coordinates : [boundary.coordinates]).map((shape) => shape[0]);

function drawn(name, facts) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(facts)) node.setAttribute(key, value);
  return node;
}

for (const section of page.querySelectorAll("[data-report]")) {
  report(section)
    .then((answer) => DRAWN[section.dataset.report](section, answer))
    .catch((error) => tell(section, error.message || "Rapor alınamadı. Sayfayı yenileyin."));
}
