"""Training: the properties a sweep relies on, and Adam against an independent reading."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import OWN, consecutive, make_hparams, make_spec

from vae_jax.keys import Stream, member_key, metric_key
from vae_jax.models.model import build_model
from vae_jax.registry import METHODS
from vae_jax.studies.member import Member
from vae_jax.training import loop, sweep
from vae_jax.training.batches import steps_before, taken_before
from vae_jax.training.devices import Layout
from vae_jax.types import Images, Posterior, Terms

BATCH = 8
BASE = Member(beta=1.0, latents=5, noise=1.0, learning_rate=1e-2, seed=0, own=OWN)
MEMBERS = [
    BASE._replace(beta=0.0, noise=0.0),
    BASE._replace(latents=2, seed=1),
    BASE._replace(beta=4.0, learning_rate=1e-3),
    BASE._replace(seed=7),
    BASE._replace(latents=1, seed=3),
    BASE._replace(beta=0.25, latents=3, seed=4),
    BASE._replace(seed=2**32 - 1),
]


def make_program(devices=2, width=2, **changes):
    """A compiled program over some of the host devices."""
    layout = Layout("cpu", devices, width)
    return sweep.build_program(make_spec(**changes), BATCH, layout)


@pytest.fixture(scope="module", params=METHODS["objective"])
def program(request):
    return make_program(objective={"name": request.param})


def run(program, members, data, chunks=(6,)):
    """Trains members in calls of so many epochs each; returns states `[M, ...]`."""
    hparams = sweep.split_groups(program, sweep.stack_hparams(members, 5))
    states = [program.init(group) for group in hparams]
    shared = sweep.share(program, Images(data, ()))
    for epochs in consecutive(chunks):
        for _ in sweep.train_groups(program, states, shared, hparams, epochs):
            pass
    return sweep.join_groups(states, len(members))


def member(states, i):
    return jax.tree.map(lambda leaf: leaf[i], states)


def assert_same_bits(a, b):
    for left, right in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.fixture(scope="module")
def swept(program, pixels):
    return run(program, MEMBERS, pixels)


def test_training_moves_every_member(program, swept, pixels):
    fresh = run(program, MEMBERS, pixels, chunks=())
    for i in range(len(MEMBERS)):
        kernels = [s.params["encoder"]["hidden_0"]["kernel"][i] for s in (fresh, swept)]
        assert np.abs(kernels[1] - kernels[0]).max() > 1e-3


@pytest.mark.parametrize("i", range(len(MEMBERS)))
def test_a_member_has_the_bits_of_its_own_run(program, swept, pixels, i):
    alone = run(program, [MEMBERS[i]], pixels)
    assert_same_bits(member(alone, 0), member(swept, i))


def test_place_in_the_sweep_changes_no_bit(program, swept, pixels):
    turned = run(program, MEMBERS[::-1], pixels)
    for i in range(len(MEMBERS)):
        assert_same_bits(member(turned, -1 - i), member(swept, i))


@pytest.mark.slow
@pytest.mark.parametrize("devices, width", [(1, 2), (1, 4), (2, 4), (8, 2)])
def test_the_layout_changes_no_bit(swept, pixels, program, request, devices, width):
    """One host device or several, two members on each or more."""
    name = request.node.callspec.params["program"]
    other = make_program(devices, width, objective={"name": name})
    assert_same_bits(run(other, MEMBERS, pixels), swept)


def test_a_sweep_of_a_thousand_changes_no_bit(swept, pixels, program):
    """First, last and in the middle of 1,000 members."""
    crowd = [BASE._replace(seed=100 + i, latents=1 + i % 5) for i in range(1_000)]
    places = [0, 1, 250, 499, 500, 998, 999]
    for place, one in zip(places, MEMBERS, strict=True):
        crowd[place] = one
    states = run(program, crowd, pixels)
    for i, place in enumerate(places):
        assert_same_bits(member(states, place), member(swept, i))


@pytest.mark.parametrize("chunks", [(1, 1, 1, 1, 1, 1), (5, 1), (2, 4), (0, 6)])
def test_cutting_a_run_into_calls_changes_no_bit(program, swept, pixels, chunks):
    assert_same_bits(run(program, MEMBERS, pixels, chunks), swept)


def test_a_state_that_left_the_device_goes_on_exactly(program, swept, pixels):
    """What resuming does: states to NumPy and back, in new groups."""
    half = run(program, MEMBERS, pixels, (3,))
    hparams = sweep.split_groups(program, sweep.stack_hparams(MEMBERS, 5))
    states = sweep.split_groups(program, half)
    shared = sweep.share(program, Images(pixels, ()))
    for _ in sweep.train_groups(program, states, shared, hparams, range(3, 6)):
        pass
    assert_same_bits(sweep.join_groups(states, len(MEMBERS)), swept)


def test_one_compilation_serves_the_whole_sweep(pixels):
    """No hyperparameter, seed, number of epochs or of members traces again."""
    program = make_program()
    run(program, MEMBERS, pixels, (2, 3))
    run(program, MEMBERS[:2], pixels, (1,))
    assert program.train._cache_size() == 1
    assert program.init._cache_size() == 1


def test_a_diverged_member_stops_and_harms_nobody(program, swept, pixels):
    wild = BASE._replace(learning_rate=1e30, seed=9)
    states = run(program, [MEMBERS[0], wild, *MEMBERS[1:]], pixels)
    step = int(states.diverged_at[1])
    assert 0 < step < 5  # in the first epoch
    assert not np.isfinite(states.diverged_loss[1]) and states.step[1] == 0
    fresh = run(program, [wild], pixels, chunks=())
    assert_same_bits(
        member(states, 1).params, member(fresh, 0).params
    )  # the last good epoch
    assert (states.diverged_at[[0, *range(2, 8)]] == -1).all()
    for i, place in enumerate([0, *range(2, 8)]):
        assert_same_bits(member(states, place), member(swept, i))
    longer = run(program, [wild], pixels, (6, 6))
    assert_same_bits(member(longer, 0).params, member(states, 1).params)
    assert int(longer.diverged_at[0]) == step
    assert_same_bits(longer.diverged_loss[0], states.diverged_loss[1])


def test_every_epoch_sees_every_image_once(pixels):
    """36 images in batches of 8: nine full batches are two whole orders, and they differ.

    The fifth batch is half of the first order's, half of the second's.
    """
    seen = []

    def spy(model, params, x, key, hparams):
        jax.debug.callback(lambda batch: seen.append(np.asarray(batch)), x)
        zero = jnp.float32(0.0) * params["scale"]
        return Terms(zero, zero, zero)

    model = build_model(make_spec())
    data = np.arange(36 * 12, dtype=np.float32).reshape(36, 12)
    images = Images(jnp.asarray(data), ())
    model = model._replace(
        init=lambda key, hparams: {"scale": jnp.float32(1.0)},
        unit=lambda stored: stored,
        present=lambda key, stored: stored,
        encode=lambda params, x, hparams: Posterior(x[:, :5], x[:, :5]),
    )
    hparams = jax.tree.map(lambda leaf: leaf[0], sweep.stack_hparams([BASE], 5))
    hparams = jax.tree.map(jnp.asarray, hparams)
    state = loop.init_state(model, hparams)
    epochs = jax.jit(
        lambda s, *span: loop.train_epochs(
            model, spy, s, images, hparams, *span, batch_size=BATCH
        )
    )
    steps = []
    for epoch in (0, 1):
        state, log = epochs(state, jnp.int32(epoch), jnp.int32(epoch + 1))
        steps.append(int(log.trained))
    jax.effects_barrier()
    assert steps == [5, 4] and [len(batch) for batch in seen] == [BATCH] * 9
    first, second = np.concatenate(seen)[:, 0].reshape(2, 36)
    assert sorted(first) == sorted(second) == sorted(data[:, 0])
    assert list(first) != list(second)


@pytest.mark.parametrize("images, batch_size", [(36, 8), (1437, 128), (10, 10), (7, 5)])
def test_steps_of_epochs_are_those_of_one_long_line(images, batch_size):
    """Batches cut out of orders laid end to end, counted one by one."""
    starts = np.arange(0, 40 * images, batch_size)
    for epoch in range(40):
        before = steps_before(epoch, images, batch_size)
        assert before == (starts < epoch * images).sum()
        taken = taken_before(epoch, images, batch_size)
        assert taken == before * batch_size - epoch * images
        assert int(steps_before(jnp.int32(epoch), images, batch_size)) == before
        assert int(taken_before(jnp.int32(epoch), images, batch_size)) == taken


def test_one_step_is_adam():
    """Against Adam written out in NumPy (Kingma & Ba, 2015, algorithm 1)."""
    gradients = [np.array([0.5, -2.0]), np.array([-1.0, 1e-4]), np.array([3.0, 0.0])]
    hparams = make_hparams(learning_rate=0.1)
    model = build_model(make_spec())._replace(
        init=lambda k, h: {"w": jnp.array([1.0, 2.0])}
    )

    def linear(model, params, x, key, hparams):
        loss = jnp.vdot(params["w"], x[0])
        return Terms(loss, loss, loss)

    state = loop.init_state(model, hparams)
    w, m, v = np.array([1.0, 2.0]), 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        x = jnp.asarray(g, jnp.float32)[None]
        state, _ = loop.train_step(model, linear, state, x, jax.random.key(0), hparams)
    np.testing.assert_allclose(state.params["w"], w, rtol=1e-5)


def test_streams_of_random_numbers_are_apart():
    hparams = jax.tree.map(
        lambda leaf: jnp.asarray(leaf[0]), sweep.stack_hparams([BASE], 5)
    )
    keys = [member_key(hparams, stream) for stream in Stream]
    keys += [metric_key(hparams, m, s) for m in ("a", "b") for s in ("train", "test")]
    bits = {tuple(np.asarray(jax.random.key_data(key)).tolist()) for key in keys}
    assert len(bits) == len(Stream) + 4


def test_registered_objectives_train(program, swept):
    assert (swept.step == 6 * 5).all() and (swept.diverged_at == -1).all()
