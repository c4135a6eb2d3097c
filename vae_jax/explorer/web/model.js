// The members of the sweep as the page uses them.

const DATA = JSON.parse(document.getElementById("data").textContent);
const MEMBERS = DATA.members;
let HEIGHT, WIDTH, VALUES, CHANNELS, DRAWN, IMAGES, COUNT, LABELS, ENTRIES, ENTRY_OF, RULE; // of the data of the program that is looked at

/** A program of the sweep; programs may be of different data. */
function openPart(part) {
  const data = DATA.data[DATA.parts[part].data];
  [HEIGHT, WIDTH] = data.frame; // as it is drawn; a plain vector as its profile
  [VALUES, CHANNELS, DRAWN] = [size(data.shape), data.shape[2] || 1, data];
  IMAGES = data.pixels ||= unpack(data.images);
  COUNT = IMAGES.length / VALUES;
  LABELS = data.labels;
  [ENTRIES, ENTRY_OF, RULE] = [data.entries || [], data.entry_of, data.rule]; // of the legend: name and colour
  document.body.classList.toggle("flat", WIDTH > 8 * HEIGHT); // lines of pixels, made taller
}

/** A test image as a model has it: bytes go across the span of values that is drawn. */
const image = (n) => Float32Array.from(IMAGES.subarray(n * VALUES, (n + 1) * VALUES), (v) => DRAWN.span[0] + (v / 255) * (DRAWN.span[1] - DRAWN.span[0]));

/** A member's decoder, codes and fits; made when it is first looked at. */
function opened(packed) {
  if (packed.open) return packed.open;
  const graph = DATA.parts[packed.part].graph, latents = packed.latents;
  const weights = {};
  for (const [name, shape] of Object.entries(graph.parameters)) {
    weights[name] = new Float32Array(size(shape)); // dimensions not in use are left out
    weights[name].set(unpack(packed.weights[name]));
  }
  const rows = (array, width) => Array.from({ length: array.length / width }, (_, i) => array.subarray(i * width, (i + 1) * width));
  const fits = Object.fromEntries(Object.entries(packed.fits).map(([name, array]) => [name, unpack(array)]));
  const codes = rows(unpack(packed.mean), latents), spreads = rows(unpack(packed.std), latents);
  packed.open = { decode: compile(graph, weights), codes, spreads, fits, middle: middleOf(codes, latents), deviations: deviationsOf(codes, spreads, latents) };
  return packed.open;
}

const middleOf = (codes, latents) => Array.from({ length: latents }, (_, k) => codes.reduce((sum, z) => sum + z[k], 0) / codes.length);

/** How far drawn codes spread along each dimension: the width of the posteriors is part of it. */
function deviationsOf(codes, spreads, latents) {
  const middle = middleOf(codes, latents);
  return middle.map((mean, k) => Math.sqrt(codes.reduce((sum, z, n) => sum + (z[k] - mean) ** 2 + spreads[n][k] ** 2, 0) / codes.length));
}

/** A member after an epoch of its training, where the page has that; as it is at the end else. */
function after(one, epoch) {
  const found = one.snapshots.find((s) => s.epoch === epoch);
  if (!found) return one;
  return (found.member ||= { ...one, ...found, end: one, open: null, placed: null, tiles: null, plane: one.plane });
}

/** The member at the end of its training. */
const endOf = (one) => one.end || one;

const decoded = (member, z) => opened(member).decode(z);

/** The members among which the slider moves: of one program, size and seed, autoencoder first. */
const shelfOf = (member) =>
  MEMBERS.filter((m) => m.part === member.part && m.latents === member.latents && m.seed === member.seed)
    .sort((a, b) => b.autoencoder - a.autoencoder || a.beta - b.beta || a.number - b.number);

const isCollapsed = (member) => !!member.rates && member.rates.every((rate) => rate <= DATA.collapsed);

/** Of an autoencoder the VAE with beta nearest 1 that has not collapsed, of a VAE the autoencoder. */
function counterpart(member) {
  const others = shelfOf(member).filter((m) => m.autoencoder !== member.autoencoder && (m.autoencoder || (m.beta > 0 && !isCollapsed(m))));
  return others.sort((a, b) => Math.abs(Math.log(a.beta || 1)) - Math.abs(Math.log(b.beta || 1)))[0];
}

/** One draw of a sampler; the same seed is the same noise for every member of a size. */
function drawn(member, sampler, random, temperature) {
  const latents = member.latents, { fits } = opened(member);
  const noise = Array.from({ length: latents }, () => temperature * random.normal());
  if (sampler === "prior") return noise;
  const spread = (mean, root) => noise.map((_, i) => mean[i] + dotted(root.subarray(i * latents, (i + 1) * latents), noise));
  if (sampler === "gaussian") return spread(fits.gaussian_mean, fits.gaussian_root);
  let left = random.uniform(), c = 0;
  while (c < fits.mixture_weights.length - 1 && left > fits.mixture_weights[c]) left -= fits.mixture_weights[c++];
  return spread(
    fits.mixture_means.subarray(c * latents, (c + 1) * latents),
    fits.mixture_roots.subarray(c * latents * latents, (c + 1) * latents * latents),
  );
}

/** z = mu + sigma eps for an image, the count-th throw of its own. */
function thrown(member, n, count) {
  const { codes, spreads } = opened(member), next = normal(1000 * (n + 1) + count);
  return Array.from(codes[n], (mean, k) => mean + spreads[n][k] * next());
}

/** One draw of p(x|z) about its mean, where the page knows the distribution. */
function drawnPixels(part, mean, seed) {
  const { kind, trials, sigma } = DATA.parts[part].draws, next = kind === "gaussian" ? normal(seed) : uniform(seed);
  if (kind === "gaussian") return mean.map((m) => m + sigma * next());
  return mean.map((m) => { let hits = 0; for (let i = 0; i < trials; i++) hits += next() < m; return hits / trials; });
}
