"""Early stopping, against a plain loop that trains, looks and decides outside."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import consecutive, make_spec
from test_train import BASE, BATCH, assert_same_bits, member

from vae_jax import registry
from vae_jax.data.dataset import make_dataset, with_validation
from vae_jax.keys import Stream, member_key
from vae_jax.training import sweep
from vae_jax.training.batches import steps_before
from vae_jax.training.devices import Layout
from vae_jax.training.loop import final_params
from vae_jax.types import Images

PATIENCE, EPOCHS = 2, 40
# A learning rate at which the validation loss soon goes up and down, and one that crawls.
MEMBERS = [
    BASE._replace(learning_rate=0.1),
    BASE._replace(learning_rate=0.1, seed=1, beta=0.0, noise=0.0),
    BASE._replace(learning_rate=1e-4, seed=2),
    BASE._replace(learning_rate=0.1, seed=3, latents=2),
]


def make_program(patience, devices=2, width=2):
    return sweep.build_program(
        make_spec(), BATCH, Layout("cpu", devices, width), patience=patience
    )


@pytest.fixture(scope="module")
def stopping():
    return make_program(PATIENCE)


@pytest.fixture(scope="module")
def images(pixels):
    return Images(pixels[:30], pixels[30:])


def run(program, members, images, chunks=(EPOCHS,)):
    """Trains in calls of so many epochs each; returns states and the last logs."""
    hparams = sweep.split_groups(program, sweep.stack_hparams(members, 5))
    states = [program.init(group) for group in hparams]
    shared = sweep.share(program, images)
    logs = [None] * len(hparams)
    for epochs in consecutive(chunks):
        logs = list(
            sweep.train_groups(program, states, shared, hparams, epochs, list(logs))
        )
    count = len(members)
    return sweep.join_groups(states, count), sweep.join_groups(logs, count)


@pytest.fixture(scope="module")
def stopped(stopping, images):
    return run(stopping, MEMBERS, images)


@pytest.fixture(scope="module")
def by_hand(images):
    """Per member: the epoch of the stop (-1: none), the best epoch, the best parameters.

    Trains an epoch at a time without early stopping, and takes the validation objective of
    every epoch's parameters outside.
    """
    program = make_program(0)
    objective = registry.build("objective", {"name": "elbo"})
    hparams = sweep.split_groups(program, sweep.stack_hparams(MEMBERS, 5))
    states = [program.init(group) for group in hparams]
    shared = sweep.share(program, images._replace(valid=()))
    x = program.model.unit(images.valid)
    own = jax.tree.map(jnp.asarray, sweep.stack_hparams(MEMBERS, 5))

    @jax.jit
    def loss(params, hparams):
        key = member_key(hparams, Stream.VALIDATION)
        return objective(program.model, params, x, key, hparams).loss

    losses, kept = [], []
    for epochs in consecutive([1] * EPOCHS):
        for _ in sweep.train_groups(program, states, shared, hparams, epochs):
            pass
        kept.append(sweep.join_groups(states, len(MEMBERS)).params)
        losses.append(
            [float(loss(member(kept[-1], i), member(own, i))) for i in range(len(MEMBERS))]
        )
    return np.array(losses), kept


def decide(losses):
    """The epochs (from 1) of the stop and of the best loss; no stop is -1."""
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best]:
            best = epoch
        if epoch - best >= PATIENCE:
            return epoch + 1, best + 1
    return -1, best + 1


@pytest.mark.parametrize("i", range(len(MEMBERS)))
def test_members_stop_where_a_plain_loop_would(stopped, by_hand, i):
    states, losses, kept = stopped[0], by_hand[0], by_hand[1]
    stop, best = decide(losses[:, i])
    assert int(states.stopped_at[i]) == stop
    assert int(states.best.epoch[i]) == best
    np.testing.assert_allclose(states.best.loss[i], losses[best - 1, i], rtol=1e-5)
    assert_same_bits(member(final_params(states), i), member(kept[best - 1], i))


def test_some_stop_and_some_do_not(stopped):
    """Else the tests above would be about nothing."""
    assert (stopped[0].stopped_at[[0, 1]] > 0).all() and stopped[0].stopped_at[2] == -1
    assert len(set(stopped[0].stopped_at[[0, 1, 3]].tolist())) > 1


def test_a_stopped_member_takes_no_further_step(stopped):
    states = stopped[0]
    epochs = np.where(states.stopped_at > 0, states.stopped_at, EPOCHS)
    steps = [steps_before(int(epoch), 30, BATCH) for epoch in epochs]
    np.testing.assert_array_equal(states.step, steps)


def test_neighbours_layout_and_calls_change_no_bit(stopping, stopped, images):
    for i in range(len(MEMBERS)):
        alone, _ = run(stopping, [MEMBERS[i]], images)
        assert_same_bits(member(alone, 0), member(stopped[0], i))
    cut, _ = run(stopping, MEMBERS, images, (1, 4, 15, 20))
    assert_same_bits(cut, stopped[0])
    other, _ = run(make_program(PATIENCE, 1, 4), MEMBERS, images)
    assert_same_bits(other, stopped[0])


def test_a_group_that_has_stopped_is_not_called_again(stopping, images):
    """And what is left out changes nothing: neither states nor what the log says."""
    members = [MEMBERS[0]._replace(seed=s) for s in range(4)]
    states, logs = run(stopping, members, images)
    assert not logs.running.any()
    called = []
    counting = stopping._replace(train=lambda *a: called.append(1) or stopping.train(*a))
    longer, last = run(counting, members, images, (EPOCHS, 10, 10))
    assert len(called) == 1
    assert_same_bits(longer, states)
    assert (last.trained == 0).all() and np.isnan(last.terms.loss).all()


def test_without_patience_nothing_is_kept_or_stopped(images):
    states, logs = run(make_program(0), MEMBERS, images._replace(valid=()), (3,))
    assert states.best == () and (states.stopped_at == -1).all() and logs.running.all()


def test_validation_images_are_taken_from_training_alone(pixels):
    labels = np.arange(40)
    whole = make_dataset("toy", pixels[:30], pixels[30:], labels[:30], labels[30:], 17)
    split = with_validation(whole)
    assert (len(split.train), len(split.valid), len(split.test)) == (27, 3, 10)
    rows = lambda x: sorted(map(bytes, x))
    assert rows(np.concatenate([split.train, split.valid])) == rows(whole.train)
    np.testing.assert_array_equal(split.test, whole.test)
    np.testing.assert_array_equal(split.train, whole.train[split.train_labels])
    assert whole.valid.size == 0
