"""Training as pure functions: state in, state out. Nothing here is jitted or does I/O.

Every random number is a function of the member's seed and of the step or epoch it is used
in, so a run cut anywhere and taken up again draws what it would have drawn.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, Num

from vae_jax.keys import Stream, member_key
from vae_jax.training import early_stopping
from vae_jax.training.batches import order_of, steps_before, taken_before
from vae_jax.training.epoch_end import WATCHED_IMAGES, close_epoch, log_of, zero_terms
from vae_jax.training.optimisers.adam import adam
from vae_jax.training.schedules import scheduled
from vae_jax.types import HParams, Images, Log, Model, Objective, PRNGKey, Terms, TrainState

OPTIMIZER = adam()  # the learning rate is applied below: it is traced


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
        after, total, trained = close_epoch(
            *(model, objective, before, after, terms, total, trained, steps),
            *(hparams, images.valid, number),
            patience=patience,
        )
        return after, following, total, trained

    carry = (state, order_of(key, first, count), zero_terms(), jnp.int32(0))
    state, _, total, trained = jax.lax.fori_loop(first, last, epoch, carry)
    watched = images.train[:WATCHED_IMAGES]
    return state, log_of(model, state, watched, hparams, total, trained)


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
    taken = taken_before(epoch, count, batch_size)
    steps_by = partial(steps_before, images=count, batch_size=batch_size)
    steps = steps_by(epoch + 1) - steps_by(epoch)

    def read(i: Int[Array, ""]) -> Num[Array, "B D"]:
        start = taken + i * batch_size
        return images.train[jax.lax.dynamic_slice_in_dim(line, start, batch_size)]

    every = zero_terms((-(-count // batch_size),))
    run = partial(train_steps, model, objective, state, every, read, hparams, epoch)
    return *run(jnp.int32(0), steps, images=count, batch_size=batch_size), steps


def train_steps(
    model: Model,
    objective: Objective,
    state: TrainState,
    every: Terms,
    read: Callable[[Int[Array, ""]], Num[Array, "B D"]],
    hparams: HParams,
    epoch: Int[Array, ""],
    first: Int[Array, ""],
    last: Int[Array, ""],
    *,
    images: int,
    batch_size: int,
) -> tuple[TrainState, Terms]:
    """The steps of an epoch from `first` up to `last`, counted from 0 within it.

    `read(i)` gives the stored pixels of a step; `every` [S] has the terms of the epoch's
    steps, which are filled in. `images` is how many an epoch has.
    """
    noise_key = member_key(hparams, Stream.NOISE)
    pixel_key = member_key(hparams, Stream.PIXELS)
    taken = taken_before(epoch, images, batch_size)

    def step(i, carry):
        state, every = carry
        x = model.present(jax.random.fold_in(pixel_key, state.step), read(i))
        key = jax.random.fold_in(noise_key, state.step)
        now = scheduled(hparams, epoch, (taken + i * batch_size) / images)
        state, terms = train_step(model, objective, state, x, key, now)
        return state, jax.tree.map(lambda all, one: all.at[i].set(one), every, terms)

    return jax.lax.fori_loop(first, last, step, (state, every))
