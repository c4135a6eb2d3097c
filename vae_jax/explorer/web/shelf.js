// Which model is looked at: program, latents, seed, and a slider over beta.

const distinct = (values) => [...new Set(values)];
let shelved = "";

/** The member nearest to the one at hand among some. */
function nearestTo(one, among) {
  const far = (m) => [m.latents !== one.latents, m.seed !== one.seed, m.autoencoder !== one.autoencoder, Math.abs(Math.log((m.beta || 1e-9) / (one.beta || 1e-9)))];
  const before = (a, b) => { for (let k = 0; k < a.length; k++) if (+a[k] !== +b[k]) return a[k] - b[k]; return 0; };
  return [...among].sort((a, b) => before(far(a), far(b)))[0];
}

const choose = (one) => change({ member: MEMBERS.indexOf(endOf(one)), epoch: one.snapshots.some((s) => s.epoch === STATE.epoch) ? STATE.epoch : -1 });

function showShelf() {
  const one = endOf(member()), list = shelfOf(one), times = one.snapshots.map((s) => s.epoch), key = [one.part, one.latents, one.seed, times].join();
  if (shelved !== key) {
    shelved = key;
    const of = (name, label, values, text, fits) => distinct(values).length < 2 && name !== "latents" ? null : element("label", {}, `${label} `,
      element("select", { id: `set-${name}`, onchange: (event) => choose(nearestTo(member(), MEMBERS.filter((m) => fits(m, event.target.value)))) },
        ...distinct(values).map((v) => element("option", { value: v, selected: v === one[name] }, text(v)))));
    const inPart = MEMBERS.filter((m) => m.part === one.part);
    refill($("shelf"),
      of("part", "program", MEMBERS.map((m) => m.part), (p) => DATA.parts[p].title, (m, v) => m.part === +v),
      of("latents", "latents", inPart.map((m) => m.latents).sort((a, b) => a - b), String, (m, v) => m.part === one.part && m.latents === +v),
      of("seed", "seed", inPart.filter((m) => m.latents === one.latents).map((m) => m.seed), String, (m, v) => m.part === one.part && m.latents === one.latents && m.seed === +v),
      element("label", { class: "wide" }, element("span", {}, "model"), element("input", { id: "set-step", type: "range", min: 0, max: list.length - 1, step: 1, "aria-label": "model, by β",
        oninput: (event) => choose(shelfOf(member())[+event.target.value]) }), element("output", { id: "name" })),
      times.length ? element("label", { class: "time" }, element("span", {}, "training"), element("input", { id: "set-epoch", type: "range", min: 0, max: times.length, step: 1, "aria-label": "time, by epoch",
        oninput: (event) => change({ epoch: times[+event.target.value] ?? -1 }) }), element("output", { id: "epoch" })) : null,
      button("share", "copy link", copyLink), button("save", "save picture", savePicture));
  }
  $("set-step").value = list.indexOf(one);
  $("set-step").setAttribute("aria-valuetext", one.name);
  $("name").textContent = one.name;
  if (!times.length) return;
  $("set-epoch").value = STATE.epoch < 0 ? times.length : times.indexOf(STATE.epoch);
  $("epoch").textContent = STATE.epoch < 0 ? "at its end" : `after epoch ${STATE.epoch}`;
  $("set-epoch").setAttribute("aria-valuetext", $("epoch").textContent);
}
