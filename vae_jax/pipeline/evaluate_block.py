"""Evaluates members: each by itself, several at a time, every metric that is missing."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import jax
import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from vae_jax import registry
from vae_jax.console.interrupt import Interrupt
from vae_jax.console.screen import say
from vae_jax.data.dataset import Dataset
from vae_jax.data.pixels import fixed
from vae_jax.evaluation.classifier import Classifier, Judgement, classifier_of, judge
from vae_jax.evaluation.limits import evaluated_images
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.trained_member import Failure, Metric, TrainedMember
from vae_jax.pipeline.job import Job, SavedBlock
from vae_jax.runs import directory, measurements
from vae_jax.runs.measurements import Line
from vae_jax.scores.estimate import Estimates, no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey
from vae_jax.training.loop import final_params

Tell = Callable[[str, Sequence[Failure]], None]  # takes what failed, and how

MAX_WORKERS = 8
POLL, GRACE = 0.2, 5.0  # seconds between looks for a signal, and left to metrics in flight
STOPPED = "stopped while evaluating; the same command goes on with it"


def workers() -> int:
    """How many members are dealt with at a time: one for each core."""
    return min(joblib.cpu_count(), MAX_WORKERS)


class Assessor(NamedTuple):
    """What the members of a program are judged with: metrics, images, references."""

    job: Job
    metrics: dict[str, Metric]  # by `measurements.name_of` their settings
    reference: Reference
    images: dict[jax.Device, dict[str, jax.Array]]  # by device and split
    compiled: dict[Any, Future]  # shared by all members


def build_assessor(job: Job, settings: Sequence[measurements.Settings], workdir: Path):
    """The assessor of one program: builds its metrics and puts images on its devices."""
    dataset = job.dataset
    metrics = {
        measurements.name_of(metric): registry.build("metric", metric)
        for metric in settings
    }
    program_dir = workdir / directory.ARRAYS / f"program_{job.number}"
    images = evaluated_pixels(job)
    reference = Reference(dataset, images, *judged_classifier(dataset, program_dir))
    devices = list(job.program.mesh.devices.flat)
    if devices[0].platform == "cpu":  # one runs many threads, and compiles once for them
        devices = devices[:1]
    return Assessor(
        job, metrics, reference, {d: jax.device_put(images, d) for d in devices}, {}
    )


def evaluated_pixels(job: Job) -> dict[str, np.ndarray]:
    """The images of both splits that a program's members are evaluated on, in [0, 1]."""
    count = evaluated_images(job.dataset.train.shape[1], job.settings.max_images)
    unit = job.program.model.unit
    return {
        split: np.asarray(unit(fixed(job.dataset, split, count)))
        for split in ("train", "test")
    }


def judged_classifier(
    dataset: Dataset, program_dir: Path
) -> tuple[Classifier | None, Judgement | None]:
    """A data set's classifier, None where it cannot judge images, and how well it does."""
    classifier = classifier_of(dataset, program_dir / "classifier.npz", say)
    if classifier is None:
        return None, None
    judgement = judge(classifier, dataset)
    return classifier if judgement.usable else None, judgement


def trained_member(
    assessor: Assessor, saved: SavedBlock, position: int, device: jax.Device
) -> TrainedMember:
    """The member at a position of its block, with its arrays on a device."""
    job = assessor.job
    row = lambda tree: jax.tree.map(lambda leaf: np.asarray(leaf[position]), tree)
    hparams = job.stacked_hparams(saved.block)
    params, hparams = jax.device_put(
        (row(final_params(saved.states)), row(hparams)), device
    )
    return TrainedMember(
        job.program.model,
        params,
        hparams,
        job.members(saved.block)[position],
        assessor.reference,
        assessor.images[device],
        assessor.compiled,
    )


def evaluate_block(
    assessor: Assessor,
    saved: SavedBlock,
    todo: Mapping[int, Sequence[str]],
    write: Callable[[Line], None],
    tell: Tell,
    interrupt: Interrupt,
) -> Iterator[int]:
    """Measures what is in `todo`, metrics by member; yields each member that is done.

    As many members at a time as there are cores, each on one of the program's devices;
    BLAS keeps to one thread meanwhile. A signal gives the metrics in flight a few seconds.
    """
    interrupt.finishing("what is being measured, for a moment", lambda: GRACE)
    free_workers: SimpleQueue[int] = SimpleQueue()
    devices = list(assessor.images)
    for worker in range(workers()):
        free_workers.put(worker)

    def evaluate(position: int, number: int) -> int:
        worker = free_workers.get()
        device = devices[worker % len(devices)]
        metrics = in_turn(todo[number], worker) if interrupt.number is None else []
        try:
            with jax.default_device(device):
                for line in lines_of(assessor, saved, position, metrics, device, tell):
                    write(line)
                    if interrupt.number is not None:
                        break
        finally:
            free_workers.put(worker)
        return number

    numbers = assessor.job.numbers(saved.block)
    positions = [i for i, number in enumerate(numbers) if number in todo]
    with threadpool_limits(1):
        pool = ThreadPoolExecutor(workers())
        try:
            futures = {pool.submit(evaluate, i, numbers[i]) for i in positions}
            yield from results_of(futures, interrupt)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def results_of(futures: set[Future], interrupt: Interrupt) -> Iterator[Any]:
    """The futures' results as they come; `Interrupted` soon after a signal.

    What is in flight then has `GRACE` seconds to end; nothing can stop it, so whoever is
    told leaves the process with it.
    """
    deadline = math.inf
    while futures and time.monotonic() < deadline:
        done, futures = wait(futures, timeout=POLL, return_when=FIRST_COMPLETED)
        yield from (future.result() for future in done)
        if interrupt.number is not None:
            deadline = min(deadline, time.monotonic() + GRACE)
    interrupt.check(STOPPED)


def in_turn(names: Sequence[str], worker: int) -> list[str]:
    """The metrics in an order of the worker's own: it starts elsewhere than the others.

    So different functions are compiled at the same time. Every second worker goes from the
    last to the first: neither waits for what the other compiles until they meet.
    """
    order = list(names)[::-1] if worker % 2 else list(names)
    start = worker // 2 % max(len(names), 1)
    return order[start:] + order[:start]


def lines_of(
    assessor: Assessor,
    saved: SavedBlock,
    position: int,
    metrics: Sequence[str],
    device: jax.Device,
    tell: Tell,
) -> Iterator[Line]:
    """Measures metrics of the member at a position of its block; a line for each.

    A diverged member has none, and says so; nor has a metric that raises, whose tracebacks
    `tell` gets. Numbers of a member that still trains are marked.
    """
    job = assessor.job
    number, epochs = job.numbers(saved.block)[position], job.settings.epochs
    diverged = int(saved.states.diverged_at[position])
    if diverged >= 0:
        reason = no_value(Flag.DIVERGED, f"diverged at step {diverged}")
        for metric in metrics:
            family = MetricKey(measurements.family(metric))
            yield Line(number, metric, saved.epoch, {("test", family): reason})
        return
    member = trained_member(assessor, saved, position, device)
    for metric in metrics:
        estimates = estimates_of(member, metric, assessor.metrics[metric])
        if member.failures:
            name = measurements.family(metric)
            tell(f"member {number}, {name}, epoch {saved.epoch}", member.failures)
            member.failures = []
        if saved.epoch < epochs:
            note = f"after epoch {saved.epoch} of {epochs}"
            estimates = {k: e.noted(note, Flag.UNFINISHED) for k, e in estimates.items()}
        yield Line(number, metric, saved.epoch, estimates)


def estimates_of(member: TrainedMember, name: str, metric: Metric) -> Estimates:
    """What a metric finds of a member; where it raises, one empty estimate says so."""
    lost = "test", MetricKey(measurements.family(name))
    return member.attempt([lost], lambda: measurements.check(name, metric(member)))
