"""Evaluates members: each by itself, several at a time, every metric that is missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import jax
import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from vae_jax import registry
from vae_jax.console.interrupt import Interrupt
from vae_jax.data.pixels import fixed
from vae_jax.evaluation.classifier import classifier_of
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.trained_member import Metric, TrainedMember
from vae_jax.pipeline.job import Job
from vae_jax.registry import METRICS
from vae_jax.runs import directory, measurements
from vae_jax.runs.measurements import Line
from vae_jax.scores.estimate import Estimate
from vae_jax.training.loop import final_params
from vae_jax.types import TrainState

MAX_WORKERS = 8
STOPPED = "stopped while evaluating; the same command goes on with it"


def workers() -> int:
    """How many members are dealt with at a time: one for each core."""
    return min(joblib.cpu_count(), MAX_WORKERS)


class Assessor(NamedTuple):
    """What the members of a program are judged with."""

    job: Job
    metrics: dict[str, Metric]  # by `measurements.name_of` their settings
    reference: Reference
    images: dict[jax.Device, dict[str, jax.Array]]  # by device and split
    compiled: dict[Any, Future]  # shared by all members


def build_assessor(job: Job, settings: Sequence[measurements.Settings], workdir: Path):
    """Metrics, images and what to compare with, for one program."""
    dataset, count = job.dataset, job.setup.max_images
    metrics = {
        measurements.name_of(each): registry.build(METRICS, "evaluation.metrics", each)
        for each in settings
    }
    place = workdir / directory.ARRAYS / f"program_{job.number}" / "classifier.npz"
    unit = job.program.model.unit
    images = {s: np.asarray(unit(fixed(dataset, s)[:count])) for s in ("train", "test")}
    reference = Reference(dataset, images, classifier_of(dataset, place))
    devices = list(job.program.mesh.devices.flat)
    if devices[0].platform == "cpu":  # one runs many threads, and compiles once for them
        devices = devices[:1]
    return Assessor(
        job, metrics, reference, {d: jax.device_put(images, d) for d in devices}, {}
    )


def subject_of(
    assessor: Assessor, block: int, i: int, states: TrainState, device: jax.Device
) -> TrainedMember:
    """Member i of a block, on a device."""
    job = assessor.job
    row = lambda tree: jax.tree.map(lambda leaf: np.asarray(leaf[i]), tree)
    params, hparams = jax.device_put(
        (row(final_params(states)), row(job.stacked_hparams(block))), device
    )
    return TrainedMember(
        job.program.model,
        params,
        hparams,
        job.members(block)[i],
        assessor.reference,
        assessor.images[device],
        assessor.compiled,
    )


def evaluate_block(
    assessor: Assessor,
    block: int,
    epoch: int,
    states: TrainState,
    todo: Mapping[int, Sequence[str]],
    write: Callable[[Line], None],
    interrupt: Interrupt,
) -> Iterator[int]:
    """Measures what is in `todo`, metrics by member; yields each member that is done.

    As many members at a time as there are cores, each on one of the program's devices;
    BLAS keeps to one thread meanwhile. A signal lets the metrics in flight end.
    """
    free_workers: SimpleQueue[int] = SimpleQueue()
    devices = list(assessor.images)
    for worker in range(workers()):
        free_workers.put(worker)
    note = unfinished(epoch, assessor.job.setup.epochs)

    def evaluate(i: int, number: int) -> int:
        worker = free_workers.get()
        device = devices[worker % len(devices)]
        names = in_turn(todo[number], worker)
        try:
            with jax.default_device(device):
                for line in lines_of(
                    assessor, block, i, number, epoch, states, names, device
                ):
                    write(with_note(line, note))
                    interrupt.check(STOPPED)
        finally:
            free_workers.put(worker)
        return number

    numbers = assessor.job.numbers(block)
    places = [i for i, number in enumerate(numbers) if number in todo]
    with threadpool_limits(1), ThreadPoolExecutor(workers()) as pool:
        futures = [pool.submit(evaluate, i, numbers[i]) for i in places]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def in_turn(names: Sequence[str], worker: int) -> list[str]:
    """The metrics in an order of the worker's own: it starts elsewhere than the others.

    So different functions are compiled at the same time. Neighbours go opposite ways.
    """
    start = worker // 2 % max(len(names), 1)
    order = [*names[start:], *names[:start]]
    return order[::-1] if worker % 2 else order


def lines_of(
    assessor: Assessor,
    block: int,
    i: int,
    number: int,
    epoch: int,
    states: TrainState,
    names: Sequence[str],
    device: jax.Device,
) -> Iterator[Line]:
    """A member's missing metrics, one by one; a diverged member has none, and says so."""
    diverged = int(states.diverged_at[i])
    if diverged >= 0:
        for name in names:
            reason = Estimate(None, note=f"diverged at step {diverged}")
            family = measurements.family(name)
            yield Line(number, name, epoch, {("test", family): reason})
        return
    subject = subject_of(assessor, block, i, states, device)
    for name in names:
        yield Line(number, name, epoch, assessor.metrics[name](subject))


def unfinished(epoch: int, epochs: int) -> str:
    """What every number of a member still in training is marked with."""
    return f"after epoch {epoch} of {epochs}" if epoch < epochs else ""


def with_note(line: Line, note: str) -> Line:
    """The line with a note on every number."""
    if not note:
        return line
    found = {
        name: estimate._replace(note="; ".join(filter(None, (estimate.note, note))))
        for name, estimate in line.found.items()
    }
    return line._replace(found=found)
