"""Checks of single values of a config; what fails is a `UserError` in one line. No JAX."""

import difflib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from vae_jax.errors import UserError
from vae_jax.hyperparameters import Hyper


def positive(name: str, value: Any, low: int = 1) -> None:
    """A `UserError` unless `value` is a whole number from `low` on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise UserError(f"evaluation.metrics: {name}: {value!r} is not {low} or more")


MAX_FLOAT32 = float(np.finfo(np.float32).max)


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


def number(label: str, value: Any, hyper: Hyper) -> float | int:
    """`value`, if the range of `hyper` has it, in float32 too; whole if the number is."""
    if hyper.whole:
        return whole(label, value, int(hyper.low), finite_or_none(hyper.high))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"config.{label}: {value!r} is not a number")
    in_range = hyper.low <= value <= min(hyper.high, MAX_FLOAT32)
    if not in_range or (hyper.open_low and np.float32(value) <= hyper.low):
        raise UserError(f"config.{label}: {value} is out of range; expected {hyper.range}")
    return float(value)


def finite_or_none(bound: float) -> int | None:
    """A bound as a whole number; None where there is none."""
    return int(bound) if math.isfinite(bound) else None
