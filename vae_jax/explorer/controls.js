// Controls that change the state and draw the lens anew.

function changed(name, value) {
  STATE[name] = value;
  if (POINTS.includes(`z${name}`)) STATE[`z${name}`] = null; // an image in the place of a point
  render();
  const again = $(`set-${name}`);
  if (again) again.focus();
}

function select(name, label, options) {
  const list = element("select", { id: `set-${name}`, onchange: (event) => changed(name, typeof STATE[name] === "number" ? +event.target.value : event.target.value) },
    ...options.map(([value, text]) => element("option", { value, selected: String(value) === String(STATE[name]) }, text)));
  return element("label", {}, `${label} `, list);
}

function field(name, label, type = "text") {
  const input = element("input", { id: `set-${name}`, type, value: STATE[name], onchange: (event) => changed(name, type === "number" ? +event.target.value || 0 : event.target.value) });
  return element("label", {}, `${label} `, input);
}

function check(name, label) {
  const box = element("input", { id: `set-${name}`, type: "checkbox", checked: !!STATE[name], onchange: (event) => changed(name, +event.target.checked) });
  return element("label", {}, box, ` ${label}`);
}

/** A slider that does not build the lens anew while it moves. */
function slider(name, label, [low, high, step], moved) {
  const text = element("output", {}, said(STATE[name]));
  const input = element("input", { id: `set-${name}`, type: "range", min: low, max: high, step, value: STATE[name],
    oninput: (event) => { STATE[name] = +event.target.value; text.textContent = said(STATE[name]); moved(); writeLink(); } });
  return element("label", {}, `${label} `, input, text);
}
