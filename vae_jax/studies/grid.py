"""The grid of a sweep: axes in, members out. No JAX.

A point is a mapping from the dotted names of config fields to their values. An axis is a
list of points, so that a list of points, and axes that advance together, are axes too;
the grid is the Cartesian product of its axes.
"""

import itertools
import math
import zlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from vae_jax.errors import UserError
from vae_jax.studies.member import AUTOENCODER

Point = dict[str, Any]
MAX_MEMBERS = 1_000_000
RULES = {  # a short way to write an axis: (rule, low, high, count)
    "linear": lambda low, high, n, draws: np.linspace(low, high, n),
    "log": lambda low, high, n, draws: np.geomspace(low, high, n),
    "uniform": lambda low, high, n, draws: low + (high - low) * draws,
    "log_uniform": lambda low, high, n, draws: low * (high / low) ** draws,
}


def spaced(name: str, values: Sequence, random_seed: int) -> Sequence:
    """`("log", 0.01, 10, 7)` and its like written out; any other list as it is.

    linear and log: evenly spaced, both ends included. uniform and log_uniform: drawn at
    random; the draws depend on `random_seed` and on the axis, on nothing else.
    """
    if not values or not isinstance(values[0], str) or values[0] not in RULES:
        return values
    label = f"config.sweep.{name}: {tuple(values)}"
    if len(values) != 4 or not all(is_number(v) for v in values[1:]):
        raise UserError(f"{label}: expected ({values[0]!r}, low, high, count)")
    rule, low, high, count = values
    if not isinstance(count, int) or not 1 <= count <= MAX_MEMBERS:
        raise UserError(
            f"{label}: the count must be a whole number from 1 to {MAX_MEMBERS}"
        )
    if not low < high or (rule.startswith("log") and low <= 0):
        above = "0 < " if rule.startswith("log") else ""
        raise UserError(f"{label}: expected {above}low < high")
    draws = np.random.default_rng((random_seed, zlib.crc32(name.encode()))).random(count)
    return [float(value) for value in RULES[rule](low, high, count, draws)]


def is_number(value: Any) -> bool:
    """Whether a value is a finite int or float; True and False are not."""
    real = isinstance(value, int | float) and not isinstance(value, bool)
    return real and math.isfinite(value)


def axis(name: str, values: Iterable) -> list[Point]:
    """An axis of one field: a point for each of its values."""
    return [{name: value} for value in values]


def zipped(axes: Sequence[Sequence[Point]]) -> list[Point]:
    """The axis of several axes of one length that advance together."""
    return [
        {name: value for point in points for name, value in point.items()}
        for points in zip(*axes, strict=True)
    ]


def expand(
    axes: Sequence[Sequence[Point]], autoencoder_without: Collection[str] | None
) -> list[Point]:
    """The Cartesian product of the axes, the last one fastest, autoencoders first.

    `autoencoder_without` adds, for every point of the fields that it does not name, the
    plain autoencoder: noise 0 and beta 0; it names those that mean nothing to one. An
    autoencoder is a point like any other, so it shares their compiled program. Points
    already in the list are not repeated. None adds no autoencoder.
    """
    if math.prod(len(points) for points in axes) > MAX_MEMBERS:
        raise UserError(f"config.sweep: more than {MAX_MEMBERS} members")
    autoencoders = []
    if autoencoder_without is not None:
        idle = autoencoder_without
        other_axes = [
            [{n: v for n, v in point.items() if n not in idle} for point in points]
            for points in axes
        ]
        autoencoders = [{**point, **AUTOENCODER} for point in product(other_axes)]
    return unique([*autoencoders, *product(axes)])


def product(axes: Iterable[Sequence[Point]]) -> list[Point]:
    """Every combination of points from the axes, as one point each; the last fastest."""
    return [
        {name: value for point in points for name, value in point.items()}
        for points in itertools.product(*(unique(points) for points in axes))
    ]


def unique(points: Iterable[Point]) -> list[Point]:
    """The points without repetitions, in the order of their first appearance."""
    return list({tuple(sorted(point.items(), key=str)): point for point in points}.values())
