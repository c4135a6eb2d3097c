"""Evaluates every member of a trained program and writes what was found."""

import math
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax import registry, results, runs, sweep
from vae_jax.dataset import Dataset
from vae_jax.evaluation import METRICS
from vae_jax.evaluation.pictures import chosen_images, pictures
from vae_jax.grid import Member
from vae_jax.interrupt import Interrupt
from vae_jax.keys import Stream, member_key, metric_key
from vae_jax.results import Row
from vae_jax.study import Study
from vae_jax.sweep import Program
from vae_jax.types import Estimate, HParams, Metric, Model, TrainState

SPLITS = ("train", "test")


def evaluate(
    study: Study,
    program: Program,
    hparams: HParams,
    states: TrainState,
    dataset: Dataset,
    workdir: Path,
    interrupt: Interrupt,
) -> None:
    """Writes arrays, baselines and tables; `results.csv` last, so that it means all."""
    metrics = {
        name: registry.factory(METRICS, "evaluation.metrics", name)(
            dataset=dataset, samples=study.samples
        )
        for name in study.metrics
    }
    params = sweep.split_groups(program, states.params)
    groups = sweep.split_groups(program, hparams)
    run = partial(sweep.map_members, program, len(study.members))
    draw(run, program.model, params, groups, dataset, workdir)
    runs.write_json(
        workdir / runs.BASELINES, baselines(program.model, dataset, study.max_images)
    )
    rows: list[Row] = []
    for split in SPLITS:
        x = program.model.unit(getattr(dataset, split)[: study.max_images])
        chosen = {name: m for name, m in metrics.items() if split in m.splits}
        measure = partial(measure_all, program.model, chosen, split)
        found = run(measure, params, groups, sweep.share(program, x))
        for number, (member, arrays) in enumerate(zip(study.members, found, strict=True)):
            alive = states.diverged_at[number] < 0
            rows += member_rows(number, member, split, chosen, arrays, alive)
            interrupt.check("stopped while evaluating; the same command evaluates anew")
    rows.sort(key=lambda row: row.member)
    results.write_results(workdir, study.members, rows)


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


def draw(
    run, model: Model, params, groups: list[HParams], dataset: Dataset, workdir: Path
) -> None:
    """Writes the arrays that figures are made of, one file a kind, members first."""
    rows = chosen_images(dataset)
    x = model.unit(dataset.test)

    def of_member(params, hparams, x):
        key = member_key(hparams, Stream.PICTURES)
        return pictures(model, params, x[rows], x, key, hparams)

    members = list(run(of_member, params, groups, x))
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *members)
    originals = np.asarray(x[rows])
    labels = dataset.test_labels
    codes = {"mean": stacked["code_mean"], "log_var": stacked["code_log_var"]}
    if labels is not None:
        codes["labels"] = labels[: codes["mean"].shape[1]]
    half = lambda images: images.astype(np.float16)  # pixels in [0, 1]; codes may be large
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
        runs.write_arrays(workdir / runs.ARRAYS / f"{kind}.npz", arrays)
