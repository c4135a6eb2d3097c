// Packed arrays, random numbers, and a little linear algebra.

/** A packed array: base64 of little-endian float16, float32 or bytes. */
function unpack({ kind, data }) {
  const text = atob(data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  if (kind === "u1") return bytes;
  if (kind === "f4") return new Float32Array(bytes.buffer);
  return Float32Array.from(new Uint16Array(bytes.buffer), fromHalf);
}

function fromHalf(h) {
  const sign = h & 0x8000 ? -1 : 1, exponent = (h >> 10) & 31, fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Uniform numbers in (0, 1) from a seed: mulberry32. */
function uniform(seed) {
  let a = (seed * 2654435761) >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** Standard normal numbers from a seed: Box and Muller (1958). */
function normal(seed) {
  const u = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(u())) * Math.cos(2 * Math.PI * u());
}

/** The standard normal quantile: Acklam's approximation, good to 1e-9 of its value. */
function quantile(p) {
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (k, x) => k.reduce((s, v) => s * x + v, 0);
  if (p < 0.02425) { const q = Math.sqrt(-2 * Math.log(p)); return poly(c, q) / (poly(d, q) * q + 1); }
  if (p > 1 - 0.02425) return -quantile(1 - p);
  const q = p - 0.5, r = q * q;
  return (poly(a, r) * q) / (poly(b, r) * r + 1);
}

const dotted = (a, b) => { let s = 0; for (let i = 0; i < a.length; i++) s += a[i] * b[i]; return s; };
const plus = (a, b, scale = 1) => Array.from(a, (v, i) => v + scale * b[i]);
const mixed = (a, b, t) => Array.from(a, (v, i) => (1 - t) * v + t * b[i]);
const unitOf = (a) => { const n = Math.sqrt(dotted(a, a)); return n > 1e-12 ? Array.from(a, (v) => v / n) : null; };

/** Spherical interpolation of directions, norms in a straight line (White, 2016). */
function slerp(a, b, t) {
  const u = unitOf(a), v = unitOf(b);
  if (!u || !v) return mixed(a, b, t);
  const angle = Math.acos(Math.min(1, Math.max(-1, dotted(u, v))));
  if (angle < 1e-6 || Math.PI - angle < 1e-6) return mixed(a, b, t);
  const norm = (1 - t) * Math.sqrt(dotted(a, a)) + t * Math.sqrt(dotted(b, b));
  const p = Math.sin((1 - t) * angle) / Math.sin(angle), q = Math.sin(t * angle) / Math.sin(angle);
  return u.map((x, i) => norm * (p * x + q * v[i]));
}
