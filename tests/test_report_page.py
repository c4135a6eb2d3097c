"""The report in a real browser, opened from disk."""

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
