// What is looked at, and the links that say it in words: `beta=1&latents=8&seed=0&tool=line`.

const $ = (id) => document.getElementById(id);
const IN_LINKS = { // the values of a state that links carry, and how each is read
  tool: choice("look", "balance", "line", "samples", "directions", "blur"),
  view: choice("codes", "all"), camera: list(3), alone: choice(0, 1),
  image: whole(-1), z: list(0), throws: whole(0),
  a: whole(0), b: whole(0), za: list(0), zb: list(0), t: between(0, 1), way: choice("straight", "spherical"),
  from: choice("prior", "gaussian", "mixture"), temperature: between(0, 2), draw: whole(0),
  plane: choice("main", "axes", "images"), x: whole(0), y: whole(0), three: list(3),
  pictures: choice(1, 0), density: choice(1, 0), epoch: whole(-1),
};
const PLAIN = {
  tool: "look", view: "codes", camera: null, alone: 0, image: -1, z: null, throws: 0, a: 0, b: 1, za: null, zb: null, t: 0.5,
  way: "straight", from: "prior", temperature: 1, draw: 0, plane: "main", x: 0, y: 1, three: [0, 1, 2], pictures: 1, density: 1, epoch: -1,
};
const STATE = { ...PLAIN, member: 0, stop: "" };
const IMAGES_NAMED = ["a", "b", "image"];

function choice(...values) { return (text) => values.find((v) => String(v) === text); }
function whole(least) { return (text) => (Number.isInteger(+text) && text !== "" && +text >= least && +text < 1e9 ? +text : undefined); }
function between(low, high) { return (text) => (text !== "" && +text >= low && +text <= high ? +text : undefined); }
/** Numbers with commas between; a count of 0 is any. */
function list(count) {
  return (text) => {
    const found = text.split(",").map((part) => (part.trim() === "" ? NaN : +part));
    return found.every((v) => Math.abs(v) < 1e9) && (!count || found.length === count) ? found : undefined;
  };
}

const member = () => after(MEMBERS[STATE.member], STATE.epoch);
const spelled = (value) => (Array.isArray(value) || value instanceof Float32Array ? Array.from(value, (v) => +v.toFixed(4)).join(",") : String(value));

/** The values that tell a member from the others, as links spell them. */
function valuesOf(one) {
  const program = DATA.parts.length > 1 ? { program: DATA.parts[one.part].title } : {};
  return { ...program, latents: one.latents, seed: one.seed, ...one.axes };
}

/** What a link asks for that is not there, in words. */
function unknown(name, text, values) {
  const shown = [...new Set(values.map(String))], some = shown.slice(0, 12).join(", ") + (shown.length > 12 ? ", …" : "");
  return `The link asks for ${name} = ${text.slice(0, 40)}${text.length > 40 ? "…" : ""}, which this page does not have${some ? `; it has ${some}` : ""}.`;
}

/** The member that a link asks for: exactly, or the nearest there is, and then it is said. */
function memberOf(link, said) {
  const asked = [...new Set(["program", "latents", "seed", ...MEMBERS.flatMap((m) => Object.keys(m.axes))])].filter((name) => link.has(name));
  if (!asked.length) return STATE.member;
  let left = MEMBERS.map((_, i) => i);
  for (const name of asked) {
    const text = link.get(name), value = (i) => valuesOf(MEMBERS[i])[name];
    const same = left.filter((i) => String(value(i)) === text || (text !== "" && Number.isFinite(+text) && +text === value(i)));
    if (same.length) { left = same; continue; }
    said.push(unknown(name, text, left.map(value).filter((v) => v !== undefined)));
    const far = (i) => Math.abs(+value(i) - +text), near = Math.min(...left.map(far).filter(Number.isFinite));
    left = left.filter((i) => far(i) === near).concat(left.filter(() => !Number.isFinite(near)));
  }
  return left.includes(STATE.member) ? STATE.member : left[0];
}

/** Takes the state of a link; returns what cannot be had, in sentences. */
function readLink(text) {
  const link = new URLSearchParams(text), said = [];
  Object.assign(STATE, PLAIN, { stop: "" });
  const name = link.get("stop"), stop = DATA.tour.find((s) => s.name === name);
  if (stop) Object.assign(STATE, stop.state, { stop: name });
  else if (name) said.push(unknown("stop", name, DATA.tour.map((s) => s.name)));
  STATE.member = memberOf(link, said);
  const values = valuesOf(member());
  for (const [key, value] of link) {
    if (key === "stop" || key in values || MEMBERS.some((m) => key in m.axes)) continue;
    const read = IN_LINKS[key]?.(value);
    if (read === undefined) said.push(IN_LINKS[key] ? unknown(key, value, []) : `The link speaks of ${key.slice(0, 40)}, which this page does not know.`);
    else STATE[key] = read;
  }
  return [...said, ...settle()];
}

/** Brings a state within what the member at hand has; returns what had to give, in sentences. */
function settle() {
  const said = [], { latents } = member();
  openPart(member().part);
  for (const key of IMAGES_NAMED) if (STATE[key] >= COUNT) { said.push(unknown("test image", String(STATE[key]), [`0 to ${COUNT - 1}`])); STATE[key] = PLAIN[key]; }
  if (STATE.three.some((n) => !Number.isInteger(n) || n < 0 || n >= COUNT)) { said.push(unknown("test images", STATE.three.join(","), [`0 to ${COUNT - 1}`])); STATE.three = PLAIN.three; }
  for (const key of ["z", "za", "zb"]) if (STATE[key] && STATE[key].length !== latents) STATE[key] = null;
  for (const key of ["x", "y"]) if (STATE[key] >= latents) STATE[key] = PLAIN[key];
  if (!(toolsOf(member()).includes(STATE.tool))) STATE.tool = "look";
  if (STATE.epoch >= 0 && !MEMBERS[STATE.member].snapshots.some((s) => s.epoch === STATE.epoch)) { said.push(unknown("epoch", String(STATE.epoch), MEMBERS[STATE.member].snapshots.map((s) => s.epoch))); STATE.epoch = -1; }
  if (STATE.camera && !(STATE.camera[2] > 0)) STATE.camera = null;
  return said;
}

/** The link of what is looked at. */
function linkOf() {
  const link = new URLSearchParams(), stop = DATA.tour.find((s) => s.name === STATE.stop), usual = { ...PLAIN, ...stop?.state };
  if (stop) link.set("stop", STATE.stop);
  if (!stop || STATE.member !== stop.state.member) for (const [name, value] of Object.entries(valuesOf(member()))) link.set(name, value);
  usual.z = STATE.image >= 0 ? STATE.z : startingPoint(member());
  for (const name of Object.keys(IN_LINKS)) if (STATE[name] !== null && spelled(STATE[name]) !== spelled(usual[name] ?? "")) link.set(name, spelled(STATE[name]));
  return "#" + link.toString().replaceAll("%2C", ",").replaceAll("%28", "(").replaceAll("%29", ")");
}

let linkTimer = 0;
function writeLink() {
  clearTimeout(linkTimer); // not while a pointer moves: browsers allow 100 a half minute
  linkTimer = setTimeout(() => history.replaceState(null, "", linkOf()), 200);
}
