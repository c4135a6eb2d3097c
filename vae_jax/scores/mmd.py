"""Maximum mean discrepancy from a kernel matrix over two pooled samples.

MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y), 0 iff the distributions agree. Gretton et
al. (2012), JMLR 13. Functions take the kernel over the pooled points `[n + m, n + m]`, the
first `count` = n of which are the first sample, or its sums over pairs. The statistics are
unbiased, hence often below 0 when the distributions agree.
"""

from typing import NamedTuple

import numpy as np

IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
CHUNK = 64  # points against all others at once


class PermutationTest(NamedTuple):
    """MMD^2 and the probability of one at least as large if the samples were alike."""

    mmd2: float
    p: float


class Kid(NamedTuple):
    """The kernel distance and its standard error over both samples."""

    value: float
    stderr: float


def median_squared_distance(squared: np.ndarray) -> float:
    """The median over pairs of different points of pooled squared distances `[N, N]`."""
    return float(np.median(squared[np.triu_indices(len(squared), 1)]))


def rbf_kernel(squared: np.ndarray, scale: float) -> np.ndarray:
    """Mean of exp(-d^2 / (f scale)) over f in {1/4, 1/2, 1, 2, 4}.

    `scale` is `median_squared_distance(squared)`, or 2 K in K latent dimensions: the mean
    squared distance under N(0, I). The median adapts to an autoencoder's arbitrary scale
    of codes, the fixed one does not; report both.
    """
    power = np.exp(squared * (-0.25 / (scale or 1.0)))  # a median of 0: points coincide
    kernel = power.copy()
    for _ in range(4):  # each squaring halves f: one exponential instead of five
        power *= power
        kernel += power
    kernel *= 0.2
    return kernel


def imq_kernel(squared: np.ndarray, latents: int) -> np.ndarray:
    """Sum of C / (C + d^2), C = 2 s K, s in {.1, .2, .5, 1, 2, 5, 10}; at most 7.

    The inverse multiquadric of Tolstikhin et al. (2018), arXiv:1711.01558; heavier tails
    than the Gaussian, so it still sees codes far from the prior.
    """
    kernel = np.zeros_like(squared)
    for scale in IMQ_SCALES:
        constant = 2.0 * scale * latents
        kernel += constant / (constant + squared)
    return kernel


def cubic_kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(a.b / d + 1)^3 in d dimensions: what the kernel inception distance compares with."""
    kernel = np.asarray(a, np.float64) @ np.asarray(b, np.float64).T
    kernel /= a.shape[1]
    kernel += 1.0
    return kernel * kernel * kernel


class PairSums(NamedTuple):
    """Sums of a kernel over pairs of points: all that the statistics need of it."""

    x: np.ndarray  # [n], sum_{j != i} k(x_i, x_j)
    x_squares: float  # sum_{i != j} k(x_i, x_j)^2
    y: np.ndarray  # [m], sum_{j != i} k(y_i, y_j)
    y_squares: float
    x_across: np.ndarray  # [n], sum_j k(x_i, y_j)
    y_across: np.ndarray  # [m], sum_i k(x_i, y_j)
    across_squares: float  # sum_ij k(x_i, y_j)^2


def pair_sums(kernel: np.ndarray, count: int) -> PairSums:
    """The sums of a kernel matrix, the first `count` points of which are the x."""
    across = kernel[:count, count:]
    return PairSums(
        *sums_within(kernel[:count, :count]),
        *sums_within(kernel[count:, count:]),
        across.sum(axis=1),
        across.sum(axis=0),
        sum_of_squares(across),
    )


def sums_within(kernel: np.ndarray) -> tuple[np.ndarray, float]:
    """Sums of the rows without the diagonal `[n]`, and of the squares without it."""
    diagonal = np.diag(kernel)
    return kernel.sum(axis=1) - diagonal, sum_of_squares(kernel) - diagonal @ diagonal


def sum_of_squares(kernel: np.ndarray) -> float:
    """sum_ij k_ij^2 of a kernel matrix `[n, m]`."""
    return float(np.einsum("ij,ij->", kernel, kernel))


def mmd2(kernel: np.ndarray, count: int) -> float:
    """The U-statistic of MMD^2: pairs of a point with itself are left out."""
    return mmd2_of_sums(pair_sums(kernel, count))


def mmd2_of_sums(sums: PairSums) -> float:
    """The U-statistic of MMD^2 from the sums over pairs."""
    n, m = len(sums.x), len(sums.y)
    within_x = sums.x.sum() / (n * (n - 1))
    within_y = sums.y.sum() / (m * (m - 1))
    return float(within_x + within_y - 2.0 * sums.x_across.sum() / (n * m))


def permutation_test(
    kernel: np.ndarray, count: int, rng: np.random.Generator, permutations: int = 300
) -> PermutationTest:
    """p = (1 + #{MMD^2 of permuted labels >= observed}) / (permutations + 1).

    Exact for any sample size if the samples are alike: P(p <= a) <= a.
    """
    labels = np.zeros((permutations + 1, len(kernel)))
    labels[:, :count] = 1.0
    labels[1:] = rng.permuted(labels[1:], axis=1)
    others = kernel - np.diag(np.diag(kernel))
    rows = others.sum(axis=0)
    within_x = np.einsum("bi,bi->b", labels @ others, labels)
    across = labels @ rows - within_x
    within_y = rows.sum() - within_x - 2.0 * across
    rest = len(kernel) - count
    values = within_x / (count * (count - 1)) + within_y / (rest * (rest - 1))
    values -= 2.0 * across / (count * rest)
    as_large = int((values[1:] >= values[0]).sum())
    return PermutationTest(float(values[0]), (1 + as_large) / (permutations + 1))


def mmd2_stderr(kernel: np.ndarray, count: int) -> float:
    """Standard error of `mmd2` in closed form, for samples alike or not."""
    return mmd2_stderr_of_sums(pair_sums(kernel, count))


def mmd2_stderr_of_sums(sums: PairSums) -> float:
    """Standard error of MMD^2 from the sums over pairs.

    Hoeffding's two orders. With a_i = mean_j k(x_i, x_j) - mean_j k(x_i, y_j), and b_j
    the same for y_j, and v the variances of the kernel less its row and column means,

        first = 4 Var(a)/n + 4 Var(b)/m,   second = 2 v_xx/n^2 + 2 v_yy/m^2 + 4 v_xy/(n m)

    The sampled a and b carry noise that adds 2 second to first, so the variance is
    first - second, and at least second: what remains when the samples are alike. That
    floor makes the error of samples that are alike about a fifth too large.
    """
    n, m = len(sums.x), len(sums.y)
    x_rows, v_xx = means_and_rest(sums.x, sums.x_squares)
    y_rows, v_yy = means_and_rest(sums.y, sums.y_squares)
    x_across, y_across = sums.x_across / m, sums.y_across / n
    v_xy = sums.across_squares / (n * m) - x_across.mean() ** 2
    v_xy -= x_across.var() + y_across.var()
    first = 4.0 * (x_rows - x_across).var(ddof=1) / n
    first += 4.0 * (y_rows - y_across).var(ddof=1) / m
    second = 2.0 * v_xx / n**2 + 2.0 * v_yy / m**2 + 4.0 * max(v_xy, 0.0) / (n * m)
    return float(np.sqrt(max(first - second, second)))


def row_means(kernel: np.ndarray) -> tuple[np.ndarray, float]:
    """Means of the rows without the diagonal, and the variance they leave unexplained."""
    return means_and_rest(*sums_within(kernel))


def means_and_rest(rows: np.ndarray, squares: float) -> tuple[np.ndarray, float]:
    """`row_means` from what `sums_within` returns."""
    n, means = len(rows), rows / (len(rows) - 1)
    variance = squares / (n * (n - 1)) - means.mean() ** 2 - 2.0 * means.var()
    return means, max(float(variance), 0.0)


def kid(real: np.ndarray, generated: np.ndarray) -> Kid:
    """Kernel inception distance: unbiased MMD^2 of `[n, d]` features, cubic kernel.

    The standard error is the closed form of `mmd2_stderr`, not one over subsets.
    Binkowski et al. (2018), arXiv:1801.01401.
    """
    sums = cubic_pair_sums(real, generated)
    return Kid(mmd2_of_sums(sums), mmd2_stderr_of_sums(sums))


def cubic_pair_sums(x: np.ndarray, y: np.ndarray) -> PairSums:
    """The sums of `cubic_kernel` over two samples, a part of its matrix at a time.

    2,360 points make a matrix of 45 MB, whose sums would wait for memory.
    """
    x_across, y_across, squares = np.zeros(len(x)), np.zeros(len(y)), 0.0
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        kernel = cubic_kernel(x[rows], y)
        x_across[rows] = kernel.sum(axis=1)
        y_across += kernel.sum(axis=0)
        squares += sum_of_squares(kernel)
    within = (*cubic_sums_within(x), *cubic_sums_within(y))
    return PairSums(*within, x_across, y_across, squares)


def cubic_sums_within(points: np.ndarray) -> tuple[np.ndarray, float]:
    """`sums_within` of the cubic kernel, whose matrix is symmetric: by its upper part."""
    rows, squares = np.zeros(len(points)), 0.0
    for start in range(0, len(points), CHUNK):
        some = points[start : start + CHUNK]
        end = start + len(some)
        kernel = cubic_kernel(some, points[start:])
        own, later = kernel[:, : len(some)], kernel[:, len(some) :]
        np.fill_diagonal(own, 0.0)
        rows[start:end] += kernel.sum(axis=1)
        rows[end:] += later.sum(axis=0)
        squares += sum_of_squares(own) + 2.0 * sum_of_squares(later)
    return rows, squares
