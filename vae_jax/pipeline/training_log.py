"""The log of training, `train.jsonl`: its lines, what is lost, and what comes again."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
from jaxtyping import PyTree

from vae_jax.console.screen import say
from vae_jax.pipeline.job import Job
from vae_jax.runs import checkpoints, directory
from vae_jax.runs.members import Outcome
from vae_jax.scores.collapse import verdict
from vae_jax.storage import files, logs, seals
from vae_jax.studies.study import Study
from vae_jax.types import TrainState

Write = Callable[[list[dict[str, Any]]], None]


def forget_unsaved(workdir: Path, jobs: Sequence[Job]) -> None:
    """Drops the log of what was trained after the last checkpoints: it comes again."""
    saved = {
        number: checkpoints.newest(job.checkpoints(workdir, block))
        for job in jobs
        for block in range(len(job.blocks))
        for number in job.numbers(block)
    }
    keep_until(workdir, saved, others=-math.inf)


def forget(workdir: Path, job: Job, block: int) -> None:
    """Drops what was logged of a block after its last checkpoint; other lines stay."""
    epoch = checkpoints.newest(job.checkpoints(workdir, block))
    keep_until(workdir, dict.fromkeys(job.numbers(block), epoch), others=math.inf)


def keep_until(workdir: Path, epochs: dict[int, int], others: float) -> None:
    """Keeps the log's lines of each member up to an epoch of its own, else to `others`.

    Says so where the log is missing or has damaged lines.
    """
    kept = lambda line: (
        line.get("epoch", math.inf) <= epochs.get(line.get("member"), others)
    )
    log = workdir / directory.TRAIN_LOG
    if not log.exists() and any(epochs.values()):
        say(f"{log}: missing; the log of what was trained before is lost")
        files.write_text(log, "")
    damaged = logs.keep_lines(log, kept)
    if damaged:
        say(f"{log}: damaged; {damaged} lines of the log are lost")


def parameters_digest(params: PyTree) -> str:
    """SHA-256 of a member's parameters, leaf by leaf with their names."""
    return seals.digest_of(checkpoints.leaves_of(params))


def outcomes_of(job: Job, block: int, states: TrainState) -> dict[int, Outcome]:
    """How the members of a block ended, by their numbers in the whole sweep."""
    outcomes = {}
    for i, number in enumerate(job.numbers(block)):
        step, epoch = int(states.diverged_at[i]), int(states.stopped_at[i])
        loss = float(states.diverged_loss[i])
        outcomes[number] = Outcome(
            *((step, loss) if step >= 0 else (None, None)),
            epoch if epoch >= 0 else None,
            parameters_digest(jax.tree.map(lambda leaf, i=i: leaf[i], states.params)),
        )
    return outcomes


def log_lines(job: Job, block: int, log, epoch: int) -> list[dict]:
    """Log records of the members of a block that trained: mean terms, nats per image.

    Means are over the steps since a member's last record. Null stands for what a member
    cannot have, and for a number that is not finite.
    """
    lines = []
    numbered = zip(job.numbers(block), job.members(block), strict=True)
    for i, (number, member) in enumerate(numbered):
        if not log.trained[i]:
            continue
        terms = {name: float(v[i]) for name, v in log.terms._asdict().items()}
        collapsed = None
        if member.has_posterior:
            collapsed = list(verdict(log.rates[i, : member.latents]).dimensions)
        else:
            terms["rate"] = math.nan
        line = {"program": job.number, "member": number, "epoch": epoch}
        line |= {name: v if math.isfinite(v) else None for name, v in terms.items()}
        line["active_units"] = int(log.active_units[i])
        lines.append({**line, "collapsed": collapsed})
    return lines


def tell_of_lost_lines(
    workdir: Path, jobs: Sequence[Job], outcomes: dict[int, Outcome]
) -> None:
    """Says how many members that trained to their end lack lines of the log."""
    log, logged = workdir / directory.TRAIN_LOG, defaultdict(set)
    for line in logs.read_lines(log):
        logged[line.get("member")].add(line.get("epoch"))
    lost = 0
    for job in jobs:
        every, epochs = job.settings.log_every, job.settings.epochs
        due = {*range(every, epochs + 1, every), epochs}
        for number in job.settings.numbers:
            outcome = outcomes[number]
            whole = outcome.diverged_at is None and outcome.stopped_at is None
            lost += whole and not due <= logged[number]
    if lost:
        say(f"{log}: damaged; the log of {lost} members is not whole")


def open_log(study: Study, workdir: Path, tensorboard: bool) -> Write:
    """A function that writes lines to `train.jsonl`, and to TensorBoard if asked."""
    append = partial(logs.append_lines, workdir / directory.TRAIN_LOG)
    if not tensorboard:
        return append
    from vae_jax.console.tensorboard import TensorBoard  # an extra of the installation

    board = TensorBoard(workdir, study)

    def write(lines: list[dict[str, Any]]) -> None:
        append(lines)
        board.write(lines)

    return write
