"""The schedules against their closed forms, and what of them reaches the objective."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_spec

from vae_jax.models.model import build_model
from vae_jax.training import loop
from vae_jax.training.objectives.elbo import elbo
from vae_jax.training.schedules import ramp, scheduled
from vae_jax.types import Images, Terms

STEPS = 11  # per epoch: no power of 2, so that epochs are no round floats


def ramps(steps, **schedule):
    """The ramp at many steps."""
    hparams, steps = make_hparams(**schedule), np.asarray(steps)
    epochs, shares = jnp.int32(steps // STEPS), jnp.float32(steps % STEPS / STEPS)
    return jax.vmap(lambda epoch, share: ramp(hparams, epoch, share))(epochs, shares)


@pytest.mark.parametrize(
    "warmup, cycle",
    [(7.0, 0.0), (2.5, 0.0), (3.0, 5.0), (5.0, 5.0), (8.0, 5.0), (0.5, 0.25), (0.0, 5.0)],
)
def test_the_ramp_is_its_formula(warmup, cycle):
    steps = np.arange(40 * STEPS)
    epochs = steps % (cycle * STEPS) / STEPS if cycle else steps / STEPS
    expected = np.minimum(1.0, epochs / warmup) if warmup else np.ones(len(steps))
    found = ramps(steps, warmup=warmup, cycle=cycle)
    # Float32 against float64: two roundings of numbers up to 1, and those of `mod`.
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_ramp_is_continuous_but_where_a_cycle_starts():
    found = np.asarray(ramps(range(30 * STEPS), warmup=4.0, cycle=10.0))
    rises = np.diff(found)
    starts = np.flatnonzero(rises < 0) + 1
    np.testing.assert_array_equal(starts, [10 * STEPS, 20 * STEPS])
    assert (found[[0, *starts]] == 0.0).all()
    assert rises.max() < 1.0 / (4 * STEPS) + 1e-6


def test_a_long_run_keeps_its_cycles():
    """Cycles start at their very step however late, and nothing else is 0."""
    start = 100_000 * STEPS  # 1.1 million steps
    found = ramps(range(start - 2, start + 3), warmup=50.0, cycle=100.0)
    expected = [1.0, 1.0, 0.0, 1 / (50 * STEPS), 2 / (50 * STEPS)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_after_the_warmup_everything_is_final():
    for schedule in ({"warmup": 3.0}, {"warmup": 3.0, "capacity": 2.0}, {"capacity": 2.0}):
        hparams = make_hparams(beta=4.0, **schedule)
        for epoch, share in ((3, 0.0), (3, 0.1), (10**5, 0.9)):
            now = scheduled(hparams, jnp.int32(epoch), jnp.float32(share))
            assert jax.tree.all(jax.tree.map(jnp.array_equal, now, hparams))


def test_a_capacity_grows_under_the_full_beta(pixels):
    """A quarter of the way up: beta |R - capacity / 4|; without one, beta R / 4."""
    model, params = build_model(make_spec()), None
    x, time = model.unit(jnp.asarray(pixels)), (jnp.int32(1), jnp.float32(0.0))
    for capacity in (0.0, 2.0):
        hparams = make_hparams(beta=4.0, warmup=4.0, capacity=capacity)
        params = params or model.init(jax.random.key(0), hparams)
        now = scheduled(hparams, *time)
        terms = elbo()(model, params, x, jax.random.key(1), now)
        cost = 4.0 * abs(terms.rate - 0.5) if capacity else terms.rate
        np.testing.assert_allclose(terms.loss, terms.distortion + cost, rtol=1e-6)


def test_training_follows_the_schedule_and_validation_does_not(pixels):
    """An objective that is beta on its ramp: its means over epochs have closed forms."""

    def weight(model, params, x, key, hparams):
        return Terms(*[hparams.beta * hparams.ramp] * 3)

    model, hparams = build_model(make_spec()), make_hparams(beta=3.0, warmup=2.0, cycle=3.0)
    images = Images(jnp.asarray(pixels[:32]), jnp.asarray(pixels[32:]))
    epoch = jax.jit(
        lambda state, *span: loop.train_epochs(
            *(model, weight, state, images, hparams, *span), batch_size=8, patience=9
        )
    )
    state, means = loop.init_state(model, hparams, patience=9), []
    for number in range(6):
        state, log = epoch(state, jnp.int32(number), jnp.int32(number + 1))
        means.append(float(log.terms.loss))
    # Four steps an epoch: beta is 3 t / 2 at t = 0, 1/4, 2/4, 3/4, and so on.
    np.testing.assert_allclose(means, [0.5625, 2.0625, 3.0] * 2, rtol=1e-6)
    assert float(state.best.loss) == 3.0 and int(state.best.epoch) == 1
