"""Means over images with their standard errors, and the reasons why there is no number.

Float32 sums over a data set drift (1e-6 at 2e6 values), so the device returns one number
per image and the sum is taken here.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vae_jax.scores import half_samples
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey


class Estimate(NamedTuple):
    """A measured number; None, with a flag that says why, where there can be none."""

    value: float | None
    stderr: float | None = None  # over the images of the split
    note: str = ""  # for people: no program reads it
    halves: tuple[float, ...] = ()  # the score against each half of the real images
    flags: tuple[Flag, ...] = ()  # for programs: why there is no value, or how to read it

    def noted(self, note: str, *flags: Flag) -> "Estimate":
        """With one more sentence in its note, and the flags that go with it."""
        notes = "; ".join(filter(None, (self.note, note)))
        return self.flagged(*flags)._replace(note=notes)

    def flagged(self, *flags: Flag) -> "Estimate":
        """With more flags."""
        return self._replace(flags=(*self.flags, *flags))


Estimates = dict[tuple[str, MetricKey], Estimate]  # by split


def no_value(flag: Flag, note: str) -> Estimate:
    """The estimate that there cannot be: why, for programs and for people."""
    return Estimate(None, note=note, flags=(flag,))


def over_images(values: np.ndarray) -> Estimate:
    """Mean and standard error, s / sqrt(N), of one number per image.

    No value where that of any image is infinite or not a number.
    """
    values = np.asarray(values, np.float64)
    if wild := int((~np.isfinite(values)).sum()):
        why = f"infinite or not a number for {wild} of {len(values)} images"
        return no_value(Flag.NOT_FINITE, why)
    stderr = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
    return Estimate(float(values.mean()), stderr)


def median(values: np.ndarray) -> Estimate:
    """Of the pairs that have a value: those whose ends are apart."""
    values = values[np.isfinite(values)]
    if not len(values):
        why = "both ends of every path decode to the same image"
        return no_value(Flag.NOT_APPLICABLE, why)
    return Estimate(float(np.median(values)))


def on_halves(value: float, halves: Sequence[float]) -> Estimate:
    """An estimate whose standard error is the spread over halves of the real images."""
    if not len(halves):
        return Estimate(float(value))
    found = tuple(float(half) for half in halves)
    return Estimate(float(value), float(half_samples.stderr(np.array(found))), halves=found)


def share(p: float, count: int) -> Estimate:
    """A share of so many samples with its binomial standard error."""
    return Estimate(float(p), float(np.sqrt(p * (1.0 - p) / count)))
