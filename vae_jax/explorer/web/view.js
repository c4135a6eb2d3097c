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

/** Values as a picture, as the data set is shown: ink dark on white paper, light, or a profile; `tone` changes its colours. */
function raster(values, tone) {
  const sheet = new ImageData(WIDTH, HEIGHT), { data } = sheet, [low, high] = DRAWN.span, scale = 255 / (high - low);
  const level = (v) => Math.round(Math.min(255, Math.max(0, (v - low) * scale)));
  const put = (p, c, v) => { data[4 * p + c] = tone ? tone[v][c] : v; data[4 * p + 3] = 255; };
  if (DRAWN.display === "profile") profileOn(values, level, put);
  else for (let p = 0; p < WIDTH * HEIGHT; p++) {
    const alpha = CHANNELS === 4 ? level(values[4 * p + 3]) / 255 : 1; // upon white
    for (let c = 0; c < 3; c++) {
      const v = level(values[p * CHANNELS + (CHANNELS === 1 ? 0 : c)]);
      put(p, c, DRAWN.display === "ink" ? 255 - v : Math.round(255 + alpha * (v - 255)));
    }
  }
  return sheet;
}

/** A plain vector as a filled curve over its places: dark between each value and zero. */
function profileOn(values, level, put) {
  const zero = level(0);
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    const at = 255 * ((HEIGHT - Math.floor(p / WIDTH) - 0.5) / HEIGHT), value = level(values[Math.floor(((p % WIDTH) * VALUES) / WIDTH)]);
    const line = (v) => Math.floor((Math.min(v, 254.9) * HEIGHT) / 255), on = line(at) === line(value); // zeros are seen too
    for (let c = 0; c < 3; c++) put(p, c, on || (at <= Math.max(value, zero) && at >= Math.min(value, zero)) ? 40 : 255);
  }
}

function paint(canvas, values) {
  canvas.getContext("2d").putImageData(raster(values), 0, 0);
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
