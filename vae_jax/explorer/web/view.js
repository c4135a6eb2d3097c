// Elements, and images on canvases.

function element(tag, settings = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(settings))
    if (name.startsWith("on")) found.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) found.setAttribute(name, value === true ? "" : value);
  found.append(...children.filter((child) => child !== null && child !== undefined));
  return found;
}

/** A canvas of one pixel per pixel; styles make it large. */
const canvasOf = (label, settings = {}) =>
  element("canvas", { width: WIDTH, height: HEIGHT, role: "img", "aria-label": label, class: "image", ...settings });

/** Draws pixels in [0, 1] as the data set is shown: ink dark on white paper, or light. */
function paint(canvas, pixels) {
  const context = canvas.getContext("2d"), sheet = context.createImageData(WIDTH, HEIGHT), ink = SHOWN === "ink";
  for (let i = 0; i < pixels.length; i++) {
    const value = Math.round(255 * Math.min(1, Math.max(0, pixels[i]))), grey = ink ? 255 - value : value;
    sheet.data.set([grey, grey, grey, 255], 4 * i);
  }
  context.putImageData(sheet, 0, 0);
  return canvas;
}

const shown = (label, pixels, settings) => paint(canvasOf(label, settings), pixels);
const captioned = (picture, text) => element("figure", {}, picture, element("figcaption", {}, text));
const said = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−"));
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const labelOf = (n) => (LABELS ? (LABELS[n] === null ? ", no label" : `, label ${LABELS[n]}`) : "");

/** The colour of a test image's label; without labels all have one. */
const colourOf = (n) => (LABELS ? ENTRIES[ENTRY_OF[n]][1] : "#4477aa");
const styleOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const reduced = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The place of the item that something is least of. */
function least(items, of) {
  let best = 0, lowest = Infinity;
  items.forEach((item, n) => {
    const value = of(item, n);
    if (value < lowest) [best, lowest] = [n, value];
  });
  return best;
}
