"""A trained member from the checkpoints of its run, without the run's data."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp

from vae_jax.errors import UserError
from vae_jax.pipeline.job import Job
from vae_jax.runs import checkpoints
from vae_jax.studies.member import Member
from vae_jax.training.loop import final_params
from vae_jax.types import HParams, Params, TrainState

Blocks = dict[tuple[int, int], TrainState]  # by program and block, NumPy arrays [M, ...]


class Trained(NamedTuple):
    """A trained member: what it is, its parameters, and the program that it is of."""

    number: int
    member: Member
    params: Params
    hparams: HParams
    job: Job


def find(
    workdir: Path, jobs: Sequence[Job], number: int, blocks: Blocks | None = None
) -> Trained:
    """The member of a number, from the newest checkpoint of its block.

    `blocks` keeps what was read, for the block's other members. A `UserError` where the
    run has no such member, or no whole checkpoint of it.
    """
    for job in jobs:
        for block in range(len(job.blocks)):
            if number in job.numbers(block):
                states = read_block(workdir, job, block, {} if blocks is None else blocks)
                return at(job, block, states, job.numbers(block).index(number))
    last = max(number for job in jobs for number in job.settings.numbers)
    raise UserError(f"member {number}: there is none; they are 0 to {last}")


def read_block(workdir: Path, job: Job, block: int, blocks: Blocks) -> TrainState:
    """The states of a block from its newest whole checkpoint; a `UserError` without."""
    place = job.number, block
    if place not in blocks:
        checkpoint_dir = job.checkpoints(workdir, block)
        saved = checkpoints.peek(checkpoint_dir, job.states_template(block))
        if saved is None:
            raise UserError(f"{checkpoint_dir}: no whole checkpoint")
        blocks[place] = saved[1]
    return blocks[place]


def at(job: Job, block: int, states: TrainState, position: int) -> Trained:
    """The member at a position of a block's states."""
    row = lambda tree: jax.tree.map(lambda leaf: jnp.asarray(leaf[position]), tree)
    params, hparams = row(final_params(states)), row(job.stacked_hparams(block))
    number, member = job.numbers(block)[position], job.members(block)[position]
    return Trained(number, member, params, hparams, job)
