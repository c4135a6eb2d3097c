"""Early stopping of one member, inside the compiled program.

After every epoch the objective is taken on the validation images, always with the same
draws; a member that has not improved for `patience` epochs trains no more. What it is
judged by afterwards are its best parameters, whether it stopped or ran to the end.
Prechelt (1998), "Early stopping - but when?".
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Num

from vae_jax.keys import Stream, member_key
from vae_jax.types import Best, HParams, Model, Objective, Params, TrainState


def start(params: Params) -> Best:
    """The best parameters before any validation: those at hand, at an infinite loss."""
    return Best(params, jnp.float32(jnp.inf), jnp.int32(0))


def is_running(state: TrainState) -> Array:
    """Whether the member still trains: it has neither diverged nor stopped."""
    return (state.diverged_at < 0) & (state.stopped_at < 0)


def judge(
    model: Model,
    objective: Objective,
    state: TrainState,
    valid: Num[Array, "V D"],
    hparams: HParams,
    epoch: Array,
    patience: int,
) -> TrainState:
    """A state after validation at `epoch`: `best` renewed, or `stopped_at` set to it.

    `stopped_at` is set once `patience` epochs have brought no lower objective.

    Judged by the objective in its final form, whatever the schedule has made of it so
    far: only so can one epoch be compared with another.
    """
    key = member_key(hparams, Stream.VALIDATION)
    loss = objective(model, state.params, model.unit(valid), key, hparams).loss
    running = is_running(state)
    better = running & (loss < state.best.loss)
    new = Best(state.params, loss, epoch)
    best = jax.tree.map(lambda n, old: jnp.where(better, n, old), new, state.best)
    stop = running & (epoch - best.epoch >= patience)
    return state._replace(best=best, stopped_at=jnp.where(stop, epoch, state.stopped_at))
