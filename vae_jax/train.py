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
    """One step of Adam (Kingma & Ba, 2015, arXiv:1412.6980).

    A member whose loss is not finite keeps the parameters it had, for good, and remembers
    the step: it can change neither a neighbour nor its own last good state.
    """

    def loss_fn(params):
        terms = objective(model, params, x, key, hparams)
        return terms.loss, terms

    grads, terms = jax.grad(loss_fn, has_aux=True)(state.params)
    updates, opt_state = OPTIMIZER.update(grads, state.opt_state)
    updates = jax.tree.map(lambda u: -hparams.learning_rate * u, updates)
    params = optax.apply_updates(state.params, updates)

    alive = (state.diverged_at < 0) & jnp.isfinite(terms.loss)
    keep = lambda new, old: jax.tree.map(lambda n, o: jnp.where(alive, n, o), new, old)
    first = jnp.where(state.diverged_at < 0, state.step, state.diverged_at)
    diverged_at = jnp.where(alive, state.diverged_at, first)
    params, opt_state = keep((params, opt_state), (state.params, state.opt_state))
    return TrainState(state.step + 1, params, opt_state, diverged_at), terms


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

    def step(carry, rows):
        state, total = carry
        key = jax.random.fold_in(noise_key, state.step)
        x = model.unit(data[rows])
        state, terms = train_step(model, objective, state, x, key, hparams)
        return (state, jax.tree.map(jnp.add, total, terms)), None

    def epoch(_, carry):
        key = jax.random.fold_in(order_key, carry[0].step // steps)
        order = jax.random.permutation(key, data.shape[0])[: steps * batch_size]
        return jax.lax.scan(step, carry, order.reshape(steps, batch_size))[0]

    zero = Terms(*(jnp.float32(0.0) for _ in Terms._fields))
    state, total = jax.lax.fori_loop(0, epochs, epoch, (state, zero))
    return state, jax.tree.map(lambda t: t / (steps * epochs), total)
