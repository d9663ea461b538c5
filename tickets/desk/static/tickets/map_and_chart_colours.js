// The colours of charts and maps (docs/gorunus.md): told apart by lightness, too, and by red against blue, which
// everybody sees; no green.

export const dark = document.documentElement.classList.contains("dark");
const chosen = (light, night) => (dark ? night : light);

export const INK = chosen("#43505c", "#bcc6cf"), LINES = chosen("rgb(0 0 0 / .1)", "rgb(255 255 255 / .12)");
export const BLUE = chosen("#0b5a86", "#6cb8e4"), SKY = chosen("#5b9cc0", "#3d7ea3");
export const PALE = chosen("#c2cad1", "#4b5863"), GREY = chosen("#85919c", "#8794a0");
export const LATE = chosen("#a5121b", "#ff9d97"), SOON = chosen("#ffdf80", "#e6bf57");
/** Of a ticket's clock, as the server names it; on a map whose ground is light in both themes, too. */
export const CLOCKS = { fine: "#0b5a86", near: "#ffdf80", late: "#a5121b", urgent: "#a5121b", paused: "#85919c" };
/** Of a chart's rows, as the server names them. */
export const TONES = { came: SKY, done: INK, ours: BLUE, near: SOON, late: LATE, others: GREY, none: PALE };
