"""Running a study: the order of things, and every effect (disk, clock, progress).

Train in chunks of `log_every` epochs, with checkpoints; evaluate; write tables and arrays.
Each stage finds what an earlier process left and does only what is missing.
"""

import math
import sys
from pathlib import Path

import jax

from vae_jax import checkpoint, results, runs, sweep
from vae_jax.assess import evaluate
from vae_jax.dataset import Dataset
from vae_jax.grid import Member
from vae_jax.interrupt import Interrupt
from vae_jax.progress import Progress
from vae_jax.study import Study
from vae_jax.sweep import Program
from vae_jax.types import HParams, Spec, Terms, TrainState

PROGRAM = 0  # every axis of the grid is traced: all members share one program


def prepare(study: Study, dataset: Dataset) -> Program:
    """Builds what will be compiled; whatever cannot be built is a `UserError` now."""
    spec = Spec(
        **study.model,
        max_latents=study.max_latents,
        data_shape=dataset.shape,
        levels=dataset.levels,
    )
    return sweep.build_program(spec, study.batch_size, sweep.choose_layout())


def run(study: Study, program: Program, dataset: Dataset, workdir: Path) -> None:
    """Trains and evaluates whatever the run directory does not hold yet."""
    record_layout(workdir, program.layout)
    hparams = sweep.stack_hparams(study.members, study.max_latents)
    with Interrupt() as interrupt:
        states = train(study, program, hparams, dataset, workdir, interrupt)
        results.write_members(workdir, study.members, PROGRAM, states.diverged_at)
        evaluate(study, program, hparams, states, dataset, workdir, interrupt)


def record_layout(workdir: Path, layout: sweep.Layout) -> None:
    """Adds to the record what only a started JAX can tell."""
    record = runs.read_json(workdir / runs.CONFIG)
    if "layout" not in record:
        kind = jax.local_devices()[0].device_kind
        record["layout"] = {**layout._asdict(), "device_kind": kind}
        runs.write_json(workdir / runs.CONFIG, record)


def train(
    study: Study,
    program: Program,
    hparams: HParams,
    dataset: Dataset,
    workdir: Path,
    interrupt: Interrupt,
) -> TrainState:
    """Trains from the last checkpoint to the end; returns states, arrays `[M, ...]`.

    A signal lets the chunk of epochs in flight end, and is answered with a checkpoint.
    """
    directory = workdir / runs.CHECKPOINTS / f"program_{PROGRAM}"
    log, count = workdir / runs.TRAIN_LOG, len(study.members)
    groups = sweep.split_groups(program, hparams)
    with checkpoint.manager(directory) as checkpoints:
        template = sweep.state_template(program, groups[0], count)
        epoch, states = checkpoint.restore(checkpoints, template, say) or (0, None)
        if epoch:
            say(f"resuming after epoch {epoch} of {study.epochs}, from {directory}")
        runs.keep_lines(log, lambda line: line.get("epoch", math.inf) <= epoch)
        if states is None:
            live = [program.init(group) for group in groups]
        else:
            live = sweep.split_groups(program, states)
        data = sweep.share(program, dataset.train)
        results.write_members(workdir, study.members, PROGRAM)
        with Progress(count, study.epochs, done=epoch) as progress:
            while epoch < study.epochs:
                before, epoch = epoch, min(epoch + study.log_every, study.epochs)
                chunks = []
                for terms in sweep.train_groups(
                    program, live, data, groups, epoch - before
                ):
                    chunks.append(terms)
                    progress.advance(len(chunks), len(groups), epoch)
                terms = sweep.join_groups(chunks, count)
                progress.show_loss(terms.loss)
                runs.append_lines(log, log_lines(study.members, terms, epoch))
                due = epoch // study.checkpoint_every > before // study.checkpoint_every
                if due or interrupt.number or epoch == study.epochs:
                    states = sweep.join_groups(live, count)
                    checkpoint.save(checkpoints, epoch, states)
                interrupt.check(
                    f"stopped after epoch {epoch} of {study.epochs}, which is saved; "
                    "the same command goes on from there"
                )
    return states


def log_lines(members: list[Member], terms: Terms, epoch: int) -> list[dict]:
    """A record per member: its mean terms since the last one.

    Null stands for what a member cannot have, and for a number that is not finite.
    """
    lines = []
    for number, member in enumerate(members):
        found = {name: float(values[number]) for name, values in terms._asdict().items()}
        if not member.has_posterior:
            found["rate"] = math.nan
        found = {name: v if math.isfinite(v) else None for name, v in found.items()}
        lines.append({"program": PROGRAM, "member": number, "epoch": epoch, **found})
    return lines


def say(line: str) -> None:
    """One plain line about what is going on."""
    print(line, file=sys.stderr, flush=True)
