// Controls that change the state.

/** Sets values of the state and shows it anew. */
function change(values) {
  Object.assign(STATE, values);
  render();
}

function select(name, label, options) {
  const list = element("select", { id: `set-${name}`, onchange: (event) => change({ [name]: typeof PLAIN[name] === "number" ? +event.target.value : event.target.value }) },
    ...options.map(([value, text]) => element("option", { value, selected: String(value) === String(STATE[name]) }, text)));
  return element("label", {}, `${label} `, list);
}

function field(name, label, type = "number", settings = {}) {
  const input = element("input", { id: `set-${name}`, type, value: spelled(STATE[name]), ...settings, onchange: (event) => {
    const read = IN_LINKS[name](event.target.value);
    answered(read === undefined ? [`${label}: ${event.target.value.slice(0, 40)} cannot be read.`] : []);
    if (read === undefined) { event.target.value = spelled(STATE[name]); return; }
    STATE[name] = read;
    if (name === "a" || name === "b") STATE[`z${name}`] = null; // an image in the place of a point
    answered(settle());
    render();
  } });
  return element("label", {}, `${label} `, input);
}

function check(name, label) {
  const box = element("input", { id: `set-${name}`, type: "checkbox", checked: !!STATE[name], onchange: (event) => change({ [name]: +event.target.checked }) });
  return element("label", {}, box, ` ${label}`);
}

/** A slider that does not build anything anew while it moves. */
function slider(name, label, [low, high, step], then) {
  const text = element("output", {}, said(STATE[name]));
  const input = element("input", { id: `set-${name}`, type: "range", min: low, max: high, step, value: STATE[name],
    oninput: (event) => { STATE[name] = +event.target.value; text.textContent = said(STATE[name]); then(); writeLink(); } });
  return element("label", {}, `${label} `, input, text);
}

const button = (id, text, then, settings = {}) => element("button", { id, type: "button", onclick: then, ...settings }, text);

/** Fills an element anew, the focus staying with the control that had it. */
function refill(host, ...children) {
  const id = host.contains(document.activeElement) ? document.activeElement.id : "";
  host.replaceChildren(...children.filter(Boolean));
  if (id) $(id)?.focus();
}

/** Says in a line what a link or a field asked for in vain; says nothing of nothing. */
function answered(sentences) {
  $("answer").textContent = sentences.join(" ");
  $("answer").hidden = !sentences.length;
}

/** The tabs' own keys: arrows, Home and End. */
function tabKeys(tabs, event) {
  const last = tabs.length - 1, at = tabs.indexOf(event.target);
  const next = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at + last) % tabs.length, Home: 0, End: last }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  tabs[next].click();
  $(tabs[next].id).focus();
}
