// Roam: the latent plane with the codes of test images; the pointer decodes.

function roam(member) {
  const side = 560, plane = planeOf(member), { centre, reach, origin } = extentOf(member, plane);
  const { codes, spreads } = opened(member), scale = side / (2 * reach);
  const toCanvas = ([x, y]) => [(x - centre[0] + reach) * scale, (reach - (y - centre[1])) * scale];
  const toPlane = (px, py) => [px / scale - reach + centre[0], reach - py / scale + centre[1]];
  const map = element("canvas", { id: "map", width: side, height: side, tabindex: 0, role: "application",
    "aria-label": "Latent plane. Arrow keys move the point, Enter picks the nearest test image." });
  const output = canvasOf("Decoded image", { id: "decoded" }), nearest = canvasOf("Nearest test image", { id: "nearest" });
  const where = element("p", { class: "note", "aria-live": "polite", id: "where" });
  const ground = element("canvas", { width: side, height: side }); // what does not move
  if (!STATE.z || STATE.z.length !== member.latents) STATE.z = plane.origin;

  function drawGround() {
    const context = ground.getContext("2d");
    context.fillStyle = styleOf("--paper");
    context.fillRect(0, 0, side, side);
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
    context.strokeStyle = styleOf("--edge"); // so that dark dots are seen on dark paper
    context.lineWidth = 0.6;
    codes.forEach((z, n) => {
      const [x, y] = toCanvas(onPlane(plane, z));
      context.fillStyle = colourOf(n);
      context.beginPath();
      context.arc(x, y, 2.8, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    });
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

  function show() {
    const context = map.getContext("2d"), place = onPlane(plane, STATE.z), [x, y] = toCanvas(place);
    context.drawImage(ground, 0, 0);
    paint(output, decoded(member, STATE.z));
    const n = closest(place);
    paint(nearest, image(n));
    const label = LABELS ? `, label ${LABELS[n]}` : "";
    where.textContent = `${plane.names[0]} ${said(place[0])}, ${plane.names[1]} ${said(place[1])}; nearest code on this plane: test image ${n}${label}`;
    if (STATE.picked >= 0 && STATE.picked < codes.length) prototype(context, STATE.picked);
    context.strokeStyle = styleOf("--ink");
    context.lineWidth = 2;
    context.strokeRect(x - 6, y - 6, 12, 12);
    writeLink();
  }

  /** The dot at mu and the dashed ring at one sigma. */
  function prototype(context, n) {
    const [x, y] = toCanvas(onPlane(plane, codes[n])), [xx, xy, yy] = spreadOn(plane, spreads[n]);
    const middle = (xx + yy) / 2, apart = Math.hypot((xx - yy) / 2, xy), turn = 0.5 * Math.atan2(2 * xy, xx - yy);
    const radii = [Math.sqrt(middle + apart), Math.sqrt(Math.max(middle - apart, 0))];
    map.dataset.ring = JSON.stringify({ centre: onPlane(plane, codes[n]), radii, turn });
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
  }

  function closest([x, y]) {
    let best = 0, least = Infinity;
    codes.forEach((z, n) => {
      const [p, q] = onPlane(plane, z), d = (p - x) ** 2 + (q - y) ** 2;
      if (d < least) [best, least] = [n, d];
    });
    return best;
  }

  const at = (event) => { const box = map.getBoundingClientRect(); return toPlane(((event.clientX - box.left) * side) / box.width, ((event.clientY - box.top) * side) / box.height); };
  let waiting = false;
  const go = (place) => { STATE.z = fromPlane(plane, place); if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; show(); }); } };
  const pick = () => { STATE.picked = closest(onPlane(plane, STATE.z)); STATE.z = Array.from(codes[STATE.picked]); show(); };
  map.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" || event.buttons) go(at(event)); });
  map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); go(at(event)); });
  map.addEventListener("click", (event) => { STATE.z = fromPlane(plane, at(event)); pick(); });
  map.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (move) { const place = onPlane(plane, STATE.z); go([place[0] + 0.1 * move[0], place[1] + 0.1 * move[1]]); }
    else if (event.key === "Enter") pick();
    else return;
    event.preventDefault();
  });
  drawGround();
  const panel = element("div", { class: "panel" },
    element("figure", {}, output, element("figcaption", {}, "decoded")),
    element("figure", {}, nearest, element("figcaption", {}, "nearest test image")), where, lineButtons(), legend());
  $("lens").append(planeControls(member), element("div", { class: "two" }, map, panel));
  show();
}

/** The point at hand becomes an end of the line that Interpolate follows. */
function lineButtons() {
  const button = (end, text, then) => element("button", { id: `line-${end}`, onclick: () => { STATE[`z${end}`] = Array.from(STATE.z); then(); } }, text);
  return element("p", { class: "controls" }, button("a", "start a line here", () => render()), button("b", "end it here", () => changed("lens", "interpolate")));
}

function legend() {
  const entries = NAMES.map((name, i) => element("span", { class: "key" }, element("i", { style: `background:${COLOURS[i % COLOURS.length]}` }), String(name)));
  return element("p", { class: "note" }, ...entries, entries.length ? element("br") : "",
    "Dots: codes of test images. Lines: density of all posteriors. Dashed circles: N(0, I) at 1 and 2. Click a code: its μ, and a dashed ring at σ.");
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
