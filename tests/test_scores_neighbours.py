"""Neighbour scores: loops, identical and disjoint sets, expectations, copies."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from vae_jax.scores import neighbours
from vae_jax.scores.neighbours import (
    authenticity,
    balls,
    closer_rank,
    density_coverage,
    expected_coverage,
    nearest,
    off_manifold,
    own_distances,
    precision_recall,
    squared_radii,
    stray_distance,
)

RNG = np.random.default_rng


def loops(real, generated, k):
    """Precision, recall, density and coverage by their definitions."""
    n = len(real)
    d = lambda p, q: np.sqrt(((p - q) ** 2).sum())
    kth = lambda x, i: sorted(d(x[i], x[j]) for j in range(n) if j != i)[k - 1]
    r_real = [kth(real, i) for i in range(n)]
    r_gen = [kth(generated, j) for j in range(n)]
    inside = np.array([[d(p, q) < r for q in generated] for p, r in zip(real, r_real)])
    precision = np.mean([inside[:, j].any() for j in range(n)])
    recall = np.mean([any(d(p, q) < r for q, r in zip(generated, r_gen)) for p in real])
    return precision, recall, inside.sum() / (k * n), np.mean([r.any() for r in inside])


@pytest.mark.parametrize("k, d, shift", [(1, 2, 0.0), (3, 2, 1.0), (5, 6, 0.5)])
def test_scores_are_the_loops(k, d, shift):
    real, generated = RNG(k).standard_normal((2, 25, d))
    generated = 0.8 * generated + shift
    found = balls(real, generated, k)
    scores = (*precision_recall(found), *density_coverage(found))
    np.testing.assert_allclose(scores, loops(real, generated, k), rtol=1e-12)
    given = balls(real, generated, k, squared_radii(real, k))
    np.testing.assert_array_equal(given.real, found.real)


@pytest.mark.parametrize("d", [2, 32])
def test_a_set_against_itself(d):
    """Each ball holds its own centre and k - 1 neighbours, the k-th being its border."""
    real = RNG(0).standard_normal((50, d))
    found = balls(real, real.copy(), 5)
    assert density_coverage(found) == (1.0, 1.0)
    assert precision_recall(found) == (1.0, 1.0)


def test_disjoint_sets_and_a_generator_of_one_image():
    real = RNG(1).standard_normal((40, 3))
    far = balls(real, real + 100.0, 3)
    assert precision_recall(far) == (0.0, 0.0) and density_coverage(far) == (0.0, 0.0)
    one = balls(real, np.tile(real[:1], (40, 1)), 3)
    found = (*precision_recall(one), *density_coverage(one))
    assert found[0] == 1.0 and found[1] == 0.0  # a true image, and a ball of no size
    assert 0 < found[3] < 0.5


@pytest.mark.parametrize(
    "real, generated, expected, digit",
    [(360, 360, 0.969, 1e-3), (360, 1440, 1.0, 5e-4), (360, 90, 0.674, 1.5e-3)],
)
def test_expected_coverage_is_known(real, generated, expected, digit):
    assert abs(expected_coverage(real, generated, 5) - expected) < digit


@pytest.mark.parametrize("d", [2, 8])
def test_null_of_coverage_and_density(d):
    """Means of 40 repetitions within 4 standard errors of the closed forms."""
    rng, found = RNG(2), []
    for _ in range(40):
        found.append(density_coverage(balls(*rng.standard_normal((2, 100, d)), 5)))
    density, coverage = np.array(found).T
    stderr = lambda x: x.std(ddof=1) / np.sqrt(40)
    expected = expected_coverage(100, 100, 5)
    assert abs(coverage.mean() - expected) < 4 * stderr(coverage)
    # A generated point is nearer than the k-th of 99 with probability k / 100: density 1.
    assert abs(density.mean() - 1.0) < 4 * stderr(density)


def test_expected_coverage_of_unequal_sizes_by_simulation():
    """Its formula at M = N / 2, where `balls` refuses, on distances to one point."""
    rng, n, m, k = RNG(3), 20, 10, 3
    distances = rng.random((20_000, n - 1 + m))
    kth = np.sort(distances[:, : n - 1], axis=1)[:, k - 1]
    covered = (distances[:, n - 1 :].min(axis=1) < kth).mean()
    expected = expected_coverage(n, m, k)
    assert abs(covered - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)


def test_what_has_no_meaning_is_refused():
    x = RNG(4).standard_normal((10, 2))
    with pytest.raises(ValueError, match="equal numbers"):
        balls(x, x[:9], 3)
    with pytest.raises(ValueError, match="more than 10 needed"):
        balls(x, x, 10)
    assert balls(x, x, 9).k == 9


def test_nearest_is_the_loop_and_copies_are_at_zero():
    rng = RNG(5)
    reference = 10.0 + rng.standard_normal((60, 20))
    points = np.concatenate([10.0 + rng.standard_normal((30, 20)), reference[7:9]])
    found = nearest(points, reference)
    for point, distance, index in zip(points, *found):
        every = np.sqrt(((reference - point) ** 2).sum(axis=1))
        assert index == every.argmin()
        np.testing.assert_allclose(distance, every.min(), rtol=1e-12)
    assert (found.distance[-2:] == 0.0).all()
    np.testing.assert_allclose(
        own_distances(reference),
        [
            nearest(reference[i : i + 1], np.delete(reference, i, 0)).distance[0]
            for i in range(60)
        ],
        rtol=1e-12,
    )


def test_nearest_of_many_points_is_that_of_all_distances():
    """More points than are taken at once, in units of a thousand."""
    rng = RNG(10)
    points, reference = 1e3 * rng.random((300, 8)), 1e3 * rng.random((170, 8))
    found, distances = nearest(points, reference), cdist(points, reference)
    np.testing.assert_array_equal(found.index, distances.argmin(axis=1))
    np.testing.assert_allclose(found.distance, distances.min(axis=1), rtol=1e-12)


def test_authenticity_of_new_copied_and_distant_images():
    rng = RNG(6)
    train = rng.standard_normal((400, 2))
    own = own_distances(train)
    score = lambda x: authenticity(nearest(x, train), own)
    assert score(train[:50]) == 0.0
    assert score(train[:50] + 100.0) == 1.0
    by_loop = []
    x = rng.standard_normal((20, 2))
    for point in x:
        i = ((train - point) ** 2).sum(1).argmin()
        others = np.delete(train, i, 0)
        gap = np.sqrt(((others - train[i]) ** 2).sum(1).min())
        by_loop.append(np.sqrt(((train[i] - point) ** 2).sum()) > gap)
    assert score(x) == np.mean(by_loop)


def test_authenticity_of_the_data_itself():
    """1 - P(two nearest neighbours are each other's): 1/3 on a line, .378 in the plane.

    The chance is the volume of a ball over that of two, each with its centre on the
    other's border (Clark & Evans, 1955).
    """
    rng, plane = RNG(9), np.pi / (4 * np.pi / 3 + np.sqrt(3) / 2)
    for d, expected in [(1, 1 / 3), (2, 1 - plane)]:
        shares = []
        for _ in range(60):
            train, new = rng.random((1_000, d)), 0.05 + 0.9 * rng.random((100, d))
            shares.append(authenticity(nearest(new, train), own_distances(train)))
        assert abs(np.mean(shares) - expected) < 4 * np.std(shares) / np.sqrt(60)


def test_closer_rank_is_the_share_of_pairs():
    rng = RNG(7)
    generated, test = rng.integers(0, 9, 30) / 4.0, rng.integers(0, 9, 17) / 4.0
    wins = generated[:, None] < test[None]
    ties = generated[:, None] == test[None]
    np.testing.assert_allclose(
        closer_rank(generated, test), (wins + 0.5 * ties).mean(), rtol=1e-12
    )
    assert closer_rank(test, test) == 0.5
    assert closer_rank(np.zeros(5), test + 1.0) == 1.0
    assert closer_rank(test + 10.0, test) == 0.0


def test_strays_of_the_data_are_one_in_a_hundred():
    rng = RNG(8)
    stray = stray_distance(rng.random(20_000))
    # The 99th percentile of n uniforms has sd sqrt(.99 .01 / n) = 7e-4.
    assert abs(off_manifold(rng.random(20_000), stray) - 0.01) < 4 * np.sqrt(2) * 7e-4
    assert off_manifold(np.full(3, 2.0), stray) == 1.0
    assert neighbours.off_manifold(np.zeros(3), 0.0) == 0.0
