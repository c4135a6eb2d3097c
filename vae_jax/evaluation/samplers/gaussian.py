"""A Gaussian fitted to the codes, which repairs their place and scale but not their shape.

Ghosh et al. (2020), section 4, arXiv:1903.12436.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember


def fit(
    member: TrainedMember,
) -> tuple[Float[np.ndarray, "L"], Float[np.ndarray, "L L"]]:
    """Mean [L] and covariance [L L] of the codes of the training images.

    Codes are one posterior sample per image for a VAE, the means for an autoencoder.
    """
    codes = member.codes("train").sample
    return codes.mean(axis=0), np.atleast_2d(np.cov(codes, rowvar=False))


def draw(member: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """Draws z ~ N(m, C), [n, L], m and C the moments of the training codes."""
    return normal(member.rng(use), *fit(member), count)


def normal(
    rng: np.random.Generator,
    mean: Float[np.ndarray, "L"],
    covariance: Float[np.ndarray, "L L"],
    count: int,
) -> Float[np.ndarray, "n L"]:
    """Draws z ~ N(mean, covariance), [n, L].

    Also of a covariance to which rounding has left eigenvalues just below 0, as that of
    codes in a plane may have: they count by their size.
    """
    return rng.multivariate_normal(
        mean, covariance, count, method="eigh", check_valid="ignore"
    )


def gaussian() -> Sampler:
    """A Gaussian N(m, C) with the mean and the covariance of the training codes."""
    return draw
