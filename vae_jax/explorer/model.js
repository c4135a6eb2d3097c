// The members of the sweep as the page uses them.

const DATA = JSON.parse(document.getElementById("data").textContent);
let HEIGHT, WIDTH, IMAGES, COUNT, LABELS, ENTRIES, ENTRY_OF, RULE; // of the data of the program that is looked at

/** A program of the sweep; programs may be of different data. */
function openPart(part) {
  const data = DATA.data[DATA.parts[part].data];
  [HEIGHT, WIDTH] = data.shape;
  IMAGES = data.pixels ||= unpack(data.images);
  COUNT = IMAGES.length / (HEIGHT * WIDTH);
  LABELS = data.labels;
  [ENTRIES, ENTRY_OF, RULE] = [data.entries || [], data.entry_of, data.rule]; // of the legend: name and colour
  document.body.classList.toggle("flat", WIDTH > 8 * HEIGHT); // vectors: lines of pixels, made taller
}

const image = (n) => Float32Array.from(IMAGES.subarray(n * HEIGHT * WIDTH, (n + 1) * HEIGHT * WIDTH), (v) => v / 255);

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
  packed.open = {
    decode: compile(graph, weights),
    codes: rows(unpack(packed.mean), latents),
    spreads: rows(unpack(packed.std), latents),
    fits,
  };
  return packed.open;
}

const decoded = (member, z) => opened(member).decode(z);

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
