// Elements, images on canvases, and the state that links carry.

const $ = (id) => document.getElementById(id);

function element(tag, settings = {}, ...children) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(settings))
    if (name.startsWith("on")) found.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) found.setAttribute(name, value === true ? "" : value);
  found.append(...children);
  return found;
}

/** A canvas of one pixel per pixel; styles make it large. */
const canvasOf = (label, settings = {}) =>
  element("canvas", { width: WIDTH, height: HEIGHT, role: "img", "aria-label": label, class: "image", ...settings });

/** Draws pixels in [0, 1], ink dark on white. */
function paint(canvas, pixels) {
  const context = canvas.getContext("2d"), sheet = context.createImageData(WIDTH, HEIGHT);
  for (let i = 0; i < pixels.length; i++) {
    const ink = 255 - Math.round(255 * Math.min(1, Math.max(0, pixels[i])));
    sheet.data.set([ink, ink, ink, 255], 4 * i);
  }
  context.putImageData(sheet, 0, 0);
  return canvas;
}

const shown = (label, pixels, settings) => paint(canvasOf(label, settings), pixels);
const said = (value, digits = 2) => (value === null || value === undefined ? "–" : value.toFixed(digits).replace(/^-(?=[0.]*$)/, "").replace("-", "−"));
const plainZ = (z) => Array.from(z, (v) => +v.toFixed(4));

/** The colour of a test image's label; without labels all have one. */
const colourOf = (n) => (LABELS ? ENTRIES[ENTRY_OF[n]][1] : "#4477aa");
const styleOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const STATE = { lens: "roam", part: 0, size: 0, seed: 0, step: 0, z: null, plane: "components", x: 0, y: 1,
  a: 0, b: 1, za: null, zb: null, t: 0.5, way: "straight", draw: 0, heat: 1, from: "prior", three: "0,1,2", grid: 0, picked: -1 };

const POINTS = ["z", "za", "zb"]; // of the latent space: the one decoded, and the ends of a line

/** The state of a link; what it does not say stays as it is. */
function readLink() {
  const link = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of link)
    if (POINTS.includes(name)) STATE[name] = value.split(",").map(Number).every(Number.isFinite) ? value.split(",").map(Number) : null;
    else if (name in STATE) STATE[name] = typeof STATE[name] === "number" ? (Number.isFinite(+value) ? +value : STATE[name]) : value;
}

let linkTimer = 0;
function writeLink() {
  clearTimeout(linkTimer); // not while a pointer moves: browsers allow 100 a half minute
  linkTimer = setTimeout(() => {
    const link = new URLSearchParams(STATE);
    for (const name of POINTS) if (STATE[name]) link.set(name, plainZ(STATE[name]).join(",")); else link.delete(name);
    history.replaceState(null, "", "#" + link);
  }, 200);
}
