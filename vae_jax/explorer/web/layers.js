// The ground of a map: decoded images in a regular grid, and contours. Made in slices of time, so that nothing waits for it.

const TILE = 34; // the least pixels across a tile, the most being twice that
const SHARE = 0.84; // of a tile's room: images that touch would run into each other
const CELL = 5; // pixels of a cell of the density's grid
const LEVELS = [[0.05, 0.8], [0.25, 1.1], [0.6, 1.5]]; // share of the density's top, width of the line
const KEPT_TILES = 3000; // of a member

/** Colours of a tile by brightness, 256 rows of red, green, blue: paler than an image, so that dots are seen. */
function tones() {
  const ends = ["--tile-dark", "--tile-bright"].map((name) => styleOf(name).match(/[\da-f]{2}/gi).map((text) => parseInt(text, 16)));
  return Array.from({ length: 256 }, (_, i) => ends[0].map((dark, k) => dark + ((ends[1][k] - dark) * i) / 255));
}

/** The pixels of a tile at a place of the grid, decoded once. */
function tileAt(one, plane, key, step, i, j, tone) {
  const tiles = (one.tiles ||= new Map()), name = `${key}/${i}/${j}`;
  let sheet = tiles.get(name);
  if (!sheet) {
    if (tiles.size > KEPT_TILES) tiles.clear();
    sheet = raster(decoded(one, fromPlane(plane, [(i + 0.5) * step, (j + 0.5) * step])), tone);
    tiles.set(name, sheet);
  }
  return sheet;
}

/** Paints the ground of a map as seen by a camera; yields now and then. */
function* groundOf(one, context, { x, y, scale, wide, tall }) {
  const plane = planeOf(one), left = x - wide / 2 / scale, top = y + tall / 2 / scale;
  const screen = (px, py) => [(px - left) * scale, (top - py) * scale];
  context.fillStyle = styleOf("--paper");
  context.fillRect(0, 0, wide, tall);
  if (STATE.pictures) yield* picturesOf(one, plane, context, { left, top, scale, wide, tall }, screen);
  if (STATE.density && !plane.v) curvesOn(context, one, { x, scale, wide, tall });
  if (!STATE.density || !plane.v) return;
  const grid = { at: [left, top - tall / scale], cell: CELL / scale, columns: Math.ceil(wide / CELL) + 1, rows: Math.ceil(tall / CELL) + 1 };
  const density = yield* densityOn(one, plane, grid, 11 / scale), highest = Math.max(...Array.from({ length: grid.rows }, (_, j) => density.subarray(j * grid.columns, (j + 1) * grid.columns).reduce((a, b) => Math.max(a, b), 0)));
  context.strokeStyle = styleOf("--accent");
  context.lineCap = "round";
  for (const [share, width] of LEVELS) {
    context.lineWidth = width;
    context.beginPath();
    for (const [[a, b], [c, d]] of contour(density, grid.columns, grid.rows, share * highest)) {
      context.moveTo(a * CELL, tall - b * CELL);
      context.lineTo(c * CELL, tall - d * CELL);
    }
    context.stroke();
    yield;
  }
}

/** The decoded images: tiles that lie on one grid, whatever part of it is seen. */
function* picturesOf(one, plane, context, { left, top, scale, wide, tall }, screen) {
  const tile = TILE * Math.min(2, Math.max(1, Math.max(WIDTH, HEIGHT) / 16)), step = 2 ** Math.ceil(Math.log2(tile / scale)), side = step * scale;
  const key = [STATE.plane, STATE.x, STATE.y, STATE.three, step, document.documentElement.dataset.theme, matchMedia("(prefers-color-scheme: dark)").matches].join();
  const sheet = canvasOf(""), tone = tones(), brush = sheet.getContext("2d"), longest = Math.max(WIDTH, HEIGHT), thin = Math.min(WIDTH, HEIGHT) * 8 < longest;
  const room = SHARE * side, [across, down] = thin ? [room, room] : [(room * WIDTH) / longest, (room * HEIGHT) / longest];
  context.imageSmoothingQuality = "high"; // small behind the dots: read as shapes, not as pixels
  for (let j = Math.floor((top - tall / scale) / step); j * step < top; j++)
    for (let i = Math.floor(left / step); i * step < left + wide / scale; i++) {
      brush.putImageData(tileAt(one, plane, key, step, i, plane.v ? j : 0, tone), 0, 0);
      const [cx, cy] = screen((i + 0.5) * step, (j + 0.5) * step);
      context.drawImage(sheet, cx - across / 2, cy - down / 2, across, down);
      yield;
    }
}
