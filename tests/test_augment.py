"""Random crops and flips: what they do to images, and that they are off by default."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_spec

from vae_jax.models.augment import augmented
from vae_jax.models.model import build_model

SHAPE = (5, 4, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (400, *SHAPE)).astype(np.uint8)
ROWS = jnp.asarray(IMAGES.reshape(400, -1))


def drawn(crop, flip, seed=0):
    found = augmented(jax.random.key(seed), ROWS, SHAPE, (crop, flip))
    return np.asarray(found).reshape(IMAGES.shape)


def test_a_flip_mirrors_half_of_the_images():
    found = drawn(0, True)
    kept = (found == IMAGES).all(axis=(1, 2, 3))
    mirrored = (found == IMAGES[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (kept ^ mirrored).all() and 150 < mirrored.sum() < 250  # sd 10


def test_a_crop_moves_images_by_all_steps_alike():
    """Against the padded image cut by hand, at the one place that fits."""
    found = drawn(1, False)
    padded = np.pad(IMAGES, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    at = {(i, j): padded[:, i : i + 5, j : j + 4] for i in range(3) for j in range(3)}
    hits = np.array([(found == moved).all(axis=(1, 2, 3)) for moved in at.values()])
    assert (hits.sum(axis=0) == 1).all()
    assert (np.abs(hits.sum(axis=1) - 400 / 9) < 25).all()  # sd 6.3


def test_draws_are_a_function_of_the_key():
    np.testing.assert_array_equal(drawn(2, True), drawn(2, True))
    assert (drawn(2, True) != drawn(2, True, seed=1)).any()


@pytest.mark.parametrize("augment", [(0, False), (1, True)])
def test_only_training_sees_them(augment):
    """`unit` is what is evaluated; without them a step sees the stored pixels."""
    model = build_model(make_spec(data_shape=SHAPE, levels=256, augment=augment))
    unit = np.asarray(model.unit(ROWS))
    np.testing.assert_allclose(unit, np.asarray(ROWS) / 255.0, rtol=1e-6)
    seen = np.asarray(model.present(jax.random.key(1), ROWS))
    assert (seen == unit).all() == (augment == (0, False))
