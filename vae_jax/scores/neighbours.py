"""Scores by nearest neighbours: quality, variety, distance from the data, memorisation."""

from math import prod

import numpy as np
from jaxtyping import Float
from sklearn.neighbors import NearestNeighbors

from vae_jax.scores import distances


def quality(
    real: Float[np.ndarray, "n d"], generated: Float[np.ndarray, "n d"], k: int
) -> tuple[float, float, float, float]:
    """Precision, recall, density and coverage, with balls that reach to the k-th neighbour.

    precision: share of samples inside some real image's ball; recall: the reverse
    (Kynkaanniemi et al., 2019, arXiv:1904.06991). density: real balls that hold a sample,
    over k, a mean that may exceed 1; coverage: share of real images whose ball holds a
    sample (Naeem et al., 2020, arXiv:2002.09797). Inside is strictly nearer. All four
    depend on the numbers: as many real as generated, more than k; else a `ValueError`.
    """
    if len(real) != len(generated):
        raise ValueError(f"equal numbers are needed: {len(real)} and {len(generated)}")
    if len(real) <= k:
        raise ValueError(f"more than {k} images are needed; there are {len(real)}")
    across = distances.squared(real, generated)
    in_real = across < ball(real, k)[:, None]
    in_generated = across < ball(generated, k)[None]
    return (
        float(in_real.any(axis=0).mean()),
        float(in_generated.any(axis=1).mean()),
        float(in_real.sum(axis=0).mean() / k),
        float(in_real.any(axis=1).mean()),
    )


def ball(points: Float[np.ndarray, "n d"], k: int) -> Float[np.ndarray, "n"]:
    """Each point's squared distance from its k-th nearest other point."""
    square = distances.squared(points, points)
    np.fill_diagonal(square, np.inf)
    return np.partition(square, k - 1, axis=1)[:, k - 1]


def expected_coverage(real: int, generated: int, k: int) -> float:
    """Coverage of a perfect generator: 1 - prod_{i=1..k} (N - i) / (M + N - i)."""
    return 1.0 - prod((real - i) / (generated + real - i) for i in range(1, k + 1))


def nearest(
    points: Float[np.ndarray, "n d"], reference: Float[np.ndarray, "m d"]
) -> tuple[Float[np.ndarray, "n"], np.ndarray]:
    """Each point's distance from the nearest reference, and that one's row."""
    found = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(reference)
    distance, row = found.kneighbors(points)
    return distance[:, 0], row[:, 0]


def gaps(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n"]:
    """Each point's distance from the nearest other one."""
    found = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(points)
    return found.kneighbors()[0][:, 0]


def authentic(
    distance: Float[np.ndarray, "n"], row: np.ndarray, train_gaps: Float[np.ndarray, "m"]
) -> np.ndarray:
    """Whether a sample is farther from its training image than that is from the others.

    The share is 0 for copies, about 0.5 for new data, 1 for one image or garbage: only
    values well below 0.5 indict. Alaa et al. (2022), arXiv:2102.08921.
    """
    return distance > train_gaps[row]


def closer_rank(samples: Float[np.ndarray, "n"], held_out: Float[np.ndarray, "m"]) -> float:
    """P(a sample is nearer to the training data than a held-out image), ties half.

    0.5 for new data, more for copies, less for what is off the data. After the C_T of
    Meehan, Chaudhuri & Dasgupta (2020), arXiv:2004.05675.
    """
    order = np.sort(samples)
    below = np.searchsorted(order, held_out, side="left")
    upto = np.searchsorted(order, held_out, side="right")
    return float((below + upto).mean() / (2.0 * len(samples)))
