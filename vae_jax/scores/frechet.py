"""Frechet distance between the Gaussians fitted to two sets of features.

Heusel et al. (2017), arXiv:1706.08500. The estimate is biased upwards by about b/n, with
b growing as the square of the dimension, and no unbiased one exists (Binkowski et al.,
2018, arXiv:1801.01401): only values from the same numbers of points may be compared. It
sees two moments and nothing else: read it beside coverage.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Moments(NamedTuple):
    """The first two moments of a set of features."""

    mean: np.ndarray  # [d]
    cov: np.ndarray  # [d, d], divided by count - 1
    count: int


class Frechet(NamedTuple):
    """A Frechet distance, squared units of the features, with the sizes it comes from."""

    value: float
    real: int
    generated: int

    def minus(self, other: "Frechet") -> float:
        """This value less another's; ValueError unless both come from equal sizes."""
        if self[1:] != other[1:]:
            raise ValueError(
                f"Frechet distances of {self.real} real and {self.generated} generated "
                f"points and of {other.real} and {other.generated}: the bias depends on "
                "the sizes, so they must be equal"
            )
        return self.value - other.value


def moments(features: np.ndarray) -> Moments:
    """Mean and unbiased covariance of `[n, d]` features, n >= 2."""
    features = np.asarray(features, np.float64)
    if len(features) < 2:
        raise ValueError(f"{len(features)} points have no covariance: at least 2 needed")
    cov = np.atleast_2d(np.cov(features, rowvar=False))
    return Moments(features.mean(axis=0), cov, len(features))


def covariance_root(cov: np.ndarray) -> np.ndarray:
    """A root R `[d, d]` of a covariance C = R R^T, which may be singular."""
    eigenvalues, axes = np.linalg.eigh(cov)
    return axes * np.sqrt(np.maximum(eigenvalues, 0.0))[None]


def frechet_distance(
    real: Moments, generated: Moments, root: np.ndarray | None = None
) -> Frechet:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2).

    By two symmetric eigenproblems: real for any covariances, singular ones included
    (n <= d, a generator of one image), where a matrix square root of C1 C2 is not. The
    first is `root`, `covariance_root(real.cov)`, where many generators meet one real set.
    """
    root = covariance_root(real.cov) if root is None else root
    # root.T C2 root has the eigenvalues of C1^1/2 C2 C1^1/2: the two differ by a rotation.
    overlap = np.linalg.eigvalsh(root.T @ generated.cov @ root)
    shift = real.mean - generated.mean
    trace = np.trace(real.cov) + np.trace(generated.cov)
    value = shift @ shift + trace - 2.0 * np.sqrt(np.maximum(overlap, 0.0)).sum()
    return Frechet(max(float(value), 0.0), real.count, generated.count)


def bias_corrected(full: Frechet, halves: Sequence[Frechet]) -> float:
    """The limit of many real points, from FD_n = FD_inf + b / n at two sizes.

        FD_inf = (n FD_n - m mean FD_m) / (n - m),    2 FD_n - mean FD_{n/2} at m = n/2

    `halves`: distances from subsets of m < n of the real points, all of one size. Where
    they keep the generated points, the bias in *their* number stays. It may be negative,
    and is about three times as noisy as FD_n. Chong & Forsyth (2020), arXiv:1911.07023.
    """
    sizes = {half[1:] for half in halves}
    if len(sizes) != 1 or halves[0].real >= full.real:
        raise ValueError(
            f"a Frechet distance of {full.real} real points needs others of one smaller "
            f"size to be corrected; (real, generated) given: {sorted(sizes)}"
        )
    n, m = full.real, halves[0].real
    return float((n * full.value - m * np.mean([h.value for h in halves])) / (n - m))
