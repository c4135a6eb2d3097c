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
  const sheet = new ImageData(WIDTH, HEIGHT), [low, high] = LOOK.span, share = (v) => Math.min(1, Math.max(0, (v - low) / (high - low)));
  const put = (p, rgb) => { for (let c = 0; c < 3; c++) sheet.data[4 * p + c] = tone ? tone[rgb[c]][c] : rgb[c]; sheet.data[4 * p + 3] = 255; };
  if (LOOK.display === "profile") {
    const zero = share(0), wide = WIDTH / VALUES;
    for (let p = 0; p < WIDTH * HEIGHT; p++) {
      const at = (HEIGHT - Math.floor(p / WIDTH) - 0.5) / HEIGHT, value = share(values[Math.floor((p % WIDTH) / wide)]);
      put(p, at <= Math.max(value, zero) && at >= Math.min(value, zero) ? [40, 40, 40] : [255, 255, 255]);
    }
    return sheet;
  }
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    const levels = Array.from({ length: CHANNELS }, (_, c) => Math.round(255 * share(values[p * CHANNELS + c]))).map((v) => (LOOK.display === "ink" ? 255 - v : v));
    if (CHANNELS === 1) put(p, [levels[0], levels[0], levels[0]]);
    else put(p, CHANNELS === 3 ? levels : levels.slice(0, 3).map((v) => Math.round(255 + (levels[3] / 255) * (v - 255)))); // upon white
  }
  return sheet;
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
