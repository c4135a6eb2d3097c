"""Small folders of images for the tests of what is read from them."""

import io

import numpy as np
import pytest
from PIL import Image

import vae_jax
from vae_jax.errors import UserError

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """A cache of decoded images that no other test sees."""
    monkeypatch.setenv("VAE_JAX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "images"


def noise(count=12, shape=(6, 5, 3)):
    """Images of noise, bytes; grey ones without a last axis."""
    return RNG.integers(0, 256, (count, *shape)).astype(np.uint8)


def filled(folder, images, form="{:03}.png"):
    """A folder of images, one file each, by a form of their names."""
    for i, image in enumerate(images):
        file = folder / form.format(i)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)
    return folder


def encoded(image, kind="PNG", **options):
    """The bytes of an image file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def load(path, **settings):
    """The data set of a path."""
    return vae_jax.load_data(path=str(path), **settings)


def fault(path, **settings):
    """The one line that a path is refused with."""
    with pytest.raises(UserError) as caught:
        load(path, **settings)
    line = str(caught.value)
    assert "\n" not in line and len(line) < 600
    return line


def rows_of(dataset):
    """All rows of a data set, in an order of their own."""
    rows = np.concatenate([dataset.train[:], dataset.test])
    return rows[np.lexsort(rows.T)]
