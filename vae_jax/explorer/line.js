// A latent space of one dimension: a line, with nothing made up beside it.

const TILES = 12; // decoded images along the line

/** The line as Roam shows it: densities above, codes in a strip, decoded images below. */
function lineView(member) {
  const [wide, tall, floor, lane, axis, tiles] = [560, 340, 150, [162, 222], 234, 258];
  const { codes, spreads } = opened(member), values = codes.map((z) => z[0]);
  const low = Math.min(-2.6, ...values), high = Math.max(2.6, ...values), margin = 0.025 * (high - low);
  const [left, right] = [low - margin, high + margin], scale = wide / (right - left);
  const toCanvas = (z) => (z - left) * scale, toValue = (px) => px / scale + left;
  /** Heights in the strip mean nothing: they are there so that dots can be seen. */
  const heightOf = (n) => lane[0] + (lane[1] - lane[0]) * ((n * 0.6180339887) % 1);
  const bell = (x, mean, sigma) => Math.exp(-0.5 * ((x - mean) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));

  function ground(context) {
    const xs = Array.from({ length: wide / 2 + 1 }, (_, i) => 2 * i);
    const thin = 0.01 * (right - left); // an autoencoder's codes are points: a width to see them by
    const all = xs.map((x) => values.reduce((sum, mean, n) => sum + bell(toValue(x), mean, Math.hypot(spreads[n][0], thin)), 0) / values.length);
    const prior = xs.map((x) => bell(toValue(x), 0, 1)), top = Math.max(...all, ...prior);
    curve(context, xs, all.map((y) => y / top), "--accent", []);
    curve(context, xs, prior.map((y) => y / top), "--ink", [2, 4]);
    values.forEach((z, n) => drawCode(context, [toCanvas(z), heightOf(n)], n));
    ticks(context);
    images(context);
  }

  function curve(context, xs, shares, colour, dash) {
    context.strokeStyle = styleOf(colour);
    context.lineWidth = 1.4;
    context.setLineDash(dash);
    context.beginPath();
    xs.forEach((x, i) => context.lineTo(x, floor - shares[i] * (floor - 10)));
    context.stroke();
    context.setLineDash([]);
  }

  function ticks(context) {
    context.strokeStyle = context.fillStyle = styleOf("--soft");
    context.lineWidth = 1;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    context.beginPath();
    context.moveTo(0, axis);
    context.lineTo(wide, axis);
    const step = [1, 2, 5, 10, 20, 50, 100].find((size) => (right - left) / size <= 14) || (right - left) / 10;
    for (let z = Math.ceil(left / step) * step; z <= right; z += step) {
      context.moveTo(toCanvas(z), axis);
      context.lineTo(toCanvas(z), axis + 4);
      context.fillText(said(z, 0), toCanvas(z), axis + 16);
    }
    context.stroke();
  }

  function images(context) {
    const room = wide / TILES - 4, grow = Math.min(room / WIDTH, (tall - tiles - 4) / HEIGHT), tile = canvasOf("");
    const [across, down] = [WIDTH * grow, Math.max(HEIGHT * grow, 12)];
    context.imageSmoothingEnabled = false;
    for (let i = 0; i < TILES; i++) {
      const x = ((i + 0.5) * wide) / TILES;
      paint(tile, decoded(member, [toValue(x)]));
      context.drawImage(tile, x - across / 2, tiles, across, down);
    }
  }

  function cursor(context, z) {
    const x = toCanvas(z[0]);
    context.beginPath();
    context.moveTo(x, 4);
    context.lineTo(x, axis);
    context.stroke();
    context.strokeRect(x - 5, axis - 5, 10, 10);
  }

  /** The dot at mu, and a dashed line to one sigma on either side. */
  function prototype(context, n) {
    const x = toCanvas(values[n]), y = heightOf(n), sigma = spreads[n][0];
    context.fillStyle = context.strokeStyle = styleOf("--mark");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, 5, 0, 2 * Math.PI);
    context.fill();
    context.setLineDash([5, 4]);
    context.beginPath();
    context.moveTo(x - sigma * scale, y);
    context.lineTo(x + sigma * scale, y);
    context.stroke();
    context.setLineDash([]);
    return { centre: [values[n]], radii: [sigma] };
  }

  return {
    size: [wide, tall], title: "Latent line", start: [0], ground, cursor, prototype, controls: "",
    closest: (z) => least(codes, (code) => Math.abs(code[0] - z[0])),
    at: (px) => [toValue(px)],
    moved: (z, [right, up]) => [z[0] + right + up],
    words: (z) => `z 0 ${said(z[0])}; nearest code`,
    caption: "One latent: a line. Dots: codes of test images, at heights that mean nothing. Line: density of all posteriors; dotted: N(0, 1). Below: what is decoded along z. Click a code: its μ, and a dashed line to σ.",
  };
}
