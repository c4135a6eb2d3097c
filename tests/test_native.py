"""Masked latent sizes train as native ones do: a statistical test with stated power.

A model of 2 latents, masked out of 8, against one that has 2: the same seeds, hence the
same order of images, but other draws of the weights. So what is compared are two
independent samples of trained models, by Welch's t-test of means, early and late. The level
is 1e-3 over all comparisons; with `SEEDS` models of each kind a difference of `EFFECT`
standard deviations is found with a probability of 95 %.
"""

import numpy as np
import pytest
from conftest import make_spec
from scipy.stats import nct, t, ttest_ind

from vae_jax import sweep
from vae_jax.grid import Member
from vae_jax.machine import Layout
from vae_jax.types import Images

SEEDS, WIDE, NATIVE, BATCH = 128, 8, 2, 8
EARLY, LATE = 2, 60  # epochs
QUANTITIES = ("rate", "distortion")
COMPARISONS = 2 * len(QUANTITIES)  # early and late
LEVEL = 1e-3 / COMPARISONS
EFFECT = 0.7  # standard deviations


def train(program, latents, max_latents, pixels):
    """Rate and distortion of SEEDS models in their EARLY and in their LATE epoch."""
    members = [Member(1.0, latents, 1.0, 1e-2, seed) for seed in range(SEEDS)]
    hparams = sweep.split_groups(program, sweep.stack_hparams(members, max_latents))
    states = [program.init(group) for group in hparams]
    images = sweep.share(program, Images(pixels, ()))
    logs = {}
    for before, epoch in ((0, EARLY), (EARLY, LATE)):
        for epochs in (epoch - 1 - before, 1):
            called = sweep.train_groups(program, states, images, hparams, epochs)
            logs[epoch] = sweep.join_groups(list(called), SEEDS)
    return {
        (name, epoch): getattr(logs[epoch].terms, name)
        for name in QUANTITIES
        for epoch in (EARLY, LATE)
    }


def make_program(max_latents, spoil=False):
    """A program; `spoil` undoes the gain that makes masked models start as native ones."""
    layout = Layout("cpu", 4, 16)
    program = sweep.build_program(make_spec(max_latents=max_latents), BATCH, layout)
    if not spoil:
        return program

    def init(hparams):
        states = program.init(hparams)
        first = states.params["decoder"]["hidden_0"]
        first["kernel"] = first["kernel"] / np.float32(np.sqrt(max_latents / NATIVE))
        return states

    return program._replace(init=init)


@pytest.fixture(scope="module")
def native(pixels):
    return train(make_program(NATIVE), NATIVE, NATIVE, pixels)


@pytest.fixture(scope="module")
def masked(pixels):
    return train(make_program(WIDE), NATIVE, WIDE, pixels)


def p_values(a, b):
    """By quantity and epoch."""
    return {key: ttest_ind(a[key], b[key], equal_var=False).pvalue for key in a}


def test_the_power_is_as_stated():
    """Of the two-sample t-test, from the noncentral t distribution."""
    degrees, shift = 2 * SEEDS - 2, EFFECT * np.sqrt(SEEDS / 2)
    critical = t.ppf(1 - LEVEL / 2, degrees)
    assert nct.sf(critical, degrees, shift) > 0.95


@pytest.mark.parametrize("epoch", (EARLY, LATE))
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_masked_models_train_as_native_ones(native, masked, quantity, epoch):
    assert p_values(native, masked)[quantity, epoch] > LEVEL


def test_models_without_the_gain_would_be_noticed(native, pixels):
    """The test can fail: a first kernel half as large is found at once, early."""
    spoiled = train(make_program(WIDE, spoil=True), NATIVE, WIDE, pixels)
    found = p_values(native, spoiled)
    assert min(found[name, EARLY] for name in QUANTITIES) < LEVEL


def test_one_latent_less_would_be_noticed(native, pixels):
    """So is a mask that lets one dimension through, late."""
    one = train(make_program(WIDE), 1, WIDE, pixels)
    found = p_values(native, one)
    assert min(found[name, LATE] for name in QUANTITIES) < LEVEL
