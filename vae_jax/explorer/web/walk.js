// Line: between two images or points, in this model and in its counterpart.

const WALK = {
  title: "Line",
  pair: true,
  render(panel) {
    const strips = inSight().map((one) => {
      const strip = element("div", { class: "strip" });
      for (let i = 0; i <= 8; i++) strip.append(canvasOf(`${one.name} at ${said((i * 100) / 8, 0)} %`));
      return captioned(strip, one.name);
    });
    const moved = inSight().map((one) => captioned(canvasOf(`${one.name}: decoded point of the line`, { class: "image large" }), one.name));
    const show = () => {
      inSight().forEach((one, side) => {
        if (!side) STATE.z = wayPoint(one, STATE.t);
        paint(moved[side].querySelector("canvas"), decoded(one, wayPoint(one, STATE.t)));
        [...strips[side].querySelectorAll("canvas")].forEach((canvas, i) => paint(canvas, decoded(one, wayPoint(one, i / 8))));
      });
      MAPS.forEach(draw);
      showReadout();
    };
    const move = slider("t", "along", [0, 1, 0.01], show);
    refill(panel, element("p", { class: "controls" }, select("way", "line", [["straight", "straight"], ["spherical", "spherical"]]), move, player(move, show)),
      element("div", { class: "row" }, ...moved), ...strips, chooser());
    show();
  },
  mark(map, context) {
    const points = Array.from({ length: 61 }, (_, i) => wayPoint(map.one, i / 60));
    wayOn(map, context, points, wayPoint(map.one, STATE.t));
  },
};

/** The point at a share of the way; ends are images, or points of this model's space. */
function wayPoint(one, t) {
  const { codes } = opened(one), [a, b] = ["a", "b"].map((end) => (one === member() && STATE[`z${end}`]) || codes[STATE[end]]);
  return STATE.way === "straight" ? mixed(a, b, t) : slerp(a, b, t);
}

function player(move, show) {
  let frame = 0;
  const play = button("play", "play", () => {
    if (frame) { cancelAnimationFrame(frame); frame = 0; play.textContent = "play"; return; }
    play.textContent = "stop";
    const started = performance.now();
    const tick = (now) => {
      if (!play.isConnected) return;
      STATE.t = 0.5 - 0.5 * Math.cos((now - started) / 1200);
      move.querySelector("input").value = STATE.t;
      move.querySelector("output").textContent = said(STATE.t);
      show();
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
  });
  return play;
}

let choosing = "a"; // the end that the next press on an image sets
/** Test images to choose from, and which end a press sets. */
function chooser() {
  const list = element("div", { class: "gallery", role: "group", "aria-label": "Test images" });
  for (let n = 0; n < Math.min(COUNT, 40); n++)
    list.append(element("button", { class: "pick", type: "button", id: `pick-${n}`, "aria-label": `Test image ${n}`, "aria-pressed": [STATE.a, STATE.b].includes(n),
      onclick: (event) => { const end = event.shiftKey ? "b" : choosing; change({ [end]: n, [`z${end}`]: null }); } }, shown("", image(n))));
  const radio = (end, text) => element("label", {}, element("input", { type: "radio", name: "end", id: `end-${end}`, value: end, checked: choosing === end, onchange: () => { choosing = end; } }), text);
  return element("div", {}, element("p", { class: "controls" }, "An image becomes the ", radio("a", "start"), radio("b", "end"), field("a", "start", "number", { min: 0, max: COUNT - 1 }), field("b", "end", "number", { min: 0, max: COUNT - 1 })), list);
}
