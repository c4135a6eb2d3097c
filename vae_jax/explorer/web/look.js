// Look: the map itself. A pinned image has its cloud, and one throws epsilon into it.

const LOOK = {
  title: "Look",
  render(panel) {
    const one = member(), n = STATE.image, cloud = opened(one).spreads.some((s) => s.some((v) => v > 0));
    const throwing = n >= 0 && cloud ? throws(one, n) : null;
    const hint = n < 0 ? "Click a dot to pin its image; Escape releases it. Drag to move the map, turn the wheel to zoom." : cloud ? "" : "An autoencoder's code is a point: there is no cloud to throw into.";
    refill(panel, hint ? element("p", { class: "note" }, hint) : null, throwing,
      element("p", { class: "controls" }, button("line-a", "start a line here", () => take("a")), button("line-b", "end it here", () => take("b"))),
      mapInWords());
  },
  mark(map, context) {
    if (STATE.image < 0 || map.side) return;
    for (let i = 1; i <= STATE.throws; i++) crossOn(map, context, thrown(map.one, STATE.image, i), i);
  },
};

/** The point at hand becomes an end of the line that the tool Line follows. */
function take(end) {
  change({ [`z${end}`]: Array.from(STATE.z), ...(end === "b" ? { tool: "line" } : {}) });
}

function throws(one, n) {
  const { codes, spreads } = opened(one), list = (v) => Array.from(v, (x) => said(x)).slice(0, 4).join(", ") + (v.length > 4 ? ", …" : "");
  const strip = element("div", { class: "strip", id: "throws" });
  for (let i = Math.max(1, STATE.throws - 5); i <= STATE.throws; i++) strip.append(shown(`Throw ${i}`, decoded(one, thrown(one, n, i))));
  return element("div", {},
    element("p", {}, `μ = (${list(codes[n])}), σ = (${list(spreads[n])})`),
    element("p", { class: "controls" }, button("throw", "throw ε", () => {
      change({ throws: STATE.throws + 1 });
    }), element("span", { class: "note" }, "z = μ + σ·ε, decoded:")), strip);
}
