"""Checks of single values of a config; what fails is a `UserError` in one line. No JAX."""

import difflib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from vae_jax.errors import UserError
from vae_jax.hyperparameters import Hyper


def positive(name: str, value: Any, low: int = 1) -> None:
    """Checks a metric's setting: a `UserError` unless it is an integer from `low` on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise UserError(f"evaluation.metrics: {name}: {value!r} is not {low} or more")


MAX_FLOAT32 = float(np.finfo(np.float32).max)


def check_fields(settings: Any, fields: tuple[str, ...], prefix: str) -> None:
    """Checks that a group has exactly these fields; a `UserError` where it has not.

    A field that does not belong there is answered with its nearest neighbour.
    """
    if not isinstance(settings, Mapping):
        raise UserError(f"{prefix.rstrip('.')}: {settings!r} is not a group of fields")
    for name in settings:
        if name not in fields:
            neighbours = difflib.get_close_matches(name, fields, n=1)
            hint = (
                f"did you mean {neighbours[0]}?"
                if neighbours
                else f"known: {', '.join(fields)}"
            )
            raise UserError(f"config.{prefix}{name}: no such field; {hint}")
    missing = [name for name in fields if name not in settings]
    if missing:
        raise UserError(f"config.{prefix}{missing[0]}: the config does not set it")


def integer(
    settings: Mapping[str, Any],
    name: str,
    *,
    low: int,
    high: int | None = None,
    prefix: str = "",
) -> int:
    """The whole number that a field of a group holds, checked against its range."""
    return whole(f"{prefix}{name}", settings[name], low, high)


def whole(name: str, value: Any, low: int, high: int | None) -> int:
    """The value, if it is an int (a bool is none) in range; else a `UserError`."""
    upper = f" to {high}" if high is not None else " or more"
    if isinstance(value, bool) or not isinstance(value, int):
        raise UserError(f"config.{name}: {value!r} is not a whole number")
    if value < low or (high is not None and value > high):
        raise UserError(f"config.{name}: {value} is out of range; expected {low}{upper}")
    return value


def number(label: str, value: Any, hyper: Hyper) -> float | int:
    """The value, if it lies in the range of `hyper`, else a `UserError`.

    The range holds in float32 too. An int where `hyper` is whole, else a float.
    """
    if hyper.whole:
        return whole(label, value, int(hyper.low), finite_or_none(hyper.high))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"config.{label}: {value!r} is not a number")
    in_range = hyper.low <= value <= min(hyper.high, MAX_FLOAT32)
    if not in_range or (hyper.open_low and np.float32(value) <= hyper.low):
        raise UserError(f"config.{label}: {value} is out of range; expected {hyper.range}")
    return float(value)


def finite_or_none(bound: float) -> int | None:
    """A bound as a whole number; None where it is infinite."""
    return int(bound) if math.isfinite(bound) else None
