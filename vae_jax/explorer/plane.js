// Planes through a latent space, and what lies on them.

const RINGS = 72; // cells of the density's grid, across

/** A plane: its origin, and two orthonormal directions. */
function planeOf(member) {
  const latents = member.latents, axis = (k) => Array.from({ length: latents }, (_, i) => +(i === k));
  const zero = new Array(latents).fill(0);
  if (latents === 1) return { origin: zero, u: axis(0), v: [0], names: ["z 0", ""] };
  if (STATE.plane === "three") {
    const [a, b, c] = STATE.three.split(",").map((n) => opened(member).codes[Math.min(COUNT - 1, Math.max(0, +n || 0))]);
    const u = unitOf(plus(b, a, -1)) || axis(0), side = plus(c, a, -1);
    const v = unitOf(plus(side, u, -dotted(side, u))) || unitOf(plus(axis(1), u, -u[1])) || axis(0);
    return { origin: Array.from(a), u, v, names: ["to the second image", "to the third"] };
  }
  if (STATE.plane === "components" && latents > 2) {
    const [u, v] = member.components;
    return { origin: member.centre, u, v, names: ["component 1", "component 2"] };
  }
  const x = Math.min(STATE.x, latents - 1), y = Math.min(STATE.y, latents - 1);
  return { origin: zero, u: axis(x), v: axis(y === x ? (x + 1) % latents : y), names: [`z ${x}`, `z ${y}`] };
}

const onPlane = (plane, z) => { const d = plus(z, plane.origin, -1); return [dotted(d, plane.u), dotted(d, plane.v)]; };
const fromPlane = (plane, [x, y]) => plus(plus(plane.origin, plane.u, x), plane.v, y);

/** Covariance on the plane of independent spreads: [xx, xy, yy]. */
function spreadOn(plane, spread) {
  let xx = 0, xy = 0, yy = 0;
  for (let i = 0; i < spread.length; i++) {
    const s = spread[i] * spread[i];
    xx += s * plane.u[i] ** 2; xy += s * plane.u[i] * plane.v[i]; yy += s * plane.v[i] ** 2;
  }
  return [xx, xy, yy];
}

/** The aggregate posterior's marginal density on the plane, on a grid of `reach`. */
function densityOn(member, plane, centre, reach) {
  const { codes, spreads } = opened(member), every = Math.max(1, Math.ceil(codes.length / 400));
  const grid = new Float32Array(RINGS * RINGS), step = (2 * reach) / (RINGS - 1);
  const least = (0.04 * reach) ** 2; // an autoencoder's codes are points: a width to see them by
  for (let n = 0; n < codes.length; n += every) {
    const [x, y] = onPlane(plane, codes[n]);
    let [xx, xy, yy] = spreadOn(plane, spreads[n]);
    xx += least; yy += least;
    const det = xx * yy - xy * xy, weight = 1 / Math.sqrt(det);
    for (let j = 0; j < RINGS; j++) {
      const dy = centre[1] - reach + j * step - y;
      if (dy * dy > 16 * yy) continue;
      for (let i = 0; i < RINGS; i++) {
        const dx = centre[0] - reach + i * step - x;
        const q = (yy * dx * dx - 2 * xy * dx * dy + xx * dy * dy) / det;
        if (q < 16) grid[j * RINGS + i] += weight * Math.exp(-0.5 * q);
      }
    }
  }
  return grid;
}

/** Line segments where a grid passes a level: marching squares. Coordinates in cells. */
function contour(grid, level) {
  const lines = [], at = (i, j) => grid[j * RINGS + i] - level;
  for (let j = 0; j + 1 < RINGS; j++)
    for (let i = 0; i + 1 < RINGS; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossed = [];
      corners.forEach(([x, y], k) => {
        const [p, q] = corners[(k + 1) % 4], a = at(x, y), b = at(p, q);
        if (a > 0 !== b > 0) crossed.push([x + ((p - x) * a) / (a - b), y + ((q - y) * a) / (a - b)]);
      });
      for (let k = 0; k + 1 < crossed.length; k += 2) lines.push([crossed[k], crossed[k + 1]]);
    }
  return lines;
}

/** Where the codes lie on the plane: centre and half the width of a square that shows them. */
function extentOf(member, plane) {
  const places = opened(member).codes.map((z) => onPlane(plane, z));
  const origin = onPlane(plane, plane.origin.map(() => 0));
  const far = [...places, ...[[-2.6, -2.6], [2.6, 2.6]].map(([x, y]) => [origin[0] + x, origin[1] + y])];
  const ends = [0, 1].map((k) => [Math.min(...far.map((p) => p[k])), Math.max(...far.map((p) => p[k]))]);
  return { centre: ends.map(([low, high]) => (low + high) / 2), reach: 0.525 * Math.max(...ends.map(([low, high]) => high - low)), origin };
}
