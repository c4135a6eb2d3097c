"""From a ConfigDict to a `Study`: the only reader of configs.

Mistakes are found here, before JAX is loaded, and said in one line; only the settings of
a network, likelihood and the like wait for their factory. What ml_collections lets
through (NaN for a float, bool for an int, None for anything, any type inside a tuple) is
not let through here.
"""

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from ml_collections import ConfigDict

from vae_jax import registry
from vae_jax.dataset import Dataset
from vae_jax.datasets import DATASETS
from vae_jax.errors import UserError
from vae_jax.evaluation import METRICS
from vae_jax.grid import AXES, Member, check_axis, expand
from vae_jax.likelihoods import LIKELIHOODS
from vae_jax.networks import NETWORKS
from vae_jax.objectives import OBJECTIVES
from vae_jax.posteriors import POSTERIORS
from vae_jax.priors import PRIORS

TABLES = {
    "dataset": DATASETS,
    "network": NETWORKS,
    "posterior": POSTERIORS,
    "prior": PRIORS,
    "likelihood": LIKELIHOODS,
    "objective": OBJECTIVES,
}
SCHEDULE = ("epochs", "batch_size", "log_every", "checkpoint_every")
EVALUATION = ("metrics", "samples", "max_images")
FIELDS = (
    *TABLES,
    *SCHEDULE,
    *AXES,
    "max_latents",
    "autoencoder",
    "sweep",
    "evaluation",
)
MAX_SEED = 2**32 - 1
MAX_FLOAT32 = float(np.finfo(np.float32).max)


class Study(NamedTuple):
    """A validated config: what to train, for how long, and how to judge it."""

    config: dict[str, Any]  # as written, resolved: what the record keeps
    dataset: dict[str, Any]
    model: dict[str, dict[str, Any]]  # network, posterior, prior, likelihood, objective
    max_latents: int
    members: list[Member]
    epochs: int
    batch_size: int  # images
    log_every: int  # epochs
    checkpoint_every: int  # epochs
    metrics: tuple[str, ...]
    samples: int  # posterior samples per image
    max_images: int  # of a split, in evaluation


def resolve(config: ConfigDict, overrides: Mapping[str, Any] | None = None) -> Study:
    """Checks every field; `overrides` are the fields given on the command line."""
    settings = config.to_dict()
    if isinstance(settings.get("sweep"), dict):  # None: an axis that is not swept
        settings["sweep"] = {k: v for k, v in settings["sweep"].items() if v is not None}
    check_fields(settings, FIELDS, "")
    parts = {kind: part(settings, kind) for kind in TABLES}
    max_latents = integer(settings, "max_latents", low=1)
    axes = read_axes(settings, max_latents)
    for name in overrides or {}:
        if name in axes:
            raise UserError(
                f"--config.{name}: the grid sets {name} too; use "
                f'--config.sweep.{name}="({overrides[name]},)"'
            )
    base = Member(*(axis_value(name, settings[name], max_latents) for name in AXES))
    autoencoder = settings["autoencoder"]
    if not isinstance(autoencoder, bool):
        raise UserError(f"autoencoder: {autoencoder!r} is not True or False")
    evaluation = settings["evaluation"]
    check_fields(evaluation, EVALUATION, "evaluation.")
    if not isinstance(evaluation["metrics"], tuple | list):
        raise UserError("config.evaluation.metrics: expected a list of names")
    if not evaluation["metrics"]:
        raise UserError(
            f"config.evaluation.metrics: is empty; there are: {', '.join(METRICS)}"
        )
    for name in evaluation["metrics"]:
        registry.check_name(METRICS, "evaluation.metrics", name)
    return Study(
        config=settings,
        dataset=parts.pop("dataset"),
        model=parts,
        max_latents=max_latents,
        members=expand(base, axes, autoencoder=autoencoder),
        metrics=tuple(evaluation["metrics"]),
        samples=integer(evaluation, "samples", low=1, prefix="evaluation."),
        max_images=integer(evaluation, "max_images", low=2, prefix="evaluation."),
        **{name: integer(settings, name, low=1) for name in SCHEDULE},
    )


def check_batches(study: Study, dataset: Dataset) -> None:
    """A `UserError` if the training images do not fill one batch."""
    if study.batch_size > len(dataset.train):
        raise UserError(
            f"config.batch_size: {study.batch_size} is more than the "
            f"{len(dataset.train)} training images"
        )


def check_fields(settings: Any, fields: tuple[str, ...], prefix: str) -> None:
    """Every field there, and none besides; a stranger is answered with its neighbour."""
    if not isinstance(settings, Mapping):
        raise UserError(f"{prefix.rstrip('.')}: {settings!r} is not a group of fields")
    for name in settings:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(fields)}"
            raise UserError(f"config.{prefix}{name}: no such field; {hint}")
    missing = [name for name in fields if name not in settings]
    if missing:
        raise UserError(f"config.{prefix}{missing[0]}: the config does not set it")


def part(settings: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The settings of one registry entry; those left empty ("") count as not given."""
    group = settings[kind]
    if not isinstance(group, Mapping) or "name" not in group:
        raise UserError(f"config.{kind}: needs a name; {kind}s: {names(kind)}")
    registry.check_name(TABLES[kind], kind, group["name"])
    for field, value in group.items():
        if value is None:
            raise UserError(f"config.{kind}.{field}: None is not a value")
    return {field: value for field, value in group.items() if value != ""}


def names(kind: str) -> str:
    """The entries of a registry, for an error's text."""
    return ", ".join(sorted(TABLES[kind]))


def integer(
    settings: Mapping[str, Any],
    name: str,
    *,
    low: int,
    high: int | None = None,
    prefix: str = "",
) -> int:
    """A whole number in range."""
    return whole(f"{prefix}{name}", settings[name], low, high)


def whole(name: str, value: Any, low: int, high: int | None) -> int:
    """`value`, if it is an integer (bool is not one) from `low` to `high`."""
    upper = f" to {high}" if high is not None else " or more"
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"config.{name}: {value!r} is not a whole number")
    if value < low or (high is not None and value > high):
        raise UserError(f"config.{name}: {value} is out of range; expected {low}{upper}")
    return value


def axis_value(
    name: str, value: Any, max_latents: int, label: str | None = None
) -> float | int:
    """One value of a field that a sweep may vary; `label` is what to call it."""
    label = label or name
    if name == "seed":
        return whole(label, value, 0, MAX_SEED)
    if name == "latents":
        found = whole(label, value, 1, None)
        if found > max_latents:
            raise UserError(
                f"config.{label}: {found} is more than max_latents, {max_latents}; "
                f"set --config.max_latents={found}"
            )
        return found
    return real(label, value, positive=name == "learning_rate")


def real(label: str, value: Any, *, positive: bool) -> float:
    """`value`, if it is a number that is not negative (or is positive) in float32 too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"config.{label}: {value!r} is not a number")
    in_range = value >= 0 and abs(value) <= MAX_FLOAT32
    if not in_range or (positive and np.float32(value) == 0):
        bound = "above 0" if positive else "0 or more"
        raise UserError(f"config.{label}: {value} is out of range; expected {bound}")
    return float(value)


def read_axes(settings: Mapping[str, Any], max_latents: int) -> dict[str, list]:
    """The grid's axes, in the order of the members' columns."""
    sweep = settings["sweep"]
    if not isinstance(sweep, Mapping):
        raise UserError(f"config.sweep: {sweep!r} is not a group of axes")
    for name in sweep:
        check_axis(name)
    if not sweep:
        raise UserError(f"config.sweep: the grid is empty; axes: {', '.join(AXES)}")
    axes = {}
    for name in (axis for axis in AXES if axis in sweep):
        values = sweep[name]
        if not isinstance(values, tuple | list):
            raise UserError(f"config.sweep.{name}: {values!r} is not a list of values")
        if not values:
            raise UserError(f"config.sweep.{name}: the grid is empty; give it a value")
        label = f"sweep.{name}"
        axes[name] = [axis_value(name, value, max_latents, label) for value in values]
        if len(set(axes[name])) < len(values):
            raise UserError(f"config.sweep.{name}: {tuple(values)} repeats a value")
    return axes
