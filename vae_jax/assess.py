"""Evaluates a trained block of members and writes what was found."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax import registry, results, runs, sweep
from vae_jax.dataset import Dataset
from vae_jax.evaluation import METRICS
from vae_jax.evaluation.pictures import chosen_images, pictures
from vae_jax.grid import Member
from vae_jax.interrupt import Interrupt
from vae_jax.job import Job
from vae_jax.keys import Stream, member_key, metric_key
from vae_jax.results import Row
from vae_jax.train import final_params
from vae_jax.types import Estimate, HParams, Metric, Model, TrainState

SPLITS = ("train", "test")


class Assessor(NamedTuple):
    """What a program is judged with: compiled once for all of its blocks."""

    metrics: dict[str, dict[str, Metric]]  # by split
    measure: dict[str, Callable]  # by split: (params, hparams, x) -> arrays
    draw: Callable  # (params, hparams, chosen images, x) -> arrays
    images: dict[str, jax.Array]  # by split, on the devices


def build_assessor(job: Job) -> Assessor:
    """Metrics and pictures of a program."""
    setup, program = job.setup, job.program
    metrics = {
        name: registry.factory(METRICS, "evaluation.metrics", name)(
            dataset=job.dataset, samples=setup.samples
        )
        for name in setup.metrics
    }
    chosen = {s: {n: m for n, m in metrics.items() if s in m.splits} for s in SPLITS}
    unit = program.model.unit
    images = {s: unit(getattr(job.dataset, s)[: setup.max_images]) for s in SPLITS}
    compiled = lambda function, shared: sweep.over_members(
        function, program.mesh, "mm" + "-" * shared
    )
    return Assessor(
        chosen,
        {s: compiled(partial(measure_all, program.model, chosen[s], s), 1) for s in SPLITS},
        compiled(partial(pictures_of, program.model), 2),
        sweep.share(program, images),
    )


def evaluate_block(
    job: Job,
    assessor: Assessor,
    block: int,
    states: TrainState,
    directory: Path,
    interrupt: Interrupt,
) -> None:
    """Writes arrays and results of a block's members; the results last: they mean all."""
    members, numbers = job.members(block), job.numbers(block)
    params = sweep.split_groups(job.program, final_params(states))
    groups = job.hparams(block)
    run = partial(sweep.map_members, job.program, len(members))
    draw(run, job, assessor, params, groups, directory)
    rows: list[Row] = []
    for split in SPLITS:
        found = run(assessor.measure[split], params, groups, assessor.images[split])
        for i, arrays in enumerate(found):
            alive = bool(states.diverged_at[i] < 0)
            metrics = assessor.metrics[split]
            rows += member_rows(numbers[i], members[i], split, metrics, arrays, alive)
            interrupt.check("stopped while evaluating; the same command goes on with it")
    rows.sort(key=lambda row: row.member)
    results.write_rows(directory / runs.RESULTS, rows)


def measure_all(
    model: Model,
    metrics: dict[str, Metric],
    split: str,
    params,
    hparams: HParams,
    x: jax.Array,
) -> dict[str, dict[str, jax.Array]]:
    """What the device computes of all metrics for one member on one split."""
    return {
        name: metric.measure(model, params, x, metric_key(hparams, name, split), hparams)
        for name, metric in metrics.items()
    }


def member_rows(
    number: int,
    member: Member,
    split: str,
    metrics: dict[str, Metric],
    arrays: dict[str, dict[str, np.ndarray]],
    alive: bool,
) -> list[Row]:
    """The rows of one member on one split; all cells of a diverged member are empty."""
    rows = []
    for name, metric in metrics.items():
        for quantity, estimate in metric.reduce(arrays[name], member).items():
            finite = estimate.value is not None and math.isfinite(estimate.value)
            value, stderr = estimate if alive and finite else Estimate(None)
            rows.append(Row(number, split, quantity, value, stderr))
    return rows


def baselines(
    model: Model, dataset: Dataset, max_images: int
) -> dict[str, dict[str, float]]:
    """The ends of the distortion axis, in nats per image, on what is evaluated.

    `floor`: every image is given the decoder output that suits it best; no decoder does
    better. `collapsed`: all are given the one that suits the training images best; a
    fully collapsed decoder does that.
    """
    likelihood = model.likelihood
    one = likelihood.fit(model.unit(dataset.train))
    found = {}
    for split in SPLITS:
        x = model.unit(getattr(dataset, split)[:max_images])
        best = jax.lax.map(lambda image: likelihood.fit(image[None]), x)
        same = jnp.broadcast_to(one, (len(x), *one.shape))
        found[split] = {
            name: float(-np.asarray(likelihood.log_prob(out, x), np.float64).mean())
            for name, out in (("floor", best), ("collapsed", same))
        }
    return found


def pictures_of(model: Model, params, hparams: HParams, chosen, x) -> dict[str, jax.Array]:
    """The arrays for figures of one member."""
    key = member_key(hparams, Stream.PICTURES)
    return pictures(model, params, chosen, x, key, hparams)


def draw(
    run, job: Job, assessor: Assessor, params, groups: list[HParams], directory: Path
) -> None:
    """Writes the arrays that figures are made of, one file a kind, members first."""
    x = job.program.model.unit(job.dataset.test)
    originals = x[chosen_images(job.dataset)]
    members = list(run(assessor.draw, params, groups, originals, x))
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *members)
    labels = job.dataset.test_labels
    codes = {"mean": stacked["code_mean"], "log_var": stacked["code_log_var"]}
    if labels is not None:
        codes["labels"] = labels[: codes["mean"].shape[1]]
    half = lambda images: np.asarray(images, np.float16)  # pixels in [0, 1]
    kinds = {
        "reconstructions": {
            "images": half(stacked["reconstructions"]),
            "originals": half(originals),
        },
        "samples": {"images": half(stacked["samples"])},
        "interpolations": {"images": half(stacked["interpolation"])},
        "codes": codes,
    }
    for kind, arrays in kinds.items():
        runs.write_arrays(directory / f"{kind}.npz", arrays)
