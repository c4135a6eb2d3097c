"""95 % intervals with two kinds of noise: training seeds, and which images are real.

Seeds are the unit: the spread over them is that of training. The real images are the same
for all models, so their noise does not average out over seeds; it is the spread of the
mean over seeds on paired halves of the images. Degrees of freedom after Welch (1947) and
Satterthwaite (1946).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit

LEVEL = 0.95


class Interval(NamedTuple):
    """A mean with its 95 % interval; of one seed it says nothing about other seeds."""

    mean: float
    low: float
    high: float
    stderr: float
    seeds: int

    @property
    def distinguishable(self) -> bool:
        """Whether 0 is outside."""
        return self.low > 0.0 or self.high < 0.0


def mean_interval(
    values: Float[np.ndarray, "seeds"], halves: Float[np.ndarray, "seeds H"] | None
) -> Interval:
    """Of a mean over seeds; a `ValueError` for one seed without halves."""
    parts = [seed_part(values), half_part(halves)]
    return interval(float(np.mean(values)), [p for p in parts if p], len(values))


def difference(
    a: Float[np.ndarray, "n"],
    b: Float[np.ndarray, "m"],
    a_halves: Float[np.ndarray, "n H"] | None = None,
    b_halves: Float[np.ndarray, "m H"] | None = None,
    *,
    paired: bool,
) -> Interval:
    """Of mean(a) - mean(b); `paired`: row i of both is one seed. Halves always are."""
    spread = None
    if a_halves is not None and b_halves is not None:
        spread = (a_halves.mean(axis=0) - b_halves.mean(axis=0))[None]
    seeds = [seed_part(a - b)] if paired else [seed_part(a), seed_part(b)]
    parts = [p for p in (*seeds, half_part(spread)) if p]
    return interval(float(np.mean(a) - np.mean(b)), parts, min(len(a), len(b)))


def seed_part(values: np.ndarray) -> tuple[float, int] | None:
    """Variance of the mean over seeds and its degrees of freedom; None for one seed."""
    n = len(values)
    return (float(np.var(values, ddof=1)) / n, n - 1) if n > 1 else None


def half_part(halves: np.ndarray | None) -> tuple[float, int] | None:
    """Variance from the real images: that of the mean over seeds, between halves."""
    if halves is None or halves.shape[1] < 2:
        return None
    return float(np.var(halves.mean(axis=0), ddof=1)), halves.shape[1] - 1


def interval(mean: float, parts: list[tuple[float, int]], seeds: int) -> Interval:
    """Independent variances added, with the degrees of freedom of their sum."""
    if not parts:
        raise ValueError("one seed and no halves: no interval")
    variance = sum(v for v, _ in parts)
    if variance == 0.0:
        return Interval(mean, mean, mean, 0.0, seeds)
    freedom = variance**2 / sum(v**2 / df for v, df in parts)
    half = stdtrit(freedom, (1.0 + LEVEL) / 2.0) * np.sqrt(variance)
    return Interval(
        mean, float(mean - half), float(mean + half), float(np.sqrt(variance)), seeds
    )
