// Samples: draws of the prior, or of a sampler fitted to the codes, in this model and in its counterpart.

const SAMPLES = 20;

const SAMPLER = {
  title: "Samples",
  pair: true,
  render(panel) {
    const list = inSight(), sheets = list.map((one, side) => {
      const sheet = element("div", { class: "sheet", id: side ? "right" : "left" });
      for (let i = 0; i < SAMPLES; i++) sheet.append(canvasOf(`Sample ${i + 1} of ${one.name}`));
      return sheet;
    });
    const show = () => {
      list.forEach((one, side) => { if (fitted(one)) drawsOf(one).forEach((z, i) => paint(sheets[side].children[i], decoded(one, z))); });
      MAPS.forEach(draw);
    };
    const figures = list.map((one, side) => {
      const found = one.samplers[STATE.from] || {}, parts = STATE.from === "mixture" ? `${counted(one.mixture, "component")}, ` : "";
      if (!fitted(one)) return element("p", { class: "note" }, `${one.name}: no mixture could be fitted to its codes.`);
      return element("figure", {}, element("figcaption", {}, element("b", {}, one.name), element("br"), `${parts}FD ${said(found.fd)}, coverage ${said(found.coverage)}`), sheets[side]);
    });
    refill(panel,
      element("p", { class: "controls" }, select("from", "z from", [["prior", "N(0, I)"], ["gaussian", "Gaussian fitted to the codes"], ["mixture", `mixture of ${counted(member().mixture, "Gaussian")} fitted to the codes`]]),
        slider("temperature", "temperature", [0, 2, 0.05], show), field("draw", "seed", "number", { min: 0 }), button("again", "draw again", () => change({ draw: STATE.draw + 1 })),
        counterpart(member()) ? element("label", {}, element("input", { type: "checkbox", id: "beside", checked: !STATE.alone, onchange: (event) => change({ alone: +!event.target.checked }) }), ` beside ${counterpart(member()).name}`) : null),
      element("div", { class: "row" }, ...figures),
      element("p", { class: "note" }, list.length > 1 ? "The same random numbers through both. Crosses on the maps: where the draws fall." : "Crosses on the map: where the draws fall."));
    show();
  },
  mark(map, context) {
    if (fitted(map.one)) drawsOf(map.one).forEach((z, n) => crossOn(map, context, z, n));
  },
};

const fitted = (one) => STATE.from !== "mixture" || one.mixture > 0;

/** The draws that are shown; the same numbers for every model of a size. */
function drawsOf(one) {
  const random = { normal: normal(STATE.draw + 1), uniform: uniform(STATE.draw + 77) };
  return Array.from({ length: SAMPLES }, () => drawn(one, STATE.from, random, STATE.temperature));
}
