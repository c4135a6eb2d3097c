// Pointer, touch and keys on a map: hover decodes, a click pins, a drag moves the map, two fingers scroll the page.

/** The test image whose dot is within reach of a place on the screen, or -1. */
function imageNear(map, px, py, reach) {
  const far = (place) => { const [x, y] = toScreen(map, place); return Math.hypot(x - px, y - py); };
  const n = least(map.places, far);
  return map.places.length && far(map.places[n]) <= reach ? n : -1;
}

function listen(map) {
  const { canvas } = map, fingers = new Map();
  let drag = null;
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const reach = (event) => (event.pointerType === "touch" ? NEAR_FINGER : NEAR);

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, event);
    if (event.pointerType === "touch") { if (fingers.size === 1) look(map, ...at(event), 0); drag = { start: at(event), moved: false }; }
    else drag = { start: at(event), camera: { ...map.camera }, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (fingers.size > 1) return scrollBy2(fingers, event, drag);
    const [px, py] = at(event);
    if (event.pointerType === "touch" || !drag) {
      if (drag && Math.hypot(px - drag.start[0], py - drag.start[1]) > 6) drag.moved = true;
      look(map, px, py, event.pointerType === "touch" ? 0 : NEAR);
      if (event.pointerType !== "touch") tip(map, px, py);
      return;
    }
    const [dx, dy] = [px - drag.start[0], py - drag.start[1]];
    if (!drag.moved && Math.hypot(dx, dy) < 5) return;
    drag.moved = true;
    hideTip();
    moveCamera(map, { x: drag.camera.x - dx / map.camera.scale, y: map.one.latents === 1 ? 0 : drag.camera.y + dy / map.camera.scale, scale: map.camera.scale });
  });
  const up = (event) => {
    const click = event.type === "pointerup" && drag && !drag.moved && fingers.size === 1;
    fingers.delete(event.pointerId);
    if (click) press(map, ...at(event), reach(event));
    if (!fingers.size) drag = null;
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => { hideTip(); hover(map, -1); });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(map, Math.exp(-0.0015 * event.deltaY), ...at(event)); }, { passive: false });
  canvas.addEventListener("keydown", (event) => keyOn(map, event));
}

/** The page scrolls as the middle of two fingers moves. */
function scrollBy2(fingers, event, drag) {
  const before = fingers.get(event.pointerId);
  if (drag) drag.moved = true;
  if (!before) return;
  window.scrollBy(0, (before.clientY - event.clientY) / fingers.size);
  fingers.set(event.pointerId, event);
}

/** What lies under the pointer becomes what is decoded; over a dot, its image is looked at. */
function look(map, px, py, reach) {
  hover(map, reach ? imageNear(map, px, py, reach) : -1);
  if (map.side || STATE.image >= 0) return;
  STATE.z = pointAt(map, px, py);
  moved();
}

function hover(map, n) {
  if (HOVERED.n === n && HOVERED.side === map.side) return;
  HOVERED = { side: map.side, n };
  moved();
}

/** A click on a dot pins its image; elsewhere it releases one, and the point is taken. */
function press(map, px, py, reach) {
  const n = imageNear(map, px, py, reach);
  if (n >= 0) return pin(n);
  STATE.image = -1;
  if (!map.side) STATE.z = pointAt(map, px, py);
  moved(true);
}

function pin(n) {
  STATE.image = n;
  STATE.throws = 0;
  STATE.z = n >= 0 ? Array.from(opened(MAPS[0].one).codes[n]) : STATE.z;
  moved(true);
}

function keyOn(map, event) {
  const step = 30 / map.camera.scale < 0.1 ? 15 / map.camera.scale : 0.1, plane = planeOf(map.one);
  const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[event.key];
  if (move) {
    STATE.image = -1;
    STATE.z = plane.v ? plus(plus(STATE.z, plane.u, move[0]), plane.v, move[1]) : [STATE.z[0] + move[0] + move[1]];
    moved(true);
  } else if (event.key === "Enter") pin(least(opened(map.one).codes, (code) => code.reduce((sum, v, k) => sum + (v - STATE.z[k]) ** 2, 0)));
  else if (event.key === "+" || event.key === "=") zoom(map, 1.3);
  else if (event.key === "-") zoom(map, 1 / 1.3);
  else if (event.key === "0") refit();
  else return;
  event.preventDefault();
}

/** Nearer or farther, a place on the screen staying where it is. */
function zoom(map, factor, px = map.wide() / 2, py = map.tall() / 2) {
  const [x, y] = toPlane(map, px, py), scale = Math.min(1e5, Math.max(1, map.camera.scale * factor));
  const kept = map.one.latents === 1 ? 0 : y + (py - map.tall() / 2) / scale;
  moveCamera(map, { x: x - (px - map.wide() / 2) / scale, y: kept, scale });
}

let settling = 0;
function moveCamera(map, camera) {
  map.camera = camera;
  if (!map.side) STATE.camera = [camera.x, camera.y, map.wide() / camera.scale];
  map.framed = [map.one.part, map.one.latents, STATE.plane, STATE.x, STATE.y, STATE.three, STATE.view, STATE.camera, map.one.seed].join();
  draw(map);
  clearTimeout(settling);
  settling = setTimeout(() => renew(map), 60); // decoded anew once the hand rests
  writeLink();
}

function refit() {
  STATE.camera = null;
  for (const map of MAPS) if (map.one) { map.framed = ""; showOn(map, map.one, true); }
  writeLink();
}

/** Beside the pointer: an image and what comes back of it, or what is decoded there. */
function tip(map, px, py) {
  const box = $("tip"), n = HOVERED.n, rect = map.canvas.getBoundingClientRect(), point = pointAt(map, px, py);
  const pictures = n >= 0
    ? [captioned(shown("", image(n)), "image"), captioned(shown("", decoded(map.one, opened(map.one).codes[n])), "what comes back")]
    : [captioned(shown("", decoded(map.one, point)), "decoded here")];
  box.replaceChildren(...pictures);
  box.hidden = false;
  const [x, y] = [rect.left + px, rect.top + py], over = x + 24 + box.offsetWidth > innerWidth, under = y + 24 + box.offsetHeight > innerHeight;
  box.style.left = `${over ? x - 16 - box.offsetWidth : x + 18}px`;
  box.style.top = `${under ? y - 16 - box.offsetHeight : y + 18}px`;
}

function hideTip() { $("tip").hidden = true; }
