"""The Frechet distance between two sets of features, taken for Gaussians.

Heusel et al. (2017), arXiv:1706.08500. It is fooled by samples that have the right moments
and nothing else: read it beside coverage.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Moments(NamedTuple):
    """Mean and covariance (with n - 1) of so many rows."""

    mean: Float[np.ndarray, "d"]
    cov: Float[np.ndarray, "d d"]
    count: int


class Frechet(NamedTuple):
    """A distance, and the two sample sizes on which its bias depends."""

    value: float
    real: int
    generated: int

    def minus(self, other: "Frechet") -> float:
        """The difference of two; a `ValueError` if their sample sizes differ.

        The bias falls as 1/n and grows with the square of the dimension: distances at
        other sizes are other quantities.
        """
        if self[1:] != other[1:]:
            raise ValueError(
                f"Frechet distances of {self.real} and {self.generated} images cannot be "
                f"compared with one of {other.real} and {other.generated}"
            )
        return self.value - other.value


def moments(features: Float[np.ndarray, "n d"]) -> Moments:
    """Mean and covariance of features."""
    mean = features.mean(axis=0)
    centred = features - mean
    return Moments(mean, centred.T @ centred / (len(features) - 1), len(features))


def frechet_distance(real: Moments, generated: Moments) -> Frechet:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2).

    By eigenvalues of symmetric matrices, clipped at 0: it exists for singular covariances
    (fewer rows than dimensions, a constant generator) too.
    """
    values, vectors = np.linalg.eigh(real.cov)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    inner = root @ generated.cov @ root
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh((inner + inner.T) / 2.0), 0.0)).sum()
    shift = ((real.mean - generated.mean) ** 2).sum()
    spread = np.trace(real.cov) + np.trace(generated.cov) - 2.0 * cross
    return Frechet(float(max(shift + spread, 0.0)), real.count, generated.count)


def bias_corrected(full: float, halves: Sequence[float]) -> float:
    """The limit of many real images: 2 FD_n - mean FD_{n/2}, if FD = limit + b / n.

    There is no unbiased estimator (Binkowski et al., 2018, arXiv:1801.01401); this takes
    out the leading term, after Chong & Forsyth (2020), arXiv:1911.07023. May be below 0.
    """
    return float(2.0 * full - np.mean(halves))
