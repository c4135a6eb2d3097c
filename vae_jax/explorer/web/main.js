// The order of things: what is shown when the state has changed.

const TOOLS = { look: LOOK, balance: BALANCE, line: WALK, samples: SAMPLER, directions: DIRECTIONS, blur: BLUR };
const MAPS = [];

/** The tools that have something to show of a member. */
function toolsOf(one) {
  const without = [shelfOf(one).filter(rated).length < 2 && "balance", !DATA.parts[one.part].draws && "blur"];
  return Object.keys(TOOLS).filter((name) => !without.includes(name));
}

/** The member at hand, and its counterpart where the tool shows both. */
function inSight() {
  const other = counterpart(member());
  return TOOLS[STATE.tool].pair && other && !(STATE.tool === "samples" && STATE.alone) ? [member(), after(other, STATE.epoch)] : [member()];
}

/** Shows the state, all of it. */
function render(still = false) {
  settle();
  const one = member(), pair = inSight();
  if (!STATE.z || STATE.z.length !== one.latents) STATE.z = startingPoint(one);
  if (STATE.image >= 0) STATE.z = Array.from(opened(one).codes[STATE.image]);
  HOVERED.n = -1;
  showShelf();
  buildReadout();
  MAPS[1].frame.hidden = pair.length < 2;
  $("maps").classList.toggle("two", pair.length > 1);
  pair.forEach((each, side) => showOn(MAPS[side], each, still === true));
  showLegend();
  showMapbar();
  showTabs();
  TOOLS[STATE.tool].render($("panel"));
  showReadout();
  showScores();
  showTour();
  writeLink();
}

/** The point that is decoded before anybody has chosen one: the middle of the plane. */
const startingPoint = (one) => fromPlane(planeOf(one), [0, 0]);

/** After the point or the image at hand has changed: what follows it, and all of the tool if it was chosen. */
let moving = false;
function moved(chosen = false) {
  if (chosen) { TOOLS[STATE.tool].render($("panel")); writeLink(); }
  if (moving) return;
  moving = true;
  requestAnimationFrame(() => { moving = false; showReadout(); MAPS.forEach((map) => { if (map.one) draw(map); }); writeLink(); });
}

let barred = "";
/** Under the map: zoom, the plane, and what is drawn behind the codes. */
function showMapbar() {
  const one = member(), key = [one.part, one.latents, STATE.plane, STATE.x, STATE.y, STATE.three, STATE.pictures, STATE.density].join();
  if (barred === key) return;
  barred = key;
  const many = one.latents > 2, axes = Array.from({ length: one.latents }, (_, i) => [i, `z ${i}`]);
  refill($("mapbar"),
    button("zoom-in", "+", () => MAPS.forEach((map) => map.one && zoom(map, 1.5)), { "aria-label": "Zoom in" }), button("zoom-out", "−", () => MAPS.forEach((map) => map.one && zoom(map, 1 / 1.5)), { "aria-label": "Zoom out" }),
    button("fit", "fit", () => { STATE.view = "codes"; refit(); }),
    check("pictures", "pictures"), check("density", "contours"),
    many ? select("plane", "plane", [["main", "main components"], ["axes", "two axes"], ["images", "through three images"]]) : null,
    many && STATE.plane === "axes" ? select("x", "across", axes) : null, many && STATE.plane === "axes" ? select("y", "up", axes) : null,
    many && STATE.plane === "images" ? field("three", "test images", "text") : null);
}

let tabbed = "";
function showTabs() {
  const names = toolsOf(member());
  if (tabbed !== names.join()) {
    tabbed = names.join();
    refill($("tabs"), ...names.map((name) => button(`tab-${name}`, TOOLS[name].title, () => change({ tool: name }), { role: "tab", "data-tool": name, "aria-controls": "panel",
      onkeydown: (event) => tabKeys([...$("tabs").children], event) })));
  }
  for (const tab of $("tabs").children) {
    const on = tab.dataset.tool === STATE.tool;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${STATE.tool}`);
}

function start() {
  MAPS.push(makeMap(0), makeMap(1));
  $("maps").append(...MAPS.map((map) => map.frame));
  MAPS[1].frame.hidden = true;
  const follow = () => { answered(readLink(location.hash.slice(1))); render(); };
  window.addEventListener("hashchange", follow);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && STATE.image >= 0) { STATE.image = -1; moved(true); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => render(true));
  showReport();
  answered(readLink(location.hash.slice(1) || (DATA.tour.length ? `stop=${DATA.tour[0].name}` : "")));
  render(true);
}

if (MEMBERS.length) start();
else {
  document.querySelector(".stage").replaceChildren(element("p", { id: "panel" }, "No member of this sweep can be decoded: all have diverged."));
}
