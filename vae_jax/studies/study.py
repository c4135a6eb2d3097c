"""From a ConfigDict to a `Study`: the only reader of configs.

Mistakes are found here, before JAX is loaded, and said in one line; only the settings of
a network, likelihood and the like wait for their factory. What ml_collections lets
through (NaN for a float, bool for an int, None for anything, any type inside a tuple) is
not let through here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ml_collections import ConfigDict

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.hyperparameters import COMMON, DECLARING, NAMES, Hyper
from vae_jax.studies import axes, fields
from vae_jax.studies.checks import check_fields, integer, number
from vae_jax.studies.grid import Point, expand
from vae_jax.studies.member import AUTOENCODER, Member
from vae_jax.studies.metric_settings import read_metrics

MODEL = ("network", "posterior", "prior", "likelihood", "objective")
GROUPS = ("dataset", *MODEL)  # each names a method of the registry, with its settings
SCHEDULE = ("epochs", "batch_size", "log_every", "checkpoint_every")


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
    programs: list[ProgramSettings]


def resolve(config: ConfigDict, overrides: Mapping[str, Any] | None = None) -> Study:
    """The study of a config; a mistake in any field is a `UserError` in one line.

    `overrides` are the fields given on the command line.
    """
    return read(config.to_dict(), overrides or {})


def read(settings: dict[str, Any], overrides: Mapping[str, Any]) -> Study:
    """The study of a config in plain values, as a run's record has it, all checked."""
    settings = {**{hyper.name: hyper.default for hyper in COMMON}, **settings}
    settings = {**dict.fromkeys(fields.WORDS, ""), **settings}
    settings["sweep"] = axes.given(settings.get("sweep"))
    check_fields(settings, fields.top(), "")
    for name in fields.WORDS:
        if not isinstance(settings[name], str):
            raise UserError(f"config.{name}: {settings[name]!r} is not a text")
    autoencoder = settings["autoencoder"]
    if not isinstance(autoencoder, bool):
        raise UserError(f"config.autoencoder: {autoencoder!r} is not True or False")
    grid_axes = axes.read(settings, GROUPS)
    swept = {name for points in grid_axes for point in points for name in point}
    for name in overrides:
        if name in swept:
            raise UserError(
                f"--config.{name}: the grid sets {name} too; use "
                f'--config.sweep.{name}="({overrides[name]!r},)"'
            )
    check_first(settings, grid_axes)
    declared = all_declared(settings, grid_axes)
    names_of_rate = {h.name for h in COMMON if h.of_rate}
    names_of_rate |= {name for name, hyper in declared.items() if hyper.of_rate}
    points = expand(grid_axes, names_of_rate if autoencoder else None)
    static = static_names(settings, swept - set(NAMES) - set(declared))
    grouped: dict[tuple, list[Point]] = {}
    for point in points:
        values = tuple((n, point.get(n, axes.field(settings, n))) for n in static)
        grouped.setdefault(values, []).append(point)
    programs = [read_program(settings, *program) for program in grouped.items()]
    return numbered(settings, programs)


def static_names(settings: Mapping[str, Any], names: set[str]) -> list[str]:
    """Swept fields that select a program: those of the config in its order, then others."""
    in_order = [name for name in axes.fields(settings) if name in names]
    return in_order + sorted(names - set(in_order))


def numbered(settings: dict[str, Any], programs: list[ProgramSettings]) -> Study:
    """The study with its members numbered, program after program."""
    members: list[Member] = []
    for i, program in enumerate(programs):
        numbers = list(range(len(members), len(members) + len(program.members)))
        programs[i] = program._replace(numbers=numbers)
        members += program.members
    return Study(settings, members, programs)


def read_program(
    settings: Mapping[str, Any], static: tuple, points: Sequence[Point]
) -> ProgramSettings:
    """The settings of one program, checked, and the members that share it."""
    settings = axes.with_fields(settings, dict(static))
    shared = shared_settings(settings)
    max_latents = shared["max_latents"]
    base = {h.name: common_number(h, settings[h.name], max_latents) for h in COMMON}
    parts = {kind: part(settings, kind) for kind in GROUPS}
    declared = declared_numbers({kind: parts[kind]["name"] for kind in DECLARING})
    own = {name: take_own(parts, name, hyper) for name, hyper in declared.items()}
    members = [
        read_member(base, own, declared, point, max_latents, static) for point in points
    ]
    return ProgramSettings(
        static=static,
        numbers=[],
        members=list(dict.fromkeys(members)),
        dataset=parts.pop("dataset"),
        model=parts,
        **shared,
    )


def shared_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the members of a program share besides its methods, checked."""
    for group in ("early_stopping", "evaluation"):
        check_fields(settings[group], fields.inside(group), f"{group}.")
    return {
        "max_latents": whole_field(settings, "max_latents"),
        "metrics": read_metrics(settings["evaluation"]["metrics"]),
        "max_images": whole_field(settings, "evaluation.max_images"),
        "patience": whole_field(settings, "early_stopping.patience"),
        **{name: whole_field(settings, name) for name in SCHEDULE},
    }


def whole_field(settings: Mapping[str, Any], name: str) -> int:
    """The whole number of a field, by its dotted name, checked against its least value."""
    group, dot, leaf = name.rpartition(".")
    low = fields.BY_NAME[name].low
    return integer(settings[group] if dot else settings, leaf, low=low, prefix=group + dot)


def check_first(settings: Mapping[str, Any], grid_axes: Sequence[Sequence[Point]]) -> None:
    """Checks what can be without a factory, whose import takes a second."""
    for kind in GROUPS:
        part(settings, kind)
    max_latents = shared_settings(settings)["max_latents"]
    swept = [item for points in grid_axes for point in points for item in point.items()]
    for hyper in COMMON:
        common_number(hyper, settings[hyper.name], max_latents)
        for name, value in swept:
            if name == hyper.name:
                number(f"sweep.{name}", value, hyper)


def all_declared(
    settings: Mapping[str, Any], grid_axes: Sequence[Sequence[Point]]
) -> dict[str, Hyper]:
    """The numbers that any objective, posterior or prior of the sweep declares, by axis."""
    declared: dict[str, Hyper] = {}
    for kind in DECLARING:
        field = f"{kind}.name"
        names = [point[field] for points in grid_axes for point in points if field in point]
        for name in dict.fromkeys([part(settings, kind)["name"], *names]):
            declared |= declared_numbers({kind: name})
    return declared


def declared_numbers(names: Mapping[str, str]) -> dict[str, Hyper]:
    """The numbers that the named methods declare, by the names of their axes."""
    return {
        f"{kind}.{hyper.name}": hyper
        for kind, name in names.items()
        for hyper in registry.numbers(kind, name)
    }


def take_own(parts: dict[str, dict[str, Any]], name: str, hyper: Hyper) -> float:
    """A declared number as the config sets it, taken out of its group's settings."""
    kind, _, field = name.partition(".")
    return number(name, parts[kind].pop(field, hyper.default), hyper)


def read_member(
    base: Point,
    own: Point,
    declared: Mapping[str, Hyper],
    point: Point,
    max_latents: int,
    static: tuple,
) -> Member:
    """One member: the config's values, checked, with those of a point of the grid."""
    common, own = dict(base), dict(own)
    for hyper in COMMON:
        if hyper.name in point:
            label, value = f"sweep.{hyper.name}", point[hyper.name]
            common[hyper.name] = common_number(hyper, value, max_latents, label)
    for name, value in point.items():
        if name in declared:
            own[name] = number(f"sweep.{name}", value, declared[name])
        elif name not in common and name not in dict(static):
            raise UserError(f"config.sweep.{name}: not a number of this program's methods")
    if all(common[name] == value for name, value in AUTOENCODER.items()):
        unused = [h for h in COMMON if h.of_rate and h.name not in AUTOENCODER]
        common |= {hyper.name: hyper.default for hyper in unused}
        own |= {name: h.default for name, h in declared.items() if h.of_rate}
    return Member(**common, own=tuple(own.items()), static=static)


def common_number(
    hyper: Hyper, value: Any, max_latents: int, label: str | None = None
) -> float | int:
    """One value of a common number, checked; `label` is what to call it in an error."""
    label = label or hyper.name
    value = number(label, value, hyper)
    if hyper.name == "latents" and value > max_latents:
        raise UserError(
            f"config.{label}: {value} is more than max_latents, {max_latents}; "
            f"set --config.max_latents={value}"
        )
    return value


def part(settings: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The settings of one registry entry; those left empty ("") count as not given."""
    group = settings[kind]
    if not isinstance(group, Mapping) or "name" not in group:
        names = ", ".join(sorted(registry.METHODS[kind]))
        raise UserError(f"config.{kind}: needs a name; {kind}s: {names}")
    registry.check_name(kind, group["name"])
    for field, value in group.items():
        if value is None:
            raise UserError(f"config.{kind}.{field}: None is not a value")
    return {field: value for field, value in group.items() if value != ""}
