// Blur: the mean E[x|z], a draw of p(x|z), and the image itself, side by side.

const BLURRED = 5;

const BLUR = {
  title: "Blur",
  render(panel) {
    const one = member(), first = STATE.image >= 0 ? STATE.image : 0;
    const rows = Array.from({ length: Math.min(BLURRED, COUNT) }, (_, i) => (first + i) % COUNT).map((n) => {
      const mean = Array.from(decoded(one, opened(one).codes[n]));
      return [shown(`Mean for image ${n}`, mean), shown(`Draw for image ${n}`, drawnPixels(one.part, mean, 1000 * STATE.draw + n + 1)), shown(`Test image ${n}`, image(n))];
    });
    const heads = ["the mean E[x|z]", "a draw of p(x|z)", "the image"].map((text) => element("span", {}, text));
    refill(panel, element("div", { class: "threes" }, ...heads, ...rows.flat()), element("p", { class: "controls" }, button("again", "draw again", () => change({ draw: STATE.draw + 1 }))));
  },
};
