// Roam: the latent space with the codes of test images; the pointer decodes.

function roam(member) {
  const view = member.latents === 1 ? lineView(member) : planeView(member), [wide, tall] = view.size, { codes } = opened(member);
  const map = element("canvas", { id: "map", width: wide, height: tall, tabindex: 0, role: "application",
    "aria-label": `${view.title}. Arrow keys move the point, Enter picks the nearest test image.` });
  const output = canvasOf("Decoded image", { id: "decoded" }), nearest = canvasOf("Nearest test image", { id: "nearest" });
  const where = element("p", { class: "note", "aria-live": "polite", id: "where" });
  const ground = element("canvas", { width: wide, height: tall }); // what does not move
  if (!STATE.z || STATE.z.length !== member.latents) STATE.z = view.start;

  function drawGround() {
    const context = ground.getContext("2d");
    context.fillStyle = styleOf("--paper");
    context.fillRect(0, 0, wide, tall);
    view.ground(context);
  }

  function show() {
    const context = map.getContext("2d"), n = view.closest(STATE.z);
    context.drawImage(ground, 0, 0);
    paint(output, decoded(member, STATE.z));
    paint(nearest, image(n));
    const label = LABELS ? (LABELS[n] === null ? ", no label" : `, label ${LABELS[n]}`) : "";
    where.textContent = `${view.words(STATE.z)}: test image ${n}${label}`;
    if (STATE.picked >= 0 && STATE.picked < codes.length) map.dataset.ring = JSON.stringify(view.prototype(context, STATE.picked));
    context.strokeStyle = styleOf("--ink");
    context.lineWidth = 2;
    view.cursor(context, STATE.z);
    writeLink();
  }

  const at = (event) => { const box = map.getBoundingClientRect(); return view.at(((event.clientX - box.left) * wide) / box.width, ((event.clientY - box.top) * tall) / box.height); };
  let waiting = false;
  const go = (z) => { STATE.z = z; if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; show(); }); } };
  const pick = () => { STATE.picked = view.closest(STATE.z); STATE.z = Array.from(codes[STATE.picked]); show(); };
  map.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" || event.buttons) go(at(event)); });
  map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); go(at(event)); });
  map.addEventListener("click", (event) => { STATE.z = at(event); pick(); });
  map.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (move) go(view.moved(STATE.z, move));
    else if (event.key === "Enter") pick();
    else return;
    event.preventDefault();
  });
  drawGround();
  const panel = element("div", { class: "panel" },
    element("figure", {}, output, element("figcaption", {}, "decoded")),
    element("figure", {}, nearest, element("figcaption", {}, "nearest test image")), where, lineButtons(), legend(view.caption));
  $("lens").append(view.controls, element("div", { class: "two" }, map, panel));
  show();
}

/** A test image's code as a dot in the colour of its label. */
function drawCode(context, [x, y], n) {
  context.strokeStyle = styleOf("--edge"); // so that dots that touch are told apart
  context.lineWidth = 0.6;
  context.fillStyle = colourOf(n);
  context.beginPath();
  context.arc(x, y, 2.8, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

/** The place of the item that something is least of. */
function least(items, of) {
  let best = 0, lowest = Infinity;
  items.forEach((item, n) => {
    const value = of(item);
    if (value < lowest) [best, lowest] = [n, value];
  });
  return best;
}

/** The point at hand becomes an end of the line that Interpolate follows. */
function lineButtons() {
  const button = (end, text, then) => element("button", { id: `line-${end}`, onclick: () => { STATE[`z${end}`] = Array.from(STATE.z); then(); } }, text);
  return element("p", { class: "controls" }, button("a", "start a line here", () => render()), button("b", "end it here", () => changed("lens", "interpolate")));
}

function legend(caption) {
  const entries = ENTRIES.map(([name, colour]) => element("span", { class: "key" }, element("i", { style: `background:${colour}` }), name));
  return element("p", { class: "note", id: "legend" }, ...entries, entries.length ? element("br") : "", RULE ? `${RULE} ` : "", caption);
}
