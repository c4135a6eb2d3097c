"""The invariants of a correct sweep (Alemi et al., 2018), on a small one of the digits.

These fail at once for a mis-scaled KL, a mean for a sum, or a beta that is not traced.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import OWN, make_spec, make_subject

from vae_jax.data.sources.digits import digits
from vae_jax.evaluation.metrics.collapse import collapse
from vae_jax.evaluation.metrics.rate_distortion import rate_distortion
from vae_jax.pipeline.baselines import distortion_ends
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.training.devices import Layout
from vae_jax.types import Images, ModelSpec

BETAS = (0.1, 0.5, 1.0, 2.0, 8.0)
EPOCHS, SEEDS = 300, (0, 1)


@pytest.fixture(scope="module")
def dataset():
    return digits()


@pytest.fixture(scope="module")
def program(dataset):
    spec = make_spec(
        network={"name": "mlp", "hidden": (128,)}, data_shape=dataset.shape, max_latents=4
    )
    return sweep.build_program(ModelSpec(*spec), 128, Layout("cpu", 2, 2))


@pytest.fixture(scope="module")
def found(program, dataset):
    """metric -> array [beta, seed], on the training split; autoencoder apart."""
    base = Member(beta=0.0, latents=4, noise=0.0, learning_rate=2e-3, seed=0, own=OWN)
    members = [base, *(Member(b, 4, 1.0, 2e-3, s, own=OWN) for b in BETAS for s in SEEDS)]
    groups = sweep.split_groups(program, sweep.stack_hparams(members, 4))
    states = [program.init(group) for group in groups]
    data = sweep.share(program, Images(dataset.train, ()))
    for _ in sweep.train_groups(program, states, data, groups, range(EPOCHS)):
        pass
    params = sweep.join_groups([state.params for state in states], len(members))
    hparams = sweep.stack_hparams(members, 4)
    compiled: dict = {}
    rows = []
    for i in range(len(members)):
        own = jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), (params, hparams))
        subject = make_subject(program.model, *own, dataset)
        subject.compiled = compiled
        found = rate_distortion(samples=32)(subject) | collapse()(subject)
        rows.append(
            {str(k): e.value for (split, k), e in found.items() if split == "train"}
        )
    grid = {
        name: np.array([row[name] for row in rows[1:]], float).reshape(
            len(BETAS), len(SEEDS)
        )
        for name in rows[1]
    }
    return rows[0], grid


def test_rate_falls_and_distortion_rises_with_beta(found):
    rate, distortion = found[1]["rate"].mean(1), found[1]["distortion"].mean(1)
    assert (np.diff(rate) < 0).all()
    assert (np.diff(distortion) > 0).all()


def test_negative_elbo_is_least_at_beta_one(found):
    assert BETAS[found[1]["distortion_plus_rate"].mean(1).argmin()] == 1.0
    total = found[1]["distortion"] + found[1]["rate"]
    np.testing.assert_allclose(found[1]["distortion_plus_rate"], total, rtol=1e-6)


def test_secants_lie_between_their_betas(found):
    """The envelope theorem, dD/dR = -beta, between neighbouring values of beta."""
    rate, distortion = found[1]["rate"].mean(1), found[1]["distortion"].mean(1)
    secants = -np.diff(distortion) / np.diff(rate)
    for secant, low, high in zip(secants, BETAS, BETAS[1:]):
        assert low < secant < high


def test_the_high_end_collapses(found, program, dataset):
    grid = found[1]
    assert (grid["active_units"][-1] == 0).all() and (grid["active_units"][0] == 4).all()
    assert (grid["rate"][-1] < 0.01).all()
    mean_image = distortion_ends(program.model, dataset, 10_000)["train"]["collapsed"]
    np.testing.assert_allclose(grid["distortion"][-1], mean_image, atol=0.05)


def test_rates_of_the_dimensions_sum_to_the_rate(found):
    grid = found[1]
    total = sum(grid[f"rate_dim_{k}"] for k in range(4))
    np.testing.assert_allclose(total, grid["rate"], rtol=1e-5)


def test_decoding_the_mean_is_better_than_decoding_draws(found):
    grid = found[1]
    assert (grid["distortion_at_mean"][:-1] < grid["distortion"][:-1]).all()


def test_the_autoencoder_reconstructs_best_and_has_no_rate(found):
    autoencoder, grid = found
    assert autoencoder["distortion"] < grid["distortion"].min()
    np.testing.assert_allclose(
        autoencoder["distortion"], autoencoder["distortion_at_mean"], rtol=1e-6
    )
    missing = {name for name, value in autoencoder.items() if value is None}
    rates = {f"rate_dim_{k}" for k in range(4)}
    assert missing == {"rate", "distortion_plus_rate", "collapsed_units", *rates}


def test_baselines_match_a_float64_reading(program, dataset):
    """Floor: the pixels' entropy. Collapsed: the cross-entropy of the mean image."""
    x, mean = (dataset.test / 16.0, (dataset.train / 16.0).mean(0))
    cross = lambda p: (
        -(x * np.log(np.clip(p, 1e-300, 1)) + (1 - x) * np.log(np.clip(1 - p, 1e-300, 1)))
    )
    ends = distortion_ends(program.model, dataset, 10_000)["test"]
    np.testing.assert_allclose(ends["floor"], cross(x).sum(1).mean(), rtol=1e-5)
    # A pixel that is constant in training costs little where it is constant in testing too.
    mean = np.clip(mean, 1e-7, 1 - 1e-7)
    np.testing.assert_allclose(ends["collapsed"], cross(mean).sum(1).mean(), rtol=1e-5)
    first = distortion_ends(program.model, dataset, 50)["test"]["floor"]
    np.testing.assert_allclose(first, cross(x)[:50].sum(1).mean(), rtol=1e-5)
    assert abs(ends["floor"] - 13.513) < 1e-3 and abs(ends["collapsed"] - 27.129) < 1e-3
