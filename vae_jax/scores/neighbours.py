"""Nearest neighbours: fidelity, diversity and copying.

Precision, recall: Kynkaanniemi et al. (2019), arXiv:1904.06991. Density, coverage: Naeem
et al. (2020), arXiv:2002.09797. Authenticity: Alaa et al. (2022), arXiv:2102.08921. The
rank of distances to the training set: Meehan et al. (2020), arXiv:2004.05675.

Precision and density reward a generator of one good image; recall and coverage do not.
"""

import math
from typing import NamedTuple

import numpy as np

from vae_jax.scores.distances import (
    exact_squared_distances,
    exact_squared_distances_within,
)

CHUNK = 128  # points against all of a reference at once


class Balls(NamedTuple):
    """Squared radii of the k-nearest-neighbour balls, and distances across the two sets."""

    real: np.ndarray  # [n]
    generated: np.ndarray  # [n]
    across: np.ndarray  # [n, n] squared, real by generated
    k: int


class PrecisionRecall(NamedTuple):
    """Shares of generated points in the real balls, and of real ones in the generated."""

    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    """How densely the real balls are filled, and the share of them that are hit."""

    density: float
    coverage: float


class Nearest(NamedTuple):
    """For each point, its distance to the nearest of a reference set, and which it is."""

    distance: np.ndarray  # [n]
    index: np.ndarray  # [n]


def squared_radii(points: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each of `[n, d]` points to its k-th nearest *other* point."""
    if len(points) <= k:
        raise ValueError(
            f"{len(points)} points have no {k}-th nearest other point: more than {k} needed"
        )
    # Column 0 after sorting is the point itself, at exactly 0.
    return np.partition(exact_squared_distances_within(points), k, axis=1)[:, k]


def balls(
    real: np.ndarray, generated: np.ndarray, k: int, real_radii: np.ndarray | None = None
) -> Balls:
    """Every distance that the four scores need, computed once.

    `real_radii`: `squared_radii(real, k)`, where many generators meet one real set. Equal
    numbers of points are required, for the values depend on both (`expected_coverage`).
    """
    if len(real) != len(generated):
        raise ValueError(
            f"{len(real)} real points, {len(generated)} generated: equal numbers are needed"
        )
    if real_radii is None:
        real_radii = squared_radii(real, k)
    across = exact_squared_distances(real, generated)
    return Balls(real_radii, squared_radii(generated, k), across, k)


def precision_recall(balls: Balls) -> PrecisionRecall:
    """Shares of points inside at least one ball of the other set, borders excluded.

    Neither is 1 for equal distributions: .998 in 2 dimensions, .79 in 32, at n = 1437.
    """
    precision = (balls.across < balls.real[:, None]).any(axis=0).mean()
    recall = (balls.across < balls.generated[None]).any(axis=1).mean()
    return PrecisionRecall(float(precision), float(recall))


def density_coverage(balls: Balls) -> DensityCoverage:
    """Generated points per real ball over k, and real balls with at least one in them.

    Density expects 1 for equal distributions and may exceed it: blurred images crowd in
    the middle. Coverage expects `expected_coverage`. Borders are excluded: only so is the
    density of a set against itself 1.
    """
    inside = balls.across < balls.real[:, None]
    density = inside.sum() / (balls.k * len(balls.generated))
    return DensityCoverage(float(density), float(inside.any(axis=1).mean()))


def expected_coverage(real: int, generated: int, k: int) -> float:
    """Coverage of equal distributions: 1 - prod_{i=1..k} (N - i) / (M + N - i).

    N real and M generated points, in any number of dimensions: the chance that the k
    nearest of a point's M + N - 1 neighbours are all real. 0.969 at k = 5 and N = M.
    """
    missed = ((real - i) / (generated + real - i) for i in range(1, k + 1))
    return 1.0 - math.prod(missed)


def nearest(points: np.ndarray, reference: np.ndarray, others: bool = False) -> Nearest:
    """Nearest of `reference` `[m, d]` to each of `points` `[n, d]`; 0 for a copy.

    With `others` a point is not its own nearest: both are one set then.
    """
    points, reference = np.asarray(points, np.float64), np.asarray(reference, np.float64)
    index = np.empty(len(points), np.intp)
    doubled = np.ascontiguousarray(-2.0 * reference.T)
    squared_norms = np.einsum("ij,ij->i", reference, reference)[None]
    for start in range(0, len(points), CHUNK):
        rows = slice(start, start + CHUNK)
        squared = points[rows] @ doubled
        squared += squared_norms  # but for the points' own norms
        if others:
            own = np.arange(len(squared))
            squared[own, start + own] = np.inf
        index[rows] = squared.argmin(axis=1)
    # Found by a matrix product, whose rounding would leave copies at 1e-8; measured here.
    return Nearest(np.linalg.norm(points - reference[index], axis=1), index)


def own_distances(points: np.ndarray) -> np.ndarray:
    """Distance of each of `[n, d]` points to the nearest other one; 0 where it recurs."""
    return nearest(points, points, others=True).distance


def authenticity(to_train: Nearest, train_own: np.ndarray) -> float:
    """Share of samples farther from a training image than that is from the other ones.

    `to_train`: `nearest(samples, train)`; `train_own`: `own_distances(train)`. Copies score
    0 and garbage 1. New images score the chance that nearest neighbours are not each
    other's: 1/3 in one dimension, .38 in two, 1/2 in many; only values well below indict.
    """
    return float((to_train.distance > train_own[to_train.index]).mean())


def closer_rank(generated: np.ndarray, test: np.ndarray) -> float:
    """P(a sample is closer to the training set than a test image is), ties by halves.

    Of the distances to the nearest training image `[n]` and `[m]`. Above 0.5: copying;
    below: away from the data. The Mann-Whitney statistic of Meehan's data-copying test.
    """
    order = np.sort(test)
    farther = len(test) - np.searchsorted(order, generated, side="right")
    not_closer = len(test) - np.searchsorted(order, generated, side="left")
    return float((farther + not_closer).mean() / (2.0 * len(test)))


def stray_distance(test: np.ndarray, percentile: float = 99.0) -> float:
    """The distance to the training set that 99 % of test images `[m]` do not exceed."""
    return float(np.percentile(test, percentile))


def off_manifold(generated: np.ndarray, stray: float) -> float:
    """Share of samples farther from the training set than `stray`; 0.01 for the data."""
    return float((generated > stray).mean())
