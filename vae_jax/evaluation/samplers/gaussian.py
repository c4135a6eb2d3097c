"""A Gaussian fitted to the codes, which repairs their place and scale but not their shape.

Ghosh et al. (2020), section 4, arXiv:1903.12436.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember


def fit(
    subject: TrainedMember,
) -> tuple[Float[np.ndarray, "L"], Float[np.ndarray, "L L"]]:
    """Mean and covariance of the codes of the training images.

    Of posterior samples for a VAE; of the codes for an autoencoder.
    """
    codes = subject.codes("train").sample
    return codes.mean(axis=0), np.atleast_2d(np.cov(codes, rowvar=False))


def draw(subject: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """z ~ N(m, C)."""
    return subject.rng(use).multivariate_normal(*fit(subject), count, method="eigh")


def gaussian() -> Sampler:
    """N(m, C) with the moments of the codes."""
    return draw
