"""The prior itself, N(0, I): the sampler that needs nothing but the model."""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.trained_member import Sampler, TrainedMember


def draw(subject: TrainedMember, use: str, count: int) -> Float[np.ndarray, "n L"]:
    """z ~ p(z)."""
    return subject.prior(use, count)


def prior() -> Sampler:
    """Draws of the model's prior."""
    return draw
