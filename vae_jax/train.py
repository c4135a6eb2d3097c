"""Training as pure functions: state in, state out. Nothing here is jitted or does I/O.

Every random number is a function of the member's seed and of the step or epoch it is used
in, so a run cut anywhere and taken up again draws what it would have drawn.
"""

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Num

from vae_jax.keys import Stream, member_key
from vae_jax.types import HParams, Model, Objective, PRNGKey, Terms, TrainState

OPTIMIZER = optax.scale_by_adam()  # the learning rate is applied below: it is traced


def init_state(model: Model, hparams: HParams) -> TrainState:
    """Fresh parameters and optimiser state of one member."""
    params = model.init(member_key(hparams, Stream.INIT), hparams)
    return TrainState(jnp.int32(0), params, OPTIMIZER.init(params), jnp.int32(-1))


def train_step(
    model: Model,
    objective: Objective,
    state: TrainState,
    x: Float[Array, "B D"],
    key: PRNGKey,
    hparams: HParams,
) -> tuple[TrainState, Terms]:
    """One step of Adam (Kingma & Ba, 2015, arXiv:1412.6980)."""

    def loss_fn(params):
        terms = objective(model, params, x, key, hparams)
        return terms.loss, terms

    grads, terms = jax.grad(loss_fn, has_aux=True)(state.params)
    updates, opt_state = OPTIMIZER.update(grads, state.opt_state)
    updates = jax.tree.map(lambda u: -hparams.learning_rate * u, updates)
    params = optax.apply_updates(state.params, updates)
    return TrainState(state.step + 1, params, opt_state, state.diverged_at), terms


def train_epochs(
    model: Model,
    objective: Objective,
    state: TrainState,
    data: Num[Array, "N D"],
    hparams: HParams,
    epochs: Int[Array, ""],
    *,
    batch_size: int,
) -> tuple[TrainState, Terms]:
    """Passes over the data `epochs` times; returns the state and the steps' mean `Terms`.

    Each epoch visits the images in a new order and leaves out the last N mod batch_size.
    `epochs` is traced: one compiled program serves every number of epochs, so cutting
    a run into calls cannot change its bits.
    """
    steps = data.shape[0] // batch_size
    order_key = member_key(hparams, Stream.ORDER)
    noise_key = member_key(hparams, Stream.NOISE)

    def step(state, rows):
        key = jax.random.fold_in(noise_key, state.step)
        return train_step(model, objective, state, model.unit(data[rows]), key, hparams)

    def epoch(_, carry):
        before, total = carry
        key = jax.random.fold_in(order_key, before.step // steps)
        order = jax.random.permutation(key, data.shape[0])[: steps * batch_size]
        after, terms = jax.lax.scan(step, before, order.reshape(steps, batch_size))
        after = freeze_if_diverged(before, after, terms.loss)
        return after, jax.tree.map(lambda t, new: t + new.sum(), total, terms)

    zero = Terms(*(jnp.float32(0.0) for _ in Terms._fields))
    state, total = jax.lax.fori_loop(0, epochs, epoch, (state, zero))
    alive = jnp.where(state.diverged_at < 0, 1.0, jnp.nan)
    return state, jax.tree.map(lambda t: alive * t / (steps * epochs), total)


def freeze_if_diverged(
    before: TrainState, after: TrainState, losses: Float[Array, "steps"]
) -> TrainState:
    """The state after an epoch, or before it if a loss or a parameter is not finite.

    A member that has diverged keeps its last good epoch's parameters for good, and the
    step at which it went wrong; it goes through the motions and changes nobody's bits.
    Once an epoch, because looking at every parameter at every step costs 5 %.
    """
    bad = ~jnp.isfinite(losses)
    finite = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(after.params)]
    good = (before.diverged_at < 0) & ~bad.any() & jnp.stack(finite).all()
    wrong = before.step + jnp.where(bad.any(), jnp.argmax(bad), losses.shape[0] - 1)
    first = jnp.where(before.diverged_at < 0, wrong, before.diverged_at)
    keep = lambda new, old: jax.tree.map(lambda n, o: jnp.where(good, n, o), new, old)
    return TrainState(
        after.step,
        keep(after.params, before.params),
        keep(after.opt_state, before.opt_state),
        jnp.where(good, before.diverged_at, first),
    )
