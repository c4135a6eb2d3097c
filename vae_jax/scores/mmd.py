"""The maximum mean discrepancy between two samples, unbiased, with a permutation test.

Gretton et al. (2012), JMLR 13:723.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.scores import distances

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)  # of the bandwidth
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # of the inverse multiquadrics
SUBSETS, SUBSET = 100, 100  # for the spread of KID


def kernels(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"]
) -> dict[str, Float[np.ndarray, "p p"]]:
    """Kernel matrices of the pooled rows, x first, by name.

    rbf: the mean of exp(-d^2 / (f h)) over f, h the median squared distance, which one
    widely spread sample sets; fixed: the same with h = 2 d; imq: sum C / (C + d^2),
    C = 2 d s (Tolstikhin et al., 2018, arXiv:1711.01558).
    """
    pooled = np.concatenate([x, y])
    square, size = distances.squared(pooled, pooled), 2.0 * x.shape[1]
    median = float(np.median(square[np.triu_indices(len(pooled), 1)]))
    rbf = lambda h: sum(np.exp(square / (-f * h)) for f in FACTORS) / len(FACTORS)
    return {
        "rbf": rbf(median or 1.0),
        "fixed": rbf(size),
        "imq": sum(size * s / (size * s + square) for s in SCALES),
    }


def mmd2(kernel: Float[np.ndarray, "p p"], n: int) -> float:
    """MMD^2 of the first n pooled rows and the rest, unbiased: below 0 now and then."""
    labels = np.zeros((len(kernel), 1))
    labels[:n] = 1.0
    return float(statistics(kernel, labels)[0])


def statistics(
    kernel: Float[np.ndarray, "p p"], labels: Float[np.ndarray, "p B"]
) -> Float[np.ndarray, "B"]:
    """The unbiased statistic of many ways to label the rows 1 or 0, by matrix products."""
    n, diagonal = labels[:, 0].sum(), np.diag(kernel)
    m = len(kernel) - n
    ones = kernel @ labels
    within_x = (labels * ones).sum(axis=0) - diagonal @ labels
    across = ones.sum(axis=0) - (labels * ones).sum(axis=0)
    total = kernel.sum() - diagonal.sum()
    within_y = total - within_x - 2.0 * across
    return within_x / (n * (n - 1)) + within_y / (m * (m - 1)) - 2.0 * across / (n * m)


def permutation_test(
    kernel: Float[np.ndarray, "p p"], n: int, permutations: int, rng: np.random.Generator
) -> tuple[float, float]:
    """MMD^2, and p = (1 + #{permuted >= observed}) / (permutations + 1)."""
    labels = np.zeros((len(kernel), permutations + 1))
    labels[:n] = 1.0
    labels[:, 1:] = rng.permuted(labels[:, 1:], axis=0)
    found = statistics(kernel, labels)
    return float(found[0]), float((1 + (found[1:] >= found[0]).sum()) / (permutations + 1))


def kid(
    real: Float[np.ndarray, "n d"],
    generated: Float[np.ndarray, "m d"],
    rng: np.random.Generator,
) -> tuple[float, float]:
    """The kernel inception distance, (x.y / d + 1)^3, and its standard error.

    Unbiased at every size. The standard error is the spread over subsets of 100 of each,
    scaled to the smaller sample. Binkowski et al. (2018), arXiv:1801.01401.
    """
    pooled = np.concatenate([real, generated])
    kernel = (pooled @ pooled.T / real.shape[1] + 1.0) ** 3
    size = min(SUBSET, len(real), len(generated))
    found = []
    for _ in range(SUBSETS):
        x = rng.choice(len(real), size, replace=False)
        y = len(real) + rng.choice(len(generated), size, replace=False)
        rows = np.concatenate([x, y])
        found.append(mmd2(kernel[np.ix_(rows, rows)], size))
    scale = np.sqrt(size / min(len(real), len(generated)))
    return mmd2(kernel, len(real)), float(np.std(found, ddof=1) * scale)
