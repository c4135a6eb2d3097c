// A link of what is looked at, a picture of it, and the report beside this page.

async function copyLink(event) {
  const link = location.href.split("#")[0] + linkOf(), pressed = event.currentTarget;
  try { await navigator.clipboard.writeText(link); }
  catch { // pages from disk may not be allowed to
    const area = element("textarea", { class: "unseen" }, link);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  pressed.textContent = "copied";
  setTimeout(() => { pressed.textContent = "copy link"; }, 1500);
}

/** The map as a PNG, as sharp as it is shown. */
function savePicture() {
  MAPS[0].canvas.toBlob((blob) => {
    const link = element("a", { href: URL.createObjectURL(blob), download: `${DATA.run}-${member().latents}-${member().name}.png`.replace(/[^\w.=-]+/g, "_") });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}

/** The report lies beside this page in the run's directory, and nowhere else. */
function showReport() {
  const folder = decodeURIComponent(location.pathname).split("/").at(-2);
  $("report").replaceChildren(...(folder === DATA.run
    ? [element("a", { href: "report.html" }, "The report"), " has all numbers with their intervals."]
    : ["The report, with all numbers and their intervals, is the file report.html in the run's directory."]));
}
