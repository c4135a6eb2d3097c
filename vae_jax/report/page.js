// Tables that sort and filter, figures that can be saved.

const made = (tag, settings, ...children) => {
  const found = Object.assign(document.createElement(tag), settings);
  found.append(...children);
  return found;
};

/** What a cell sorts by: its first number, or its text; a dash comes last. */
function worth(row, column) {
  const text = row.cells[column].textContent, number = parseFloat(text.replace("−", "-").replace("β = ", ""));
  return text === "–" ? null : Number.isNaN(number) ? text : number;
}

function before(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : +(a > b);
  return typeof a === "string" ? -1 : 1; // the autoencoder before every beta
}

function sort(table, column, down) {
  const body = table.tBodies[0], rows = [...body.rows].map((row) => [worth(row, column), row]);
  rows.sort(([a], [b]) => (a === null || b === null ? +(a === null) - +(b === null) : (down ? -1 : 1) * before(a, b)));
  body.append(...rows.map(([, row]) => row));
  [...table.tHead.rows[0].cells].forEach((cell, i) => cell.setAttribute("aria-sort", i === column ? (down ? "descending" : "ascending") : "none"));
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = made("button", { type: "button", textContent: cell.textContent });
    button.addEventListener("click", () => sort(table, column, cell.getAttribute("aria-sort") === "ascending"));
    cell.replaceChildren(button);
  });
  const input = made("input", { type: "search", placeholder: "β = 1, autoencoder, 8 …" }), count = made("span", { className: "note" });
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(",").map((word) => word.trim()).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const cells = [...row.cells].map((cell) => cell.textContent.toLowerCase());
      // A number stands for a whole cell, a word for a part of one.
      const fits = (word) => cells.some((cell) => cell === word || (Number.isNaN(+word) && `${cell} `.includes(/\d$/.test(word) ? `${word} ` : word)));
      row.hidden = !words.every(fits);
      shown += !row.hidden;
    }
    count.textContent = words.length ? ` ${shown} of ${table.tBodies[0].rows.length}` : "";
  });
  table.parentElement.before(made("label", { className: "filter" }, "Rows with all of: ", input, count));
}

function save(name, blob) {
  const link = made("a", { download: name, href: URL.createObjectURL(blob) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const asSvg = (figure) => new Blob([new XMLSerializer().serializeToString(figure.querySelector("svg"))], { type: "image/svg+xml" });

/** The figure at twice its size, on white. */
async function asPng(figure) {
  const picture = new Image(), url = URL.createObjectURL(asSvg(figure)), box = figure.querySelector("svg").viewBox.baseVal;
  picture.src = url;
  await picture.decode();
  const canvas = made("canvas", { width: 2 * box.width, height: 2 * box.height }), context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Rows of a table as it is shown now, texts of cells; a heading over columns stands alone. */
const rowsOf = (table) => [...table.rows].filter((row) => !row.hidden).map((row) => [...row.cells].map((cell) => cell.textContent.trim()));

const asCsv = (table) => rowsOf(table).map((row) => row.map((text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(",")).join("\n") + "\n";

const TEX = { "&": "\\&", "%": "\\%", "$": "\\$", "#": "\\#", "_": "\\_", "{": "\\{", "}": "\\}", "~": "$\\sim$", "^": "\\textasciicircum{}", "\\": "\\textbackslash{}",
  "<": "$<$", ">": "$>$", "β": "$\\beta$", "±": "$\\pm$", "−": "$-$", "–": "--", "≤": "$\\leq$" };
const inTex = (text) => [...text].map((c) => TEX[c] ?? c).join("");

/** The table for booktabs, words at the left and numbers at the right. */
function asLatex(table) {
  const rows = rowsOf(table), columns = Math.max(...rows.map((row) => row.length));
  const line = (row) => (row.length === 1 && columns > 1 ? `  \\multicolumn{${columns}}{l}{\\textit{${inTex(row[0])}}} \\\\` : `  ${row.map(inTex).join(" & ")} \\\\`);
  return ["\\begin{tabular}{l" + "r".repeat(columns - 1) + "}", "  \\toprule", line(rows[0]), "  \\midrule", ...rows.slice(1).map(line), "  \\bottomrule", "\\end{tabular}", ""].join("\n");
}

/** Copies a text, and says so on the button; where a page may not, it is there to be copied by hand. */
async function copy(text, button) {
  const before = button.textContent;
  try { await navigator.clipboard.writeText(text); button.textContent = "copied"; }
  catch { prompt("To copy:", text); }
  setTimeout(() => { button.textContent = before; }, 1500);
}

const copying = (name, text) => {
  const button = made("button", { type: "button", textContent: name });
  button.addEventListener("click", () => copy(text(), button));
  return button;
};
for (const tabled of document.querySelectorAll(".tabled")) {
  const table = tabled.querySelector("table");
  tabled.append(made("div", { className: "tools" }, copying("copy as CSV", () => asCsv(table)), copying("copy as LaTeX", () => asLatex(table))));
}
for (const text of document.querySelectorAll("pre.copied")) text.after(made("div", { className: "tools" }, copying("copy", () => text.textContent)));

if (matchMedia("(max-width: 62rem)").matches) document.querySelector("nav details").open = false;

/** What a link leads to is opened if it is folded. */
function unfold() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
}
window.addEventListener("hashchange", unfold);
unfold();

for (const figure of document.querySelectorAll("figure")) {
  const { name } = figure.dataset;
  const svg = made("button", { type: "button", textContent: "save as SVG" }), png = made("button", { type: "button", textContent: "save as PNG" });
  svg.addEventListener("click", () => save(`${name}.svg`, asSvg(figure)));
  png.addEventListener("click", async () => save(`${name}.png`, await asPng(figure)));
  figure.after(made("div", { className: "tools" }, svg, png));
}
