"""Label colours: told apart by every eye, on light and dark; grouped beyond ten."""

import itertools
import re

import numpy as np
import pytest

from vae_jax.explorer.page import read
from vae_jax.runs.label_colours import GREY, PALETTE, coloured

LEAST = 12.0  # CIEDE2000
CONTRAST = 3.0  # WCAG 2.1, 1.4.11
VISION = {  # Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB
    "normal": np.eye(3),
    "protan": [
        *([0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216]),
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        *([0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413]),
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        *([1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602]),
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [
        *([0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750]),
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
MUTED = "#332288 #88ccee #44aa99 #117733 #999933 #ddcc77 #cc6677 #882255 #aa4499 #777777"


def linear(colour):
    """Linear RGB of #rrggbb (IEC 61966-2-1)."""
    v = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB under D65."""
    t = TO_XYZ @ rgb / [0.95047, 1.0, 1.08883]
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def seen(colour, eye):
    return lab(np.clip(np.array(VISION[eye]) @ linear(colour), 0.0, 1.0))


def ciede2000(one, two):
    """Sharma, Wu & Dalal (2005)."""
    (L1, a1, b1), (L2, a2, b2) = one, two
    seven = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 1.5 - 0.5 * np.sqrt(seven / (seven + 25.0**7))
    c1, c2 = np.hypot(g * a1, b1), np.hypot(g * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, g * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    L, c, cos = (L1 + L2) / 2, (c1 + c2) / 2, lambda x: np.cos(np.radians(x))
    t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h)
    t += 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63)
    dl = (L2 - L1) / (1 + 0.015 * (L - 50) ** 2 / np.sqrt(20 + (L - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * c)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * c * t)
    cross = -2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    cross *= np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    return np.sqrt(dl**2 + dc**2 + dh**2 + cross * dc * dh)


def least(colours, eye, difference=ciede2000):
    pairs = itertools.combinations([seen(colour, eye) for colour in colours], 2)
    return min(difference(*pair) for pair in pairs)


def test_the_difference_is_the_published_one():
    """Pairs 1, 4, 8, 17 and 25 of the test data of Sharma, Wu & Dalal (2005)."""
    for one, two, expected in (
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ):
        assert ciede2000(one, two) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("eye", VISION)
def test_any_two_colours_are_told_apart(eye):
    """The ten and the grey of the rest; and by the plain distance in CIELAB, CIE76."""
    assert least((*PALETTE, GREY), eye) >= LEAST
    plain = lambda a, b: float(np.linalg.norm(np.subtract(a, b)))
    assert least((*PALETTE, GREY), eye, plain) >= LEAST


def test_the_measure_finds_the_colours_that_were_one_to_a_protanope():
    assert least(MUTED.split(), "protan") < 2.0


def test_colours_are_seen_on_light_and_dark_paper():
    papers = re.findall(r"--paper: (#\w+)", read("style.css"))
    luminance = lambda colour: TO_XYZ[1] @ linear(colour)
    papers = [c if len(c) == 7 else "#" + "".join(2 * x for x in c[1:]) for c in papers]
    assert len(papers) == 2
    for colour, paper in itertools.product((*PALETTE, GREY), papers):
        dark, light = sorted((luminance(colour), luminance(paper)))
        assert (light + 0.05) / (dark + 0.05) >= CONTRAST, (colour, paper)


def test_up_to_ten_labels_have_a_colour_each():
    labels = np.array([5, 2**60 + 1, 2**60, 5, -7])
    found = coloured(labels)
    assert [name for name, _ in found.entries] == ["-7", "5", str(2**60), str(2**60 + 1)]
    assert [found.entries[i][0] for i in found.entry_of] == [str(n) for n in labels]
    assert not found.rule
    assert len({colour for _, colour in coloured(np.arange(10)).entries}) == 10


def test_of_more_labels_the_most_frequent_have_a_colour():
    """26 letters, the later the more of them; and some without a label."""
    labels = np.repeat(np.arange(1, 27), np.arange(1, 27))
    found = coloured(np.append(labels, [-1] * 40))
    names, colours = zip(*found.entries)
    assert names == (*map(str, range(18, 27)), "17 others and no label")
    assert colours[-1] == GREY and len(set(colours)) == 10
    assert found.rule.startswith("Of 26 labels the 9 most frequent have a colour")
    grey = found.entry_of == 9
    np.testing.assert_array_equal(grey, [*(labels < 18), *[True] * 40])
    assert [e[0] for e in coloured(np.array([-1, 3])).entries] == ["3", "no label"]
    assert coloured(np.array([-1, -1])).entries == [("no label", GREY)]
