"""What follows the last step of an epoch: divergence, early stopping, the log."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Num

from vae_jax.keys import Stream, member_key
from vae_jax.scores.collapse import ACTIVE_VARIANCE
from vae_jax.training import early_stopping
from vae_jax.training.early_stopping import is_running
from vae_jax.types import HParams, Log, Model, Objective, Terms, TrainState

WATCHED_IMAGES = 1_000  # for the active units shown while training


def zero_terms(shape: tuple[int, ...] = ()) -> Terms:
    """Terms that are all 0: before anything is added, or of steps not yet taken."""
    return Terms(*(jnp.zeros(shape) for _ in Terms._fields))


def close_epoch(
    model: Model,
    objective: Objective,
    before: TrainState,
    after: TrainState,
    terms: Terms,
    total: Terms,
    trained: Int[Array, ""],
    steps: Int[Array, ""],
    hparams: HParams,
    valid: Num[Array, "V D"] | tuple[()],
    epoch: Int[Array, ""],
    *,
    patience: int,
) -> tuple[TrainState, Terms, Int[Array, ""]]:
    """What follows an epoch's last step: divergence, sums for the log, early stopping.

    `before` and `after` are the states around the epoch, `terms` those of its `steps`
    steps [S]. Returns the state, and `total` and `trained` with the epoch's added, unless
    the member ran no more.
    """
    running = is_running(before)
    total = jax.tree.map(
        lambda t, new: t + jnp.where(running, new.sum(), 0.0), total, terms
    )
    after = freeze_if_diverged(before, after, terms.loss, steps)
    if patience:
        after = early_stopping.judge(
            model, objective, after, valid, hparams, epoch + 1, patience
        )
    return after, total, trained + jnp.where(running, steps, 0)


def log_of(
    model: Model,
    state: TrainState,
    watched: Num[Array, "W D"],
    hparams: HParams,
    total: Terms,
    trained: Int[Array, ""],
) -> Log:
    """What a call logs of a member: mean terms, and rates of the images that are watched.

    `total` sums the terms of `trained` steps; 0 of them make every mean NaN.
    """
    key = jax.random.fold_in(member_key(hparams, Stream.PIXELS), state.step)
    q = model.encode(state.params, model.present(key, watched), hparams)
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
