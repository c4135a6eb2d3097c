"""Scores of samples on Gaussians, and on sets whose scores are known."""

from collections.abc import Iterator

import numpy as np

from vae_jax.scores import frechet, gaussians, mmd, neighbours
from vae_jax.scores.distances import squared_distances
from vae_jax.selftest.check import Check

REPETITIONS, SIZE, K = 200, 360, 5


def scores() -> Iterator[Check]:
    """Checks of Frechet, MMD, KID and KL in closed form, and of density and coverage."""
    rng = np.random.default_rng(0)
    yield from gaussian_checks(rng)
    yield from unbiased_checks(rng)
    same = rng.normal(size=(SIZE, 2))
    balls = neighbours.balls(same, same.copy(), K)
    density = neighbours.density_coverage(balls).density
    yield Check("density of a set against itself", 1.0, density, 1e-9)
    far = neighbours.balls(same, same + 100.0, K)
    coverage = neighbours.density_coverage(far).coverage
    yield Check("coverage, disjoint sets", 0.0, coverage, 0.0)
    drawn = [
        neighbours.density_coverage(
            neighbours.balls(*rng.normal(size=(2, SIZE, 3)), K)
        ).coverage
        for _ in range(20)
    ]
    expected = neighbours.expected_coverage(SIZE, SIZE, K)
    yield Check("coverage, equal distributions", expected, float(np.mean(drawn)), 0.01)


def gaussian_checks(rng: np.random.Generator) -> Iterator[Check]:
    """Checks on two Gaussians with diagonal covariances a^2 and b^2."""
    a, b, shift = np.array([1.0, 2.0]), np.array([0.5, 3.0]), np.array([1.0, -1.0])
    one = frechet.Moments(np.zeros(2), np.diag(a**2), 9)
    two = frechet.Moments(shift, np.diag(b**2), 9)
    exact = float((shift**2).sum() + ((a - b) ** 2).sum())
    value = frechet.frechet_distance(one, two).value
    yield Check("Frechet distance of two Gaussians", exact, value, 1e-9)
    codes = shift + b * rng.standard_normal((200_000, 2))
    exact = 0.5 * float((b**2 + shift**2 - 1.0 - np.log(b**2)).sum())
    yield Check("KL(N(m, C) || N(0, I))", exact, gaussians.moment_matched_kl(codes), 0.05)


def unbiased_checks(rng: np.random.Generator) -> Iterator[Check]:
    """Checks of unbiased scores: means over repetitions, within 5 standard errors."""
    shift, scale = 0.5, 4.0
    mmds, kids = [], []
    for _ in range(REPETITIONS):
        x, y = rng.normal(size=(60, 3)), shift + rng.normal(size=(60, 3))
        pooled = np.concatenate([x, y])
        kernel = np.exp(squared_distances(pooled, pooled) / -scale)
        mmds.append(mmd.mmd2(kernel, 60))
        kids.append(mmd.kid(x, rng.normal(size=(60, 3))).value)
    # E exp(-|d|^2 / s), d ~ N(m, 2 I): (1 + 4/s)^(-3/2) exp(-|m|^2 / (s + 4)).
    expect = lambda m2: (1.0 + 4.0 / scale) ** -1.5 * np.exp(-m2 / (scale + 4.0))
    exact = 2.0 * (expect(0.0) - expect(3 * shift**2))
    bound = lambda values: 5.0 * float(np.std(values)) / np.sqrt(REPETITIONS)
    yield Check("MMD^2 of two Gaussians, mean", exact, float(np.mean(mmds)), bound(mmds))
    yield Check("KID of one distribution, mean", 0.0, float(np.mean(kids)), bound(kids))
