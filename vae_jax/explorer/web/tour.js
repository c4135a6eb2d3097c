// The tour: stops with links of their own, entered by next, by name, or left for free roaming.

let toured = null;

function showTour() {
  const stops = DATA.tour, at = stops.findIndex((s) => s.name === STATE.stop);
  if (toured === STATE.stop || !stops.length) return;
  toured = STATE.stop;
  const go = (stop) => () => { location.hash = stop ? `#stop=${stop.name}` : linkOf().replace(/stop=[^&]*&?/, ""); };
  const list = element("ol", { class: "stops", "aria-label": "Stops of the tour" }, ...stops.map((stop, i) => element("li", {}, button(`stop-${stop.name}`, String(i + 1), go(stop), { "aria-label": `${i + 1}: ${stop.title}`, title: stop.title, "aria-current": i === at ? "step" : null }))));
  document.body.classList.toggle("begun", at !== 0); // what is said to begin with has been read
  if (at < 0) {
    refill($("tour"), element("p", {}, "You roam freely. "), list, element("p", { class: "controls" }, button("tour-next", "take the tour", go(stops[0]), { class: "main" })));
    return;
  }
  const stop = stops[at];
  refill($("tour"), element("p", { class: "controls" }, element("span", { class: "note" }, `Tour, ${at + 1} of ${stops.length}`), button("tour-back", "back", go(stops[at - 1]), { disabled: at === 0 }), button("tour-next", "next", go(stops[at + 1]), { class: "main", disabled: at + 1 === stops.length })), element("h2", { id: "stop-title" }, stop.title), ...stop.text.map((text) => element("p", {}, text)), list,
    button("tour-skip", "skip the tour", leave));
}

/** Leaves the tour; what is looked at stays. */
function leave() {
  STATE.stop = "";
  render();
}
