// Planes through a latent space of two or more dimensions, and what lies on them.

const RINGS = 72; // cells of the density's grid, across

/** A plane: its origin, and two orthonormal directions. */
function planeOf(member) {
  const latents = member.latents, axis = (k) => Array.from({ length: latents }, (_, i) => +(i === k));
  const zero = new Array(latents).fill(0);
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

/** The plane as Roam shows it: what lies on it, and where a pointer is in the latent space. */
function planeView(member) {
  const side = 560, plane = planeOf(member), { centre, reach, origin } = extentOf(member, plane);
  const { codes, spreads } = opened(member), scale = side / (2 * reach);
  const toCanvas = ([x, y]) => [(x - centre[0] + reach) * scale, (reach - (y - centre[1])) * scale];
  const toPlane = (px, py) => [px / scale - reach + centre[0], reach - py / scale + centre[1]];

  function ground(context) {
    if (STATE.grid) manifold(context);
    rings(context);
    const grid = densityOn(member, plane, centre, reach), top = Math.max(...grid);
    context.strokeStyle = styleOf("--accent");
    for (const [share, width] of [[0.05, 0.7], [0.25, 1], [0.6, 1.4]]) {
      context.lineWidth = width;
      context.beginPath();
      for (const [[a, b], [c, d]] of contour(grid, share * top)) {
        const cell = side / (RINGS - 1);
        context.moveTo(a * cell, side - b * cell);
        context.lineTo(c * cell, side - d * cell);
      }
      context.stroke();
    }
    codes.forEach((z, n) => drawCode(context, toCanvas(onPlane(plane, z)), n));
  }

  function rings(context) {
    context.strokeStyle = styleOf("--ink");
    context.setLineDash([2, 4]);
    const [x, y] = toCanvas(origin);
    for (const radius of [1, 2]) {
      context.beginPath();
      context.arc(x, y, radius * scale, 0, 2 * Math.PI);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /** Decoded images where the prior's quantiles lie, as large as their smallest distance. */
  function manifold(context) {
    const n = 11, at = Array.from({ length: n }, (_, i) => quantile((i + 0.5) / n));
    const side = 0.95 * scale * (at[(n + 1) / 2] - at[(n - 1) / 2]), longest = Math.max(WIDTH, HEIGHT);
    const [wide, tall] = [(side * WIDTH) / longest, (side * HEIGHT) / longest], tile = canvasOf("");
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 0.7;
    for (const x of at)
      for (const y of at) {
        const place = [origin[0] + x, origin[1] + y], [left, top] = toCanvas(place);
        paint(tile, decoded(member, fromPlane(plane, place)));
        context.drawImage(tile, left - wide / 2, top - tall / 2, wide, tall);
      }
    context.globalAlpha = 1;
  }

  function cursor(context, z) {
    const [x, y] = toCanvas(onPlane(plane, z));
    context.strokeRect(x - 6, y - 6, 12, 12);
  }

  /** The dot at mu and the dashed ring at one sigma. */
  function prototype(context, n) {
    const [x, y] = toCanvas(onPlane(plane, codes[n])), [xx, xy, yy] = spreadOn(plane, spreads[n]);
    const middle = (xx + yy) / 2, apart = Math.hypot((xx - yy) / 2, xy), turn = 0.5 * Math.atan2(2 * xy, xx - yy);
    const radii = [Math.sqrt(middle + apart), Math.sqrt(Math.max(middle - apart, 0))];
    context.fillStyle = context.strokeStyle = styleOf("--mark");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.fill();
    context.setLineDash([5, 4]);
    context.beginPath();
    context.ellipse(x, y, radii[0] * scale, radii[1] * scale, -turn, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
    return { centre: onPlane(plane, codes[n]), radii, turn };
  }

  function closest(z) {
    const [x, y] = onPlane(plane, z);
    return least(codes, (code) => { const [p, q] = onPlane(plane, code); return (p - x) ** 2 + (q - y) ** 2; });
  }

  return {
    size: [side, side], title: "Latent plane", start: plane.origin, ground, cursor, prototype, closest, controls: planeControls(member),
    at: (px, py) => fromPlane(plane, toPlane(px, py)),
    moved: (z, [right, up]) => { const place = onPlane(plane, z); return fromPlane(plane, [place[0] + right, place[1] + up]); },
    words: (z) => { const place = onPlane(plane, z); return `${plane.names[0]} ${said(place[0])}, ${plane.names[1]} ${said(place[1])}; nearest code on this plane`; },
    caption: "Dots: codes of test images. Lines: density of all posteriors. Dashed circles: N(0, I) at 1 and 2. Click a code: its μ, and a dashed ring at σ.",
  };
}

function planeControls(member) {
  const axes = Array.from({ length: member.latents }, (_, i) => [i, `z ${i}`]);
  const many = member.latents > 2;
  return element("div", { class: "controls" },
    many ? select("plane", "plane", [["components", "principal components"], ["axes", "two axes"], ["three", "through three images"]]) : "",
    many && STATE.plane === "axes" ? select("x", "across", axes) : "", many && STATE.plane === "axes" ? select("y", "up", axes) : "",
    many && STATE.plane === "three" ? field("three", "test images") : "",
    check("grid", "manifold at the prior's quantiles"));
}
