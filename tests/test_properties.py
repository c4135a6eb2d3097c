"""Properties of images: against images of which one knows them."""

import numpy as np
import pytest

from vae_jax.explorer import properties
from vae_jax.explorer.properties import PROPERTIES, measured

RNG = np.random.default_rng(0)


def square(left=4, top=4, side=3, of=12, value=1.0, ground=0.0):
    """A grey image [1, of, of, 1] with a square in it."""
    image = np.full((1, of, of, 1), ground)
    image[0, top : top + side, left : left + side] = value
    return image


def test_strokes_are_as_wide_and_as_slanted_as_they_were_drawn():
    rows, columns = np.arange(40.0)[:, None], np.arange(40.0)[None]
    for slope in (-0.5, 0.0, 0.3):
        centre = 20.0 + slope * (19.5 - rows)  # to the right as it rises
        bar = (np.abs(columns - centre) < 3.0).astype(float)
        assert abs(properties.slant(bar[None, ..., None])[0] - slope) < 0.02
    for width in (2, 6):
        bar = np.zeros((1, 40, 40, 1))
        bar[0, 2:38, 10 : 10 + width] = 1.0
        assert abs(properties.thickness(bar)[0] - width) < 0.1 * width


@pytest.mark.parametrize(("value", "ground"), [(1.0, 0.0), (0.1, 0.9)])
def test_what_stands_out_is_where_it_is(value, ground):
    """Bright on dark and dark on bright: moved right and up; as wide as a square is."""
    look = {"value": value, "ground": ground}
    here, moved = square(**look), square(left=7, top=2, **look)
    assert properties.across(moved) - properties.across(here) == pytest.approx(3.0)
    assert properties.height(moved) - properties.height(here) == pytest.approx(2.0)
    middle = square(left=4, side=4, top=4, **look)
    assert properties.across(middle) == pytest.approx(0.0, abs=1e-9)
    for side in (2, 5):
        spread = np.sqrt((side**2 - 1) / 6)  # of two uniform coordinates
        assert properties.size(square(side=side, **look)) == pytest.approx(spread)


def test_light_and_colour():
    red, blue, grey = ([[[c]]] for c in ([1.0, 0, 0], [0, 0, 1.0], [0.5, 0.5, 0.5]))
    images = np.concatenate([np.broadcast_to(c, (1, 4, 4, 3)) for c in (red, blue, grey)])
    np.testing.assert_allclose(properties.warmth(images), [1.0, -1.0, 0.0])
    np.testing.assert_allclose(properties.saturation(images), [1.0, 1.0, 0.0])
    np.testing.assert_allclose(properties.brightness(images), [0.2126, 0.0722, 0.5])
    np.testing.assert_allclose(properties.contrast(images), 0.0, atol=1e-12)
    halves = np.zeros((1, 4, 4, 1))
    halves[:, :2] = 1.0
    assert properties.contrast(halves)[0] == 0.5


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("display", ["ink", "light"])
def test_every_property_that_is_offered_is_a_number(display, channels):
    images = RNG.uniform(size=(20, 7, 6, channels))
    found = measured(images, display)
    assert all(np.isfinite(y).all() and y.shape == (20,) for y in found.values())
    assert ("warmth" in found) == (display == "light" and channels >= 3)
    assert ("slant" in found) == (display == "ink")
    flipped = measured(images[:, :, ::-1], display)
    odd = {"slant", "left to right"}  # the others do not see a mirror
    for name, y in found.items():
        np.testing.assert_allclose(flipped[name], -y if name in odd else y, atol=1e-9)


def test_what_means_nothing_is_not_offered():
    assert measured(RNG.uniform(size=(5, 1, 9, 1)), "ink") == {}
    assert measured(np.full((5, 8, 8, 3), 0.4), "light") == {}
    assert measured(np.zeros((5, 8, 8, 1)), "ink") == {}
    assert len({p.name for p in PROPERTIES}) == len(PROPERTIES)
