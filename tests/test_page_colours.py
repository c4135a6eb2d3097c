"""The colours of report and explorer: contrast of text and marks, light and dark."""

import re

import numpy as np
import pytest

from vae_jax.explorer import page as explorer
from vae_jax.report import page as report
from vae_jax.runs.label_colours import GREY, PALETTE

TEXT, MARK = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11


def colours(style, dark):
    """The variables of a style in one mode: names and `#rrggbb`."""
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    found = {}
    for block in blocks[: 1 + dark]:
        found |= dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{3,6})", block))
    long = lambda c: c if len(c) == 7 else "#" + "".join(2 * digit for digit in c[1:])
    return {name: long(colour) for name, colour in found.items()}


def luminance(colour):
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("page", [explorer, report], ids=["explorer", "report"])
def test_text_and_marks_stand_out_from_their_ground(page, dark):
    found = colours(page.read("style.css"), dark)
    for ground in ("--paper", "--card"):
        for name in ("--ink", "--soft", "--accent"):
            assert contrast(found[name], found[ground]) >= TEXT, (name, ground)
        assert contrast(found["--mark"], found[ground]) >= MARK
    if "--edge" in found:  # of fields and buttons
        assert contrast(found["--edge"], found["--paper"]) >= MARK
    for state in ("--yes", "--holes", "--vague", "--collapsed"):
        if state in found:
            assert contrast(found["--ink"], found[state]) >= TEXT, state


@pytest.mark.parametrize("dark", [False, True])
def test_labels_stand_out_from_the_map(dark):
    """From its paper, which is around every dot as well."""
    paper = colours(explorer.read("style.css"), dark)["--paper"]
    assert min(contrast(colour, paper) for colour in (*PALETTE, GREY)) >= MARK
