// The numbers of a model, each with what it means, which way is better, and the ends of its scale.

let scored = -1;

function showScores() {
  const { part, numbers } = member(), known = DATA.parts[part].numbers;
  if (scored !== part) {
    scored = part;
    const plain = known.filter((n) => !n.expert), more = known.filter((n) => n.expert);
    refill($("scores"), element("dl", {}, ...plain.map(scoreRow)), more.length ? element("details", {}, element("summary", {}, "more numbers"), element("dl", {}, ...more.map(scoreRow))) : null);
    const space = known.find((n) => n.space)?.space;
    $("space").textContent = space ? `FD and coverage: ${space}.` : "";
  }
  for (const { name, digits, ends } of known) {
    const cell = document.querySelector(`[data-name="${name}"]`), { value, why } = numbers[name];
    cell.dataset.value = value;
    cell.textContent = typeof value === "string" ? value : said(value, digits);
    cell.title = value === null ? why : STATE.epoch >= 0 ? "at the end of training" : "";
    const mark = cell.parentElement.querySelector(".mark");
    if (mark) { mark.hidden = value === null; mark.style.left = `${100 * shareOfScale(value, ends)}%`; }
  }
}

/** Where a value lies between the ends of its scale, which it may leave. */
const shareOfScale = (value, [[, low], [, high]]) => Math.min(1, Math.max(0, (value - low) / (high - low)));

function scoreRow({ name, unit, meaning, better, ends, digits }) {
  const scale = ends.length && ends[0][1] !== ends[1][1] ? element("div", { class: "scale", "aria-hidden": "true" }, element("span", { class: "mark" })) : null;
  const text = [meaning, better, ...(ends.length ? [`${ends[0][0]}: ${said(ends[0][1], digits)}; ${ends[1][0]}: ${said(ends[1][1], digits)}.`] : [])].join(" ");
  const id = `about-${name.replace(/\W+/g, "-")}`, about = element("p", { class: "about", id, hidden: true }, text);
  const toggle = element("button", { type: "button", class: "why", "aria-label": `What is ${name}?`, "aria-expanded": false, "aria-controls": id,
    onclick: (event) => { about.hidden = !about.hidden; event.currentTarget.setAttribute("aria-expanded", !about.hidden); } }, "?");
  return element("div", { class: "score" }, element("dt", {}, name, unit && unit !== "share" ? element("small", {}, ` ${unit}`) : "", toggle), element("dd", { "data-name": name }, ""), scale, about);
}
