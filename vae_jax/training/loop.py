"""Training as pure functions: state in, state out. Nothing here is jitted or does I/O.

Every random number is a function of the member's seed and of the step or epoch it is used
in, so a run cut anywhere and taken up again draws what it would have drawn.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from vae_jax.keys import Stream, member_key
from vae_jax.scores.collapse import ACTIVE_VARIANCE
from vae_jax.training import early_stopping
from vae_jax.training.batches import order_of, steps_before, taken_before
from vae_jax.training.early_stopping import is_running
from vae_jax.training.optimisers.adam import adam
from vae_jax.training.schedules import scheduled
from vae_jax.types import HParams, Images, Log, Model, Objective, PRNGKey, Terms, TrainState

OPTIMIZER = adam()  # the learning rate is applied below: it is traced
WATCHED_IMAGES = 1_000  # for the active units shown while training


def init_state(model: Model, hparams: HParams, *, patience: int = 0) -> TrainState:
    """The state of a member before its first step: fresh parameters and optimiser state.

    `patience` above 0 keeps the best parameters too, for early stopping.
    """
    params = model.init(member_key(hparams, Stream.INIT), hparams)
    return TrainState(
        step=jnp.int32(0),
        params=params,
        opt_state=OPTIMIZER.init(params),
        diverged_at=jnp.int32(-1),
        diverged_loss=jnp.float32(0.0),
        stopped_at=jnp.int32(-1),
        best=early_stopping.start(params) if patience else (),
    )


def final_params(state: TrainState) -> Any:
    """The parameters that a trained member is judged by: its best, if it kept any.

    The leaves may be JAX or NumPy arrays, of one member or of many.
    """
    return state.best.params if state.best else state.params


def train_step(
    model: Model,
    objective: Objective,
    state: TrainState,
    x: Float[Array, "B D"],
    key: PRNGKey,
    hparams: HParams,
) -> tuple[TrainState, Terms]:
    """One step of the optimiser on a batch x [B D]; the new state and the batch's terms."""

    def loss_fn(params):
        terms = objective(model, params, x, key, hparams)
        return terms.loss, terms

    grads, terms = jax.grad(loss_fn, has_aux=True)(state.params)
    updates, opt_state = OPTIMIZER.update(grads, state.opt_state)
    updates = jax.tree.map(lambda u: -hparams.learning_rate * u, updates)
    params = optax.apply_updates(state.params, updates)
    return state._replace(step=state.step + 1, params=params, opt_state=opt_state), terms


def train_epochs(
    model: Model,
    objective: Objective,
    state: TrainState,
    images: Images,
    hparams: HParams,
    first: Int[Array, ""],
    last: Int[Array, ""],
    *,
    batch_size: int,
    patience: int = 0,
) -> tuple[TrainState, Log]:
    """Trains the epochs from `first` up to `last`, fewer if the member diverges or stops.

    Epochs are counted from 0, `last` is not among them. Both are traced: one compiled
    program serves every number of epochs, so cutting a run into calls cannot change its
    bits. `patience` (epochs) 0 never stops early.
    """

    key, count = member_key(hparams, Stream.ORDER), images.train.shape[0]

    def epoch(number, carry):
        before, order, total, trained = carry
        following = order_of(key, number + 1, count)
        line = jnp.concatenate([order, following[:batch_size]])
        after, terms, steps = train_epoch(
            model, objective, before, images, hparams, number, line, batch_size=batch_size
        )
        running = is_running(before)
        total = jax.tree.map(
            lambda t, new: t + jnp.where(running, new.sum(), 0.0), total, terms
        )
        after = freeze_if_diverged(before, after, terms.loss, steps)
        if patience:
            after = early_stopping.judge(
                model, objective, after, images.valid, hparams, number + 1, patience
            )
        return after, following, total, trained + jnp.where(running, steps, 0)

    zero = Terms(*(jnp.float32(0.0) for _ in Terms._fields))
    carry = (state, order_of(key, first, count), zero, jnp.int32(0))
    state, _, total, trained = jax.lax.fori_loop(first, last, epoch, carry)
    return state, log_of(model, state, images, hparams, total, trained)


def train_epoch(
    model: Model,
    objective: Objective,
    state: TrainState,
    images: Images,
    hparams: HParams,
    epoch: Int[Array, ""],
    line: Int[Array, "rows"],
    *,
    batch_size: int,
) -> tuple[TrainState, Terms, Int[Array, ""]]:
    """One pass over the images, the rows `line` [N + B]: the next epoch's behind its own.

    Returns the new state, the terms of its steps [S], zeros behind the last one, and how
    many steps there were (`training/batches.py`). Order, posterior noise and pixel noise
    are functions of the seed and of the epoch or step alone.
    """
    count = images.train.shape[0]
    noise_key = member_key(hparams, Stream.NOISE)
    pixel_key = member_key(hparams, Stream.PIXELS)
    taken = taken_before(epoch, count, batch_size)
    steps_by = partial(steps_before, images=count, batch_size=batch_size)
    steps = steps_by(epoch + 1) - steps_by(epoch)

    def step(i, carry):
        state, every = carry
        start = taken + i * batch_size
        rows = jax.lax.dynamic_slice_in_dim(line, start, batch_size)
        x = model.present(jax.random.fold_in(pixel_key, state.step), images.train[rows])
        key = jax.random.fold_in(noise_key, state.step)
        now = scheduled(hparams, epoch, start / count)
        state, terms = train_step(model, objective, state, x, key, now)
        return state, jax.tree.map(lambda all, one: all.at[i].set(one), every, terms)

    most = -(-count // batch_size)
    every = Terms(*(jnp.zeros(most) for _ in Terms._fields))
    state, every = jax.lax.fori_loop(0, steps, step, (state, every))
    return state, every, steps


def log_of(
    model: Model,
    state: TrainState,
    images: Images,
    hparams: HParams,
    total: Terms,
    trained: Int[Array, ""],
) -> Log:
    """What a call logs of a member: mean terms, and rates of its first 1,000 images.

    `total` sums the terms of `trained` steps; 0 of them make every mean NaN.
    """
    key = jax.random.fold_in(member_key(hparams, Stream.PIXELS), state.step)
    watched = model.present(key, images.train[:WATCHED_IMAGES])
    q = model.encode(state.params, watched, hparams)
    return Log(
        terms=jax.tree.map(lambda t: t / trained, total),
        active_units=active_units(q.mean),
        rates=model.prior.kl(q, hparams).mean(0),
        trained=trained,
        diverged=state.diverged_at >= 0,
        running=is_running(state),
    )


def freeze_if_diverged(
    before: TrainState,
    after: TrainState,
    losses: Float[Array, "S"],
    steps: Int[Array, ""],
) -> TrainState:
    """The state after an epoch, or before it if a loss or a parameter is not finite.

    `losses` of its `steps` first entries; those behind are zeros.

    A member that has diverged keeps its last good epoch's parameters for good, and the
    step at which it went wrong, with its loss; like one that has stopped, it goes through
    the motions and changes nobody's bits. Once an epoch, because keeping the state of
    every step at hand costs 5 %.
    """
    running = is_running(before)
    bad = ~jnp.isfinite(losses)
    finite = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(after.params)]
    good = running & ~bad.any() & jnp.stack(finite).all()
    first = jnp.where(bad.any(), jnp.argmax(bad), steps - 1)
    kept = jax.tree.map(lambda new, old: jnp.where(good, new, old), after, before)
    failed = running & ~good
    return kept._replace(
        diverged_at=jnp.where(failed, before.step + first, before.diverged_at),
        diverged_loss=jnp.where(failed, losses[first], before.diverged_loss),
    )


def active_units(codes: Float[Array, "N K"]) -> Int[Array, ""]:
    """How many dimensions have Var_x(E[z_k|x]) > 0.01; `codes` are the posterior means.

    Burda, Grosse & Salakhutdinov (2016), section 5.1, arXiv:1509.00519.
    """
    return jnp.sum(jnp.var(codes, axis=0) > ACTIVE_VARIANCE)
