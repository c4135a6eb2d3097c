"""Checks of what a config sets of a metric."""

from typing import Any

from vae_jax.errors import UserError


def positive(name: str, value: Any, low: int = 1) -> None:
    """A `UserError` unless `value` is a whole number from `low` on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise UserError(f"evaluation.metrics: {name}: {value!r} is not {low} or more")
