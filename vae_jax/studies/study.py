"""From a ConfigDict to a `Study`: the only reader of configs.

Mistakes are found here, before JAX is loaded, and said in one line; only the settings of
a network, likelihood and the like wait for their factory. What ml_collections lets
through (NaN for a float, bool for an int, None for anything, any type inside a tuple) is
not let through here.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ml_collections import ConfigDict

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.registry import DATASETS, LIKELIHOODS, NETWORKS, OBJECTIVES, POSTERIORS, PRIORS
from vae_jax.studies import axes
from vae_jax.studies.checks import MAX_SEED, check_fields, integer, real, whole
from vae_jax.studies.grid import Point, expand
from vae_jax.studies.member import REMEDIES, TRACED, Member
from vae_jax.studies.metric_settings import read_metrics

TABLES = {
    "dataset": DATASETS,
    "network": NETWORKS,
    "posterior": POSTERIORS,
    "prior": PRIORS,
    "likelihood": LIKELIHOODS,
    "objective": OBJECTIVES,
}
SCHEDULE = ("epochs", "batch_size", "log_every", "checkpoint_every")
EVALUATION = ("metrics", "max_images")
FIELDS = (
    *TABLES,
    *SCHEDULE,
    *TRACED,
    "max_latents",
    "early_stopping",
    "autoencoder",
    "sweep",
    "evaluation",
)


class ProgramSettings(NamedTuple):
    """What the members of one compiled program share, and those members."""

    static: tuple[tuple[str, Any], ...]  # the swept fields that make it another program
    numbers: list[int]  # of its members, in the whole sweep
    members: list[Member]
    dataset: dict[str, Any]
    model: dict[str, dict[str, Any]]  # network, posterior, prior, likelihood, objective
    max_latents: int
    epochs: int
    batch_size: int  # images
    log_every: int  # epochs
    checkpoint_every: int  # epochs
    patience: int  # epochs; 0 never stops early
    metrics: tuple[dict[str, Any], ...]  # names and settings
    max_images: int  # of a split, in evaluation


class Study(NamedTuple):
    """A validated config: its members, and the programs that train them."""

    config: dict[str, Any]  # as written, resolved: what the record keeps
    members: list[Member]
    setups: list[ProgramSettings]


def resolve(config: ConfigDict, overrides: Mapping[str, Any] | None = None) -> Study:
    """Checks every field; `overrides` are the fields given on the command line."""
    return read(config.to_dict(), overrides or {})


def read(settings: dict[str, Any], overrides: Mapping[str, Any]) -> Study:
    """The same of plain values, as a run's record has them."""
    settings = {**dict.fromkeys(REMEDIES, 0.0), **settings}
    settings["sweep"] = axes.given(settings.get("sweep"))
    check_fields(settings, FIELDS, "")
    autoencoder = settings["autoencoder"]
    if not isinstance(autoencoder, bool):
        raise UserError(f"config.autoencoder: {autoencoder!r} is not True or False")
    grid_axes = axes.read(settings, tuple(TABLES))
    swept = {name for points in grid_axes for point in points for name in point}
    for name in overrides:
        if name in swept:
            raise UserError(
                f"--config.{name}: the grid sets {name} too; use "
                f'--config.sweep.{name}="({overrides[name]!r},)"'
            )
    points = expand(grid_axes, autoencoder=autoencoder)
    static = [name for name in axes.fields(settings) if name in swept - set(TRACED)]
    static += sorted(swept - set(TRACED) - set(static))  # fields that the config leaves out
    programs: dict[tuple, list[Member]] = {}
    for point in points:
        values = tuple((n, point.get(n, axes.field(settings, n))) for n in static)
        programs.setdefault(values, []).append(point)
    setups = [read_setup(settings, values, found) for values, found in programs.items()]
    return number(settings, setups)


def number(settings: dict[str, Any], setups: list[ProgramSettings]) -> Study:
    """The study with its members numbered, program after program."""
    members: list[Member] = []
    for i, setup in enumerate(setups):
        numbers = list(range(len(members), len(members) + len(setup.members)))
        setups[i] = setup._replace(numbers=numbers)
        members += setup.members
    return Study(settings, members, setups)


def read_setup(
    settings: Mapping[str, Any], static: tuple, points: list[Point]
) -> ProgramSettings:
    """Checks the config with the values of one program, and the members that share it."""
    settings = axes.with_fields(settings, dict(static))
    parts = {kind: part(settings, kind) for kind in TABLES}
    max_latents = integer(settings, "max_latents", low=1)
    base = {name: axis_value(name, settings[name], max_latents) for name in TRACED}
    members = [read_member(base, point, max_latents, static) for point in points]
    stopping, evaluation = settings["early_stopping"], settings["evaluation"]
    check_fields(stopping, ("patience",), "early_stopping.")
    check_fields(evaluation, EVALUATION, "evaluation.")
    return ProgramSettings(
        static=static,
        numbers=[],
        members=list(dict.fromkeys(members)),
        dataset=parts.pop("dataset"),
        model=parts,
        max_latents=max_latents,
        metrics=read_metrics(evaluation["metrics"]),
        max_images=integer(evaluation, "max_images", low=2, prefix="evaluation."),
        patience=integer(stopping, "patience", low=0, prefix="early_stopping."),
        **{name: integer(settings, name, low=1) for name in SCHEDULE},
    )


def read_member(base: Point, point: Point, max_latents: int, static: tuple) -> Member:
    """One member: the config's values, with those of a point of the grid."""
    own = {
        name: axis_value(name, point[name], max_latents, f"sweep.{name}")
        for name in TRACED
        if name in point
    }
    member = Member(**{**base, **own}, static=static)
    if member.noise == member.beta == 0.0:  # an autoencoder has no rate to be remedied
        member = member._replace(**dict.fromkeys(REMEDIES, 0.0))
    return member


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
