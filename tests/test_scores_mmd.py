"""MMD: brute force, the closed form for Gaussians, unbiasedness, error, p-values."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import kstest

from vae_jax.scores import mmd
from vae_jax.scores.distances import (
    exact_squared_distances,
    exact_squared_distances_within,
    squared_distances,
)

RNG = np.random.default_rng
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


def pooled(a, b):
    points = np.concatenate([a, b])
    return squared_distances(points, points)


def brute_force(a, b, k):
    """The U-statistic with Python loops over pairs."""
    within = lambda x: np.mean(
        [k(p, q) for i, p in enumerate(x) for j, q in enumerate(x) if i != j]
    )
    return within(a) + within(b) - 2 * np.mean([k(p, q) for p in a for q in b])


def test_distances_are_those_of_scipy():
    a, b = RNG(0).standard_normal((2, 30, 7))
    expected = cdist(a, b) ** 2
    np.testing.assert_allclose(squared_distances(a, b[:20]), expected[:, :20], rtol=1e-12)
    np.testing.assert_allclose(exact_squared_distances(a, b), expected, rtol=1e-12)
    np.testing.assert_array_equal(
        exact_squared_distances_within(a), exact_squared_distances(a, a)
    )
    assert (squared_distances(a, a) >= 0.0).all()
    copies = exact_squared_distances(a, a.copy())
    assert (np.diag(copies) == 0.0).all() and (copies == copies.T).all()
    assert squared_distances(a.astype(np.float32), b).dtype == np.float64


def test_kernels_are_their_formulas():
    a = RNG(1).standard_normal((9, 3))
    squared = cdist(a, a) ** 2
    rbf = np.mean([np.exp(-squared / (f * 1.7)) for f in FACTORS], axis=0)
    np.testing.assert_allclose(mmd.rbf_kernel(squared, 1.7), rbf, rtol=1e-12)
    scales = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
    imq = sum(2 * s * 3 / (2 * s * 3 + squared) for s in scales)
    np.testing.assert_allclose(mmd.imq_kernel(squared, 3), imq, rtol=1e-12)
    np.testing.assert_allclose(mmd.cubic_kernel(a, a), (a @ a.T / 3 + 1) ** 3, rtol=1e-12)
    pairs = [((p - q) ** 2).sum() for i, p in enumerate(a) for q in a[:i]]
    np.testing.assert_allclose(mmd.median_squared_distance(squared), np.median(pairs))


@pytest.mark.parametrize("count", [4, 7])
def test_statistic_is_the_double_loop(count):
    points = RNG(2).standard_normal((11, 3))
    a, b = points[:count], points[count:]
    k = lambda p, q: np.mean([np.exp(-((p - q) ** 2).sum() / f) for f in FACTORS])
    kernel = mmd.rbf_kernel(pooled(a, b), 1.0)
    np.testing.assert_allclose(mmd.mmd2(kernel, count), brute_force(a, b, k), rtol=1e-10)
    found = mmd.permutation_test(kernel, count, RNG(0), 10)
    np.testing.assert_allclose(found.mmd2, mmd.mmd2(kernel, count), rtol=1e-10)
    cubic = lambda p, q: (p @ q / 3 + 1) ** 3
    np.testing.assert_allclose(mmd.kid(a, b).value, brute_force(a, b, cubic), rtol=1e-10)


@pytest.mark.parametrize("sizes", [(150, 70), (64, 128), (3, 65)])
def test_kid_in_parts_is_that_of_the_whole_matrix(sizes):
    """Samples of a part of the matrix, of whole parts, and of a part and one point."""
    rng = RNG(11)
    x, y = rng.standard_normal((sizes[0], 5)), rng.normal(0.3, 1.0, (sizes[1], 5))
    whole = mmd.cubic_kernel(np.concatenate([x, y]), np.concatenate([x, y]))
    for part, expected in zip(mmd.cubic_pair_sums(x, y), mmd.pair_sums(whole, sizes[0])):
        np.testing.assert_allclose(part, expected, rtol=1e-11)
    found = mmd.kid(x, y)
    np.testing.assert_allclose(found.value, mmd.mmd2(whole, sizes[0]), rtol=1e-9)
    np.testing.assert_allclose(found.stderr, mmd.mmd2_stderr(whole, sizes[0]), rtol=1e-9)


def gaussian_mmd2(shift, sd, d, scale):
    """MMD^2 of N(0, I) and N(shift 1, sd^2 I), by E exp(-|u|^2/c) of u ~ N(m, v I):

    (1 + 2 v / c)^(-d/2) exp(-|m|^2 / (c + 2 v)).
    """
    total = 0.0
    for c in (f * scale for f in FACTORS):
        e = lambda m2, v, c=c: (1 + 2 * v / c) ** (-d / 2) * np.exp(-m2 / (c + 2 * v))
        total += e(0, 2) + e(0, 2 * sd**2) - 2 * e(d * shift**2, 1 + sd**2)
    return total / len(FACTORS)


@pytest.mark.parametrize("shift, sd", [(0.0, 1.0), (0.5, 1.0), (0.2, 1.8)])
def test_rbf_statistic_is_unbiased_for_gaussians(shift, sd):
    """Mean of 400 repetitions within 4 standard errors of the closed form."""
    rng, values = RNG(3), []
    for _ in range(400):
        a, b = rng.standard_normal((20, 3)), rng.normal(shift, sd, (30, 3))
        values.append(mmd.mmd2(mmd.rbf_kernel(pooled(a, b), 6.0), 20))
    expected = gaussian_mmd2(shift, sd, 3, 6.0)
    assert abs(np.mean(values) - expected) < 4 * np.std(values) / np.sqrt(400)


@pytest.mark.parametrize(
    "shift, sizes", [(0.0, (40, 40)), (0.0, (40, 120)), (0.4, (40, 60))]
)
def test_kid_is_unbiased_and_knows_its_error(shift, sizes):
    """In 1 dimension E (x y + 1)^3 needs the first three moments of a Gaussian only."""
    rng = RNG(4)
    found = [
        mmd.kid(rng.standard_normal((sizes[0], 1)), rng.normal(shift, 1.0, (sizes[1], 1)))
        for _ in range(600)
    ]
    values, stderrs = np.array(found).T
    raw = lambda m: np.array([m, m**2 + 1, m**3 + 3 * m])  # E x, E x^2, E x^3
    # (x y + 1)^3 = 1 + 3 xy + 3 (xy)^2 + (xy)^3: MMD^2 is a sum over moments.
    expected = (np.array([3, 3, 1]) * (raw(0.0) - raw(shift)) ** 2).sum()
    assert abs(values.mean() - expected) < 4 * values.std() / np.sqrt(600)
    # A cubic kernel in one dimension has the sixth moments in its variance: the sd of 600
    # such values is itself known to about 10 %; the rms of the closed form to 5 %.
    ratio = np.sqrt(np.mean(stderrs**2)) / values.std()
    assert 0.75 < ratio < 1.35


@pytest.mark.parametrize(
    "shift, sizes, low, high",
    [(0.0, (60, 60), 1.0, 1.35), (0.0, (30, 90), 1.0, 1.35), (0.5, (60, 60), 0.9, 1.1)],
)
def test_closed_form_error_of_a_bounded_kernel(shift, sizes, low, high):
    """Root mean square of the errors over the spread of 1000 repetitions, known to 3 %.

    For samples that are alike it is conservative, as documented.
    """
    rng, values, stderrs = RNG(5), [], []
    for _ in range(1000):
        a, b = rng.standard_normal((sizes[0], 2)), rng.normal(shift, 1.0, (sizes[1], 2))
        kernel = mmd.rbf_kernel(pooled(a, b), 4.0)
        values.append(mmd.mmd2(kernel, sizes[0]))
        stderrs.append(mmd.mmd2_stderr(kernel, sizes[0]))
    assert low < np.sqrt(np.mean(np.square(stderrs))) / np.std(values) < high


def test_error_of_a_kernel_of_known_parts():
    """k_ij = mu + a_i + a_j + e_ij: the parts are found, to the 1/n they are known to."""
    rng, n = RNG(10), 400
    effect, noise = 0.3 * rng.standard_normal(n), rng.standard_normal((n, n))
    noise = (noise + noise.T) / np.sqrt(2)
    kernel = 5.0 + effect[:, None] + effect[None] + 0.7 * noise
    rows, variance = mmd.row_means(kernel)
    others = [np.delete(row, i).mean() for i, row in enumerate(kernel)]
    np.testing.assert_allclose(rows, others, rtol=1e-12)
    np.testing.assert_allclose(variance, 0.49, rtol=0.03)  # 4 x sqrt(4 / n^2), and 2 / n


def test_error_of_a_kernel_without_first_order():
    """Alternating signs: every point has the same means, so the second order is all."""
    n, m = 6, 10
    sign = (-1.0) ** np.arange(n + m)
    v_xx, v_yy = 1 - 1 / (n - 1) ** 2, 1 - 1 / (m - 1) ** 2
    second = 2 * v_xx / n**2 + 2 * v_yy / m**2 + 4 / (n * m)
    found = mmd.mmd2_stderr(sign[:, None] * sign[None], n)
    np.testing.assert_allclose(found, np.sqrt(second), rtol=1e-12)


def test_p_values_are_uniform_for_equal_distributions():
    rng, p = RNG(6), []
    for _ in range(300):
        a, b = rng.standard_normal((2, 15, 2))
        p.append(mmd.permutation_test(mmd.rbf_kernel(pooled(a, b), 4.0), 15, rng, 99).p)
    # p takes the values 0.01 .. 1; spread over their cells they are uniform on (0, 1).
    spread = np.array(p) - rng.uniform(0.0, 0.01, 300)
    assert kstest(spread, "uniform").pvalue > 0.01
    assert min(p) >= 0.01


def test_p_value_of_different_samples_is_the_least_possible():
    a, b = RNG(7).standard_normal((2, 40, 2))
    kernel = mmd.imq_kernel(pooled(a, b + 2.0), 2)
    assert mmd.permutation_test(kernel, 40, RNG(0)).p == 1 / 301
    assert mmd.permutation_test(np.ones((6, 6)), 3, RNG(0), 20) == (0.0, 1.0)


def test_permuted_statistics_are_those_of_permuted_kernels():
    """The one matrix product against relabelling, one at a time."""
    a, b = RNG(8).standard_normal((2, 8, 2))
    kernel = mmd.imq_kernel(pooled(a, b + 0.6), 2)
    found = mmd.permutation_test(kernel, 8, RNG(1), 200)
    labels = np.zeros((200, 16))
    labels[:, :8] = 1.0
    observed, as_large = mmd.mmd2(kernel, 8), 0
    for row in RNG(1).permuted(labels, axis=1):
        order = np.argsort(-row, kind="stable")
        as_large += mmd.mmd2(kernel[np.ix_(order, order)], 8) >= observed - 1e-12
    assert found.p == (1 + as_large) / 201


def test_identical_samples_are_below_zero():
    """The U-statistic of a set against its own copy counts each point's copy as a pair."""
    a = RNG(9).standard_normal((30, 2))
    assert mmd.mmd2(mmd.rbf_kernel(pooled(a, a), 4.0), 30) < 0.0
