// What is marked on a map: the point that is decoded, an image and its cloud, and what the tool at hand draws.

let HOVERED = { side: 0, n: -1 }; // a test image under the pointer

function overlayOn(map, context, places) {
  TOOLS[STATE.tool].mark?.(map, context);
  const marked = [STATE.image, HOVERED.n].filter((n, i, all) => n >= 0 && n < places.length && all.indexOf(n) === i);
  for (const n of marked) cloudOn(map, context, places[n], n, n === STATE.image);
  if (STATE.z && !map.side && STATE.tool === "look" && STATE.image < 0) pointOn(map, context, STATE.z);
}

/** The dot at mu and the dashed ring at one sigma; on a line, a dash to either side. */
function cloudOn(map, context, place, n, pinned) {
  const plane = planeOf(map.one), { radii, turn } = ellipseOf(spreadOn(plane, opened(map.one).spreads[n])), [x, y] = toScreen(map, place), { scale } = map.camera;
  context.strokeStyle = context.fillStyle = styleOf("--mark");
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, DOT + 2, 0, 2 * Math.PI);
  context.fill();
  context.setLineDash([5, 4]);
  context.beginPath();
  if (plane.v) context.ellipse(x, y, radii[0] * scale, radii[1] * scale, -turn, 0, 2 * Math.PI);
  else { context.moveTo(x - radii[0] * scale, y); context.lineTo(x + radii[0] * scale, y); }
  context.stroke();
  context.setLineDash([]);
  if (pinned && !map.side) map.canvas.dataset.ring = JSON.stringify({ centre: plane.v ? placesOf(map.one)[n] : [opened(map.one).codes[n][0]], radii: plane.v ? radii : [radii[0]], turn });
}

/** The point that is decoded: a square; on a line, a stroke through it. */
function pointOn(map, context, z) {
  const [x, y] = toScreen(map, onPlane(planeOf(map.one), z));
  outlined(context, (grow) => { context.lineWidth = 2 + grow; context.strokeRect(x - 6, y - 6, 12, 12); });
}

/** A cross where a draw falls. */
function crossOn(map, context, z, n) {
  const [x, y] = toScreen(map, map.one.latents === 1 ? [z[0], -1.1 + 0.1 * (n % 2)] : onPlane(planeOf(map.one), z));
  outlined(context, (grow) => {
    context.lineWidth = 2 + grow;
    context.beginPath();
    for (const side of [-1, 1]) { context.moveTo(x - 5 * side, y - 5); context.lineTo(x + 5 * side, y + 5); }
    context.stroke();
  });
}

/** A way through the space, and a square where one is on it. */
function wayOn(map, context, points, at) {
  outlined(context, (grow) => {
    context.lineWidth = 2.4 + grow;
    context.beginPath();
    points.forEach((z) => context.lineTo(...toScreen(map, onPlane(planeOf(map.one), z))));
    context.stroke();
  });
  if (at) pointOn(map, context, at);
}

/** Draws twice: wide in the colour of the paper, then in that of marks, so that it is seen on anything. */
function outlined(context, drawing) {
  for (const [colour, grow] of [["--paper", 3], ["--ink", 0]]) {
    context.strokeStyle = styleOf(colour);
    drawing(grow);
  }
}
