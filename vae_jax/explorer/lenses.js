// Interpolate, generate, traverse.

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

const OPEN_ROWS = 16; // of a traversal; dimensions of less rate are there to be opened

function interpolate(member) {
  const { codes } = opened(member), [a, b] = ["a", "b"].map((end) => STATE[`z${end}`] || codes[STATE[end]]);
  const between = (t) => (STATE.way === "straight" ? mixed(a, b, t) : slerp(a, b, t));
  const output = canvasOf("Decoded point between the two images", { id: "decoded" });
  const show = () => { STATE.z = between(STATE.t); paint(output, decoded(member, STATE.z)); };
  const strip = element("div", { class: "strip", id: "strip" });
  for (let i = 0; i <= 10; i++) strip.append(shown(`At ${i * 10} %`, decoded(member, between(i / 10))));
  const move = slider("t", "along", [0, 1, 0.01], show);
  let frame = 0;
  const play = element("button", { id: "play", onclick: () => {
    if (frame) { cancelAnimationFrame(frame); frame = 0; play.textContent = "play"; return; }
    play.textContent = "stop";
    const started = performance.now();
    const tick = (now) => {
      if (!output.isConnected) return;
      STATE.t = 0.5 - 0.5 * Math.cos((now - started) / 1200);
      move.querySelector("input").value = STATE.t;
      move.querySelector("output").textContent = said(STATE.t);
      show();
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
  } }, "play");
  const ends = (name, text) => {
    const point = STATE[`z${name}`], picture = point ? decoded(member, point) : image(STATE[name]);
    const caption = point ? `${text}: a point of the plane, decoded` : text;
    return element("figure", {}, shown(caption, picture), element("figcaption", {}, caption), field(name, "test image", "number"));
  };
  $("lens").append(
    element("div", { class: "controls" }, select("way", "line", [["straight", "straight"], ["spherical", "spherical"]]), move, play),
    element("div", { class: "row" }, ends("a", "first"), element("figure", {}, output, element("figcaption", {}, "between")), ends("b", "second")),
    strip, gallery());
  show();
}

/** Test images to choose from: a click is the first end, with Shift the second. */
function gallery() {
  const list = element("div", { class: "gallery", role: "group", "aria-label": "Test images: a click makes one the first end, with Shift the second" });
  for (let n = 0; n < Math.min(COUNT, 40); n++)
    list.append(element("button", { class: "pick", "aria-label": `Test image ${n}`, onclick: (event) => changed(event.shiftKey ? "b" : "a", n) }, shown("", image(n))));
  return element("div", {}, element("p", { class: "note" }, "Click an image to start from it, Shift and click to end at it. Points that are no images: see Roam."), list);
}

function generate(member) {
  const other = counterpart(member), pair = [member, other].filter(Boolean);
  const again = element("button", { id: "again", onclick: () => changed("draw", STATE.draw + 1) }, "draw again");
  const sheets = pair.map((each, place) => {
    const random = { normal: normal(STATE.draw + 1), uniform: uniform(STATE.draw + 77) };
    const sheet = element("div", { class: "sheet", id: place ? "right" : "left" });
    for (let i = 0; i < 36; i++) sheet.append(shown(`Sample ${i + 1}`, decoded(each, drawn(each, STATE.from, random, STATE.heat))));
    if (STATE.from === "mixture" && !each.mixture) return element("p", { class: "note" }, `${each.name}: no mixture could be fitted to its codes.`);
    const found = each.samplers[STATE.from] || {};
    return element("figure", {}, element("figcaption", {}, `${each.name}: ${STATE.from === "mixture" ? `${counted(each.mixture, "component")}, ` : ""}FD ${said(found.fd)}, coverage ${said(found.coverage)}`), sheet);
  });
  const heat = slider("heat", "temperature", [0, 2, 0.05], () => {});
  heat.querySelector("input").addEventListener("change", () => changed("heat", STATE.heat));
  $("lens").append(
    element("div", { class: "controls" }, select("from", "z from", [["prior", "N(0, I)"], ["gaussian", "Gaussian fitted to the codes"], ["mixture", `mixture of ${counted(member.mixture, "Gaussian")} fitted to the codes`]]),
      heat, field("draw", "seed", "number"), again),
    element("div", { class: "row" }, ...sheets),
    element("p", { class: "note" }, pair.length > 1 ? "The same noise through both decoders. FD: distance to real images, less is better; see above, in which features." : "This sweep has no counterpart of the same size and seed."));
}

function traverse(member) {
  const { codes } = opened(member), start = STATE.picked >= 0 && STATE.picked < codes.length ? Array.from(codes[STATE.picked]) : new Array(member.latents).fill(0);
  const rows = element("div", { id: "traversals" }), steps = Array.from({ length: 9 }, (_, i) => quantile((i + 0.5) / 9) * 1.3);
  const row = (name, note, direction) => {
    const strip = element("div", { class: "strip" });
    for (const t of steps) strip.append(shown(`${name} at ${said(t)}`, decoded(member, plus(start, direction, t))));
    return element("div", { class: "traversal" }, element("div", {}, element("b", {}, name), element("br"), note), strip);
  };
  const rates = member.rates, order = Array.from({ length: member.latents }, (_, k) => k);
  if (rates) order.sort((a, b) => rates[b] - rates[a]);
  const dimension = (k) => {
    const dead = rates && rates[k] <= DATA.collapsed;
    return row(`z ${k}`, rates ? `${said(rates[k])} nats${dead ? ", collapsed" : ""}` : "no rate", start.map((_, i) => +(i === k)));
  };
  rows.append(...order.slice(0, OPEN_ROWS).map(dimension));
  if (order.length > OPEN_ROWS) rows.append(element("details", {}, element("summary", {}, `${order.length - OPEN_ROWS} more dimensions`), ...order.slice(OPEN_ROWS).map(dimension)));
  for (const { name, value, measure, direction } of member.directions) rows.append(row(name, `${measure} ${said(value)}`, direction));
  $("lens").append(element("p", { class: "note" }, "Each row moves one dimension through the quantiles of N(0, 1), ",
    STATE.picked >= 0 ? `from the code of test image ${STATE.picked}` : "from the origin", ". Directions below are fitted to the codes: R² says how well."), rows);
}
