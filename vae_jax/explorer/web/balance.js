// Balance: distortion against rate, as two bars and as a plane with a moving point.

const SVG = "http://www.w3.org/2000/svg";
const drawnAs = (tag, settings, ...children) => {
  const found = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(settings)) if (name.startsWith("on")) found.addEventListener(name.slice(2), value); else found.setAttribute(name, value);
  found.append(...children);
  return found;
};
const numberOf = (one, name) => one.numbers[name]?.value ?? null;
const rated = (one) => numberOf(one, "rate R") !== null && numberOf(one, "distortion D") !== null;

const BALANCE = {
  title: "Balance",
  render(panel) {
    const one = endOf(member()), list = shelfOf(one).filter((m) => numberOf(m, "distortion D") !== null), { floor, collapsed } = DATA.parts[one.part].ends;
    const rates = list.map((m) => numberOf(m, "rate R")).filter((r) => r !== null), top = Math.max(...rates, 1e-9);
    const lost = numberOf(one, "distortion D"), rate = numberOf(one, "rate R"), most = Math.max(collapsed, ...list.map((m) => numberOf(m, "distortion D")));
    refill(panel,
      bar("distortion D", "what decoding loses", lost, [floor, most], "nats"), bar("rate R", "what codes say", rate, [0, top], "nats"),
      ratePlane(one, list, [0, 1.05 * top], [floor, most]),
      element("p", { class: "note" }, "Each dot is a model of this size. To the left and up: says little, loses much. A model without a rate, like an autoencoder, stands at the right edge."));
  },
};

function bar(name, words, value, [low, high], unit) {
  const share = value === null ? 0 : (value - low) / Math.max(high - low, 1e-9);
  return element("div", { class: "bar" }, element("span", {}, element("b", {}, name), ` ${words}`), element("span", { class: "value" }, value === null ? "none" : `${said(value)} ${unit}`),
    element("div", { class: "track" }, element("div", { class: "fill", style: `width:${100 * Math.min(1, Math.max(0, share))}%` })));
}

/** Rate across, distortion up, with a dot for each model of the size. */
function ratePlane(one, list, across, up) {
  const [wide, tall, left, bottom] = [330, 220, 38, 30], at = ([x, y]) => [left + ((x - across[0]) / (across[1] - across[0])) * (wide - left - 16), tall - bottom - ((y - up[0]) / Math.max(up[1] - up[0], 1e-9)) * (tall - bottom - 12)];
  const place = (m) => (rated(m) ? at([numberOf(m, "rate R"), numberOf(m, "distortion D")]) : [wide - 6, at([0, numberOf(m, "distortion D")])[1]]);
  const text = (x, y, words, anchor = "middle") => drawnAs("text", { x, y, "text-anchor": anchor }, words);
  const picture = drawnAs("svg", { viewBox: `0 0 ${wide} ${tall}`, role: "img", "aria-label": "Rate against distortion, a dot for each model of this size", class: "plane" });
  picture.append(drawnAs("path", { d: `M${left} 6V${tall - bottom}H${wide - 2}`, class: "axis" }),
    text((left + wide) / 2, tall - 2, "rate R, nats"), text(left, tall - 16, "0"), text(at([across[1] / 1.05, 0])[0], tall - 16, said(across[1] / 1.05, 1)),
    text(left - 4, tall - bottom, said(up[0], 1), "end"), text(left - 4, 18, said(up[1], 1), "end"), text(wide / 2, 12, "up: distortion D, nats"));
  const line = list.filter(rated).map(place);
  if (line.length > 1) picture.append(drawnAs("polyline", { points: line.map((p) => p.join()).join(" "), class: "way" }));
  for (const m of list) {
    const [cx, cy] = place(m), title = drawnAs("title", {}, m.name);
    picture.append(drawnAs("circle", { cx, cy, r: m === one ? 8 : 5, class: m === one ? "here" : "there", onclick: () => choose(m), "data-number": m.number }, title));
  }
  return picture;
}
