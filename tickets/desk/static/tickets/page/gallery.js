// The photos, large: zoom, one after the other, and rectangles drawn over what nobody should recognise.
export function gallery(page) {
  const viewer = document.getElementById("viewer");
  const pictures = () => [...page.querySelectorAll("#gallery [data-photo]")];
  const canvas = viewer.querySelector("canvas");
  const stage = viewer.querySelector(".stage");
  const told = viewer.querySelector("[role=status]");
  const blur = document.getElementById("blur-form");
  const original = document.getElementById("original-form");
  const drawing = viewer.querySelector("[data-viewer=blur]");
  const image = new Image();
  let shown = null; // the picture in the gallery that is seen large
  let zoom = 1;
  let regions = [];
  let started = null;

  const commands = {
    previous: () => step(-1),
    next: () => step(1),
    in: () => scale(zoom * 1.5),
    out: () => scale(zoom / 1.5),
    blur: () => draw(drawing.getAttribute("aria-pressed") !== "true"),
    undo() {
      regions.pop();
      paint();
    },
    close: () => viewer.close(),
  };
  viewer.addEventListener("click", (event) => commands[event.target.closest("[data-viewer]")?.dataset.viewer]?.());
  viewer.addEventListener("keydown", (event) => {
    const command = { ArrowLeft: "previous", ArrowRight: "next", "+": "in", "-": "out" }[event.key];
    if (command) commands[command]();
  });
  image.addEventListener("load", () => scale(1));
  image.addEventListener("error", () => image.src && say("Fotoğraf açılamadı. Pencereyi kapatıp yeniden açın."));
  const turned = (event) => {
    event.preventDefault();
    scale(event.deltaY < 0 ? zoom * 1.2 : zoom / 1.2);
  };
  stage.addEventListener("wheel", turned, { passive: false });
  blur?.addEventListener("submit", () => {
    blur.elements.attachment.value = shown.dataset.photo;
    blur.elements.regions.value = JSON.stringify(regions);
  });
  original?.addEventListener("submit", () => {
    original.elements.attachment.value = shown.dataset.photo;
  });

  function step(by) {
    const all = pictures();
    const at = all.findIndex((each) => each.dataset.photo === shown.dataset.photo);
    show(all[(at + by + all.length) % all.length]);
  }

  function show(picture) {
    shown = picture;
    regions = [];
    draw(false);
    // Until it is here nothing is seen: what is drawn over the picture before would be kept for this one.
    say("Fotoğraf geliyor …");
    image.src = shown.dataset.url;
    if (original) original.hidden = !shown.hasAttribute("data-original");
  }

  function say(what) {
    canvas.hidden = Boolean(what);
    told.hidden = !what;
    told.textContent = what;
  }

  function scale(to) {
    if (!image.complete || !image.naturalWidth) return;
    say("");
    zoom = Math.min(Math.max(to, 1), 8);
    const fit = Math.min(stage.clientWidth / image.naturalWidth, stage.clientHeight / image.naturalHeight, 1);
    canvas.width = Math.round(image.naturalWidth * fit * zoom);
    canvas.height = Math.round(image.naturalHeight * fit * zoom);
    paint();
  }

  function draw(on) {
    if (!blur) return;
    drawing.setAttribute("aria-pressed", String(on));
    canvas.style.cursor = on ? "crosshair" : "default";
    document.getElementById("viewer-hint").hidden = !on;
    blur.hidden = !on;
    paint();
  }

  function paint(extra) {
    const pen = canvas.getContext("2d");
    if (image.complete && image.naturalWidth) pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    pen.fillStyle = "rgb(180 83 9 / .55)";
    pen.strokeStyle = "#fff";
    for (const [left, top, width, height] of extra ? [...regions, extra] : regions) {
      const box = [left * canvas.width, top * canvas.height, width * canvas.width, height * canvas.height];
      pen.fillRect(...box);
      pen.strokeRect(...box);
    }
    const save = blur?.querySelector("[type=submit]");
    if (save) save.disabled = !regions.length;
  }

  function region(event) {
    const box = canvas.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((share) => Math.min(Math.max(share, 0), 1));
    const [left, top] = [Math.min(at[0], started[0]), Math.min(at[1], started[1])];
    return [left, top, Math.abs(at[0] - started[0]), Math.abs(at[1] - started[1])];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (drawing?.getAttribute("aria-pressed") !== "true") return;
    const box = canvas.getBoundingClientRect();
    started = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => started && paint(region(event)));
  canvas.addEventListener("pointerup", (event) => {
    if (!started) return;
    const drawn = region(event);
    started = null;
    if (drawn[2] > 0.01 && drawn[3] > 0.01) regions.push(drawn);
    paint();
  });

  return {
    open(key) {
      const all = pictures();
      if (!all.length) return;
      viewer.showModal();
      show(all.find((each) => each.dataset.photo === key) ?? all[0]);
    },
  };
}
