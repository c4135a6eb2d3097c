// Directions: strips along single dimensions, and along directions fitted to the codes.

const OPEN_ROWS = 8; // dimensions that say less, or nothing, are there to be opened
const STEPS = Array.from({ length: 7 }, (_, i) => quantile((i + 0.5) / 7) * 1.3);

const DIRECTIONS = {
  title: "Directions",
  render(panel) {
    const one = member(), { rates } = one, start = startOf(one), spread = opened(one).deviations;
    const order = Array.from({ length: one.latents }, (_, k) => k);
    order.sort((a, b) => (rates ? rates[b] - rates[a] : spread[b] - spread[a]));
    const dimension = (k) => strip(one, start, `z ${k}`, rates ? `${said(rates[k])} nats${rates[k] <= DATA.collapsed ? ", collapsed" : ""}` : "no rate", start.map((_, i) => (i === k ? spread[k] : 0)));
    const open = order.filter((k, place) => place < OPEN_ROWS && !(rates && rates[k] <= DATA.collapsed)), rest = order.slice(open.length);
    const folded = rates && rest.every((k) => rates[k] <= DATA.collapsed) ? `${counted(rest.length, "dimension")} that say nothing` : `${counted(rest.length, "more dimension")}`;
    refill(panel, element("p", { class: "note" }, `Each strip moves one dimension by up to ${said(STEPS[6], 1)} standard deviations of the codes, `, STATE.image >= 0 ? `from the code of test image ${STATE.image}` : "from the middle of the codes", ". Under the pointer it is drawn on the map."),
      element("div", { id: "traversals" }, ...open.map(dimension),
        rest.length ? element("details", {}, element("summary", {}, folded), ...rest.map(dimension)) : null,
        ...one.directions.map(({ name, value, measure, direction }) => strip(one, start, name, `${measure} ${said(value)}`, direction))));
  },
  mark(map, context) {
    if (!pointed || pointed.length !== map.one.latents) return;
    wayOn(map, context, [-1.5, 1.5].map((t) => plus(startOf(map.one), pointed, t)));
  },
};

let pointed = null; // the direction of the strip under the pointer
const startOf = (one) => Array.from(STATE.image >= 0 ? opened(one).codes[STATE.image] : opened(one).middle);

function strip(one, start, name, note, direction) {
  const pictures = element("div", { class: "strip" });
  for (const t of STEPS) pictures.append(shown(`${name} at ${said(t)}`, decoded(one, plus(start, direction, t))));
  const point = (found) => () => { pointed = found; MAPS.forEach(draw); };
  return element("div", { class: "traversal", onpointerenter: point(direction), onpointerleave: point(null) }, element("div", {}, element("b", {}, name), element("br"), element("small", {}, note)), pictures);
}
