// Draws what the reports of the API say: nothing is counted here.

import { offerCopies } from "./copy_figures.js";
import { day, dayOfMonth, month } from "./dates.js";
import { BLUE, GREY, INK, LATE, LINES, PALE, SKY, SOON, dark } from "./map_and_chart_colours.js";

const page = document.getElementById("charts");
const query = new URLSearchParams(page.dataset.query);
const STARS = [LATE, dark ? "#8f3a40" : "#d98a8d", PALE, SKY, BLUE];
const COLUMNS = JSON.parse(document.getElementById("columns").textContent); // of each report: name and heading
const SHOWN = ["code", "name", "opened", "open_now", "overdue_now", "resolved", "resolution_median_hours", "resolution_within_target", "satisfaction_mean", "count", "mean", "open", "judged", "department", "category"];
const SHARES = /(^|_)(within_target|department|category)$/;
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
  const monthly = rows.length > 1 && rows.every((each, index) => !index || each.code.slice(8) === "01");
  return monthly ? month(row.code) : dayOfMonth(row.code);
};
const whole = { beginAtZero: true, ticks: { precision: 0 } };
const share = (facts) => ({ min: 0, max: 100, ticks: { callback: (value) => `%${value}` }, grid: { drawOnChartArea: false }, ...facts });
const inHundred = (value) => (value === null ? null : Math.round(value * 1000) / 10);

// Two at once, as many as one person is given (shares.py); where others have the places, again a little later.
const lanes = [Promise.resolve(), Promise.resolve()];
let turn = 0;
function inTurn(ask) {
  const lane = turn++ % lanes.length;
  const asked = lanes[lane].then(ask);
  lanes[lane] = asked.catch(() => {});
  return asked;
}
async function patiently(address, tries = 15) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (answer.status !== 429 || tries === 1) return answer;
  await new Promise((again) => setTimeout(again, 1000 * (Number(answer.headers.get("Retry-After")) || 2)));
  return patiently(address, tries - 1);
}

async function report(section) {
  const taken = (section.dataset.takes || "from to department compare").split(" ");
  const own = new URLSearchParams([...query].filter(([name]) => taken.includes(name)));
  for (const [name, value] of new URLSearchParams(section.dataset.query || "")) own.set(name, value);
  const address = `/api/v1/reports/${section.dataset.report}/${own.size ? `?${own}` : ""}`;
  const file = (form) => `${address}${own.size ? "&" : "?"}format=${form}`;
  const api = section.querySelector("a[data-form=json]");
  api.textContent = decodeURIComponent(address);
  api.href = address;
  offerColumns(section, (columns) => {
    for (const form of ["csv", "xlsx"]) section.querySelector(`a[data-form=${form}]`).href = `${file(form)}&headings=tr&columns=${columns.join()}`;
  });
  const answer = await inTurn(() => patiently(address));
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

// `behind(set, place)` is the row and the figure of a bar or point; pressing it opens their list, as the table does.
function chart(section, says, config, behind = null) {
  if (behind) {
    const list = ([hit]) => hit && listBehind(section, ...behind(hit.datasetIndex, hit.index));
    config.options.onClick = (_event, hits) => { if (list(hits)) location.href = list(hits); };
    config.options.onHover = ({ native }, hits) => { native.target.style.cursor = list(hits) ? "pointer" : ""; };
  }
  const canvas = element("canvas", { role: "img", ariaLabel: `${section.querySelector("h2").textContent}. ${says}` });
  section.querySelector(".drawing").replaceChildren(canvas);
  new Chart(canvas, config);
}

function tell(section, text) {
  const drawing = section.querySelector(".drawing");
  drawing.classList.add("nothing");
  drawing.replaceChildren(element("p", { className: "empty", textContent: text }));
}

// ------------------------------------------------------- the figures as a table, to read, to copy and to take away

function chosenColumns(section) {
  return [...section.querySelectorAll("fieldset input:checked")].map((box) => box.value);
}

function offerColumns(section, chosen) {
  const choices = section.querySelector("fieldset");
  const columns = COLUMNS[section.dataset.report];
  const dated = columns.some(([name, title]) => name === "code" && title !== "Kod"); // the name says the same day in words
  const boxes = columns.map(([name, title]) => {
    const usual = SHOWN.includes(name) && name !== (dated ? "name" : "code");
    return element("label", {}, element("input", { type: "checkbox", value: name, checked: usual }), ` ${title}`);
  });
  if (section.dataset.report === "summary") for (const label of boxes) label.firstChild.checked = true;
  choices.append(...boxes);
  choices.addEventListener("change", () => {
    chosen(chosenColumns(section));
    fillTable(section);
  });
  chosen(chosenColumns(section));
}

const at = (row, name) => flat(row)[name];
function flat(row, before = "") {
  const found = {};
  for (const [name, value] of Object.entries(row)) {
    if (value && typeof value === "object") Object.assign(found, flat(value, `${before}${name}_`));
    else found[before + name] = value;
  }
  return found;
}

function written(name, value) {
  if (value === null || value === undefined) return "";
  if (name === "code" && /^\d{4}-\d\d-\d\d$/.test(value)) return day(value);
  if (typeof value !== "number") return value;
  return number(SHARES.test(name) ? value * 100 : value);
}

function fillTable(section) {
  const answer = answers.get(section);
  if (!answer) return;
  const columns = COLUMNS[section.dataset.report].filter(([name]) => chosenColumns(section).includes(name));
  const cell = (row, name) => {
    const text = written(name, at(row, name));
    const list = text && listBehind(section, row, name);
    return element("td", {}, list ? element("a", { href: list, textContent: text }) : text);
  };
  section.querySelector(".figures-table").replaceChildren(
    element("table", {},
      element("thead", {}, element("tr", {}, ...columns.map(([, title]) => element("th", { scope: "col", textContent: title })))),
      element("tbody", {}, ...answer.results.map((row) => element("tr", {}, ...columns.map(([name]) => cell(row, name)))))));
}

// The list of the queue that a number counts; nothing where the queue has no such filter.
function listBehind(section, row, figure) {
  const kind = section.dataset.report;
  const list = new URLSearchParams({ tab: "tumu" });
  const codes = { categories: "category", neighbourhoods: "neighbourhood", satisfaction: "department" };
  if (query.get("department")) list.set("department", query.get("department"));
  if (codes[kind]) list.set(codes[kind], row.code ?? "yok");
  const [first, last] = kind === "trend" ? partOf(section, row) : [query.get("from"), dayBefore(query.get("to"))];
  const during = (moment) => { list.set(`${moment}since`, first); list.set(`${moment}until`, last); };
  const outcomes = ["resolved", "rejected", "redirected", "duplicate", "cancelled"];
  if (figure === "opened") during("");
  else if (figure === "closed" || figure === "reopened") during(`${figure}_`);
  else if (figure === "open_now") list.set("open", "on");
  else if (figure === "overdue_now") list.set("overdue", "on");
  else if (outcomes.includes(figure) || figure.startsWith("resolution_")) { during("ended_"); list.set("outcome", (outcomes.includes(figure) ? figure : "resolved").toUpperCase()); }
  else if (figure.startsWith("first_action_")) during("acted_");
  else if (/^(satisfaction_)?(count|mean)$/.test(figure) && kind !== "routing") during("rated_");
  else if (/^(satisfaction_)?distribution_\d$/.test(figure)) { during("rated_"); list.set("score", figure.slice(-1)); }
  else if (kind === "backlog" && /^(open$|clocks_|legal_)/.test(figure)) {
    const [of, ...state] = figure.split("_");
    list.set("age", row.code);
    if (of === "clocks") list.set("clock", state.join("_"));
    if (of === "legal") list.set("limit", state.join("_"));
  } else return "";
  return `/admin/tickets/ticket/?${list}`;
}

const dayBefore = (day, days = 1) => new Date(Date.parse(`${day}T12:00Z`) - days * 864e5).toISOString().slice(0, 10);
function partOf(section, row) {
  const rows = answers.get(section).results;
  const next = rows[rows.indexOf(row) + 1];
  const first = row.code < query.get("from") ? query.get("from") : row.code;
  return [first, next ? dayBefore(next.code) : dayBefore(query.get("to"))];
}

const answers = new Map();

offerCopies(page);

// How a figure differs from the compared period: an arrow and words. `good` is the sign of a change for the better.
function difference(now, before, write, good) {
  if (before === null || now === null) return "karşılaştırılacak sayı yok";
  const change = now - before;
  if (!change) return `aynı, önce de ${write(before)}`;
  const verdict = !good ? "" : Math.sign(change) === good ? ", daha iyi" : ", daha kötü";
  return `${change > 0 ? "↑ arttı" : "↓ azaldı"}, önce ${write(before)}${verdict}`;
}

const bars = (label, data, backgroundColor, more = {}) => ({ type: "bar", label, data, backgroundColor, order: 2, ...more });
const line = (label, data, colour, more = {}) => ({ type: "line", label, data, borderColor: colour, backgroundColor: colour, pointRadius: 2, tension: 0, // a curve would run below zero
   order: 1, ...more });
const total = (rows, figure) => rows.reduce((sum, row) => sum + (row[figure] || 0), 0);

const DRAWN = {
  summary(section, { results: [row] }) {
    const before = row.compared;
    const hours = (value) => number(value, " saat");
    const tiles = [ // name, column, the figure of a row, how it is written, and the sign of a change for the better
      ["Gelen", "opened", (figures) => figures.opened, number, 0],
      ["Çözülen", "resolved", (figures) => figures.resolved, number, 0],
      ["Şu an açık", "open_now", null, number],
      ["Şu an geciken", "overdue_now", null, number],
      ["İlk işlem, ortanca", "first_action_median_hours", (figures) => figures.first_action.median_hours, hours, -1],
      ["Çözüm, ortanca", "resolution_median_hours", (figures) => figures.resolution.median_hours, hours, -1],
      ["Hedefinde çözülen", "resolution_within_target", (figures) => figures.resolution.within_target, percent, 1],
      ["Memnuniyet", "satisfaction_mean", (figures) => figures.satisfaction.mean, (value) => number(value, value === null ? "" : " / 5"), 1],
    ];
    section.querySelector(".drawing").replaceChildren(...tiles.map(([name, column, of, write, good]) =>
      element("a", { className: column === "overdue_now" && row[column] ? "box late" : "box", href: listBehind(section, row, column) }, name,
        element("b", { textContent: write(of ? of(row) : row[column]) }),
        element("small", { textContent: of && before ? difference(of(row), of(before), write, good) : "" }))));
  },

  trend(section, { results: rows }) {
    if (!total(rows, "opened") && !total(rows, "resolved")) return tell(section, "Bu dönemde başvuru gelmedi, çözülen de olmadı.");
    const far = (figure) => rows.map((row) => (row.code > page.dataset.today ? null : row[figure])); // a day to come has no figures
    const then = compared ? [line("Gelen, karşılaştırılan dönem", rows.map((row) => row.compared?.opened ?? null), PALE, { borderDash: [5, 4] })] : [];
    chart(section, `${total(rows, "opened")} gelen, ${total(rows, "resolved")} çözülen.`, {
      data: {
        labels: rows.map((row) => days(row, rows)),
        datasets: [bars("Gelen", far("opened"), SKY), line("Çözülen", far("resolved"), INK), ...then],
      },
      options: { interaction: { mode: "index" }, scales: { x: { grid: { display: false } }, y: whole }, plugins: { tooltip: { callbacks: { title: ([point]) => rows[point.dataIndex].name } } } },
    }, (set, place) => [rows[place], ["opened", "resolved", ""][set]]);
  },

  backlog(section, { results: rows }) {
    if (!total(rows, "open")) return tell(section, "Açık başvuru yok.");
    const states = [["on_time", "Zamanında", BLUE], ["near", "Süresi doluyor", SOON], ["overdue", "Gecikmiş", LATE], ["waiting", "Bilgi bekleniyor", GREY], ["no_target", "Hedefi yok", PALE]];
    chart(section, rows.map((row) => `${row.name}: ${row.open}`).join(", "), {
      data: {
        labels: rows.map((row) => row.code.replace("0-1", "1’den az").replace("-", "–")),
        datasets: states.map(([state, label, colour]) => bars(label, rows.map((row) => row.clocks[state]), colour)),
      },
      options: { scales: { x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkip: false }, title: { display: true, text: "gün" } }, y: { stacked: true, ...whole } } },
    }, (set, place) => [rows[place], `clocks_${states[set][0]}`]);
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
    }, (set, place) => [rated[place], `distribution_${set + 1}`]);
  },

  categories(section, { results: rows }) {
    const most = rows.filter((row) => row.opened).sort((a, b) => b.opened - a.opened);
    const all = total(most, "opened");
    if (!all) return tell(section, "Bu dönemde başvuru gelmedi.");
    const shown = most.slice(0, ROWS);
    chart(section, shown.map((row) => `${row.name}: ${row.opened}`).join(", "), {
      data: {
        labels: shown.map((row) => `${short(row.name, narrow ? 16 : 34)} · ${percent(row.opened / all)}`),
        datasets: [bars("Gelen", shown.map((row) => row.opened), BLUE)],
      },
      options: {
        indexAxis: "y",
        plugins: { legend: { display: false } },
        scales: { x: { ...whole, position: "bottom" }, y: { grid: { display: false }, ticks: { autoSkip: false } } },
      },
    }, (_set, place) => [shown[place], "opened"]);
  },

  routing(section, { results: rows, confusions }) {
    if (!total(rows, "judged")) return tell(section, "Bu dönemde yönlendirici bir öneride bulunmadı ya da önerilerine göre işlem yapılmadı.");
    chart(section, "Birimde ve konuda isabet.", {
      data: {
        labels: rows.map((row) => days(row, rows)),
        datasets: [
          line("Birim doğru", rows.map((row) => inHundred(row.department)), BLUE, { spanGaps: true }),
          line("Konu doğru", rows.map((row) => inHundred(row.category)), GREY, { spanGaps: true, borderDash: [5, 4] }),
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
    const linked = (row, figure) => element("a", { href: listBehind(section, row, figure), textContent: number(row[figure]) });
    const cells = (row) => [row.name, ...["opened", "open_now", "overdue_now"].map((figure) => linked(row, figure))];
    const tr = (texts, name) => element("tr", {}, ...texts.map((text) => element(name, {}, text)));
    section.querySelector(".drawing").replaceChildren(
      element("div", {}, heatMap(shapes.sort((a, b) => a.share - b.share))),
      element("table", {}, element("thead", {}, tr(head, "th")), element("tbody", {}, ...known.slice(0, ROWS).map((row) => tr(cells(row), "td")))));
  },
};

// The outlines of the mahalleler, main roads upon them; darker is more.
function heatMap(shapes) {
  const points = shapes.flatMap((shape) => rings(shape.geometry).flat());
  const lons = points.map(([lon]) => lon), lats = points.map(([, lat]) => lat);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const shrink = Math.cos(((south + north) / 2) * Math.PI / 180);
  const scale = Math.min(660 / ((east - west) * shrink || 1), 400 / (north - south || 1));
  const place = ([lon, lat]) => [40 + (lon - west) * shrink * scale, 40 + (north - lat) * scale];
  const line = (corners) => `M${corners.map((point) => place(point).map((x) => x.toFixed(1)).join()).join("L")}`;
  const svg = drawn("svg", { viewBox: `0 0 ${80 + (east - west) * shrink * scale} ${60 + (north - south) * scale}`, role: "img", "aria-label": "Mahallelere göre yoğunluk" });
  for (const shape of shapes) {
    const look = { fill: shape.share ? heat(shape.share) : "none", "fill-opacity": 0.9, stroke: GREY, "stroke-width": 0.7, ...(shape.approximate && { "stroke-dasharray": "3 2" }) };
    const node = drawn("path", { ...look, d: rings(shape.geometry).map((ring) => `${line(ring)}Z`).join("") });
    const title = drawn("title", {});
    title.textContent = `${shape.name}: ${shape.row?.opened || 0} gelen, ${shape.row?.open_now || 0} açık, ${shape.row?.overdue_now || 0} geciken`;
    node.append(title);
    svg.append(node);
  }
  const roads = JSON.parse(document.getElementById("roads").textContent);
  svg.append(drawn("path", { fill: "none", stroke: "#a8852a", "stroke-width": 1.5, "stroke-opacity": 0.7, d: roads.map(line).join("") }));
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
    const box = { x, y, wide: shape.name.length * 7 };
    if (taken.some((other) => Math.abs(other.y - box.y) < 16 && Math.abs(other.x - box.x) < (other.wide + box.wide) / 2)) continue;
    taken.push(box);
    const label = drawn("text", { x, y: y + 4, "text-anchor": "middle", "font-size": 13, fill: INK, stroke: dark ? "#182027" : "#ffffff", "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" });
    label.textContent = shape.name;
    found.push(label);
  }
  return found;
}

const heat = (part) => `hsl(202 ${45 + 40 * part}% ${dark ? 28 + 40 * part : 82 - 54 * part}%)`; // of one colour: pale to deep
const rings = (boundary) => (boundary.type === "MultiPolygon" ? boundary.coordinates : [boundary.coordinates]).map((shape) => shape[0]);

function drawn(name, facts) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(facts)) node.setAttribute(key, value);
  return node;
}

for (const section of page.querySelectorAll("[data-report]")) {
  report(section)
    .then((answer) => {
      answers.set(section, answer);
      fillTable(section);
      DRAWN[section.dataset.report](section, answer);
    })
    .catch((error) => tell(section, error.message || "Rapor alınamadı. Sayfayı yenileyin."));
}
