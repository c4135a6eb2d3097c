// The map: decoded images, codes, and what is looked at, sharp on every screen; codes move from member to member.

const MOVE = 600; // milliseconds in which codes move
const SLICE = 7, SLICE_MOVING = 2; // milliseconds of a frame in which a ground is made
const DOT = 3.4, NEAR = 10, NEAR_FINGER = 24; // pixels

/** A map with a canvas of its own; `side` is 0, or 1 for the second of two. */
function makeMap(side) {
  const canvas = element("canvas", { class: "map", id: side ? "map-2" : "map", tabindex: 0, role: "application" });
  const title = element("p", { class: "map-title" });
  const map = { canvas, side, title, frame: element("div", { class: "map-frame" }, title, canvas), one: null, camera: null, places: null, from: null, began: 0, ground: null, fading: null, making: null, waiting: false };
  map.box = [300, 300]; // pixels of the page, which may be fractions
  map.wide = () => map.box[0];
  map.tall = () => map.box[1];
  new ResizeObserver(() => { if (measure(map) && map.one) { fit(map); renew(map); } }).observe(canvas);
  listen(map);
  return map;
}

const seenBy = (map) => ({ ...map.camera, wide: map.wide(), tall: map.tall() });
const toScreen = (map, [x, y]) => [map.wide() / 2 + (x - map.camera.x) * map.camera.scale, map.tall() / 2 - (map.one.latents === 1 ? y * 0.3 * map.tall() : (y - map.camera.y) * map.camera.scale)];
const toPlane = (map, px, py) => [map.camera.x + (px - map.wide() / 2) / map.camera.scale, map.camera.y - (py - map.tall() / 2) / map.camera.scale];
const pointAt = (map, px, py) => fromPlane(planeOf(map.one), toPlane(map, px, py));

/** Sets a camera: to the state's own, or so that its view fits. */
function fit(map) {
  if (STATE.camera && !map.side) map.camera = { x: STATE.camera[0], y: STATE.camera[1], scale: map.wide() / STATE.camera[2] };
  else {
    const { centre: [x, y], half } = extentOf(map.one, STATE.view);
    map.camera = { x, y, scale: Math.min(map.wide() / 2 / half[0], map.one.latents === 1 ? Infinity : map.tall() / 2 / half[1]) };
  }
}

/** Takes a map's size from the page; whether it has changed. */
function measure(map) {
  const { width, height } = map.canvas.getBoundingClientRect(), changed = width > 0 && (width !== map.box[0] || height !== map.box[1]);
  if (changed) map.box = [width, height];
  return changed;
}

/** Shows a member; its codes move there from where the codes of the one before are. */
function showOn(map, one, still) {
  const before = map.one, follows = before && before.latents === one.latents && before.part === one.part && !still && !reduced();
  if (before !== one || map.key !== STATE.plane) {
    map.from = follows ? movedPlaces(map) : null;
    map.began = performance.now();
    map.one = one;
  }
  map.key = STATE.plane;
  if (measure(map)) map.camera = null;
  map.places = placesOf(one);
  const frame = [one.part, one.latents, STATE.plane, STATE.x, STATE.y, STATE.three, STATE.view, STATE.camera, one.seed].join();
  if (map.framed !== frame || !map.camera) { map.framed = frame; fit(map); }
  const when = one.end ? `, after epoch ${STATE.epoch}` : "";
  map.title.textContent = map.side || when || !MAPS[1].frame.hidden ? one.name + when : "";
  canvasLabel(map);
  renew(map);
}

const canvasLabel = (map) => map.canvas.setAttribute("aria-label",
  `Map of the latent space of ${map.one.name}, ${counted(map.one.latents, "latent")}. Arrow keys move the point, Enter pins the nearest test image, Escape releases it, plus and minus zoom, 0 fits.`);

/** Has the ground made anew; until it is there, the old one is shown in its place. */
function renew(map) {
  const ratio = devicePixelRatio || 1, [wide, tall] = [map.wide(), map.tall()];
  if (map.canvas.width !== Math.round(wide * ratio) || map.canvas.height !== Math.round(tall * ratio)) [map.canvas.width, map.canvas.height] = [Math.round(wide * ratio), Math.round(tall * ratio)];
  const sheet = map.fading || map.making?.sheet === map.spare || !map.spare ? document.createElement("canvas") : map.spare;
  [sheet.width, sheet.height] = [map.canvas.width, map.canvas.height];
  const context = sheet.getContext("2d", { alpha: false }), camera = seenBy(map);
  context.scale(ratio, ratio);
  map.making = { sheet, camera, one: map.one, steps: groundOf(map.one, context, camera) };
  draw(map);
}

/** Asks for a frame. */
function draw(map) {
  if (map.waiting) return;
  map.waiting = true;
  requestAnimationFrame((now) => { map.waiting = false; if (map.one && !map.frame.hidden) paintMap(map, now); });
}

const shareOf = (began, now) => { const t = Math.min(1, Math.max(0, (now - began) / MOVE)); return t * t * (3 - 2 * t); };

/** Where the codes are at this moment, on their way. */
function movedPlaces(map, now = performance.now()) {
  const t = map.from ? shareOf(map.began, now) : 1;
  if (t >= 1) { map.from = null; return map.places; }
  return map.places.map(([x, y], n) => [map.from[n][0] + t * (x - map.from[n][0]), map.from[n][1] + t * (y - map.from[n][1])]);
}

function paintMap(map, now) {
  const { canvas } = map, context = canvas.getContext("2d", { alpha: false }), ratio = canvas.width / map.wide();
  makeGround(map, now);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (!covers(map, map.fading?.before || map.ground)) {
    context.fillStyle = styleOf("--paper");
    context.fillRect(0, 0, map.wide(), map.tall());
  }
  const fade = map.fading ? (reduced() ? 1 : Math.min(1, (now - map.fading.began) / 250)) : 1;
  if (map.fading && fade < 1) drawGround(map, context, map.fading.before, 1);
  if (map.ground) drawGround(map, context, map.ground, fade);
  if (fade >= 1 && map.fading) { map.spare = map.fading.before?.sheet; map.fading = null; }
  axesOn(map, context);
  priorOn(map, context);
  THEME.paper = styleOf("--paper");
  const places = movedPlaces(map, now);
  places.forEach((place, n) => dotOn(map, context, place, n));
  overlayOn(map, context, places);
  map.moving = !!map.from;
  if (map.from || map.making || map.fading) draw(map);
}

/** Goes on with a ground for a part of a frame; one that is done is faded in. */
function makeGround(map, now) {
  if (!map.making) return;
  const until = performance.now() + (map.from ? SLICE_MOVING : SLICE);
  while (performance.now() < until) {
    if (!map.making.done && !(map.making.done = map.making.steps.next().done)) continue;
    if (map.from) return; // the codes move first, then the pictures follow: a frame is short
    const of = map.making, same = map.ground?.one === of.one;
    map.fading = map.ground && !same ? { before: map.ground, began: now } : null; // of one member there is nothing to fade
    map.ground = of;
    map.making = null;
    return;
  }
}

/** Whether a ground fills the map: it is opaque, and made for the camera as it is. */
const covers = (map, ground) => ground && ["x", "y", "scale"].every((name) => ground.camera[name] === map.camera[name]) && ground.sheet.width === map.canvas.width;

/** A ground, moved to where the camera is now. */
function drawGround(map, context, ground, alpha) {
  const { camera } = ground, grow = map.camera.scale / camera.scale;
  const left = map.wide() / 2 + (camera.x - camera.wide / 2 / camera.scale - map.camera.x) * map.camera.scale;
  const top = map.tall() / 2 - (camera.y + camera.tall / 2 / camera.scale - map.camera.y) * map.camera.scale;
  context.globalAlpha = alpha;
  context.drawImage(ground.sheet, left, top, camera.wide * grow, camera.tall * grow);
  context.globalAlpha = 1;
}

/** Ticks with numbers at the lower and the left edge. */
function axesOn(map, context) {
  const [wide, tall] = [map.wide(), map.tall()], { scale } = map.camera, plane = planeOf(map.one);
  const rough = 70 / scale, power = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  context.font = "11px system-ui, sans-serif";
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = styleOf("--paper");
  context.fillStyle = styleOf("--ink");
  const write = (text, x, y, align) => { context.textAlign = align; context.strokeText(text, x, y); context.fillText(text, x, y); };
  const [[left, top], [right, bottom]] = [toPlane(map, 0, 0), toPlane(map, wide, tall)];
  for (let at = Math.ceil(left / step) * step; at <= right; at += step) {
    const [x] = toScreen(map, [at, 0]);
    context.fillRect(x, tall - 5, 1, 5);
    if (x > 44 && x < wide - 74) write(said(at, digits), x, tall - 8, "center");
  }
  for (let at = Math.ceil(bottom / step) * step; plane.v && at <= top; at += step) {
    const [, y] = toScreen(map, [0, at]);
    context.fillRect(0, y, 5, 1);
    if (y < tall - 24 && y > 30) write(said(at, digits), 8, y + 4, "left");
  }
  write(plane.names[0], wide - 6, tall - 8, "right");
  if (wide > 260 || !map.title.textContent) write(plane.names[1], 8, 16, "left");
}

/** Circles that hold 39 % and 86 % of a plane of N(0, I). */
function priorOn(map, context) {
  if (map.one.latents === 1) return;
  const [x, y] = toScreen(map, [0, 0]);
  context.setLineDash([2, 4]);
  context.lineWidth = 1.2;
  context.strokeStyle = styleOf("--ink");
  for (const radius of [1, 2]) {
    context.beginPath();
    context.arc(x, y, radius * map.camera.scale, 0, 2 * Math.PI);
    context.stroke();
  }
  context.setLineDash([]);
}

/** A test image's code as a dot in the colour of its label, with an edge by which dots that touch are told apart. */
function dotOn(map, context, place, n) {
  const [x, y] = toScreen(map, place);
  if (x < -9 || y < -9 || x > map.wide() + 9 || y > map.tall() + 9) return;
  const sprite = spriteOf(colourOf(n)), side = sprite.width / sprite.ratio;
  context.drawImage(sprite, x - side / 2, y - side / 2, side, side);
}

const SPRITES = new Map(), THEME = { paper: "" }; // asked of the page once a frame, not once a dot
function spriteOf(colour) {
  const edge = THEME.paper, ratio = devicePixelRatio || 1, key = [colour, edge, ratio].join();
  if (!SPRITES.has(key)) {
    const side = Math.ceil(ratio * (2 * DOT + 4)), sprite = element("canvas", { width: side, height: side }), context = sprite.getContext("2d");
    sprite.ratio = ratio;
    context.scale(ratio, ratio);
    context.beginPath();
    context.arc(side / ratio / 2, side / ratio / 2, DOT + 0.6, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.lineWidth = 1.2;
    context.strokeStyle = edge;
    context.stroke();
    SPRITES.set(key, sprite);
  }
  return SPRITES.get(key);
}
