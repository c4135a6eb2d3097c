"""The report in a real browser, opened from disk."""

import csv
import io
import xml.etree.ElementTree as ET

import pytest

from vae_jax.runs import directory
from vae_jax.runs.load_results import load

HEADINGS = "[...document.querySelectorAll('.every thead th')].map((c) => c.textContent)"
ROWS = """[...document.querySelectorAll('.every tbody tr')].filter((r) => !r.hidden)
    .map((r) => [...r.cells].map((c) => c.textContent))"""


@pytest.fixture
def page(open_page, small_run):
    return open_page(small_run / directory.REPORT)


def column(page, name):
    at = page.evaluate(HEADINGS).index(name)
    return [row[at] for row in page.evaluate(ROWS)]


def test_a_click_on_a_heading_sorts_by_its_numbers(page):
    number = lambda text: float(text.split(" ")[0])
    for kind in ("ascending", "descending"):
        page.locator(".every thead button", has_text="distortion D").click()
        found = [number(text) for text in column(page, "distortion D")]
        assert found == sorted(found, reverse=kind == "descending") and len(set(found)) > 2
        head = page.locator(".every thead th", has_text="distortion D")
        assert head.get_attribute("aria-sort") == kind
    page.locator(".every thead button", has_text="rate R").press("Enter")
    rates = column(page, "rate R")
    known = [number(text) for text in rates if text != "–"]
    assert known == sorted(known) and rates[len(known) :] == ["–", "–"]
    page.locator(".every thead button", has_text="model").click()
    assert column(page, "model")[:3] == ["autoencoder", "autoencoder", "β = 0.25"]


def test_rows_are_filtered_by_words_and_whole_numbers(page):
    field = page.locator("label.filter input").last
    for text, expected in {
        "autoencoder": [["2", "autoencoder"], ["8", "autoencoder"]],
        "β = 1, 8": [["8", "β = 1"]],
        "8": [["8", "autoencoder"], ["8", "β = 0.25"], ["8", "β = 1"]],
        "nothing": [],
    }.items():
        field.fill(text)
        assert [row[:2] for row in page.evaluate(ROWS)] == expected
    field.fill("")
    assert len(page.evaluate(ROWS)) == 6


def test_every_figure_can_be_saved(page, tmp_path):
    figures = "[...document.querySelectorAll('figure')]"
    names = page.evaluate(f"{figures}.map((f) => f.dataset.name)")
    assert {"rate_distortion", "learning_curves", "traversals"} <= set(names)
    for i in range(len(names)):
        text = page.evaluate(f"asSvg({figures}[{i}]).text()")
        width = float(ET.fromstring(text).get("viewBox").split()[2])
        drawn = f"asPng({figures}[{i}]).then(createImageBitmap).then((b) => b.width)"
        assert page.evaluate(drawn) == int(2 * width)
    for kind in ("svg", "png"):  # a browser bars a page from more than ten in a row
        with page.expect_download() as saved:
            page.locator("figure + .tools").first.get_by_text(
                f"save as {kind.upper()}"
            ).click()
        assert saved.value.suggested_filename == f"{names[0]}.{kind}"
        saved.value.save_as(tmp_path / "saved")
        start = {"svg": b"<svg", "png": b"\x89PNG"}[kind]
        assert (tmp_path / "saved").read_bytes().startswith(start)


def test_a_number_is_shown_where_the_pointer_rests(page, small_run):
    (run,) = load(small_run)
    titles = page.evaluate(
        "[...document.querySelectorAll('svg title')].map((t) => t.textContent)"
    )
    for setting in run.settings:
        said = f"{run.name(setting)}, {setting.latents} latents: D "
        assert sum(title.startswith(said) for title in titles) == 1


def test_it_fits_a_narrow_screen(page):
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_entry_of_the_contents_leads_to_its_section(page):
    for link in page.locator("nav a").all():
        target = page.locator(f"id={link.get_attribute('href')[1:]}")
        assert target.count() == 1
        heading = target.locator("h2").first.text_content()
        assert heading == link.text_content()


def test_a_link_into_what_is_folded_opens_it(page):
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = false))")
    page.evaluate("document.querySelector('#settings table').id = 'deep'")
    page.evaluate("location.hash = '#deep'")
    page.wait_for_timeout(100)
    assert page.locator("#settings table").is_visible()


def test_tables_are_copied_as_they_are_shown(page):
    """CSV reads back as the cells; LaTeX has the same, escaped, a row a line."""
    for table in page.locator(".tabled").all():
        shown = table.evaluate("(t) => rowsOf(t.querySelector('table'))")
        text = table.evaluate("(t) => asCsv(t.querySelector('table'))")
        assert list(csv.reader(io.StringIO(text))) == shown
        lines = table.evaluate("(t) => asLatex(t.querySelector('table'))").splitlines()
        body = [line for line in lines if line.endswith(r"\\")]
        assert len(body) == len(shown)
        assert not any("β" in line or "±" in line or "−" in line for line in body)
    page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    page.locator("#settings .tools").get_by_text("copy as CSV").click()
    head = page.evaluate("window.copied").splitlines()[0]
    assert head.startswith("latents,model,distortion D,rate R")


def test_headings_of_tables_do_not_break_inside_words(page):
    """As narrow as they get: no word of a heading is cut in two."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(
            "document.querySelectorAll('details').forEach((d) => (d.open = true))"
        )
        broken = page.evaluate(
            """[...document.querySelectorAll("thead th")].filter((cell) => {
                const range = document.createRange();
                const node = (cell.querySelector("button") || cell).firstChild;
                if (!node) return false;
                const words = node.textContent.split(" ");
                let at = 0;
                return words.some((word) => {
                    range.setStart(node, at); range.setEnd(node, at + word.length);
                    at += word.length + 1;
                    const tops = [...range.getClientRects()].map((r) => Math.round(r.top));
                    return new Set(tops).size > 1;
                });
            }).map((cell) => cell.textContent)"""
        )
        assert broken == []


def test_the_first_screen_has_answer_rule_and_caveats(open_page, small_run):
    page = open_page(small_run / directory.REPORT, viewport={"width": 1440, "height": 900})
    for part in (".verdict", ".answer ul", ".glossary"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, part


def test_what_can_be_cited_can_be_copied(page):
    page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    page.locator("#cite .tools").first.get_by_text("copy").click()
    assert page.evaluate("window.copied").startswith("@misc{vae_jax_")
