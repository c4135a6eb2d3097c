// What is decoded, large, and the real image nearest to it: above the map on a phone, beside it on a desk.

let shownOf = "";

/** Builds the two pictures of the readout for the data at hand. */
function buildReadout() {
  const key = [WIDTH, HEIGHT].join();
  if (shownOf === key) return;
  shownOf = key;
  refill($("readout"),
    element("figure", {}, canvasOf("Decoded image", { id: "decoded" }), element("figcaption", { id: "decoded-what" })),
    element("figure", {}, canvasOf("Test image", { id: "nearest" }), element("figcaption", { id: "nearest-what" })),
    element("p", { id: "where", class: "note" }));
}

function showReadout() {
  const one = HOVERED.side ? MAPS[1].one : member(), { codes } = opened(one), n = HOVERED.n >= 0 ? HOVERED.n : STATE.image;
  const z = n >= 0 ? codes[n] : STATE.z, near = n >= 0 ? n : least(codes, (code) => code.reduce((sum, v, k) => sum + (v - z[k]) ** 2, 0));
  paint($("decoded"), decoded(one, z));
  paint($("nearest"), image(near));
  $("decoded-what").textContent = n >= 0 ? "what comes back" : "decoded here";
  $("nearest-what").textContent = n >= 0 ? "test image" : "nearest test image";
  const place = onPlane(planeOf(one), z), { names } = planeOf(one);
  const lines = [...names.filter(Boolean).map((name, k) => `${name}: ${said(place[k])}`), `test image ${near}${labelOf(near)}`];
  $("where").replaceChildren(...lines.map((line) => element("span", {}, line)));
}

/** What a map shows, in words. */
function mapInWords() {
  const line = member().latents === 1;
  const about = line
    ? "One latent: a line. Dots: codes of test images, at heights that mean nothing. Curve: where codes and their clouds are dense; dotted: N(0, 1)."
    : "Dots: codes of test images. Lines: where codes and their clouds are dense. Dotted circles: N(0, I) at 1 and 2.";
  return element("p", { class: "note", id: "about-map" }, RULE ? `${RULE} ` : "", about);
}

/** The legend of the labels' colours, under the map. */
function showLegend() {
  $("legend").replaceChildren(...ENTRIES.map(([name, colour]) => element("span", { class: "key" }, element("i", { style: `background:${colour}` }), name)));
  $("legend").title = RULE || "";
}
