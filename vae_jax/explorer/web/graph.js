// A decoder in the browser: the operations of vae_jax/portable/operations.py, one input at a time.

const size = (shape) => shape.reduce((a, b) => a * b, 1);

/** Strides with which an array of `shape` is read as if it had the shape `as`. */
function stridesAs(shape, as) {
  const strides = new Array(as.length).fill(0);
  let stride = 1;
  for (let i = shape.length - 1, j = as.length - 1; i >= 0; i--, j--) {
    if (shape[i] !== 1) strides[j] = stride;
    stride *= shape[i];
  }
  return strides;
}

/** For each place of an array of shape `as`, the place in one of `shape` that it reads. */
function places(shape, as, start) {
  const strides = stridesAs(shape, as);
  const found = new Int32Array(size(as));
  const index = new Array(as.length).fill(0);
  for (let i = 0; i < found.length; i++) {
    let place = 0;
    for (let k = 0; k < as.length; k++) place += (index[k] + (start ? start[k] : 0)) * strides[k];
    found[i] = place;
    for (let k = as.length - 1; k >= 0 && ++index[k] === as[k]; k--) index[k] = 0;
  }
  return found;
}

const ONE = {
  neg: (a) => -a, abs: Math.abs, exp: Math.exp, expm1: Math.expm1, log: Math.log,
  log1p: Math.log1p, sqrt: Math.sqrt, tanh: Math.tanh, logistic: (a) => 1 / (1 + Math.exp(-a)),
};
const TWO = {
  add: (a, b) => a + b, sub: (a, b) => a - b, mul: (a, b) => a * b, div: (a, b) => a / b,
  max: Math.max, min: Math.min, pow: Math.pow,
  lt: (a, b) => +(a < b), gt: (a, b) => +(a > b), le: (a, b) => +(a <= b), ge: (a, b) => +(a >= b),
};

/** A function that fills `out` from the arrays `inputs`, whose shapes are known. */
function operation(op, inputs, shapes, out) {
  if (op.kind in ONE) {
    const f = ONE[op.kind], [a] = inputs;
    return () => { for (let i = 0; i < out.length; i++) out[i] = f(a[i]); };
  }
  if (op.kind in TWO) {
    const f = TWO[op.kind], [a, b] = inputs;
    const [p, q] = shapes.map((shape) => places(shape, op.shape));
    return () => { for (let i = 0; i < out.length; i++) out[i] = f(a[p[i]], b[q[i]]); };
  }
  if (op.kind === "select") {
    const [w, a, b] = inputs, [p, q, r] = shapes.map((shape) => places(shape, op.shape));
    return () => { for (let i = 0; i < out.length; i++) out[i] = w[p[i]] ? b[r[i]] : a[q[i]]; };
  }
  return { dot, conv, cut, reshape, transpose, join, sum, largest }[op.kind](op, inputs, shapes, out);
}

function dot(op, [a, b], [, right], out) {
  const [inner, width] = right.slice(-2), rows = op.shape[op.shape.length - 2]; // of every matrix of a batch
  return () => {
    out.fill(0);
    for (let r = 0; r < out.length / width; r++)
      for (let k = 0, from = Math.floor(r / rows) * inner * width; k < inner; k++) {
        const scale = a[r * inner + k];
        if (scale === 0) continue;
        for (let j = 0, p = from + k * width, o = r * width; j < width; j++) out[o + j] += scale * b[p + j];
      }
  };
}

function conv(op, [x, kernel], [[, height, width, from], [down, across, , to]], out) {
  const [, rows, columns] = op.shape;
  return () => {
    out.fill(0);
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < down; i++) {
        const y = r * op.stride[0] + i - op.low[0];
        if (y < 0 || y % op.spread[0] || y / op.spread[0] >= height) continue;
        for (let c = 0; c < columns; c++)
          for (let j = 0; j < across; j++) {
            const s = c * op.stride[1] + j - op.low[1];
            if (s < 0 || s % op.spread[1] || s / op.spread[1] >= width) continue;
            const at = (y / op.spread[0] * width + s / op.spread[1]) * from;
            const o = (r * columns + c) * to;
            for (let k = 0; k < from; k++) {
              const scale = x[at + k], p = ((i * across + j) * from + k) * to;
              if (scale !== 0) for (let f = 0; f < to; f++) out[o + f] += scale * kernel[p + f];
            }
          }
      }
  };
}

const gather = (a, place, out) => () => { for (let i = 0; i < out.length; i++) out[i] = a[place[i]]; };
const cut = (op, [a], [shape], out) => {
  const whole = new Array(shape.length);
  for (let k = shape.length - 1, s = 1; k >= 0; k--) { whole[k] = s; s *= shape[k]; }
  const place = new Int32Array(out.length), index = new Array(shape.length).fill(0);
  for (let i = 0; i < out.length; i++) {
    place[i] = index.reduce((sum, at, k) => sum + (at + op.start[k]) * whole[k], 0);
    for (let k = shape.length - 1; k >= 0 && ++index[k] === op.shape[k]; k--) index[k] = 0;
  }
  return gather(a, place, out);
};
const reshape = (op, [a], shapes, out) => () => out.set(a);
const transpose = (op, [a], [shape], out) => {
  const strides = new Array(shape.length), place = new Int32Array(out.length);
  for (let k = shape.length - 1, s = 1; k >= 0; k--) { strides[k] = s; s *= shape[k]; }
  const index = new Array(shape.length).fill(0);
  for (let i = 0; i < out.length; i++) {
    place[i] = index.reduce((sum, at, k) => sum + at * strides[op.axes[k]], 0);
    for (let k = shape.length - 1; k >= 0 && ++index[k] === op.shape[k]; k--) index[k] = 0;
  }
  return gather(a, place, out);
};
const join = (op, inputs, shapes, out) => {
  const after = size(op.shape.slice(op.axis + 1)), before = size(op.shape.slice(0, op.axis));
  const widths = shapes.map((shape) => shape[op.axis] * after);
  return () => {
    let at = 0;
    for (let b = 0; b < before; b++)
      inputs.forEach((a, n) => { for (let i = 0; i < widths[n]; i++) out[at++] = a[b * widths[n] + i]; });
  };
};
const sum = (op, [a], [shape], out) => {
  const kept = shape.map((n, k) => (op.axes.includes(k) ? 1 : n));
  const place = places(kept, shape);
  return () => { out.fill(0); for (let i = 0; i < a.length; i++) out[place[i]] += a[i]; };
};
const largest = (op, [a], [shape], out) => {
  const place = places(shape.map((n, k) => (op.axes.includes(k) ? 1 : n)), shape);
  return () => { out.fill(-Infinity); for (let i = 0; i < a.length; i++) out[place[i]] = Math.max(out[place[i]], a[i]); };
};

/** `decode(z)`, pixels as a Float32Array that the next call overwrites. */
function compile(graph, weights) {
  const values = [], shapes = [];
  for (const [name, shape] of Object.entries(graph.parameters)) {
    values.push(weights[name]);
    shapes.push(shape);
  }
  const input = new Float32Array(size(graph.input));
  values.push(input);
  shapes.push(graph.input);
  for (const constant of graph.constants) {
    values.push(Float32Array.from(constant.values));
    shapes.push(constant.shape);
  }
  const steps = graph.operations.map((op) => {
    const out = new Float32Array(size(op.shape));
    const step = operation(op, op.inputs.map((i) => values[i]), op.inputs.map((i) => shapes[i]), out);
    values.push(out);
    shapes.push(op.shape);
    return step;
  });
  return (z) => {
    input.fill(0);
    input.set(z);
    for (const step of steps) step();
    return values[values.length - 1];
  };
}
