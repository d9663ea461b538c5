// Copies a chart's figures: as a table that a spreadsheet takes, or as a picture.

import { GREY, INK, dark } from "./map_and_chart_colours.js";

const GROUND = dark ? "#182027" : "#ffffff"; // a picture without a ground is black in many programs
const ROW = 28, NAME = 320, BAR = 280, EDGE = 12; // of a picture of bars, in pixels
const TYPE = "14px sans-serif";

/** Listens for buttons with `data-copy` ("table", "picture") within `page`; each is of the section it stands in. */
export function offerCopies(page) {
  page.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const section = button.closest("section");
    const say = section.querySelector("[role=status]");
    try {
      say.textContent = button.dataset.copy === "table" ? await copyTable(section) : await copyPicture(section);
    } catch {
      say.textContent = "Tarayıcı kopyalamaya izin vermedi. Dosya olarak indirin.";
    }
  });
}

async function copyTable(section) {
  const table = section.querySelector(".figures-table table");
  if (!table) return "Kopyalanacak sayı yok.";
  const lines = [...table.rows].map((row) => [...row.cells].map(words).join("\t"));
  await navigator.clipboard.writeText(lines.join("\n"));
  return "Tablo kopyalandı; Excel’e yapıştırın.";
}

async function copyPicture(section) {
  const table = section.querySelector("table.bars");
  const drawing = section.querySelector(".drawing");
  const canvas = table ? paintedBars(table) : drawing.querySelector("canvas") || (await painted(drawing.querySelector("svg")));
  if (!canvas) return "Kopyalanacak çizim yok.";
  const sheet = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
  const pen = sheet.getContext("2d");
  pen.fillStyle = GROUND;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(canvas, 0, 0);
  const picture = await new Promise((done) => sheet.toBlob(done, "image/png"));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
  return "Resim kopyalandı.";
}

const words = (cell) => cell.textContent.replace(/\s+/g, " ").trim();

async function painted(svg) {
  if (!svg) return null;
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const copy = svg.cloneNode(true);
  for (const [name, value] of Object.entries({ width: width * 2, height: height * 2, xmlns: "http://www.w3.org/2000/svg" })) copy.setAttribute(name, value);
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas;
}

// Bars that stand in a table have no drawing of their own: name, bar and figure of each row.
function paintedBars(table) {
  const rows = [...table.tBodies[0].rows];
  const canvas = Object.assign(document.createElement("canvas"), { width: NAME + 2 * BAR, height: rows.length * ROW + 2 * EDGE });
  const pen = canvas.getContext("2d");
  pen.font = TYPE;
  pen.textBaseline = "middle";
  rows.forEach((row, place) => {
    const [name, figure] = row.cells;
    const bar = row.querySelector("rect");
    const middle = EDGE + place * ROW + ROW / 2;
    pen.fillStyle = bar.classList.contains("ours") ? getComputedStyle(bar).fill : GREY;
    pen.fillRect(NAME, middle - 8, (BAR * bar.getAttribute("width")) / 100, 16);
    pen.fillStyle = INK;
    pen.fillText(words(name), EDGE, middle, NAME - 2 * EDGE);
    pen.fillText(words(figure), NAME + BAR + EDGE, middle, BAR - 2 * EDGE);
  });
  return canvas;
}
