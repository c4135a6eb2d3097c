// A latent space of one dimension: curves of density along a line, with nothing made up beside it.

/** The density of all posteriors, and of N(0, 1), as curves over the line. */
function curvesOn(context, one, { x, scale, wide, tall }) {
  const { codes, spreads } = opened(one), values = codes.map((z) => z[0]), floor = 0.3 * tall, high = floor - 12;
  const thin = 6 / scale, xs = Array.from({ length: Math.ceil(wide / 3) + 1 }, (_, i) => 3 * i); // a width to see points by
  const at = (px) => x + (px - wide / 2) / scale, bell = (z, mean, sigma) => Math.exp(-0.5 * ((z - mean) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
  const all = xs.map((px) => values.reduce((sum, mean, n) => sum + bell(at(px), mean, Math.hypot(spreads[n][0], thin)), 0) / values.length);
  const prior = xs.map((px) => bell(at(px), 0, 1)), top = Math.max(...all, ...prior);
  for (const [heights, colour, dash] of [[all, "--accent", []], [prior, "--ink", [2, 4]]]) {
    context.strokeStyle = styleOf(colour);
    context.lineWidth = 1.6;
    context.setLineDash(dash);
    context.beginPath();
    xs.forEach((px, i) => context.lineTo(px, floor - (heights[i] / top) * high));
    context.stroke();
  }
  context.setLineDash([]);
}
