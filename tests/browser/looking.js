// What is looked at on every page; injected by test_every_page.py.
const seen = new Map();

// How many lines the words of a control take.
const lines = (control) => {
  const walker = document.createTreeWalker(control, NodeFilter.SHOW_TEXT);
  const middles = [];
  while (walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const { top, height, width } of range.getClientRects()) if (width > 0) middles.push(top + height / 2);
  }
  middles.sort((one, other) => one - other);
  return middles.filter((middle, n) => n === 0 || middle - middles[n - 1] > 10).length;
};

// Whether a step is no higher than the words of its row need, of which some take more than one line.
const wraps = (control, height) => {
  const row = control.closest(".moves, .step");
  if (!row) return false;
  const top = control.getBoundingClientRect().top;
  const beside = [...row.querySelectorAll("button, summary")].filter(
    (each) => each.getClientRects().length && Math.abs(each.getBoundingClientRect().top - top) < 1,
  );
  const most = Math.max(...beside.map(lines));
  const { lineHeight, paddingTop, paddingBottom } = getComputedStyle(control);
  return most > 1 && height <= most * parseFloat(lineHeight) + parseFloat(paddingTop) + parseFloat(paddingBottom) + 3;
};

window.everyPage = {
  wider: () => {
    const scroll = document.documentElement.scrollWidth - innerWidth;
    return scroll > 0 ? [`${scroll} px too wide`] : [];
  },

  // Words whose size is none of those that are written; drawings, maps and signs have sizes of their own.
  sizes: (written) => {
    const found = [];
    for (const each of document.body.querySelectorAll("*")) {
      if (each.closest("svg, canvas, .leaflet-container, .material-symbols-outlined")) continue;
      const words = [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (!words || !each.getClientRects().length) continue;
      const size = getComputedStyle(each).fontSize;
      if (size !== "0px" && !written.includes(size)) found.push(`${size}: ${each.outerHTML.slice(0, 120)}`);
    }
    return found;
  },

  // Controls whose height is none of those that are written. A line of words that is pressed has the height of its words.
  heights: (written) => {
    const controls = "button, [type=submit], a.button, select, input:not([type=checkbox], [type=radio], [type=range], [type=file], [type=hidden])";
    const found = [];
    for (const each of document.body.querySelectorAll(controls)) {
      if (each.closest(".leaflet-container, table") || !each.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const { width, height } = each.getBoundingClientRect();
      const { borderTopWidth, backgroundColor } = getComputedStyle(each);
      const boxed = parseFloat(borderTopWidth) > 0 || backgroundColor !== "rgba(0, 0, 0, 0)";
      if (width < 2 || !boxed || each.size > 1) continue;
      if (wraps(each, height)) continue;
      if (!written.some((size) => Math.abs(height - size) < 0.6)) found.push(`${height}: ${each.outerHTML.slice(0, 160)}`);
    }
    return found;
  },

  // What a library of ours would say in English to who points at it or hears it read.
  foreign: () => {
    if (document.documentElement.lang !== "tr") return [];
    const english = /\b(zoom|close|open|next|previous|search|marker|menu|loading|toggle|select|clear|reset|copy|delete|add|remove|show|hide|more|back|settings|theme|download)\b/i;
    const said = (each) => ["title", "aria-label", "alt", "placeholder"].map((name) => each.getAttribute(name)).filter((words) => english.test(words ?? ""));
    return [...document.querySelectorAll("[title], [aria-label], [alt], [placeholder]")].flatMap(said);
  },

  moves: () =>
    document
      .getAnimations()
      .filter((each) => each.playState === "running" && each.effect.getComputedTiming().duration > 200)
      .map((each) => each.effect.target?.outerHTML.slice(0, 120) ?? "?"),

  canBeReached: () => window.everyPage.stops() > 0,

  // Where the Tab key stops.
  stops: () =>
    [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter(
      (each) => each.getClientRects().length > 0,
    ).length,

  // Where the focus is: its element, whether one sees that it has it, and whether nothing lies upon it.
  focus: () => {
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) return null;
    const box = at.getBoundingClientRect();
    const labels = [...(at.labels ?? [])];
    const ringed = (each) => {
      if (!each) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
      return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    };
    const inside = (place, most) => Math.min(Math.max(place, 0), most - 1);
    // Not wholly hidden (WCAG 2.4.11): one of nine points of it lies on top.
    const parts = [0.05, 0.5, 0.95];
    const points = parts.flatMap((right) => parts.map((down) => [
      inside(box.left + box.width * right, innerWidth), inside(box.top + box.height * down, innerHeight),
    ]));
    const free = points.some(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return !top || at.contains(top) || top.contains(at) || labels.some((label) => label.contains(top));
    });
    if (!seen.has(at)) seen.set(at, seen.size);
    return {
      number: seen.get(at),
      has_parts: at.matches("input[type=date], input[type=time], input[type=datetime-local]"),
      html: at.outerHTML.slice(0, 140),
      shown: [at, at.parentElement, ...labels].some(ringed),
      free: box.width < 2 || free,
      // For whoever has to find out why: where it is, and what lies upon its middle.
      where: [box.left, box.top, box.width, box.height].map(Math.round).join(" "),
      upon: document.elementFromPoint(...points[4])?.outerHTML.slice(0, 140) ?? "",
    };
  },

  isFine: () => {
    const at = window.everyPage.focus();
    return !at || (at.shown && at.free);
  },
};
