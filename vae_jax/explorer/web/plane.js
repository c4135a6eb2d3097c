// Planes through a latent space, z = rest + x u + y v, and what lies on them.

/** The plane of a member that the state asks for; of one latent a line, which has no v. */
function planeOf(one) {
  const latents = one.latents, axis = (k) => Array.from({ length: latents }, (_, i) => +(i === k)), zero = new Array(latents).fill(0);
  if (latents === 1) return { u: [1], v: null, rest: [0], names: ["z 0", ""] };
  if (latents > 2 && STATE.plane === "images") {
    const [a, b, c] = STATE.three.map((n) => opened(one).codes[n]);
    const u = unitOf(plus(b, a, -1)) || axis(0), side = plus(c, a, -1);
    const v = unitOf(plus(side, u, -dotted(side, u))) || unitOf(plus(axis(1), u, -u[1])) || axis(0);
    return { u, v, rest: plus(plus(a, u, -dotted(a, u)), v, -dotted(a, v)), names: ["to the second image", "to the third"] };
  }
  if (latents > 2 && STATE.plane === "main") return { ...one.plane, names: ["component 1", "component 2"] };
  const [x, y] = latents === 2 ? [0, 1] : [STATE.x, STATE.y === STATE.x ? (STATE.x + 1) % latents : STATE.y];
  return { u: axis(x), v: axis(y), rest: zero, names: [`z ${x}`, `z ${y}`] };
}

const onPlane = (plane, z) => [dotted(z, plane.u), plane.v ? dotted(z, plane.v) : 0];
const fromPlane = (plane, [x, y]) => (plane.v ? plus(plus(plane.rest, plane.u, x), plane.v, y) : [x]);

/** Covariance on the plane of independent spreads: [xx, xy, yy]. */
function spreadOn(plane, spread) {
  let xx = 0, xy = 0, yy = 0;
  for (let i = 0; i < spread.length; i++) {
    const s = spread[i] * spread[i], v = plane.v ? plane.v[i] : 0;
    xx += s * plane.u[i] ** 2; xy += s * plane.u[i] * v; yy += s * v ** 2;
  }
  return [xx, xy, yy];
}

/** The ellipse at one standard deviation: radii, the larger first, and its turn. */
function ellipseOf([xx, xy, yy]) {
  const middle = (xx + yy) / 2, apart = Math.hypot((xx - yy) / 2, xy);
  return { radii: [Math.sqrt(middle + apart), Math.sqrt(Math.max(middle - apart, 0))], turn: 0.5 * Math.atan2(2 * xy, xx - yy) };
}

/** Where a member's codes lie, [x, y] each; kept for the plane that was asked for last. */
function placesOf(one) {
  const { codes } = opened(one), key = [STATE.plane, STATE.x, STATE.y, STATE.three].join();
  if (one.placed?.key !== key) {
    const plane = planeOf(one);
    // On a line heights mean nothing: they are there so that dots can be seen.
    one.placed = { key, places: codes.map((z, n) => (plane.v ? onPlane(plane, z) : [z[0], ((n * 0.6180339887) % 1) - 0.5])) };
  }
  return one.placed.places;
}

/** The density of all posteriors on a grid: `at` is its first cell, `cell` their size, in units. */
function* densityOn(one, plane, { at, cell, columns, rows }, width) {
  const { spreads } = opened(one), places = placesOf(one), grid = new Float32Array(columns * rows);
  for (let n = 0; n < places.length; n++) {
    const [x, y] = places[n];
    let [xx, xy, yy] = spreadOn(plane, spreads[n]);
    xx += width * width; yy += width * width; // an autoencoder's codes are points: a width to see them by
    const det = xx * yy - xy * xy, weight = 1 / Math.sqrt(det), far = [4 * Math.sqrt(xx), 4 * Math.sqrt(yy)];
    const low = (k, middle) => Math.max(0, Math.ceil((middle - far[k] - at[k]) / cell)), high = (k, middle, count) => Math.min(count - 1, Math.floor((middle + far[k] - at[k]) / cell));
    for (let j = low(1, y); j <= high(1, y, rows); j++) {
      const dy = at[1] + j * cell - y;
      for (let i = low(0, x), last = high(0, x, columns); i <= last; i++) {
        const dx = at[0] + i * cell - x, q = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / det;
        if (q < 16) grid[j * columns + i] += weight * Math.exp(-0.5 * q);
      }
    }
    if (n % 16 === 15) yield;
  }
  return grid;
}

/** Line segments where a grid passes a level: marching squares. Coordinates in cells. */
function contour(grid, columns, rows, level) {
  const lines = [], at = (i, j) => grid[j * columns + i] - level;
  for (let j = 0; j + 1 < rows; j++)
    for (let i = 0; i + 1 < columns; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossed = [];
      corners.forEach(([x, y], k) => {
        const [p, q] = corners[(k + 1) % 4], a = at(x, y), b = at(p, q);
        if (a > 0 !== b > 0) crossed.push([x + ((p - x) * a) / (a - b), y + ((q - y) * a) / (a - b)]);
      });
      for (let k = 0; k + 1 < crossed.length; k += 2) lines.push([crossed[k], crossed[k + 1]]);
    }
  return lines;
}

/** The middle and half the width of what a view shows of a plane; on a line, of its length. */
function extentOf(one, view) {
  const shelf = shelfOf(one), all = view === "all" ? shelf.filter((m) => !m.autoencoder) : [one]; // of autoencoders nothing keeps the codes near
  const places = all.flatMap((each) => quantilesOf(placesOf(each)));
  const around = [[-2.6, -2.6], [2.6, 2.6]], far = [...places, ...around];
  const ends = [0, 1].map((k) => [Math.min(...far.map((p) => p[k])), Math.max(...far.map((p) => p[k]))]);
  return { centre: one.latents === 1 ? [(ends[0][0] + ends[0][1]) / 2, 0] : ends.map(([low, high]) => (low + high) / 2), half: ends.map(([low, high]) => 0.53 * (high - low)) };
}

/** The corners of the box that holds all places but the outermost hundredth at each side. */
function quantilesOf(places) {
  const at = (k, share) => { const sorted = places.map((p) => p[k]).sort((a, b) => a - b); return sorted[Math.round(share * (sorted.length - 1))]; };
  return [[at(0, 0.01), at(1, 0.01)], [at(0, 0.99), at(1, 0.99)]];
}
