"""Gaussian kernel density of codes: one estimator for autoencoders and VAEs alike.

On codes whitened by their own covariance, with the bandwidth of greatest leave-one-out
log-likelihood (Duin, 1976). Directions in which the codes do not vary are left out of the
density. In nats.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize_scalar

from vae_jax.scores.distances import squared_distances

MAX_FOR_BANDWIDTH = 2_000  # codes; the search is quadratic in their number
WIDEST, NARROWINGS = 2.0, 16  # bandwidths 2, 2 / sqrt(2), ... 2^-7 of a standard deviation
TOLERANCE = 0.01  # of log bandwidth; the likelihood is flat at its maximum
SAME_POINT = 1e-12  # squared whitened distance; rounding is 1e-15 times a squared norm
CHUNK = 64  # points against all centres at once: 64 x 1,437 distances stay in a cache


class Kde(NamedTuple):
    """A fitted density; r of the K directions vary."""

    mean: np.ndarray  # [K]
    whiten: np.ndarray  # [K, r]: (codes - mean) @ whiten has unit covariance
    colour: np.ndarray  # [r, K]: the way back
    centres: np.ndarray  # [n, r], whitened
    bandwidth: float  # in whitened units
    log_volume: float  # log |det whiten|: from whitened densities to those of codes
    leave_one_out: float  # mean log density of a code by all others


def fit(codes: np.ndarray, rng: np.random.Generator) -> Kde:
    """Kernel density of `[n, K]` codes, n >= 3 (posterior samples, for a VAE).

    Of more than 2,000 codes a random 2,000 choose the bandwidth, which is then a little
    too wide: the best one shrinks as n^(-1/(K+4)). Copies of a code do not count as its
    neighbours, or the best bandwidth would be 0.
    """
    codes = np.asarray(codes, np.float64)
    mean = codes.mean(axis=0)
    cov = np.atleast_2d(np.cov(codes, rowvar=False))
    variances, axes = np.linalg.eigh(cov)
    varies = variances > len(cov) * np.finfo(np.float64).eps * max(variances[-1], 0.0)
    deviations, axes = np.sqrt(variances[varies]), axes[:, varies]
    whiten, colour = axes / deviations[None], (axes * deviations[None]).T
    centres = (codes - mean[None]) @ whiten
    chosen = centres
    if len(centres) > MAX_FOR_BANDWIDTH:
        chosen = centres[rng.choice(len(centres), MAX_FOR_BANDWIDTH, replace=False)]
    bandwidth, whitened = best_bandwidth(chosen)
    log_volume = -float(np.log(deviations).sum())
    return Kde(mean, whiten, colour, centres, bandwidth, log_volume, whitened + log_volume)


def best_bandwidth(centres: np.ndarray) -> tuple[float, float]:
    """The bandwidth in [2^-7, 2] of greatest leave-one-out likelihood, and that in nats.

        L(h) = mean_i log sum_{j != i} N(c_i; c_j, h^2 I) / (n - 1)

    A grid in steps of sqrt(2), then Brent's method around its best.
    """
    n, rank = centres.shape
    if rank == 0:
        return 1.0, 0.0
    squared = squared_distances(centres, centres)
    squared[squared < SAME_POINT] = np.inf  # each point, and its copies
    least = squared.min(axis=1, keepdims=True)
    squared -= least  # the largest term of each sum becomes 1: no underflow

    def kernel_sums(widest: float, narrowings: int = 0) -> np.ndarray:
        """Sums over j for the widest bandwidth, and then narrower ones, `[n, 1 + ...]`."""
        sums = np.empty((n, 1 + narrowings))
        for start in range(0, n, CHUNK):
            rows = slice(start, start + CHUNK)
            terms = squared[rows] * (-0.5 / (widest * widest))
            sums[rows, 0] = np.exp(terms, out=terms).sum(axis=1)
            for i in range(narrowings):  # a step of sqrt(2) squares every term
                np.multiply(terms, terms, out=terms)
                sums[rows, 1 + i] = terms.sum(axis=1)
        return sums

    def normalised(h: float, sums: np.ndarray) -> float:
        log_sums = np.log(sums) - least[:, 0] / (2.0 * h * h)
        return float(log_sums.mean()) - math.log(n - 1) - log_normaliser(h, rank)

    def likelihood(h: float) -> float:
        return normalised(h, kernel_sums(h)[:, 0])

    grid = WIDEST * 2.0 ** (-0.5 * np.arange(NARROWINGS + 1))
    columns = kernel_sums(WIDEST, NARROWINGS).T
    values = [normalised(float(h), sums) for h, sums in zip(grid, columns, strict=True)]
    best = int(np.argmax(values))
    log_grid = np.log(grid)
    found = minimize_scalar(
        lambda log_h: -likelihood(math.exp(log_h)),
        bounds=(log_grid[min(best + 1, NARROWINGS)], log_grid[max(best - 1, 0)]),
        method="bounded",
        options={"xatol": TOLERANCE},
    )
    return math.exp(found.x), -float(found.fun)


def log_normaliser(bandwidth: float, rank: int) -> float:
    """log of (2 pi h^2)^(r / 2)."""
    return rank * (math.log(bandwidth) + 0.5 * math.log(2.0 * math.pi))


def log_density(kde: Kde, points: np.ndarray) -> np.ndarray:
    """log of the density at `[m, K]` points, `[m]`; finite however far they are."""
    whitened = (np.asarray(points, np.float64) - kde.mean[None]) @ kde.whiten
    rank = kde.centres.shape[1]
    constant = kde.log_volume - log_normaliser(kde.bandwidth, rank)
    constant -= math.log(len(kde.centres))
    out = np.empty(len(whitened))
    for start in range(0, len(whitened), CHUNK):
        rows = slice(start, start + CHUNK)
        exponent = squared_distances(whitened[rows], kde.centres)
        exponent *= -0.5 / kde.bandwidth**2
        greatest = exponent.max(axis=1)
        exponent -= greatest[:, None]
        out[rows] = greatest + np.log(np.exp(exponent, out=exponent).sum(axis=1))
    return out + constant


def draw(kde: Kde, rng: np.random.Generator, n: int) -> np.ndarray:
    """n codes from the density, `[n, K]`: a code at random, and noise of the bandwidth."""
    centres = kde.centres[rng.integers(len(kde.centres), size=n)]
    noise = kde.bandwidth * rng.standard_normal(centres.shape)
    return kde.mean[None] + (centres + noise) @ kde.colour


def kl_to_standard_normal(kde: Kde, codes: np.ndarray) -> float:
    """KL(q || N(0, I)) of the codes `kde` was fitted to, leave-one-out, in nats.

    For an autoencoder, whose q(z) has no closed form. Biased low from 8 dimensions on,
    where the kernels blur q: -0.2 at 8 and -1.2 at 16 for codes that *are* N(0, I).
    Infinite where the codes leave a direction unused: they have no density.
    """
    codes = np.asarray(codes, np.float64)
    latents = codes.shape[1]
    if kde.centres.shape[1] < latents:
        return math.inf
    energy = 0.5 * float(np.square(codes).sum(axis=1).mean())
    return kde.leave_one_out + energy + 0.5 * latents * math.log(2.0 * math.pi)
