"""What `config.sweep` says, as the axes of a grid.

Every field of the config can be an axis, under its own name: `sweep.beta`,
`sweep.network.hidden`. Three names are not fields: `points` is a list of points, `zip` a
list of groups of axes that advance together, and `random_seed` is for random axes.
"""

import copy
import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vae_jax.errors import UserError
from vae_jax.hyperparameters import NAMES
from vae_jax.studies import grid
from vae_jax.studies.grid import Point

WORDS = ("points", "zip", "random_seed")
FIXED = ("sweep", "autoencoder")  # the fields that no axis can have


def given(sweep: Any) -> dict[str, Any]:
    """The axes of a sweep that are given, without those left at None.

    The command line offers every field there. None leaves an axis out; so does `(None,)`,
    which is what `--config.sweep.beta=None` is. What is no group is a `UserError`.
    """
    if not isinstance(sweep, Mapping):
        raise UserError(f"config.sweep: {sweep!r} is not a group of axes")
    axes = {}
    for name, value in sweep.items():
        value = given(value) if isinstance(value, Mapping) else value
        if value not in (None, (None,), {}):
            axes[name] = value
    return axes


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of nested groups: dotted names and values."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def fields(settings: Mapping[str, Any]) -> list[str]:
    """The dotted names of a config's fields that can be axes, in its order."""
    return [name for name, _ in leaves(settings) if name.split(".")[0] not in FIXED]


def field(settings: Mapping[str, Any], name: str) -> Any:
    """The value of one field of a config, lists as tuples; "" where it is left out."""
    return plain(dict(leaves(settings)).get(name, ""))


def with_fields(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a config with some fields set, by their dotted names."""
    settings = copy.deepcopy(dict(settings))
    for name, value in values.items():
        *groups, leaf = name.split(".")
        target = settings
        for group in groups:
            target = target[group]
        target[leaf] = value
    return settings


def plain(value: Any) -> Any:
    """A value with its lists as tuples, so that it can be compared and hashed."""
    if isinstance(value, list | tuple):
        return tuple(plain(item) for item in value)
    return value


def read(settings: Mapping[str, Any], open_groups: Sequence[str]) -> list[list[Point]]:
    """The axes of the grid: points first, zipped axes, then fields in the config's order.

    A field of an `open_groups` group may be an axis although the config leaves it out:
    the settings of a network, say, are known to its factory alone. An empty grid, a name
    that is no field, and a name on two axes are `UserError`s.
    """
    sweep = settings["sweep"]
    random_seed = sweep.get("random_seed", 0)
    if isinstance(random_seed, bool) or not isinstance(random_seed, int) or random_seed < 0:
        raise UserError(f"config.sweep.random_seed: {random_seed!r} is not a whole number")
    field_names = fields(settings)
    check = lambda name: check_name(name, field_names, open_groups)
    axes = {
        name: read_axis(check(name), values, random_seed)
        for name, values in leaves(sweep)
        if name not in WORDS
    }
    grid_axes = [read_points(sweep["points"], check)] if "points" in sweep else []
    for names in read_groups(sweep.get("zip", ()), axes):
        grid_axes.append(grid.zipped([axes.pop(name) for name in names]))
    order = {name: i for i, name in enumerate((*NAMES, *field_names))}
    rest = sorted(axes, key=lambda name: (name in NAMES, order.get(name, -1)))
    grid_axes += [axes[name] for name in rest]
    if not grid_axes:
        raise UserError(f"config.sweep: the grid is empty; axes: {', '.join(NAMES)}, ...")
    owners = [name for points in grid_axes for name in {n for p in points for n in p}]
    twice = sorted({name for name in owners if owners.count(name) > 1})
    if twice:
        raise UserError(f"config.sweep.points: {twice[0]} is an axis of the grid too")
    return grid_axes


def check_name(name: str, field_names: Sequence[str], open_groups: Sequence[str]) -> str:
    """The name, if it is that of a field; else a `UserError` with its neighbour."""
    group, _, leaf = name.partition(".")
    if name in field_names or (leaf and group in open_groups and "." not in leaf):
        return name
    neighbours = difflib.get_close_matches(name, (*field_names, *WORDS), n=1)
    hint = f"; did you mean {neighbours[0]}?" if neighbours else ""
    if group in field_names or any(
        field_name.startswith(f"{name}.") for field_name in field_names
    ):
        hint = "; name the fields of a group one by one"
    raise UserError(f"config.sweep.{name}: not a field that can be swept{hint}")


def read_axis(name: str, values: Any, random_seed: int) -> list[Point]:
    """The axis of one field: its values, written out and checked.

    No list, an empty one, or one that repeats a value is a `UserError`.
    """
    if not isinstance(values, tuple | list):
        raise UserError(f"config.sweep.{name}: {values!r} is not a list of values")
    if not values:
        raise UserError(f"config.sweep.{name}: the grid is empty; give it a value")
    values = [plain(item) for item in grid.spaced(name, values, random_seed)]
    for value in values:
        check_value(name, value)
    if len(set(values)) < len(values):
        raise UserError(f"config.sweep.{name}: {tuple(values)} repeats a value")
    return grid.axis(name, values)


def check_value(name: str, value: Any) -> None:
    """A `UserError` for a value that cannot be hashed, as every axis needs."""
    try:
        hash(value)
    except TypeError:
        raise UserError(f"config.sweep.{name}: {value!r} is not a value") from None


def read_points(points: Any, check) -> list[Point]:
    """The axis that `sweep.points` lists: each point maps dotted names to values.

    `check` takes a name and returns it, or raises; what is no such list is a `UserError`.
    """
    if not isinstance(points, tuple | list) or not points:
        raise UserError(f"config.sweep.points: {points!r} is not a list of points")
    axis = []
    for point in points:
        if not isinstance(point, Mapping) or not point:
            raise UserError(f"config.sweep.points: {point!r} is not a point")
        axis.append(
            {check(str(field_name)): plain(value) for field_name, value in leaves(point)}
        )
        for name, value in axis[-1].items():
            check_value(name, value)
    return axis


def read_groups(groups: Any, axes: Mapping[str, list[Point]]) -> list[tuple[str, ...]]:
    """The names in each group of axes to zip.

    An axis that is not there or is zipped twice, and axes of different lengths, are
    `UserError`s.
    """
    if not isinstance(groups, tuple | list):
        raise UserError(f"config.sweep.zip: {groups!r} is not a list of groups of axes")
    if groups and all(isinstance(name, str) for name in groups):
        groups = (groups,)  # one group, written without its own brackets
    zipped: set[str] = set()
    for names in groups:
        if not isinstance(names, tuple | list) or len(names) < 2:
            raise UserError(f"config.sweep.zip: {names!r} is not a group of axes")
        for name in names:
            if not isinstance(name, str) or name not in axes:
                raise UserError(f"config.sweep.zip: {name!r} is not an axis of the grid")
            if name in zipped:
                raise UserError(f"config.sweep.zip: {name!r} is zipped twice")
            zipped.add(name)
        lengths = {name: len(axes[name]) for name in names}
        if len(set(lengths.values())) > 1:
            counts = ", ".join(f"{name} has {n}" for name, n in lengths.items())
            raise UserError(f"config.sweep.zip: axes of different lengths ({counts})")
    return [tuple(names) for names in groups]
