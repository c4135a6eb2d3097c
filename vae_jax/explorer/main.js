// The shelf, the tabs, and the order of things.

const LENSES = { roam, interpolate, generate, traverse };
const MEMBERS = DATA.members;
const distinct = (values) => [...new Set(values)];
const inPart = () => MEMBERS.filter((m) => m.part === STATE.part);
const shelf = () => inPart().filter((m) => m.latents === STATE.size && m.seed === STATE.seed);

/** What is there: the nearest choice to what the state asks for. */
function settle() {
  const nearest = (values, wanted) => values.reduce((best, v) => (Math.abs(v - wanted) < Math.abs(best - wanted) ? v : best), values[0]);
  STATE.part = nearest(distinct(MEMBERS.map((m) => m.part)), STATE.part);
  openPart(STATE.part);
  STATE.size = nearest(distinct(inPart().map((m) => m.latents)), STATE.size);
  STATE.seed = nearest(distinct(inPart().filter((m) => m.latents === STATE.size).map((m) => m.seed)), STATE.seed);
  STATE.step = Math.min(Math.max(0, Math.round(STATE.step)), shelf().length - 1);
  if (!(STATE.lens in LENSES)) STATE.lens = "roam";
  for (const end of ["a", "b"]) STATE[end] = Math.min(COUNT - 1, Math.max(0, Math.round(STATE[end])));
}

/** Of an autoencoder the VAE with beta nearest 1, of a VAE the autoencoder. */
function counterpart(member) {
  const others = shelf().filter((m) => m.autoencoder !== member.autoencoder);
  return others.sort((a, b) => Math.abs(Math.log(a.beta || 1)) - Math.abs(Math.log(b.beta || 1)))[0];
}

function render() {
  settle();
  const list = shelf(), member = list[STATE.step];
  for (const name of POINTS) if (STATE[name] && STATE[name].length !== member.latents) STATE[name] = null;
  const pairs = (values, text) => distinct(values).map((v) => [v, text(v)]);
  $("shelf").replaceChildren(
    pairs(MEMBERS.map((m) => m.part), String).length > 1 ? select("part", "program", pairs(MEMBERS.map((m) => m.part), (p) => DATA.parts[p].title)) : "",
    select("size", "latents", pairs(inPart().map((m) => m.latents).sort((a, b) => a - b), String)),
    select("seed", "seed", pairs(inPart().filter((m) => m.latents === STATE.size).map((m) => m.seed), String)),
    element("label", { class: "wide" }, "β ", element("input", { id: "set-step", type: "range", min: 0, max: list.length - 1, step: 1, value: STATE.step,
      "aria-valuetext": member.name, oninput: (event) => changed("step", +event.target.value) }), element("output", { id: "name" }, member.name)));
  $("numbers").replaceChildren(...member.numbers.map(([name, value, digits]) => element("div", {}, element("dt", {}, name), element("dd", { "data-name": name, "data-value": value }, typeof value === "string" ? value : said(value, digits)))));
  const space = DATA.parts[STATE.part].space;
  $("space").textContent = space ? `FD and coverage: ${space}.` : "";
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const on = tab.dataset.lens === STATE.lens;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
  }
  $("lens").replaceChildren();
  $("lens").setAttribute("aria-labelledby", `tab-${STATE.lens}`);
  LENSES[STATE.lens](member);
  writeLink();
}

function start() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => changed("lens", tab.dataset.lens));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(i + step + tabs.length) % tabs.length];
      changed("lens", next.dataset.lens);
      next.focus();
    });
  });
  window.addEventListener("hashchange", () => { readLink(); render(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
  STATE.size = MEMBERS[0].latents;
  STATE.seed = MEMBERS[0].seed;
  readLink();
  render();
}

if (MEMBERS.length) start();
else {
  document.querySelector("[role=tablist]").remove();
  $("lens").textContent = "No member of this sweep can be decoded: all have diverged.";
}
