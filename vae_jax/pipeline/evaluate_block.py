"""Evaluates members: each by itself, several at a time, every metric that is missing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
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
from vae_jax.pipeline.job import Job, SavedBlock
from vae_jax.runs import directory, measurements
from vae_jax.runs.measurements import Line
from vae_jax.scores.estimate import no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey
from vae_jax.training.loop import final_params

MAX_WORKERS = 8
STOPPED = "stopped while evaluating; the same command goes on with it"


class Assessor(NamedTuple):
    """What the members of a program are judged with."""

    job: Job
    metrics: dict[str, Metric]  # by `measurements.name_of` their settings
    reference: Reference
    images: dict[jax.Device, dict[str, jax.Array]]  # by device and split
    compiled: dict[Any, Callable]  # shared by all members


def build_assessor(job: Job, settings: Sequence[measurements.Settings], workdir: Path):
    """Metrics, images and what to compare with, for one program."""
    dataset, count = job.dataset, job.settings.max_images
    metrics = {
        measurements.name_of(each): registry.build("metric", each) for each in settings
    }
    place = workdir / directory.ARRAYS / f"program_{job.number}" / "classifier.npz"
    unit = job.program.model.unit
    images = {s: np.asarray(unit(fixed(dataset, s)[:count])) for s in ("train", "test")}
    reference = Reference(dataset, images, classifier_of(dataset, place))
    devices = list(job.program.mesh.devices.flat)
    return Assessor(
        job, metrics, reference, {d: jax.device_put(images, d) for d in devices}, {}
    )


def trained_member(
    assessor: Assessor, saved: SavedBlock, place: int, device: jax.Device
) -> TrainedMember:
    """The member at a place of its block, on a device."""
    job = assessor.job
    row = lambda tree: jax.tree.map(lambda leaf: np.asarray(leaf[place]), tree)
    hparams = job.stacked_hparams(saved.block)
    params, hparams = jax.device_put(
        (row(final_params(saved.states)), row(hparams)), device
    )
    return TrainedMember(
        job.program.model,
        params,
        hparams,
        job.members(saved.block)[place],
        assessor.reference,
        assessor.images[device],
        assessor.compiled,
    )


def evaluate_block(
    assessor: Assessor,
    saved: SavedBlock,
    todo: Mapping[int, Sequence[str]],
    write: Callable[[Line], None],
    interrupt: Interrupt,
) -> Iterator[int]:
    """Measures what is in `todo`, metrics by member; yields each member that is done.

    As many members at a time as there are cores, each on one of the program's devices;
    BLAS keeps to one thread meanwhile. A signal lets the metrics in flight end.
    """
    devices: SimpleQueue[jax.Device] = SimpleQueue()
    workers = min(joblib.cpu_count(), MAX_WORKERS)
    for i in range(workers):
        devices.put(list(assessor.images)[i % len(assessor.images)])

    def evaluate(place: int, number: int) -> int:
        device = devices.get()
        try:
            with jax.default_device(device):
                for line in lines_of(assessor, saved, place, todo[number], device):
                    write(line)
                    interrupt.check(STOPPED)
        finally:
            devices.put(device)
        return number

    numbers = assessor.job.numbers(saved.block)
    places = [i for i, number in enumerate(numbers) if number in todo]
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(evaluate, i, numbers[i]) for i in places]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def lines_of(
    assessor: Assessor,
    saved: SavedBlock,
    place: int,
    metrics: Sequence[str],
    device: jax.Device,
) -> Iterator[Line]:
    """The metrics of the member at a place of its block, measured one by one.

    A diverged member has none, and says so. Numbers of one that still trains are marked.
    """
    number, epochs = assessor.job.numbers(saved.block)[place], assessor.job.settings.epochs
    diverged = int(saved.states.diverged_at[place])
    if diverged >= 0:
        reason = no_value(Flag.DIVERGED, f"diverged at step {diverged}")
        for metric in metrics:
            family = MetricKey(measurements.family(metric))
            yield Line(number, metric, saved.epoch, {("test", family): reason})
        return
    member = trained_member(assessor, saved, place, device)
    for metric in metrics:
        estimates = assessor.metrics[metric](member)
        if saved.epoch < epochs:
            note = f"after epoch {saved.epoch} of {epochs}"
            estimates = {k: e.noted(note, Flag.UNFINISHED) for k, e in estimates.items()}
        yield Line(number, metric, saved.epoch, estimates)
